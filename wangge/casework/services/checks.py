"""Steps after the work: verify, reject, call back, rate, close, reopen."""

from __future__ import annotations

from datetime import datetime

from wangge.casework import timing
from wangge.casework.models import Case, ClockKind, ClockState, WorkOrder
from wangge.casework.services import clocks, merge, orders
from wangge.casework.services.turn import Blocked, Turn, attach, effect, name_of
from wangge.casework.workflow import OPEN, OrderState, State, Step


@effect(Step.VERIFY)
def verify(turn: Turn) -> None:
    result = turn.text("result", 500)
    attach(turn, "verify")
    # Work done again is asked about again: the answer to the earlier round stays in the log.
    turn.case.calls = 0
    turn.case.reached = False
    turn.case.rating = turn.case.rating_process = turn.case.resolved = None
    turn.note(result=result)


@effect(Step.REJECT)
def reject(turn: Turn) -> None:
    """The lead does it again under a new order; the old one stays as it was done."""
    done = [order for order in turn.orders if order.state == OrderState.DONE]
    last = max(done, key=lambda order: (order.lead, order.assigned_at))
    again = orders.new_order(turn.case, last.unit, turn.at, lead=True, instruction=turn.reason[:500])
    clocks.stop(turn.case, (ClockKind.ACKNOWLEDGE,), turn.at, work_order=again)
    WorkOrder.objects.filter(pk=again.pk).update(
        state=OrderState.ACKNOWLEDGED, acknowledged_at=turn.at, assignee_id=last.assignee_id
    )
    turn.case.lead_unit = last.unit
    turn.case.handled_at = None
    turn.starts = ()
    turn.note(unit=name_of(last.unit))


@effect(Step.CALL_BACK)
def call_back(turn: Turn) -> None:
    """One attempt. The clock stops when the resident was reached or tried often enough.

    The caller of a merged case is asked too, and goes on alone when the common answer did not solve the matter.
    """
    case = turn.case
    if case.state == State.MERGED and case.merged_into is not None:
        if merge.worked_on(case).state not in (State.VERIFIED, State.CLOSED):
            raise Blocked("主案件尚未核查，暂不回访", "The case it was merged into is not verified yet")
        turn.stops = ()
    case.calls += 1
    reached = turn.flag("reached")
    rating = turn.number("rating", 1, 5)
    if rating is not None and not reached:
        turn.refuse("rating", "未接通时不能记录评价", "No rating without having reached the resident")
    resolved = _resolved(turn)
    if resolved is not None and not reached:
        turn.refuse(
            "resolved", "未接通时不能记录是否解决", "No word on the outcome without having reached the resident"
        )
    if reached and resolved is None and case.resolved is None:
        turn.refuse("resolved", "请记录诉求人认为问题是否解决", "Say whether the resident holds the matter solved")
    case.reached = case.reached or reached
    turn.note(reached=reached, attempt=case.calls)
    if not case.reached and case.calls < timing.rules().call_back_attempts:
        turn.stops = ()
    _record_answer(turn, rating, resolved)


@effect(Step.RATE)
def rate(turn: Turn) -> None:
    rating = turn.number("rating", 1, 5, required=True)
    _record_answer(turn, rating, _resolved(turn))


def _resolved(turn: Turn) -> bool | None:
    """`yes` or `no`, as the form has it, or the same as a boolean; nothing was said when it is left out."""
    value = turn.fields.get("resolved")
    if value in (None, ""):
        return None
    if value in ("yes", "no"):
        return bool(value == "yes")
    return turn.flag("resolved")


def _record_answer(turn: Turn, rating: int | None, resolved: bool | None) -> None:
    """Each of the resident's answers is taken once a round; an unhappy one opens the matter again."""
    case = turn.case
    if (rating is not None and case.rating is not None) or (resolved is not None and case.resolved is not None):
        raise Blocked(
            "诉求人已对本次办理作出评价，不能再改", "The resident has rated this round already; that answer stands"
        )
    if resolved is not None:
        case.resolved = resolved
        turn.note(resolved=resolved)
    if rating is not None:
        case.rating = rating
        case.rating_process = turn.number("rating_process", 1, 5)
        turn.note(rating=rating, rating_process=case.rating_process)
    unhappy = rating is not None and rating <= timing.rules().unhappy_rating
    if resolved is False or unhappy:
        _take_up_again(turn, "unhappy" if unhappy else "unsolved")


def _take_up_again(turn: Turn, why: str) -> None:
    """A second unhappy answer is for a person to judge: opening it again by rule would never end."""
    case = turn.case
    if case.reopens or case.history:
        case.supervised = True
        return
    if case.state == State.MERGED:
        merge.leave(turn)
    _reopen(turn)
    turn.to = State.REOPENED
    turn.stops = ("call_back",)
    turn.starts = ("whole",)
    turn.note(reopened=why)


@effect(Step.CLOSE)
def close(turn: Turn) -> None:
    case = turn.case
    needs_call, attempts = case.needs_call_back, timing.rules().call_back_attempts
    if needs_call and not case.reached and case.calls < attempts and case.rating is None:
        raise Blocked(
            f"办结前须回访诉求人：接通或至少尝试 {attempts} 次（已尝试 {case.calls} 次）",
            f"Call the resident first: reached, or {attempts} attempts (so far {case.calls})",
        )
    waiting = [one.number for one in merge.callers_of(case) if not _asked(one, attempts)]
    if waiting:
        numbers = "、".join(waiting[:5])
        raise Blocked(
            f"还有 {len(waiting)} 件并入案件的诉求人未回访：{numbers}",
            f"Call back those whose cases were merged into this one: {numbers}",
            waiting=waiting[:50],
        )
    shut(turn)


def _asked(case: Case, attempts: int) -> bool:
    return case.reached or case.calls >= attempts or case.rating is not None


def shut(turn: Turn) -> None:
    """Closing itself: nothing may hang on the case any more, and the promise is judged."""
    orders.nothing_hangs(turn.case)
    turn.case.closed_at = turn.at
    turn.case.closed_in_time = turn.case.due_at is None or turn.at <= turn.case.due_at
    turn.case.needs_human = ""
    turn.note(in_time=turn.case.closed_in_time)
    release_merged(turn.case, turn.at)
    answered = {"case": {"id": str(turn.case.pk), "number": turn.case.number}}
    turn.also += [(one, "answered_by", answered) for one in merge.all_merged(turn.case)]


def release_merged(case: Case, at: datetime) -> None:
    """Promises made on the channels of cases merged into this one are kept by its closing."""
    for merged in Case.objects.filter(merged_into=case):
        for clock in clocks.stop(merged, (ClockKind.WHOLE,), at):
            Case.objects.filter(pk=merged.pk).update(closed_at=at, closed_in_time=clock.state == ClockState.MET)
        release_merged(merged, at)


@effect(Step.REOPEN)
def reopen(turn: Turn) -> None:
    _reopen(turn)


def _reopen(turn: Turn) -> None:
    case = turn.case
    if case.history:
        raise Blocked("历史导入的案件不能重办", "Imported history cannot be opened again")
    if case.parent_id is not None and not Case.objects.filter(pk=case.parent_id, state__in=OPEN).exists():
        # The parent is closed over this child: the child goes on by itself.
        turn.note(left_parent=str(case.parent_id))
        case.parent = None
    clocks.cancel(case, (ClockKind.WHOLE,), turn.at)
    case.reopens += 1
    case.supervised = True
    case.closed_at = None
    case.closed_in_time = None
    case.handled_at = None
    case.extended = False
    case.calls = 0
    case.reached = False
