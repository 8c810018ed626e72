"""The life of a plan as data: the same table feeds the services, the API, the buttons and a test over every pair."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices

from wangge.divisions.policies import Perm


class State(TextChoices):
    DESIGNING = "designing", "划分中"
    FAILED = "failed", "未能划分"
    DRAFT = "draft", "草案"
    PROPOSED = "proposed", "待审批"
    PUBLISHED = "published", "已批准待生效"
    IN_FORCE = "in_force", "已生效"
    DISCARDED = "discarded", "已作废"


class Step(StrEnum):
    CANCEL = "cancel"
    REDESIGN = "redesign"
    PROPOSE = "propose"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REFUSE = "refuse"
    UNDO = "undo"
    DISCARD = "discard"


@dataclass(frozen=True)
class Transition:
    to: State
    permission: Perm
    needs_reason: bool = False
    needs_day: bool = False


@dataclass(frozen=True)
class Words:
    zh: str
    en: str


TEXT: dict[Step, Words] = {
    Step.CANCEL: Words("停止划分", "Stop designing"),
    Step.REDESIGN: Words("重新划分", "Design again"),
    Step.PROPOSE: Words("提请审批", "Propose"),
    Step.WITHDRAW: Words("撤回", "Withdraw"),
    Step.APPROVE: Words("批准发布", "Approve and publish"),
    Step.REFUSE: Words("不予批准", "Refuse"),
    Step.UNDO: Words("撤销发布", "Undo publishing"),
    Step.DISCARD: Words("作废", "Discard"),
}

TRANSITIONS: dict[tuple[State, Step], Transition] = {
    # The job itself ends the designing: what it has found by then is kept.
    (State.DESIGNING, Step.CANCEL): Transition(State.DESIGNING, Perm.DRAFT_PLAN),
    (State.FAILED, Step.REDESIGN): Transition(State.DESIGNING, Perm.DRAFT_PLAN),
    (State.DRAFT, Step.REDESIGN): Transition(State.DESIGNING, Perm.DRAFT_PLAN),
    (State.DRAFT, Step.PROPOSE): Transition(State.PROPOSED, Perm.PROPOSE_PLAN, needs_reason=True, needs_day=True),
    (State.DRAFT, Step.DISCARD): Transition(State.DISCARDED, Perm.DRAFT_PLAN, needs_reason=True),
    (State.FAILED, Step.DISCARD): Transition(State.DISCARDED, Perm.DRAFT_PLAN),
    (State.PROPOSED, Step.WITHDRAW): Transition(State.DRAFT, Perm.PROPOSE_PLAN, needs_reason=True),
    (State.PROPOSED, Step.APPROVE): Transition(State.PUBLISHED, Perm.APPROVE_PLAN),
    (State.PROPOSED, Step.REFUSE): Transition(State.DRAFT, Perm.APPROVE_PLAN, needs_reason=True),
    (State.PUBLISHED, Step.UNDO): Transition(State.DRAFT, Perm.APPROVE_PLAN, needs_reason=True),
}
