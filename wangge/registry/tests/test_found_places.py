import datetime as dt

import pytest

from wangge.areas import services as areas
from wangge.areas.tests.conftest import BOXES, DAY, ROWS, geojson, sheet
from wangge.registry import selectors, services
from wangge.registry.models import Building
from wangge.registry.places.found import PlaceKind
from wangge.registry.selectors import found_places
from wangge.registry.tests.test_places import BUILDINGS, rows


@pytest.fixture
def places(db):
    areas.import_areas(rows=sheet(*ROWS), source="test", by=None, valid_from=DAY)
    areas.import_boundaries(data=geojson(BOXES), crs="WGS84", source="test", by=None)
    services.load_buildings(rows(*BUILDINGS))


def test_the_registry_of_today_is_looked_in(places):
    found = selectors.find_place("和苑小区2号楼楼道灯不亮")
    assert found.sure
    assert (found.best.kind, found.best.code) == (PlaceKind.BUILDING, "A-2")
    assert found.best.id == Building.objects.get(code="A-2").pk
    document = found.document()
    assert document["sure"] is True
    assert document["candidates"][0]["path"] == "试点区 / 东街道 / 甲社区 / 甲一网格"


def test_what_is_written_is_found_at_once_and_without_a_query(places, django_assert_num_queries):
    selectors.find_place("和苑小区2号楼")
    with django_assert_num_queries(0):
        assert selectors.find_place("新村小区").candidates
    services.load_buildings(
        rows(("N-1", "观澜小区", "7号楼", "西街道南辛路11号观澜小区7号楼", "370199002001001", 117.031, 36.6))
    )
    assert selectors.find_place("观澜小区7号楼").best.code == "N-1"


def test_a_building_that_was_pulled_down_is_not_found(places):
    Building.objects.filter(code="A-2").update(pulled_down_on=dt.date(2026, 2, 1))
    found_places._books.clear()
    assert selectors.find_place("和苑小区2号楼").best.kind is PlaceKind.ESTATE


def test_an_entrance_is_known_by_what_it_is_called(places):
    building = Building.objects.get(code="A-2")
    made = building.entrances.create(name="2单元", ordinal=2)
    best = selectors.find_place("和苑小区2号楼二单元").best
    assert best.entrance == "2"
    assert found_places.entrance_of(building.pk, best.entrance) == made
    assert found_places.entrance_of(building.pk, "9") is None
    assert found_places.entrance_of(building.pk, "") is None


def test_an_empty_registry_finds_nothing(db):
    assert selectors.find_place("和苑小区2号楼").candidates == ()
