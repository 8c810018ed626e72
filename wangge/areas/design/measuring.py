"""The figures of a plan, by the definitions of the how-to; none of them looks at how the plan was made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from wangge.areas.design.graph import components, ranked
from wangge.areas.design.pieces import barrier_parts, within_communities
from wangge.areas.design.site import NONE, Flags, Floats, Ints, Rules, Site


@dataclass(frozen=True)
class Figures:
    """Shares are of grids, except `compounds_split_share` which is of the compounds that count."""

    grids: int
    in_band: int
    in_band_share: float
    cv: float
    contiguous: int
    polsby_popper: float
    compounds: int
    compounds_split: int
    compounds_split_share: float
    straddling: int
    straddling_share: float
    buildings_spanning: int
    moved: int | None
    moved_share: float | None

    def document(self) -> dict[str, Any]:
        return {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(self).items()}


def measure(site: Site, grid: Ints, rules: Rules, *, before: Ints | None = None) -> Figures:
    """`before` are labels of an earlier plan, -1 for what is new since."""
    label = ranked(grid)
    k = int(label.max(initial=NONE)) + 1
    households = np.bincount(label, site.households, k)
    in_band = int(((households >= rules.low) & (households <= rules.high)).sum())
    counted, split = _compounds(site, label, rules)
    straddling = int((_distinct(label, barrier_parts(site), k) > 1).sum())
    moved = None if before is None else moved_atoms(before, grid)
    mean = float(households.mean()) if k else 0.0
    return Figures(
        grids=k,
        in_band=in_band,
        in_band_share=in_band / max(k, 1),
        cv=float(households.std()) / mean if mean else 0.0,
        contiguous=int(contiguous(site, label).sum()),
        polsby_popper=float(shapes(site, label).mean()) if k else 0.0,
        compounds=counted,
        compounds_split=split,
        compounds_split_share=split / max(counted, 1),
        straddling=straddling,
        straddling_share=straddling / max(k, 1),
        buildings_spanning=int((_distinct(ranked(site.building), label, 0) > 1).sum()),
        moved=moved,
        moved_share=None if moved is None else moved / max(len(site), 1),
    )


def _distinct(of: Ints, values: Ints, k: int) -> Ints:
    """For each name in `of` how many different `values` its atoms have."""
    pairs = np.unique(np.column_stack([of, values]), axis=0)
    return np.bincount(pairs[:, 0], minlength=k).astype(np.int64)


def _compounds(site: Site, label: Ints, rules: Rules) -> tuple[int, int]:
    """Compounds that fit in a grid, villages left out, and how many of them lie in more than one."""
    own = (site.compound != NONE) & ~site.village
    names, place = np.unique(site.compound[own], return_inverse=True)
    place = place.reshape(-1).astype(np.int64)
    fits = np.bincount(place, site.households[own], len(names)) <= rules.high
    return int(fits.sum()), int((fits & (_distinct(place, label[own], len(names)) > 1)).sum())


def contiguous(site: Site, label: Ints) -> Flags:
    """For each grid 0 … k - 1 whether its atoms are connected, barriers or not."""
    same = within_communities(site) & (label[site.edges[:, 0]] == label[site.edges[:, 1]])
    return np.equal(_distinct(label, components(len(site), site.edges[same]), int(label.max(initial=NONE)) + 1), 1)


def shapes(site: Site, label: Ints) -> Floats:
    """Polsby–Popper of each grid: 4π·area ÷ perimeter², where a border shared within the grid is not perimeter. Nothing
    is rounder than a circle: sizes that do not fit each other give 1."""
    k = int(label.max(initial=NONE)) + 1
    area, perimeter = np.bincount(label, site.area, k), np.bincount(label, site.perimeter, k)
    inner = label[site.edges[:, 0]] == label[site.edges[:, 1]]
    perimeter = perimeter - 2 * np.bincount(label[site.edges[inner, 0]], site.shared[inner], k)
    return np.minimum(np.asarray(4 * np.pi * area / np.maximum(perimeter, 1e-9) ** 2, np.float64), 1.0)


def moved_atoms(before: Ints, after: Ints) -> int:
    """Atoms of the earlier plan that left their grid. Grids are matched by the atoms they have in common, so labels
    need not agree; what is new since counts as not moved."""
    old = before != NONE
    named = _named_after(before, after)
    return int((before[old] != named[old]).sum())


def _named_after(before: Ints, after: Ints) -> Ints:
    """`after` with the labels of the grids of `before` that go on in it, by the atoms they have in common, most first;
    what goes on from none keeps its label where that is free, else it gets one above all."""
    old = before != NONE
    pairs, counts = np.unique(np.column_stack([before[old], after[old]]), axis=0, return_counts=True)
    same = pairs[:, 0] == pairs[:, 1]
    name: dict[int, int] = {}
    taken: set[int] = set()
    for i in np.lexsort((~same, -counts)).tolist():
        a, b = pairs[i].tolist()
        if a not in taken and b not in name:
            taken.add(a)
            name[b] = a
    following = int(max(before.max(initial=NONE), after.max(initial=NONE))) + 1
    labels, place = np.unique(after, return_inverse=True)
    for label in labels.tolist():
        if label not in name:
            name[label] = label if label not in taken else following
            following += label in taken
            taken.add(name[label])
    return np.array([name[label] for label in labels.tolist()], np.int64)[place.reshape(-1)]


def going_on(before: Ints, after: Ints, *, taken: int = NONE) -> Ints:
    """`after` called so that as few atoms as can be seen have another label than before; new labels follow the
    highest of `before` and `taken`, without gaps."""
    old = before != NONE
    named = _named_after(before, after)
    if (before[old] != named[old]).sum() >= (before[old] != after[old]).sum():
        named = after
    top = int(before.max(initial=taken))
    labels, place = np.unique(named, return_inverse=True)
    fresh = labels > top
    labels[fresh] = top + 1 + np.arange(int(fresh.sum()))
    return labels[place.reshape(-1)]
