"""The search within one connected piece: what the kernels need, and which of them in what order."""

from __future__ import annotations

from typing import Any

import numpy as np

from wangge.areas.design import kernels
from wangge.areas.design.graph import components, ranked
from wangge.areas.design.pieces import Part
from wangge.areas.design.site import NONE, Ints, Rules, Site

SHARES = np.array([0.08, 0.14])  # of the steps: pairs cut anew, compounds carried; the rest are flips
HOT, COLD = 0.6, 0.02


def weights(rules: Rules, target: float) -> kernels.Weights:
    """The cost of a plan in grids out of band."""
    return kernels.Weights(
        low=float(rules.low), high=float(rules.high), target=target, band=6.0, excess=8.0, balance=8.0, shape=3.0,
        straddle=1.0, compound=1.5, building=0.3, move=6.0 * rules.move_cost,
    )  # fmt: skip


def piece_of(site: Site, part: Part, rules: Rules, home: Ints) -> kernels.Piece:
    """The piece in compressed rows."""
    n = len(part.atoms)
    both = np.vstack([part.edges, part.edges[:, ::-1]])
    order = np.lexsort((both[:, 1], both[:, 0]))
    of, to = both[order, 0], both[order, 1]
    compound, building = site.compound[part.atoms], site.building[part.atoms]
    alike = (compound[of] == compound[to]) & (compound[of] != NONE) | (building[of] == building[to])
    barrier = np.tile(part.barrier, 2)[order]
    return kernels.Piece(
        ptr=np.searchsorted(of, np.arange(n + 1)).astype(np.int64),
        of=np.ascontiguousarray(of),
        to=np.ascontiguousarray(to),
        shared=np.tile(part.shared, 2)[order],
        tie=np.where(barrier, 2, np.where(alike, 0, 1)).astype(np.int64),
        households=np.ascontiguousarray(site.households[part.atoms]),
        area=np.ascontiguousarray(site.area[part.atoms]),
        perimeter=np.ascontiguousarray(site.perimeter[part.atoms]),
        compound=_counted(site, part, rules),
        building=_several(building),
        part=ranked(components(n, part.edges[~part.barrier])),
        home=home,
    )


def _counted(site: Site, part: Part, rules: Rules) -> Ints:
    """Compounds that should stay whole: no villages, and none larger than a grid."""
    compound = np.where(site.village[part.atoms], NONE, site.compound[part.atoms])
    names, place = np.unique(compound, return_inverse=True)
    place = place.reshape(-1)
    total = np.bincount(place, site.households[part.atoms], len(names))
    keep = (names != NONE) & (total <= rules.high) & (np.bincount(place, minlength=len(names)) > 1)
    return np.where(keep[place], np.cumsum(keep)[place] - 1, NONE).astype(np.int64)


def _several(building: Ints) -> Ints:
    names, place = np.unique(building, return_inverse=True)
    place = place.reshape(-1)
    keep = np.bincount(place, minlength=len(names)) > 1
    return np.where(keep[place], np.cumsum(keep)[place] - 1, NONE).astype(np.int64)


def room_for(piece: kernels.Piece, seed: int) -> kernels.Room:
    n, m = len(piece.ptr) - 1, len(piece.to)
    ints: Any = lambda size: np.zeros(size, np.int64)  # noqa: E731
    return kernels.Room(
        mark=ints(n), clock=ints(1), queue=ints(n + 1), parent=ints(n), place=ints(n), link=ints(n), tree=ints(n),
        sums=np.zeros((n, 7)), stack=ints(max(3 * m + 3, n)), chance=np.array([seed], np.uint64),
    )  # fmt: skip


def open_plan(piece: kernels.Piece, label: Ints, k: int) -> kernels.Plan:
    size = [max(int(group.max(initial=NONE)) + 1, 1) for group in (piece.compound, piece.building, piece.part)]
    return kernels.open_plan(piece, label, k, *size)


def search(
    piece: kernels.Piece, count: int, rules: Rules, *, label: Ints | None, seed: int, effort: float
) -> tuple[Ints, float]:
    """Labels 0 … count - 1 and what they cost; with no effort the first contiguous division."""
    n = len(piece.ptr) - 1
    if count == 1:
        return np.zeros(n, np.int64), 0.0
    room = room_for(piece, seed)
    weighed = weights(rules, float(piece.households.sum()) / count)
    label = _enough(piece, room, np.zeros(n, np.int64) if label is None else label, count)
    plan = open_plan(piece, label, count)
    rounds = int(effort * (400 * n**0.5 * count))
    cost = kernels.anneal(piece, weighed, plan, room, rounds, HOT, COLD, SHARES)
    return plan.label, cost


def _enough(piece: kernels.Piece, room: kernels.Room, label: Ints, count: int) -> Ints:
    """Cut grids, the largest first, until there are `count`."""
    have = int(label.max()) + 1
    if have == count:
        return label
    share = np.zeros(count, np.int64)
    share[:have] = 1
    households = np.bincount(label, piece.households, have)
    atoms = np.bincount(label, minlength=have)
    for _ in range(count - have):
        each = np.where(atoms > share[:have], households / share[:have], -1.0)
        share[int(np.argmax(each))] += 1
    return kernels.bisect(piece, open_plan(piece, label, count), room, share, have)
