"""What the designer does to one community when asked by hand: anew, one grid more or less, one grid in two."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wangge.divisions import figures
from wangge.divisions.models import Plan
from wangge.divisions.site import Frozen
from wangge.kit.errors import Conflict

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STAY = 0.02  # the price of a building that moves, where a grid is added or taken out: fifty for one grid in band
_SECONDS = 3.0  # an answer while somebody waits


class CannotReshape(Conflict):
    code = "cannot_reshape"
    title_zh = "无法这样调整"
    title_en = "This cannot be done"


def worked_out(
    plan: Plan,
    site: Frozen,
    labels: NDArray[np.int64],
    held: frozenset[int],
    grids: int | None,
    move_cost: float | None = None,
) -> NDArray[np.int64]:
    """The community designed anew from how it is; grids in `held` stay."""
    from wangge.areas import design

    cost = plan.rules.get("move_cost", 0.0) if move_cost is None else move_cost
    rules = figures.rules_of(low=plan.low, high=plan.high, given=plan.rules, grids=grids, move_cost=cost, locked=held)
    free = ~np.isin(labels, sorted(held))
    if not free.any():
        raise CannotReshape("所有网格都已锁定", "every grid is locked")
    start = labels if held or cost else None
    found = design.divide(figures.site_of([site]), rules, start=start, stop=_patience()).grid
    return found if start is not None else _renamed(labels, found)


def added(plan: Plan, site: Frozen, labels: NDArray[np.int64], held: frozenset[int], more: int) -> NDArray[np.int64]:
    """As many grids more (or less), with as few buildings moved as the band allows."""
    wanted = len(np.unique(labels)) + more
    if wanted < max(len(held), 1) or wanted > len(site):
        raise CannotReshape("网格数不能再减少或增加", "there cannot be so many or so few grids")
    return worked_out(plan, site, labels, held, wanted, max(_STAY, plan.rules.get("move_cost", 0.0)))


def halves(plan: Plan, site: Frozen, labels: NDArray[np.int64], label: int, parts: int) -> NDArray[np.int64]:
    """One grid in several of about the same households; the largest keeps the label."""
    from wangge.areas import design

    members = np.flatnonzero(labels == label)
    if len(members) < parts:
        raise CannotReshape("楼栋太少，无法拆分", "too few buildings to split")
    part = sub(site, members)
    middle = max(int(part.households.sum()) // parts, 1)
    rules = figures.rules_of(
        low=max(middle * 9 // 10, 1), high=max(middle * 11 // 10, 1), given=plan.rules, grids=parts, move_cost=0.0
    )
    found = design.divide(figures.site_of([part]), rules, stop=_patience()).grid
    names = np.unique(found)
    if len(names) < 2:
        raise CannotReshape("该网格无法拆成相连的部分", "the grid cannot be split into connected parts")
    largest = names[np.argmax([part.households[found == name].sum() for name in names])]
    result = labels.copy()
    following = int(labels.max()) + 1
    for name in names.tolist():
        if name != largest:
            result[members[found == name]] = following
            following += 1
    return result


def dissolved(site: Frozen, labels: NDArray[np.int64], label: int, held: frozenset[int]) -> NDArray[np.int64]:
    """The grid's buildings go one by one to the neighbouring grid that has the fewest households."""
    result = labels.copy()
    waiting = set(np.flatnonzero(labels == label).tolist())
    sizes = {int(one): int(site.households[labels == one].sum()) for one in np.unique(labels)}
    pairs = site.edges.tolist()
    while waiting:
        choices = [
            (sizes[int(result[other])], int(result[other]), atom)
            for a, b in pairs
            for atom, other in ((a, b), (b, a))
            if atom in waiting and other not in waiting and int(result[other]) not in held
        ]
        if not choices:
            raise CannotReshape("周围没有可并入的网格", "there is no grid around that could take it")
        _, to, atom = min(choices)
        result[atom] = to
        sizes[to] += int(site.households[atom])
        waiting.remove(atom)
    return result


def sub(site: Frozen, members: NDArray[np.int64]) -> Frozen:
    """Some of the atoms, with the borders among them."""
    place = np.full(len(site), -1, np.int64)
    place[members] = np.arange(len(members))
    inner = (place[site.edges] >= 0).all(axis=1)
    return replace(
        site,
        edges=place[site.edges[inner]],
        shared=site.shared[inner],
        barrier=site.barrier[inner],
        **{
            name: getattr(site, name)[members]
            for name in ("lons", "lats", "households", "compound", "building", "village", "area", "perimeter", "cells")
        },
    )


def _patience() -> Callable[[], bool]:
    end = time.monotonic() + _SECONDS
    return lambda: time.monotonic() > end


def _renamed(before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.int64]:
    """Grids designed without a start take the labels of those they share most atoms with."""
    pairs, counts = np.unique(np.column_stack([after, before]), axis=0, return_counts=True)
    names: dict[int, int] = {}
    for index in np.argsort(-counts, kind="stable").tolist():
        new, old = pairs[index].tolist()
        if new not in names and old not in names.values():
            names[new] = old
    following = int(before.max(initial=-1)) + 1
    for new in np.unique(after).tolist():
        if new not in names:
            names[new] = following
            following += 1
    return np.array([names[one] for one in after.tolist()], dtype=np.int64)
