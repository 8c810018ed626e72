"""The search within one connected piece: what the kernels need, and which of them in what order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from wangge.areas.design import kernels
from wangge.areas.design.graph import components, ranked
from wangge.areas.design.pieces import Load, Part, least_out
from wangge.areas.design.site import NONE, Flags, Ints, Rules, Site

SHARES = np.array([0.08, 0.14])  # of the steps: pairs cut anew, compounds carried; the rest are flips
HOT, HOTTER, WARM, COLD = 1.0, 1.6, 0.2, 0.1  # hotter where buildings are large beside a grid
ROUNDS = 900
RETRIES = 4
BAND = 6.0  # the cost of a grid out of band
FINE = 0.3
FLAT, STEEP = 0.7, 4.0  # for a whole grid beyond the band: flat where large atoms may share, else a slope to walk down
FEW = 6  # grids: with more of them one more or less is tried instead


def weights(rules: Rules, target: float, grain: float) -> kernels.Weights:
    """The cost of a plan. Where buildings are large beside a grid the band leaves little choice: what is dear when
    they are small is less so, lest it stand in the way of the band."""
    soft = min(1.0, max((FINE / grain) ** 1.5, 0.2))
    return kernels.Weights(
        low=float(rules.low), high=float(rules.high), target=target, band=BAND, excess=FLAT, balance=8.0 * soft,
        shape=1.0, straddle=3.5 * soft, compound=2.5 * soft, building=4.0, move=BAND * rules.move_cost,
    )  # fmt: skip


def grain(piece: kernels.Piece, middle: float) -> float:
    """How large the building of a household is on average, in grids."""
    several = piece.building >= 0
    sizes = np.concatenate(
        [piece.households[~several], np.bincount(piece.building[several], piece.households[several])]
    )
    return max(float((sizes**2).sum() / max(sizes.sum(), 1.0) / middle), 1e-6)


def piece_of(site: Site, part: Part, rules: Rules, home: Ints) -> kernels.Piece:
    """The piece in compressed rows."""
    n = len(part.atoms)
    both = np.vstack([part.edges, part.edges[:, ::-1]])
    order = np.lexsort((both[:, 1], both[:, 0]))
    of, to = both[order, 0], both[order, 1]
    compound, building = site.compound[part.atoms], site.building[part.atoms]
    barrier = np.tile(part.barrier, 2)[order]
    return kernels.Piece(
        ptr=np.searchsorted(of, np.arange(n + 1)).astype(np.int64),
        of=np.ascontiguousarray(of),
        to=np.ascontiguousarray(to),
        shared=np.tile(part.shared, 2)[order],
        tie=_ties(compound[of] == compound[to], compound[of], building[of] == building[to], barrier),
        households=np.ascontiguousarray(site.households[part.atoms]),
        area=np.ascontiguousarray(site.area[part.atoms]),
        perimeter=np.ascontiguousarray(site.perimeter[part.atoms]),
        compound=_counted(site, part, rules),
        building=_several(building),
        part=ranked(components(n, part.edges[~part.barrier])),
        home=home,
    )


def _ties(neighbours: Flags, compound: Ints, entrances: Flags, barrier: Flags) -> Ints:
    tie = np.where(neighbours & (compound != NONE), kernels.TIE_COMPOUND, kernels.TIE_PART)
    return np.where(entrances, kernels.TIE_BUILDING, np.where(barrier, kernels.TIE_BARRIER, tie)).astype(np.int64)


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
        sizes=ints(kernels.TIES), sums=np.zeros((n, 7)),
        stack=ints(kernels.TIES * (m + 1) + n), chance=np.array([seed], np.uint64),
    )  # fmt: skip


def open_search(piece: kernels.Piece, weighed: kernels.Weights, room: kernels.Room, label: Ints, k: int) -> Any:
    size = [max(int(group.max(initial=NONE)) + 1, 1) for group in (piece.compound, piece.building, piece.part)]
    return kernels.Search(piece, weighed, kernels.open_plan(piece, label, k, *size), room)


@dataclass(frozen=True)
class Wish:
    """How a piece is to be searched. `thorough` looks for the band alone when all wishes together do not reach it,
    which is worth its time where there are few grids or few such pieces."""

    count: int
    seed: int
    effort: float
    thorough: bool = False


def search(piece: kernels.Piece, wish: Wish, rules: Rules, label: Ints | None = None) -> Ints:
    """Labels 0 … count - 1, beginning with `label`; with no effort the first contiguous division."""
    n, count = len(piece.ptr) - 1, wish.count
    if count == 1:
        return np.zeros(n, np.int64)
    room = room_for(piece, wish.seed)
    large = piece.households > rules.high
    load = Load(n, int(large.sum()), int(piece.households[~large].sum()))
    target = max(load.rest / max(count - load.large, 1), 1.0)
    coarse = grain(piece, rules.middle)
    full = weights(rules, target, coarse)
    hot = HOT if coarse < 2 * FINE else HOTTER
    calm = label is not None and rules.move_cost > 0
    if calm or not load.large:
        full = full._replace(excess=STEEP)
    rounds = int(wish.effort * ROUNDS * n**0.75)

    def improved(label: Ints, weighed: kernels.Weights, hot: float) -> tuple[int, float, Ints]:
        one = open_search(piece, weighed, room, label, count)
        cost = kernels.anneal(one, rounds, hot, COLD, SHARES)
        return out_of_band(piece, one.plan.label, count, rules), cost, one.plan.label

    first = _enough(piece, full, room, np.zeros(n, np.int64) if label is None else label, count)
    best = improved(first, full, WARM if calm else hot)
    bound = least_out(load, count, rules)
    for _ in range(RETRIES if rounds and (count <= FEW or wish.thorough) else 0):
        if best[0] <= bound:
            break
        # Whole compounds can stand in the way of the band: look for the band alone, then for the rest from there.
        bare = full._replace(shape=0.1, straddle=0.02, compound=0.03, building=0.02, balance=0.0)
        other = improved(best[2] if label is not None else first, bare, hot)[2]
        # In band at any price, unless moves have one.
        best = min(best, improved(other, full, WARM), key=lambda found: found[1:2] if calm else found[:2])
    return best[2]


def out_of_band(piece: kernels.Piece, label: Ints, count: int, rules: Rules) -> int:
    households = np.bincount(label, piece.households, count)
    return int(((households < rules.low) | (households > rules.high)).sum())


def _enough(piece: kernels.Piece, weighed: kernels.Weights, room: kernels.Room, label: Ints, count: int) -> Ints:
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
    return kernels.bisect(open_search(piece, weighed, room, label, count), share, have)
