"""A unit contests how it was counted: made in time, decided by somebody who had no hand in it, told to both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from wangge.appraisal.models import Appeal, AppealState, Exclusion
from wangge.appraisal.models.judgement import APPEAL_STEPS
from wangge.appraisal.policies import Perm
from wangge.appraisal.selectors import appeals
from wangge.appraisal.selectors.judging import rules, selves
from wangge.appraisal.services import exclusions
from wangge.appraisal.services.deciding import next_state, note, optional, stand_aside, stated
from wangge.casework.models import Attachment, Case
from wangge.casework.services import drafts
from wangge.kit import clock
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor

LOCAL = ZoneInfo("Asia/Shanghai")
PHASE = "appeal"
MOST_ATTACHMENTS = 20
Outcome = Literal["upheld", "partly", "refused"]
_STEPS: dict[str, str] = {"upheld": "uphold", "partly": "uphold_partly", "refused": "refuse"}


class AppealLate(Conflict):
    code = "appeal_late"
    title_zh = "申诉期限已过"
    title_en = "The time for appealing is over"


class AppealedAlready(Conflict):
    code = "appealed_already"
    title_zh = "同一事项已有申诉待裁决"
    title_en = "An appeal about this waits to be decided"


def make(
    *,
    unit_id: UUID | None,
    case_id: UUID | None,
    start: dt.date,
    end: dt.date,
    statement: str,
    by: Actor,
    indicators: Sequence[str] = (),
    attachment_ids: Sequence[UUID] = (),
    at: dt.datetime | None = None,
) -> Appeal:
    """About a case of the unit's own, or without one about figures of the period; `end` is the day after the last."""
    now, unit = at or clock.now(), _unit(unit_id, by)
    said = stated("body.statement", statement, least=10, most=2000)
    exclusions.check_period(start, end)
    due = _in_time(start, end, now)
    case = _own_case(case_id, unit, by) if case_id is not None else None
    named = exclusions.named(indicators)
    if case is None and not named:
        zh, en = "请指明案件或指标", "name a case or an indicator"
        raise Invalid(errors=[field_error("body.indicators", zh, en)])
    made = Appeal(
        unit=unit, unit_pos=unit.pos, case=case, number=case.number if case else "", indicators=named, start=start,
        end=end, statement=said, due_at=due, made_at=now, made_by=by.user_id, made_name=by.name,
        attachments=_claimed(case, attachment_ids, by),
    )  # fmt: skip
    _once(made)
    made.save(force_insert=True)
    note(
        "appeal", made.pk, "make", by=by, at=now, unit=unit, number=made.number, indicators=named, statement=said,
        start=start.isoformat(), end=end.isoformat(), attachments=[str(one) for one in made.attachments],
    )  # fmt: skip
    return made


def _unit(unit_id: UUID | None, by: Actor) -> Unit:
    wanted = unit_id or by.unit_id
    unit = Unit.objects.select_for_update().filter(pk=wanted).first() if wanted else None
    if unit is None or not by.may(Perm.MAKE_APPEAL):
        raise NotFound
    if not exclusions.acts_for(by, unit):
        raise Forbidden("只能为本单位申诉", "only for your own unit")
    return unit


def _in_time(start: dt.date, end: dt.date, now: dt.datetime) -> dt.datetime | None:
    due = appeals.deadline(start, end, rules().judgement.appeals)
    if due is not None and now > due:
        until = f"{due.astimezone(LOCAL):%Y-%m-%d %H:%M}"
        raise AppealLate(f"申诉须在 {until} 前提出", f"an appeal was possible until {until}", until=due.isoformat())
    return due


def _own_case(case_id: UUID, unit: Unit, by: Actor) -> Case:
    case = exclusions.visible_case(case_id, by)
    with scope.unrestricted():
        if case.lead_unit_id != unit.pk and not exclusions.has_part(case, unit):
            raise exclusions.NoPart(
                errors=[field_error("body.case", "只能就本单位的案件申诉", "only about a case of the unit's own")]
            )
    return case


def _claimed(case: Case | None, wanted: Sequence[UUID], by: Actor) -> list[UUID]:
    """Uploads go to the case, where whoever sees the case sees them."""
    ids = list(dict.fromkeys(wanted))
    if ids and case is None:
        zh, en = "对指标的申诉请在陈述中写明依据，附件只能随案件提交", "files can only be handed in with a case"
        raise Invalid(errors=[field_error("body.attachments", zh, en)])
    if len(ids) > MOST_ATTACHMENTS:
        raise Invalid(errors=[field_error("body.attachments", "附件过多", "too many files")])
    if case is not None and ids:
        drafts.claim_attachments(case.pk, ids, by, phase=PHASE)
        assert Attachment.objects.filter(pk__in=ids, case=case).count() == len(ids)
    return ids


def _once(made: Appeal) -> None:
    waiting = Appeal.objects.filter(
        unit=made.unit, case=made.case, state=AppealState.MADE, start__lt=made.end, end__gt=made.start
    )
    if made.case is None:
        waiting = waiting.filter(indicators__overlap=made.indicators)
    if waiting.exists():
        raise AppealedAlready


def decide(
    *,
    appeal_id: UUID,
    outcome: Outcome,
    reason: str,
    by: Actor,
    exclude: bool = False,
    code: str = "",
    correction: str = "",
    at: dt.datetime | None = None,
) -> Appeal:
    """Upheld, wholly or in part: the case is left out (`exclude`, with its code), or what is true is put on record."""
    now, found = at or clock.now(), _locked(appeal_id, by)
    if not by.may(Perm.DECIDE_APPEAL):
        raise Forbidden(permission=Perm.DECIDE_APPEAL)
    stand_aside(by, unit=found.unit, involved=appeals.hands_in(found))
    said = stated("body.reason", reason, most=1000)
    corrected = optional("body.correction", correction, 500)
    state = next_state(APPEAL_STEPS, AppealState(found.state), _STEPS.get(outcome, outcome))
    _effect_fits(found, outcome, exclude=exclude, corrected=corrected)
    found.state, found.decision, found.correction = state, said, corrected
    found.decided_at, found.decided_by, found.decided_name = now, by.user_id, by.name
    if exclude:
        found.exclusion = _left_out(found, code, by, now)
    found.save(
        update_fields=["state", "decision", "correction", "decided_at", "decided_by", "decided_name", "exclusion"]
    )
    note(
        "appeal", found.pk, "decide", by=by, at=now, unit=found.unit, state=found.state, reason=said,
        correction=corrected, exclusion=str(found.exclusion_id) if found.exclusion_id else None,
    )  # fmt: skip
    return found


def _effect_fits(found: Appeal, outcome: str, *, exclude: bool, corrected: str) -> None:
    errors = []
    if outcome == "refused" and (exclude or corrected):
        errors.append(field_error("body.outcome", "不成立的申诉不改变数据", "a refused appeal changes nothing"))
    if outcome != "refused" and not (exclude or corrected):
        zh, en = "申诉成立须剔除案件或写明更正内容", "leave the case out, or say what is true"
        errors.append(field_error("body.correction", zh, en))
    if exclude and found.case_id is None:
        errors.append(field_error("body.exclude", "对指标的申诉没有可剔除的案件", "it names no case to leave out"))
    if errors:
        raise Invalid(errors=errors)


def _left_out(found: Appeal, code: str, by: Actor, at: dt.datetime) -> Exclusion:
    """Asked for by the unit in its appeal, granted by the decision on it; one that waits already is decided by it."""
    assert found.case_id is not None
    exclusions.check_code(code, found.statement)
    waiting = exclusions.waiting(found.case_id, found.unit_id, found.start, found.end)
    if waiting is not None:
        exclusions.settle(waiting, granted=True, decision=found.decision, by=by, at=at)
        return waiting
    with scope.unrestricted():
        case = Case.objects.get(pk=found.case_id)
    made = exclusions.write(
        case, found.unit, list(found.indicators), found.start, found.end, code, found.statement[:500],
        f"申诉材料 {len(found.attachments)} 份", by, at, asked=(found.made_by, found.made_name),
    )  # fmt: skip
    exclusions.settle(made, granted=True, decision=found.decision, by=by, at=at)
    return made


def withdraw(*, appeal_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> Appeal:
    now, found = at or clock.now(), _locked(appeal_id, by)
    if found.made_by not in selves(by) and not (by.may(Perm.MAKE_APPEAL) and by.unit_id == found.unit_id):
        raise Forbidden("只能撤回本单位的申诉", "only an appeal of your own unit")
    said = stated("body.reason", reason)
    found.state = next_state(APPEAL_STEPS, AppealState(found.state), "withdraw")
    found.decision, found.decided_at, found.decided_by, found.decided_name = said, now, by.user_id, by.name
    found.save(update_fields=["state", "decision", "decided_at", "decided_by", "decided_name"])
    note("appeal", found.pk, "withdraw", by=by, at=now, unit=found.unit, reason=said)
    return found


def _locked(appeal_id: UUID, by: Actor) -> Appeal:
    visible = Appeal.objects.visible_to(by).select_for_update(of=("self",)).select_related("unit")
    found = visible.filter(pk=appeal_id).first()
    if found is None:
        raise NotFound
    assert isinstance(found, Appeal)
    return found
