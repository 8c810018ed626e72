"""Small counts cannot be found again: by subtracting, nor by trying every table that agrees with what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.kit import disclosure
from wangge.kit.disclosure import SMALL, Shown

small = st.integers(0, 12)
counts = st.one_of(st.just(0), st.integers(0, 9), st.integers(0, 500))
Equation = tuple[int, ...]  # of cells: the first is the sum of the others


@pytest.mark.parametrize(
    ("given_counts", "shown", "total"),
    [
        ([10, 20, 30], [10, 20, 30], 60),
        ([0, 0], [0, 0], 0),
        ([], [], 0),
        ([3, 20, 30], [None, None, 30], 53),
        ([3], [None], None),
        ([3, 0], [None, 0], None),
        ([5, 5, 40], [None, None, 40], 50),  # together 10: each could be 1 to 7
        ([1, 1, 40], [None, None, None], 42),  # together 2 would tell both
        ([7, 7, 40], [None, None, 40], 54),
    ],
)
def test_parts_of_a_total(given_counts: list[int], shown: list[Shown], total: Shown) -> None:
    assert disclosure.parts(given_counts) == disclosure.Parts(shown, total)


def test_a_table_hides_a_rectangle_of_the_smallest() -> None:
    found = disclosure.table([[3, 50, 90], [40, 60, 80], [70, 95, 85]])
    assert found.cells == [[None, None, 90], [None, None, 80], [70, 95, 85]]
    assert (found.rows, found.columns, found.total) == ([143, 180, 250], [113, 205, 255], 573)


def test_a_lonely_small_count_takes_its_sums_with_it() -> None:
    found = disclosure.table([[3, 0], [0, 90]])
    assert found.cells == [[None, 0], [0, 90]]
    assert found.rows == [None, 90]
    assert found.columns == [None, 90]
    assert found.total is None


def test_a_tree_hides_a_brother_and_never_what_would_tell() -> None:
    #         district 0 → subdistricts 1, 2 → communities 3 4 5 of 1, 6 7 of 2
    parents = [None, 0, 0, 1, 1, 1, 2, 2]
    assert disclosure.tree(parents, [0, 0, 0, 4, 30, 50, 20, 25]) == [129, 84, 45, None, None, 50, 20, 25]
    assert disclosure.tree(parents, [0, 9, 0, 4, 30, 50, 20, 25])[3:6] == [None, 30, 50], "the 9 at 1 itself hide it"


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        disclosure.parts([3, -1])
    with pytest.raises(ValueError, match="above itself"):
        disclosure.tree([1, 0], [1, 1])
    with pytest.raises(ValueError, match="argument"):
        disclosure.table([[1, 2], [3]])


def sums_of_parts(width: int) -> list[Equation]:
    return [(width, *range(width))]


def sums_of_table(height: int, width: int) -> list[Equation]:
    """Cells by row, then sums of rows, of columns, of all."""
    rows, columns, total = height * width, height * width + height, height * width + height + width
    across = [(rows + row, *range(row * width, (row + 1) * width)) for row in range(height)]
    down = [(columns + column, *range(column, rows, width)) for column in range(width)]
    return [*across, *down, (total, *range(rows, columns)), (total, *range(columns, total))]


def flat(found: disclosure.Table) -> list[Shown]:
    return [*chain.from_iterable(found.cells), *found.rows, *found.columns, found.total]


def whole(table: Sequence[Sequence[int]]) -> list[int]:
    rows = [sum(row) for row in table]
    return [*chain.from_iterable(table), *rows, *map(sum, zip(*table, strict=True)), sum(rows)]


def subtract(shown: Sequence[Shown], equations: Sequence[Equation]) -> list[Shown]:
    """What anybody gets by filling in, again and again, the only blank of a sum."""
    known = list(shown)
    found = True
    while found:
        found = False
        for total, *terms in equations:
            blank = [cell for cell in (total, *terms) if known[cell] is None]
            if len(blank) == 1:
                rest = sum(value for cell in terms if (value := known[cell]) is not None)
                known[blank[0]] = rest if blank[0] == total else (known[total] or 0) - rest
                found = True
    return known


def agrees(shown: Sequence[Shown], equations: Sequence[Equation], most: int) -> Iterator[list[int]]:
    """Every way to fill the blanks with 0 to `most` so that all sums hold, by trying."""
    blanks = [cell for cell, value in enumerate(shown) if value is None]
    filled = [-1 if value is None else value for value in shown]

    def holds(equation: Equation) -> bool:
        total, *terms = equation
        known = sum(max(filled[cell], 0) for cell in terms)
        if filled[total] >= 0 and known > filled[total]:
            return False
        return any(filled[cell] < 0 for cell in equation) or known == filled[total]

    def fill(at: int) -> Iterator[list[int]]:
        if at == len(blanks):
            yield list(filled)
            return
        touched = [equation for equation in equations if blanks[at] in equation]
        for value in range(most + 1):
            filled[blanks[at]] = value
            if all(holds(equation) for equation in touched):
                yield from fill(at + 1)
        filled[blanks[at]] = -1

    return fill(0)


def could_be_anything(values: Sequence[int], shown: Sequence[Shown], equations: Sequence[Equation]) -> bool:
    primary = [cell for cell, value in enumerate(values) if 1 <= value <= SMALL]
    for cell in primary:
        for value in range(1, SMALL + 1):
            trial = list(shown)
            trial[cell] = value
            if next(agrees(trial, equations, max(values) + SMALL), None) is None:
                return False
    return True


@given(st.lists(small, min_size=1, max_size=5))
@settings(deadline=None)
def test_in_a_list_a_small_count_could_be_any_other(given_counts: list[int]) -> None:
    found = disclosure.parts(given_counts)
    shown = [*found.counts, found.total]
    assert could_be_anything([*given_counts, sum(given_counts)], shown, sums_of_parts(len(given_counts)))


@given(st.integers(1, 3), st.integers(1, 3), st.data())
@settings(deadline=None, max_examples=60)
def test_in_a_table_a_small_count_could_be_any_other(height: int, width: int, data: st.DataObject) -> None:
    line = st.lists(small, min_size=width, max_size=width)
    table = data.draw(st.lists(line, min_size=height, max_size=height))
    assert could_be_anything(whole(table), flat(disclosure.table(table)), sums_of_table(height, width))


@given(st.integers(1, 8), st.integers(1, 8), st.data())
@settings(deadline=None)
def test_nothing_hidden_is_found_by_subtracting_and_nothing_shown_is_changed(
    height: int, width: int, data: st.DataObject
) -> None:
    line = st.lists(counts, min_size=width, max_size=width)
    table = data.draw(st.lists(line, min_size=height, max_size=height))
    values, shown = whole(table), flat(disclosure.table(table))
    for value, seen, solved in zip(values, shown, subtract(shown, sums_of_table(height, width)), strict=True):
        assert seen in {None, value}
        assert solved == seen or value > SMALL, "a small count came back"
        assert seen is None or not 1 <= value <= SMALL
        assert seen == 0 or value != 0, "a zero was hidden"


@given(st.data())
@settings(deadline=None)
def test_in_a_tree_a_small_count_could_be_any_other(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 7))
    parents = [None, *(data.draw(st.integers(0, place - 1)) for place in range(1, size))]
    inner = {parent for parent in parents if parent is not None}
    own = [0 if place in inner else data.draw(small) for place in range(size)]
    values = [sum(own[one] for one in range(size) if place in _upward(parents, one)) for place in range(size)]
    equations = [
        (place, *(one for one in range(size) if parents[one] == place)) for place in range(size) if place in inner
    ]
    shown = disclosure.tree(parents, own)
    assert could_be_anything(values, shown, equations)
    assert [seen for seen, value in zip(shown, values, strict=True) if value > 0 and seen not in {None, value}] == []


def _upward(parents: Sequence[int | None], place: int) -> list[int]:
    above, found = place, [place]
    while (parent := parents[above]) is not None:
        above = parent
        found.append(above)
    return found
