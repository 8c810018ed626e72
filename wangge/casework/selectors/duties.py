"""What a person must do now, said once: the to-do list, its badge and the reason on each row come from here."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from wangge.casework.models import Responder, ResponderState, WorkOrder
from wangge.casework.policies import Perm
from wangge.casework.workflow import CALL_BACK_ATTEMPTS, SEND_BACKS_BEFORE_RULING, OrderState, State
from wangge.kit.tree import UNITS

if TYPE_CHECKING:
    from wangge.org.scope import Actor

_NEEDS_RULING = Q(send_backs__gte=SEND_BACKS_BEFORE_RULING, ruled_at__isnull=True)
_NOBODY_TO_ASK = Q(reporter_phone_encrypted__isnull=True)
_ASKED = _NOBODY_TO_ASK | Q(reached=True) | Q(calls__gte=CALL_BACK_ATTEMPTS) | Q(rating__isnull=False)


@dataclass(frozen=True)
class Duty:
    """Cases for which `when` holds wait for this person, because of `zh`."""

    code: str
    zh: str
    when: Q


@functools.lru_cache(maxsize=512)
def duties(actor: Actor) -> tuple[Duty, ...]:
    """In the order in which a row names them. Kept, because putting the conditions together costs milliseconds."""
    return (*_desk(actor), *_orders(actor), *_checking(actor), *_whistles(actor))


def _desk(actor: Actor) -> list[Duty]:
    found = []
    if actor.may(Perm.ACCEPT):
        found.append(Duty("accept", "待受理", Q(state=State.SUBMITTED)))
    if actor.may(Perm.REGISTER):
        found.append(Duty("register", "待立案", Q(state=State.ACCEPTED)))
    if actor.may(Perm.DISPATCH):
        found.append(Duty("dispatch", "待派单", Q(state=State.REGISTERED) & ~_NEEDS_RULING))
        found.append(Duty("dispatch_again", "重办待派单", Q(state=State.REOPENED) & ~_NEEDS_RULING))
    if actor.may(Perm.RULE):
        waiting = Q(state__in=[State.REGISTERED, State.REOPENED])
        found.append(Duty("rule", "多次退单，待裁定", waiting & _NEEDS_RULING))
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


def _checking(actor: Actor) -> list[Duty]:
    found = []
    if actor.may(Perm.VERIFY):
        by_me = Exists(WorkOrder.objects.filter(case=OuterRef("pk"), worked_by__overlap=selves(actor)))
        found.append(Duty("verify", "待核查", Q(state=State.HANDLED) & ~Q(by_me)))
    if actor.may(Perm.CALL_BACK):
        found.append(Duty("call_back", "待回访", Q(state=State.VERIFIED) & ~_ASKED))
    if actor.may(Perm.CLOSE):
        found.append(Duty("close", "待办结", Q(state=State.VERIFIED) & _ASKED))
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
