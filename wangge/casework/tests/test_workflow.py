"""The table of steps, over every pair of state and step, with and without the permission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from wangge.casework import invariants, services
from wangge.casework.models import Case, TimeRequest
from wangge.casework.policies import Perm
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import (
    ENDED,
    OPEN,
    TEXT,
    TRANSITIONS,
    State,
    Step,
    Who,
    may_become,
    mermaid,
    steps_from,
)
from wangge.kit import clock
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound
from wangge.org import scope
from wangge.org.scope import EVERYTHING, Actor

ALL = frozenset(Perm)


def in_state(act: Play, state: State) -> Case:
    people = act.people
    match state:
        case State.SUBMITTED:
            return act.submit(channel="letter")
        case State.ACCEPTED:
            return act.step(act.submit(channel="letter"), Step.ACCEPT, people.dispatcher)
        case State.REGISTERED:
            return act.submit()
        case State.DISPATCHED:
            return act.dispatched()
        case State.HANDLED:
            return act.handled()
        case State.VERIFIED:
            return act.verified()
        case State.CLOSED:
            return act.closed()
        case State.REOPENED:
            return act.step(act.closed(), Step.REOPEN, people.supervisor, reason="没有解决")
        case State.CARRIED_OVER:
            return carried_over(act)
        case State.CANCELLED:
            return act.step(act.submit(), Step.CANCEL, people.dispatcher, reason="误报")
        case State.MERGED:
            return act.step(act.submit(), Step.MERGE, people.dispatcher, into=act.verified().pk, reason="同一件事")


def carried_over(act: Play) -> Case:
    until = (clock.now() + timedelta(days=30)).isoformat()
    return act.granted(act.dispatched(), kind="carry_over", reason="冬季无法施工", until=until)


def actor_for(act: Play, state: State, step: Step) -> Actor:
    """Somebody in the right relation to the case, with every permission."""
    people = act.people
    who = {Who.ORDER_UNIT: people.department_clerk, Who.STREET_OR_COMMUNITY: people.subdistrict_dispatcher}
    transition = TRANSITIONS.get((state, step))
    actor = who.get(transition.who, people.supervisor) if transition else people.supervisor
    return replace(actor, permissions=ALL, scope=replace(EVERYTHING, own=actor.user_id))


def inputs(act: Play, step: Step, by: Actor) -> dict[str, Any]:
    transport = str(act.district.units["transport"].pk)
    return {
        Step.REGISTER: lambda: {"category": "M-01001"},
        Step.DISPATCH: lambda: {"instruction": "尽快"},
        Step.SEND_BACK: lambda: {"send_back_code": "not_ours", "clause": "条例第二条"},
        Step.REASSIGN: lambda: {"lead_unit": transport},
        Step.RULE: lambda: {"lead_unit": transport},
        Step.HANDLE: lambda: {"result": "已清运", "attachments": [act.picture(by)]},
        Step.HANDLE_ON_THE_SPOT: lambda: {"result": "已清运", "attachments": [act.picture(by)]},
        Step.CALL_BACK: lambda: {"reached": True, "resolved": True, "rating": 5},
        Step.RATE: lambda: {"rating": 4, "resolved": True},
        Step.ASK_TIME: lambda: {
            "kind": "carry_over",
            "until": (clock.now() + timedelta(days=9)).isoformat(),
            "attachments": [act.picture(by)],
        },
        Step.MERGE: lambda: {"into": act.submit().pk},
        Step.LINK: lambda: {"into": act.submit().pk},
        Step.WHISTLE: lambda: {"kind": "joint", "unit_ids": [transport], "message": "请到现场"},
    }.get(step, dict)() | ({"reason": "理由"} if step is not Step.DISPATCH else {})


DECISIONS = {Step.GRANT_TIME, Step.REFUSE_TIME, Step.WITHDRAW_TIME}


def waiting_request(act: Play, case: Case, by: Actor, step: Step) -> None:
    """Asked for by the clerk while it was being handled; by the one who withdraws it."""
    clerk = by if step is Step.WITHDRAW_TIME else act.people.department_clerk
    TimeRequest.objects.create(
        case=case, kind="extend", days=3, reason="等料", unit_id=clerk.unit_id, unit_pos=clerk.unit_pos,
        asked_at=case.submitted_at, asked_by=clerk.user_id, asked_name=clerk.name,
    )  # fmt: skip


def undone(body: Callable[[], None]) -> None:
    with transaction.atomic():
        body()
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", list(State))
def test_every_step_from_every_state(state: State, act: Play) -> None:
    case = in_state(act, state)
    assert case.state == state

    for step in Step:
        by = actor_for(act, state, step)
        powerless = replace(by, permissions=ALL - {t.permission for (_, s), t in TRANSITIONS.items() if s is step})

        def with_permission(step: Step = step, by: Actor = by) -> None:
            with scope.acting(by):
                given = inputs(act, step, by)
                if step in DECISIONS and (state, step) in TRANSITIONS:
                    waiting_request(act, case, by, step)
            if (state, step) not in TRANSITIONS:
                with pytest.raises(services.WrongState):
                    act.step(case, step, by, **given)
                return
            after = act.step(case, step, by, version=case.version, **given)
            assert after.state in may_become(state, step), step
            assert after.version == case.version + 1
            assert invariants.run() == [], step

        def without_permission(step: Step = step, by: Actor = powerless) -> None:
            expected = Forbidden if (state, step) in TRANSITIONS else services.WrongState
            with pytest.raises(expected):
                act.step(case, step, by, reason="理由")

        undone(with_permission)
        undone(without_permission)


@pytest.mark.parametrize(("pair", "transition"), list(TRANSITIONS.items()), ids=lambda v: str(v)[:40])
def test_a_required_reason_is_asked_for(pair: Any, transition: Any, act: Play, people: SimpleNamespace) -> None:
    state, step = pair
    if not transition.needs_reason or state not in (State.SUBMITTED, State.REGISTERED):
        assert step in TEXT
        return
    case = in_state(act, state)
    by = actor_for(act, state, step)
    with scope.acting(by):
        given = inputs(act, step, by)

    with pytest.raises(Invalid) as caught:
        act.step(case, step, by, **{**given, "reason": " "})

    assert [error["at"] for error in caught.value.errors] == ["body.reason"]


def test_inputs_the_step_does_not_know_are_refused(act: Play, people: SimpleNamespace) -> None:
    with pytest.raises(Invalid) as caught:
        act.step(act.submit(), Step.REMIND, people.dispatcher, reason="请尽快", rating=5, state="closed")

    assert {error["at"] for error in caught.value.errors} == {"body.rating", "body.state"}


def test_an_unknown_step_is_not_found(act: Play, people: SimpleNamespace) -> None:
    with pytest.raises(NotFound):
        act.step(act.submit(), "explode", people.dispatcher)


def test_a_case_outside_the_scope_looks_like_one_that_does_not_exist(act: Play, people: SimpleNamespace) -> None:
    case = act.submit()

    with pytest.raises(NotFound):
        act.step(case, Step.REMIND, people.other_subdistrict_dispatcher, reason="x")


def test_an_old_version_names_who_did_what(act: Play, people: SimpleNamespace) -> None:
    case = act.submit()
    seen = case.version
    act.step(case, Step.DISPATCH, people.dispatcher, version=seen)

    with pytest.raises(Conflict) as caught:
        act.step(case, Step.DISPATCH, people.subdistrict_dispatcher, version=seen)

    assert caught.value.extra["by"] == people.dispatcher.name
    assert caught.value.extra["action"] == "casework:case:dispatch"
    assert caught.value.extra["current_version"] == seen + 1
    assert "派单" in caught.value.detail_zh


def test_every_open_state_has_a_way_out_and_the_figure_draws_every_state() -> None:
    for state in OPEN:
        assert any(may_become(state, step) - {state} for step in steps_from(state)), state
    assert all(state in mermaid() for state in State)
    assert all(set(steps_from(state)) <= {Step.RATE, Step.REOPEN, Step.UNMERGE, Step.CALL_BACK} for state in ENDED)
    assert set(TEXT) == set(Step)
