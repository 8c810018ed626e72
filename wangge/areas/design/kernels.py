"""Compiled loops of the grid designer; `dividing` says what they are for.

All kernels stand in this one file because numba's cache looks at the file of the outermost only. Imported late: numba
costs a second. They release the interpreter lock, so communities run side by side in threads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wangge.kit.compiled import compiled

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


TIE_BUILDING, TIE_COMPOUND, TIE_PART, TIE_BARRIER = 0, 1, 2, 3
TIES = 4


class Piece(NamedTuple):
    """A connected part of a community in compressed rows: the borders of atom v are `ptr[v]:ptr[v + 1]`."""

    ptr: Ints
    of: Ints  # the atom each border belongs to
    to: Ints
    shared: Floats
    tie: Ints  # TIE_…, how close the two atoms are
    households: Ints
    area: Floats
    perimeter: Floats
    compound: Ints  # counted compounds only, else -1
    building: Ints  # buildings of several entrances only, else -1
    part: Ints  # connected part once barriers are taken out
    home: Ints  # label before, -1 when new


class Weights(NamedTuple):
    """What a plan costs, in grids out of band."""

    low: float
    high: float
    target: float
    band: float
    excess: float
    balance: float
    shape: float
    straddle: float
    compound: float
    building: float
    move: float


class Plan(NamedTuple):
    """A division with everything its cost needs, kept up to date by `shift`."""

    label: Ints
    households: Ints
    atoms: Ints
    area: Floats
    perimeter: Floats
    compounds: Ints  # compound × grid: atoms
    spread: Ints  # compound: grids
    buildings: Ints
    spans: Ints
    parts: Ints  # part × grid: atoms
    across: Ints  # grid: parts


class Room(NamedTuple):
    """Scratch space; `mark` is compared with a running number so that it never needs clearing."""

    mark: Ints
    clock: Ints
    queue: Ints
    parent: Ints
    place: Ints
    link: Ints  # tie to the parent
    tree: Ints
    sizes: Ints
    sums: Floats
    stack: Ints
    chance: NDArray[np.uint64]


class Search(NamedTuple):
    """All that a search works on."""

    piece: Piece
    weights: Weights
    plan: Plan
    room: Room


@compiled
def uniform(room: Room) -> float:
    """splitmix64, so that a seed means the same in every thread."""
    room.chance[0] += np.uint64(0x9E3779B97F4A7C15)
    z = room.chance[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def below(room: Room, n: int) -> int:
    return min(int(uniform(room) * n), n - 1)


@compiled
def open_plan(piece: Piece, label: Ints, k: int, compounds: int, buildings: int, parts: int) -> Plan:
    plan = Plan(
        label.copy(), np.zeros(k, np.int64), np.zeros(k, np.int64), np.zeros(k), np.zeros(k),
        np.zeros((compounds, k), np.int64), np.zeros(compounds, np.int64),
        np.zeros((buildings, k), np.int64), np.zeros(buildings, np.int64),
        np.zeros((parts, k), np.int64), np.zeros(k, np.int64),
    )  # fmt: skip
    for v in range(len(label)):
        g = label[v]
        plan.households[g] += piece.households[v]
        plan.atoms[g] += 1
        plan.area[g] += piece.area[v]
        plan.perimeter[g] += piece.perimeter[v]
        for e in range(piece.ptr[v], piece.ptr[v + 1]):
            if label[piece.to[e]] == g:
                plan.perimeter[g] -= piece.shared[e]
        _enter(plan.compounds, plan.spread, piece.compound[v], g)
        _enter(plan.buildings, plan.spans, piece.building[v], g)
        if plan.parts[piece.part[v], g] == 0:
            plan.across[g] += 1
        plan.parts[piece.part[v], g] += 1
    return plan


@compiled
def _enter(counts: Ints, spread: Ints, group: int, g: int) -> None:
    if group >= 0:
        if counts[group, g] == 0:
            spread[group] += 1
        counts[group, g] += 1


@compiled
def _leave(counts: Ints, spread: Ints, group: int, g: int) -> None:
    if group >= 0:
        counts[group, g] -= 1
        if counts[group, g] == 0:
            spread[group] -= 1


@compiled
def _torn(spread: int) -> float:
    """A group in two grids costs 1, each grid more a little."""
    return 0.0 if spread <= 1 else 0.75 + 0.25 * (spread - 1)


@compiled
def grid_cost(s: Search, g: int) -> float:
    """What grid `g` costs by itself."""
    weights, plan = s.weights, s.plan
    across = weights.straddle if plan.across[g] > 1 else 0.0
    return alone_cost(weights, float(plan.households[g]), plan.area[g], plan.perimeter[g]) + across


@compiled
def alone_cost(weights: Weights, households: float, area: float, perimeter: float) -> float:
    off = (min(max(households, weights.low), weights.high) - weights.target) / weights.target
    cost = weights.balance * off * off
    if households < weights.low:
        cost += weights.band + weights.excess * (weights.low - households) / weights.target
    elif households > weights.high:
        cost += weights.band + weights.excess * (households - weights.high) / weights.target
    return cost + weights.shape * (1.0 - 4.0 * math.pi * area / max(perimeter * perimeter, 1e-9))


@compiled
def shift(s: Search, v: int, b: int) -> float:
    """Move atom `v` to grid `b`; what that adds to the cost beside the two grids' own."""
    piece, weights, plan = s.piece, s.weights, s.plan
    a = plan.label[v]
    cost = 0.0
    c, d = piece.compound[v], piece.building[v]
    if c >= 0:
        cost -= weights.compound * _torn(plan.spread[c])
    if d >= 0:
        cost -= weights.building * _torn(plan.spans[d])
    plan.label[v] = b
    plan.households[a] -= piece.households[v]
    plan.households[b] += piece.households[v]
    plan.atoms[a] -= 1
    plan.atoms[b] += 1
    plan.area[a] -= piece.area[v]
    plan.area[b] += piece.area[v]
    plan.perimeter[a] -= piece.perimeter[v]
    plan.perimeter[b] += piece.perimeter[v]
    for e in range(piece.ptr[v], piece.ptr[v + 1]):
        g = plan.label[piece.to[e]]
        if g == a:
            plan.perimeter[a] += 2.0 * piece.shared[e]
        elif g == b:
            plan.perimeter[b] -= 2.0 * piece.shared[e]
    _leave(plan.compounds, plan.spread, c, a)
    _enter(plan.compounds, plan.spread, c, b)
    _leave(plan.buildings, plan.spans, d, a)
    _enter(plan.buildings, plan.spans, d, b)
    p = piece.part[v]
    plan.parts[p, a] -= 1
    if plan.parts[p, a] == 0:
        plan.across[a] -= 1
    if plan.parts[p, b] == 0:
        plan.across[b] += 1
    plan.parts[p, b] += 1
    if c >= 0:
        cost += weights.compound * _torn(plan.spread[c])
    if d >= 0:
        cost += weights.building * _torn(plan.spans[d])
    home = piece.home[v]
    if home >= 0:
        cost += weights.move * ((home != b) - (home != a))
    return cost


@compiled
def total_cost(s: Search) -> float:
    piece, weights, plan = s.piece, s.weights, s.plan
    cost = 0.0
    for g in range(len(plan.atoms)):
        cost += grid_cost(s, g)
    for c in range(len(plan.spread)):
        cost += weights.compound * _torn(plan.spread[c])
    for d in range(len(plan.spans)):
        cost += weights.building * _torn(plan.spans[d])
    for v in range(len(plan.label)):
        if piece.home[v] >= 0 and piece.home[v] != plan.label[v]:
            cost += weights.move
    return cost


@compiled
def holds_without(s: Search, v: int, g: int) -> bool:
    """Whether grid `g` is connected without atom `v`."""
    piece, plan, room = s.piece, s.plan, s.room
    wanted = 0
    first = -1
    room.clock[0] += 1
    seek = room.clock[0]
    for e in range(piece.ptr[v], piece.ptr[v + 1]):
        w = piece.to[e]
        if plan.label[w] == g:
            wanted += 1
            first = w
            room.mark[w] = seek
    if wanted <= 1:
        return wanted == 1
    room.clock[0] += 1
    seen = room.clock[0]
    room.mark[v] = seen
    room.mark[first] = seen
    room.queue[0] = first
    head, tail, wanted = 0, 1, wanted - 1
    while head < tail:
        u = room.queue[head]
        head += 1
        for e in range(piece.ptr[u], piece.ptr[u + 1]):
            w = piece.to[e]
            if plan.label[w] == g and room.mark[w] != seen:
                if room.mark[w] == seek:
                    wanted -= 1
                    if wanted == 0:
                        return True
                room.mark[w] = seen
                room.queue[tail] = w
                tail += 1
    return False


@compiled
def reach(s: Search, start: int, a: int, b: int) -> int:
    """Atoms reached from `start` within grids a and b, in `room.queue`."""
    piece, plan, room = s.piece, s.plan, s.room
    room.clock[0] += 1
    seen = room.clock[0]
    room.mark[start] = seen
    room.queue[0] = start
    head, tail = 0, 1
    while head < tail:
        u = room.queue[head]
        head += 1
        for e in range(piece.ptr[u], piece.ptr[u + 1]):
            w = piece.to[e]
            if room.mark[w] != seen and (plan.label[w] == a or plan.label[w] == b):
                room.mark[w] = seen
                room.queue[tail] = w
                tail += 1
    return tail


@compiled
def price(s: Search, v: int, b: int) -> float:
    """What moving atom `v` to grid `b` would add to the cost, with nothing moved."""
    piece, weights, plan = s.piece, s.weights, s.plan
    a = plan.label[v]
    with_a, with_b = 0.0, 0.0
    for e in range(piece.ptr[v], piece.ptr[v + 1]):
        g = plan.label[piece.to[e]]
        if g == a:
            with_a += piece.shared[e]
        elif g == b:
            with_b += piece.shared[e]
    households, area, perimeter = piece.households[v], piece.area[v], piece.perimeter[v]
    cost = alone_cost(
        weights,
        float(plan.households[a] - households),
        plan.area[a] - area,
        plan.perimeter[a] - perimeter + 2.0 * with_a,
    )
    cost += alone_cost(
        weights,
        float(plan.households[b] + households),
        plan.area[b] + area,
        plan.perimeter[b] + perimeter - 2.0 * with_b,
    )
    p = piece.part[v]
    if plan.across[a] - (plan.parts[p, a] == 1) > 1:
        cost += weights.straddle
    if plan.across[b] + (plan.parts[p, b] == 0) > 1:
        cost += weights.straddle
    cost -= grid_cost(s, a) + grid_cost(s, b)
    cost += weights.compound * _tear(plan.compounds, plan.spread, piece.compound[v], a, b)
    cost += weights.building * _tear(plan.buildings, plan.spans, piece.building[v], a, b)
    home = piece.home[v]
    if home >= 0:
        cost += weights.move * ((home != b) - (home != a))
    return cost


@compiled
def _tear(counts: Ints, spread: Ints, group: int, a: int, b: int) -> float:
    """How much more a group is torn when one of its atoms goes from grid a to b."""
    if group < 0:
        return 0.0
    return _torn(spread[group] - (counts[group, a] == 1) + (counts[group, b] == 0)) - _torn(spread[group])


@compiled
def flip(s: Search, v: int, b: int, heat: float) -> float:
    """Move one atom when that pays, or now and then when it does not; the change of the cost, 0 when not done."""
    a = s.plan.label[v]
    if s.plan.atoms[a] == 1:
        return 0.0
    change = price(s, v, b)
    # The price is known sooner than whether the grid stays whole, and most prices are too high.
    if (change < 0.0 or (heat > 0.0 and uniform(s.room) < math.exp(-change / heat))) and holds_without(s, v, a):
        shift(s, v, b)
        return change
    return 0.0


@compiled
def grow_tree(s: Search, root: int, a: int, b: int, loose: bool) -> int:
    """A random spanning tree of grids a and b in `room.tree`, parents before children; the closest ties first.

    In this order every building, every compound and every part is a subtree, so that one cut tears at most one of
    each. A loose tree does not care for compounds.
    """
    piece, plan, room = s.piece, s.plan, s.room
    room.clock[0] += 1
    seen = room.clock[0]
    reserve = room.stack.shape[0] // TIES
    room.sizes[:] = 0
    count = 0
    v, parent, link = root, -1, 0
    while True:
        if room.mark[v] != seen:
            room.mark[v] = seen
            room.tree[count] = v
            room.place[v] = count
            room.parent[count] = parent
            room.link[count] = link
            for e in range(piece.ptr[v], piece.ptr[v + 1]):
                w = piece.to[e]
                if room.mark[w] != seen and (plan.label[w] == a or plan.label[w] == b):
                    tie = piece.tie[e]
                    if loose and tie == TIE_COMPOUND:
                        tie = TIE_PART
                    room.stack[tie * reserve + room.sizes[tie]] = e
                    room.sizes[tie] += 1
            count += 1
        closest = 0
        while closest < TIES and room.sizes[closest] == 0:
            closest += 1
        if closest == TIES:
            return count
        i = closest * reserve + below(room, room.sizes[closest])
        room.sizes[closest] -= 1
        e = room.stack[i]
        room.stack[i] = room.stack[closest * reserve + room.sizes[closest]]
        v = piece.to[e]
        parent = room.place[piece.of[e]]
        link = piece.tie[e]


@compiled
def sum_tree(s: Search, count: int, a: int, b: int) -> None:
    """For each place of the tree its subtree's households, area, perimeters, borders within a and b, inner borders."""
    piece, plan, room = s.piece, s.plan, s.room
    sums = room.sums
    for i in range(count):
        v = room.tree[i]
        sums[i, 0] = piece.households[v]
        sums[i, 1] = piece.area[v]
        sums[i, 2] = piece.perimeter[v]
        sums[i, 3] = 0.0
        sums[i, 4] = 0.0
        sums[i, 5] = 1.0
        sums[i, 6] = 0.0
    for i in range(count):
        v = room.tree[i]
        for e in range(piece.ptr[v], piece.ptr[v + 1]):
            w = piece.to[e]
            if plan.label[w] != a and plan.label[w] != b:
                continue
            sums[i, 3] += piece.shared[e]
            j = room.place[w]
            if j < i:
                x, y = i, j
                while x != y:  # a parent's place is before its children's
                    if x > y:
                        x = room.parent[x]
                    else:
                        y = room.parent[y]
                sums[x, 4] += piece.shared[e]
    for i in range(count - 1, 0, -1):
        p = room.parent[i]
        for column in range(7):
            sums[p, column] += sums[i, column]
        if room.link[i] == TIE_BARRIER:
            sums[p, 6] += 1.0


@compiled
def inside(room: Room, count: int, cut: int) -> int:
    """Mark in `room.queue` by place whether it lies in the subtree at `cut`; how many do."""
    size = 1
    for i in range(cut):
        room.queue[i] = 0
    room.queue[cut] = 1
    for i in range(cut + 1, count):
        room.queue[i] = room.queue[room.parent[i]]
        size += room.queue[i]
    return size


@compiled
def recut(s: Search, u: int, b: int, heat: float) -> float:
    """Join the grid of `u` and grid `b`, draw a random tree and cut it where that is cheapest; ReCom, made greedy."""
    piece, weights, plan, room = s.piece, s.weights, s.plan, s.room
    a = plan.label[u]
    count = grow_tree(s, u, a, b, uniform(room) < 0.2)
    sum_tree(s, count, a, b)
    sums = room.sums
    best, cut = np.inf, -1
    for i in range(1, count):
        cross = sums[i, 3] - 2.0 * sums[i, 4]
        perimeter = sums[i, 2] - 2.0 * sums[i, 4]
        rest = sums[0, 2] - sums[i, 2] - 2.0 * (sums[0, 4] - sums[i, 4] - cross)
        cost = alone_cost(weights, sums[i, 0], sums[i, 1], perimeter)
        cost += alone_cost(weights, sums[0, 0] - sums[i, 0], sums[0, 1] - sums[i, 1], rest)
        v, w = room.tree[i], room.tree[room.parent[i]]
        if piece.compound[v] >= 0 and piece.compound[v] == piece.compound[w]:
            cost += weights.compound
        if piece.building[v] >= 0 and piece.building[v] == piece.building[w]:
            cost += weights.building
        if sums[i, 6] > 0:
            cost += weights.straddle
        if sums[0, 6] - sums[i, 6] - (room.link[i] == TIE_BARRIER) > 0:
            cost += weights.straddle
        cost -= heat * math.log(uniform(room) + 1e-12) * 0.5
        if cost < best:
            best, cut = cost, i
    if cut < 0:
        return 0.0
    inside(room, count, cut)
    same = 0
    for i in range(count):
        in_a = plan.label[room.tree[i]] == a
        same += 1 if in_a == (room.queue[i] == 1) else -1
    first = a if same >= 0 else b
    second = a + b - first
    before = grid_cost(s, a) + grid_cost(s, b)
    change = 0.0
    moved = 0
    for i in range(count):
        v = room.tree[i]
        goal = first if room.queue[i] == 1 else second
        if plan.label[v] != goal:
            change += shift(s, v, goal)
            room.stack[moved] = v
            moved += 1
    change += grid_cost(s, a) + grid_cost(s, b) - before
    if change < 0.0 or (heat > 0.0 and uniform(room) < math.exp(-change / heat)):
        return change
    for i in range(moved):
        v = room.stack[i]
        shift(s, v, a + b - plan.label[v])
    return 0.0


@compiled
def carry(s: Search, u: int, b: int, heat: float) -> float:
    """Move all that the compound (else the building, else the part) of `u` has in its grid to grid `b`."""
    piece, plan, room = s.piece, s.plan, s.room
    a = plan.label[u]
    c, d, p = piece.compound[u], piece.building[u], piece.part[u]
    if uniform(room) < 0.3:
        c, d = -1, -1
    elif d >= 0 and (c < 0 or uniform(room) < 0.5):
        c = -1
    elif c >= 0:
        d = -1
    size = reach(s, u, a, a)
    moved = 0
    for i in range(size):
        v = room.queue[i]
        alike = piece.compound[v] == c if c >= 0 else (piece.building[v] == d if d >= 0 else piece.part[v] == p)
        if alike:
            room.stack[moved] = v
            moved += 1
    if moved == size:
        return 0.0
    before = grid_cost(s, a) + grid_cost(s, b)
    change = 0.0
    for i in range(moved):
        change += shift(s, room.stack[i], b)
    change += grid_cost(s, a) + grid_cost(s, b) - before
    if change < 0.0 or (heat > 0.0 and uniform(room) < math.exp(-change / heat)):
        rest = -1
        for i in range(size):
            if plan.label[room.queue[i]] == a:
                rest = room.queue[i]
                break
        if reach(s, rest, a, a) == plan.atoms[a] and reach(s, u, b, b) == plan.atoms[b]:
            return change
    for i in range(moved):
        shift(s, room.stack[i], a)
    return 0.0


@compiled
def anneal(s: Search, rounds: int, hot: float, cold: float, shares: Floats) -> float:
    """Improve `plan` in place by flips, carried compounds and re-cut pairs; the best found is what is left."""
    piece, plan, room = s.piece, s.plan, s.room
    n = len(piece.ptr) - 1
    cost = total_cost(s)
    best = cost
    kept = plan.label.copy()
    for step in range(rounds):
        heat = hot * (cold / hot) ** (step / rounds)
        v = below(room, n)
        degree = piece.ptr[v + 1] - piece.ptr[v]
        if degree == 0:
            continue
        b = plan.label[piece.to[piece.ptr[v] + below(room, degree)]]
        if b == plan.label[v]:
            continue
        die = uniform(room)
        if die < shares[0]:
            cost += recut(s, v, b, heat)
        elif die < shares[1]:
            cost += carry(s, v, b, heat)
        else:
            cost += flip(s, v, b, heat)
        if cost < best - 1e-9:
            best = cost
            kept[:] = plan.label
    restore(s, kept)
    return settle(s, best)


@compiled
def restore(s: Search, label: Ints) -> None:
    plan = s.plan
    for v in range(len(label)):
        if plan.label[v] != label[v]:
            shift(s, v, label[v])


@compiled
def settle(s: Search, cost: float) -> float:
    """Flip as long as a flip pays."""
    piece, plan = s.piece, s.plan
    moving = True
    while moving:
        moving = False
        for v in range(len(plan.label)):
            for e in range(piece.ptr[v], piece.ptr[v + 1]):
                b = plan.label[piece.to[e]]
                if b != plan.label[v]:
                    change = flip(s, v, b, 0.0)
                    if change < -1e-9:
                        moving = True
                        cost += change
    return cost


@compiled
def bisect(s: Search, share: Ints, first: int) -> Ints:
    """Divide the grids below `first` on into `share` grids each, by cutting random trees in proportion.

    Of `plan` only the labels are used and changed.
    """
    plan, room = s.plan, s.room
    n = len(plan.label)
    for used in range(first, len(share)):
        g = 0
        for other in range(1, used):
            if share[other] > share[g]:
                g = other
        lowest = np.inf
        take = 1
        kept = np.zeros(0, np.int64)
        for _attempt in range(4):
            root, members = 0, 0
            for v in range(n):
                if plan.label[v] == g:
                    members += 1
                    if below(room, members) == 0:
                        root = v
            count = grow_tree(s, root, g, g, False)
            sum_tree(s, count, g, g)
            parts, cut, cost = _cut_in_proportion(room, count, share[g])
            if cost < lowest:
                lowest = cost
                take = parts
                inside(room, count, cut)
                kept = room.tree[:count][room.queue[:count] == 1].copy()
        for atom in kept:
            plan.label[atom] = used
        share[used] = take
        share[g] -= take
    return plan.label.copy()


@compiled
def _cut_in_proportion(room: Room, count: int, share: int) -> tuple[int, int, float]:
    """Where to cut so that both sides can be divided on, how many grids the cut subtree gets, and how bad it is."""
    sums = room.sums
    each = max(sums[0, 0] / share, 1.0)
    best, cut, take = np.inf, -1, 1
    for i in range(1, count):
        wish = int(sums[i, 0] / each + 0.5)
        part = min(max(wish, 1), share - 1)
        if sums[i, 5] < part or count - sums[i, 5] < share - part:
            part = 1 if sums[i, 5] < part else share - 1
            if sums[i, 5] < part or count - sums[i, 5] < share - part:
                continue
        here, there = sums[i, 0] / part / each, (sums[0, 0] - sums[i, 0]) / (share - part) / each
        cross = sums[i, 3] - 2.0 * sums[i, 4]
        cost = (here - 1.0) ** 2 * part + (there - 1.0) ** 2 * (share - part)
        cost += 0.05 * cross / math.sqrt(max(min(sums[i, 1], sums[0, 1] - sums[i, 1]), 1.0))
        if cost < best:
            best, cut, take = cost, i, part
    return take, cut, best
