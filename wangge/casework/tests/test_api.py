"""Cases over HTTP: what is answered, what is refused, and that the buttons are exactly what the services take."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.test import Client

from wangge.audit.models import Look
from wangge.casework import api, documents, schemas, selectors, services
from wangge.casework.models import Case, IdempotencyKey
from wangge.casework.policies import Perm
from wangge.casework.tests.conftest import Play
from wangge.casework.tests.test_workflow import ALL, in_state, inputs, undone
from wangge.casework.workflow import SEND_BACK_REASONS, TRANSITIONS, State, Step, steps_from
from wangge.kit import clock
from wangge.kit.errors import Forbidden, Invalid, NotFound
from wangge.kit.ids import uuid7
from wangge.org import channels, scope
from wangge.org import services as org
from wangge.org.models import Channel
from wangge.org.scope import Actor

ClientFor = Callable[[Actor | None], Client]


def post(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def report(client: Client, key: str | None = None, **given: Any) -> Any:
    body = {"title": "楼下有垃圾", "category": "M-01001"} | given
    return post(client, "/cases", body, **{"Idempotency-Key": key or str(uuid4())})


# Submitting.


def test_a_report_makes_a_case_and_says_where_it_went(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    lon, lat = act.district.point("grid1")
    answer = report(client_for(people.grid_member), lon=lon, lat=lat)

    assert answer.status_code == 201, answer.json()
    row = answer.json()
    assert row["state"] == "registered"
    assert row["area"]["path"] == "大观园街道 / 睦和苑社区 / 睦和苑一网格"
    assert row["lead_unit"]["name"] == "区城市管理局"
    seen = client_for(people.grid_member).get(f"/api/v1/cases/{row['id']}").json()
    assert {name: seen[name] for name in ("number", "area", "lead_unit", "due_at")} == {
        name: row[name] for name in ("number", "area", "lead_unit", "due_at")
    }


def test_the_same_request_again_gets_the_very_same_reply(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    client = client_for(people.dispatcher)
    lon, lat = act.district.point("grid1")
    first = report(client, "key-1", lon=lon, lat=lat)
    act.step(Case(pk=UUID(first.json()["id"])), Step.DISPATCH, people.dispatcher)
    again = report(client, "key-1", lon=lon, lat=lat)

    assert (again.status_code, again.content) == (first.status_code, first.content)
    with scope.acting(people.dispatcher):
        assert Case.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    client = client_for(people.dispatcher)
    report(client, "key-1")
    answer = report(client, "key-1", title="另一件事")

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_mismatch")


def test_two_people_may_use_the_same_key(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    first = report(client_for(people.dispatcher), "key-1")
    second = report(client_for(people.subdistrict_dispatcher), "key-1", title="另一件事")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_a_refused_report_leaves_its_key_free(
    act: Play, people: SimpleNamespace, client_for: ClientFor, superuser: psycopg.Connection[Any]
) -> None:
    client = client_for(people.dispatcher)
    assert report(client, "key-1", category="M-404").status_code == 422
    with scope.acting(people.dispatcher):
        assert not IdempotencyKey.objects.exists()
    assert report(client, "key-1").status_code == 201


def test_a_report_needs_its_key(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    answer = post(client_for(people.dispatcher), "/cases", {"title": "有垃圾"})

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({"title": ""}, "body.title"),
        ({"title": "长" * 121}, "body.title"),
        ({"state": "closed"}, "body.state"),
        ({"submitter_id": str(uuid4())}, "body.submitter_id"),
        ({"lon": 117.0}, "body.lon"),
        ({"lon": 200, "lat": 36}, "body.lon"),
        ({"crs": "EPSG:3857"}, "body.crs"),
        ({"urgency": "now"}, "body.urgency"),
        ({"attachments": ["x"]}, "body.attachments.0"),
        ({"claimed_at": "yesterday"}, "body.claimed_at"),
        ({"claimed_at": "9999-12-31T23:59:59Z"}, "body.claimed_at"),  # next year in Shanghai, which no list could show
        ({"claimed_at": "0001-01-01T00:00:00+14:00"}, "body.claimed_at"),
    ],
)
def test_what_is_wrong_with_a_report_is_named(
    given: dict[str, Any], at: str, act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    answer = report(client_for(people.dispatcher), **given)

    assert answer.status_code == 422
    assert at in [error["at"] for error in answer.json()["errors"]]


def test_shifted_coordinates_are_brought_back(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    """Just west of the border between two grids; half a kilometre of shift would put it in the other."""
    row = report(client_for(people.dispatcher), lon=116.9495 + 0.0061, lat=36.65 + 0.0006, crs="GCJ02").json()

    assert row["area"]["name"] == "睦和苑一网格"


def test_a_neighbouring_system_speaks_for_its_own_channel(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    system = replace(people.dispatcher, channel="hotline12345", roles=frozenset({"channel"}))
    assert api._channel(schemas.CaseIn(title="有垃圾"), system) == "hotline12345"
    with pytest.raises(Invalid):
        api._channel(schemas.CaseIn(title="有垃圾", channel="patrol"), system)


@pytest.mark.parametrize(
    ("who", "channel", "status"),
    [
        ("dispatcher", "no_such_channel", 422),
        ("dispatcher", "public", 422),  # the public page speaks for itself
        ("dispatcher", "alarm", 422),  # devices do
        ("dispatcher", "hotline12345", 201),  # a call taken down by hand
        ("grid_member", "hotline12345", 422),
        ("grid_member", "patrol", 201),
        ("grid_member", "letter", 201),
    ],
)
def test_people_hand_in_only_on_channels_that_exist_and_are_theirs(
    who: str, channel: str, status: int, act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    client = client_for(getattr(people, who))
    one = report(client, channel=channel)
    many = post(client, "/cases/bulk", {"cases": [{"key": "a", "title": "有垃圾", "channel": channel}]})

    assert one.status_code == status
    assert many.json()["results"][0]["status"] == status
    if status == 422:
        assert [error["at"] for error in one.json()["errors"]] == ["body.channel"]
        assert [error["at"] for error in many.json()["results"][0]["errors"]] == ["channel"]


def test_a_channel_out_of_use_is_closed_to_its_system_too(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    Channel.objects.filter(code="hotline12345").update(active=False)
    channels.revision.announce(uuid7())
    system = replace(people.dispatcher, channel="hotline12345", roles=frozenset({"channel"}))
    with pytest.raises(Invalid):
        api._channel(schemas.CaseIn(title="有垃圾"), system)


@pytest.fixture
def two_systems(act: Play, people: SimpleNamespace) -> list[Client]:
    """Both on the hotline's channel, each with a credential of its own."""
    unit = act.district.units["command"].pk
    issued = [
        org.issue_credential(
            name=name,
            channel="hotline12345",
            unit_id=unit,
            permissions=["casework:case:submit"],
            by=people.system_admin,
        )
        for name in ("city platform", "street platform")
    ]
    return [Client(headers={"Authorization": f"Bearer {secret}"}) for _, secret in issued]


def test_two_systems_of_one_channel_may_use_the_same_key(two_systems: list[Client]) -> None:
    def numbers(title: str, which: int) -> tuple[str, str]:
        one = report(two_systems[which], key="k-1", title=title)
        many = post(two_systems[which], "/cases/bulk", {"cases": [{"key": "k-2", "title": title}]}).json()["results"]
        assert (one.status_code, many[0]["errors"]) == (201, [])
        return one.json()["number"], many[0]["number"]

    first, second = numbers("有垃圾", 0), numbers("路面塌陷", 1)

    assert len({*first, *second}) == 4
    assert (numbers("有垃圾", 0), numbers("路面塌陷", 1)) == (first, second)


# Many at once.


def test_a_bulk_answers_each_by_itself_and_makes_nothing_twice(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    client = client_for(people.dispatcher)
    lon, lat = act.district.point("grid1")
    cases = [
        {"key": "a", "title": "有垃圾", "category": "M-01001", "lon": lon, "lat": lat, "channel": "letter"},
        {"key": "b", "title": "", "channel": "letter"},
        {"key": "c", "title": "某事", "state": "closed"},
        {"key": "d", "title": "路面塌陷", "channel": "patrol"},
    ]
    first = post(client, "/cases/bulk", {"cases": cases}).json()["results"]
    again = post(client, "/cases/bulk", {"cases": cases}).json()["results"]

    assert [(one["key"], one["status"]) for one in first] == [("a", 201), ("b", 422), ("c", 422), ("d", 201)]
    assert [(one["key"], one["status"]) for one in again] == [("a", 200), ("b", 422), ("c", 422), ("d", 200)]
    assert [one["id"] for one in first] == [one["id"] for one in again]
    assert first[2]["errors"][0]["at"] == "state"
    with scope.acting(people.dispatcher):
        assert Case.objects.count() == 2


def test_more_than_a_thousand_at_once_are_refused(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    cases = [{"key": str(number), "title": "有垃圾"} for number in range(1001)]

    assert post(client_for(people.dispatcher), "/cases/bulk", {"cases": cases}).status_code == 422


# One case.


def test_a_case_tells_its_whole_story_in_sentences(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    supervisor = people.supervisor
    case = act.verified(reporter_name="王小明", reporter_phone="13812345678")
    act.step(case, Step.CALL_BACK, supervisor, reached=True, resolved=True, rating=5, reason="满意")
    act.step(case, Step.CLOSE, supervisor)
    page = client_for(people.dispatcher).get(f"/api/v1/cases/{case.pk}").json()

    assert page["reporter"] == {"name_masked": "王**", "phone_masked": "138****5678"}
    assert [entry["action_name"] for entry in page["log"]] == [
        "上报", "派单", "签收", "办理完成", "核查通过", "回访", "办结",
    ]  # fmt: skip
    assert page["log"][2]["text"].startswith("城市管理局 褚城管 签收")
    assert "已清运" in page["log"][3]["text"]
    assert "转为“已办结”" in page["log"][-1]["text"]
    assert [clock["state"] for clock in page["clocks"]] == ["met"] * len(page["clocks"])
    assert page["work_orders"][0]["done_by"] == "褚城管"
    assert page["routing"]["steps"]
    assert "13812345678" not in json.dumps(page)


@pytest.mark.parametrize("path", ["/cases/{id}", "/cases/{id}/steps/comment", "/cases/{id}/look"])
def test_outside_the_scope_and_not_there_look_the_same(
    path: str, act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    case = act.submit()
    client = client_for(people.other_subdistrict_dispatcher)
    bodies = []
    for wanted in (case.pk, uuid4()):
        url = path.format(id=wanted)
        body = {"version": 1, "reason": "看看"} if "steps" in url else {"purpose": "核实"}
        answer = client.get(f"/api/v1{url}") if url.count("/") == 2 else post(client, url, body)
        assert answer.status_code == 404
        bodies.append(answer.content)
    assert bodies[0] == bodies[1]


def test_looking_at_the_reporter_is_kept_with_its_purpose(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    case = act.submit(reporter_name="王小明", reporter_phone="13812345678")
    client = client_for(people.dispatcher)

    assert post(client, f"/cases/{case.pk}/look", {"purpose": " "}).status_code == 422
    assert post(client_for(people.leader), f"/cases/{case.pk}/look", {"purpose": "核实"}).status_code == 403
    assert not Look.objects.exists()
    answer = post(client, f"/cases/{case.pk}/look", {"purpose": "电话核实地址"})

    assert answer.json() == {"reporter_name": "王小明", "reporter_phone": "13812345678"}
    look = Look.objects.get()
    assert (look.actor_id, look.purpose, look.subject_id) == (people.dispatcher.user_id, "电话核实地址", case.pk)


# Steps.


def test_a_step_answers_with_the_case_as_it_is_now(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    case = act.submit()
    answer = post(
        client_for(people.dispatcher), f"/cases/{case.pk}/steps/dispatch", {"version": 1, "support_units": []}
    )

    assert answer.status_code == 200, answer.json()
    page = answer.json()
    assert (page["state"], page["version"]) == ("dispatched", 2)
    assert page["work_orders"][0]["unit"]["name"] == "区城市管理局"


def test_the_second_of_two_learns_who_was_first(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    case = act.submit()
    client = client_for(people.dispatcher)
    post(client, f"/cases/{case.pk}/steps/dispatch", {"version": 1})
    answer = post(client, f"/cases/{case.pk}/steps/remind", {"version": 1, "reason": "快"})

    body = answer.json()
    assert answer.status_code == 409
    assert (body["by"], body["action"], body["current_version"]) == ("王调度", "casework:case:dispatch", 2)
    assert body["at"]


@pytest.mark.parametrize("name", ["by", "at", "case_id", "step", "state", "nonsense"])
def test_a_step_takes_no_field_of_its_own_making(
    name: str, act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    case = act.submit()
    answer = post(
        client_for(people.dispatcher), f"/cases/{case.pk}/steps/remind", {"version": 1, "reason": "快", name: "x"}
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == f"body.{name}"


def test_a_step_that_hands_the_case_out_of_sight_is_done_all_the_same(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    case = act.step(act.submit(channel="letter"), Step.ACCEPT, people.dispatcher)
    away = {"version": 2, "area": str(act.district.areas["grid5"].pk)}
    street = people.subdistrict_dispatcher
    answer = post(client_for(street), f"/cases/{case.pk}/steps/register", away)

    assert answer.status_code == 200, answer.json()
    assert answer.json()["area"]["name"] == "乐山第一网格"
    assert answer.json()["actions"] == []
    assert client_for(street).get(f"/api/v1/cases/{case.pk}").status_code == 404


# Buttons.


def offered(case: Case, actor: Actor) -> dict[str, dict[str, Any]]:
    with scope.acting(actor):
        page = documents.case_document(selectors.case_of(case.pk, actor=actor), actor)
    return {action["step"]: action for action in page["actions"]}


def taken(act: Play, case: Case, step: Step, actor: Actor) -> bool:
    """Whether the services would take the step; nothing of it remains. Wrong inputs are the person's to mend."""
    possible = False

    def attempt() -> None:
        nonlocal possible
        try:
            with scope.acting(actor):
                given = inputs(act, step, actor)
                services.take(case_id=case.pk, step=step, version=None, by=actor, **given)
        except (Forbidden, services.WrongState, services.Blocked, services.StandsWrong, NotFound):
            return
        except Invalid as error:
            own = {f"body.{name}" for name in (*TRANSITIONS[State(case.state), step].fields, "reason")}
            possible = all(one["at"] in own for one in error.errors)
        else:
            possible = True

    undone(attempt)
    return possible


def _two_refusals(act: Play) -> Case:
    case = act.submit()
    for _ in range(2):
        act.step(case, Step.DISPATCH, act.people.dispatcher, support_units=[])
        act.step(
            case, Step.SEND_BACK, act.people.department_clerk, reason="不归", send_back_code="not_ours", clause="二"
        )
    return case


def _whistled(act: Play) -> Case:
    units = [str(act.district.units["housing"].pk)]
    return act.step(
        act.dispatched(), Step.WHISTLE, act.people.subdistrict_dispatcher, kind="joint", unit_ids=units, message="请来"
    )


def _handled_while_waiting(act: Play) -> Case:
    until = (clock.now() + timedelta(days=9)).isoformat()
    case = act.asked(act.dispatched(), kind="carry_over", until=until)
    return act.step(case, Step.HANDLE, act.people.department_clerk, result="已清运")


def _with_child(act: Play) -> Case:
    parent = act.submit()
    act.step(act.submit(), Step.LINK, act.people.dispatcher, into=parent.pk)
    return parent


SPECIAL: dict[str, Callable[[Play], Case]] = {
    "sent back twice": _two_refusals,
    "acknowledged": lambda act: act.step(act.dispatched(), Step.ACKNOWLEDGE, act.people.department_clerk),
    "time asked for": lambda act: act.asked(act.dispatched()),
    "extended": lambda act: act.granted(act.dispatched()),
    "asked for time, handled meanwhile": _handled_while_waiting,
    "with an open whistle": _whistled,
    "with an open child": _with_child,
    "not called back": lambda act: act.verified(reporter_phone="13812345678"),
    "unplaced": lambda act: act.submit(lon=None, lat=None, channel="letter"),
    **{state.value: lambda act, state=state: in_state(act, state) for state in State},  # type: ignore[misc]
}


@pytest.mark.slow
@pytest.mark.parametrize("situation", SPECIAL)
def test_the_buttons_are_exactly_the_steps_the_services_take(
    situation: str, act: Play, people: SimpleNamespace
) -> None:
    case = SPECIAL[situation](act)
    names = ("dispatcher", "department_clerk", "supervisor", "subdistrict_dispatcher", "arbiter", "leader")
    actors = {name: getattr(people, name) for name in names}
    actors |= {f"{name}, able to do all": replace(actors[name], permissions=ALL) for name in names[:4]}
    for name, actor in actors.items():
        with scope.acting(actor):
            found = Case.objects.filter(pk=case.pk).first()
        if found is None:
            continue
        buttons = set(offered(found, actor))
        possible = {step.value for step in steps_from(State(found.state)) if taken(act, found, step, actor)}
        assert buttons == possible, name


def test_a_button_brings_its_inputs_and_what_is_known_already(act: Play, people: SimpleNamespace) -> None:
    dispatch = offered(act.submit(), people.dispatcher)["dispatch"]
    fields = {field["name"]: field for field in dispatch["fields"]}

    assert (dispatch["label"], dispatch["label_en"], dispatch["permission"]) == ("派单", "Dispatch", Perm.DISPATCH)
    assert fields["lead_unit"]["type"] == "unit"
    assert fields["lead_unit"]["default"] == act.district.units["urban"].pk
    assert not fields["lead_unit"]["required"]
    assert len(fields["support_units"]["default"]) == 1  # the list names the community
    send_back = offered(act.dispatched(), people.department_clerk)["send_back"]
    code = next(field for field in send_back["fields"] if field["name"] == "send_back_code")
    assert [option["value"] for option in code["options"]] == [reason.code for reason in SEND_BACK_REASONS]
    assert code["required"]
    assert code["hint"].startswith("退单截止")
    assert send_back["needs_reason"]


# Whistles, views.


def test_a_whistle_is_answered_over_http(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    case = _whistled(act)
    called, caller = client_for(people.other_department_clerk), client_for(people.subdistrict_dispatcher)
    whistle = called.get("/api/v1/whistles?view=mine").json()["items"][0]
    assert whistle["case"]["number"] == case.number
    assert [action["step"] for action in whistle["actions"]] == ["report_in"]

    whistle = post(called, f"/whistles/{whistle['id']}/steps/report_in", {}).json()
    assert whistle["responders"][0]["state_name"] == "已报到"
    assert [action["step"] for action in whistle["actions"]] == ["contribute"]
    whistle = post(called, f"/whistles/{whistle['id']}/steps/contribute", {"contribution": "已到场"}).json()
    actions = caller.get("/api/v1/whistles").json()["items"][0]["actions"]
    assert [action["step"] for action in actions] == ["grade", "end"]
    responder = actions[0]["fields"][0]["options"][0]["value"]
    graded = post(caller, f"/whistles/{whistle['id']}/steps/grade", {"responder_id": responder, "grade": 5})
    assert graded.json()["responders"][0]["grade"] == 5
    ended = post(caller, f"/whistles/{whistle['id']}/steps/end", {"outcome": "处置完毕"})
    assert ended.json()["ended_at"]
    assert caller.get("/api/v1/whistles").json()["items"] == []
    assert caller.get("/api/v1/whistles?view=ended").json()["total"] == 1


def test_a_whistle_out_of_sight_is_not_found(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    _whistled(act)
    whistle = client_for(people.dispatcher).get("/api/v1/whistles").json()["items"][0]
    stranger = client_for(people.other_subdistrict_dispatcher)

    assert stranger.get("/api/v1/whistles").json()["items"] == []
    assert post(stranger, f"/whistles/{whistle['id']}/steps/end", {}).status_code == 404


def test_views_are_ones_own(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    client, other = client_for(people.dispatcher), client_for(people.leader)
    made = post(client, "/views", {"name": "逾期", "filters": {"overdue": True}})
    assert made.status_code == 201
    replaced = post(client, "/views", {"name": "逾期", "filters": {"overdue": True, "card": "red"}})
    assert replaced.json()["id"] == made.json()["id"]

    assert [one["filters"] for one in client.get("/api/v1/views").json()["items"]] == [{"overdue": True, "card": "red"}]
    assert other.get("/api/v1/views").json()["items"] == []
    assert other.delete(f"/api/v1/views/{made.json()['id']}").status_code == 404
    assert client.delete(f"/api/v1/views/{made.json()['id']}").status_code == 204


# Nearby.


def test_nearby_finds_the_same_matter_and_says_why(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    lon, lat = act.district.point("grid1")
    same = act.submit(title="睦和苑门口垃圾堆放", lon=lon + 0.0005, lat=lat)
    act.submit(title="路灯不亮", lon=lon, lat=lat + 0.001, category_code="C-01001")
    act.submit(title="睦和苑门口垃圾堆放", lon=lon + 0.005, lat=lat)  # 450 m away
    act.step(act.submit(title="垃圾", lon=lon, lat=lat), Step.CANCEL, people.dispatcher, reason="误报")

    found = (
        client_for(people.dispatcher)
        .get("/api/v1/cases/nearby", {"lon": lon, "lat": lat, "category": "M-01001", "text": "门口垃圾堆放"})
        .json()
    )
    assert found[0]["number"] == same.number
    assert len(found) == 2
    assert found[0]["distance_m"] == pytest.approx(45, abs=2)
    assert found[0]["reason"] == "相距约 45 米，同类事项，描述相近"
    assert (
        client_for(people.other_subdistrict_dispatcher).get("/api/v1/cases/nearby", {"lon": lon, "lat": lat}).json()
        == []
    )


@pytest.mark.parametrize("sort", ["-submitted_at", "submitted_at", "due_at"])
def test_the_address_of_the_next_page_is_taken(
    sort: str, act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    client = client_for(people.grid_member)
    lon, lat = act.district.point("grid1")
    for _ in range(3):
        assert report(client, lon=lon, lat=lat).status_code == 201

    seen, cursor = [], ""
    while cursor is not None:
        answer = client.get(
            "/api/v1/cases", {"view": "mine", "sort": sort, "limit": 2} | ({"cursor": cursor} if cursor else {})
        )
        assert answer.status_code == 200, answer.json()
        seen += [row["id"] for row in answer.json()["items"]]
        cursor = answer.json()["next"]
    assert len(seen) == len(set(seen)) == 3
