"""`wangge intake hotspots`: what many complain about, from a file; needs no database."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wangge.config import outputs
from wangge.kit.errors import Problem

if TYPE_CHECKING:
    from wangge.intake.clusters.sheets import Sheet
    from wangge.intake.clusters.spots import Spot

WRONG = 2


def add_hotspots(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    add = parser.add_argument
    parser.epilog = "见 docs/howto/sameness-and-hot-spots.md"
    add("--in", dest="file", type=Path, required=True, metavar="FILE", help="CSV（可 .gz）或 Excel · a sheet")
    add("--top", type=int, default=5, metavar="N", help="列出前几个，缺省 5 · how many")
    add("--text", nargs="+", default=[], metavar="COL", help="文字列，先标题后详情；缺省猜测 · title, then details")
    for name, zh, en in (
        ("time", "时间列", "when"), ("person", "反映人列", "who"), ("likes", "点赞数列", "likes"),
        ("dislikes", "反对数列", "dislikes"), ("place", "地点列", "where"),
    ):  # fmt: skip
        add(f"--{name}", metavar="COL", help=f"{zh}；缺省猜测 · {en}")
    add("--least", type=int, default=3, metavar="N", help="至少几件成为热点，缺省 3 · matters that make one")
    add("--out", type=Path, metavar="FILE", help="全部热点写入 CSV · all hot spots, as CSV")
    add("--rows", type=Path, metavar="FILE", help="逐行写出热点名次 CSV · each row with the rank of its hot spot")


def hotspots(options: argparse.Namespace) -> int:
    """0, or 2 where something given is wrong."""
    try:
        return _hotspots(options)
    except Problem as problem:
        lines = [f"{one['at']}: {one['zh']} · {one['en']}" for one in problem.errors]
        _say(*(lines or (problem.detail_zh, problem.detail_en)))
        return WRONG


def _hotspots(options: argparse.Namespace) -> int:
    from wangge.intake.clusters import sheets, spots
    from wangge.intake.clusters.pairs import FEATURES
    from wangge.intake.clusters.rules import HotSpotRules
    from wangge.intake.clusters.weights import START
    from wangge.kit import tables
    from wangge.kit.errors import Invalid, field_error

    began = time.perf_counter()
    if options.top < 1 or options.least < 2:
        zh, en = "--top 至少 1，--least 至少 2", "--top is 1 or more, --least 2 or more"
        raise Invalid(errors=[field_error("--top --least", zh, en)])
    if not options.file.is_file():
        raise Invalid(errors=[field_error("--in", f"没有文件 {options.file}", f"no file {options.file}")])
    for option in ("out", "rows"):
        if getattr(options, option) is not None:
            outputs.check(f"--{option}", getattr(options, option), read=[options.file])
    csv.field_size_limit(tables.MAX_OPENED)  # a message may be long; the file is held to its bound before
    table = tables.read_table(options.file, options.file.name)
    named = {name: getattr(options, name) for name in ("time", "person", "likes", "dislikes", "place")}
    columns = sheets.columns(table.columns, text=options.text, **named)
    sheet = sheets.sheet(table.columns, table.rows, columns)
    found = spots.find(sheet.items, HotSpotRules(least=options.least), [START[name] for name in FEATURES])
    _show(sheet, found[: options.top])
    if options.out is not None:
        _write("--out", options.out, _HEAD, [_line(rank, spot) for rank, spot in enumerate(found, 1)])
    if options.rows is not None:
        rank_of = {row: rank for rank, spot in enumerate(found, 1) for row in spot.members}
        ranked = [[*line, str(rank_of.get(at, ""))] for at, line in enumerate(table.rows)]
        _write("--rows", options.rows, [*table.columns, "热点"], ranked)
    _say(f"{len(sheet.items)} 行，{len(found)} 个热点，用时 {time.perf_counter() - began:.1f} s · hot spots")
    return 0


_HEAD = [
    "名次", "热度", "热点", "地点", "件数", "人数", "点赞", "反对", "起", "止",
    "件数分", "人数分", "增长分", "点赞分", "反对分", "严重分",
]  # fmt: skip
_PARTS = ("count", "people", "growth", "likes", "dislikes", "severity")


def _line(rank: int, spot: Spot) -> list[str]:
    first = spot.first_at.date().isoformat() if spot.first_at is not None else ""
    last = spot.last_at.date().isoformat() if spot.last_at is not None else ""
    counts = (len(spot.members), spot.people, spot.likes, spot.dislikes)
    return [
        str(rank), f"{spot.heat:.1f}", spot.title, spot.place, *map(str, counts), first, last,
        *(f"{spot.parts[name]:.2f}" for name in _PARTS),
    ]  # fmt: skip


def _show(sheet: Sheet, top: Sequence[Spot]) -> None:
    if sheet.untimed:
        _say(f"{sheet.untimed} 行没有可读的时间，不计增长 · rows without a time that can be read")
    if sheet.empty:
        _say(f"{sheet.empty} 行没有文字 · rows without text")
    if not top:
        print("没有热点：没有足够多的人反映同一件事 · no hot spot")
    for rank, spot in enumerate(top, 1):
        line = _line(rank, spot)
        print(f"{rank}. {spot.title}")
        print(
            f"   热度 {line[1]}；{line[4]} 件、{line[5]} 人；{line[8]} 至 {line[9]}；地点 {spot.place or '—'}；"
            f"点赞 {line[6]}、反对 {line[7]}"
        )


def _write(option: str, path: Path, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """As text: a cell that begins like a formula is kept from becoming one."""
    with outputs.writing(option, path) as beside, beside.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([["'" + cell if cell[:1] in ("=", "+", "-", "@") else cell for cell in row] for row in lines])


def _say(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr)
