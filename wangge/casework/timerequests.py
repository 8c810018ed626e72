"""Who may do what with a request for time: asked by the services and by the buttons alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wangge.casework import timing
from wangge.casework.models import Case, Clock, ClockKind, TimeRequest, TimeRequestKind, TimeRequestState

if TYPE_CHECKING:
    from wangge.org.scope import Actor


def waiting(case: Case) -> TimeRequest | None:
    """The request that waits for its decision; a case has at most one."""
    return TimeRequest.objects.filter(case=case, state=TimeRequestState.ASKED).select_related("unit").first()


def may_extend_again(requests: Iterable[TimeRequest], clocks: Iterable[Clock]) -> bool:
    """Counted since the whole-case promise began: a case that was opened again starts anew."""
    began = max((one.started_at for one in clocks if one.kind == ClockKind.WHOLE), default=None)
    granted = [
        one
        for one in requests
        if one.kind == TimeRequestKind.EXTEND
        and one.state == TimeRequestState.GRANTED
        and (began is None or one.asked_at >= began)
    ]
    return len(granted) < timing.rules().extend_most_times


def may_decide(actor: Actor, request: TimeRequest) -> bool:
    """Nobody decides what they, whom they stand in for, or their own unit asked for."""
    itself = request.asked_by in (actor.user_id, actor.on_behalf_of)
    return actor.unit_id is not None and actor.unit_id != request.unit_id and not itself


def may_withdraw(actor: Actor, request: TimeRequest) -> bool:
    return request.asked_by in (actor.user_id, actor.on_behalf_of) or actor.unit_id == request.unit_id
