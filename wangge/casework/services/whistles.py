"""A street or community calls named departments; they report in, do their part, and are graded by the caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from wangge.audit import services as audit
from wangge.casework.models import (
    Case,
    ClockKind,
    Responder,
    ResponderState,
    Whistle,
    WhistleKind,
)
from wangge.casework.policies import Perm
from wangge.casework.services import clocks, limits, orders
from wangge.casework.services.turn import Blocked, StandsWrong, Turn, add_party, effect, name_of
from wangge.casework.workflow import CALLING_UNITS, State, Step
from wangge.kit import clock as database
from wangge.kit.errors import Forbidden, Invalid, NotFound, field_error
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.org.models import Unit, UnitKind

if TYPE_CHECKING:
    from wangge.org.scope import Actor

MOST_RESPONDERS = 20


class WhistleVerb(StrEnum):
    REPORT_IN = "report_in"
    CONTRIBUTE = "contribute"
    GRADE = "grade"
    END = "end"


PERMISSIONS: dict[WhistleVerb, str] = {
    WhistleVerb.REPORT_IN: Perm.REPORT_IN,
    WhistleVerb.CONTRIBUTE: Perm.REPORT_IN,
    WhistleVerb.GRADE: Perm.WHISTLE,
    WhistleVerb.END: Perm.WHISTLE,
}


@effect(Step.WHISTLE)
def call(turn: Turn) -> None:
    case = turn.case
    kind = turn.text("kind", 16, required=True)
    if kind not in WhistleKind.values:
        turn.refuse("kind", "吹哨类型无效", "Not a kind of whistle")
    units = turn.units("unit_ids", required=True)
    caller = calling_unit(turn.by)
    if len(units) > MOST_RESPONDERS:
        turn.refuse("unit_ids", f"最多 {MOST_RESPONDERS} 个单位", f"At most {MOST_RESPONDERS} units")
    if caller in units:
        turn.refuse("unit_ids", "不能呼叫本单位", "A unit cannot call itself")
    whistle = Whistle(
        id=uuid7(),
        case=case,
        kind=kind,
        caller_unit=caller,
        caller_pos=caller.pos,
        called_by=turn.by.user_id,
        message=turn.text("message", 500, required=True),
        place=case.address,
        area_pos=case.area_pos,
        called_at=turn.at,
    )
    whistle.save(force_insert=True)
    add_party(case, caller, "caller")
    for unit in units:
        _summon(case, whistle, unit, turn.at)
    turn.starts = ()
    turn.note(whistle=str(whistle.pk), kind=kind, caller=name_of(caller), units=[name_of(unit) for unit in units])


def calling_unit(by: Actor) -> Unit:
    """A grid team has no voice of its own: its lead calls for the community."""
    if by.unit_id is None:
        raise StandsWrong
    unit = Unit.objects.select_related("parent").get(pk=by.unit_id)
    if unit.kind == UnitKind.GRID_TEAM:
        if unit.parent is None:
            raise StandsWrong
        return unit.parent
    return unit


def _summon(case: Case, whistle: Whistle, unit: Unit, at: datetime) -> None:
    limit = limits.of(case, ClockKind.REPORT_IN, unit=unit, whistle_kind=whistle.kind)
    planned = clocks.plan(ClockKind.REPORT_IN, limit, at, unit=unit, label=unit.short_name[:40])
    responder = Responder(id=uuid7(), whistle=whistle, unit=unit, unit_pos=unit.pos, due_at=planned.due_at)
    responder.save(force_insert=True)
    clocks.start(case, planned, responder=responder)
    add_party(case, unit, "whistled")


@dataclass
class _Act:
    case: Case
    whistle: Whistle
    by: Actor
    at: datetime
    fields: dict[str, Any]
    facts: dict[str, Any]

    def text(self, name: str, limit: int, *, required: bool = True) -> str:
        value = self.fields.get(name) or ""
        if not isinstance(value, str) or len(value) > limit or (required and not value.strip()):
            raise Invalid(
                errors=[
                    field_error(f"body.{name}", f"必填，不超过 {limit} 字", f"Required, at most {limit} characters")
                ]
            )
        return value.strip()

    def own_responder(self) -> Responder:
        """Only a member of the very unit that was called may speak for it."""
        mine = [one for one in self._responders() if one.unit_id == self.by.unit_id]
        if not mine:
            raise StandsWrong("本单位不在被呼叫之列", "Your unit was not called")
        return mine[0]

    def chosen_responder(self) -> Responder:
        wanted = str(self.fields.get("responder_id") or "")
        for one in self._responders():
            if str(one.pk) == wanted:
                return one
        raise Invalid(errors=[field_error("body.responder_id", "请选择被评价单位", "Choose the unit to grade")])

    def _responders(self) -> list[Responder]:
        return list(Responder.objects.filter(whistle=self.whistle).select_related("unit"))

    def caller_only(self) -> None:
        if calling_unit(self.by).pk != self.whistle.caller_unit_id:
            raise StandsWrong("只有吹哨单位可以评价", "Only the caller grades")


def whistle_step(*, whistle_id: UUID, verb: str, by: Actor, at: datetime | None = None, **fields: Any) -> Whistle:
    """Report in, contribute, grade or end; the case row is the lock, as for every step of the case."""
    try:
        chosen = WhistleVerb(verb)
    except ValueError as error:
        raise NotFound from error
    with transaction.atomic():
        case_id = Whistle.objects.visible_to(by).filter(pk=whistle_id).values_list("case_id", flat=True).first()
        if case_id is None:
            raise NotFound
        case = Case.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=case_id).first()
        if case is None:
            raise NotFound
        whistle: Whistle = Whistle.objects.select_related("caller_unit").get(pk=whistle_id)
        _allow(whistle, chosen, by)
        act = _Act(case, whistle, by, at or database.now(), fields, {"whistle": str(whistle_id)})
        with scope.unrestricted():
            _VERBS[chosen](act)
            clocks.refresh_card(case)
            case.save(update_fields=["card", "due_at", "handled_at", "state", "version"])
            audit.record(
                subject_type="case",
                subject_id=case.pk,
                action=f"casework:whistle:{chosen}",
                actor=by,
                area_pos=case.area_pos,
                data=act.facts,
                at=act.at,
                outbox=[("whistle", {"case_id": str(case.pk), "whistle_id": str(whistle_id), "verb": chosen.value})],
            )
    return whistle


def _allow(whistle: Whistle, verb: WhistleVerb, by: Actor) -> None:
    # A street with the permission ends its own calls only; a checker stands outside the streets.
    checker = verb is WhistleVerb.END and by.may(Perm.WHISTLE_END) and by.unit_kind not in CALLING_UNITS
    if not checker and not by.may(PERMISSIONS[verb]):
        raise Forbidden(permission=PERMISSIONS[verb])
    if verb is WhistleVerb.END and not checker and calling_unit(by).pk != whistle.caller_unit_id:
        raise StandsWrong("只有吹哨单位或核查人员可以结束", "Only the caller or a checker ends it")
    if whistle.ended_at is not None and verb is not WhistleVerb.GRADE:
        raise Blocked("该吹哨已结束", "This whistle has ended")


def _report_in(act: _Act) -> None:
    responder = act.own_responder()
    if responder.state != ResponderState.CALLED:
        raise Blocked("本单位已经报到", "Your unit has reported in already")
    responder.state = ResponderState.REPORTED_IN
    responder.reported_in_at = act.at
    responder.reported_in_by = act.by.user_id
    responder.late = act.at > responder.due_at
    responder.save(update_fields=["state", "reported_in_at", "reported_in_by", "late"])
    clocks.stop(act.case, (ClockKind.REPORT_IN,), act.at, responder=responder)
    act.facts.update(unit=name_of(responder.unit), late=responder.late)


def _contribute(act: _Act) -> None:
    responder = act.own_responder()
    if responder.state == ResponderState.CALLED:
        raise Blocked("请先报到", "Report in first")
    responder.state = ResponderState.DONE
    responder.done_at = act.at
    responder.contribution = act.text("contribution", 500)
    responder.save(update_fields=["state", "done_at", "contribution"])
    act.facts.update(unit=name_of(responder.unit), contribution=responder.contribution)


def _grade(act: _Act) -> None:
    act.caller_only()
    responder = act.chosen_responder()
    if responder.reported_in_at is None:
        raise Blocked("该单位没有报到，不能评价", "It has not reported in")
    if responder.grade is not None:
        raise Blocked("已经评价过", "Graded already")
    grade = act.fields.get("grade")
    if isinstance(grade, bool) or not isinstance(grade, int) or not 1 <= grade <= 5:
        raise Invalid(errors=[field_error("body.grade", "应为 1 到 5 的整数", "A whole number from 1 to 5")])
    responder.grade = grade
    responder.grade_comment = act.text("grade_comment", 300, required=False)
    responder.save(update_fields=["grade", "grade_comment"])
    act.facts.update(unit=name_of(responder.unit), grade=grade)


def _end(act: _Act) -> None:
    whistle = act.whistle
    whistle.ended_at = act.at
    whistle.ended_by = act.by.user_id
    whistle.outcome = act.text("outcome", 500, required=False)
    whistle.save(update_fields=["ended_at", "ended_by", "outcome"])
    for responder in Responder.objects.filter(whistle=whistle):
        clocks.stop(act.case, (ClockKind.REPORT_IN,), act.at, responder=responder)
        # Who never came keeps no grade but the mark that it did not come.
        responder.late = responder.late or (responder.reported_in_at is None and act.at > responder.due_at)
        if responder.state != ResponderState.DONE:
            responder.state = ResponderState.ENDED
        responder.save(update_fields=["state", "late"])
    act.facts.update(outcome=whistle.outcome)
    if advance(act.case, act.at):
        act.facts["state"] = [State.DISPATCHED, State.HANDLED]


def advance(case: Case, at: datetime) -> bool:
    """The last thing a dispatched case waited for is over: it is handled now."""
    if case.state != State.DISPATCHED or not orders.all_done(case) or any(orders.what_holds(case).values()):
        return False
    case.state = State.HANDLED
    case.handled_at = at
    case.version += 1
    clocks.start(case, clocks.promise(case, ClockKind.VERIFY, at))
    return True


_VERBS: dict[WhistleVerb, Callable[[_Act], None]] = {
    WhistleVerb.REPORT_IN: _report_in,
    WhistleVerb.CONTRIBUTE: _contribute,
    WhistleVerb.GRADE: _grade,
    WhistleVerb.END: _end,
}
