import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from wangge.kit.geo import Answer, GridIndex, compile_now
from wangge.kit.geo import grid_index as module


@pytest.fixture(scope="module", autouse=True)
def compiled():
    compile_now()


@pytest.fixture(autouse=True)
def raster_for_few(monkeypatch):
    monkeypatch.setattr(module, "_FEW", 0)


def reference(polygons, x, y):
    """The first polygon for which Shapely says intersects, asked one by one."""
    answer = np.full(len(x), -1)
    for k in range(len(polygons) - 1, -1, -1):
        answer[shapely.intersects_xy(polygons[k], x, y)] = k
    return answer


def voronoi(count, seed, outline):
    rng = np.random.default_rng(seed)
    west, south, east, north = outline.bounds
    seeds = shapely.multipoints(rng.uniform((west, south), (east, north), (count, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=outline))
    cells = shapely.intersection(cells, outline)
    return list(cells[~shapely.is_empty(cells)])


OUTLINE = Polygon([(116.85, 36.45), (117.05, 36.44), (117.1, 36.6), (116.98, 36.7), (116.8, 36.62)])


def test_random_points_get_the_answer_shapely_gives():
    cells = voronoi(300, 1, OUTLINE)
    rng = np.random.default_rng(2)
    x, y = rng.uniform(116.75, 117.15, 60_000), rng.uniform(36.4, 36.75, 60_000)
    got = GridIndex(cells).locate(x, y)
    assert (got == reference(cells, x, y)).all()
    assert 0.3 < (got >= 0).mean() < 0.5


def test_points_on_and_within_rounding_of_borders_get_the_answer_shapely_gives():
    cells = voronoi(200, 3, OUTLINE)
    corners = shapely.get_coordinates(cells)
    middles = (corners[:-1] + corners[1:]) / 2
    rng = np.random.default_rng(4)
    near = corners + rng.normal(0, 1e-14, corners.shape)
    up = np.nextafter(middles, 1e9)
    points = np.vstack([corners, middles, near, up])
    got = GridIndex(cells).locate(points[:, 0], points[:, 1])
    assert (got == reference(cells, points[:, 0], points[:, 1])).all()


def test_overlaps_holes_islands_and_nesting_get_the_answer_shapely_gives():
    ring = box(0, 0, 10, 10).difference(box(3, 3, 7, 7))
    polygons = [
        ring,
        box(2, 2, 5, 5),
        MultiPolygon([box(20, 0, 21, 1), box(6, 6, 6.5, 6.5)]),
        box(-5, -5, 30, 30),
        box(4, 4, 4.001, 4.001),
    ]
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-6, 31, 40_000), rng.uniform(-6, 31, 40_000)
    whole = np.array([(i, j) for i in range(-6, 32) for j in range(-6, 32)], dtype=float)
    x, y = np.append(x, whole[:, 0]), np.append(y, whole[:, 1])
    assert (GridIndex(polygons).locate(x, y) == reference(polygons, x, y)).all()


coordinate = st.integers(-8, 8).map(float) | st.floats(-8, 8, allow_subnormal=False)
corner = st.tuples(coordinate, coordinate)


@st.composite
def shapes(draw):
    hulls = draw(st.lists(st.lists(corner, min_size=3, max_size=9), min_size=1, max_size=6))
    made = [shapely.make_valid(Polygon(points)) for points in hulls]
    parts = [p for g in made for p in shapely.get_parts(g) if p.geom_type == "Polygon" and p.area > 0]
    return parts or [box(0, 0, 1, 1)]


@settings(max_examples=150, deadline=None)
@given(shapes(), st.lists(corner, min_size=1, max_size=60), st.sampled_from([0.0, 117.0, 1e6]))
def test_any_shapes_and_points_get_the_answer_shapely_gives(polygons, points, shift):
    moved = [p for p in shapely.transform(np.array(polygons), lambda c: c + shift) if p.is_valid and p.area > 0]
    given_points = np.array(points) + shift
    corners = shapely.get_coordinates(moved) if moved else np.empty((0, 2))
    every = np.vstack([given_points, corners, (corners + np.roll(corners, 1, axis=0)) / 2])
    got = GridIndex(moved).locate(every[:, 0], every[:, 1])
    assert (got == reference(moved, every[:, 0], every[:, 1])).all()


def test_points_that_are_no_place_are_in_no_polygon():
    index = GridIndex([box(0, 0, 1, 1)])
    assert index.locate([np.nan, np.inf, 0.5, -np.inf], [0.5, 0.5, np.nan, 0.5]).tolist() == [-1] * 4


def test_an_empty_index_holds_nothing():
    assert GridIndex([]).locate([1.0], [1.0]).tolist() == [-1]
    assert GridIndex([]).place(1.0, 1.0).answer is Answer.OUTSIDE


A, B, C = box(0, 0, 2, 2), box(2, 0, 4, 2), box(1, 1, 3, 3)


@pytest.mark.parametrize(
    ("point", "answer", "index", "candidates"),
    [
        ((0.5, 0.5), Answer.INSIDE, 0, (0,)),
        ((0.0, 0.5), Answer.BOUNDARY, 0, (0,)),
        ((2.0, 0.5), Answer.BOUNDARY, 0, (0, 1)),
        ((4.0, 2.0), Answer.BOUNDARY, 1, (1,)),
        ((1.5, 1.5), Answer.OVERLAP, 0, (0, 2)),
        ((2.0, 1.5), Answer.OVERLAP, 0, (0, 1, 2)),
        ((1.0, 1.5), Answer.OVERLAP, 0, (0, 2)),
        ((2.0, 2.5), Answer.INSIDE, 2, (2,)),
        ((9.0, 9.0), Answer.OUTSIDE, -1, ()),
    ],
)
def test_every_point_has_one_documented_answer(point, answer, index, candidates):
    place = GridIndex([A, B, C]).place(*point)
    assert (place.answer, place.index, place.candidates) == (answer, index, candidates)
    assert GridIndex([A, B, C]).locate([point[0]], [point[1]])[0] == index


def test_before_the_loops_are_compiled_shapely_answers(monkeypatch):
    monkeypatch.setattr(module, "_kernels_if_ready", lambda: None)
    assert GridIndex([A, B]).locate([0.5, 3.0, 9.0], [0.5, 1.0, 9.0]).tolist() == [0, 1, -1]
