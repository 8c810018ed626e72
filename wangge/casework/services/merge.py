"""Duplicates into one and apart again, and children under a parent."""

from __future__ import annotations

from datetime import datetime

from wangge.audit import selectors as audit
from wangge.casework.models import Case, Clock, ClockKind, ClockState, Party
from wangge.casework.services import clocks, orders
from wangge.casework.services.turn import Blocked, Turn, effect
from wangge.casework.workflow import ENDED, OPEN, State, Step
from wangge.kit.errors import NotFound

# Channels whose caller was promised an answer on that very number: the promise outlives the merge.
PROMISING_CHANNELS = frozenset(
    {"hotline12345", "public", "letter", "secretary_wechat", "enterprise", "leader", "police110", "round_table", "wish"}
)


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
    if case.channel in PROMISING_CHANNELS or case.needs_call_back:
        kept = {ClockKind.WHOLE.value}
        _promise(case, turn.at)
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


def _promise(case: Case, at: datetime) -> None:
    """Merging takes the matter up: from now on its caller waits for the answer, not for being heard."""
    if not clocks.live(case, (ClockKind.WHOLE,)).exists():
        clocks.stop(case, (ClockKind.ACCEPT,), at)
        clocks.start(case, clocks.whole(case, at))


@effect(Step.UNMERGE)
def unmerge(turn: Turn) -> None:
    """It was no duplicate: it goes on by itself where it was, under its first promise while that was not answered."""
    case, target = turn.case, turn.case.merged_into
    assert target is not None
    entries = audit.log_of(subject_type="case", subject_id=case.pk)
    before = next(one.data["state"][0] for one in reversed(entries) if one.action == "casework:case:merge")
    turn.to = State(before) if before in _BACK else State.REGISTERED
    case.merged_into = None
    case.closed_at = case.closed_in_time = None
    if turn.to == State.SUBMITTED:
        clocks.cancel(case, clocks.ALL, turn.at)
        clocks.start(case, clocks.promise(case, ClockKind.ACCEPT, turn.at))
    else:
        _go_on(case, turn.at)
    _due_again(target)
    turn.note(left={"id": str(target.pk), "number": target.number})
    turn.also.append((target, "taken_apart", {"case": {"id": str(case.pk), "number": case.number}}))


_BACK = frozenset({State.SUBMITTED, State.ACCEPTED, State.REOPENED})  # the others' orders were withdrawn


def _go_on(case: Case, at: datetime) -> None:
    running = clocks.live(case, (ClockKind.WHOLE,)).first()
    if running is None:
        last = Clock.objects.filter(case=case, kind=ClockKind.WHOLE).order_by("-started_at").first()
        unanswered = last is not None and last.state == ClockState.CANCELLED
        clocks.start(case, clocks.whole(case, last.started_at if last is not None and unanswered else at))
    else:
        case.due_at = running.due_at


def _due_again(target: Case) -> None:
    """What is left of the promises that the target answers for."""
    if target.state in ENDED:
        return
    merged = Case.objects.filter(merged_into=target, state=State.MERGED).values_list("pk", flat=True)
    promised = Clock.objects.filter(
        case__in=[target.pk, *merged], kind=ClockKind.WHOLE, state__in=clocks.LIVE
    ).order_by("due_at")
    first = promised.first()
    Case.objects.filter(pk=target.pk).update(due_at=first.due_at if first is not None else None)


def _bring_forward(case: Case, target: Case) -> None:
    """The surviving case shows the earliest promise made to any of its callers."""
    if case.due_at is not None and (target.due_at is None or case.due_at < target.due_at):
        target.due_at = case.due_at
        target.save(update_fields=["due_at"])


def leave(turn: Turn) -> None:
    """Out of the merge because its caller is not content with the common answer."""
    target = turn.case.merged_into
    assert target is not None
    turn.case.merged_into = None
    turn.also.append((target, "taken_apart", {"case": {"id": str(turn.case.pk), "number": turn.case.number}}))


def worked_on(case: Case) -> Case:
    """The case in which the matter goes on."""
    found = case
    while found.state == State.MERGED and found.merged_into is not None:
        found = found.merged_into
    return found


def all_merged(case: Case) -> list[Case]:
    """Cases merged into this one, and those merged into them before."""
    found, ahead = [], [case.pk]
    while ahead:
        step = list(Case.objects.filter(merged_into__in=ahead, state=State.MERGED).order_by("submitted_at", "pk"))
        found += step
        ahead = [one.pk for one in step]
    return found


def callers_of(case: Case) -> list[Case]:
    """Merged cases whose reporter left a number."""
    return [one for one in all_merged(case) if one.needs_call_back]


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
