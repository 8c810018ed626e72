"""Leaving a case out of a unit's figures: asked for with a reason, decided by somebody else, never hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from wangge.appraisal.models import Exclusion, ExclusionState
from wangge.appraisal.models.judgement import EXCLUSION_STEPS
from wangge.appraisal.policies import Perm
from wangge.appraisal.selectors.judging import belongs_to, rules, selves
from wangge.appraisal.services.deciding import next_state, note, optional, stand_aside, stated
from wangge.casework.models import Case, Party
from wangge.kit import clock
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.org import scope
from wangge.org import selectors as org
from wangge.org.models import Unit
from wangge.org.scope import Actor

MOST_INDICATORS, LONGEST_DAYS = 40, 400


class ExcludedAlready(Conflict):
    code = "excluded_already"
    title_zh = "该案件在这一时段已登记剔除"
    title_en = "The case is in the register for this period already"


class NoPart(Invalid):
    code = "unit_has_no_part"
    title_zh = "该单位与此案件无关"
    title_en = "The unit has no part in this case"


def ask(
    *,
    case_id: UUID,
    unit_id: UUID,
    start: dt.date,
    end: dt.date,
    code: str,
    reason: str,
    by: Actor,
    indicators: Sequence[str] = (),
    evidence: str = "",
    at: dt.datetime | None = None,
) -> Exclusion:
    """`end` is the day after the last. Units ask for themselves; who decides on exclusions may ask for any."""
    now = at or clock.now()
    case = visible_case(case_id, by)
    unit = org.unit(unit_id)
    if not by.may(Perm.DECIDE_EXCLUSION) and not acts_for(by, unit):
        raise Forbidden("只能为本单位申请", "only for your own unit")
    said = stated("body.reason", reason)
    shown = optional("body.evidence", evidence, 500)
    check_code(code, shown)
    return write(case, unit, named(indicators), start, end, code, said, shown, by, now)


def acts_for(by: Actor, unit: Unit) -> bool:
    """Of the unit, or of one above it whose scope reaches it."""
    return by.unit_id == unit.pk or (not by.scope.all and by.scope.covers_unit(unit.pos))


def visible_case(case_id: UUID, by: Actor) -> Case:
    case = Case.objects.visible_to(by).filter(pk=case_id).first()
    if case is None:
        raise NotFound
    return case


def check_code(code: str, evidence: str) -> None:
    reason = rules().judgement.exclusion_reasons.get(code)
    if reason is None:
        raise Invalid(errors=[field_error("body.code", "没有这种事由", "there is no such reason")])
    if reason.needs_evidence and not evidence:
        zh, en = "请说明佐证材料", "say what the evidence is"
        raise Invalid(errors=[field_error("body.evidence", zh, en)])


def named(indicators: Sequence[str]) -> list[str]:
    named = list(dict.fromkeys(one.strip() for one in indicators))
    if len(named) > MOST_INDICATORS or any(not one or len(one) > 40 for one in named):
        raise Invalid(errors=[field_error("body.indicators", "指标写法有误", "not codes of indicators")])
    return named


def check_period(start: dt.date, end: dt.date) -> None:
    if not start < end or (end - start).days > LONGEST_DAYS:
        raise Invalid(errors=[field_error("body.period", "时段有误", "not a period of at most a year or so")])


def write(
    case: Case, unit: Unit, indicators: list[str], start: dt.date, end: dt.date, code: str, reason: str, evidence: str,
    by: Actor, at: dt.datetime, asked: tuple[UUID, str] | None = None,
) -> Exclusion:  # fmt: skip
    """One line of the register, not decided yet; `asked` is who asked when it is not `by`."""
    asked_by, asked_name = asked or (by.user_id, by.name)
    check_period(start, end)
    with scope.unrestricted():
        Case.objects.select_for_update(of=("self",)).get(pk=case.pk)  # one line at a time of a case
        if case.lead_unit_id != unit.pk and not has_part(case, unit):
            raise NoPart(errors=[field_error("body.unit", NoPart.title_zh, NoPart.title_en)])
    standing = Q(state=ExclusionState.ASKED) | Q(state=ExclusionState.GRANTED)
    if Exclusion.objects.filter(standing, case=case, unit=unit, start__lt=end, end__gt=start).exists():
        raise ExcludedAlready
    made = Exclusion(
        case=case, number=case.number, unit=unit, unit_pos=unit.pos, indicators=indicators, start=start, end=end,
        code=code, reason=reason, evidence=evidence, asked_at=at, asked_by=asked_by, asked_name=asked_name,
    )  # fmt: skip
    made.save(force_insert=True)
    note(
        "exclusion", made.pk, "ask", by=by, at=at, unit=unit, number=case.number, code=code, reason=reason,
        evidence=evidence, indicators=indicators, start=start.isoformat(), end=end.isoformat(),
    )  # fmt: skip
    return made


def has_part(case: Case, unit: Unit) -> bool:
    """Called, handling, or serving the place: a street is counted for what its communities lead."""
    if Party.objects.filter(case=case, unit_pos__gte=unit.pos, unit_pos__lt=unit.pos_end).exists():
        return True
    return unit.area_id is not None and case.area_pos > 0 and _serves(unit, case.area_pos)


def _serves(unit: Unit, pos: int) -> bool:
    found = org.unit_serving(pos, kind=unit.kind)  # type: ignore[arg-type]  # the column holds the enum's values
    return found is not None and found.pk == unit.pk


def waiting(case_id: UUID, unit_id: UUID, start: dt.date, end: dt.date) -> Exclusion | None:
    """A line of the register about the same that is not decided, locked."""
    found = Exclusion.objects.select_for_update(of=("self",)).select_related("unit")
    return found.filter(
        case_id=case_id, unit_id=unit_id, state=ExclusionState.ASKED, start__lt=end, end__gt=start
    ).first()


def decide(*, exclusion_id: UUID, granted: bool, reason: str, by: Actor, at: dt.datetime | None = None) -> Exclusion:
    now, found = at or clock.now(), _locked(exclusion_id)
    if not by.may(Perm.DECIDE_EXCLUSION):
        raise Forbidden(permission=Perm.DECIDE_EXCLUSION)
    stand_aside(by, unit=found.unit, involved={found.asked_by})
    said = stated("body.reason", reason)
    settle(found, granted=granted, decision=said, by=by, at=now)
    return found


def settle(found: Exclusion, *, granted: bool, decision: str, by: Actor, at: dt.datetime) -> None:
    """Whoever calls has made sure that `by` may."""
    found.state = next_state(EXCLUSION_STEPS, ExclusionState(found.state), "grant" if granted else "refuse")
    found.decided_at, found.decided_by, found.decided_name = at, by.user_id, by.name
    found.decision = decision[:500]
    found.save(update_fields=["state", "decided_at", "decided_by", "decided_name", "decision"])
    note("exclusion", found.pk, "decide", by=by, at=at, unit=found.unit, state=found.state, reason=decision)


def withdraw(*, exclusion_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> Exclusion:
    """By who asked while nothing is decided; by who decides on exclusions, of another unit, at any time."""
    now, found = at or clock.now(), _locked(exclusion_id)
    said = stated("body.reason", reason)
    mine = found.state == ExclusionState.ASKED and found.asked_by in selves(by)
    if not mine and (not by.may(Perm.DECIDE_EXCLUSION) or belongs_to(by, found.unit)):
        raise Forbidden("只能撤销本人提出、尚未决定的登记", "only what you asked for yourself and is not decided")
    found.state = next_state(EXCLUSION_STEPS, ExclusionState(found.state), "withdraw")
    found.withdrawn_at, found.withdrawn_by, found.withdrawn_name, found.withdrawal = now, by.user_id, by.name, said
    found.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_name", "withdrawal"])
    note("exclusion", found.pk, "withdraw", by=by, at=now, unit=found.unit, reason=said)
    return found


def _locked(exclusion_id: UUID) -> Exclusion:
    found = Exclusion.objects.select_for_update(of=("self",)).select_related("unit").filter(pk=exclusion_id).first()
    if found is None:
        raise NotFound
    return found
