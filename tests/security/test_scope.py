"""Promises 1, 2 and 23: what is not yours looks as if it did not exist, is not counted, and asking for it is kept."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import District
from tests.security.conftest import Send
from wangge.areas.models import AreaVersion
from wangge.areas.services import changes
from wangge.audit.models import Entry
from wangge.audit.selectors import verify_chain
from wangge.casework.models import Case
from wangge.casework.tests.conftest import Play
from wangge.kit.ids import uuid7
from wangge.kit.pace import Pace
from wangge.kit.tree import AREAS
from wangge.org import http, scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def near(act: Play) -> Case:
    """In grid 1, the first street's."""
    return act.submit(title="近处的垃圾没有人清理")


@pytest.fixture
def far(act: Play, district: District) -> Case:
    """In grid 5, the second street's."""
    lon, lat = district.point("grid5")
    return act.submit(title="远处的垃圾没有人清理", lon=lon, lat=lat, reporter_phone="13800000000")


def not_found_entries() -> list[Entry]:
    return list(Entry.objects.filter(action="org:access:not_found").order_by("seq"))


# --- 1: ids of others ---------------------------------------------------------------------------------------------


def test_asking_for_a_strangers_id_is_kept_with_who_what_and_where_from(
    send: Send, people: SimpleNamespace, far: Case
) -> None:
    who = people.subdistrict_dispatcher
    assert send(who, "GET", f"/cases/{far.pk}").status_code == 404
    assert send(who, "POST", f"/cases/{far.pk}/steps/comment", {"version": 1, "reason": "看看"}).status_code == 404
    assert send(who, "GET", f"/attachments/{far.pk}/picture").status_code == 404

    kept = not_found_entries()
    assert [(one.data["method"], one.data["route"]) for one in kept] == [
        ("GET", "api/v1/cases/<case_id>"),
        ("POST", "api/v1/cases/<case_id>/steps/<step>"),
        ("GET", "api/v1/attachments/<attachment_id>/<variant>"),
    ]
    assert {one.actor_id for one in kept} == {who.user_id}
    assert kept[0].data["ids"] == {"case_id": str(far.pk)}
    assert kept[0].data["address"] == "127.0.0.1"
    assert all(verify_chain(one.subject_type, one.subject_id).breaks == [] for one in kept)


def test_what_does_not_exist_is_kept_in_the_same_way_so_that_time_tells_nothing(
    send: Send, people: SimpleNamespace, far: Case
) -> None:
    nothing = uuid7()
    for case_id in (far.pk, nothing):
        send(people.subdistrict_dispatcher, "GET", f"/cases/{case_id}")
    assert [one.data["ids"]["case_id"] for one in not_found_entries()] == [str(far.pk), str(nothing)]


def test_a_strangers_id_takes_as_many_statements_as_one_of_nothing_and_as_long(
    client_for: Any, people: SimpleNamespace, far: Case, django_assert_num_queries: Any
) -> None:
    client = client_for(people.subdistrict_dispatcher)

    def took(case_id: object) -> float:
        begun = time.perf_counter()
        assert client.get(f"/api/v1/cases/{case_id}").status_code == 404
        return time.perf_counter() - begun

    took(far.pk)
    with django_assert_num_queries(_statements(lambda: took(uuid7()))):
        took(far.pk)
    foreign, nothing = ([], [])
    for _ in range(15):
        foreign.append(took(far.pk))
        nothing.append(took(uuid7()))
    assert 0.5 < statistics.median(foreign) / statistics.median(nothing) < 2


def _statements(act: Any) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def test_a_found_case_and_a_strangers_guess_leave_no_such_entry(
    send: Send, people: SimpleNamespace, near: Case
) -> None:
    assert send(people.subdistrict_dispatcher, "GET", f"/cases/{near.pk}").status_code == 200
    assert send(None, "GET", f"/cases/{near.pk}").status_code == 401
    assert not_found_entries() == []


@pytest.mark.parametrize("verb", ["merge", "add_child", "dispatch"])
def test_a_strangers_id_inside_a_body_is_refused_as_one_of_nothing(
    verb: str, send: Send, people: SimpleNamespace, near: Case, far: Case
) -> None:
    bodies = {
        "merge": lambda one: {"version": near.version, "reason": "同一件事", "into": str(one)},
        "add_child": lambda one: {"version": near.version, "case": str(one)},
        "dispatch": lambda one: {"version": near.version, "support_units": [str(one)]},
    }
    foreign, nothing = (
        send(people.subdistrict_dispatcher, "POST", f"/cases/{near.pk}/steps/{verb}", bodies[verb](one))
        for one in (far.pk, uuid7())
    )
    assert foreign.status_code in {404, 409, 422}
    assert (foreign.status_code, foreign.content) == (nothing.status_code, nothing.content)


def test_attachments_of_others_cannot_be_claimed_by_id(send: Send, people: SimpleNamespace, act: Play) -> None:
    theirs = act.picture(people.dispatcher)
    body = {"title": "借用别人的照片", "attachments": [theirs]}
    nothing = {"title": "借用别人的照片", "attachments": [str(uuid7())]}
    refused = send(people.grid_member, "POST", "/cases", body)
    assert refused.status_code == send(people.grid_member, "POST", "/cases", nothing).status_code == 422
    assert theirs not in refused.content.decode()


# --- 2: position, not prefix --------------------------------------------------------------------------------------


def test_a_code_that_begins_like_mine_is_not_mine(
    send: Send, people: SimpleNamespace, far: Case, district: District
) -> None:
    """Grid 5 gets a code that starts with the first street's: the code is a label, the place in the tree decides."""
    AreaVersion.objects.filter(pk=district.versions["grid5"].pk).update(code="370199001999999")
    assert send(people.subdistrict_dispatcher, "GET", f"/cases/{far.pk}").status_code == 404
    assert send(people.subdistrict_dispatcher, "GET", "/cases").json()["items"] == []
    assert send(people.other_subdistrict_dispatcher, "GET", f"/cases/{far.pk}").status_code == 200


def test_neighbours_in_number_do_not_reach_into_each_other() -> None:
    """Children 1 and 10 to 19 of one parent: what a string prefix confuses, intervals keep apart."""
    parent = AREAS.child(0, 0, 1)
    first = AREAS.child(parent, 1, 1)
    for ordinal in range(2, 120):
        other = AREAS.child(parent, 1, ordinal)
        assert not first <= other < AREAS.end(first, 1)


def test_a_case_stays_with_the_place_it_was_in_when_its_community_moves(
    send: Send, people: SimpleNamespace, near: Case, district: District
) -> None:
    changes.move(
        area_id=district.areas["community1"].pk, parent_id=district.areas["street2"].pk, code="370199002009", by=None
    )  # fmt: skip
    assert send(people.subdistrict_dispatcher, "GET", f"/cases/{near.pk}").status_code == 200
    assert send(people.other_subdistrict_dispatcher, "GET", f"/cases/{near.pk}").status_code == 404


# --- 23: nothing to enumerate -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?q=没有人清理",
        "?sort=submitted_at",
        "?sort=due_at",
        "?state=registered",
        "?view=queue",
        "?channel=hotline12345",
    ],
)
def test_search_and_sort_show_nothing_beyond_the_scope(
    query: str, send: Send, people: SimpleNamespace, near: Case, far: Case
) -> None:
    def shown(who: Any) -> set[str]:
        return {row["id"] for row in send(who, "GET", f"/cases{query}").json()["items"]}

    assert str(far.pk) not in shown(people.subdistrict_dispatcher)
    if "queue" not in query:
        assert str(near.pk) in shown(people.subdistrict_dispatcher)
        assert str(far.pk) in shown(people.other_subdistrict_dispatcher)


def test_a_number_or_a_name_of_elsewhere_finds_nothing_and_filters_by_elsewhere_are_empty(
    send: Send, people: SimpleNamespace, far: Case, district: District
) -> None:
    who = people.subdistrict_dispatcher
    for query in (f"q={far.number}", f"q={far.number[:8]}", f"area={district.areas['street2'].pk}", "q=远处"):
        page = send(who, "GET", f"/cases?{query}").json()
        assert (page["items"], page["next"], page["total"] or 0) == ([], None, 0), query


def test_counts_situation_nearby_and_export_count_only_what_is_visible(
    send: Send, people: SimpleNamespace, near: Case, far: Case, district: District
) -> None:
    who = people.subdistrict_dispatcher
    before = send(who, "GET", "/cases/counts").json()
    situation = send(who, "GET", "/situation").json()
    assert situation["open"] == 1
    assert sum(row["open"] for row in situation["by_subdistrict"]) == 1
    assert send(people.dispatcher, "GET", "/situation").json()["open"] == 2
    lon, lat = district.point("grid5")
    assert send(who, "GET", f"/cases/nearby?lon={lon}&lat={lat}&text=远处的垃圾没有人清理").json() == []
    assert before["todo"] == len(send(who, "GET", "/cases?view=todo&limit=100").json()["items"])


def test_the_public_cannot_look_a_case_up_by_its_number_or_id(send: Send, far: Case) -> None:
    for guess in (far.number, str(far.pk), far.pk.hex, str(int(far.number) + 1), "", "%00", "../cases"):
        assert send(None, "GET", f"/public/reports/{guess}").status_code in {400, 404, 405}


def test_the_token_is_long_and_unlike_that_of_the_next_case(send: Send, act: Play) -> None:
    tokens = [send(None, "POST", "/public/reports", {"title": f"第 {n} 件事"}).json()["token"] for n in range(5)]
    assert all(len(token) >= 24 for token in tokens)
    assert len({token[:6] for token in tokens}) == 5


def test_who_follows_a_report_sees_no_person_no_log_and_no_id(send: Send, act: Play) -> None:
    body = {"title": "楼道堆物", "reporter_name": "李四", "reporter_phone": "13900000000"}
    token = send(None, "POST", "/public/reports", body).json()["token"]
    seen = send(None, "GET", f"/public/reports/{token}")
    assert seen.status_code == 200
    with scope.applied(scope.EVERYTHING):
        case = Case.objects.get(title="楼道堆物")
    for secret in ("李四", "139", str(case.pk), "居民"):
        assert secret not in seen.content.decode()


def test_guessing_tokens_is_slowed_though_every_guess_is_refused(send: Send, act: Play) -> None:
    answers = [send(None, "GET", f"/public/reports/{'x' * 20}{n:04}").status_code for n in range(305)]
    assert answers == [404] * 300 + [429] * 5


# --- 23: searching faster than a person works ---------------------------------------------------------------------


@pytest.fixture
def three_searches(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Pace:
    """Three searches in a minute, by a clock that stands still."""
    settings.WANGGE = replace(settings.WANGGE, searches_per_minute=3)
    pace = Pace(60, now=lambda: 0.0)
    monkeypatch.setattr(http, "_searches", pace)
    return pace


@pytest.mark.parametrize("path", ["/cases?q=井盖{n}", "/cases/export.xlsx?q=井盖", "/users?q=王{n}"])
def test_searching_faster_than_a_person_works_is_refused_and_kept(
    path: str, send: Send, people: SimpleNamespace, near: Case, three_searches: Pace
) -> None:
    who = people.security_admin if path.startswith("/users") else people.dispatcher
    answers = [send(who, "GET", path.format(n=n)) for n in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert (answers[-1].headers["Retry-After"], answers[-1].json()["retry_after"]) == ("60", 60)
    (kept,) = Entry.objects.filter(action="org:search:limited")
    assert (kept.actor_id, kept.data["limit"]) == (who.user_id, 3)
    assert send(people.supervisor, "GET", f"/cases?q={near.number}").status_code == 200  # each for themselves


def test_a_list_that_asks_for_the_same_words_again_is_one_search(
    send: Send, people: SimpleNamespace, near: Case, three_searches: Pace
) -> None:
    assert {send(people.dispatcher, "GET", "/cases?q=井盖").status_code for _ in range(9)} == {200}


def test_lists_without_a_search_are_not_counted(
    send: Send, people: SimpleNamespace, near: Case, three_searches: Pace
) -> None:
    assert {send(people.dispatcher, "GET", "/cases?view=todo").status_code for _ in range(5)} == {200}
