"""Exports, requests, statistics, retention and keys as the pages ask for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import District
from tests.registry_rows import Home, make_home
from wangge.kit import clock
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import FieldRule, Person
from wangge.registry.selectors import statistics
from wangge.registry.services import exports

API = "/api/v1/registry"
SYSTEM = scope.system_actor("test")
Send = Callable[..., Any]


@pytest.fixture
def home(district: District) -> Iterator[Home]:
    statistics.forget()
    with scope.acting(SYSTEM):
        FieldRule.objects.create(
            object="person", field="name", name="姓名", name_en="Name", group="identity", owner="grid", fresh_days=365
        )
        made = make_home(district, "grid1")
        Person.objects.update(confirmed={"identity": {"at": clock.now().isoformat()}})
    yield made
    statistics.forget()


@pytest.fixture
def send(client_for: Callable[[Actor | None], Client]) -> Send:
    def run(who: Actor, method: str, path: str, body: Any = None) -> Any:
        data = b"" if body is None else orjson.dumps(body)
        return client_for(who).generic(method, API + path, data, content_type="application/json")

    return run


def test_an_export_from_asking_to_the_file(home: Home, send: Send, people: SimpleNamespace) -> None:
    asked = send(
        people.community_cadre, "POST", "/exports", {"fields": ["name", "phones"], "purpose": "防汛转移人员核对"}
    )
    assert asked.status_code == 201, asked.content
    made = asked.json()
    assert (made["count"], made["state"], made["mine"]) == (2, "approved", True)
    exports.make_export(export_id=made["id"])
    (row,) = send(people.community_cadre, "GET", "/exports").json()["items"]
    assert row["state_name"] == "可下载"
    file = send(people.community_cadre, "GET", f"/exports/{made['id']}/file")
    assert file.content.startswith(b"PK")
    assert file["Cache-Control"] == "no-store"
    assert send(people.leader, "GET", f"/exports/{made['id']}/file").status_code in {403, 404}


def test_who_decides_sees_what_is_asked_in_their_areas(home: Home, send: Send, people: SimpleNamespace) -> None:
    made = send(people.community_cadre, "POST", "/exports", {"fields": ["name"], "purpose": "防汛转移人员核对"}).json()
    assert [one["id"] for one in send(people.leader, "GET", "/exports").json()["items"]] == [made["id"]]
    assert send(people.other_subdistrict_dispatcher, "GET", "/exports").json()["items"] == []
    refused = send(people.leader, "POST", f"/exports/{made['id']}/decision", {"agreed": True, "reason": "同意导出"})
    assert (refused.status_code, refused.json()["code"]) == (409, "already_decided")


def test_the_request_the_decision_and_the_ledger(
    home: Home, send: Send, people: SimpleNamespace, district: District
) -> None:
    today = timezone.localdate()
    body = {
        "title": "养犬情况", "object": "person", "fields": ["养犬数量"], "purpose": "文明养犬登记",
        "area": str(district.areas["street1"].pk), "times_per_year": 4, "begins_on": str(today),
        "ends_on": str(today + dt.timedelta(days=30)),
    }  # fmt: skip
    asked = send(people.department_clerk, "POST", "/requests", body)
    assert asked.status_code == 201, asked.content
    known = send(people.department_clerk, "POST", "/requests", body | {"fields": ["name"]}).json()
    assert (known["state_name"], "预填" in known["decision"]) == ("不予", True)
    decided = send(
        people.supervisor,
        "POST",
        f"/requests/{asked.json()['id']}/decision",
        {"state": "allowed", "reason": "同意登记"},
    )
    assert decided.json()["state"] == "allowed", decided.content
    ledger = send(people.grid_member, "GET", "/requests/ledger").json()
    assert [(one["name"], one["asked"], one["refused"]) for one in ledger["units"]] == [("区城市管理局", 2, 1)]
    assert ledger["requests"][0]["area"]["name"] == "大观园街道"
    assert send(people.supervisor, "GET", "/requests?state=allowed").json()["total"] == 1


def test_statistics_hide_the_two_people_there_are(home: Home, send: Send, people: SimpleNamespace) -> None:
    found = send(people.community_cadre, "GET", "/statistics?by=sex").json()
    assert found["total"] is None
    assert all(count in {None, 0} for row in found["rows"] for count in row["counts"])
    assert send(people.grid_member, "GET", "/statistics").status_code == 403


def test_a_form_begins_with_what_is_known_masked(home: Home, send: Send, people: SimpleNamespace) -> None:
    body = {"object": "person", "id": str(home.head.pk), "fields": ["name", "phones", "workplace"]}
    found = send(people.grid_member, "POST", "/prefill", body).json()
    assert found["name"]["value"] == "王**"
    assert (found["name"]["fresh"], found["name"]["owner"]) == (True, "grid")
    assert "workplace" not in found
    assert send(people.other_grid_member, "POST", "/prefill", body).status_code == 404


def test_administrators_see_numbers_and_nobody(home: Home, send: Send, people: SimpleNamespace) -> None:
    keys = send(people.security_admin, "GET", "/keys").json()
    assert keys["keys"][0]["tables"]["registry_person.sealed"] == 2
    retention = send(people.system_admin, "GET", "/retention").json()
    assert retention["runs"] == []
    assert send(people.system_admin, "GET", "/keys").status_code == 403
    assert send(people.security_admin, "GET", "/retention").status_code == 403
