"""The wall's numbers counted case by case, for a scope that is no area the counts are kept for."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q
from django.db.models.functions import ExtractHour
from django.utils import timezone

from wangge.appraisal.selectors.now import DAYS
from wangge.casework.models import Case, CaseQuerySet, Clock, ClockKind, ClockState
from wangge.casework.workflow import State
from wangge.command.figures import Figures, Street, share

if TYPE_CHECKING:
    from wangge.org.scope import Actor

SATISFIED = 4  # this rating and better
_ENDED = ["closed", "cancelled", "merged"]  # as written in the partial indexes

Rows = Sequence[Mapping[str, Any]]


def figures(*, actor: Actor, cases: CaseQuerySet, now: dt.datetime) -> Figures:
    """In four queries over what is open, what today brought and what the last days closed."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - dt.timedelta(days=DAYS - 1)
    still_open = _open(cases, now)
    submitted = _submitted(cases, midnight)
    closed = _closed(cases, since, midnight)
    hours = _totals(submitted, "hour")
    return Figures(
        at=now,
        submitted=_sum(submitted),
        closed=_sum(closed, "today"),
        on_the_spot=_sum(submitted, "on_the_spot"),
        open=_sum(still_open),
        overdue=_sum(still_open, "late"),
        cards=_totals(still_open, "card"),
        states=_totals(still_open, "state"),
        channels=_totals(still_open, "channel"),
        categories=_categories(still_open),
        hours=[hours[hour] for hour in range(24)],
        rates=_rates(closed) | {"response": _response(actor, since)},
        streets=_streets(still_open, closed),
    )


def _open(cases: CaseQuerySet, now: dt.datetime) -> Rows:
    return list(
        cases.exclude(state__in=_ENDED)
        .annotate(late=Q(due_at__lt=now))
        .values(
            "state", "subdistrict_pos", "channel", "card", "late", code=F("category__code"), name=F("category__name")
        )
        .annotate(n=Count("pk"))
        .order_by()
    )


def _submitted(cases: CaseQuerySet, midnight: dt.datetime) -> Rows:
    """A merged case is no second matter."""
    hour = ExtractHour("submitted_at", tzinfo=timezone.get_default_timezone())
    return list(
        cases.filter(submitted_at__gte=midnight)
        .exclude(state=State.MERGED)
        .values("on_the_spot", hour=hour)
        .annotate(n=Count("pk"))
        .order_by()
    )


def _closed(cases: CaseQuerySet, since: dt.datetime, midnight: dt.datetime) -> Rows:
    return list(
        cases.filter(closed_at__gte=since, state=State.CLOSED)
        .annotate(today=Q(closed_at__gte=midnight))
        .values("subdistrict_pos", "today", "closed_in_time", "rating")
        .annotate(n=Count("pk"))
        .order_by()
    )


def _sum(rows: Rows, which: str | None = None) -> int:
    return sum(row["n"] for row in rows if which is None or row[which])


def _totals(rows: Rows, column: str) -> Counter[Any]:
    totals: Counter[Any] = Counter()
    for row in rows:
        totals[row[column]] += row["n"]
    return totals


def _categories(rows: Rows) -> Counter[tuple[str, str]]:
    totals: Counter[tuple[str, str]] = Counter()
    for row in rows:
        totals[row["code"] or "", row["name"] or ""] += row["n"]
    return totals


def _streets(still_open: Rows, closed: Rows) -> defaultdict[int, Street]:
    streets: defaultdict[int, Street] = defaultdict(Street)
    for row in still_open:
        street = streets[row["subdistrict_pos"]]
        street.open += row["n"]
        street.overdue += row["n"] if row["late"] else 0
    for row in closed:
        streets[row["subdistrict_pos"]].closed_today += row["n"] if row["today"] else 0
    return streets


def _rates(closed: Rows) -> dict[str, float | None]:
    judged = [row for row in closed if row["closed_in_time"] is not None]
    rated = [row for row in closed if row["rating"] is not None]
    return {
        "on_time": share(_sum(judged, "closed_in_time"), _sum(judged)),
        "satisfaction": share(sum(row["n"] for row in rated if row["rating"] >= SATISFIED), _sum(rated)),
    }


def _response(actor: Actor, since: dt.datetime) -> float | None:
    """Orders acknowledged and whistles answered in time, of those of the days' cases that have been or are late."""
    recent = Case.objects.visible_to(actor).filter(submitted_at__gte=since).values("pk")
    found = Clock.objects.filter(case__in=recent, kind__in=[ClockKind.ACKNOWLEDGE, ClockKind.REPORT_IN]).aggregate(
        met=Count("pk", filter=Q(state=ClockState.MET)),
        late=Count("pk", filter=Q(state=ClockState.LATE) | Q(state=ClockState.RUNNING, missed_at__isnull=False)),
    )
    return share(found["met"], found["met"] + found["late"])
