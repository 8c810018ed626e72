"""Counts that may be shown: small ones are left out, with as many others as keep them from being computed.

A count from 1 to 7 is left out (primary). From the totals it could be computed again, so others go with it (secondary)
until the published numbers agree with every value from 1 to 7 in its place. Zeros stay: they tell of nobody.

Each table here is a network: a cell is an arc that carries its count, a total is the arc that brings the sum back, and
every sum says that as much comes to a node as leaves it. What a hidden cell could be is then how far the flow along its
arc can be changed while shown arcs keep theirs (Castro 2001 and others): found by paths, exactly, without a solver.
Tables published side by side are protected each by itself; whoever publishes overlapping ones must make them one.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

SMALL = 7

Shown = int | None  # None: not shown


@dataclass(frozen=True, slots=True)
class Parts:
    counts: list[Shown]
    total: Shown


@dataclass(frozen=True, slots=True)
class Table:
    """`cells` by row, with the sums of rows and columns and of all."""

    cells: list[list[Shown]]
    rows: list[Shown]
    columns: list[Shown]
    total: Shown


@dataclass(frozen=True, slots=True)
class TreeTables:
    """`totals[i]` of place i; `cells[name][i]` its counts by the classes of that table."""

    totals: list[Shown]
    cells: dict[str, list[list[Shown]]]


def parts(counts: Sequence[int]) -> Parts:
    """A list of counts shown with its total."""
    network = _Network(2)
    for count in counts:
        network.add(0, 1, count, cost=count)
    network.add(1, 0, sum(counts), cost=2 * sum(counts) + 1)
    *shown, total = network.shown()
    return Parts(shown, total)


def table(counts: Sequence[Sequence[int]]) -> Table:
    """A table shown with the sums of its rows and columns; all rows are of one length."""
    height, width = len(counts), len(counts[0]) if counts else 0
    rows, columns = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
    total = sum(rows)
    dear = total + 1  # a sum is left out only where no cell would do
    network = _Network(height + width + 2)
    below, beside = height + width, height + width + 1
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            network.add(row, height + column, count, cost=count)
    for row, count in enumerate(rows):
        network.add(beside, row, count, cost=dear + count)
    for column, count in enumerate(columns):
        network.add(height + column, below, count, cost=dear + count)
    network.add(below, beside, total, cost=3 * dear)
    shown = network.shown()
    cells, sums = shown[: height * width], shown[height * width :]
    lines = [cells[row * width : (row + 1) * width] for row in range(height)]
    return Table(lines, sums[:height], sums[height:-1], sums[-1])


def tree(parents: Sequence[int | None], own: Sequence[int]) -> list[Shown]:
    """Sums over a tree (district, subdistricts, communities, grids) that shows one number at each place.

    `parents[i]` is the place above i; `own[i]` counts what lies at i itself, which is not shown apart from the sum.
    """
    sums, inner = _sums(parents, own), {parent for parent in parents if parent is not None}
    sink = len(parents)
    network = _Network(sink + 1)
    for place, parent in enumerate(parents):
        tail = sink if parent is None else parent
        network.add(tail, place if place in inner else sink, sums[place], cost=sums[place])
    for place in inner:
        if own[place]:
            network.add(place, sink, own[place], cost=0, hidden=True)
    return network.shown()[: len(parents)]


def tree_tables(parents: Sequence[int | None], tables: Mapping[str, Sequence[Sequence[int]]]) -> TreeTables:
    """Several divisions of the same people (by sex, by age …) over one tree, each with its sums, as one publication.

    `tables[name][i][c]` counts what lies at place i itself in class c. The totals of the places are the same in all
    tables, and so is which of them are shown: a total left out of one would else be read from another.
    """
    names = list(tables)
    if not names:
        return TreeTables([], {})
    own = [sum(line) for line in tables[names[0]]]
    totals = tree(parents, own)
    while True:
        cells: dict[str, list[list[Shown]]] = {}
        for name in names:
            cells[name], found = _tree_table(parents, tables[name], totals)
            if found != totals:  # another total had to go: begin again with it left out everywhere
                totals = found
                break
        else:
            return TreeTables(totals, cells)


def _tree_table(
    parents: Sequence[int | None], own: Sequence[Sequence[int]], totals: Sequence[Shown]
) -> tuple[list[list[Shown]], list[Shown]]:
    """The totals run down the tree to its leaves, through the cells of the leaf, and up the tree class by class."""
    width, places = len(own[0]), len(parents)
    sums = [_sums(parents, [line[column] for line in own]) for column in range(width)]
    inner = {place: number for number, place in enumerate(sorted({one for one in parents if one is not None}))}
    sink = places + width * len(inner)
    network = _Network(sink + 1 + len(inner))
    every = [sum(column[place] for column in sums) for place in range(places)]
    dear = max(every, default=0) + 1  # a total goes only where no cells would do
    for place, parent in enumerate(parents):
        for column in range(width):
            tail = places + width * inner[place] + column if place in inner else place
            head = sink if parent is None else places + width * inner[parent] + column
            count = sums[column][place]
            # Where the total is left out the whole line is, in every table: what one shows of it must fit the others.
            network.add(tail, head, count, cost=count, hidden=totals[place] is None and count > 0)
        above = sink if parent is None else parent
        network.add(above, place, every[place], cost=dear * dear + every[place], hidden=totals[place] is None)
    for place, number in inner.items():
        if any(own[place]):
            network.add(place, sink + 1 + number, sum(own[place]), cost=0, hidden=True)
            for column, count in enumerate(own[place]):
                if count:
                    network.add(sink + 1 + number, places + width * number + column, count, cost=0, hidden=True)
    shown = network.shown()
    lines = [shown[place * (width + 1) : (place + 1) * (width + 1)] for place in range(places)]
    return [line[:width] for line in lines], [line[width] for line in lines]


def _sums(parents: Sequence[int | None], own: Sequence[int]) -> list[int]:
    sums = [0] * len(parents)
    for place, count in enumerate(own):
        above: int | None = place
        for _ in range(len(parents)):
            if above is None:
                break
            sums[above] += count
            above = parents[above]
        else:
            if above is not None:
                raise ValueError(f"place {place} lies above itself")
    return sums


@dataclass(slots=True)
class _Arc:
    tail: int
    head: int
    count: int
    cost: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """Along an arc its count grows, against it shrinks."""

    arc: int
    onto: int
    along: bool


@dataclass
class _Network:
    nodes: int
    arcs: list[_Arc] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._leaving: list[list[_Step]] = [[] for _ in range(self.nodes)]
        self._hidden: list[list[_Step]] = [[] for _ in range(self.nodes)]  # the same, over hidden arcs only

    def add(self, tail: int, head: int, count: int, *, cost: int, hidden: bool = False) -> None:
        if count < 0:
            raise ValueError("a count is never negative")
        number = len(self.arcs)
        self.arcs.append(_Arc(tail, head, count, cost, hidden=False))
        self._leaving[tail].append(_Step(number, head, along=True))
        self._leaving[head].append(_Step(number, tail, along=False))
        if hidden or 1 <= count <= SMALL:
            self._hide(number)

    def shown(self) -> list[Shown]:
        """Every count in the order of adding, None where it is left out."""
        for number in [number for number, arc in enumerate(self.arcs) if arc.hidden and arc.count <= SMALL]:
            self._protect(number)
        return [None if arc.hidden else arc.count for arc in self.arcs]

    def _protect(self, number: int) -> None:
        """Hide more until the count could be SMALL, and until it could be 1."""
        arc = self.arcs[number]
        self._free(number, arc.head, arc.tail, SMALL - arc.count)
        self._free(number, arc.tail, arc.head, arc.count - 1)

    def _free(self, number: int, start: int, end: int, amount: int) -> None:
        changed: dict[int, int] = {}
        while amount > 0:
            path = self._known_path(number, start, end, changed) or self._new_path(number, start, end, changed)
            against = [self._left(step.arc, changed) for step in path if not step.along]
            moved = min([amount, *against])
            for step in path:
                self._hide(step.arc)
                changed[step.arc] = changed.get(step.arc, 0) + (moved if step.along else -moved)
            amount -= moved

    def _left(self, number: int, changed: dict[int, int]) -> int:
        return self.arcs[number].count + changed.get(number, 0)

    def _hide(self, number: int) -> None:
        arc = self.arcs[number]
        if not arc.hidden:
            arc.hidden = True
            self._hidden[arc.tail].append(_Step(number, arc.head, along=True))
            self._hidden[arc.head].append(_Step(number, arc.tail, along=False))

    def _known_path(self, without: int, start: int, end: int, changed: dict[int, int]) -> list[_Step]:
        """Over hidden arcs only, the shortest; empty when there is none."""
        came: dict[int, tuple[int, _Step]] = {}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            if node == end:
                return list(_back(came, start, end))
            for step in self._hidden[node]:
                free = step.along or self._left(step.arc, changed) > 0
                if step.arc != without and free and step.onto not in came and step.onto != start:
                    came[step.onto] = (node, step)
                    waiting.append(step.onto)
        return []

    def _new_path(self, without: int, start: int, end: int, changed: dict[int, int]) -> list[_Step]:
        """The path that hides least; there always is one through the totals. Zeros are never hidden for others."""
        came: dict[int, tuple[int, _Step]] = {}
        done: set[int] = set()
        costs = {start: 0}
        waiting = [(0, start)]
        while waiting:
            cost, node = heapq.heappop(waiting)
            if node == end:
                return list(_back(came, start, end))
            if node in done:
                continue
            done.add(node)
            for step in self._leaving[node]:
                arc = self.arcs[step.arc]
                if step.arc == without or not arc.count or not (step.along or self._left(step.arc, changed) > 0):
                    continue
                dearer = cost + (0 if arc.hidden else arc.cost)
                if dearer < costs.get(step.onto, dearer + 1):
                    costs[step.onto] = dearer
                    came[step.onto] = (node, step)
                    heapq.heappush(waiting, (dearer, step.onto))
        raise AssertionError("the sums of the network do not fit together")


def _back(came: dict[int, tuple[int, _Step]], start: int, end: int) -> Iterator[_Step]:
    node = end
    while node != start:
        node, step = came[node]
        yield step
