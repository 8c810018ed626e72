"""Large buildings taken apart: their entrances are the atoms, so that one building can lie in two grids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from wangge.areas.design.site import Flags, Floats, Ints, Site
from wangge.areas.design_files import tables
from wangge.areas.design_files.tables import numbers, refused, texts


def by_size(site: Site, most: int) -> Site:
    """Buildings of more than `most` households as equal entrances of at most so many."""
    parts = np.maximum(-(-site.households // most), 1)
    of = np.repeat(np.arange(len(site)), parts)
    turn = np.arange(len(of)) - (np.cumsum(parts) - parts)[of]
    households = site.households[of] // parts[of] + (turn < site.households[of] % parts[of])
    names = [
        site.ids[v] if parts[v] == 1 else f"{site.ids[v]}-{t + 1}"
        for v, t in zip(of.tolist(), turn.tolist(), strict=True)
    ]
    return _taken_apart(site, of, households.astype(np.int64), names)


def from_file(site: Site, path: Path) -> Site:
    """Rows `id, entrance, hh`; a building without rows stays whole. Their households replace the building's."""
    table = tables.read(path)
    place = {name: i for i, name in enumerate(site.ids)}
    buildings, entrances, households = texts(table, "id", "building"), texts(table, "entrance"), numbers(table, "hh")
    wrong = [
        (table.row(i), f"没有编号为 {name} 的楼", f"there is no building {name}")
        for i, name in enumerate(buildings)
        if name not in place
    ]
    wrong += [
        (table.row(i), f"户数 {households[i]:g} 应为非负整数", f"{households[i]:g} households")
        for i in np.flatnonzero((households < 0) | (households != np.round(households))).tolist()
    ]
    if len(set(entrances)) < len(entrances):
        entrances = [f"{b}-{e}" for b, e in zip(buildings, entrances, strict=True)]
    seen: set[str] = set()
    for i, name in enumerate(entrances):
        if name in seen:
            wrong.append((table.row(i), f"单元 {name} 重复", f"entrance {name} appears twice"))
        seen.add(name)
    if wrong:
        raise refused(wrong)
    rows: list[list[int]] = [[] for _ in site.ids]
    for i, name in enumerate(buildings):
        rows[place[name]].append(i)
    of, counts, names = [], [], []
    for v, own in enumerate(rows):
        of += [v] * max(len(own), 1)
        counts += [int(households[i]) for i in own] or [int(site.households[v])]
        names += [entrances[i] for i in own] or [site.ids[v]]
    return _taken_apart(site, np.array(of, np.int64), np.array(counts, np.int64), names)


def _taken_apart(site: Site, of: Ints, households: Ints, names: list[str]) -> Site:
    """Entrances stand in a row within the building's cell. Each borders on the next, and on what the building borders
    on: who walks out of any of them stands before the same neighbours."""
    parts = np.bincount(of, minlength=len(site))
    first = np.cumsum(parts) - parts
    edges, shared, barrier = _borders(site, parts, first)
    inner = np.flatnonzero(np.diff(of) == 0)
    across = np.sqrt(site.area[of[inner]])
    walls = 2 * np.sqrt(site.area) * (parts - 1)
    return replace(
        site,
        ids=tuple(names),
        xy=site.xy[of],
        households=households,
        community=site.community[of],
        compound=site.compound[of],
        building=of,
        edges=np.concatenate([edges, np.column_stack([inner, inner + 1])]),
        shared=np.concatenate([shared, across]),
        barrier=np.concatenate([barrier, np.zeros(len(inner), bool)]),
        area=(site.area / parts)[of],
        perimeter=((site.perimeter + walls) / parts)[of],
        village=site.village[of],
    )


def _borders(site: Site, parts: Ints, first: Ints) -> tuple[Ints, Floats, Flags]:
    """Each border of two buildings as one between all their entrances, its length shared out."""
    a, b = site.edges.T
    pairs = parts[a] * parts[b]
    row = np.repeat(np.arange(len(pairs)), pairs)
    turn = np.arange(len(row)) - (np.cumsum(pairs) - pairs)[row]
    left, right = first[a[row]] + turn // parts[b[row]], first[b[row]] + turn % parts[b[row]]
    return np.column_stack([left, right]), (site.shared / pairs)[row], site.barrier[row]
