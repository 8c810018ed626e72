"""More time: asked for with a reason, decided by another unit, counted from the moment it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from wangge.audit import selectors as audit
from wangge.casework import actions, documents, invariants, selectors, services, timing
from wangge.casework.models import Attachment, Case, Clock, TimeRequest
from wangge.casework.services.turn import Blocked, StandsWrong
from wangge.casework.tests.conftest import Play, almighty
from wangge.casework.tests.test_clocks import reread, shift
from wangge.casework.workflow import State, Step
from wangge.kit import clock
from wangge.kit.errors import Forbidden, Invalid
from wangge.org import scope
from wangge.org.scope import Actor


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    yield
    broken = {found.name for found in invariants.run()}
    assert not broken - {"due_clock_unfired", "outbox_unsent"}, broken  # some of these lives lie in the past


def of(case: Case, kind: str, system: Actor) -> Clock:
    with scope.acting(system):
        return Clock.objects.get(case=case, kind=kind)


def request_of(case: Case, system: Actor) -> TimeRequest:
    with scope.acting(system):
        return TimeRequest.objects.get(case=case)


def until(days: int) -> str:
    return (clock.now() + timedelta(days=days)).isoformat()


def test_what_is_granted_counts_from_the_asking(act: Play, people: SimpleNamespace, system: Actor) -> None:
    """The promise ran out while the decision waited: that is taken back, and the log says so."""
    case = act.asked(act.dispatched(), extend_days=3)
    asked = request_of(case, system).asked_at
    with scope.acting(system):
        now = clock.now()
        TimeRequest.objects.filter(case=case).update(asked_at=now - timedelta(hours=2))
        Clock.objects.filter(case=case, kind="handle").update(
            due_at=now - timedelta(hours=1), next_at=now - timedelta(seconds=1)
        )
    services.fire_due()
    assert of(case, "handle", system).missed_at is not None
    assert reread(case).card == "red"

    case = act.step(case, Step.GRANT_TIME, people.supervisor, reason="情况属实")

    handle = of(case, "handle", system)
    assert (handle.missed_at, handle.extra_days, case.card, case.extended) == (None, 3, "", True)
    assert handle.due_at > asked
    with scope.acting(system):
        last = audit.log_of(subject_type="case", subject_id=case.pk)[-1]
    assert (last.action, last.data["kind"], last.data["taken_back"]) == ("casework:case:grant_time", "extend", ["处置"])
    assert request_of(case, system).state == "granted"


def test_a_promise_broken_before_it_was_asked_for_stays_broken(
    act: Play, people: SimpleNamespace, system: Actor
) -> None:
    case = act.dispatched()
    broken = shift(case, "handle", next_at=timedelta(seconds=-1), due_at=timedelta(minutes=-1))
    services.fire_due()

    case = act.granted(case)

    kept = of(case, "handle", system)
    assert (kept.due_at, kept.extra_days) == (broken.due_at, 0)
    assert kept.missed_at is not None
    assert of(case, "whole", system).extra_days == 3


def test_who_finished_late_only_because_the_decision_waited_was_in_time(
    act: Play, people: SimpleNamespace, system: Actor
) -> None:
    case = act.asked(act.dispatched())
    with scope.acting(system):
        now = clock.now()
        TimeRequest.objects.filter(case=case).update(asked_at=now - timedelta(hours=2))
        Clock.objects.filter(case=case, kind="handle").update(due_at=now - timedelta(hours=1))
    clerk = people.department_clerk
    with scope.acting(clerk):
        evidence = [act.picture(clerk)]
    act.step(case, Step.HANDLE, clerk, result="已清运", attachments=evidence)
    assert of(case, "handle", system).state == "late"

    case = act.step(case, Step.GRANT_TIME, people.supervisor, reason="情况属实")

    assert case.state == State.HANDLED
    assert of(case, "handle", system).state == "met"
    assert of(case, "whole", system).extra_days == 3


def test_carrying_over_stands_still_from_the_asking(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.asked(act.dispatched(), kind="carry_over", until=until(20))
    asked = clock.now() - timedelta(hours=5)
    with scope.acting(system):
        TimeRequest.objects.filter(case=case).update(asked_at=asked)
        Clock.objects.filter(case=case).update(started_at=asked - timedelta(hours=1))

    case = act.step(case, Step.GRANT_TIME, people.supervisor, reason="情况属实")

    assert case.state == State.CARRIED_OVER
    with scope.acting(system):
        assert set(Clock.objects.filter(case=case).values_list("state", "paused_at")) == {("paused", asked)}


def test_decided_after_its_day_the_time_is_given_back_and_the_work_goes_on(
    act: Play, people: SimpleNamespace, system: Actor
) -> None:
    case = act.asked(act.dispatched(), kind="carry_over", until=until(1))
    before = of(case, "whole", system).due_at
    asked, end = clock.now() - timedelta(hours=30), clock.now() - timedelta(hours=6)
    with scope.acting(system):
        TimeRequest.objects.filter(case=case).update(asked_at=asked, until=end)
        Clock.objects.filter(case=case).update(started_at=asked)

    case = act.step(case, Step.GRANT_TIME, people.supervisor, reason="情况属实")

    whole = of(case, "whole", system)
    assert (case.state, whole.state, len(whole.pauses)) == (State.DISPATCHED, "running", 1)
    assert case.due_at == whole.due_at
    assert whole.due_at != before


def test_nobody_decides_what_their_own_unit_asked_for(act: Play, people: SimpleNamespace) -> None:
    case = act.asked(act.dispatched())
    colleague = replace(almighty(people.department_clerk), user_id=people.supervisor.user_id)
    for by in (almighty(people.department_clerk), colleague):
        for step in (Step.GRANT_TIME, Step.REFUSE_TIME):
            with pytest.raises(StandsWrong):
                act.step(case, step, by, reason="自己批")
    stand_in = replace(almighty(people.supervisor), on_behalf_of=people.department_clerk.user_id)
    with pytest.raises(StandsWrong):
        act.step(case, Step.GRANT_TIME, stand_in, reason="替自己批")
    with pytest.raises(Forbidden):
        act.step(case, Step.GRANT_TIME, people.arbiter, reason="越权")


def test_only_one_request_waits_and_it_can_be_withdrawn_by_its_unit(
    act: Play, people: SimpleNamespace, system: Actor
) -> None:
    case = act.asked(act.dispatched())
    with pytest.raises(Blocked):
        act.asked(case)
    with pytest.raises(StandsWrong):
        act.step(case, Step.WITHDRAW_TIME, almighty(people.supervisor))

    case = act.step(case, Step.WITHDRAW_TIME, people.department_clerk)

    assert request_of(case, system).state == "withdrawn"
    assert of(case, "whole", system).extra_days == 0
    with pytest.raises(Blocked):
        act.step(case, Step.GRANT_TIME, people.supervisor, reason="晚了")
    act.asked(case)


def test_refusing_changes_no_promise(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.dispatched()
    before = case.due_at
    act.asked(case)

    case = act.step(case, Step.REFUSE_TIME, people.supervisor, reason="可以按期完成")

    assert (case.due_at, case.extended) == (before, False)
    assert request_of(case, system).decision_reason == "可以按期完成"


def test_a_request_ends_with_the_work_it_is_about(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.asked(act.dispatched())

    act.step(case, Step.CANCEL, people.dispatcher, reason="不属实")

    assert request_of(case, system).state == "withdrawn"
    with scope.acting(system):
        assert audit.log_of(subject_type="case", subject_id=case.pk)[-1].data["request_lapsed"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "holiday"}, "body.kind"),
        ({"extend_days": 0}, "body.extend_days"),
        ({"extend_days": 11}, "body.extend_days"),
        ({"extend_days": None}, "body.extend_days"),
        ({"kind": "carry_over", "until": "2020-01-01"}, "body.until"),
        ({"kind": "carry_over", "until": "2099-01-01"}, "body.until"),
        ({"kind": "carry_over", "until": None}, "body.until"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_its_place(given: dict[str, object], field: str, act: Play) -> None:
    with pytest.raises(Invalid) as refused:
        act.asked(act.dispatched(), **given)

    assert [error["at"] for error in refused.value.errors] == [field]


def test_carrying_over_needs_evidence(act: Play, system: Actor) -> None:
    case = act.dispatched()
    with scope.acting(system):
        Attachment.objects.filter(case=case).delete()

    with pytest.raises(Invalid) as refused:
        act.asked(case, kind="carry_over", until=until(9), attachments=[])

    assert [error["at"] for error in refused.value.errors] == ["body.attachments"]


def test_the_rules_say_how_often(act: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    content = timing.base().file.model_dump(exclude_none=True) | {"extend": {"most_days": 5, "most_times": 2}}
    rules = timing.Rules(content)
    monkeypatch.setattr(timing, "rules", lambda: rules)
    case = act.dispatched()
    act.granted(case, extend_days=5)
    case = act.granted(case, extend_days=5)

    with pytest.raises(Blocked):
        act.asked(case, extend_days=1)
    with pytest.raises(Invalid):
        act.asked(act.dispatched(), extend_days=6)


def test_it_waits_in_the_list_of_those_who_can_decide(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    decides = almighty(people.supervisor)

    def todo(actor: Actor) -> list[str]:
        with scope.acting(actor):
            found = selectors.page(actor=actor, filters=selectors.Filters(view="todo")).items
            assert selectors.counts(actor=actor).todo == len(found)
            return [reason for row in found for reason in selectors.reasons_of(row, actor)]

    assert "延期、挂账待审批" not in todo(decides)
    act.asked(case)
    assert "延期、挂账待审批" in todo(decides)
    assert "延期、挂账待审批" not in todo(almighty(people.department_clerk))
    act.step(case, Step.GRANT_TIME, people.supervisor, reason="属实")
    assert "延期、挂账待审批" not in todo(decides)


def test_the_page_shows_the_request_and_the_buttons_that_fit(act: Play, people: SimpleNamespace) -> None:
    case = act.asked(act.dispatched())

    def shown(actor: Actor) -> dict[str, object]:
        with scope.acting(actor):
            return documents.case_document(selectors.case_of(case.pk, actor=actor), actor)

    def steps(document: dict[str, object]) -> set[str]:
        return {one["step"] for one in document["actions"] if "time" in one["step"]}  # type: ignore[attr-defined]

    clerk, supervisor = shown(people.department_clerk), shown(people.supervisor)
    (request,) = supervisor["time_requests"]  # type: ignore[misc]
    assert (request["kind"], request["state"], request["days"]) == ("extend", "asked", 3)
    assert steps(clerk) == {"withdraw_time"}
    assert steps(supervisor) == {"grant_time", "refuse_time"}
    assert isinstance(clerk["log"][-1]["text"], str)  # type: ignore[index]
    assert "申请延期、挂账：延期；延长工作日 3" in clerk["log"][-1]["text"]  # type: ignore[index]
    assert actions.TEXT[Step.ASK_TIME].en


# The resident's word on whether it is solved.


def test_an_answer_that_it_is_not_solved_opens_it_again(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.step(
        act.verified(), Step.CALL_BACK, people.supervisor, reached=True, resolved="no", rating=5, reason="还在"
    )

    assert (case.state, case.resolved, case.supervised) == (State.REOPENED, False, True)
    with scope.acting(system):
        last = audit.log_of(subject_type="case", subject_id=case.pk)[-1]
    assert (last.data["resolved"], last.data["reopened"]) == (False, "unsolved")


def test_who_is_reached_is_asked_and_nobody_else_answers(act: Play, people: SimpleNamespace) -> None:
    case = act.verified()
    for given in ({"reached": True}, {"reached": False, "resolved": True}, {"reached": True, "resolved": "maybe"}):
        with pytest.raises(Invalid) as refused:
            act.step(case, Step.CALL_BACK, people.supervisor, reason="回访", **given)
        assert [error["at"] for error in refused.value.errors] == ["body.resolved"]

    case = act.step(case, Step.CALL_BACK, people.supervisor, reason="回访", reached=True, resolved="yes")
    assert case.resolved is True
    with pytest.raises(Blocked):
        act.step(case, Step.RATE, people.supervisor, rating=5, resolved=False)
    assert act.step(case, Step.RATE, people.supervisor, rating=5).rating == 5


def test_a_new_round_is_asked_about_anew(act: Play, people: SimpleNamespace) -> None:
    case = act.step(act.verified(), Step.RATE, people.supervisor, rating=3, resolved=False)
    assert case.state == State.REOPENED
    case = act.step(case, Step.DISPATCH, people.dispatcher, support_units=[])
    clerk = people.department_clerk
    with scope.acting(clerk):
        evidence = [act.picture(clerk)]
    act.step(case, Step.HANDLE, clerk, result="已清运", attachments=evidence)
    case = act.step(case, Step.VERIFY, people.supervisor)
    assert case.resolved is None

    case = act.step(case, Step.RATE, people.supervisor, rating=3, resolved=False)

    assert (case.state, case.supervised) == (State.VERIFIED, True)  # a second time a person judges


def test_the_moment_a_phone_claims_stands_beside_ours(act: Play, people: SimpleNamespace) -> None:
    claimed = datetime.fromisoformat("2026-11-01T08:30:00+08:00")
    case = act.submit(claimed_at=claimed)

    with scope.acting(people.supervisor):
        shown = documents.case_document(selectors.case_of(case.pk, actor=people.supervisor), people.supervisor)

    assert shown["claimed_at"] == claimed
    assert shown["submitted_at"] > claimed
    assert "手机时间 2026-11-01 08:30" in shown["log"][0]["text"]
