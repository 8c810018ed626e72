"""`wangge areas design`: dividing communities into grids from files; needs no database."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wangge.kit.errors import Problem

if TYPE_CHECKING:
    from wangge.areas.design import Division, Figures, Progress, Rules, Site
    from wangge.areas.design.site import Ints
    from wangge.areas.design_files.reading import Loaded

WRONG = 2
INTERRUPTED = 130
BAR = 30
MOVE_COST = 0.1


def add_design(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    add = parser.add_argument
    parser.epilog = (
        "见 docs/howto/grid-design.md；Ctrl-C 停止并写出当前最好的方案 · Ctrl-C stops and keeps the best so far"
    )
    add(
        "--buildings",
        type=Path,
        required=True,
        metavar="F",
        help="楼栋 id comm compound type x y hh area perim · buildings",
    )
    add(
        "--edges",
        type=Path,
        metavar="F",
        help="相邻关系 a b shared barrier；缺省由楼栋推算 · borders; default: derived",
    )
    add("--communities", type=Path, metavar="F", help="社区边界 GeoJSON · outlines of communities")
    add("--barriers", type=Path, metavar="F", help="道路、河流、铁路 GeoJSON · roads, rivers, railways")
    add("--crs", help="楼栋 x y 的坐标系，如 EPSG:4548 · system of x and y")
    add(
        "--band",
        type=int,
        nargs=2,
        default=[300, 500],
        metavar=("LOW", "HIGH"),
        help="每格户数，缺省 300 500 · households",
    )
    add("--grids", type=int, metavar="K", help="网格总数，缺省由户数定 · number of grids")
    add("--from", dest="start", type=Path, metavar="PLAN", help="在原方案上调整 · go on from an earlier plan")
    add(
        "--move-cost",
        type=float,
        metavar="X",
        help=f"每换格一栋的代价，以出界网格计，缺省 {MOVE_COST} · price of a move",
    )
    add(
        "--lock",
        nargs="*",
        default=[],
        metavar="GRID",
        help="不得改动的网格（须有 --from） · grids that stay as they are",
    )
    add("--entrances", metavar="F|N", help="单元表 id entrance hh，或把超过 N 户的楼拆成单元 · entrances")
    add("--courtyards", type=int, nargs=2, metavar=("LOW", "HIGH"), help="每格再分庭院 · courtyards within each grid")
    add("--seed", type=int, default=0, metavar="N", help="随机种子，同种子同结果 · the same seed, the same plan")
    add("--effort", type=float, default=1.0, metavar="X", help="搜索力度，缺省 1 · how long to search")
    add("--threads", type=int, metavar="N", help="线程数，缺省全部核；不影响结果 · threads")
    add(
        "--out",
        type=Path,
        required=True,
        metavar="PLAN",
        help="方案 .parquet 或 .csv，旁边写 .geojson 和 .report.json · plan",
    )


def design(options: argparse.Namespace) -> int:
    """0, or 2 where something given is wrong."""
    try:
        return _design(options)
    except Problem as problem:
        _say(*(f"{one['at']}: {one['zh']} · {one['en']}" for one in problem.errors) if problem.errors else (
            problem.detail_zh, problem.detail_en))  # fmt: skip
        return WRONG


def _design(options: argparse.Namespace) -> int:
    from wangge.areas import design as designer
    from wangge.areas.design_files import entrances, reading, tables, writing

    began = time.perf_counter()
    _check(options)
    files = reading.Files(options.buildings, options.edges, options.communities, options.barriers, options.crs)
    read = [files.buildings, files.edges, files.communities, files.barriers, _entrance_file(options)]
    writing.check_room(options.out, [path for path in read if path])
    loaded = reading.read_site(files)
    site = loaded.site
    if (table := _entrance_file(options)) is not None:
        site = entrances.from_file(site, table)
    elif options.entrances:
        site = entrances.by_size(site, int(options.entrances))
    held = [loaded.site.ids[b] for b in site.building.tolist()]
    start, names = reading.start_of(options.start, site.ids, held, loaded.remarks) if options.start else (None, [])
    unknown = [name for name in options.lock if name not in names]
    if unknown:
        raise tables.refused(("--lock", f"原方案没有网格 {name}", f"no grid {name} in that plan") for name in unknown)
    move_cost = options.move_cost if options.move_cost is not None else (MOVE_COST if start is not None else 0.0)
    rules = designer.Rules(
        low=options.band[0], high=options.band[1], grids=options.grids, move_cost=move_cost, seed=options.seed,
        locked=frozenset(names.index(name) for name in options.lock), effort=options.effort,
    )  # fmt: skip
    with _until_interrupted() as stop:
        division = designer.divide(site, rules, start=start, tell=_bar, stop=stop, threads=options.threads)
        courtyard = _courtyards(site, division.grid, rules, options) if options.courtyards else None
    figures = designer.measure(site, division.grid, rules, before=start)
    if options.grids not in (None, figures.grids):
        zh = f"要求 {options.grids} 格，实为 {figures.grids} 格：每个相连部分至少一格，至多一栋一格"
        en = f"{options.grids} grids asked for, {figures.grids} made: a piece needs one, a building can be but one"
        loaded.remarks.append((zh, en))
    _write(options, loaded, site, rules, division, figures, _named(division.grid, names), courtyard, began)
    return 0


def _entrance_file(options: argparse.Namespace) -> Path | None:
    given = options.entrances
    return None if given is None or given.isdecimal() else Path(given)


def _check(options: argparse.Namespace) -> None:
    from wangge.areas.design_files import tables

    wrong = []
    for name, (low, high) in (("--band", options.band), ("--courtyards", options.courtyards or [1, 1])):
        if not 0 <= low <= high or high < 1:
            wrong.append((name, f"下限 {low} 应不大于上限 {high}", f"{low} to {high} is no band"))
    for name in ("grids", "threads"):
        if (value := getattr(options, name)) is not None and value < 1:
            wrong.append((f"--{name}", "应为正整数", "must be 1 or more"))
    if not 0 <= (options.move_cost or 0) < math.inf or not 0 < options.effort <= 100:
        wrong.append(("--move-cost --effort", "应为正数", "must be positive"))
    if options.lock and not options.start:
        wrong.append(("--lock", "须与 --from 同用", "needs --from"))
    if options.out.suffix not in (".parquet", ".csv"):
        wrong.append(("--out", "应以 .parquet 或 .csv 结尾", "must end in .parquet or .csv"))
    if options.entrances is not None and options.entrances.isdecimal() and int(options.entrances) < 1:
        wrong.append(("--entrances", "应为正整数或文件", "must be 1 or more, or a file"))
    if wrong:
        raise tables.refused(wrong)


def _courtyards(site: Site, grid: Ints, rules: Rules, options: argparse.Namespace) -> Ints:
    """Each grid divided again by the same method."""
    from wangge.areas import design as designer

    low, high = options.courtyards
    within = replace(site, community=grid)
    again = designer.Rules(low=low, high=high, seed=rules.seed, effort=rules.effort)
    return designer.divide(within, again, tell=_bar, threads=options.threads).grid


def _named(grid: Ints, names: list[str]) -> list[str]:
    """A grid that goes on keeps its name; a new one gets the next number, or the label when there were no names."""
    import itertools

    if not names:
        return [str(label) for label in range(int(grid.max()) + 1)]
    taken = set(names)
    first = max((int(name) for name in names if name.isdecimal()), default=0) + 1
    fresh = (str(number) for number in itertools.count(first) if str(number) not in taken)
    return names + [next(fresh) for _ in range(int(grid.max()) + 1 - len(names))]


def _write(
    options: argparse.Namespace, loaded: Loaded, site: Site, rules: Rules, division: Division, figures: Figures,
    names: list[str], courtyard: Ints | None, began: float,
) -> None:  # fmt: skip
    from wangge.areas import design as designer
    from wangge.areas.design_files import writing

    columns = {"id": [loaded.site.ids[b] for b in site.building.tolist()]}
    if options.entrances:
        columns["entrance"] = list(site.ids)
    columns["grid"] = [names[label] for label in division.grid.tolist()]
    if courtyard is not None:
        columns["courtyard"] = [str(label) for label in courtyard.tolist()]
    writing.write_plan(options.out, columns)
    notes = designer.explain(site, division.grid, rules)
    _, drawn, told = writing.beside(options.out)
    writing.write_json(drawn, writing.features(loaded, site, division.grid, names, notes))
    settings = {k: str(v) if isinstance(v, Path) else v for k, v in vars(options).items() if _given(k, v)}
    report = writing.report(loaded, division, figures, time.perf_counter() - began, settings)
    writing.write_json(told, report)
    _summary(loaded, division, figures)


def _given(name: str, value: Any) -> bool:
    return name not in ("command", "without_database") and value is not None and value != []


def _summary(loaded: Loaded, division: Division, figures: Figures) -> None:
    print(f"网格 {figures.grids} · grids；户数达标 {figures.in_band} · in band；相连 {figures.contiguous} · contiguous")
    print(
        f"均衡 cv {figures.cv:.3f}；紧凑 Polsby–Popper {figures.polsby_popper:.3f}；"
        f"小区拆分 {figures.compounds_split}/{figures.compounds} · compounds split；"
        f"跨屏障 {figures.straddling} · straddling"
    )
    if figures.moved is not None:
        print(f"换格 {figures.moved} · moved")
    for one in division.infeasible:
        print(f"社区 {loaded.communities[one.community]}: {one.zh} · {one.en}")
    for zh, en in loaded.remarks:
        _say(f"{zh} · {en}")
    if division.stopped:
        _say("已中断，写出的是当前最好的方案 · interrupted; the best so far was written")


@contextmanager
def _until_interrupted() -> Iterator[Any]:
    """The first Ctrl-C asks the search to stop; a second one ends the program."""
    asked: list[bool] = []

    def ask(_signal: int, _frame: object) -> None:
        if asked:
            os._exit(INTERRUPTED)  # threads at work would be waited for
        asked.append(True)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)
        if sys.stderr.isatty():
            _say("")


def _bar(progress: Progress) -> None:
    if sys.stderr.isatty():
        share = progress.done / max(progress.total, 1)
        print(f"\r[{'█' * int(BAR * share):<{BAR}}] {share:4.0%}", end="", file=sys.stderr, flush=True)


def _say(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr)
