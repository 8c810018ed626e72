"""Promises 3 and 8: nothing is taken that was not asked for, and no JSON breaks the site."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from tests.architecture.routes import all_routes
from tests.security.conftest import Send
from wangge.casework.models import Case, SavedView
from wangge.casework.tests.conftest import Play
from wangge.config.api import api
from wangge.kit.ids import uuid7
from wangge.org.models import User

pytestmark = pytest.mark.django_db

DOCUMENT = api.get_openapi_schema()
# A step's inputs differ from step to step; each is refused unless its step knows it (test below).
OPEN_BY_DESIGN = {"StepIn"}


def schemas_taken() -> dict[str, dict[str, Any]]:
    """Every object schema reachable from the JSON body of a request."""
    found: dict[str, dict[str, Any]] = {}

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                name = node["$ref"].rpartition("/")[2]
                if name not in found:
                    found[name] = DOCUMENT["components"]["schemas"][name]
                    walk(found[name])
            for item in node.values():
                walk(item)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    for path in DOCUMENT["paths"].values():
        for operation in path.values():
            walk(operation.get("requestBody", {}).get("content", {}).get("application/json", {}))
    return {name: schema for name, schema in found.items() if schema.get("type") == "object"}


def test_every_body_refuses_fields_it_does_not_know() -> None:
    taken = schemas_taken()
    assert len(taken) > 10
    lax = {name for name, schema in taken.items() if schema.get("additionalProperties") is not False}
    assert lax == OPEN_BY_DESIGN


@pytest.mark.parametrize(
    "extra",
    ["state", "status", "is_staff", "created_at", "submitted_at", "number", "id", "area_pos", "lead_unit", "version",
     "submitter_id", "needs_human", "card", "__class__", "_state", "constructor"],
)  # fmt: skip
def test_a_new_case_takes_no_field_of_ours(extra: str, send: Send, people: SimpleNamespace, act: Play) -> None:
    refused = send(people.dispatcher, "POST", "/cases", {"title": "垃圾没清", extra: "closed"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["at"] == f"body.{extra}"
    assert refused.json()["errors"][0]["zh"] == "不认识的字段"


@pytest.mark.parametrize(
    "extra", ["state", "to", "lead_unit", "closed_at", "case_id", "by", "at", "step", "actor", "channel"]
)
def test_a_step_takes_no_field_of_ours(extra: str, send: Send, people: SimpleNamespace, act: Play) -> None:
    case = act.submit()
    body = {"version": case.version, "reason": "看看", extra: str(uuid7())}
    refused = send(people.dispatcher, "POST", f"/cases/{case.pk}/steps/comment", body)
    assert refused.status_code == 422
    assert extra in refused.json()["errors"][0]["at"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/cases/bulk", {"cases": [], "channel": "hotline12345"}),
        ("POST", "/views", {"name": "我的", "filters": {}, "user_id": str(uuid7())}),
        ("PATCH", "/session", {"big_text": True, "is_superuser": True}),
        ("POST", "/session/post", {"post_id": str(uuid7()), "role": "system_admin"}),
    ],
)
def test_other_bodies_refuse_too(
    method: str, path: str, body: Any, send: Send, people: SimpleNamespace, act: Play
) -> None:
    assert send(people.dispatcher, method, path, body).status_code == 422


def test_a_row_of_a_bulk_is_refused_by_itself(send: Send, people: SimpleNamespace, act: Play) -> None:
    rows = [{"key": "1", "title": "垃圾没清", "state": "closed"}, {"key": "2", "title": "垃圾没清"}]
    results = send(people.dispatcher, "POST", "/cases/bulk", {"cases": rows}).json()["results"]
    assert [one["status"] for one in results] == [422, 201]


def test_nobody_makes_an_administrator_of_themselves(send: Send, people: SimpleNamespace) -> None:
    admin = people.security_admin
    assert send(admin, "PATCH", f"/users/{admin.user_id}", {"posts": []}).status_code in {403, 409, 422}
    user = {"username": "new.one", "name": "新人", "is_superuser": True, "is_staff": True}
    assert send(admin, "POST", "/users", user).status_code == 422
    assert not User.objects.filter(username="new.one").exists()


# --- 8: JSON --------------------------------------------------------------------------------------------------------

NASTY = {
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "closed deep list": b"[" * 70 + b"]" * 70,
    "doubled name": b'{"title": "a", "title": "b"}',
    "doubled name, escaped": b'{"title": "a", "\\u0074itle": "b"}',
    "doubled name below": b'{"title": "ab", "x": {"y": [{"z": 1, "z": 2}]}}',
    "NaN": b'{"title": "ab", "lon": NaN}',
    "infinity": b'{"title": "ab", "lon": -Infinity}',
    "1e999": b'{"title": "ab", "lon": 1e999}',
    "NUL": b'{"title": "a\\u0000b"}',
    "raw NUL": b'{"title": "a\x00b"}',
    "lone surrogate": b'{"title": "\\ud800 ab"}',
    "surrogates in the wrong order": b'{"title": "\\udc00\\ud800"}',
    "lone surrogate in a name": b'{"\\udfff": 1}',
    "not UTF-8": b'{"title": "\xff\xfe"}',
    "GBK": '{"title": "井盖"}'.encode("gbk"),
    "UTF-16": '{"title": "井盖"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"title": "ab"}',
    "endless digits": b'{"title": "ab", "lon": ' + b"1" * 10_000 + b"}",
    "cut off": b'{"title": "ab',
    "two documents": b"{}{}",
    "comment": b'{"title": "ab"} // really',
    "single quotes": b"{'title': 'ab'}",
    "blank": b"   ",
    "raw control": b'{"title": "a\nb"}',
}
TARGETS = ["POST /cases", "POST /cases/bulk", "POST /views", "POST /areas/locate", "POST /session", "PATCH /session"]


@pytest.mark.parametrize("raw", NASTY.values(), ids=NASTY)
def test_json_that_means_two_things_or_nothing_is_400(
    raw: bytes, send: Send, people: SimpleNamespace, act: Play
) -> None:
    for target in TARGETS:
        method, path = target.split()
        answer = send(people.dispatcher, method, path, raw=raw)
        assert answer.status_code == 400, (target, answer.content[:300])
        assert answer.json()["code"] == "malformed"
        assert answer.json()["detail"]
        assert answer.json()["detail_en"]
    assert not Case.objects.exists()
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"null", b"true", b"[]", b'"text"', b"17", b"{}"])
def test_json_of_another_shape_is_422(raw: bytes, send: Send, people: SimpleNamespace, act: Play) -> None:
    for target in TARGETS:
        method, path = target.split()
        if target == "PATCH /session" and raw == b"{}":
            continue  # changes nothing, and may
        assert send(people.dispatcher, method, path, raw=raw).status_code == 422, target


def test_no_route_answers_bad_json_with_a_fault_of_ours(send: Send, people: SimpleNamespace, act: Play) -> None:
    """Every route that takes a body, as each of the people who may call it."""
    for route in all_routes():
        if route.method == "GET":
            continue
        holder = next(
            (who for who in vars(people).values() if not route.permissions or route.permissions & who.permissions), None
        )
        url = route.url({name: {"step": "comment"}.get(name, uuid7()) for name in route.params})
        for raw in (NASTY["deep list"], NASTY["lone surrogate"], b"[]", b'{"a": 1}'):
            answer = send(holder, route.method, re.sub("^/api/v1", "", url), raw=raw)
            assert answer.status_code < 500, f"{route}: {answer.content[:300]!r}"


def test_a_doubled_name_among_many_is_found_at_once(send: Send, people: SimpleNamespace, act: Play) -> None:
    many = ",".join(f'"n{n}": 1' for n in range(200_000))
    answer = send(people.dispatcher, "POST", "/cases", raw=f'{{{many}, "n199999": 2}}'.encode())
    assert (answer.status_code, "n199999" in answer.json()["detail"]) == (400, True)


# --- queries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=101", "limit=999999999999999999999", "limit=abc", "limit=１０a", "limit=1e3",
        "sort=title", "sort=-submitted_at;drop table casework_case", "sort=submitted_at,id", "sort=random()",
        "cursor=x", "cursor=%00", "cursor=%F0%9F%92%A9", "cursor=eyJhIjoxfQ", "cursor=W10", "cursor=bnVsbA",
        "cursor=" + "A" * 201, "state=closed'--", "state=", "card=blue", "urgency=1 or 1=1",
        "from=2026-13-01", "to=yesterday", "from=0000-01-01", "area=1 or 1=1", "unit=%27", "view=everything",
        "q=" + "x" * 101,
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_named(query: str, send: Send, people: SimpleNamespace, act: Play) -> None:
    act.submit()
    answer = send(people.dispatcher, "GET", f"/cases?{query}")
    if query == "state=":
        assert answer.status_code == 200  # no choice is no filter
        return
    assert answer.status_code in {400, 422}, answer.content[:300]
    if answer.status_code == 422:
        assert answer.json()["errors"][0]["at"].startswith("query.")


@pytest.mark.parametrize(
    "query",
    ["q=%27%20or%201%3D1--", "q=%25", "q=_", "q=\\", "q=%27%29%3B%20drop", "q=a%26b%7C%21c%3A%2A", "q=<->", "q=𠮷",
     "q=‮",
     "q=%F0%9F%92%A9", "q=%FF%FE", "q=%00", "from=0001-01-01", "to=9999-12-31", "from=9999-12-31&to=0001-01-01",
     "q=" + "a " * 50, "category=%27", "channel=%27--", "limit=１０"],
)  # fmt: skip
def test_any_text_may_be_searched_for_and_none_is_run(
    query: str, send: Send, people: SimpleNamespace, act: Play
) -> None:
    act.submit()
    for path in ("/cases", "/cases/export.xlsx"):
        answer = send(people.dispatcher, "GET", f"{path}?{query}")
        assert answer.status_code in {200, 400, 422}, (path, answer.content[:300])
    assert Case.objects.count() == 0  # without a scope, still


def test_a_cursor_made_for_another_order_or_by_hand_is_refused(send: Send, people: SimpleNamespace, act: Play) -> None:
    for _ in range(3):
        act.submit()
    cursor = send(people.dispatcher, "GET", "/cases?limit=1").json()["next"]
    assert send(people.dispatcher, "GET", f"/cases?limit=1&cursor={cursor}").status_code == 200
    assert send(people.dispatcher, "GET", f"/cases?limit=1&sort=due_at&cursor={cursor}").status_code in {400, 422}
    for position in range(0, len(cursor), 5):
        bent = cursor[:position] + ("A" if cursor[position] != "A" else "B") + cursor[position + 1 :]
        assert send(people.dispatcher, "GET", f"/cases?limit=1&cursor={bent}").status_code in {200, 400, 422}


def test_a_cursor_of_somebody_else_shows_only_ones_own(
    send: Send, people: SimpleNamespace, act: Play, district: Any
) -> None:
    lon, lat = district.point("grid5")
    for _ in range(3):
        act.submit(lon=lon, lat=lat)
    cursor = send(people.dispatcher, "GET", "/cases?limit=1").json()["next"]
    page = send(people.subdistrict_dispatcher, "GET", f"/cases?cursor={cursor}").json()
    assert page["items"] == []


@pytest.mark.parametrize("key", ["", "k" * 81, "k" * 100_000, "ключ", "\x01"])
def test_a_key_that_is_none_is_refused(key: str, send: Send, people: SimpleNamespace, act: Play) -> None:
    answer = send(people.dispatcher, "POST", "/cases", {"title": "垃圾没清"}, Idempotency_Key=key)
    assert answer.status_code == (422 if not 0 < len(key) <= 80 else 201)
