"""What every division keeps to, whatever the town."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wangge.areas.design import Rules, Site, divide, explain, measure
from wangge.areas.tests.design import towns

QUICK = Rules(effort=0.1)


@pytest.fixture(scope="module")
def town() -> Site:
    return towns.make(towns.Town(communities=6), 1)


def test_every_atom_is_in_one_contiguous_grid_of_its_community(town: Site) -> None:
    division = divide(town, QUICK)
    figures = measure(town, division.grid, QUICK)
    assert figures.contiguous == figures.grids == division.grid.max() + 1
    for label in range(figures.grids):
        assert len(np.unique(town.community[division.grid == label])) == 1


def test_a_seed_gives_the_same_plan_on_any_number_of_threads(town: Site) -> None:
    one = divide(town, QUICK, threads=1).grid
    assert (divide(town, QUICK, threads=3).grid == one).all()
    assert (divide(town, replace(QUICK, seed=1), threads=1).grid != one).any()


def test_a_number_of_grids_is_kept(town: Site) -> None:
    rules = replace(QUICK, low=84, high=139, grids=100)
    assert measure(town, divide(town, rules).grid, rules).grids == 100


def test_stopping_leaves_a_whole_contiguous_plan(town: Site) -> None:
    division = divide(town, QUICK, stop=lambda: True)
    figures = measure(town, division.grid, QUICK)
    assert figures.contiguous == figures.grids
    assert division.stopped


def test_nothing_moves_when_nothing_changed_and_moving_costs(town: Site) -> None:
    rules = replace(QUICK, move_cost=1.0)
    first = divide(town, rules).grid
    assert (divide(town, rules, start=first).grid == first).all()


def test_locked_grids_stay(town: Site) -> None:
    first = divide(town, QUICK).grid
    rules = replace(QUICK, locked=frozenset({0, 3}), seed=9)
    again = divide(town, rules, start=first).grid
    assert (again[first == 0] == 0).all()
    assert (again[first == 3] == 3).all()
    assert set(np.flatnonzero(np.isin(again, [0, 3]))) == set(np.flatnonzero(np.isin(first, [0, 3])))
    figures = measure(town, again, rules)
    assert figures.contiguous == figures.grids


def test_a_new_building_joins_a_grid_and_does_not_count_as_moved(town: Site) -> None:
    rules = replace(QUICK, move_cost=1.0)
    first = divide(town, rules).grid
    before = first.copy()
    before[7] = -1
    again = divide(town, rules, start=before).grid
    assert again.min() >= 0
    assert measure(town, again, rules, before=before).moved == 0


def test_each_grid_is_explained(town: Site) -> None:
    grid = divide(town, QUICK).grid
    notes = explain(town, grid, QUICK)
    assert [note.label for note in notes] == list(range(grid.max() + 1))
    assert sum(note.households for note in notes) == town.households.sum()
    assert all(note.zh and note.en for note in notes)
