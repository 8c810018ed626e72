"""Sending back, and the ruling that ends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from wangge.casework import invariants
from wangge.casework.models import Case, WorkOrder
from wangge.casework.services import Blocked, RulingNeeded
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import State, Step
from wangge.kit import clock
from wangge.kit.errors import Invalid
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.responsibility.models import Precedent


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    yield
    assert invariants.run() == []


def send_back(act: Play, case: Case) -> Case:
    clerk = act.people.department_clerk
    return act.step(case, Step.SEND_BACK, clerk, send_back_code="not_ours", clause="条例第九条", reason="不归我管")


def sent_back_twice(act: Play) -> Case:
    case = send_back(act, act.dispatched())
    return send_back(act, act.step(case, Step.DISPATCH, act.people.dispatcher, support_units=[]))


def test_sending_back_returns_the_case_and_withdraws_the_helpers(
    act: Play, people: SimpleNamespace, system: Actor
) -> None:
    case = act.step(act.submit(), Step.DISPATCH, people.dispatcher)

    case = send_back(act, case)

    assert (case.state, case.send_backs) == (State.REGISTERED, 1)
    with scope.acting(system):
        states = dict(WorkOrder.objects.filter(case=case).values_list("unit__code", "state"))
    assert states == {"370199-cgj": "sent_back", "370199001001-jw": "withdrawn"}


def test_not_ours_must_cite_the_clause(act: Play, people: SimpleNamespace) -> None:
    with pytest.raises(Invalid) as caught:
        act.step(
            act.dispatched(), Step.SEND_BACK, people.department_clerk, send_back_code="not_ours", reason="不归我管"
        )

    assert caught.value.errors[0]["at"] == "body.clause"


def test_after_two_working_days_it_is_too_late_and_the_rule_is_cited(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()

    with pytest.raises(Blocked) as caught:
        act.step(
            case, Step.SEND_BACK, people.department_clerk, send_back_code="duplicate", reason="重复",
            at=clock.now() + timedelta(days=7),
        )  # fmt: skip

    assert "2 个工作日" in caught.value.detail_zh
    assert caught.value.extra["rule"] == "send_back_within_working_days"


def test_after_two_send_backs_an_arbiter_must_rule(act: Play, people: SimpleNamespace) -> None:
    with pytest.raises(RulingNeeded):
        act.step(sent_back_twice(act), Step.DISPATCH, people.dispatcher)


def test_a_ruling_binds_dispatch_and_ends_sending_back(act: Play, people: SimpleNamespace, system: Actor) -> None:
    urban, housing = (act.district.units[key] for key in ("urban", "housing"))
    case = act.step(
        sent_back_twice(act), Step.RULE, people.arbiter, lead_unit=str(urban.pk), precedent=True, reason="依三定方案"
    )

    with pytest.raises(Blocked):
        act.step(case, Step.DISPATCH, people.dispatcher, lead_unit=str(housing.pk))
    case = act.step(case, Step.DISPATCH, people.dispatcher)
    with pytest.raises(Blocked):
        send_back(act, case)

    assert case.lead_unit_id == urban.pk
    with scope.acting(system):
        precedent = Precedent.objects.get(case_id=case.pk)
    assert precedent.area_id == act.district.areas["street1"].pk
    assert act.submit().clause.startswith("权属裁定")


def test_reassigning_withdraws_who_is_no_longer_named(act: Play, people: SimpleNamespace, system: Actor) -> None:
    housing = act.district.units["housing"]

    case = act.step(act.dispatched(), Step.REASSIGN, people.dispatcher, lead_unit=str(housing.pk), reason="改派")

    with scope.acting(system):
        found = dict(WorkOrder.objects.filter(case=case).values_list("unit__code", "state"))
    assert found == {"370199-cgj": "withdrawn", "370199-zjj": "assigned"}
    assert case.lead_unit_id == housing.pk
