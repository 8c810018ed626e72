"""When the division changes, places, homes and people follow."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from tests import registry_rows
from wangge.areas import selectors
from wangge.areas import services as areas
from wangge.areas.services.changes import Part
from wangge.audit.models import Entry
from wangge.org import scope
from wangge.org.scope import system_actor
from wangge.registry import sealing, services
from wangge.registry.models import (
    Building,
    Component,
    Device,
    Dwelling,
    Household,
    Person,
    Photo,
    Premises,
    Tag,
    Tie,
)
from wangge.registry.services import division

PLACED = (Building, Dwelling, Household, Person, Premises, Component, Device, Photo)


@pytest.fixture
def everything(db):
    with scope.acting(system_actor("test")) as actor:
        yield actor


@pytest.fixture
def home(district, everything):
    made = registry_rows.make_home(district, "grid1")
    registry_rows.make_tag(made.head)
    old = registry_rows.make_tie(made.head, made.dwelling, "owns")
    Tie.objects.filter(pk=old.pk).update(valid_to=registry_rows.DAY)
    return made


def split(district):
    """Grid 1 becomes a northern and a southern half; every point of the test lies on the seam's north."""
    west, south, east, north = 116.9, 36.6, 116.95, 36.7
    lower, upper = box(west, south, east, 36.64), box(west, 36.64, east, north)
    return areas.split(
        area_id=district.versions["grid1"].area_id, by=None,
        parts=[Part("370199001001003", "南", lower), Part("370199001001004", "北", upper)],
    )  # fmt: skip


def test_everything_of_a_split_grid_goes_to_the_part_that_holds_its_point(district, home):
    _, upper = split(district)
    done = services.follow()

    assert done.unplaced == 0
    for model in PLACED:
        assert set(model.objects.values_list("area_pos", flat=True)) == {upper.pos}, model
    assert Building.objects.get().area_id == upper.area_id
    assert Tag.objects.get().area_pos == upper.pos
    assert done.moved["person"] == 2


def test_what_has_ended_keeps_the_place_of_its_day(district, home):
    was = district.versions["grid1"].pos
    _, upper = split(district)
    services.follow()

    assert Tie.objects.get(valid_to__isnull=True).area_pos == upper.pos
    assert Tie.objects.get(valid_to__isnull=False).area_pos == was


def test_following_leaves_one_entry_with_counts_and_a_second_time_none(district, home):
    split(district)
    services.follow()
    again = services.follow()

    assert again.total == 0
    (entry,) = Entry.objects.filter(action="registry:division:follow")
    assert entry.data["moved"]["dwelling"] == 1
    assert entry.data["unplaced"] == 0


def test_whose_community_changes_is_found_by_name_there(district, home):
    areas.move(area_id=district.versions["grid1"].area_id, parent_id=district.areas["community2"].id, by=None)
    done = services.follow()

    pos = district.versions["community2"].pos
    assert done.reindexed == 2
    head = Person.objects.get(pk=home.head.pk)
    assert head.name_key in sealing.name_keys([pos], "王测试")
    assert head.initials_key in sealing.initials_keys([pos], "wcs")
    assert head.sealed == home.head.sealed


def test_who_has_no_dwelling_follows_the_community(district, home):
    community = district.versions["community1"]
    Person.objects.filter(pk=home.head.pk).update(dwelling=None, household=None, area_pos=community.pos)
    areas.merge(area_ids=[district.areas["community1"].id, district.areas["community2"].id], code="370199001009",
                name="合并社区", by=None)  # fmt: skip
    services.follow()

    merged = selectors.by_code("370199001009")
    assert merged is not None
    assert Person.objects.get(pk=home.head.pk).area_pos == merged.pos


def test_a_building_that_is_moved_takes_its_people_along(district, home, people):
    lon, lat = district.point("grid2")
    services.save_building(building_id=home.building.pk, values={"lon": lon, "lat": lat}, by=people.community_cadre)

    there = district.versions["grid2"].pos
    assert Person.objects.get(pk=home.head.pk).area_pos == there
    assert Household.objects.get().area_pos == there
    assert Tag.objects.get().area_pos == there


def test_a_point_on_a_border_stays_where_it_was_put(district, home):
    grid2 = district.versions["grid2"]
    Building.objects.update(lon=116.95, lat=36.65, area_id=grid2.area_id, area_pos=grid2.pos)
    done = services.follow()

    assert "building" not in done.moved
    assert Building.objects.get().area_pos == grid2.pos


def test_the_worker_looks_again_only_when_the_division_was_changed(district, home):
    assert division.follow_if_changed() is not None
    assert division.follow_if_changed() is None
    _, upper = split(district)
    done = division.follow_if_changed()

    assert done is not None
    assert done.moved["building"] == 1
    assert Building.objects.get().area_pos == upper.pos
