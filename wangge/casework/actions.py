"""The buttons: for a case and a person exactly the steps the services would take, with the inputs each wants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wangge.areas.models import Level
from wangge.calendars import selectors as calendars
from wangge.casework import timing
from wangge.casework.models import (
    Case,
    Responder,
    ResponderState,
    TimeRequest,
    TimeRequestKind,
    Urgency,
    Whistle,
    WhistleKind,
    WorkOrder,
)
from wangge.casework.policies import Perm
from wangge.casework.selectors.duties import calling_pos
from wangge.casework.timerequests import may_decide, may_withdraw
from wangge.casework.workflow import (
    CALLING_UNITS,
    OPEN,
    OPEN_ORDERS,
    SEND_BACK_REASONS,
    TEXT,
    OrderState,
    State,
    Step,
    acts_for,
    stands_right,
    steps_from,
)

if TYPE_CHECKING:
    from wangge.org.scope import Actor

Document = dict[str, Any]


@dataclass(frozen=True)
class Situation:
    """A case as its page has it, with what a rule may ask about."""

    case: Case
    actor: Actor
    orders: list[WorkOrder]
    open_whistles: int
    children: list[Case]
    now: dt.datetime
    request: TimeRequest | None = None  # the one for time that waits to be decided
    may_extend: bool = False  # the rules allow another extension

    @property
    def holds(self) -> bool:
        """Open children or whistles keep it from ending."""
        return self.open_whistles > 0 or any(child.state in OPEN for child in self.children)

    @property
    def mine(self) -> WorkOrder | None:
        """The open order the actor would act on, chosen as the services choose it."""
        ours = [one for one in self.orders if one.state in OPEN_ORDERS and acts_for(self.actor, one)]
        ours = [one for one in ours if one.unit_pos == self.actor.unit_pos] or ours
        return max(ours, key=lambda order: order.lead) if ours else None


def actions_of(now: Situation) -> list[Document]:
    """In the order of the table, which is the order of a case's life."""
    found = []
    for step, transition in steps_from(State(now.case.state)).items():
        allowed = now.actor.may(transition.permission) and stands_right(transition.who, now.actor, now.orders)
        if allowed and not _BLOCKED.get(step, _never)(now):
            fields = [_field(name, step, now) for name in transition.fields if _wanted(name, now)]
            found.append(_action(step.value, TEXT[step].zh, TEXT[step].en, transition.permission, fields,
                                 needs_reason=transition.needs_reason, danger=transition.danger))  # fmt: skip
    return found


def _action(
    step: str, zh: str, en: str, permission: str, fields: list[Document], *, needs_reason: bool = False,
    danger: bool = False,
) -> Document:  # fmt: skip
    return {
        "step": step, "label": zh, "label_en": en, "permission": str(permission), "needs_reason": needs_reason,
        "danger": danger, "fields": fields,
    }  # fmt: skip


# What forbids a step that state, permission and relation allow.


def _never(_now: Situation) -> bool:
    return False


def _ruling_missing(now: Situation) -> bool:
    return now.case.send_backs >= timing.rules().send_backs_before_ruling and now.case.ruled_at is None


def _acknowledged(now: Situation) -> bool:
    return now.mine is None or now.mine.state != OrderState.ASSIGNED


def _too_late_to_send_back(now: Situation) -> bool:
    return now.mine is None or now.now > last_send_back(now.mine)


def last_send_back(order: WorkOrder) -> dt.datetime:
    return timing.last_send_back(order.assigned_at, order.unit.calendar)


def _asked_already(now: Situation) -> bool:
    return now.request is not None or now.actor.unit_id is None


def _not_to_decide(now: Situation) -> bool:
    return now.request is None or not may_decide(now.actor, now.request)


def _not_to_grant(now: Situation) -> bool:
    """Work that is done needs no standing still any more; a longer time still counts."""
    done = now.case.state != State.DISPATCHED
    carrying = now.request is not None and now.request.kind == TimeRequestKind.CARRY_OVER
    return _not_to_decide(now) or (done and carrying)


def _not_to_withdraw(now: Situation) -> bool:
    return now.request is None or not may_withdraw(now.actor, now.request)


def _cannot_extend(now: Situation) -> bool:
    return not now.may_extend or now.case.due_at is None or now.now > now.case.due_at


def _not_asked(now: Situation) -> bool:
    case = now.case
    asked = case.reached or case.calls >= timing.rules().call_back_attempts or case.rating is not None
    return now.holds or (case.needs_call_back and not asked)


def _has_children(now: Situation) -> bool:
    return any(child.state in OPEN for child in now.children)


def _at_the_top(now: Situation) -> bool:
    return now.case.level <= Level.DISTRICT


def _rated(now: Situation) -> bool:
    return now.case.rating is not None


def _is_history(now: Situation) -> bool:
    return now.case.history


def _not_for_the_spot(now: Situation) -> bool:
    category = now.case.category
    return category is None or not category.on_the_spot or now.case.needs_human == "unplaced" or not now.actor.unit_id


_BLOCKED: dict[Step, Callable[[Situation], bool]] = {
    Step.HANDLE_ON_THE_SPOT: _not_for_the_spot,
    Step.DISPATCH: _ruling_missing,
    Step.ACKNOWLEDGE: _acknowledged,
    Step.SEND_BACK: _too_late_to_send_back,
    Step.ASK_TIME: _asked_already,
    Step.GRANT_TIME: _not_to_grant,
    Step.REFUSE_TIME: _not_to_decide,
    Step.WITHDRAW_TIME: _not_to_withdraw,
    Step.RATE: _rated,
    Step.CLOSE: _not_asked,
    Step.REOPEN: _is_history,
    Step.CANCEL: lambda now: now.holds,
    Step.MERGE: lambda now: now.holds,
    Step.LINK: _has_children,
    Step.ESCALATE: _at_the_top,
}


# Inputs.


def _wanted(name: str, now: Situation) -> bool:
    if name == "stage_only":
        return len([one for one in now.case.routing.get("limits", []) if one.get("step") == "handle"]) > 1
    if name in {"rating", "rating_process"}:
        return now.case.rating is None
    if name == "resolved":
        return now.case.resolved is None
    if name == "extend_days":
        return not _cannot_extend(now)
    if name == "precedent":
        return now.case.category_id is not None
    return True


def _field(name: str, step: Step, now: Situation) -> Document:
    kind, zh, en, required = _FIELDS_OF.get((step, name)) or _FIELDS[name]
    made: Document = {
        "name": name, "type": kind, "label": zh, "label_en": en, "required": required(step, now),
        "options": None, "default": None, "hint": None, "hint_en": None,
    }  # fmt: skip
    options = _time_kinds(now) if (step, name) in _FIELDS_OF else _OPTIONS.get(name)
    if options is not None:
        made["options"] = [{"value": value, "label": label, "label_en": en} for value, label, en in options]
    if name in _DEFAULTS:
        made["default"] = _DEFAULTS[name](now)
    made["hint"], made["hint_en"] = _hint(name, now)
    return made


def _hint(name: str, now: Situation) -> tuple[str | None, str | None]:
    rules = timing.rules()
    if name == "send_back_code" and now.mine is not None:
        last = f"{last_send_back(now.mine).astimezone(_zone(now)):%Y-%m-%d %H:%M}"
        return f"退单截止 {last}", f"Can be sent back until {last}"
    if name == "extend_days":
        return f"最多 {rules.extend_most_days} 个工作日", f"At most {rules.extend_most_days} working days"
    if name == "until":
        days = rules.carry_over_most_days
        return f"最长 {days} 天，须附佐证材料", f"At most {days} days, with something that proves the need"
    return None, None


def _time_kinds(now: Situation) -> list[tuple[str, str, str]]:
    kinds: list[tuple[str, str, str]] = [
        (TimeRequestKind.CARRY_OVER, "挂账（暂停计时至某日）", "Stand still until a day")
    ]
    if not _cannot_extend(now):
        kinds.insert(0, (TimeRequestKind.EXTEND, "延期（增加工作日）", "More working days"))
    return kinds


def _zone(now: Situation) -> dt.tzinfo:
    return calendars.load(timing.rules().calendar).zone


def _no(_step: Step, _now: Situation) -> bool:
    return False


def _yes(_step: Step, _now: Situation) -> bool:
    return True


def _lead_needed(step: Step, now: Situation) -> bool:
    return step is not Step.DISPATCH or now.case.lead_unit_id is None


def _evidence_needed(step: Step, now: Situation) -> bool:
    category = now.case.category
    if step not in {Step.HANDLE, Step.HANDLE_ON_THE_SPOT} or category is None or not category.evidence_required:
        return False
    return step is Step.HANDLE_ON_THE_SPOT or not any(one.phase == "handle" for one in now.case.attachments.all())


_FIELDS: dict[str, tuple[str, str, str, Callable[[Step, Situation], bool]]] = {
    "category": ("category", "分类", "Category", lambda _step, now: now.case.category_id is None),
    "area": ("area", "所在网格", "Grid", lambda _step, now: now.case.area_id is None),
    "address": ("text", "地址", "Address", _no),
    "urgency": ("select", "紧急程度", "Urgency", _no),
    "lead_unit": ("unit", "主办单位", "Lead unit", _lead_needed),
    "support_units": ("units", "协办单位", "Supporting units", _no),
    "instruction": ("textarea", "办理要求", "Instruction", _no),
    "assignee": ("user", "经办人", "Assignee", _no),
    "send_back_code": ("select", "退单理由", "Why it is sent back", _yes),
    "clause": ("text", "依据条款（不属本单位职责时必填）", "Clause (needed when it is not your duty)", _no),
    "result": ("textarea", "结果说明", "Result", lambda step, _now: step is not Step.VERIFY),
    "attachments": ("attachments", "照片或文件", "Pictures or documents", _evidence_needed),
    "stage_only": ("boolean", "只完成本阶段", "This stage only", _no),
    "extend_days": ("number", "延长工作日（延期时填写）", "Working days (for an extension)", _no),
    "until": ("date", "挂账至（挂账时填写）", "Until (for standing still)", _no),
    "resolved": ("select", "诉求人认为问题是否解决", "Is it solved, in the resident's own words", _no),
    "reached": ("boolean", "已联系上诉求人", "The resident was reached", _no),
    "rating": ("rating", "结果满意度", "Satisfaction with the result", lambda step, _now: step is Step.RATE),
    "rating_process": ("rating", "过程满意度", "Satisfaction with the process", _no),
    "into": ("case", "目标案件", "The other case", _yes),
    "kind": ("select", "吹哨类型", "Kind of whistle", _yes),
    "unit_ids": ("units", "呼叫单位", "Units to call", _yes),
    "message": ("textarea", "需要什么支持", "What is needed", _yes),
    "precedent": ("boolean", "作为先例，今后同类事项照此办理", "Keep as precedent", _no),
}  # fmt: skip
_FIELDS_OF: dict[tuple[Step, str], tuple[str, str, str, Callable[[Step, Situation], bool]]] = {
    (Step.ASK_TIME, "kind"): ("select", "申请类型", "What is asked for", _yes),
}
_OPTIONS: dict[str, list[tuple[str, str, str]]] = {
    "urgency": [
        (Urgency.NORMAL, "一般", "Normal"),
        (Urgency.URGENT, "紧急", "Urgent"),
        (Urgency.DANGER, "危险", "Danger"),
    ],
    "resolved": [("yes", "已解决", "Solved"), ("no", "没有解决", "Not solved")],
    "send_back_code": [(reason.code, reason.zh, reason.en) for reason in SEND_BACK_REASONS],
    "kind": [
        (WhistleKind.BEYOND_POWERS, "超出权限", "Beyond our powers"),
        (WhistleKind.JOINT, "联合执法", "Joint enforcement"),
        (WhistleKind.EMERGENCY, "应急处置", "Emergency"),
    ],
}
_DEFAULTS: dict[str, Callable[[Situation], Any]] = {
    "category": lambda now: now.case.category.code if now.case.category is not None else None,
    "area": lambda now: now.case.area_id,
    "address": lambda now: now.case.address,
    "urgency": lambda now: now.case.urgency,
    "lead_unit": lambda now: now.case.lead_unit_id,
    "support_units": lambda now: now.case.routing.get("supports", []),
}


# Whistles.


def whistle_actions(whistle: Whistle, actor: Actor) -> list[Document]:
    """Report in and contribute for the called unit, grade for the caller, end for the caller or a checker."""
    found = []
    responders = list(whistle.responders.all())
    open_now = whistle.ended_at is None
    own = next((one for one in responders if one.unit_id == actor.unit_id), None)
    if own is not None and open_now and actor.may(Perm.REPORT_IN):
        if own.state == ResponderState.CALLED:
            found.append(_action("report_in", "报到", "Report in", Perm.REPORT_IN, []))
        elif own.state in {ResponderState.REPORTED_IN, ResponderState.DONE}:
            fields = [_plain_field("contribution", "textarea", "协同处置情况", "What was done", required=True)]
            found.append(_action("contribute", "协同处置", "Contribute", Perm.REPORT_IN, fields))
    caller = actor.unit_id is not None and calling_pos(actor) == whistle.caller_pos
    ungraded = [one for one in responders if one.grade is None and one.reported_in_at is not None]
    if caller and actor.may(Perm.WHISTLE) and ungraded:
        found.append(_action("grade", "评价", "Grade", Perm.WHISTLE, _grading(ungraded)))
    checker = actor.may(Perm.WHISTLE_END) and actor.unit_kind not in CALLING_UNITS
    if open_now and ((caller and actor.may(Perm.WHISTLE)) or checker):
        fields = [_plain_field("outcome", "textarea", "结果", "Outcome", required=False)]
        permission = Perm.WHISTLE if caller and actor.may(Perm.WHISTLE) else Perm.WHISTLE_END
        found.append(_action("end", "结束吹哨", "End", permission, fields))
    return found


def _grading(responders: list[Responder]) -> list[Document]:
    units = [{"value": str(one.pk), "label": one.unit.name, "label_en": one.unit.name} for one in responders]
    return [
        _plain_field("responder_id", "select", "报到单位", "Unit", required=True, options=units),
        _plain_field("grade", "rating", "评价", "Grade", required=True),
        _plain_field("grade_comment", "textarea", "评语", "Comment", required=False),
    ]


def _plain_field(
    name: str, kind: str, zh: str, en: str, *, required: bool, options: list[Document] | None = None
) -> Document:
    return {
        "name": name, "type": kind, "label": zh, "label_en": en, "required": required, "options": options,
        "default": None, "hint": None,
    }  # fmt: skip
