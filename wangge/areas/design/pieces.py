"""From a site to the connected pieces that are divided one by one, and how many grids each of them gets."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wangge.areas.design.graph import components, ranked
from wangge.areas.design.site import Flags, Floats, Infeasible, Ints, Rules, Site


@dataclass(frozen=True)
class Part:
    """The atoms of one connected piece of a community, with its borders as positions within the piece."""

    community: int
    atoms: Ints
    edges: Ints
    shared: Floats
    barrier: Flags
    households: int


def within_communities(site: Site) -> Flags:
    """Borders that count: grids never cross communities."""
    return np.equal(site.community[site.edges[:, 0]], site.community[site.edges[:, 1]])


def barrier_parts(site: Site) -> Ints:
    """For each atom the connected part it lies in once barriers are taken out."""
    return ranked(components(len(site), site.edges[within_communities(site) & ~site.barrier]))


def pieces(site: Site, free: Flags) -> list[Part]:
    """Connected pieces of the free atoms, community by community."""
    inner = within_communities(site) & free[site.edges].all(axis=1)
    edges, shared, barrier = site.edges[inner], site.shared[inner], site.barrier[inner]
    atoms = np.flatnonzero(free)
    root = components(len(site), edges)[atoms]
    order = np.lexsort((atoms, root, site.community[atoms]))
    atoms, root = atoms[order], root[order]
    cuts = np.flatnonzero(np.diff(root)) + 1
    place = np.full(len(site), -1, np.int64)
    belongs = np.full(len(site), -1, np.int64)
    groups = np.split(atoms, cuts)
    for number, group in enumerate(groups):
        place[group] = np.arange(len(group))
        belongs[group] = number
    by_piece = np.argsort(belongs[edges[:, 0]], kind="stable") if len(edges) else np.zeros(0, np.int64)
    ends = np.searchsorted(belongs[edges[by_piece, 0]], np.arange(len(groups) + 1))
    return [
        Part(
            int(site.community[group[0]]),
            group,
            place[edges[rows]],
            shared[rows],
            barrier[rows],
            int(site.households[group].sum()),
        )
        for number, group in enumerate(groups)
        if len(group)
        for rows in [by_piece[ends[number] : ends[number + 1]]]
    ]


@dataclass(frozen=True)
class Load:
    """What decides how many grids a piece can have: atoms larger than the band fill a grid each, the rest is shared."""

    atoms: int
    large: int
    rest: int

    @property
    def most(self) -> int:
        return max(self.atoms, 1)


def load_of(site: Site, part: Part, rules: Rules) -> Load:
    households = site.households[part.atoms]
    large = households > rules.high
    return Load(len(households), int(large.sum()), int(households[~large].sum()))


def least_out(load: Load, grids: int, rules: Rules) -> int:
    """So many of `grids` stay out of band, by the sums alone, when each large atom has a grid for itself."""
    left = grids - load.large
    if left <= 0:
        return grids
    if left * rules.low <= load.rest <= left * rules.high:
        return load.large
    if load.rest > left * rules.high:
        return load.large + (0 if load.large else 1)  # one grid can take all that is too much
    return load.large + left - load.rest // rules.low


def grids_wanted(load: Load, rules: Rules, have: int = 0) -> int:
    """How many grids a piece gets when nobody says: fewest out of band, then nearest to what it has or, when it has
    none, to the middle of the band."""
    guess = have or load.large + load.rest / rules.middle
    span = range(max(1, int(guess * 0.7)), int(guess * 1.4) + 2)
    return min(
        (k for k in span if k <= load.most),
        key=lambda k: (least_out(load, k, rules), abs(k - guess)),
        default=1,
    )


def allot(loads: Sequence[Load], rules: Rules, grids: int | None, counts: list[int]) -> list[int]:
    """Grids for each piece; with a number given, `counts` are moved towards it where that harms least."""
    counts = list(counts)
    if grids is None:
        return counts
    step = 1 if sum(counts) < grids else -1
    heap = [(harm(load, counts[i], step, rules), i) for i, load in enumerate(loads)]
    heapq.heapify(heap)
    left = abs(grids - sum(counts))
    while left and heap[0][0] < float("inf"):
        _, i = heapq.heappop(heap)
        counts[i] += step
        left -= 1
        heapq.heappush(heap, (harm(loads[i], counts[i], step, rules), i))
    return counts


def harm(load: Load, count: int, step: int, rules: Rules) -> float:
    """What one grid more or less does to a piece, by its sums."""
    after = count + step
    if not 1 <= after <= load.most:
        return float("inf")

    def cost(k: int) -> float:
        left = max(k - load.large, 0)
        off = load.rest / left / rules.middle - 1 if left else load.rest / rules.middle
        return 10 * least_out(load, k, rules) + max(left, 1) * off * off

    return cost(after) - cost(count)


def infeasible(site: Site, parts: Sequence[Part], counts: Sequence[int], rules: Rules) -> list[Infeasible]:
    """Communities where some grid stays out of band whatever is done, each with the reason."""
    found: dict[int, list[tuple[str, str, int]]] = {}
    for part, count in zip(parts, counts, strict=True):
        reason = _reason(site, part, count, rules)
        if reason:
            found.setdefault(part.community, []).append(reason)
    return [
        Infeasible(
            community, "；".join(r[0] for r in reasons), "; ".join(r[1] for r in reasons), sum(r[2] for r in reasons)
        )
        for community, reasons in sorted(found.items())
    ]


def _reason(site: Site, part: Part, count: int, rules: Rules) -> tuple[str, str, int] | None:
    total, low, high = part.households, rules.low, rules.high
    load = load_of(site, part, rules)
    if load.large:
        large = part.atoms[site.households[part.atoms] > high]
        named = [f"{site.ids[i]} ({int(site.households[i])})" for i in large[:5].tolist()]
        # Large atoms beside one another may share a grid: one grid out of band is all that is certain.
        return (
            f"{load.large} 栋（单元）本身超过 {high} 户：{'、'.join(named)}",
            f"{load.large} alone exceed {high} households: {', '.join(named)}",
            1,
        )
    bound = least_out(load, count, rules)
    if not bound:
        return None
    if total < low:
        return (
            f"相连部分只有 {total} 户，不足 {low} 户",
            f"a connected part has {total} households, fewer than {low}",
            1,
        )
    if -(-total // high) > total // low:
        return (
            f"{total} 户：分 {total // low} 格超过上限，分 {total // low + 1} 格不足下限（{low}–{high} 户）",
            f"{total} households are too many for {total // low} grids of {low}–{high} and too few for one more",
            bound,
        )
    return (
        f"{total} 户分为 {count} 格，平均 {total / count:.0f} 户，不在 {low}–{high} 户之间",
        f"{total} households in the {count} grids asked for average {total / count:.0f}, outside {low}–{high}",
        bound,
    )
