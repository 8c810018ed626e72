import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from wangge.areas.numbering import grid_code, number_grids


def test_an_even_grid_is_numbered_like_lines_of_text():
    cells = [box(x, y, x + 1, y + 1) for y in (2, 1, 0) for x in (0, 1, 2, 3)]
    assert number_grids(cells) == list(range(12))


def test_a_little_unevenness_does_not_break_a_row():
    heights = [0.0, 0.3, -0.2, 0.25]
    upper = [box(x, 1 + h, x + 1, 2 + h) for x, h in enumerate(heights)]
    lower = [box(x, -1, x + 1, 0) for x in range(3)]
    assert number_grids([*lower, *upper]) == [3, 4, 5, 6, 0, 1, 2]


@given(st.integers(1, 30), st.integers(1, 12), st.randoms())
def test_the_given_order_does_not_matter(columns, rows, chance: random.Random):
    cells = [box(x, -y, x + 1, -y + 1) for y in range(rows) for x in range(columns)]
    mixed = list(range(len(cells)))
    chance.shuffle(mixed)
    order = number_grids([cells[i] for i in mixed])
    assert [mixed[i] for i in order] == list(range(len(cells)))


def test_nothing_is_numbered_where_there_is_nothing():
    assert number_grids([]) == []


def test_a_grid_code_is_the_community_and_three_digits():
    assert grid_code("370103002001", 7) == "370103002001007"
    with pytest.raises(ValueError, match="1000"):
        grid_code("370103002001", 1000)
