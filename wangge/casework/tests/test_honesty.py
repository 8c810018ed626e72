"""Nobody judges their own work, a broken promise stays broken and is told once, an answer counts once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from wangge.audit import selectors as audit
from wangge.casework import actions, documents, invariants, selectors, services
from wangge.casework.models import Case, Clock, ClockKind
from wangge.casework.services import Blocked, StandsWrong, drafts
from wangge.casework.tests.conftest import Play, almighty
from wangge.casework.tests.test_clocks import reread, shift
from wangge.casework.tests.test_whistle import blow, called, responder
from wangge.casework.workflow import State, Step
from wangge.org import scope
from wangge.org.scope import Actor


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    yield
    assert invariants.run() == []


def offered(case: Case, by: Actor) -> dict[str, list[str]]:
    with scope.acting(by):
        made = documents.case_document(selectors.case_of(case.pk, actor=by), by)
    return {action["step"]: [field["name"] for field in action["fields"]] for action in made["actions"]}


def told(case: Case, action: str, system: Actor) -> int:
    with scope.acting(system):
        return sum(one.action == action for one in audit.log_of(subject_type="case", subject_id=case.pk))


def test_work_done_in_somebodys_name_is_not_checked_by_them(act: Play, people: SimpleNamespace) -> None:
    absent = almighty(people.department_clerk)
    helper = replace(absent, user_id=people.other_department_clerk.user_id, on_behalf_of=absent.user_id)
    case = act.dispatched()
    with scope.acting(helper):
        evidence = [act.picture(helper)]
    case = act.step(case, Step.HANDLE, helper, result="已清运", attachments=evidence)

    for by in (absent, helper, replace(people.supervisor, on_behalf_of=absent.user_id)):
        with pytest.raises(StandsWrong):
            act.step(case, Step.VERIFY, almighty(by))
        assert Step.VERIFY not in offered(case, almighty(by))
    assert act.step(case, Step.VERIFY, people.supervisor).state == State.VERIFIED


def test_whoever_did_a_stage_does_not_check_the_whole(act: Play, people: SimpleNamespace) -> None:
    first = almighty(people.other_department_clerk)
    case = act.submit(category_code="C-01001")
    case = act.step(case, Step.REGISTER, people.dispatcher) if case.state == State.SUBMITTED else case
    case = act.step(case, Step.DISPATCH, people.dispatcher, lead_unit=str(first.unit_id), support_units=[])
    case = act.step(case, Step.HANDLE, first, result="已围挡", stage_only=True)
    colleague = replace(first, user_id=people.dispatcher.user_id)
    case = act.step(case, Step.HANDLE, colleague, result="已修复")

    assert case.state == State.HANDLED
    for by in (first, colleague):
        with pytest.raises(StandsWrong):
            act.step(case, Step.VERIFY, by)


def test_a_residents_matter_handled_on_the_spot_is_checked_and_asked_about(
    act: Play, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "SAMPLE_ONE_IN", 1 << 62)
    member = people.grid_member
    with scope.acting(member):
        evidence = act.picture(member)

    case = act.submit(
        member, channel="patrol", on_the_spot=True, result="已清运", attachment_ids=(evidence,),
        reporter_phone="13800000000",
    )  # fmt: skip

    assert case.state == State.HANDLED
    case = act.step(case, Step.VERIFY, people.supervisor)
    with pytest.raises(Blocked):
        act.step(case, Step.CLOSE, people.supervisor)
    assert Step.CLOSE not in offered(case, people.supervisor)


def test_work_done_again_is_asked_about_again_and_each_answer_stands(act: Play, people: SimpleNamespace) -> None:
    case = act.verified(reporter_phone="13800000000")
    case = act.step(case, Step.RATE, people.supervisor, rating=1)
    case = act.step(case, Step.DISPATCH, people.dispatcher, support_units=[])
    case = act.step(case, Step.HANDLE, people.department_clerk, result="再次清运")
    case = act.step(case, Step.VERIFY, people.supervisor)

    with pytest.raises(Blocked):
        act.step(case, Step.CLOSE, people.supervisor)
    case = act.step(case, Step.RATE, people.supervisor, rating=4)
    for step, given in ((Step.RATE, {}), (Step.CALL_BACK, {"reached": True, "resolved": True, "reason": "再问"})):
        with pytest.raises(Blocked):
            act.step(case, step, people.supervisor, rating=5, **given)
    buttons = offered(case, people.supervisor)
    assert Step.RATE not in buttons
    assert "rating" not in buttons[Step.CALL_BACK]
    assert act.step(case, Step.CLOSE, people.supervisor).rating == 4


def test_an_extension_does_not_mend_what_is_broken(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.dispatched()
    broken = shift(case, "handle", next_at=timedelta(seconds=-1), due_at=timedelta(minutes=-1))
    services.fire_due()
    missed = told(case, "casework:clock:missed", system)

    case = act.granted(case, extend_days=5)

    with scope.acting(system):
        again = Clock.objects.get(pk=broken.pk)
    assert (again.due_at, again.extra_days) == (broken.due_at, 0)
    assert again.missed_at is not None
    services.fire_due()
    assert told(case, "casework:clock:missed", system) == missed == 1
    assert reread(case).card == "red"


def test_a_pause_that_ends_tells_no_broken_promise_again(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.dispatched()
    shift(case, "whole", next_at=timedelta(seconds=-1), due_at=timedelta(minutes=-1))
    services.fire_due()
    by = almighty(people.dispatcher)
    until = (reread(case).submitted_at + timedelta(days=9)).isoformat()
    case = act.granted(case, kind="carry_over", reason="待汛期过后", until=until)

    act.step(case, Step.RESUME, by, reason="提前恢复")

    with scope.acting(system):
        assert Clock.objects.get(case=case, kind=ClockKind.WHOLE).missed_at is not None
    assert told(case, "casework:clock:missed", system) == 1


def test_cancelling_frees_what_was_merged_step_by_step(act: Play, people: SimpleNamespace, system: Actor) -> None:
    first, second, third = act.submit(), act.submit(), act.submit()
    by = almighty(people.dispatcher)
    act.step(first, Step.MERGE, by, into=second.pk, reason="同一事项")
    act.step(second, Step.MERGE, by, into=third.pk, reason="同一事项")

    act.step(third, Step.CANCEL, by, reason="不属实")

    with scope.acting(system):
        assert not Clock.objects.filter(case__in=[first, second, third], state__in=["running", "paused"]).exists()


def test_whoever_never_came_is_not_graded(act: Play, people: SimpleNamespace) -> None:
    _, whistle = called(act, "housing")
    caller = people.subdistrict_dispatcher
    blow(whistle, "end", caller)
    absent = responder(whistle, "housing", act)

    with pytest.raises(Blocked):
        blow(whistle, "grade", caller, responder_id=str(absent.pk), grade=5)
    with scope.acting(caller):
        shown = selectors.whistle_of(whistle.pk, actor=caller)
        assert actions.whistle_actions(shown, caller) == []


def test_a_street_sees_no_button_to_end_anothers_whistle(act: Play, people: SimpleNamespace) -> None:
    _, whistle = called(act, "housing")
    other = almighty(replace(people.subdistrict_dispatcher, unit_id=act.district.units["housing"].pk, unit_pos=1))
    with scope.acting(people.subdistrict_dispatcher):
        shown = selectors.whistle_of(whistle.pk, actor=people.subdistrict_dispatcher)
        steps = {one["step"] for one in actions.whistle_actions(shown, other)}
    assert "end" not in steps
