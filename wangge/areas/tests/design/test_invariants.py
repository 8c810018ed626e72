"""On any neighbourhood: every atom in one grid, every grid connected and in one community, as many as asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.areas.design import Rules, Site, divide, measure
from wangge.areas.design.graph import components


@st.composite
def sites(draw: st.DrawFn) -> Site:
    """Random graphs, most of them in several pieces, with atoms of no households and far too many."""
    n = draw(st.integers(1, 30))
    chance = np.random.default_rng(draw(st.integers(0, 2**31)))
    pairs = np.sort(chance.integers(0, n, (draw(st.integers(0, 3 * n)), 2)), axis=1)
    edges = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).reshape(-1, 2)
    return Site(
        ids=tuple(map(str, range(n))),
        xy=chance.uniform(0, 100, (n, 2)),
        households=chance.choice([0, 1, 20, 60, 150, 900], n),
        community=chance.integers(0, 3, n),
        compound=chance.integers(-1, 6, n),
        building=np.arange(n) // draw(st.integers(1, 3)),
        edges=edges,
        shared=chance.uniform(1, 20, len(edges)),
        barrier=chance.random(len(edges)) < 0.2,
        area=chance.uniform(50, 500, n),
        perimeter=chance.uniform(80, 400, n),
        village=chance.random(n) < 0.3,
    )


def islands(site: Site) -> int:
    inner = site.community[site.edges[:, 0]] == site.community[site.edges[:, 1]]
    return len(np.unique(components(len(site), site.edges[inner])))


def check(site: Site, grid: np.ndarray, rules: Rules) -> None:
    figures = measure(site, grid, rules)
    assert grid.min() >= 0
    assert figures.contiguous == figures.grids
    for label in np.unique(grid):
        assert len(np.unique(site.community[grid == label])) == 1


@settings(max_examples=60, deadline=None)
@given(sites(), st.integers(0, 5))
def test_grids_are_contiguous(site: Site, seed: int) -> None:
    rules = Rules(100, 200, seed=seed, effort=0.05)
    check(site, divide(site, rules).grid, rules)


@settings(max_examples=40, deadline=None)
@given(sites(), st.integers(1, 40))
def test_there_are_as_many_grids_as_asked_where_that_can_be(site: Site, grids: int) -> None:
    rules = Rules(100, 200, grids=grids, effort=0.05)
    grid = divide(site, rules).grid
    check(site, grid, rules)
    assert len(np.unique(grid)) == min(max(grids, islands(site)), len(site))


@settings(max_examples=60, deadline=None)
@given(sites(), st.data())
def test_going_on_from_any_labels_gives_a_plan_and_keeps_locks(site: Site, data: st.DataObject) -> None:
    chance = np.random.default_rng(data.draw(st.integers(0, 2**31)))
    start = chance.integers(-1, 6, len(site))
    locked = frozenset(int(x) for x in chance.choice(6, 1))
    rules = Rules(100, 200, move_cost=data.draw(st.sampled_from([0.0, 0.1, 2.0])), effort=0.05)
    check(site, divide(site, rules, start=start).grid, rules)
    grid = divide(site, replace(rules, locked=locked), start=start).grid
    for label in locked:
        assert ((grid == label) == (start == label)).all()


@settings(max_examples=60, deadline=None)
@given(sites())
def test_where_every_grid_is_in_band_nothing_moves(site: Site) -> None:
    rules = Rules(1, 2_000, move_cost=50.0, effort=0.05)
    first = divide(site, rules).grid
    figures = measure(site, first, rules)
    if figures.in_band == figures.grids:
        assert (divide(site, rules, start=first).grid == first).all()
