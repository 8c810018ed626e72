"""What a person must do now, said once: the to-do list, its badge and the reason on each row come from here."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from wangge.casework import timing
from wangge.casework.models import (
    Notice,
    NoticeKind,
    Responder,
    ResponderState,
    TimeRequest,
    TimeRequestState,
    WorkOrder,
)
from wangge.casework.policies import Perm
from wangge.casework.workflow import OrderState, State
from wangge.kit.tree import UNITS

if TYPE_CHECKING:
    from wangge.org.scope import Actor

_NOBODY_TO_ASK = Q(reporter_phone_encrypted__isnull=True)


@dataclass(frozen=True)
class Duty:
    """Cases for which `when` holds wait for this person, because of `zh`."""

    code: str
    zh: str
    when: Q


def duties(actor: Actor) -> tuple[Duty, ...]:
    """In the order in which a row names them."""
    rules = timing.rules()
    return _duties(actor, rules.send_backs_before_ruling, rules.call_back_attempts)


@functools.lru_cache(maxsize=512)
def _duties(actor: Actor, send_backs: int, attempts: int) -> tuple[Duty, ...]:
    """Kept, because putting the conditions together costs milliseconds."""
    return (
        *_desk(actor, Q(send_backs__gte=send_backs, ruled_at__isnull=True)),
        *_orders(actor),
        *_checking(actor, _NOBODY_TO_ASK | Q(reached=True) | Q(calls__gte=attempts) | Q(rating__isnull=False)),
        *_requests(actor),
        *_notices(actor),
        *_whistles(actor),
    )


def _requests(actor: Actor) -> list[Duty]:
    """Requests for time that somebody else's unit has made."""
    if not actor.may(Perm.DECIDE_TIME) or actor.unit_id is None:
        return []
    asked = TimeRequest.objects.filter(state=TimeRequestState.ASKED).exclude(unit_id=actor.unit_id)
    asked = asked.exclude(asked_by__in=selves(actor))
    return [Duty("decide_time", "延期、挂账待审批", Q(pk__in=asked.values("case")))]


def _notices(actor: Actor) -> list[Duty]:
    """Notices to the person's own unit that ask for an answer; also of a case that has ended meanwhile."""
    if not actor.may(Perm.ANSWER_NOTICE) or actor.unit_id is None:
        return []
    open_ones = Notice.objects.filter(unit_pos=actor.unit_pos, answered_at__isnull=True)
    open_ones = open_ones.exclude(kind=NoticeKind.REMIND).exclude(kind=NoticeKind.DANGER)
    return [Duty("answer_notice", "督办、问责待答复", Q(pk__in=open_ones.values("case")))]


def _desk(actor: Actor, needs_ruling: Q) -> list[Duty]:
    found = []
    if actor.may(Perm.ACCEPT):
        found.append(Duty("accept", "待受理", Q(state=State.SUBMITTED)))
    if actor.may(Perm.REGISTER):
        found.append(Duty("register", "待立案", Q(state=State.ACCEPTED)))
    if actor.may(Perm.DISPATCH):
        found.append(Duty("dispatch", "待派单", Q(state=State.REGISTERED) & ~needs_ruling))
        found.append(Duty("dispatch_again", "重办待派单", Q(state=State.REOPENED) & ~needs_ruling))
    if actor.may(Perm.RULE):
        waiting = Q(state__in=[State.REGISTERED, State.REOPENED])
        found.append(Duty("rule", "多次退单，待裁定", waiting & needs_ruling))
    return found


def _orders(actor: Actor) -> list[Duty]:
    """Orders of the person's own unit that name nobody else."""
    if actor.unit_id is None:
        return []
    ours = WorkOrder.objects.filter(case=OuterRef("pk"), unit_pos=actor.unit_pos).filter(
        Q(assignee_id__isnull=True) | Q(assignee_id__in=selves(actor))
    )
    found = []
    if actor.may(Perm.ACKNOWLEDGE):
        assigned = Exists(ours.filter(state=OrderState.ASSIGNED))
        found.append(Duty("acknowledge", "待签收", Q(state=State.DISPATCHED) & Q(assigned)))
    if actor.may(Perm.HANDLE):
        working = Exists(ours.filter(state=OrderState.ACKNOWLEDGED))
        found.append(Duty("handle", "待处置", Q(state=State.DISPATCHED) & Q(working)))
    return found


def _checking(actor: Actor, asked: Q) -> list[Duty]:
    found = []
    if actor.may(Perm.VERIFY):
        by_me = Exists(WorkOrder.objects.filter(case=OuterRef("pk"), worked_by__overlap=selves(actor)))
        found.append(Duty("verify", "待核查", Q(state=State.HANDLED) & ~Q(by_me)))
    if actor.may(Perm.CALL_BACK):
        found.append(Duty("call_back", "待回访", Q(state=State.VERIFIED) & ~asked))
    if actor.may(Perm.CLOSE):
        found.append(Duty("close", "待办结", Q(state=State.VERIFIED) & asked))
    return found


def _whistles(actor: Actor) -> list[Duty]:
    if actor.unit_id is None:
        return []
    of_case = Responder.objects.filter(whistle__case=OuterRef("pk"), whistle__ended_at__isnull=True)
    found = []
    if actor.may(Perm.REPORT_IN):
        called = of_case.filter(unit_pos=actor.unit_pos)
        found.append(Duty("report_in", "待报到", Q(Exists(called.filter(state=ResponderState.CALLED)))))
        found.append(
            Duty("contribute", "已报到，待协同处置", Q(Exists(called.filter(state=ResponderState.REPORTED_IN))))
        )
    if actor.may(Perm.WHISTLE):
        mine = of_case.filter(whistle__caller_pos=calling_pos(actor))
        here = [ResponderState.REPORTED_IN, ResponderState.DONE]
        found.append(Duty("grade", "吹哨待评价", Q(Exists(mine.filter(state__in=here, grade__isnull=True)))))
        found.append(Duty("end", "吹哨待结束", Q(Exists(mine)) & ~Q(Exists(mine.filter(grade__isnull=True)))))
    return found


def selves(actor: Actor) -> list[UUID]:
    """The person, and whoever they stand in for."""
    return [one for one in (actor.user_id, actor.on_behalf_of) if one is not None]


def calling_pos(actor: Actor) -> int:
    """The unit in whose name the actor whistles: a grid team calls through its community."""
    if actor.unit_kind != "grid_team":
        return actor.unit_pos
    depth = next(d for d in range(len(UNITS.bits)) if UNITS.ancestor(actor.unit_pos, d) == actor.unit_pos)
    return UNITS.ancestor(actor.unit_pos, depth - 1)
