"""`wangge areas find` and `wangge areas parse`: where a text is, and the parts of addresses."""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wangge.config import outputs
from wangge.kit.errors import Invalid, Problem, field_error
from wangge.kit.written import plain, redacted

if TYPE_CHECKING:
    from wangge.registry.places.found import Found

WRONG = 2
ADDED = (
    "place", "kind", "code", "street", "community", "grid", "probability", "second", "asked", "conflict",
)  # fmt: skip
_HEADS = ("地点", "类型", "编码", "街道", "社区/村", "网格", "概率", "依据")
Finder = Callable[[str], "Found"]


def add_find(find: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    find.add_argument("text", nargs="?", help="文字 · the text")
    find.add_argument("--in", dest="source", type=Path, metavar="FILE", help="逐行处理的表格 · a sheet, row by row")
    find.add_argument("--text", dest="columns", nargs="+", metavar="COL", help="文字所在的列 · columns of the text")
    find.add_argument("--out", type=Path, metavar="FILE", help="写出 .csv 或 .xlsx · the sheet with more columns")
    find.add_argument(
        "--profile", action="append", metavar="NAME",
        help="用配置目录里的区划和楼栋，不用数据库；可多次 · places of profile files instead of the database",
    )  # fmt: skip
    find.epilog = (
        "缺省用数据库里的登记；没有数据库时用 WANGGE_PROFILE 所指的配置，未指明则用自带的全部区 · "
        "default: the database where there is one, else the profile of WANGGE_PROFILE, else all districts shipped"
    )


def add_parse(parse: argparse.ArgumentParser) -> None:
    parse.add_argument("--learn", type=Path, metavar="FILE", help="一行一字一标签的样本 · tagged examples")
    parse.add_argument("--model", type=Path, metavar="M", help="用这个模型 · use this model")
    parse.add_argument("--out", type=Path, metavar="FILE", help="写出模型或标签 · where the model or the tags go")
    parse.add_argument("--in", dest="source", type=Path, metavar="FILE", help="要标注的文件，同样格式 · to be tagged")


def find(options: argparse.Namespace) -> int:
    """0, or 2 where something given is wrong."""
    return _told(lambda: _find(options))


def parse(options: argparse.Namespace) -> int:
    return _told(lambda: _parse(options))


def _told(work: Callable[[], None]) -> int:
    try:
        work()
    except Problem as problem:
        lines = [f"{one['at']}: {one['zh']} · {one['en']}" for one in problem.errors]
        print(*(lines or [problem.detail_zh, problem.detail_en]), sep="\n", file=sys.stderr)
        return WRONG
    except OSError as error:
        print(f"文件无法读写 · cannot read or write: {error}", file=sys.stderr)
        return WRONG
    except BrokenPipeError:
        # Whoever read has had enough; Python must not complain of it again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _refused(at: str, zh: str, en: str) -> Invalid:
    return Invalid(errors=[field_error(at, zh, en)])


# --- find ---


def _find(options: argparse.Namespace) -> None:
    if (options.text is None) == (options.source is None):
        raise _refused("text", "请给出文字，或 --in 文件，二者之一", "give a text or --in FILE, one of the two")
    if options.source is not None and not (options.columns and options.out):
        raise _refused("--text --out", "与 --in 同用", "needed with --in")
    with _finder(options.profile) as finder:
        if options.source is None:
            _show(finder(options.text))
        else:
            _sheet(options.source, options.columns, options.out, finder)


@contextlib.contextmanager
def _finder(profiles: Sequence[str] | None) -> Iterator[Finder]:
    from wangge.config import bootstrap
    from wangge.config import env as environment

    if not profiles:
        env = environment.read()
        if env.database_url or (env.data_dir / "postgres").is_dir():
            with bootstrap.database():
                bootstrap.django()
                from wangge.registry.selectors import find_place

                yield find_place
            return
        profiles = [env.profile] if "WANGGE_PROFILE" in os.environ else None
    from wangge.registry.places import files, weighing

    book = files.load(profiles or files.shipped())
    yield lambda text: weighing.resolve(plain(text), book)


def _show(found: Found) -> None:
    from wangge.registry.places.found import NAMES

    rows = [_HEADS]
    for one in found.candidates:
        street, community, grid = _areas(one.path)
        kind = NAMES[one.kind][0]
        rows.append((one.name, kind, one.code, street, community, grid, f"{one.probability:.3f}", redacted(one.reason)))
    if len(rows) > 1:
        widths = [max(_width(row[i]) for row in rows) for i in range(len(_HEADS))]
        for row in rows:
            print("  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip())
    for conflict in found.conflicts:
        print(f"矛盾：{redacted(conflict.zh)} · conflict: {redacted(conflict.en)}")
    if found.sure:
        print("结论：可以确定 · sure")
    elif found.candidates:
        print("结论：拿不准，请人确认 · unsure: a person decides")
    else:
        print("结论：没有找到 · nothing found")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _areas(path: tuple[str, ...]) -> tuple[str, str, str]:
    street, community, grid = (*path[1:4], "", "", "")[:3]
    return street, community, grid


def answer(found: Found) -> list[str]:
    """The cells that `--in` adds, in the order of ADDED."""
    asked = "no" if found.sure else "yes"
    conflict = "；".join(redacted(one.zh) for one in found.conflicts)
    best = found.best
    if best is None:
        return ["", "", "", "", "", "", "", "", asked, conflict]
    second = found.candidates[1].name if len(found.candidates) > 1 else ""
    return [
        redacted(best.name), best.kind.value, best.code, *_areas(best.path), f"{best.probability:.3f}",
        redacted(second), asked, conflict,
    ]  # fmt: skip


def _sheet(source: Path, columns: Sequence[str], out: Path, finder: Finder) -> None:
    from wangge.kit import tables

    outputs.check("--out", out, read=[source])
    csv.field_size_limit(tables.MAX_OPENED)  # a message may be long; the file is held to its bound before
    table = tables.read_table(source, source.name)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        known = "、".join(table.columns[:40])
        raise _refused(
            "--text", f"没有列 {'、'.join(missing)}；有：{known}", f"no column {', '.join(missing)}; there are {known}"
        )
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise _refused("--out", "应以 .csv 或 .xlsx 结尾", "must end in .csv or .xlsx")
    chosen = [table.columns.index(name) for name in columns]
    heads = [*table.columns, *(name if name not in table.columns else f"{name}_found" for name in ADDED)]

    def rows() -> Iterator[list[str]]:
        for row in table.rows:
            found = finder("\n".join(row[i] for i in chosen))
            shown = [redacted(cell) if i in chosen else cell for i, cell in enumerate(row)]
            yield [*shown, *answer(found)]

    with outputs.writing("--out", out) as beside:
        if out.suffix.lower() == ".xlsx":
            tables.write_xlsx(beside, heads, rows(), sheet="地点")
            return
        with beside.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(heads)
            writer.writerows(rows())


# --- parse ---


def _parse(options: argparse.Namespace) -> None:
    from wangge.registry.places import parts

    if options.learn is not None:
        target = options.model or options.out
        if target is None:
            raise _refused("--model", "请给出模型写到哪里", "say where the model goes")
        outputs.check("--model", target, read=[options.learn])
        model = parts.learn(parts.read_examples(options.learn), _progress)
        model.save(target)
        return
    if options.model is None or options.source is None:
        raise _refused("--model --in", "请给出模型和文件，或 --learn", "give a model and a file, or --learn")
    if options.out is not None:
        outputs.check("--out", options.out, read=[options.source, options.model])
    model = parts.load(options.model)
    examples = parts.read_examples(options.source, tagged=False)
    tags = model.tag([one.tokens for one in examples])
    lines = "\n".join(
        "".join(f"{token} {tag}\n" for token, tag in zip(one.tokens, said, strict=True))
        for one, said in zip(examples, tags, strict=True)
    )
    if options.out is None:
        sys.stdout.write(lines)
    else:
        with outputs.writing("--out", options.out) as beside:
            beside.write_text(lines, encoding="utf-8")
    if all(set(one.tags) - {"O"} for one in examples) and examples:
        score = parts.f1([one.tags for one in examples], tags)
        told = ", ".join(f"{name} {value:.4f}" for name, value in score.items())
        print(f"与文件中的标签相比 · against the tags in the file: {told}", file=sys.stderr)


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}/{of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
