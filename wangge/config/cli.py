"""`wangge`: one command for everything an operator does. Each verb is a thin call into the app that owns it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wangge.config import (
    appraisal_verbs,
    bootstrap,
    clocks_verbs,
    design_verbs,
    hotspot_verbs,
    intake_verbs,
    keys,
    place_verbs,
    registry_verbs,
    verbs,
)
from wangge.config.env import UnsafeConfiguration
from wangge.kit.embedded_pg import EmbeddedServerError
from wangge.kit.errors import Problem

Command = Callable[[argparse.Namespace], int | None]


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the `wangge` program."""
    options = _parser().parse_args(arguments)
    try:
        code = _run(options)
    except (UnsafeConfiguration, EmbeddedServerError) as error:
        code = _fail(str(error))
    except Problem as problem:
        code = _fail(f"{problem.detail_zh}\n{problem.detail_en}", *(f"  {_line(one)}" for one in problem.errors))
    except KeyboardInterrupt:
        code = 130
    sys.exit(code or 0)


def _run(options: argparse.Namespace) -> int | None:
    command: Command = options.command
    if options.without_database:
        return command(options)
    with bootstrap.database():
        bootstrap.django()
        return command(options)


def _fail(*lines: str) -> int:
    print(*lines, sep="\n", file=sys.stderr)
    return 1


def _line(error: dict[str, Any]) -> str:
    return f"{error['at']}: {error['zh']} · {error['en']}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wangge",
        description="网格化社会治理综合指挥平台 · Grid governance platform. "
        "配置用环境变量，见 docs/ops/configuration.md · Configured by environment variables.",
    )
    top = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(group: Any, name: str, zh: str, en: str, command: Command, *, database: bool = True) -> Any:
        one = group.add_parser(name, help=f"{zh} · {en}", description=f"{zh} · {en}")
        one.set_defaults(command=command, without_database=not database)
        return one

    def group(name: str, zh: str, en: str) -> Any:
        one = top.add_parser(name, help=f"{zh} · {en}", description=f"{zh} · {en}")
        return one.add_subparsers(required=True, metavar="VERB")

    add(top, "demo", "启动演示：数据库、网站、后台任务与实时模拟", "run the whole demo", _demo, database=False)
    add(top, "serve", "启动网站", "run the web server", _serve)
    add(top, "worker", "启动后台任务：时限、队列、定时作业", "run jobs, clocks and the outbox", _worker)
    add(top, "watchdog", "启动看门狗：查看后台任务、时限、磁盘", "watch the worker, its clocks, the disk", _watchdog)
    add(top, "simulate", "实时模拟上报与办理（演示用）", "make and move matters, for the demo", verbs.simulate)
    migrate = add(top, "migrate", "更新数据库结构", "bring the database to this version", verbs.migrate)
    migrate.add_argument("--quiet", action="store_true", help="不逐条列出 · do not list each migration")
    doctor = add(top, "doctor", "检查环境", "check this installation", _doctor, database=False)
    doctor.add_argument("--strict", action="store_true", help="有警告也算失败 · warnings fail too")
    openapi = add(top, "openapi", "写出接口定义", "write the OpenAPI document", _openapi, database=False)
    openapi.add_argument("file", type=Path, nargs="?", help="缺省为标准输出 · default: standard output")
    configuration = add(
        top, "configuration", "写出配置说明", "write docs/ops/configuration.md", _configuration, database=False
    )
    configuration.add_argument("file", type=Path, nargs="?")
    figure = add(
        top, "figure", "更新文档中的办理流程图", "draw the life of a case anew in a page", _figure, database=False
    )
    figure.add_argument("file", type=Path, help="含标记的页面 · a page with the marks, docs/architecture.md")

    key = group("key", "个人信息的密钥", "keys for personal data")
    new = add(key, "new", "生成新密钥，写到标准输出", "make a new key, on standard output", keys.new, database=False)
    new.add_argument("--index", action="store_true", help="索引密钥 · an index key")
    add(key, "list", "列出现有密钥的编号", "list the ids of the keys at hand", keys.show, database=False)

    profile = group("profile", "区县配置", "district profiles")
    load = add(profile, "load", "载入", "load a profile", verbs.profile_load)
    load.add_argument("profile", help="profiles/ 下的名称或路径 · a name under profiles/ or a path")
    load.add_argument("--population", action="store_true", help="并生成示例人员 · with a demo population")
    check = add(
        profile,
        "check",
        "校验，不改动数据库",
        "validate without changing anything",
        verbs.profile_check,
        database=False,
    )
    check.add_argument("profile")

    user = group("user", "人员账号", "people's accounts")
    create = add(
        user, "create", "建立账号，供安装后第一次登录", "make an account, for the first sign-in", verbs.user_create
    )
    create.add_argument("username")
    create.add_argument("name", help="姓名 · the person's name")
    create.add_argument("--role", required=True, help="角色，如 security_admin · role code")
    create.add_argument("--unit", required=True, help="单位编码 · unit code, such as 370103-dsj")

    areas = group("areas", "区划与网格", "areas and grids")
    areas_import = add(areas, "import", "导入表格或 GeoJSON", "import a table or GeoJSON", verbs.areas_import)
    areas_import.add_argument("file", type=Path)
    areas_import.add_argument("--crs", choices=["WGS84", "CGCS2000", "GCJ02", "BD09"], help="坐标系 · datum")
    areas_import.add_argument("--dry-run", action="store_true", help="只检查 · check only")
    drawn = add(areas, "design", "按户数划分网格，无需数据库", "divide into grids", design_verbs.design, database=False)
    design_verbs.add_design(drawn)
    placed = add(areas, "find", "由文字找到地点", "which place a text means", place_verbs.find, database=False)
    place_verbs.add_find(placed)
    taken = add(areas, "parse", "分析地址的各部分", "the parts of addresses", place_verbs.parse, database=False)
    place_verbs.add_parse(taken)

    intake = group("intake", "受理渠道", "intake")
    intake_import = add(intake, "import", "导入诉求表格", "import a file of messages", verbs.intake_import)
    intake_import.add_argument("file", type=Path)
    intake_import.add_argument("--channel", required=True, help="渠道，如 hotline12345 · channel code")
    intake_import.add_argument("--map", nargs="*", default=[], metavar="COLUMN=field", help="列对应 · columns")
    intake_import.add_argument("--option", nargs="*", default=[], metavar="NAME=value", help="选项 · options")
    intake_import.add_argument("--preview", action="store_true", help="只预览 · show what would happen")
    intake_import.add_argument("--result", type=Path, help="写出带错误说明的同一张表 · the same sheet with errors")

    learnt = add(intake, "learn", "由样本学习分类，无需数据库", "learn to classify", intake_verbs.learn, database=False)
    intake_verbs.add_learn(learnt)
    told = add(intake, "classify", "给每行文字分类，无需数据库", "classify", intake_verbs.classify, database=False)
    intake_verbs.add_classify(told)
    hot = add(intake, "hotspots", "找出热点，无需数据库", "hot spots", hotspot_verbs.hotspots, database=False)
    hotspot_verbs.add_hotspots(hot)

    registry = group("registry", "人房信息", "the registry")
    sheet = add(registry, "import", "导入人、房、单位等表格", "import a sheet", verbs.registry_import)
    sheet.add_argument("file", type=Path)
    sheet.add_argument(
        "--kind", required=True, help="residents, dwellings, organisations, premises, components, devices"
    )
    sheet.add_argument("--map", nargs="*", default=[], metavar="field=COLUMN", help="列对应 · columns")
    sheet.add_argument("--source", default="", help="来源 · where it comes from")
    sheet.add_argument("--preview", action="store_true", help="只预览 · show what would happen")
    sheet.add_argument("--again", action="store_true", help="已导入的文件重新核对 · go through it once more")
    sheet.add_argument("--result", type=Path, help="写出带说明的同一张表 · the same sheet with remarks")
    add(registry, "follow", "人房数据随区划调整", "what lies in an area goes with it", verbs.registry_follow)
    populate = add(
        registry, "populate", "生成虚构人口，用于演示和试验", "a made-up population", verbs.registry_populate
    )
    populate.add_argument("--size", choices=["full", "small", "demo"], required=True, help="规模 · how much")
    populate.add_argument("--seed", type=int, help="随机种子 · the same seed makes the same people")

    reseal = add(
        registry,
        "reseal",
        "换钥后重新加密并重建索引，可中断后继续",
        "seal everything under the new key; goes on after a kill",
        registry_verbs.reseal,
    )
    reseal.add_argument("--reindex", action="store_true", help="无论如何重建索引 · make all indexes anew in any case")
    reseal.add_argument("--report", action="store_true", help="只列出各密钥用量 · only say what needs which key")
    retention = add(
        registry,
        "retention",
        "删除超过保存期限的数据，留存凭证",
        "erase what is past its time, with a proof",
        registry_verbs.retention,
    )
    retention.add_argument("--dry-run", action="store_true", help="只计数 · count only")

    clocks = group("clocks", "时限", "clocks")
    due = add(clocks, "due", "计算到期时间，无需数据库", "when a limit is used up", clocks_verbs.due, database=False)
    clocks_verbs.add_due(due)
    add(clocks, "resume", "确认数据库时间，恢复时限触发", "the database's time is right: fire again", _resume)

    counts = group("appraisal", "考核计数", "counts of appraisal")
    add(counts, "rebuild", "全部重新计数", "count every case anew", appraisal_verbs.rebuild)
    proof = add(counts, "check", "逐件核对全部计数", "prove all counts against the cases", appraisal_verbs.check)
    proof.add_argument("--most", type=int, default=100, help="最多列出 · list at most")

    checks = group("check", "核对", "proofs over the data")
    owners = add(
        checks, "owners", "每一处每一事每一时恰有一个责任主体", "exactly one owner everywhere", verbs.check_owners
    )
    owners.add_argument("--at", metavar="YYYY-MM-DD")
    add(
        checks,
        "invariants",
        "案件与人房数据的不变式、日志链",
        "invariants of cases and the registry, and the log chain",
        verbs.check_invariants,
    )
    return parser


def _demo(_options: argparse.Namespace) -> int | None:
    from wangge.config import supervisor

    try:
        supervisor.demo()
    except supervisor.DemoError as error:
        return _fail(str(error))
    return None


def _serve(_options: argparse.Namespace) -> int | None:
    from wangge.config import server

    return server.serve()


def _worker(_options: argparse.Namespace) -> int:
    from wangge.config import worker

    return worker.run()


def _watchdog(_options: argparse.Namespace) -> None:
    from wangge.config import watchdog

    watchdog.run()


def _resume(_options: argparse.Namespace) -> None:
    from wangge.config import watchdog

    watchdog.resume()


def _doctor(options: argparse.Namespace) -> int | None:
    from wangge.config import doctor

    return doctor.run(strict=options.strict)


def _openapi(options: argparse.Namespace) -> None:
    import json

    bootstrap.django()
    from wangge.config.api import api

    document = json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    _write(document, options.file)


def _configuration(options: argparse.Namespace) -> None:
    from wangge.config import reference

    _write(reference.configuration(), options.file)


def _figure(options: argparse.Namespace) -> None:
    bootstrap.django()  # the table speaks Django's enumerations
    from wangge.config import reference

    options.file.write_text(reference.with_figure(options.file.read_text(encoding="utf-8")), encoding="utf-8")


def _write(text: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
