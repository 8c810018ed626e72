"""Derived neighbours and outlines: cells cover a community exactly, and so do grids."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.areas.design import adjacency, outlines
from wangge.areas.design.graph import components

COMMUNITY = shapely.Polygon([(0, 0), (900, 0), (900, 400), (500, 400), (500, 250), (0, 250)])


def points(count: int, seed: int) -> np.ndarray:
    chance = np.random.default_rng(seed)
    drawn = chance.uniform((0, 0), (900, 400), (count * 4, 2))
    return drawn[shapely.contains_xy(COMMUNITY, drawn)][:count]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**31))
def test_cells_and_outlines_cover_the_community(count: int, seed: int) -> None:
    xy = points(count, seed)
    drawn = adjacency(xy, COMMUNITY)
    assert len(drawn.cells) == len(xy)
    assert np.isclose(drawn.area.sum(), COMMUNITY.area)
    grid = np.random.default_rng(seed).integers(0, 4, len(xy))
    whole = outlines(drawn.cells, grid)
    assert len(whole) == len(np.unique(grid))
    assert np.isclose(sum(shape.area for shape in whole), COMMUNITY.area)
    assert shapely.union_all(whole).symmetric_difference(COMMUNITY).area < 1e-3
    assert all(shape.is_valid for shape in whole)
    assert all(cell.geom_type == "Polygon" for cell in drawn.cells)


def test_a_road_between_two_buildings_is_a_barrier() -> None:
    xy = np.array([[100.0, 100], [300, 100], [700, 100]])
    drawn = adjacency(xy, COMMUNITY, [shapely.LineString([(500, -10), (500, 500)])])
    assert drawn.edges.tolist() == [[0, 1], [1, 2]]
    assert drawn.barrier.tolist() == [False, True]
    assert drawn.shared.tolist() == [250.0, 250.0]


def test_buildings_on_one_spot_each_have_a_cell() -> None:
    drawn = adjacency(np.array([[100.0, 100], [100, 100], [400, 100]]), COMMUNITY)
    assert (drawn.area > 0).all()
    assert len(drawn.cells) == 3


def test_one_building_has_the_whole_community() -> None:
    drawn = adjacency(np.array([[100.0, 100]]), COMMUNITY)
    assert drawn.area.tolist() == [COMMUNITY.area]
    assert not len(drawn.edges)


def test_a_point_beyond_the_outline_has_a_cell_all_the_same() -> None:
    outline = shapely.box(0, 0, 100, 100)
    drawn = adjacency(np.array([[50.0, 50.0], [150.0, 50.0], [200.0, 50.0], [260.0, 50.0]]), outline)
    assert len(drawn.cells) == 4
    assert (drawn.area > 0).all()
    assert np.isclose(drawn.area.sum(), outline.area)
    assert (components(4, drawn.edges) == 0).all()


def test_a_part_of_the_community_without_a_building_belongs_to_it_all_the_same() -> None:
    outline = shapely.union(shapely.box(0, 0, 100, 100), shapely.box(200, 0, 260, 100))
    drawn = adjacency(np.array([[20.0, 20.0], [20.0, 80.0], [70.0, 50.0]]), outline)
    assert np.isclose(drawn.area.sum(), outline.area)
    grids = outlines(drawn.cells, np.array([0, 0, 1]))
    assert np.isclose(shapely.symmetric_difference(shapely.union_all(grids), outline).area, 0)
