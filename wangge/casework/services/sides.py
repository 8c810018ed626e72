"""Steps beside the main line: resume, cancel, remind, supervise, escalate, comment."""

from __future__ import annotations

from datetime import datetime

from wangge.areas.models import Level
from wangge.casework.models import Case, NoticeKind, WorkOrder
from wangge.casework.services import clocks, granted, notices, orders
from wangge.casework.services.turn import Blocked, Turn, add_party, effect, name_of
from wangge.casework.workflow import State, Step
from wangge.org import selectors as org
from wangge.org.models import Unit, UnitKind

_KIND_AT = {
    Level.COMMUNITY: UnitKind.COMMUNITY,
    Level.SUBDISTRICT: UnitKind.SUBDISTRICT,
    Level.DISTRICT: UnitKind.COMMAND,
}


@effect(Step.RESUME)
def resume(turn: Turn) -> None:
    granted.resume(turn.case, turn.at)


@effect(Step.CANCEL)
def cancel(turn: Turn) -> None:
    orders.nothing_hangs(turn.case)
    orders.withdraw(turn, turn.open_orders)
    clocks.cancel(turn.case, clocks.ALL, turn.at)
    _release(turn.case, turn.at)
    turn.case.closed_at = turn.at
    turn.case.needs_human = ""


def _release(case: Case, at: datetime) -> None:
    """Nobody waits any longer for cases merged into this one, nor for those merged into them before."""
    for merged in Case.objects.filter(merged_into=case):
        clocks.cancel(merged, clocks.ALL, at)
        _release(merged, at)


@effect(Step.REMIND)
def remind(turn: Turn) -> None:
    turn.case.reminders += 1
    turn.note(reminders=turn.case.reminders)
    notices.by_person(turn, NoticeKind.REMIND)


@effect(Step.SUPERVISE)
def supervise(turn: Turn) -> None:
    turn.case.supervised = True
    notices.by_person(turn, NoticeKind.SUPERVISE)


@effect(Step.COMMENT)
def comment(turn: Turn) -> None:
    """The words are the reason; nothing else changes."""


@effect(Step.ESCALATE)
def escalate(turn: Turn) -> None:
    """One rung up the ladder. Whoever led keeps the work as a helper; the higher unit leads from now on."""
    case = turn.case
    if case.level <= Level.DISTRICT:
        raise Blocked("已在区级，不能再提级", "Already at the district level")
    rung = Level(case.level - 1)
    unit = unit_at(case, rung)
    if unit is None:
        raise Blocked(f"没有找到{rung.label}一级的承接单位", "No unit serves this place at the next level")
    turn.note(from_level=case.level, level=rung.value, lead_unit=name_of(unit))
    if case.lead_unit is not None:
        turn.note(from_unit=name_of(case.lead_unit))
    case.level = rung
    case.lead_unit = unit
    case.routing = {**case.routing, "escalated_to": name_of(unit)}
    add_party(case, unit, "lead")
    if case.state == State.DISPATCHED:
        WorkOrder.objects.filter(pk__in=[order.pk for order in turn.open_orders]).update(lead=False)
        own = [order for order in turn.open_orders if order.unit_id == unit.pk]
        if own:
            WorkOrder.objects.filter(pk=own[0].pk).update(lead=True)
        else:
            orders.new_order(case, unit, turn.at, lead=True, instruction=turn.reason[:500])


def unit_at(case: Case, level: Level) -> Unit | None:
    kind = _KIND_AT[level]
    if kind == UnitKind.COMMAND:
        return Unit.objects.filter(kind=kind, active=True).order_by("pos").first()
    return org.unit_serving(case.area_pos, kind) if case.area_pos else None
