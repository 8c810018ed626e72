"""Results over HTTP: open to who may read them, closed to others, every fault with its place."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import pytest

from wangge.appraisal.models import Exclusion, Kind
from wangge.appraisal.tests.rulebook import rulebook
from wangge.appraisal.tests.test_league import SYSTEM, cell, october
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture
from wangge.casework.workflow import Step
from wangge.org import scope
from wangge.org.models import User

__all__ = ["act", "fresh_memory", "lists", "october", "picture", "rulebook"]
pytestmark = pytest.mark.usefixtures("rulebook")
API = "/api/v1/appraisal"
WEIGHTS = {
    "response_rate": {"weight": 60, "floor": 60, "target": 98},
    "closed_in_time": {"weight": 40, "floor": 60, "target": 98},
}


@pytest.fixture
def get(client_for, people: SimpleNamespace):
    def ask(path, who="supervisor", **query):
        answer = client_for(getattr(people, who) if who else None).get(API + path, query)
        return answer.status_code, answer.json()

    return ask


@pytest.fixture
def send(client_for, people: SimpleNamespace):
    def do(method, path, body, by="supervisor"):
        client = client_for(getattr(people, by))
        answer = getattr(client, method)(API + path, json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    return do


def test_indicators_say_what_they_are_made_of(get):
    status, document = get("/indicators", "department_clerk")

    assert status == 200
    found = {one["code"]: one for one in document["items"]}
    assert [fact["code"] for fact in found["closed_in_time"]["facts"]] == ["due_kept", "due"]
    assert found["closed_in_time"]["facts"][1]["counts"]
    assert not found["send_back_rate"]["ranked"]


def test_the_league_over_http(get, october):
    status, document = get("/league", kind="subdistrict", period="2026-10", scheme="subdistrict_monthly")

    assert status == 200
    assert [row["unit"]["name"] for row in document["rows"]] == ["大观园街道办事处", "杆石桥街道办事处"]
    assert document["rows"][0]["values"]["closed_in_time"]["interval"][0] < 98.0


@pytest.mark.parametrize("by", ["grid_member", "system_admin", "audit_admin", None])
def test_who_may_not_read_results_gets_none(get, by):
    assert get("/league", by)[0] == (401 if by is None else 403)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/league", {"period": "2026-13"}, 422, "bad_period"),
        ("/league", {"kind": "people"}, 422, None),
        ("/league", {"scheme": "nobody"}, 404, "unknown_scheme"),
        ("/league", {"scheme": "department_monthly", "period": "2026-10"}, 422, "not_of_these"),
        ("/league", {"kind": "department", "by": "area"}, 422, "not_of_these"),
        ("/points/00000000-0000-7000-8000-00000000abcd/closed_in_time", {}, 404, None),
        ("/series", {"unit": "00000000-0000-7000-8000-00000000abcd", "indicator": "closed_in_time"}, 404, None),
        ("/five-steps", {"period": "soon"}, 422, "bad_period"),
        ("/five-steps/cases/00000000-0000-7000-8000-00000000abcd", {}, 404, None),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_reason(get, path, query, status, code):
    found, document = get(path, **query)

    assert found == status
    assert code in {None, document["code"]}


def test_a_figure_opens_to_its_cases(get, act: Play):
    case = act.closed()
    unit = act.district.units["urban"].pk
    status, document = get(f"/points/{unit}/closed_in_time")

    assert status == 200
    assert (document["value"]["numerator"], document["value"]["denominator"]) == (1, 1)
    assert [one["number"] for one in document["cases"]["items"]] == [case.number]
    assert document["cases"]["items"][0]["id"] == str(case.pk)


def test_the_cases_of_a_time_are_those_whose_time_it_is(get, act: Play, people: SimpleNamespace):
    community = act.district.units["committee1"].pk
    case = act.step(act.submit(), Step.DISPATCH, people.dispatcher, support_units=[str(community)])
    act.step(case, Step.ACKNOWLEDGE, people.department_clerk)
    act.step(case, Step.ACKNOWLEDGE, people.community_cadre)  # second: no first response of the case
    act.closed()
    urban = act.district.units["urban"].pk

    for unit, responded in ((urban, 2), (community, 0)):
        _, document = get(f"/points/{unit}/first_response_median")
        assert document["value"]["denominator"] == responded
        assert [one["counts"] for one in document["cases"]["items"]] == [{"first_response": 1}] * responded


def test_a_case_is_marked_as_left_out_only_for_the_unit_it_was_left_out_for(get, act: Play, people: SimpleNamespace):
    community = act.district.units["committee1"]
    case = act.step(act.submit(), Step.DISPATCH, people.dispatcher, support_units=[str(community.pk)])
    act.step(case, Step.ACKNOWLEDGE, people.department_clerk)
    act.step(case, Step.ACKNOWLEDGE, people.community_cadre)
    urban = act.district.units["urban"]
    with scope.acting(SYSTEM):
        Exclusion.objects.create(
            case=case, number=case.number, unit=community, unit_pos=community.pos, indicators=[],
            start=dt.date(2020, 1, 1), end=dt.date(2100, 1, 1), code="x", reason="灾害", state="granted",
            asked_at=case.submitted_at, asked_by=people.supervisor.user_id, asked_name="甲",
        )  # fmt: skip

    marked = {
        unit.short_name: [
            one["excluded"] for one in get(f"/points/{unit.pk}/acknowledged_in_time")[1]["cases"]["items"]
        ]
        for unit in (urban, community)
    }
    assert marked == {urban.short_name: [False], community.short_name: [True]}


def test_a_case_out_of_sight_is_told_by_its_number_only(get, act: Play):
    case = act.closed()
    unit = act.district.units["urban"].pk
    _, document = get(f"/points/{unit}/closed_count", "other_subdistrict_dispatcher")

    (one,) = document["cases"]["items"]
    assert (one["id"], one["number"]) == (None, case.number)


def test_every_indicator_opens(get, act: Play):
    act.closed()
    unit = act.district.units["urban"].pk
    _, book = get("/indicators")

    for one in book["items"]:
        if "department" in one["unit_kinds"]:
            for side in ("numerator", "denominator"):
                assert get(f"/points/{unit}/{one['code']}", side=side)[0] == 200


def test_a_series_over_http(get, october):
    with scope.acting(SYSTEM):
        cell(Kind.UNIT, october.units["office2"].pk, start=dt.date(2026, 8, 1), due=20, due_kept=10)
    status, document = get(
        "/series", unit=str(october.units["office2"].pk), indicator="closed_in_time", period="2026-10", periods=3
    )

    assert status == 200
    assert [one["value"] for one in document["items"]] == [50.0, None, 70.0]


def test_a_scheme_is_drafted_tried_and_published_over_http(get, send, october):
    body = {"scheme": "subdistrict_monthly", "content": {"weights": WEIGHTS}, "reason": "突出时效"}
    tried = send("post", "/what-if", {"scheme": body["scheme"], "content": body["content"], "period": "2026-10"})
    status, version = send("post", "/schemes", body)
    own = send("post", f"/schemes/{version['id']}/publish", {"valid_from": "2099-01-01", "reason": "同意"})
    published = send(
        "post", f"/schemes/{version['id']}/publish", {"valid_from": "2099-01-01", "reason": "同意"}, "leader"
    )

    assert tried[0] == 200
    assert len(tried[1]["rows"]) == 2
    assert (status, version["state"]) == (201, "draft")
    assert own[0] == 403
    assert (published[0], published[1]["state"]) == (200, "published")
    listed = {one["code"]: one for one in get("/schemes")[1]["items"]}
    assert [one["number"] for one in listed["subdistrict_monthly"]["versions"]] == [2, 1]


@pytest.mark.parametrize("path", ["/what-if", "/schemes"])
def test_weights_that_do_not_add_up_are_refused_with_the_place(send, path):
    weights = WEIGHTS | {"closed_in_time": {"weight": 39, "floor": 60, "target": 98}}
    body = {"scheme": "subdistrict_monthly", "content": {"weights": weights}}
    status, problem = send("post", path, body | ({"period": "2026-10"} if path == "/what-if" else {"reason": "试试"}))

    assert (status, problem["code"]) == (422, "scheme_invalid")
    assert [one["at"] for one in problem["errors"]] == ["body.content.weights"]
    assert "99" in problem["errors"][0]["zh"]


def test_what_if_saves_nothing(get, send, october):
    before = get("/schemes")[1]
    send("post", "/what-if", {"scheme": "subdistrict_monthly", "content": {"weights": WEIGHTS}, "period": "2026-10"})

    assert get("/schemes")[1] == before


def test_no_answer_about_results_names_a_person(get, act: Play, october):
    act.closed()
    unit = act.district.units["urban"].pk
    answers = [
        get("/league", kind=kind)[1] for kind in ("subdistrict", "community", "department", "grid_team", "company")
    ]
    answers += [
        get("/five-steps", unit=str(unit))[1],
        get(f"/points/{unit}/closed_in_time")[1],
        get("/series", unit=str(unit), indicator="closed_in_time")[1],
    ]
    text = json.dumps(answers, ensure_ascii=False)

    with scope.acting(SYSTEM):
        persons = list(User.objects.values_list("id", "name"))
    assert persons
    assert not [name for person, name in persons if str(person) in text or name in text]
