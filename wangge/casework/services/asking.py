"""More time is asked for by who has the work, and decided by somebody of another unit."""

from __future__ import annotations

from datetime import datetime, timedelta

from wangge.casework import timing
from wangge.casework.models import Attachment, Case, TimeRequest, TimeRequestKind, TimeRequestState
from wangge.casework.services import granted
from wangge.casework.services.granted import Granted
from wangge.casework.services.turn import Blocked, StandsWrong, Turn, attach, effect
from wangge.casework.timerequests import may_decide, may_extend_again, may_withdraw, waiting
from wangge.casework.workflow import DECIDABLE, State, Step
from wangge.kit.ids import uuid7

LAPSED = "案件已离开办理环节，申请自动失效"


@effect(Step.ASK_TIME)
def ask(turn: Turn) -> None:
    case = turn.case
    kind = turn.text("kind", 12, required=True)
    if kind not in TimeRequestKind.values:
        turn.refuse("kind", "申请类型无效", "Not a kind of request")
    if turn.by.unit_id is None:
        raise StandsWrong
    if waiting(case) is not None:
        raise Blocked("已有申请等待审批", "A request waits for its decision already")
    request = TimeRequest(
        id=uuid7(),
        case=case,
        kind=kind,
        reason=turn.reason[:500],
        unit_id=turn.by.unit_id,
        unit_pos=turn.by.unit_pos,
        asked_at=turn.at,
        asked_by=turn.by.user_id,
        asked_name=turn.by.name,
        due_before=case.due_at,
    )
    if kind == TimeRequestKind.EXTEND:
        request.days = _days(turn)
    else:
        request.until = _until(turn)
    request.save(force_insert=True)
    turn.note(request=str(request.pk), kind=kind, kind_name=request.get_kind_display())
    if request.days is not None:
        turn.note(days=request.days)
    if request.until is not None:
        turn.note(until=request.until.isoformat())


def _days(turn: Turn) -> int:
    case, rules = turn.case, timing.rules()
    attach(turn, "handle")
    days = turn.number("extend_days", 1, rules.extend_most_days, required=True)
    assert days is not None
    if not may_extend_again(case.time_requests.all(), case.clocks.all()):
        raise Blocked(
            f"每个案件最多延期 {rules.extend_most_times} 次",
            f"A case can be extended at most {rules.extend_most_times} times",
        )
    if case.due_at is None or turn.at > case.due_at:
        raise Blocked("延期须在到期前提出", "Extension must be asked for before the due time")
    return days


def _until(turn: Turn) -> datetime:
    """Waiting for what nobody here can hurry (a season, another project), with evidence and not for ever."""
    until, most = turn.moment("until"), timing.rules().carry_over_most_days
    if not turn.at < until <= turn.at + timedelta(days=most):
        turn.refuse("until", f"挂账期限须在 {most} 天以内的将来", f"A day within the coming {most} days")
    if not attach(turn, "handle") and not Attachment.objects.filter(case=turn.case).exists():
        turn.refuse("attachments", "挂账须附佐证材料", "Carrying over needs evidence")
    return until


@effect(Step.GRANT_TIME)
def grant(turn: Turn) -> None:
    """What is granted counts from the moment it was asked for, however long the decision took."""
    case = turn.case
    request = _to_decide(turn)
    if request.kind == TimeRequestKind.EXTEND:
        assert request.days is not None
        found = granted.extend(case, request.days, asked_at=request.asked_at)
        case.extended = True
        turn.note(days=request.days)
    else:
        found = _carry_over(turn, request)
    request.due_before, request.due_after = found.due_before, found.due_after
    _decide(turn, request, TimeRequestState.GRANTED)
    if found.due_before is not None:
        turn.note(due_before=found.due_before.isoformat())
    if found.due_after is not None and request.kind == TimeRequestKind.EXTEND:
        turn.note(due_at=found.due_after.isoformat())
    if found.taken_back:
        turn.note(taken_back=found.taken_back)


def _carry_over(turn: Turn, request: TimeRequest) -> Granted:
    case = turn.case
    assert request.until is not None
    if case.state != State.DISPATCHED:
        raise Blocked("案件已办理完成，不需要挂账", "It has been handled meanwhile: nothing to carry over")
    turn.note(until=request.until.isoformat())
    found = granted.stand_still(case, asked_at=request.asked_at, until=request.until)
    if request.until <= turn.at:  # decided after the day: the time is given back, the work goes on
        granted.resume(case, request.until)
        found.due_after = case.due_at
    else:
        turn.to = State.CARRIED_OVER
    return found


@effect(Step.REFUSE_TIME)
def refuse(turn: Turn) -> None:
    _decide(turn, _to_decide(turn), TimeRequestState.REFUSED)


@effect(Step.WITHDRAW_TIME)
def withdraw(turn: Turn) -> None:
    request = _waiting(turn)
    if not may_withdraw(turn.by, request):
        raise StandsWrong("只有申请人本单位可以撤回", "Only the unit that asked can withdraw it")
    _decide(turn, request, TimeRequestState.WITHDRAWN)


def _to_decide(turn: Turn) -> TimeRequest:
    request = _waiting(turn)
    if not may_decide(turn.by, request):
        raise StandsWrong("须由申请单位以外的人员审批", "Somebody of another unit than the one that asks must decide")
    return request


def _waiting(turn: Turn) -> TimeRequest:
    request = waiting(turn.case)
    if request is None:
        raise Blocked("没有待审批的申请", "No request waits for a decision")
    return request


def _decide(turn: Turn, request: TimeRequest, state: TimeRequestState) -> None:
    request.state = state
    request.decided_at = turn.at
    request.decided_by = turn.by.user_id
    request.decided_name = turn.by.name
    request.decision_reason = turn.reason[:500]
    request.save()
    turn.note(
        request=str(request.pk),
        kind=request.kind,
        kind_name=TimeRequestKind(request.kind).label,
        asked_at=request.asked_at.isoformat(),
        asked_name=request.asked_name,
    )


def lapse(case: Case, before: str, at: datetime) -> str | None:
    """A request nobody has decided ends with the work it was about; the id for the log."""
    if before not in DECIDABLE or case.state in DECIDABLE:
        return None
    request = waiting(case)
    if request is None:
        return None
    request.state = TimeRequestState.WITHDRAWN
    request.decided_at, request.decision_reason = at, LAPSED
    request.save(update_fields=["state", "decided_at", "decision_reason"])
    return str(request.pk)
