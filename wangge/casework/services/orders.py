"""Steps of work orders: dispatch, acknowledge, send back, reassign, rule, handle."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from wangge.areas import selectors as areas
from wangge.casework import timing
from wangge.casework.models import Attachment, Case, ClockKind, Whistle, WorkOrder
from wangge.casework.services import clocks, drafts, limits, writer
from wangge.casework.services.turn import (
    LOCAL,
    Blocked,
    RulingNeeded,
    StandsWrong,
    Turn,
    add_party,
    attach,
    effect,
    name_of,
)
from wangge.casework.workflow import (
    OPEN,
    OPEN_ORDERS,
    SEND_BACK_REASONS,
    OrderState,
    State,
    Step,
    acts_for,
)
from wangge.kit.ids import uuid7
from wangge.org import selectors as org
from wangge.org.models import Unit
from wangge.responsibility import services as responsibility

_REASONS = {reason.code: reason for reason in SEND_BACK_REASONS}


@effect(Step.DISPATCH)
def dispatch(turn: Turn) -> None:
    case = turn.case
    lead = turn.unit("lead_unit") or case.lead_unit
    if lead is None:
        turn.refuse("lead_unit", "没有查到责任单位，请指定主办单位", "No owner was found: name the lead unit")
    _keep_ruling(turn, lead)
    supports = turn.units("support_units") if "support_units" in turn.fields else _listed_supports(case)
    _assign(turn, lead, supports, turn.text("instruction", 500))


def _keep_ruling(turn: Turn, lead: Unit) -> None:
    case = turn.case
    if case.ruled_at is not None:
        if lead.pk != case.lead_unit_id:
            raise Blocked(
                "权属已经裁定，只能派给裁定的主办单位",
                "Jurisdiction has been ruled: only the unit named by the ruling can lead",
            )
    elif case.send_backs >= timing.rules().send_backs_before_ruling:
        raise RulingNeeded(
            f"该案件已被退回 {case.send_backs} 次，须先由裁定人裁定权属再派单",
            f"Sent back {case.send_backs} times: an arbiter must rule before it is dispatched again",
        )


def _listed_supports(case: Case) -> list[Unit]:
    ids = [UUID(one) for one in case.routing.get("supports", [])]
    found = Unit.objects.filter(active=True).in_bulk(ids)
    return [found[one] for one in ids if one in found]


def _assign(turn: Turn, lead: Unit, supports: list[Unit], instruction: str) -> None:
    turn.case.lead_unit = lead
    turn.starts = ()
    supports = [unit for unit in supports if unit.pk != lead.pk]
    for unit in (lead, *supports):
        new_order(turn.case, unit, turn.at, lead=unit.pk == lead.pk, instruction=instruction)
        add_party(turn.case, unit, "lead" if unit.pk == lead.pk else "support")
    turn.note(lead_unit=name_of(lead), support_units=[name_of(unit) for unit in supports])
    if instruction:
        turn.note(instruction=instruction)


def new_order(case: Case, unit: Unit, at: datetime, *, lead: bool, instruction: str = "") -> WorkOrder:
    """An order with its acknowledging clock and the clock of the first stage of handling."""
    handling = _handling(case, unit, 0, at)
    order = WorkOrder(
        id=uuid7(),
        case=case,
        unit=unit,
        unit_pos=unit.pos,
        lead=lead,
        instruction=instruction,
        assigned_at=at,
        due_at=handling.due_at,
    )
    order.save(force_insert=True)
    clocks.start(case, clocks.promise(case, ClockKind.ACKNOWLEDGE, at, unit=unit), work_order=order)
    clocks.start(case, handling, work_order=order)
    return order


def _handling(case: Case, unit: Unit, stage: int, at: datetime) -> clocks.Plan:
    stages = limits.stages(case, ClockKind.HANDLE, unit=unit)
    label = f"第 {stage + 1} 阶段（共 {len(stages)}）" if len(stages) > 1 else ""
    limit = stages[min(stage, len(stages) - 1)]
    return clocks.plan(ClockKind.HANDLE, limit, at, unit=unit, label=label)


def _mine(turn: Turn) -> WorkOrder:
    """The open order of the actor; the lead's first when the post covers several."""
    mine = [order for order in turn.open_orders if acts_for(turn.by, order)]
    own = [order for order in mine if order.unit_pos == turn.by.unit_pos] or mine
    if not own:
        raise StandsWrong("没有派给本单位的待办工单", "No open order of your unit")
    return max(own, key=lambda order: order.lead)


@effect(Step.ACKNOWLEDGE)
def acknowledge(turn: Turn) -> None:
    order = turn.order = _mine(turn)
    if order.state != OrderState.ASSIGNED:
        raise Blocked("该工单已经签收", "This order has been acknowledged already")
    assignee = turn.identifier("assignee")
    if assignee is not None:
        if assignee not in {member.pk for member in org.members_of(order.unit)}:
            turn.refuse("assignee", "经办人须是本单位人员", "The assignee must be a member of the unit")
        order.assignee_id = assignee
    elif order.unit_pos == turn.by.unit_pos:
        order.assignee_id = turn.by.user_id
    order.state = OrderState.ACKNOWLEDGED
    order.acknowledged_at = turn.at
    order.save(update_fields=["state", "acknowledged_at", "assignee_id"])
    turn.note(unit=name_of(order.unit))


@effect(Step.SEND_BACK)
def send_back(turn: Turn) -> None:
    case = turn.case
    order = turn.order = _mine(turn)
    code = turn.text("send_back_code", 24, required=True)
    clause = turn.text("clause", 400)
    _may_send_back(turn, order, code, clause)
    order.state = OrderState.SENT_BACK
    order.send_back_code = code
    order.send_back_reason = turn.reason
    order.send_back_by = turn.by.user_id
    order.save(update_fields=["state", "send_back_code", "send_back_reason", "send_back_by"])
    case.send_backs += 1
    turn.stops = ()
    clocks.cancel(case, clocks.ORDER_KINDS, turn.at, work_order=order)
    turn.note(unit=name_of(order.unit), code=code, code_name=_REASONS[code].zh, clause=clause)
    if order.lead:
        # The supporting units' part depends on who leads; the next dispatch names them anew.
        withdraw(turn, turn.open_orders)
    else:
        settle(turn)


def _may_send_back(turn: Turn, order: WorkOrder, code: str, clause: str) -> None:
    if code not in _REASONS:
        turn.refuse("send_back_code", "退单理由不在清单中", "Not one of the listed reasons")
    if _REASONS[code].needs_clause and not clause:
        turn.refuse("clause", "以“不属于本单位职责”退单须引用依据", "Cite the clause that says it is not yours")
    if turn.case.ruled_at is not None and order.lead and code in ("not_ours", "wrong_place"):
        raise Blocked(
            "权属已经裁定，不能再以职责或辖区为由退单",
            "Jurisdiction has been ruled: duties and area are no longer reasons to send back",
        )
    days = timing.rules().send_back_working_days
    last = timing.last_send_back(order.assigned_at, order.unit.calendar)
    if turn.at > last:
        raise Blocked(
            f"退单须在派单后 {days} 个工作日内提出（截止 {last.astimezone(LOCAL):%Y-%m-%d %H:%M}），已超过期限",
            f"Sending back is allowed within {days} working days of dispatch "
            f"(until {last.astimezone(LOCAL):%Y-%m-%d %H:%M})",
            rule="send_back_within_working_days",
            until=last.isoformat(),
        )


def withdraw(turn: Turn, orders: list[WorkOrder]) -> None:
    for order in orders:
        order.state = OrderState.WITHDRAWN
        order.save(update_fields=["state"])
        clocks.cancel(turn.case, clocks.ORDER_KINDS, turn.at, work_order=order)


@effect(Step.REASSIGN)
def reassign(turn: Turn) -> None:
    """Open orders of units no longer named are withdrawn; units that keep their part keep their clocks."""
    case = turn.case
    lead = turn.unit("lead_unit", required=True)
    assert lead is not None
    if case.ruled_at is not None and lead.pk != case.lead_unit_id:
        _keep_ruling(turn, lead)
    old_lead = case.lead_unit
    supports = turn.units("support_units")
    wanted = {lead.pk, *(unit.pk for unit in supports)}
    withdraw(turn, [order for order in turn.open_orders if order.unit_id not in wanted])
    kept = {order.unit_id for order in turn.orders if order.state in OPEN_ORDERS}
    case.lead_unit = lead
    turn.starts = ()
    instruction = turn.text("instruction", 500)
    for unit in dict.fromkeys((lead, *supports)):
        leads = unit.pk == lead.pk
        if unit.pk in kept:
            case.work_orders.filter(unit=unit, state__in=OPEN_ORDERS).update(lead=leads)
        elif leads or not _done(turn, unit):
            new_order(case, unit, turn.at, lead=leads, instruction=instruction)
        add_party(case, unit, "lead" if leads else "support")
    turn.note(lead_unit=name_of(lead), support_units=[name_of(unit) for unit in supports])
    if old_lead is not None:
        turn.note(from_unit=name_of(old_lead))


def _done(turn: Turn, unit: Unit) -> bool:
    return any(order.unit_id == unit.pk and order.state == OrderState.DONE for order in turn.orders)


@effect(Step.RULE)
def rule(turn: Turn) -> None:
    case = turn.case
    lead = turn.unit("lead_unit", required=True)
    assert lead is not None
    case.lead_unit = lead
    case.ruled_at = turn.at
    case.needs_human = "" if case.needs_human == "no_owner" else case.needs_human
    add_party(case, lead, "lead")
    ruling: dict[str, Any] = {"lead_unit": name_of(lead), "reason": turn.reason, "by": turn.by.name}
    case.routing = {**case.routing, "ruling": ruling, "supports": []}
    precedent = turn.flag("precedent")
    turn.note(lead_unit=name_of(lead), precedent=precedent)
    if not precedent:
        return
    if case.category_id is None:
        turn.refuse("precedent", "案件没有分类，不能作为先例", "Without a category it cannot be a precedent")
    # A ruling speaks for the subdistrict it was made in; the list itself speaks for the district.
    around = areas.area_for_pos(case.subdistrict_pos) if case.subdistrict_pos else None
    responsibility.add_precedent(
        category_id=case.category_id,
        area_id=around.area_id if around is not None else None,
        lead_unit_id=lead.pk,
        reason=turn.reason,
        case_id=case.pk,
        by=turn.by,
        at=turn.at,
    )


@effect(Step.HANDLE)
def handle(turn: Turn) -> None:
    case = turn.case
    order = turn.order = _mine(turn)
    result = turn.text("result", 2000, required=True)
    attached = attach(turn, "handle")
    stages = limits.stages(case, ClockKind.HANDLE, unit=order.unit)
    turn.note(unit=name_of(order.unit), result=result)
    if order.acknowledged_at is None:
        order.acknowledged_at = turn.at
    order.worked_by = list(dict.fromkeys([*order.worked_by, *drafts.hands(turn.by)]))
    if turn.flag("stage_only") and order.stage + 1 < len(stages):
        _next_stage(turn, order, result)
        return
    _need_evidence(turn, attached)
    order.state = OrderState.DONE
    order.result = result
    order.done_at = turn.at
    order.done_by = turn.by.user_id
    order.save(update_fields=["state", "result", "done_at", "done_by", "worked_by", "acknowledged_at"])
    writer.index_again(case)
    settle(turn)


def _next_stage(turn: Turn, order: WorkOrder, result: str) -> None:
    clocks.stop(turn.case, clocks.ORDER_KINDS, turn.at, work_order=order)
    order.stage += 1
    planned = _handling(turn.case, order.unit, order.stage, turn.at)
    clocks.start(turn.case, planned, work_order=order)
    order.state = OrderState.ACKNOWLEDGED
    order.result = result
    order.due_at = planned.due_at
    order.save(update_fields=["state", "stage", "result", "due_at", "worked_by", "acknowledged_at"])
    turn.note(stage=order.stage)
    turn.to = State.DISPATCHED
    turn.stops = turn.starts = ()


def _need_evidence(turn: Turn, attached: int) -> None:
    category = turn.case.category
    if category is None or not category.evidence_required or attached:
        return
    if not Attachment.objects.filter(case=turn.case, phase="handle").exists():
        turn.refuse("attachments", "该类事项须上传处置后的照片", "This category needs a picture after handling")


def what_holds(case: Case) -> dict[str, int]:
    """Open children and whistles: while there are any, the case can be neither handled nor closed."""
    return {
        "children": Case.objects.filter(parent=case, state__in=OPEN).count(),
        "whistles": Whistle.objects.filter(case=case, ended_at__isnull=True).count(),
    }


def nothing_hangs(case: Case) -> None:
    holds = what_holds(case)
    if any(holds.values()):
        raise Blocked(
            f"尚有未办结的子案件 {holds['children']} 件、未结束的吹哨 {holds['whistles']} 个",
            f"Open children: {holds['children']}; open whistles: {holds['whistles']}",
            children=holds["children"],
            whistles=holds["whistles"],
        )


def all_done(case: Case) -> bool:
    states = list(case.work_orders.values_list("state", "lead"))
    leads_done = any(state == OrderState.DONE and lead for state, lead in states)
    return leads_done and not any(state in OPEN_ORDERS for state, _ in states)


def settle(turn: Turn) -> None:
    """After a unit has finished its part: is the whole matter handled now?"""
    holds = what_holds(turn.case)
    if all_done(turn.case) and not any(holds.values()):
        turn.to = State.HANDLED
        turn.case.handled_at = turn.at
        turn.starts = ("verify",)
    else:
        turn.to = State.DISPATCHED
        turn.starts = ()
        turn.note(waiting_for=[name for name, count in holds.items() if count])
