"""A site out of files. What cannot be right is refused with the row and the id; what is only unusual is remarked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from wangge.areas.design.graph import ranked
from wangge.areas.design.site import NONE, Flags, Floats, Ints, Site
from wangge.areas.design_files import places, tables
from wangge.areas.design_files.tables import Table, numbers, refused, texts

VILLAGE = "village"
MOST = 1_000_000  # households in a building: more is a mistake
YES, NO = {"1", "true", "yes", "1.0"}, {"0", "false", "no", "", "none", "0.0"}


@dataclass(frozen=True)
class Files:
    """Where everything is; only `buildings` must be there."""

    buildings: Path
    edges: Path | None = None
    communities: Path | None = None
    barriers: Path | None = None
    crs: str | None = None


@dataclass
class Loaded:
    """`communities` are names by number, `outlines` by name where given, `cells` where neighbours were derived."""

    site: Site
    communities: list[str]
    frame: places.Frame
    outlines: dict[str, Any]
    cells: Any | None = None
    remarks: list[tuple[str, str]] = field(default_factory=list)


def read_site(files: Files) -> Loaded:
    table = tables.read(files.buildings)
    if not len(table):
        raise refused([(table.path.name, "没有一栋楼", "there is no building")])
    ids = _ids(table)
    households = _households(table, ids)
    frame = places.frame(table, files)
    xy = frame.xy
    remarks: list[tuple[str, str]] = []
    named = table.find("comm", "community") is not None
    outlines = places.outlines(files, frame, named=named, remarks=remarks)
    community_name = _communities(table, ids, xy, outlines)
    if named and outlines:
        remarks += places.off_outlines(table, ids, frame, community_name, outlines)
    names = sorted(set(community_name), key=_natural)
    number = {name: i for i, name in enumerate(names)}
    community = np.array([number[name] for name in community_name], np.int64)
    compound, village = _compounds(table, community)
    if files.edges is not None:
        edges, shared, barrier = _edges(tables.read(files.edges), ids)
        area, perimeter, cells = _sizes(table, ids, len(ids)), _perimeters(table, ids, len(ids)), None
        if not (table.find("area") and table.find("perim", "perimeter")):
            zh = "没有 area 或 perim 列，紧凑度不可用"
            remarks.append((zh, "without area and perim Polsby–Popper means nothing"))
    else:
        drawn = places.adjacency_of(xy, community, names, outlines, places.barriers(files, frame), remarks)
        edges, shared, barrier, area, perimeter, cells = drawn
    n = len(ids)
    site = Site(
        tuple(ids), xy, households, community, compound, np.arange(n), edges, shared, barrier, area, perimeter, village
    )
    remarks += places.remarks(site, names)
    return Loaded(site, names, frame, outlines, cells, remarks)


def _natural(name: str) -> tuple[int, int, str]:
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)


def _ids(table: Table) -> list[str]:
    ids = texts(table, "id")
    seen: dict[str, int] = {}
    twice = []
    for i, name in enumerate(ids):
        if name in seen:
            first = seen[name] + table.first_row
            twice.append((table.row(i), f"编号 {name} 与第 {first} 行重复", f"id {name} is that of row {first}"))
        seen.setdefault(name, i)
    if twice:
        raise refused(twice)
    return ids


def _households(table: Table, ids: list[str]) -> Ints:
    """Whole and not negative. 0 is allowed: a shop or a school belongs to a grid all the same."""
    values = numbers(table, "hh", "households", id_of=ids)
    bad = np.flatnonzero((values < 0) | (values > MOST) | (values != np.round(values))).tolist()
    if bad:
        raise refused(
            (table.row(i), f"{ids[i]} 的户数 {values[i]:g} 应为非负整数", f"{ids[i]}: {values[i]:g} households")
            for i in bad
        )
    return values.astype(np.int64)


def _communities(table: Table, ids: list[str], xy: Floats, outlines: dict[str, Any]) -> list[str]:
    if table.find("comm", "community") is not None:
        named = texts(table, "comm", "community")
        if outlines:
            unknown = [
                (table.row(i), f"{ids[i]} 的社区 {name} 不在社区文件中", f"{ids[i]}: no community {name} in the file")
                for i, name in enumerate(named)
                if name not in outlines
            ]
            if unknown:
                raise refused(unknown)
        return named
    if not outlines:
        return ["0"] * len(ids)
    return _located(table, ids, xy, outlines)


def _located(table: Table, ids: list[str], xy: Floats, outlines: dict[str, Any]) -> list[str]:
    """The community whose outline holds the building; outside all or inside two is refused."""
    hits = places.holders(xy, list(outlines.values()))
    names = list(outlines)
    wrong = []
    for i, inside in enumerate(hits):
        if not inside:
            wrong.append((table.row(i), f"{ids[i]} 不在任何社区内", f"{ids[i]} lies in no community"))
        elif len(inside) > 1:
            both = "、".join(names[k] for k in inside)
            wrong.append((table.row(i), f"{ids[i]} 同时在 {both} 内", f"{ids[i]} lies in several: {both}"))
    if wrong:
        raise refused(wrong)
    return [names[inside[0]] for inside in hits]


def _compounds(table: Table, community: Ints) -> tuple[Ints, Flags]:
    """A compound that lies in two communities counts as two: grids cannot join them."""
    n = len(community)
    village = np.zeros(n, bool)
    if (kind := table.find("type", "kind")) is not None:
        village = np.array([str(value) == VILLAGE or value == "村" for value in table.columns[kind]])
    if (column := table.find("compound")) is None:
        return np.full(n, NONE, np.int64), village
    given = ["" if v is None or v != v or str(v) in ("", "-1") else str(v) for v in table.columns[column]]
    keys = np.array([f"{c}\t{name}" if name else "" for c, name in zip(community.tolist(), given, strict=True)])
    number = np.unique(keys, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return np.where(keys == "", NONE, number), village


def _edges(table: Table, ids: list[str]) -> tuple[Ints, Floats, Flags]:
    """Pairs by position. A border given twice, or both ways, counts once."""
    place = {name: i for i, name in enumerate(ids)}
    ends = [texts(table, "a"), texts(table, "b")]
    wrong = [
        (table.row(i), f"没有编号为 {name} 的楼", f"there is no building {name}")
        for column in ends
        for i, name in enumerate(column)
        if name not in place
    ]
    wrong += [
        (table.row(i), f"{a} 与自身相邻", f"{a} borders on itself")
        for i, (a, b) in enumerate(zip(*ends, strict=True))
        if a == b
    ]
    shared = numbers(table, "shared") if table.find("shared") else np.ones(len(table))
    wrong += [
        (table.row(i), f"公共边长 {shared[i]:g} 不应为负", f"a border of {shared[i]:g} metres")
        for i in np.flatnonzero(shared < 0).tolist()
    ]
    flags = table.columns[table.find("barrier") or ""] if table.find("barrier") else [0] * len(table)
    spoken = [str(value).strip().lower() for value in flags]
    wrong += [
        (table.row(i), f"barrier 应为 0 或 1：{word}", f"barrier must be 0 or 1: {word}")
        for i, word in enumerate(spoken)
        if word not in YES | NO
    ]
    if wrong:
        raise refused(wrong)
    pairs = np.array([[place[a], place[b]] for a, b in zip(*ends, strict=True)], np.int64).reshape(-1, 2)
    pairs.sort(axis=1)
    once, first = np.unique(pairs, axis=0, return_index=True)
    return once, shared[first], np.array([word in YES for word in spoken], bool)[first]


def _sizes(table: Table, ids: list[str], n: int) -> Floats:
    return _positive(table, ids, "area") if table.find("area") else np.ones(n)


def _perimeters(table: Table, ids: list[str], n: int) -> Floats:
    return _positive(table, ids, "perim", "perimeter") if table.find("perim", "perimeter") else np.full(n, 4.0)


def _positive(table: Table, ids: list[str], *names: str) -> Floats:
    values = numbers(table, *names, id_of=ids)
    bad = np.flatnonzero(values <= 0).tolist()
    if bad:
        raise refused(
            (table.row(i), f"{ids[i]} 的 {names[0]} 应大于 0", f"{ids[i]}: {names[0]} must be more than 0") for i in bad
        )
    return values


def start_of(
    path: Path, ids: tuple[str, ...], buildings: list[str], remarks: list[tuple[str, str]]
) -> tuple[Ints, list[str]]:
    """Labels of an earlier plan for these atoms, -1 where it does not know one, and the names of its grids. An entrance
    of a building that was whole then was where the building was."""
    table = tables.read(path)
    names = texts(table, "grid")
    atoms = texts(table, "entrance") if table.find("entrance") else texts(table, "id")
    twice = sorted(name for name, count in Counter(atoms).items() if count > 1)
    if twice:
        raise refused((path.name, f"编号 {name} 重复", f"id {name} appears more than once") for name in twice)
    label = ranked(np.unique(np.array(names), return_inverse=True)[1].astype(np.int64))
    known = dict(zip(atoms, label.tolist(), strict=True))
    held = [known.get(name, known.get(building, NONE)) for name, building in zip(ids, buildings, strict=True)]
    start = np.array(held, np.int64)
    if (start == NONE).all():
        zh, en = "原方案中没有这些楼", "the earlier plan knows none of these buildings"
        raise refused([(path.name, zh, en)])
    new, gone = int((start == NONE).sum()), len(set(atoms) - set(ids) - set(buildings))
    if new:
        remarks.append((f"{new} 栋（单元）不在原方案中，划入相邻网格", f"{new} are not in the earlier plan"))
    if gone:
        remarks.append((f"原方案中有 {gone} 栋（单元）现已没有", f"{gone} of the earlier plan are no more"))
    return start, sorted(set(names))
