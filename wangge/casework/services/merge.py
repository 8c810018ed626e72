"""Duplicates into one, and children under a parent."""

from __future__ import annotations

from wangge.casework.models import Case, ClockKind, Party
from wangge.casework.services import clocks, orders
from wangge.casework.services.turn import Blocked, Turn, effect
from wangge.casework.workflow import ENDED, OPEN, Step
from wangge.kit.errors import NotFound

# Channels whose caller was promised an answer on that very number: the promise outlives the merge.
PROMISING_CHANNELS = frozenset({"hotline12345", "public"})


def _other(turn: Turn) -> Case:
    """The case named by `into`, locked by `steps.take` together with this one, lowest id first."""
    into = turn.identifier("into", required=True)
    assert into is not None
    if into == turn.case.pk:
        turn.refuse("into", "不能指向案件自身", "A case cannot point at itself")
    # The actor must be able to see it: an id outside the scope is answered like one that does not exist.
    other = Case.objects.filter(pk=into).first()
    if other is None:
        raise NotFound
    if other.state in ENDED:
        turn.refuse("into", "目标案件已结束", "That case has ended")
    return other


@effect(Step.MERGE)
def merge(turn: Turn) -> None:
    case, target = turn.case, _other(turn)
    orders.nothing_hangs(case)
    orders.withdraw(turn, turn.open_orders)
    turn.stops = ()
    if case.channel in PROMISING_CHANNELS:
        kept = {ClockKind.WHOLE.value}
        _bring_forward(case, target)
    else:
        kept = set()
    clocks.cancel(case, [kind for kind in ClockKind.values if kind not in kept], turn.at)
    case.merged_into = target
    case.needs_human = ""
    for party in Party.objects.filter(case=case).select_related("unit"):
        Party.objects.get_or_create(
            case=target,
            unit=party.unit,
            defaults={"unit_pos": party.unit_pos, "role": "support", "submitted_at": target.submitted_at},
        )
    turn.note(into={"id": str(target.pk), "number": target.number})
    turn.also.append((target, "merged_in", {"case": {"id": str(case.pk), "number": case.number}}))


def _bring_forward(case: Case, target: Case) -> None:
    """The surviving case shows the earliest promise made to any of its callers."""
    if case.due_at is not None and (target.due_at is None or case.due_at < target.due_at):
        target.due_at = case.due_at
        target.save(update_fields=["due_at"])


@effect(Step.LINK)
def link(turn: Turn) -> None:
    case, parent = turn.case, _other(turn)
    if parent.parent_id is not None:
        turn.refuse("into", "目标案件本身是子案件", "That case is a child itself")
    if Case.objects.filter(parent=case, state__in=OPEN).exists():
        raise Blocked("该案件已有子案件，不能再设为子案件", "It has open children of its own")
    case.parent = parent
    turn.note(parent={"id": str(parent.pk), "number": parent.number})
    turn.also.append((parent, "child_linked", {"case": {"id": str(case.pk), "number": case.number}}))
