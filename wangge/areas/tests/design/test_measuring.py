"""The figures by their definitions, on plans small enough to see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wangge.areas.design import Rules, Site, explain, measure
from wangge.areas.design.measuring import going_on, moved_atoms

# Six square cells of 10 m in two rows of three: 0 1 2 above 3 4 5; a road between the rows.
SITE = Site(
    ids=tuple("abcdef"),
    xy=np.array([[5.0, 15], [15, 15], [25, 15], [5, 5], [15, 5], [25, 5]]),
    households=np.array([100, 100, 100, 150, 150, 0]),
    community=np.zeros(6, np.int64),
    compound=np.array([0, 0, 1, 2, 2, -1]),
    building=np.arange(6),
    edges=np.array([[0, 1], [1, 2], [3, 4], [4, 5], [0, 3], [1, 4], [2, 5]]),
    shared=np.full(7, 10.0),
    barrier=np.array([False] * 4 + [True] * 3),
    area=np.full(6, 100.0),
    perimeter=np.full(6, 40.0),
    village=np.array([False, False, False, True, True, False]),
)
RULES = Rules(300, 500)
SQUARE = np.pi / 4
OBLONG = 4 * np.pi * 300 / 80**2


@pytest.mark.parametrize(
    ("grid", "figure", "value"),
    [
        ([0, 0, 0, 1, 1, 1], "in_band", 2),
        ([0, 0, 0, 1, 1, 1], "contiguous", 2),
        ([0, 0, 0, 1, 1, 1], "straddling", 0),
        ([0, 0, 0, 1, 1, 1], "compounds_split", 0),
        ([0, 0, 0, 1, 1, 1], "polsby_popper", OBLONG),
        ([0, 1, 2, 3, 4, 5], "polsby_popper", SQUARE),
        ([0, 0, 1, 0, 0, 1], "straddling", 2),
        ([0, 0, 1, 0, 0, 1], "in_band", 1),
        ([0, 1, 1, 1, 1, 0], "contiguous", 1),
        ([0, 1, 1, 1, 1, 0], "compounds_split", 1),  # of compounds 0 and 1; 2 is a village's
        ([0, 1, 1, 1, 1, 0], "compounds", 2),
        ([0, 0, 0, 0, 1, 1], "compounds_split", 0),
        ([7, 7, 7, 3, 3, 3], "grids", 2),
    ],
)
def test_figures(grid: list[int], figure: str, value: float) -> None:
    assert getattr(measure(SITE, np.array(grid), RULES), figure) == pytest.approx(value)


def test_a_compound_larger_than_the_band_does_not_count() -> None:
    large = replace(SITE, households=np.array([400, 200, 0, 0, 0, 0]))
    assert measure(large, np.array([0, 1, 1, 0, 1, 1]), RULES).compounds == 1


def test_moved_atoms_are_counted_whatever_the_labels_are() -> None:
    before = np.array([0, 0, 0, 1, 1, 1])
    assert measure(SITE, np.array([5, 5, 5, 2, 2, 2]), RULES, before=before).moved == 0
    assert measure(SITE, np.array([1, 1, 0, 0, 0, 0]), RULES, before=before).moved == 1
    assert measure(SITE, np.array([0, 0, 0, 1, 1, 1]), RULES, before=np.array([0, 0, -1, 1, 1, 1])).moved == 0


def test_each_grid_says_what_it_is() -> None:
    over, under = explain(SITE, np.array([0, 0, 0, 0, 0, 1]), Rules(300, 500))
    assert (over.households, over.band, over.barrier) == (600, "over", True)
    assert over.compounds_whole == (0, 1, 2)
    assert "比上限多 100 户" in over.zh
    assert (under.households, under.band) == (0, "under")
    assert "300 below" in under.en


def test_grids_that_changed_places_keep_their_names_by_what_they_have_in_common() -> None:
    before = np.array([0, 0, 0, 1, 1, 1, -1, 4])
    after = np.array([1, 1, 1, 0, 0, 7, 7, 0])
    assert going_on(before, after).tolist() == [0, 0, 0, 1, 1, 5, 5, 1]
    assert moved_atoms(before, after) == 2
