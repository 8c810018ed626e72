"""What waits for whom: the badge, the list and the reasons are one thing, and each duty ends with its step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from wangge.casework import selectors, services
from wangge.casework.models import Case, Whistle, WorkOrder
from wangge.casework.selectors import Filters
from wangge.casework.tests.conftest import Play
from wangge.casework.tests.test_workflow import ALL, in_state
from wangge.casework.workflow import ENDED, State, Step
from wangge.org import scope
from wangge.org.scope import Actor

ClientFor = Callable[[Actor | None], Client]


def todo(actor: Actor) -> dict[str, list[str]]:
    """Number of each case that waits for the actor, and why."""
    with scope.acting(actor):
        found = selectors.page(actor=actor, filters=Filters(view="todo"), limit=100)
        badge = selectors.counts(actor=actor).todo
        assert found.total == badge == len(found.items)
        return {case.number: selectors.reasons_of(case, actor) for case in found.items}


@pytest.fixture
def life(act: Play) -> dict[State, Case]:
    """A case in every state."""
    return {state: in_state(act, state) for state in State}


def test_the_badge_equals_the_list_for_everybody_and_every_row_has_its_reason(
    life: dict[State, Case], act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    for key, actor in vars(people).items():
        reasons = todo(actor)
        assert all(reasons.values()), key
        if "casework:case:read" in actor.permissions:
            client = client_for(actor)
            assert client.get("/api/v1/cases/counts").json()["todo"] == len(reasons), key
            items = client.get("/api/v1/cases?view=todo&limit=100").json()["items"]
            assert {row["number"]: row["todo"] for row in items} == reasons, key


def test_what_has_ended_or_stands_aside_waits_for_nobody(life: dict[State, Case], people: SimpleNamespace) -> None:
    quiet = {life[state].number for state in (*ENDED, State.CARRIED_OVER)}

    for key, actor in vars(people).items():
        able = replace(actor, permissions=ALL)
        assert not quiet & set(todo(able)), key


@pytest.mark.parametrize(
    ("state", "who", "reason"),
    [
        (State.SUBMITTED, "dispatcher", "待受理"),
        (State.ACCEPTED, "dispatcher", "待立案"),
        (State.REGISTERED, "dispatcher", "待派单"),
        (State.REOPENED, "dispatcher", "重办待派单"),
        (State.DISPATCHED, "department_clerk", "待签收"),
        (State.HANDLED, "supervisor", "待核查"),
        (State.VERIFIED, "supervisor", "待办结"),
    ],
)
def test_each_state_waits_for_its_desk(state: State, who: str, reason: str, act: Play, people: SimpleNamespace) -> None:
    case = in_state(act, state)

    assert todo(getattr(people, who)) == {case.number: [reason]}


def test_a_street_has_only_its_own_half_to_do(act: Play, people: SimpleNamespace) -> None:
    act.submit()

    assert len(todo(people.subdistrict_dispatcher)) == 1
    assert todo(people.other_subdistrict_dispatcher) == {}


def test_an_order_waits_for_its_unit_until_somebody_takes_it(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    clerk = people.department_clerk
    colleague = replace(clerk, user_id=people.leader.user_id)
    assert todo(clerk) == todo(colleague) == {case.number: ["待签收"]}
    assert todo(people.other_department_clerk) == {}

    act.step(case, Step.ACKNOWLEDGE, clerk)

    assert todo(clerk) == {case.number: ["待处置"]}
    assert todo(colleague) == {}


def test_who_handled_it_is_not_asked_to_check_it(act: Play, people: SimpleNamespace) -> None:
    case = act.handled()
    handler = replace(people.department_clerk, permissions=ALL)

    assert "待核查" not in todo(handler).get(case.number, [])
    assert todo(people.supervisor) == {case.number: ["待核查"]}


def test_a_resident_who_left_a_number_is_called_back_before_closing(act: Play, people: SimpleNamespace) -> None:
    case = act.verified(reporter_phone="13812345678")
    assert todo(people.supervisor) == {case.number: ["待回访"]}

    act.step(case, Step.CALL_BACK, people.supervisor, reached=True, resolved=True, rating=5, reason="满意")

    assert todo(people.supervisor) == {case.number: ["待办结"]}


def test_after_two_refusals_it_waits_for_the_arbiter_and_not_for_the_dispatcher(
    act: Play, people: SimpleNamespace
) -> None:
    case = act.submit()
    for _ in range(2):
        act.step(case, Step.DISPATCH, people.dispatcher, support_units=[])
        act.step(
            case, Step.SEND_BACK, people.department_clerk, reason="不归我们", send_back_code="not_ours", clause="第二条"
        )
    assert todo(people.dispatcher) == {}
    assert todo(people.arbiter) == {case.number: ["多次退单，待裁定"]}

    unit = str(act.district.units["housing"].pk)
    act.step(case, Step.RULE, people.arbiter, reason="归住建", lead_unit=unit)

    assert todo(people.arbiter) == {}
    assert todo(people.dispatcher) == {case.number: ["待派单"]}


def test_a_whistle_waits_for_the_called_then_for_the_caller(act: Play, people: SimpleNamespace) -> None:
    case, whistle = whistled(act)
    called, caller = people.other_department_clerk, people.community_cadre
    assert todo(called) == {case.number: ["待报到"]}
    assert todo(caller) == {}

    verb(whistle, "report_in", called)
    assert todo(called) == {case.number: ["已报到，待协同处置"]}
    assert todo(caller) == {case.number: ["吹哨待评价"]}

    verb(whistle, "contribute", called, contribution="已到场")
    assert todo(called) == {}

    with scope.acting(caller):
        responder = whistle.responders.get()
    verb(whistle, "grade", caller, responder_id=str(responder.pk), grade=5)
    assert todo(caller) == {case.number: ["吹哨待结束"]}

    verb(whistle, "end", caller, outcome="好了")
    assert todo(caller) == {}


def whistled(act: Play) -> tuple[Case, Whistle]:
    people = act.people
    housing = str(act.district.units["housing"].pk)
    case = act.step(
        act.dispatched(), Step.WHISTLE, people.community_cadre, kind="joint", unit_ids=[housing], message="请到现场"
    )
    with scope.acting(people.community_cadre):
        return case, Whistle.objects.get(case=case)


def verb(whistle: Whistle, step: str, by: Actor, **given: Any) -> None:
    with scope.acting(by):
        services.whistle_step(whistle_id=whistle.pk, verb=step, by=by, **given)


def test_a_grid_lead_minds_the_whistle_of_the_community(act: Play, people: SimpleNamespace) -> None:
    case, whistle = whistled(act)
    verb(whistle, "report_in", people.other_department_clerk)
    lead = replace(people.grid_member, permissions=ALL)

    assert "吹哨待评价" in todo(lead)[case.number]


def test_done_lists_what_one_took_a_step_on(act: Play, people: SimpleNamespace) -> None:
    mine, other = act.dispatched(), act.dispatched()
    act.step(mine, Step.ACKNOWLEDGE, people.department_clerk)

    with scope.acting(people.department_clerk):
        page = selectors.page(actor=people.department_clerk, filters=Filters(view="done"))
        counts = selectors.counts(actor=people.department_clerk)
    assert [case.number for case in page.items] == [mine.number]
    assert counts.done == 1
    assert other.number != mine.number


def test_mine_lists_what_one_submitted(act: Play, people: SimpleNamespace) -> None:
    case = act.submit(by=people.grid_member, channel="patrol")
    act.submit()

    with scope.acting(people.grid_member):
        page = selectors.page(actor=people.grid_member, filters=Filters(view="mine"))
        counts = selectors.counts(actor=people.grid_member)
    assert [one.number for one in page.items] == [case.number]
    assert counts.mine == 1


def test_imported_history_is_nobodys_duty(act: Play, people: SimpleNamespace) -> None:
    case = act.submit()
    with scope.acting(people.dispatcher):
        Case.objects.filter(pk=case.pk).update(history=True)

    assert todo(people.dispatcher) == {}


def test_an_order_of_a_carried_over_case_waits_until_it_goes_on(act: Play, people: SimpleNamespace) -> None:
    case = in_state(act, State.CARRIED_OVER)
    with scope.acting(people.dispatcher):
        assert WorkOrder.objects.filter(case=case, state="assigned").exists()

    assert todo(people.department_clerk) == {}
