"""The counts again, slowly and one case at a time, from the definitions alone: what the fast ones must equal."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from wangge.appraisal.measures import Measure, Spread, bin_of
from wangge.audit.models import Entry
from wangge.casework.models import Case, Clock, Notice, TimeRequest, Whistle, WorkOrder
from wangge.kit.tree import AREAS

LOCAL = ZoneInfo("Asia/Shanghai")
ENDED = {"closed", "cancelled", "merged"}
LEVELS = {
    "grid_team": Measure.SETTLED_GRID, "community": Measure.SETTLED_COMMUNITY,
    "subdistrict": Measure.SETTLED_SUBDISTRICT,
}  # fmt: skip
DECIDED = {
    "acknowledge": (Measure.ACK_DUE, Measure.ACK_MET), "handle": (Measure.HANDLE_DUE, Measure.HANDLE_MET),
    "report_in": (Measure.REPORT_DUE, Measure.REPORT_MET), "whole": (Measure.DUE, Measure.DUE_KEPT),
}  # fmt: skip

OF_MATTERS = {Measure.SUBMITTED, Measure.CLOSED, Measure.OVERDUE}
What = Measure | tuple[Spread, int]
Said = tuple[dt.date, UUID | None, What, int]


def day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(LOCAL).date()


def minutes(since: dt.datetime, until: dt.datetime) -> int:
    whole, rest = divmod(until - since, dt.timedelta(minutes=1))
    return whole + bool(rest)


@dataclass
class Reference:
    """`totals[kind, owner, day, class]` by measure, `spreads[kind, owner, day]` by bin, `open` cases by owner."""

    totals: Counter[tuple[str, str, dt.date, str, Measure]] = field(default_factory=Counter)
    spreads: Counter[tuple[str, str, dt.date, Spread, int]] = field(default_factory=Counter)
    standing: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    overdue: Counter[int] = field(default_factory=Counter)


def count(now: dt.datetime) -> Reference:
    found = Reference()
    for case in Case.objects.filter(history=False).select_related("category", "lead_unit"):
        stratum = f"{case.category.code[0] if case.category else ''}:{case.urgency}"
        matter = matter_of(case)
        for when, unit, what, amount in said_of(case):
            owners = [("district", "0")]
            owners += [("unit", str(unit))] if unit else []
            owners += [("community", str(case.community_pos))] if case.community_pos else []
            owners += [("subdistrict", str(case.subdistrict_pos))] if case.subdistrict_pos else []
            for kind, owner in owners:
                if isinstance(what, tuple):
                    found.spreads[kind, owner, when, *what] += amount
                else:
                    found.totals[kind, owner, when, stratum, what] += amount
                    if what in OF_MATTERS and kind in ("district", "unit"):
                        found.totals["matter", owner, when, matter, what] += amount
        if case.state not in ENDED:
            assert case.subdistrict_pos == (AREAS.ancestor(case.area_pos, 1) if case.area_pos else 0)
            for owner in {0, case.subdistrict_pos, case.community_pos}:
                found.standing[owner, "open", ""] += 1
                found.standing[owner, "state", case.state] += 1
                found.standing[owner, "channel", case.channel] += 1
                found.standing[owner, "category", case.category.code if case.category else ""] += 1
                found.standing[owner, "card", case.card] += bool(case.card)
                found.overdue[owner] += case.due_at is not None and case.due_at < now
    return found


def matter_of(case: Case) -> str:
    """The kind of matter below its root; a category without parents is its own."""
    path = []
    above = case.category
    while above is not None:
        path.append(above)
        above = above.parent
    return path[-2].code if len(path) > 1 else path[0].code if path else ""


def said_of(case: Case) -> Iterator[Said]:
    lead = case.lead_unit_id
    log = list(Entry.objects.filter(subject_type="case", subject_id=case.pk).order_by("number"))
    orders = list(WorkOrder.objects.filter(case=case))
    yield from _itself(case, lead)
    yield from _promises(case, lead)
    yield from _work(case, orders)
    for called in Whistle.objects.filter(case=case).prefetch_related("responders"):
        for one in called.responders.all():
            yield day(called.called_at), one.unit_id, Measure.WHISTLES, 1
    for request in TimeRequest.objects.filter(case=case, state="granted"):
        what = Measure.EXTENDED if request.kind == "extend" else Measure.CARRIED_OVER
        yield day(request.decided_at), request.unit_id, what, 1
    for notice in Notice.objects.filter(case=case, kind__in=["supervise", "account"]):
        what = Measure.SUPERVISED if notice.kind == "supervise" else Measure.ACCOUNTED
        yield day(notice.at), notice.unit_id, what, 1
    yield from _told(log, orders, lead)
    yield from _rounds(log, orders, lead)


def _itself(case: Case, lead: UUID | None) -> Iterator[Said]:
    if case.state != "merged" and case.channel != "prevention":
        yield day(case.submitted_at), lead, Measure.SUBMITTED, 1
        if case.on_the_spot:
            yield day(case.submitted_at), lead, Measure.ON_THE_SPOT, 1
    if case.state == "closed":
        when = day(case.closed_at)
        yield when, lead, Measure.CLOSED, 1
        yield when, lead, (Spread.CLOSING, bin_of(minutes(case.submitted_at, case.closed_at))), 1
        if case.closed_in_time:
            yield when, lead, Measure.CLOSED_IN_TIME, 1
        if case.lead_unit is not None:
            yield when, lead, Measure.SETTLED, 1
            yield when, lead, LEVELS.get(case.lead_unit.kind, Measure.SETTLED_DISTRICT), 1


def _promises(case: Case, lead: UUID | None) -> Iterator[Said]:
    for promise in Clock.objects.filter(case=case, kind__in=DECIDED).select_related("work_order", "responder"):
        kept = promise.state == "met"
        if not kept and promise.state != "late" and promise.missed_at is None:
            continue
        when = day(promise.stopped_at if kept else promise.due_at)
        of = promise.work_order or promise.responder
        unit = lead if promise.kind == "whole" else of.unit_id
        decided, met = DECIDED[promise.kind]
        yield when, unit, decided, 1
        if kept:
            yield when, unit, met, 1
        elif promise.kind == "whole":
            yield when, unit, Measure.OVERDUE, 1


def _work(case: Case, orders: list[WorkOrder]) -> Iterator[Said]:
    for order in orders:
        if order.state == "done":
            took = minutes(order.assigned_at, order.done_at)
            yield day(order.done_at), order.unit_id, (Spread.HANDLING, bin_of(took)), 1
    known = [order for order in orders if order.acknowledged_at]
    if known:
        first = min(known, key=lambda order: (order.acknowledged_at, order.pk))
        took = minutes(case.submitted_at, first.acknowledged_at)
        yield day(first.acknowledged_at), first.unit_id, (Spread.FIRST_RESPONSE, bin_of(took)), 1


def _who_did(orders: list[WorkOrder], moment: dt.datetime, lead: UUID | None) -> UUID | None:
    done = [order for order in orders if order.done_at and order.done_at <= moment]
    return max(done, key=lambda order: (order.lead, order.done_at)).unit_id if done else lead


def _told(log: list[Entry], orders: list[WorkOrder], lead: UUID | None) -> Iterator[Said]:
    dispatched = 0
    for entry in log:
        verb, data, when = entry.action.removeprefix("casework:"), entry.data, day(entry.at)
        did = _who_did(orders, entry.at, lead)
        named = {key: UUID(data[key]["id"]) for key in ("unit", "lead_unit", "from_unit") if data.get(key)}
        if verb in ("case:rate", "case:call_back"):
            yield from ((when, did, what, 1) for what in _answers(data))
        if data.get("state", [None, None])[1] == "reopened" and verb != "case:unmerge":  # it stood so before
            yield when, did, Measure.REOPENED, 1
        if verb == "case:dispatch":
            dispatched += 1
            if dispatched > 1 and data["state"][0] == "registered":
                yield when, named["lead_unit"], Measure.REDISPATCHED, 1
        if verb == "case:reassign" and named.get("from_unit", named["lead_unit"]) != named["lead_unit"]:
            yield when, named["lead_unit"], Measure.REDISPATCHED, 1
        simple = {
            "case:reject": ("unit", Measure.REWORK), "case:send_back": ("unit", Measure.SENT_BACK),
            "case:escalate": ("from_unit", Measure.ESCALATED), "whistle:grade": ("unit", Measure.GRADED),
        }.get(verb)  # fmt: skip
        if simple:
            yield when, named.get(simple[0]), simple[1], 1
        if verb == "whistle:grade":
            yield when, named["unit"], Measure.GRADE_SUM, data["grade"]
        if verb == "case:cancel":
            yield when, lead, Measure.CANCELLED, 1


def _answers(data: dict) -> Iterator[Measure]:
    if data.get("rating") is not None:
        yield Measure.RATED
        if data["rating"] >= 4:
            yield Measure.SATISFIED
    if data.get("rating_process") is not None:
        yield Measure.RATED_PROCESS
        if data["rating_process"] >= 4:
            yield Measure.SATISFIED_PROCESS
    if data.get("resolved") is not None:
        yield Measure.RESOLVED_ASKED
        if data["resolved"]:
            yield Measure.RESOLVED


def _rounds(log: list[Entry], orders: list[WorkOrder], lead: UUID | None) -> Iterator[Said]:
    rounds: list[list[Entry]] = []
    for entry in log:
        if entry.action == "casework:case:call_back":
            if entry.data["attempt"] == 1:
                rounds.append([])
            rounds[-1].append(entry)
    for calls in rounds:
        did = _who_did(orders, calls[0].at, lead)
        yield day(calls[0].at), did, Measure.ASKED, 1
        if any(call.data["reached"] for call in calls):
            yield day(calls[0].at), did, Measure.REACHED, 1
