"""`wangge clocks due`: when a limit is used up, for checking by hand or many at once; needs no database."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from wangge.kit.errors import Problem

WRONG = 2
BASE = "base"


def add_due(due: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    due.add_argument("--calendar", default="office", help="日历，缺省 office · calendar, default: office")
    due.add_argument("--limit", help="时限，如 '4 working_hours' 或 4工作时 · limit")
    due.add_argument("--start", help="开始，如 2026-02-13T16:30，无时区则按日历所在地 · start")
    due.add_argument(
        "--pause", action="append", default=[], metavar="A..B", help="暂停的起止，可多次 · a pause, may be repeated"
    )
    due.add_argument("--explain", action="store_true", help="逐日说明 · the account day by day")
    due.add_argument(
        "--batch",
        metavar="FILE.csv",
        help="逐行计算，列 calendar,limit,start,pauses（多个用 ; 隔开）；- 为标准输入 · rows of a CSV",
    )
    due.add_argument("--caution", action="store_true", help="批量时加一列提示 · with --batch: a column caution")
    due.add_argument(
        "--database", action="store_true", help="用数据库中的日历，缺省为配置文件 · calendars of the database"
    )
    due.add_argument("--profile", help="取哪个配置的日历，缺省 WANGGE_PROFILE 或 base · whose calendar files")


def due(options: argparse.Namespace) -> int:
    """0, or 2 where something given is wrong."""
    try:
        with _calendars(options) as find:
            return _batch(options, find) if options.batch is not None else _one(options, find)
    except Problem as problem:
        _say_problem(problem)
        return WRONG
    except BrokenPipeError:
        # Whoever read has had enough; Python must not complain of it again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


@contextlib.contextmanager
def _calendars(options: argparse.Namespace) -> Iterator[Callable[[str], Any]]:
    """From a code to the calendar."""
    if options.database:
        from wangge.config import bootstrap

        with bootstrap.database():
            bootstrap.django()
            yield _of_database
        return
    from wangge.district import calendar_files

    profile = options.profile or os.environ.get("WANGGE_PROFILE") or BASE
    yield lambda code: calendar_files.calendar(profile, code)


def _of_database(code: str) -> Any:
    from wangge.calendars import selectors
    from wangge.calendars.arithmetic import Refused

    try:
        return selectors.load(code)
    except selectors.NoCalendar as problem:
        raise Refused("calendar", problem.detail_zh, problem.detail_en) from problem


def _one(options: argparse.Namespace, find: Callable[[str], Any]) -> int:
    from wangge.calendars import arithmetic, pauses

    for name in ("limit", "start"):
        if getattr(options, name) is None:
            raise arithmetic.Refused(f"--{name}", f"缺少 --{name}", f"--{name} is missing")
    calendar = find(options.calendar)
    limit = arithmetic.parse_limit(options.limit)
    start = pauses.parse_moment(options.start, calendar.zone)
    stops = pauses.given([text for text in options.pause if text.strip()], start, calendar.zone, "pause")
    result = arithmetic.due(start, limit, calendar, stops)
    if result.caution:
        _say(f"{result.caution}\n{result.caution_en}")
    print(result.at.isoformat())
    if options.explain:
        for line in arithmetic.account(result):
            print(line)
    return 0


def _batch(options: argparse.Namespace, find: Callable[[str], Any]) -> int:
    from wangge.calendars.arithmetic import Refused
    from wangge.config.clocks_sheet import Sheet

    def complain(line: int, field: str, zh: str, en: str) -> None:
        _say(f"第 {line} 行 line {line} {field}: {zh} · {en}")

    try:
        with _opened(options.batch) as source:
            _utf8(sys.stdout)
            bad = Sheet(source, sys.stdout, find, complain, cautions=options.caution).run()
            sys.stdout.flush()
    except UnicodeDecodeError as error:
        zh = "不是 UTF-8 文本，请另存为 UTF-8 编码的 CSV"
        raise Refused("--batch", zh, f"not UTF-8 text: {error.reason}") from error
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        zh = f"无法读取 {options.batch}：{error.strerror}"
        raise Refused("--batch", zh, f"{options.batch} cannot be read: {error.strerror}") from error
    if bad:
        _say(f"{bad} 行有误，due 列留空 · {bad} rows are wrong, their due is left empty")
    return WRONG if bad else 0


@contextlib.contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    if name == "-":
        _utf8(sys.stdin, "utf-8-sig")
        yield sys.stdin
        return
    with open(name, encoding="utf-8-sig", newline="") as file:
        yield file


def _utf8(stream: Any, encoding: str = "utf-8") -> None:
    with contextlib.suppress(AttributeError):  # a test may have put another kind of stream there
        stream.reconfigure(encoding=encoding, newline="")


def _say_problem(problem: Problem) -> None:
    if problem.errors:
        for one in problem.errors:
            _say(f"{one['at']}: {one['zh']} · {one['en']}")
    else:
        _say(f"{problem.detail_zh}\n{problem.detail_en}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)
