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


def least_out(households: int, grids: int, rules: Rules) -> int:
    """At least so many of `grids` stay out of band, by their sum alone."""
    if grids * rules.low <= households <= grids * rules.high:
        return 0
    if households > grids * rules.high:
        return 1  # one grid can take all that is too much
    return grids - households // rules.low


def grids_wanted(households: int, atoms: int, rules: Rules, have: int = 0) -> int:
    """How many grids a piece gets when nobody says: fewest out of band, then nearest to what it has or, when it has
    none, to the middle of the band."""
    guess = have or households / rules.middle
    span = range(max(1, int(guess * 0.7)), int(guess * 1.4) + 2)
    return min(
        (k for k in span if k <= atoms),
        key=lambda k: (least_out(households, k, rules), abs(k - guess)),
        default=1,
    )


def allot(parts: Sequence[Part], rules: Rules, grids: int | None, counts: list[int]) -> list[int]:
    """Grids for each piece; with a number given, `counts` are moved towards it where that harms least."""
    counts = list(counts)
    if grids is None:
        return counts
    step = 1 if sum(counts) < grids else -1
    heap = [(_harm(part, counts[i], step, rules), i) for i, part in enumerate(parts)]
    heapq.heapify(heap)
    while sum_off := grids - sum(counts):
        harm, i = heapq.heappop(heap)
        if harm == float("inf"):
            break
        counts[i] += step
        heapq.heappush(heap, (_harm(parts[i], counts[i], step, rules), i))
        if sum_off == step:
            break
    return counts


def _harm(part: Part, count: int, step: int, rules: Rules) -> float:
    after = count + step
    if not 1 <= after <= len(part.atoms):
        return float("inf")

    def cost(k: int) -> float:
        off = part.households / k / rules.middle - 1
        return 10 * least_out(part.households, k, rules) + k * off * off

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
    large = part.atoms[site.households[part.atoms] > high]
    bound = max(least_out(total, count, rules), min(len(large), count))
    if not bound:
        return None
    if len(large):
        named = "、".join(site.ids[i] for i in large[:5].tolist())
        return (
            f"{len(large)} 栋（单元）本身超过 {high} 户：{named}",
            f"{len(large)} atoms alone exceed {high} households: {named}",
            bound,
        )
    if total < low:
        return (
            f"相连部分只有 {total} 户，不足 {low} 户",
            f"a connected part has {total} households, fewer than {low}",
            1,
        )
    if -(-total // high) > total // low:
        return (
            f"{total} 户：{total // low} 格太多，{-(-total // high)} 格才够，无法都在 {low}–{high} 户之间",
            f"{total} households cannot be divided into grids of {low}–{high} each",
            bound,
        )
    return (
        f"{total} 户分为 {count} 格，平均 {total / count:.0f} 户，不在 {low}–{high} 户之间",
        f"{total} households in the {count} grids asked for average {total / count:.0f}, outside {low}–{high}",
        bound,
    )
