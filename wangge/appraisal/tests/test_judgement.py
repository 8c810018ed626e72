"""Cases left out of figures, and appeals: asked by one, decided by another, open to those who must know."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from tests.factories import District
from wangge.appraisal.models import Appeal, AppealState, Bulletin, Exclusion, ExclusionState
from wangge.appraisal.models.judgement import APPEAL_STEPS, EXCLUSION_STEPS
from wangge.appraisal.selectors import appeals as read_appeals
from wangge.appraisal.selectors import exclusions as read_exclusions
from wangge.appraisal.selectors import remarks
from wangge.appraisal.services import appeals, exclusions
from wangge.appraisal.services.deciding import Decided, NotYoursToDecide, next_state
from wangge.appraisal.tests import judging_rules
from wangge.audit import services as audit
from wangge.calendars.models import Calendar
from wangge.casework.models import Attachment, Case, Party, WorkOrder
from wangge.kit import clock
from wangge.kit.errors import Forbidden, Invalid, NotFound
from wangge.org import scope
from wangge.org.scope import Actor, system_actor

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
WHY = "供水主管由区外单位维护，无权处置"
PERIOD = {"start": OCTOBER, "end": NOVEMBER}
JSON = "application/json"


@pytest.fixture
def case(district: District, people: SimpleNamespace) -> Case:
    """The urban department's, in grid 1, handled by its clerk."""
    with scope.acting(system_actor("test")):
        judging_rules.load()
        Calendar.objects.create(code="office", name="全天", duty=[["00:00", "24:00"]])
        now, urban, place = clock.now(), district.units["urban"], district.versions["grid1"]
        made = Case.objects.create(
            number="2026101200001", state="closed", title="井盖破损", channel="hotline12345", area_pos=place.pos,
            lead_unit=urban, submitter_id=people.dispatcher.user_id, submitted_at=now, closed_at=now,
        )  # fmt: skip
        Party.objects.create(case=made, unit=urban, unit_pos=urban.pos, role="lead", submitted_at=now)
        WorkOrder.objects.create(
            case=made, unit=urban, unit_pos=urban.pos, state="done", assigned_at=now,
            worked_by=[people.department_clerk.user_id],
        )  # fmt: skip
        return made


def asked(case: Case, by: Actor, **given: Any) -> Exclusion:
    values = {"code": "outside_powers", "reason": WHY, "evidence": "权属证明"} | PERIOD | given
    with scope.acting(by):
        return exclusions.ask(case_id=case.pk, unit_id=case.lead_unit_id, by=by, **values)  # type: ignore[arg-type]


def appealed(case: Case | None, by: Actor, **given: Any) -> Appeal:
    values = {"statement": f"该案件不应计入本单位：{WHY}"} | PERIOD | given
    with scope.acting(by):
        return appeals.make(unit_id=None, case_id=case.pk if case else None, by=by, **values)  # type: ignore[arg-type]


# --- exclusions ---------------------------------------------------------------------------------------------------


def test_a_case_is_left_out_only_when_another_person_grants_it(
    case: Case, department_clerk: Actor, supervisor: Actor
) -> None:
    made = asked(case, department_clerk)
    span: Any = {"start": dt.date(2026, 10, 5), "end": dt.date(2026, 10, 6)}
    with scope.acting(supervisor):
        assert read_exclusions.excluded(**span) == []
        exclusions.decide(exclusion_id=made.pk, granted=True, reason="权属证明属实", by=supervisor)
        (one,) = read_exclusions.excluded(**span)
        assert (one.case_id, one.unit_id, one.number) == (case.pk, case.lead_unit_id, case.number)
        assert one.covers("on_time")
        assert read_exclusions.excluded(start=NOVEMBER, end=dt.date(2026, 12, 1)) == []
        assert Case.objects.filter(pk=case.pk, state="closed").exists()
        assert audit.verify_chain("exclusion", made.pk).whole


def test_an_exclusion_of_named_indicators_leaves_the_others_alone(
    case: Case, department_clerk: Actor, supervisor: Actor
) -> None:
    made = asked(case, department_clerk, indicators=["on_time"])
    with scope.acting(supervisor):
        exclusions.decide(exclusion_id=made.pk, granted=True, reason="权属证明属实", by=supervisor)
        (one,) = read_exclusions.excluded(**PERIOD)  # type: ignore[arg-type]
    assert one.covers("on_time")
    assert not one.covers("satisfaction")


def test_nobody_grants_what_they_asked_for_and_nobody_of_the_unit_does(
    case: Case, department_clerk: Actor, supervisor: Actor
) -> None:
    mine = asked(case, supervisor)
    own = replace(department_clerk, permissions=supervisor.permissions)
    stand_in = replace(supervisor, user_id=uuid4(), on_behalf_of=supervisor.user_id)
    for actor in (supervisor, own, stand_in):
        with scope.acting(actor), pytest.raises(NotYoursToDecide):
            exclusions.decide(exclusion_id=mine.pk, granted=True, reason="本人同意本人", by=actor)
    with scope.acting(supervisor), pytest.raises(IntegrityError), transaction.atomic():
        Exclusion.objects.filter(pk=mine.pk).update(decided_by=supervisor.user_id)  # nor past the services


def test_what_was_granted_can_be_withdrawn_with_a_reason_and_then_stays_withdrawn(
    case: Case, department_clerk: Actor, supervisor: Actor
) -> None:
    made = asked(case, department_clerk)
    with scope.acting(supervisor):
        exclusions.decide(exclusion_id=made.pk, granted=True, reason="权属证明属实", by=supervisor)
    with scope.acting(department_clerk), pytest.raises(Forbidden):
        exclusions.withdraw(exclusion_id=made.pk, reason="不需要了谢谢", by=department_clerk)
    with scope.acting(supervisor):
        with pytest.raises(Invalid):
            exclusions.withdraw(exclusion_id=made.pk, reason="  ", by=supervisor)
        exclusions.withdraw(exclusion_id=made.pk, reason="证明经查系伪造", by=supervisor)
        assert read_exclusions.excluded(**PERIOD) == []  # type: ignore[arg-type]
        with pytest.raises(Decided):
            exclusions.decide(exclusion_id=made.pk, granted=True, reason="权属证明属实", by=supervisor)
    assert asked(case, department_clerk).state == ExclusionState.ASKED  # and may be asked for anew


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "bad_luck"}, "body.code"),
        ({"evidence": ""}, "body.evidence"),
        ({"reason": "……"}, "body.reason"),
        ({"reason": "字" * 501}, "body.reason"),
        ({"end": OCTOBER}, "body.period"),
        ({"end": dt.date(2029, 1, 1)}, "body.period"),
        ({"indicators": [""]}, "body.indicators"),
    ],
)
def test_an_exclusion_says_why_and_for_when(
    case: Case, department_clerk: Actor, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        asked(case, department_clerk, **given)
    assert [one["at"] for one in refused.value.errors] == [field]


def test_a_unit_asks_for_itself_and_about_cases_it_has_a_part_in(
    case: Case, district: District, people: SimpleNamespace
) -> None:
    with pytest.raises(NotFound):
        asked(case, people.other_department_clerk)  # does not even see it
    with pytest.raises(Forbidden):
        asked(case, people.subdistrict_dispatcher)  # sees it, is another unit
    case.lead_unit = district.units["housing"]  # as if the housing department's figures were to gain
    with pytest.raises(exclusions.NoPart):
        asked(case, people.supervisor)


def test_the_same_case_is_not_asked_about_twice_for_one_period(case: Case, department_clerk: Actor) -> None:
    asked(case, department_clerk)
    with pytest.raises(exclusions.ExcludedAlready):
        asked(case, department_clerk, start=dt.date(2026, 10, 20), end=dt.date(2026, 11, 20))


def test_the_register_is_open_to_all_who_read_results_and_says_nothing_of_the_content(
    case: Case, people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    asked(case, people.department_clerk)
    answer = client_for(people.other_department_clerk).get("/api/v1/appraisal/exclusions?period=2026-10")
    (row,) = answer.json()["items"]
    assert (row["number"], row["reason"], row["code_name"]) == (case.number, WHY, "需上级或区外单位办理")
    assert "井盖" not in answer.content.decode()
    assert client_for(people.supervisor).get("/api/v1/appraisal/exclusions").json()["to_decide"] == 1
    assert client_for(people.grid_member).get("/api/v1/appraisal/exclusions").status_code == 403


# --- appeals ------------------------------------------------------------------------------------------------------


def test_an_upheld_appeal_leaves_the_case_out_in_the_name_of_the_unit(
    case: Case, department_clerk: Actor, arbiter: Actor
) -> None:
    made = appealed(case, department_clerk)
    with scope.acting(arbiter):
        assert read_appeals.to_decide(arbiter) == 1
        done = appeals.decide(
            appeal_id=made.pk, outcome="upheld", reason="职责确属区外单位", exclude=True, code="outside_powers",
            by=arbiter,
        )  # fmt: skip
        (one,) = read_exclusions.excluded(**PERIOD)  # type: ignore[arg-type]
        register = Exclusion.objects.get(pk=one.id)
        assert (done.exclusion_id, read_appeals.to_decide(arbiter)) == (one.id, 0)
        assert (register.asked_by, register.decided_by) == (department_clerk.user_id, arbiter.user_id)
        assert audit.verify_chain("appeal", made.pk).whole


def test_an_upheld_appeal_decides_the_exclusion_that_waits(case: Case, department_clerk: Actor, arbiter: Actor) -> None:
    waiting = asked(case, department_clerk)
    made = appealed(case, department_clerk)
    with scope.acting(arbiter):
        done = appeals.decide(
            appeal_id=made.pk, outcome="partly", reason="职责确属区外单位", exclude=True, code="outside_powers",
            by=arbiter,
        )  # fmt: skip
        assert done.exclusion_id == waiting.pk
        assert Exclusion.objects.get().state == ExclusionState.GRANTED


def test_an_appeal_about_a_figure_puts_on_record_what_is_true(
    case: Case, department_clerk: Actor, arbiter: Actor, other_department_clerk: Actor
) -> None:
    made = appealed(None, department_clerk, indicators=["on_time"])
    with scope.acting(arbiter):
        with pytest.raises(Invalid):
            appeals.decide(appeal_id=made.pk, outcome="upheld", reason="确有误差", exclude=True, by=arbiter)
        with pytest.raises(Invalid):
            appeals.decide(appeal_id=made.pk, outcome="upheld", reason="确有误差", by=arbiter)
        said = "系统停机两小时，三件顺延"
        appeals.decide(appeal_id=made.pk, outcome="upheld", reason="确有误差", correction=said, by=arbiter)
    with scope.acting(other_department_clerk):
        (told,) = read_appeals.corrections(start=OCTOBER, end=NOVEMBER)
        (remark,) = remarks.of_units(start=OCTOBER, end=NOVEMBER)[made.unit_id]
        assert remark["text"] == f"申诉更正：{said}"
    assert (told.unit_id, told.text, told.indicators) == (made.unit_id, said, {"on_time"})


def test_a_refused_appeal_changes_nothing_and_says_why(case: Case, department_clerk: Actor, arbiter: Actor) -> None:
    made = appealed(case, department_clerk)
    with scope.acting(arbiter):
        done = appeals.decide(appeal_id=made.pk, outcome="refused", reason="职责清单列明由你局负责", by=arbiter)
        assert (done.state, read_exclusions.excluded(start=OCTOBER, end=NOVEMBER)) == (AppealState.REFUSED, [])
        with pytest.raises(Decided):
            appeals.decide(appeal_id=made.pk, outcome="refused", reason="再驳回一次看看", by=arbiter)
    with scope.acting(department_clerk):
        assert read_appeals.row(done, department_clerk)["decision"] == "职责清单列明由你局负责"


def test_nobody_involved_decides(case: Case, people: SimpleNamespace, department_clerk: Actor, arbiter: Actor) -> None:
    """Not of the unit, not who made it, not who handled or submitted the case, not who refused the exclusion."""
    refused = asked(case, department_clerk)
    with scope.acting(people.supervisor):
        exclusions.decide(exclusion_id=refused.pk, granted=False, reason="证据不足不予剔除", by=people.supervisor)
    made = appealed(case, department_clerk)
    may = arbiter.permissions
    handler = replace(arbiter, user_id=department_clerk.user_id)
    of_the_unit = replace(people.department_clerk, user_id=uuid4(), permissions=may, scope=arbiter.scope)
    for actor in (replace(people.supervisor, permissions=may), replace(people.dispatcher, permissions=may), handler,
                  of_the_unit):  # fmt: skip
        with scope.acting(actor), pytest.raises(NotYoursToDecide):
            appeals.decide(appeal_id=made.pk, outcome="refused", reason="职责清单列明由你局负责", by=actor)
    with scope.acting(arbiter):
        assert appeals.decide(appeal_id=made.pk, outcome="refused", reason="职责清单列明", by=arbiter).decided_by


def test_an_appeal_is_possible_for_some_working_days_after_the_bulletin(
    case: Case, department_clerk: Actor, people: SimpleNamespace
) -> None:
    issued = dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC)
    with scope.acting(system_actor("test")):
        Bulletin.objects.create(
            kind="monthly", state="issued", start=OCTOBER, end=NOVEMBER, content={}, digest="", made_at=issued,
            made_by=uuid4(), made_name="蒋", issued_at=issued, issued_by=people.supervisor.user_id,
        )  # fmt: skip
    made = appealed(case, department_clerk, at=issued + dt.timedelta(days=1))
    assert made.due_at is not None
    assert dt.timedelta(days=5) <= made.due_at - issued <= dt.timedelta(days=9)
    with scope.acting(department_clerk):
        appeals.withdraw(appeal_id=made.pk, reason="材料尚需补充", by=department_clerk)
    with pytest.raises(appeals.AppealLate) as late:
        appealed(case, department_clerk, at=made.due_at + dt.timedelta(seconds=1))
    assert late.value.extra["until"] == made.due_at.isoformat()
    november = appealed(case, department_clerk, start=NOVEMBER, end=dt.date(2026, 12, 1))
    assert november.due_at is None  # nothing was told of it yet


def test_one_appeal_about_one_thing_waits_at_a_time(case: Case, department_clerk: Actor) -> None:
    appealed(case, department_clerk)
    appealed(None, department_clerk, indicators=["on_time"])
    with pytest.raises(appeals.AppealedAlready):
        appealed(case, department_clerk)
    with pytest.raises(appeals.AppealedAlready):
        appealed(None, department_clerk, indicators=["solved", "on_time"])
    with pytest.raises(Invalid):
        appealed(None, department_clerk)  # about nothing


def test_evidence_goes_to_the_case(case: Case, department_clerk: Actor, other_department_clerk: Actor) -> None:
    def upload(by: Actor) -> Attachment:
        with scope.acting(by):
            return Attachment.objects.create(
                phase="appeal", name="证明.jpg", content_type="image/jpeg", size=1, path="x.jpg",
                uploader_id=by.user_id, uploaded_at=clock.now(),
            )  # fmt: skip

    file, theirs = upload(department_clerk), upload(other_department_clerk)
    with pytest.raises(Invalid):
        appealed(case, department_clerk, attachment_ids=[theirs.pk])
    made = appealed(case, department_clerk, attachment_ids=[file.pk])
    with scope.acting(department_clerk):
        assert Attachment.objects.get(pk=file.pk).case_id == case.pk
        assert [one["id"] for one in read_appeals.document(made, department_clerk)["attachments"]] == [file.pk]


def test_both_sides_see_an_appeal_and_a_stranger_finds_none(
    case: Case, people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    body = {"case_id": str(case.pk), "period": "2026-10", "statement": f"不应计入本单位：{WHY}"}
    made = client_for(people.department_clerk).post("/api/v1/appraisal/appeals", body, content_type=JSON)
    assert made.status_code == 201, made.content
    address = f"/api/v1/appraisal/appeals/{made.json()['id']}"
    assert client_for(people.department_clerk).get("/api/v1/appraisal/appeals").json()["waiting"] == 1
    decide = {"outcome": "refused", "reason": "职责清单列明由你局负责"}
    assert client_for(people.department_clerk).post(f"{address}/decision", decide, content_type=JSON).status_code == 403
    assert client_for(people.other_department_clerk).get(address).status_code == 404
    assert client_for(people.other_department_clerk).get("/api/v1/appraisal/appeals").json()["items"] == []
    done = client_for(people.arbiter).post(f"{address}/decision", decide, content_type=JSON)
    assert (done.status_code, done.json()["state_name"]) == (200, "不成立")
    assert client_for(people.department_clerk).get(address).json()["decision"] == decide["reason"]
    with scope.acting(people.other_department_clerk):
        assert not Appeal.objects.exists()  # the second lock


@pytest.mark.parametrize(("table", "states"), [(EXCLUSION_STEPS, ExclusionState), (APPEAL_STEPS, AppealState)])
def test_only_the_steps_of_the_table_exist(table: dict[Any, Any], states: Any) -> None:
    steps = {step for _, step in table}
    for state, step in itertools.product(states, steps):
        if (state, step) in table:
            assert next_state(table, state, step) in states
        else:
            with pytest.raises(Decided):
                next_state(table, state, step)
    with pytest.raises(Invalid):
        next_state(table, next(iter(states)), "forget")
