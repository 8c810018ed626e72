"""My grid at a glance, the list of buildings and their map."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import registry_rows
from wangge.kit import clock
from wangge.org import scope
from wangge.org.scope import system_actor
from wangge.registry.models import FieldRule, Person


@pytest.fixture
def rules(db):
    FieldRule.objects.create(
        object="person", field="phones", name="电话", name_en="phone", group="contact", owner="grid", fresh_days=90
    )


def test_the_page_counts_what_is_in_my_grid_and_nothing_else(near, far, people, client_for):
    page = client_for(people.grid_member).get("/api/v1/registry/grid").json()

    assert page["area"]["name"] == "睦和苑一网格"
    assert page["counts"] == {
        "buildings": 1, "dwellings": 1, "households": 1, "persons": 2, "floating": 0, "organisations": 1,
        "premises": 1, "components": 1, "devices": 1,
    }  # fmt: skip
    (row,) = page["buildings"]
    assert (row["id"], row["persons"], row["households"], row["dwellings"]) == (str(near.building.id), 2, 1, 1)


def test_the_page_says_whose_data_has_grown_old(near, people, client_for, rules):
    with scope.acting(system_actor("test")):
        Person.objects.filter(pk=near.head.pk).update(confirmed={"contact": {"at": clock.now().isoformat()}})
    page = client_for(people.grid_member).get("/api/v1/registry/grid").json()

    assert page["stale"]["persons"] == 1
    assert page["buildings"][0]["stale"] == 1


def test_groups_are_counted(near, people, client_for):
    with scope.acting(system_actor("test")):
        registry_rows.make_tag(near.head)
        registry_rows.make_tag(near.child)
    page = client_for(people.grid_member).get("/api/v1/registry/grid").json()

    assert page["tags"] == [{"kind": "living_alone", "name": "living_alone", "count": 2}]


def test_the_first_page_takes_six_queries_however_many_live_there(district, near, people, client_for):
    client = client_for(people.grid_member)
    client.get("/api/v1/registry/grid")
    with CaptureQueriesContext(connection) as few:
        client.get("/api/v1/registry/grid")
    with scope.acting(system_actor("test")):
        for serial in range(20, 30):
            registry_rows.make_home(district, "grid1", serial=serial)
    with CaptureQueriesContext(connection) as many:
        client.get("/api/v1/registry/grid")

    # The test is one transaction around everything: to keep and bring back its scope takes two more.
    outside = ("SAVEPOINT", "RELEASE", "select coalesce(current_setting")
    statements = [one["sql"] for one in many if not one["sql"].startswith(outside)]
    assert len(many) == len(few)
    assert len(statements) - 1 <= 6, statements


def test_another_street_s_grid_is_not_found(near, far, district, people, client_for):
    area = district.areas["grid5"].id
    assert client_for(people.grid_member).get(f"/api/v1/registry/grid?area={area}").status_code == 404


def test_the_operator_of_the_district_gets_its_counts(near, far, people, client_for):
    page = client_for(people.dispatcher).get("/api/v1/registry/grid").json()

    assert page["counts"]["persons"] == 4
    assert page["buildings"] == []


def test_buildings_are_listed_page_by_page(district, people, client_for):
    with scope.acting(system_actor("test")):
        for serial in range(1, 6):
            registry_rows.make_home(district, "grid1", serial=serial)
    client = client_for(people.grid_member)
    first = client.get("/api/v1/registry/buildings?limit=3").json()
    second = client.get("/api/v1/registry/buildings", {"limit": 3, "cursor": first["next"]}).json()

    assert (len(first["items"]), len(second["items"]), first["total"], second["next"]) == (3, 2, 5, None)
    assert not {row["id"] for row in first["items"]} & {row["id"] for row in second["items"]}


@pytest.mark.parametrize("q", ["睦和苑1", "经二路1号", "mhy13hl", "MHY1"])
def test_buildings_are_found_by_name_address_and_initials(near, far, people, client_for, q):
    rows = client_for(people.dispatcher).get("/api/v1/registry/buildings", {"q": q}).json()["items"]

    assert [row["id"] for row in rows] == [str(near.building.id)]


def test_a_box_that_is_none_is_refused_by_name(near, people, client_for):
    answer = client_for(people.grid_member).get("/api/v1/registry/buildings?bbox=1,2,x,4")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "query.bbox"


def test_the_map_has_a_point_with_counts_for_each_building(near, far, people, client_for):
    (feature,) = client_for(people.grid_member).get("/api/v1/registry/map").json()["features"]

    assert feature["geometry"]["coordinates"] == [near.building.lon, near.building.lat]
    assert feature["properties"]["persons"] == 2
