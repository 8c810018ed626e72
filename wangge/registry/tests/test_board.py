"""The board 楼盘表: floor by floor, room by room."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import registry_rows
from wangge.kit import clock
from wangge.org import scope
from wangge.org.scope import system_actor
from wangge.registry import services
from wangge.registry.models import DataClass, Dwelling, Entrance, FieldRule, TagKind


def board(client, home):
    answer = client.get(f"/api/v1/registry/buildings/{home.building.id}/board")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_floors_hang_from_the_top_and_rooms_stand_in_order(near, people, client_for):
    labels = ["1002", "1001", "地下-1", "302", "顶层阁楼", "车位12"]
    with scope.acting(people.grid_member) as actor:
        services.add_dwellings(building_id=near.building.id, entrance_id=near.entrance.id, labels=labels, by=actor)
    (entrance,) = board(client_for(people.grid_member), near)["entrances"]

    shown = [(one["floor"], [room["label"] for room in one["dwellings"]]) for one in entrance["floors"]]
    assert shown == [
        (10, ["1001", "1002"]), (3, ["301", "302"]), (-1, ["地下-1"]), (None, ["顶层阁楼", "车位12"]),
    ]  # fmt: skip


@pytest.mark.parametrize(("label", "floor"), [("地下-1", -1), ("A座1502", 15), ("一层门头", 1), ("B1-03", -1)])
def test_strange_labels_are_kept_as_written_and_find_their_floor(near, as_member, label, floor):
    (row,) = services.add_dwellings(building_id=near.building.id, labels=[label], by=as_member)

    assert (row.label, row.floor) == (label, floor)


def test_rooms_without_an_entrance_stand_apart(near, people, client_for):
    with scope.acting(people.grid_member) as actor:
        services.add_dwellings(building_id=near.building.id, labels=["一层门头"], by=actor)
    entrances = board(client_for(people.grid_member), near)["entrances"]

    assert [entrance["name"] for entrance in entrances] == ["1单元", ""]


def test_a_room_shows_who_lives_there_and_to_which_groups_they_belong(near, people, client_for):
    with scope.acting(system_actor("test")):
        registry_rows.make_tag(near.head)
    room = board(client_for(people.grid_member), near)["entrances"][0]["floors"][0]["dwellings"][0]

    assert (room["persons"], room["households"], room["vacant"]) == (2, 1, False)
    assert room["tags"] == [{"kind": "living_alone", "name": "living_alone"}]


def test_sensitive_groups_are_shown_to_the_grid_but_not_to_the_district(near, people, client_for):
    with scope.acting(system_actor("test")):
        registry_rows.make_tag(near.head, "correction")
        TagKind.objects.filter(code="correction").update(data_class=DataClass.SENSITIVE)

    def tags(actor):
        return board(client_for(actor), near)["entrances"][0]["floors"][0]["dwellings"][0]["tags"]

    assert tags(people.grid_member)
    assert not tags(people.dispatcher)


def test_the_board_of_another_grid_is_not_found(far, people, client_for):
    answer = client_for(people.grid_member).get(f"/api/v1/registry/buildings/{far.building.id}/board")
    assert answer.status_code == 404


def test_a_board_takes_as_many_queries_with_a_hundred_rooms_as_with_one(near, people, client_for):
    client = client_for(people.grid_member)
    board(client, near)
    with CaptureQueriesContext(connection) as few:
        board(client, near)
    with scope.acting(people.grid_member) as actor:
        labels = [f"{floor}{room:02}" for floor in range(4, 29) for room in range(1, 5)]
        services.add_dwellings(building_id=near.building.id, entrance_id=near.entrance.id, labels=labels, by=actor)
    with CaptureQueriesContext(connection) as many:
        board(client, near)

    assert len(many) == len(few)


def test_labels_that_are_there_or_given_twice_are_named(near, people, client_for):
    client = client_for(people.grid_member)
    url = f"/api/v1/registry/buildings/{near.building.id}/dwellings"
    body = {"entrance": str(near.entrance.id), "labels": ["302", "302", "", "x" * 41]}
    answer = client.post(url, body, content_type="application/json")
    assert [error["at"] for error in answer.json()["errors"]] == ["body.labels.1", "body.labels.2", "body.labels.3"]

    body["labels"] = ["302", "301"]
    answer = client.post(url, body, content_type="application/json")
    assert [error["at"] for error in answer.json()["errors"]] == ["body.labels.1"]
    with scope.acting(system_actor("test")):
        assert Dwelling.objects.count() == 1


def test_a_label_may_come_back_after_it_had_ended(near, as_member):
    (row,) = services.add_dwellings(building_id=near.building.id, labels=["401"], by=as_member)
    services.end_dwelling(dwelling_id=row.id, reason="登记错误", by=as_member)
    (again,) = services.add_dwellings(building_id=near.building.id, labels=["401"], by=as_member)

    assert again.id == row.id
    assert again.ended_on is None


def test_two_entrances_of_one_name_are_refused(near, people, client_for):
    url = f"/api/v1/registry/buildings/{near.building.id}/entrances"
    answer = client_for(people.grid_member).post(url, {"name": "1单元"}, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "body.name"
    assert Entrance.objects.count() == 1


@pytest.mark.parametrize(("days", "stale"), [(10, False), (400, True), (None, True)])
def test_a_room_is_marked_when_nobody_has_looked_for_too_long(near, people, client_for, days, stale):
    with scope.acting(system_actor("test")):
        FieldRule.objects.create(
            object="dwelling", field="use", name="用途", name_en="Use", group="living", owner="grid", fresh_days=365
        )
        seen = (
            {"at": (clock.now() - timedelta(days=days)).isoformat(), "unit": None, "source": "走访"} if days else None
        )
        Dwelling.objects.filter(building=near.building).update(confirmed={"living": seen} if seen else {})
    (room,) = board(client_for(people.grid_member), near)["entrances"][0]["floors"][0]["dwellings"]

    assert room["stale"] is stale
