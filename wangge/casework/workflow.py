"""The life of a case as data: every state, every step, who may take it, what it needs, which clocks it moves.

The same table feeds the services, the API, the buttons in the web, the figure in the docs and a test over
every (state, step) pair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import TextChoices

from wangge.casework.policies import Perm

if TYPE_CHECKING:
    from wangge.casework.models import WorkOrder
    from wangge.org.scope import Actor


class State(TextChoices):
    SUBMITTED = "submitted", "待受理"
    ACCEPTED = "accepted", "待立案"
    REGISTERED = "registered", "已立案"
    DISPATCHED = "dispatched", "处置中"
    HANDLED = "handled", "待核查"
    VERIFIED = "verified", "待回访"
    CLOSED = "closed", "已办结"
    REOPENED = "reopened", "重办"
    CARRIED_OVER = "carried_over", "挂账"
    CANCELLED = "cancelled", "作废"
    MERGED = "merged", "已合并"


ENDED = frozenset({State.CLOSED, State.CANCELLED, State.MERGED})
OPEN = frozenset(State) - ENDED
DECIDABLE = frozenset({State.DISPATCHED, State.HANDLED, State.VERIFIED})  # a request for time can be decided
WORKABLE = frozenset({State.REGISTERED, State.DISPATCHED, State.REOPENED})  # units can be called or made to act


class OrderState(TextChoices):
    ASSIGNED = "assigned", "待签收"
    ACKNOWLEDGED = "acknowledged", "处置中"
    DONE = "done", "已完成"
    SENT_BACK = "sent_back", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


OPEN_ORDERS = frozenset({OrderState.ASSIGNED, OrderState.ACKNOWLEDGED})
CALLING_UNITS = frozenset({"subdistrict", "community", "grid_team"})  # a grid team calls through its community


class Step(StrEnum):
    ACCEPT = "accept"
    REGISTER = "register"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    SEND_BACK = "send_back"
    REASSIGN = "reassign"
    RULE = "rule"
    HANDLE = "handle"
    HANDLE_ON_THE_SPOT = "handle_on_the_spot"
    VERIFY = "verify"
    REJECT = "reject"
    CALL_BACK = "call_back"
    RATE = "rate"
    CLOSE = "close"
    REOPEN = "reopen"
    ASK_TIME = "ask_time"
    GRANT_TIME = "grant_time"
    REFUSE_TIME = "refuse_time"
    WITHDRAW_TIME = "withdraw_time"
    RESUME = "resume"
    CANCEL = "cancel"
    MERGE = "merge"
    UNMERGE = "unmerge"
    LINK = "link"
    REMIND = "remind"
    SUPERVISE = "supervise"
    ESCALATE = "escalate"
    WHISTLE = "whistle"
    COMMENT = "comment"


class Who(StrEnum):
    """On top of the permission, the actor's relation to the case."""

    ANYONE = "anyone"  # in scope
    ORDER_UNIT = "order_unit"  # acts for a unit with an open work order (or the order's assignee)
    NOT_HANDLER = "not_handler"  # has not handled this case
    STREET_OR_COMMUNITY = "street_or_community"


@dataclass(frozen=True)
class Transition:
    """`to` None keeps the state. `fields` names the inputs beside `version` and `reason` (see api.FIELDS)."""

    to: State | None
    permission: str
    needs_reason: bool = False
    who: Who = Who.ANYONE
    fields: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()  # clock kinds met by this step
    starts: tuple[str, ...] = ()
    danger: bool = False  # the web asks once more


@dataclass(frozen=True)
class StepText:
    zh: str
    en: str


TEXT: dict[Step, StepText] = {
    Step.ACCEPT: StepText("受理", "Accept"),
    Step.REGISTER: StepText("立案", "Register"),
    Step.DISPATCH: StepText("派单", "Dispatch"),
    Step.ACKNOWLEDGE: StepText("签收", "Acknowledge"),
    Step.SEND_BACK: StepText("退单", "Send back"),
    Step.REASSIGN: StepText("转派", "Reassign"),
    Step.RULE: StepText("权属裁定", "Rule on jurisdiction"),
    Step.HANDLE: StepText("办理完成", "Handled"),
    Step.HANDLE_ON_THE_SPOT: StepText("随手处置", "Handle on the spot"),
    Step.VERIFY: StepText("核查通过", "Verify"),
    Step.REJECT: StepText("核查不通过", "Reject"),
    Step.CALL_BACK: StepText("回访", "Call back"),
    Step.RATE: StepText("评价", "Rate"),
    Step.CLOSE: StepText("办结", "Close"),
    Step.REOPEN: StepText("重办", "Reopen"),
    Step.ASK_TIME: StepText("申请延期、挂账", "Ask for time"),
    Step.GRANT_TIME: StepText("同意延期、挂账", "Grant time"),
    Step.REFUSE_TIME: StepText("不同意延期、挂账", "Refuse time"),
    Step.WITHDRAW_TIME: StepText("撤回延期、挂账申请", "Withdraw the request for time"),
    Step.RESUME: StepText("恢复办理", "Resume"),
    Step.CANCEL: StepText("作废", "Cancel"),
    Step.MERGE: StepText("合并", "Merge"),
    Step.UNMERGE: StepText("撤销合并", "Undo the merge"),
    Step.LINK: StepText("设为子案件", "Make a child of"),
    Step.REMIND: StepText("催办", "Remind"),
    Step.SUPERVISE: StepText("督办", "Supervise"),
    Step.ESCALATE: StepText("提级", "Escalate"),
    Step.WHISTLE: StepText("吹哨", "Whistle"),
    Step.COMMENT: StepText("备注", "Comment"),
}

_cancel = Transition(State.CANCELLED, Perm.CANCEL, needs_reason=True, danger=True, stops=("*",))
_merge = Transition(State.MERGED, Perm.MERGE, needs_reason=True, fields=("into",), danger=True, stops=("*",))
_link = Transition(None, Perm.MERGE, fields=("into",))
_remind = Transition(None, Perm.REMIND, needs_reason=True)
_supervise = Transition(None, Perm.SUPERVISE, needs_reason=True)
_escalate = Transition(None, Perm.ESCALATE, needs_reason=True)
_comment = Transition(None, Perm.COMMENT, needs_reason=True)
_whistle = Transition(
    None,
    Perm.WHISTLE,
    who=Who.STREET_OR_COMMUNITY,
    fields=("kind", "unit_ids", "message"),
    starts=("report_in",),
)
_register = Transition(
    State.REGISTERED,
    Perm.REGISTER,
    fields=("category", "area", "address", "urgency"),
    stops=("accept",),
    starts=("whole",),
)
_dispatch = Transition(
    State.DISPATCHED,
    Perm.DISPATCH,
    fields=("lead_unit", "support_units", "instruction"),
    starts=("acknowledge", "handle"),
)
_rule = Transition(None, Perm.RULE, needs_reason=True, fields=("lead_unit", "precedent"))
_rate = Transition(None, Perm.RATE, fields=("resolved", "rating", "rating_process"))
_decide_time = Transition(None, Perm.DECIDE_TIME, needs_reason=True)
_withdraw_time = Transition(None, Perm.ASK_TIME)
_reopen = Transition(State.REOPENED, Perm.REOPEN, needs_reason=True, stops=("call_back",), starts=("whole",))

# A step may keep the state although `to` names one (an order is done, others are not; a supporting unit
# sends back), an unhappy answer at CALL_BACK or RATE reopens, and time granted may carry the case over:
# `may_become` lists what each may do.
TRANSITIONS: dict[tuple[State, Step], Transition] = {
    (State.SUBMITTED, Step.ACCEPT): Transition(State.ACCEPTED, Perm.ACCEPT, stops=("accept",), starts=("whole",)),
    (State.SUBMITTED, Step.REGISTER): _register,
    (State.SUBMITTED, Step.HANDLE_ON_THE_SPOT): Transition(
        State.HANDLED,
        Perm.HANDLE_ON_THE_SPOT,
        fields=("result", "attachments"),
        stops=("accept",),
        starts=("whole", "verify"),
    ),
    (State.ACCEPTED, Step.REGISTER): _register,
    (State.REGISTERED, Step.DISPATCH): _dispatch,
    (State.REGISTERED, Step.RULE): _rule,
    (State.REGISTERED, Step.WHISTLE): _whistle,
    (State.DISPATCHED, Step.ACKNOWLEDGE): Transition(
        None, Perm.ACKNOWLEDGE, who=Who.ORDER_UNIT, fields=("assignee",), stops=("acknowledge",)
    ),
    (State.DISPATCHED, Step.SEND_BACK): Transition(
        State.REGISTERED,
        Perm.SEND_BACK,
        needs_reason=True,
        who=Who.ORDER_UNIT,
        fields=("send_back_code", "clause"),
        stops=("acknowledge", "handle"),
    ),
    (State.DISPATCHED, Step.REASSIGN): Transition(
        None,
        Perm.REASSIGN,
        needs_reason=True,
        fields=("lead_unit", "support_units", "instruction"),
        starts=("acknowledge", "handle"),
    ),
    (State.DISPATCHED, Step.HANDLE): Transition(
        State.HANDLED,
        Perm.HANDLE,
        who=Who.ORDER_UNIT,
        fields=("result", "attachments", "stage_only"),
        stops=("acknowledge", "handle"),
        starts=("verify",),
    ),
    (State.DISPATCHED, Step.WHISTLE): _whistle,
    (State.DISPATCHED, Step.ASK_TIME): Transition(
        None,
        Perm.ASK_TIME,
        needs_reason=True,
        who=Who.ORDER_UNIT,
        fields=("kind", "extend_days", "until", "attachments"),
    ),
    (State.CARRIED_OVER, Step.RESUME): Transition(State.DISPATCHED, Perm.CARRY_OVER, needs_reason=True),
    (State.HANDLED, Step.VERIFY): Transition(
        State.VERIFIED,
        Perm.VERIFY,
        who=Who.NOT_HANDLER,
        fields=("result", "attachments"),
        stops=("verify",),
        starts=("call_back",),
    ),
    (State.HANDLED, Step.REJECT): Transition(
        State.DISPATCHED,
        Perm.VERIFY,
        needs_reason=True,
        who=Who.NOT_HANDLER,
        stops=("verify",),
        starts=("handle",),
    ),
    (State.VERIFIED, Step.CALL_BACK): Transition(
        None,
        Perm.CALL_BACK,
        needs_reason=True,
        fields=("reached", "resolved", "rating", "rating_process"),
        stops=("call_back",),
    ),
    (State.VERIFIED, Step.RATE): _rate,
    (State.VERIFIED, Step.CLOSE): Transition(State.CLOSED, Perm.CLOSE, stops=("*",)),
    (State.VERIFIED, Step.REOPEN): _reopen,
    (State.MERGED, Step.UNMERGE): Transition(State.REGISTERED, Perm.MERGE, needs_reason=True, danger=True),
    # Each caller is asked, not only the one whose case goes on.
    (State.MERGED, Step.CALL_BACK): Transition(
        None, Perm.CALL_BACK, needs_reason=True, fields=("reached", "resolved", "rating", "rating_process")
    ),
    (State.CLOSED, Step.RATE): _rate,
    (State.CLOSED, Step.REOPEN): _reopen,
    (State.REOPENED, Step.DISPATCH): _dispatch,
    (State.REOPENED, Step.RULE): _rule,
    (State.REOPENED, Step.WHISTLE): _whistle,
    **{(state, Step.GRANT_TIME): _decide_time for state in sorted(DECIDABLE)},
    **{(state, Step.REFUSE_TIME): _decide_time for state in sorted(DECIDABLE)},
    **{(state, Step.WITHDRAW_TIME): _withdraw_time for state in sorted(DECIDABLE)},
    **{(state, Step.CANCEL): _cancel for state in sorted(OPEN)},
    **{(state, Step.MERGE): _merge for state in sorted(OPEN)},
    **{(state, Step.LINK): _link for state in sorted(OPEN)},
    **{(state, Step.REMIND): _remind for state in sorted(OPEN)},
    **{(state, Step.SUPERVISE): _supervise for state in sorted(OPEN)},
    **{(state, Step.COMMENT): _comment for state in sorted(OPEN)},
    **{(state, Step.ESCALATE): _escalate for state in sorted(WORKABLE | {State.SUBMITTED, State.ACCEPTED})},
}

_REOPENING = frozenset({Step.CALL_BACK, Step.RATE})
_PARTIAL = frozenset({Step.SEND_BACK, Step.HANDLE})


def may_become(state: State, step: Step) -> frozenset[State]:
    """Every state the case can be in after `step`; empty when the step is not for this state."""
    transition = TRANSITIONS.get((state, step))
    if transition is None:
        return frozenset()
    results = {transition.to or state}
    if step in _PARTIAL:
        results |= {state, State.HANDLED}
    if step is Step.GRANT_TIME and state is State.DISPATCHED:
        results.add(State.CARRIED_OVER)
    if step in _REOPENING:
        results.add(State.REOPENED)
    if step is Step.UNMERGE:
        results |= {State.SUBMITTED, State.ACCEPTED, State.REOPENED}  # where it was
    if step is Step.HANDLE_ON_THE_SPOT:
        results.add(State.CLOSED)
    return frozenset(results)


def acts_for(actor: Actor, order: WorkOrder) -> bool:
    """The order's own unit, a unit whose tree holds it when the post covers the tree, or the person named on it."""
    if order.assignee_id is not None and order.assignee_id in (actor.user_id, actor.on_behalf_of):
        return True
    if actor.unit_id is None:
        return False
    return order.unit_pos == actor.unit_pos or any(
        start == actor.unit_pos and start <= order.unit_pos < end for start, end in actor.scope.units
    )


def stands_right(who: Who, actor: Actor, orders: Iterable[WorkOrder]) -> bool:
    """Whether the actor's relation to the case (given its work orders) is the one `who` asks for."""
    if who is Who.ORDER_UNIT:
        return any(order.state in OPEN_ORDERS and acts_for(actor, order) for order in orders)
    if who is Who.NOT_HANDLER:
        selves = {actor.user_id, actor.on_behalf_of} - {None}
        return not any(selves & set(order.worked_by) for order in orders)
    if who is Who.STREET_OR_COMMUNITY:
        return actor.unit_kind in CALLING_UNITS
    return True


def steps_from(state: State) -> dict[Step, Transition]:
    return {step: transition for (source, step), transition in TRANSITIONS.items() if source == state}


def mermaid() -> str:
    """The figure in the docs, drawn from the table; steps that keep the state are left out."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state.value}: {state.label}" for state in State]
    lines.append(f"    [*] --> {State.SUBMITTED.value}")
    edges: dict[tuple[State, State], list[str]] = {}
    for state, step in TRANSITIONS:
        for target in sorted(may_become(state, step) - {state}):
            edges.setdefault((state, target), []).append(TEXT[step].zh)
    lines += [f"    {a.value} --> {b.value}: {'、'.join(steps)}" for (a, b), steps in edges.items()]
    lines += [f"    {state.value} --> [*]" for state in sorted(ENDED)]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class SendBackReason:
    code: str
    zh: str
    en: str
    needs_clause: bool = field(default=False)


SEND_BACK_REASONS = (
    SendBackReason("not_ours", "不属于本单位职责", "Not within our duties", needs_clause=True),
    SendBackReason("wrong_place", "地点不在辖区", "Place outside our area"),
    SendBackReason("duplicate", "重复派单", "Dispatched twice"),
    SendBackReason("incomplete", "信息不全无法处置", "Too little information to act"),
    SendBackReason("superior", "需上级协调", "Needs the upper level"),
)
