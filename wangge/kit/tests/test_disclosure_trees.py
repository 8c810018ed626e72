"""Tables over a tree, published together: no sum tells what another leaves out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.kit import disclosure
from wangge.kit.disclosure import SMALL

PARENTS = [None, 0, 0, 1, 1, 1, 2, 2]
INNER = (0, 1, 2)
LEAVES = range(3, 8)
counts = st.one_of(st.integers(0, 9), st.integers(0, 60))
pairs = st.lists(counts, min_size=2, max_size=2)


def _tables(sexes: list[list[int]], shares: list[int]) -> dict[str, list[list[int]]]:
    """By sex as given, by age so that each place has the same people."""
    ages = [[min(share, sum(line)), max(sum(line) - share, 0)] for line, share in zip(sexes, shares, strict=True)]
    empty = [[0, 0]] * 3
    return {"sex": empty + sexes, "age": empty + ages}


Number = tuple[str, int, int]  # table, place, class; the totals have a table and a class of their own


def _sums() -> list[tuple[Number, list[Number]]]:
    """What adds up: children to their parent, in each class and in all; classes to the total of the place."""
    found: list[tuple[Number, list[Number]]] = []
    below = {inner: [place for place, parent in enumerate(PARENTS) if parent == inner] for inner in INNER}
    found += [(("", inner, 0), [("", place, 0) for place in below[inner]]) for inner in INNER]
    for name in ("sex", "age"):
        found += [(("", place, 0), [(name, place, c) for c in (0, 1)]) for place in range(len(PARENTS))]
        found += [((name, inner, c), [(name, place, c) for place in below[inner]]) for inner in INNER for c in (0, 1)]
    return found


def _worked_out(found: disclosure.TreeTables) -> dict[Number, int | None]:
    """Everything that subtracting, again and again, adds to what is shown."""
    known: dict[Number, int | None] = {("", place, 0): n for place, n in enumerate(found.totals)}
    known |= {
        (t, p, c): n for t, cells in found.cells.items() for p, line in enumerate(cells) for c, n in enumerate(line)
    }
    again = True
    while again:
        again = False
        for whole, parts in _sums():
            unknown = [one for one in (whole, *parts) if known[one] is None]
            if len(unknown) == 1:
                rest = sum(known[one] or 0 for one in parts)
                known[unknown[0]] = rest if unknown[0] == whole else (known[whole] or 0) - rest
                again = True
    return known


@settings(max_examples=150, deadline=None)
@given(sexes=st.lists(pairs, min_size=5, max_size=5), shares=st.lists(counts, min_size=5, max_size=5))
def test_no_small_count_is_shown_nor_worked_out(sexes: list[list[int]], shares: list[int]) -> None:
    known = _worked_out(disclosure.tree_tables(PARENTS, _tables(sexes, shares)))
    assert not any(n is not None and 1 <= n <= SMALL for n in known.values())


@settings(max_examples=60, deadline=None)
@given(sexes=st.lists(pairs, min_size=5, max_size=5), shares=st.lists(counts, min_size=5, max_size=5))
def test_the_same_totals_are_shown_whatever_is_published_with_them(sexes: list[list[int]], shares: list[int]) -> None:
    tables = _tables(sexes, shares)
    found = disclosure.tree_tables(PARENTS, tables)
    turned = disclosure.tree_tables(PARENTS, dict(reversed(tables.items())))
    assert found.totals == turned.totals or None in found.totals


def test_large_counts_are_all_shown() -> None:
    lines = [[0, 0]] * 3 + [[20, 30]] * 5
    found = disclosure.tree_tables(PARENTS, {"sex": lines})
    assert found.totals == [250, 150, 100, 50, 50, 50, 50, 50]
    assert found.cells["sex"][1] == [60, 90]


def test_the_parent_does_not_tell_what_the_child_hides() -> None:
    """Three women in one grid: neither its neighbours nor the community give the number away."""
    lines = [[0, 0]] * 3 + [[3, 40], [50, 60], [55, 70], [80, 90], [85, 95]]
    found = disclosure.tree_tables(PARENTS, {"sex": lines}).cells["sex"]
    assert found[3] == [None, None]
    hidden = [place for place in (3, 4, 5) if found[place][0] is None]
    assert len(hidden) >= 2
    assert all(found[place] == lines[place] for place in (6, 7))


def test_what_lies_at_an_inner_place_is_hidden_in_the_sum() -> None:
    lines = [[0, 0], [2, 0], [0, 0]] + [[20, 30]] * 5
    found = disclosure.tree_tables(PARENTS, {"sex": lines})
    below = [sum(n for n in column if n is not None) for column in zip(*(found.cells["sex"][3:6]), strict=True)]
    known = (
        all(n is not None for line in found.cells["sex"][3:6] for n in line) and found.cells["sex"][1][0] is not None
    )
    assert not (known and found.cells["sex"][1][0] - below[0] == 2)


def test_no_tables_are_nothing() -> None:
    assert disclosure.tree_tables(PARENTS, {}) == disclosure.TreeTables([], {})
