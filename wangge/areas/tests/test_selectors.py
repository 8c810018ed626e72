import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from shapely.geometry import box

from wangge.areas import selectors, services
from wangge.areas.models import Level
from wangge.areas.tests.conftest import geojson
from wangge.kit.geo import Answer

# 丙村 reaches to 117.05, its only grid to 117.04: between lies a hole.
PLACES = [
    ((117.005, 36.605), Answer.INSIDE, "370199001001001", ["370199001001001"]),
    ((117.01, 36.605), Answer.BOUNDARY, "370199001001001", ["370199001001001", "370199001001002"]),
    ((117.00, 36.605), Answer.BOUNDARY, "370199001001001", ["370199001001001"]),
    ((117.045, 36.605), Answer.HOLE, None, ["370199002001"]),
    ((117.05, 36.605), Answer.HOLE, None, ["370199002001"]),
    ((117.06, 36.605), Answer.OUTSIDE, None, []),
    ((0.0, 0.0), Answer.OUTSIDE, None, []),
]


@pytest.mark.parametrize(("point", "answer", "code", "candidates"), PLACES)
def test_every_point_has_one_documented_answer(small, point, answer, code, candidates):
    located = selectors.locate(*point)
    assert located.answer is answer
    assert (located.version.code if located.version else None) == code
    assert [v.code for v in located.candidates] == candidates


def test_in_an_overlap_the_smallest_code_wins_and_all_are_named(small):
    wider = {"370199001001002": box(117.005, 36.60, 117.02, 36.61)}
    services.import_boundaries(data=geojson(wider), crs="WGS84", source="test", by=None)
    located = selectors.locate(117.008, 36.605)
    assert (located.answer, located.version.code) == (Answer.OVERLAP, "370199001001001")
    assert [v.code for v in located.candidates] == ["370199001001001", "370199001001002"]


def test_many_points_get_the_positions_single_points_get(small):
    points = [point for point, *_ in PLACES]
    expected = [v.pos if (v := selectors.locate(*p).version) else 0 for p in points]
    got = selectors.locate_many([x for x, _ in points], [y for _, y in points])
    assert got.tolist() == expected
    many = selectors.locate_many(np.tile([x for x, _ in points], 2000), np.tile([y for _, y in points], 2000))
    assert many.tolist() == expected * 2000


def test_other_levels_are_located_too(small):
    assert selectors.locate(117.045, 36.605, level=Level.COMMUNITY).version.code == "370199002001"
    assert selectors.locate_many([117.045], [36.605], level=Level.DISTRICT).tolist() == [small("370199").pos]


def test_locating_again_asks_the_database_nothing(small):
    selectors.locate(117.005, 36.605)
    selectors.find_by_text("甲社区")
    with CaptureQueriesContext(connection) as queries:
        selectors.locate(117.015, 36.605)
        selectors.find_by_text("甲社区")
        selectors.path(small("370199001001").pos)
    assert [q["sql"] for q in queries] == []


def test_a_write_is_seen_at_once_by_whoever_wrote_and_is_gone_when_rolled_back(small):
    area = small("370199001001").area_id

    with transaction.atomic():
        services.rename(area_id=area, name="甲新社区", by=None)
        assert small("370199001001").name == "甲新社区"
        transaction.set_rollback(True)
    assert small("370199001001").name == "甲社区"


@pytest.mark.django_db(transaction=True)
def test_a_committed_write_is_seen_by_other_connections(request):
    selectors.revision.forget()
    small = request.getfixturevalue("small")
    small("370199001001")  # remembered
    services.rename(area_id=small("370199001001").area_id, name="甲新社区", by=None)
    assert small("370199001001").name == "甲新社区"
    selectors.revision.forget()


@pytest.mark.parametrize(
    ("text", "code"),
    [("东街道甲社区门口", "370199001001"), ("甲一网格里", "370199001001001"), ("370199002001", "370199002001")],
)
def test_a_text_names_an_area(small, text, code):
    best = selectors.find_by_text(text)[0]
    assert best.area_version.code == code
    assert best.score == 1.0
    assert best.reason["zh"]


def test_a_text_that_names_nothing_known_finds_nothing(small):
    assert selectors.find_by_text("A3区某小区楼下") == []


def test_an_empty_database_holds_no_place(db):
    assert selectors.locate(117.0, 36.6).answer is Answer.OUTSIDE
    assert selectors.locate_many([117.0], [36.6]).tolist() == [0]
    assert selectors.area_for_pos(0) is None
