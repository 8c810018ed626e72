"""The numbers of the situation page and the wall: what is open, what came and went today, how well, where."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q
from django.db.models.functions import ExtractHour
from django.utils import timezone

from wangge.areas.models import AreaVersion, Level
from wangge.casework import documents
from wangge.casework import selectors as casework
from wangge.casework.models import Case, Clock, ClockKind, ClockState
from wangge.casework.workflow import State
from wangge.kit import clock
from wangge.org import channels
from wangge.org.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

FRESH_SECONDS = 1.0  # less than a page waits after an event, or what it then asks for would be without it
RATES_OVER = dt.timedelta(days=7)
MOST_POINTS = 3000
MOST_LATEST = 20
MOST_CATEGORIES = 12
SATISFIED = 4  # this rating and better
_ENDED = ["closed", "cancelled", "merged"]  # as written in the partial indexes
_MOST_KEPT = 128

Document = dict[str, Any]


@dataclass(frozen=True)
class _Kept:
    document: Document
    made: float


_kept: dict[Scope, _Kept] = {}
_lock = threading.Lock()


def situation(*, actor: Actor) -> Document:
    """The numbers for the actor's scope, at most FRESH_SECONDS old: many walls in one scope cost one counting."""
    key = EVERYTHING if actor.scope.all else actor.scope
    found = _kept.get(key)
    if found is not None and time.monotonic() - found.made < FRESH_SECONDS:
        return found.document
    made = _Kept(count(actor=actor, now=clock.now()), time.monotonic())
    with _lock:
        if len(_kept) >= _MOST_KEPT:
            _kept.pop(min(_kept, key=lambda one: _kept[one].made))
        _kept[key] = made
    return made.document


def forget() -> None:
    """Count again next time."""
    with _lock:
        _kept.clear()


def count(*, actor: Actor, now: dt.datetime) -> Document:
    """Counted now, in ten queries over what is open, what today brought and what the last week closed."""
    watcher = replace(actor, permissions=frozenset())  # whoever looks, nothing here is theirs to do
    cases = Case.objects.visible_to(actor).filter(history=False)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    still_open = _open(cases, now)
    submitted = _submitted(cases, midnight)
    closed = _closed(cases, now - RATES_OVER, midnight)
    names = {channel.code: channel.name for channel in channels.known().values()}
    return {
        "at": now,
        "today": {
            "submitted": sum(row["n"] for row in submitted),
            "closed": sum(row["n"] for row in closed if row["today"]),
            "on_the_spot": sum(row["n"] for row in submitted if row["on_the_spot"]),
        },
        "open": sum(row["n"] for row in still_open),
        "overdue": sum(row["n"] for row in still_open if row["late"]),
        "cards": {card: sum(row["n"] for row in still_open if row["card"] == card) for card in ("yellow", "red")},
        "by_state": _by_state(still_open),
        "by_subdistrict": _by_subdistrict(still_open, closed, actor),
        "by_category": _by_category(still_open),
        "by_channel": [
            {"code": code, "name": names.get(code, code), "count": n}
            for code, n in _totals(still_open, "channel").most_common()
        ],
        "hours": _hours(submitted),
        "rates": _rates(closed) | {"response": _response(actor, now - RATES_OVER)},
        "whistles_open": [
            documents.whistle_document(one, watcher) for one in casework.open_whistles(actor=actor, most=20)
        ],
        "latest": _latest(actor, watcher),
        "points": _points(cases),
    }


Rows = Sequence[Mapping[str, Any]]


def _open(cases: Any, now: dt.datetime) -> Rows:
    return list(
        cases.exclude(state__in=_ENDED)
        .annotate(late=Q(due_at__lt=now))
        .values(
            "state", "subdistrict_pos", "channel", "card", "late", code=F("category__code"), name=F("category__name")
        )
        .annotate(n=Count("pk"))
        .order_by()
    )


def _submitted(cases: Any, midnight: dt.datetime) -> Rows:
    hour = ExtractHour("submitted_at", tzinfo=timezone.get_default_timezone())
    return list(
        cases.filter(submitted_at__gte=midnight).values("on_the_spot", hour=hour).annotate(n=Count("pk")).order_by()
    )


def _closed(cases: Any, since: dt.datetime, midnight: dt.datetime) -> Rows:
    return list(
        cases.filter(closed_at__gte=min(since, midnight), state=State.CLOSED)
        .annotate(today=Q(closed_at__gte=midnight))
        .values("subdistrict_pos", "today", "closed_in_time", "rating")
        .annotate(n=Count("pk"))
        .order_by()
    )


def _totals(rows: Rows, column: str) -> Counter[Any]:
    totals: Counter[Any] = Counter()
    for row in rows:
        totals[row[column]] += row["n"]
    return totals


def _by_state(rows: Rows) -> list[Document]:
    totals = _totals(rows, "state")
    return [{"state": one.value, "name": one.label, "count": totals[one.value]} for one in State if totals[one.value]]


def _by_category(rows: Rows) -> list[Document]:
    totals: Counter[tuple[str, str]] = Counter()
    for row in rows:
        totals[row["code"] or "", row["name"] or "未归类"] += row["n"]
    return [{"code": code, "name": name, "count": n} for (code, name), n in totals.most_common(MOST_CATEGORIES)]


def _by_subdistrict(still_open: Rows, closed: Rows, actor: Actor) -> list[Document]:
    """Every street the actor sees something of, those with nothing open too; the unplaced are nobody's."""
    totals = _totals(still_open, "subdistrict_pos")
    late = _totals([row for row in still_open if row["late"]], "subdistrict_pos")
    today = _totals([row for row in closed if row["today"]], "subdistrict_pos")
    streets = AreaVersion.objects.at().filter(level=Level.SUBDISTRICT).order_by("code")
    return [
        {
            "area_id": street.area_id,
            "name": street.name,
            "open": totals[street.pos],
            "overdue": late[street.pos],
            "closed_today": today[street.pos],
        }
        for street in streets.only("area_id", "name", "pos", "pos_end")
        if totals[street.pos] or today[street.pos] or _touches(actor.scope, street.pos, street.pos_end)
    ]


def _touches(scope: Scope, start: int, end: int) -> bool:
    return scope.all or any(low < end and high > start for low, high in scope.areas)


def _hours(rows: Rows) -> list[int]:
    totals = _totals(rows, "hour")
    return [totals[hour] for hour in range(24)]


def _rates(closed: Rows) -> Document:
    judged = [row for row in closed if row["closed_in_time"] is not None]
    rated = [row for row in closed if row["rating"] is not None]
    return {
        "on_time": _share([row for row in judged if row["closed_in_time"]], judged),
        "satisfaction": _share([row for row in rated if row["rating"] >= SATISFIED], rated),
    }


def _share(part: Rows, whole: Rows) -> float | None:
    total = sum(row["n"] for row in whole)
    return round(sum(row["n"] for row in part) / total, 4) if total else None


def _response(actor: Actor, since: dt.datetime) -> float | None:
    """Orders acknowledged and whistles answered in time, of those of the week's cases that have been or are late."""
    recent = Case.objects.visible_to(actor).filter(submitted_at__gte=since).values("pk")
    found = Clock.objects.filter(case__in=recent, kind__in=[ClockKind.ACKNOWLEDGE, ClockKind.REPORT_IN]).aggregate(
        met=Count("pk", filter=Q(state=ClockState.MET)),
        late=Count("pk", filter=Q(state=ClockState.LATE) | Q(state=ClockState.RUNNING, missed_at__isnull=False)),
    )
    total = found["met"] + found["late"]
    return round(found["met"] / total, 4) if total else None


def _latest(actor: Actor, watcher: Actor) -> list[Document]:
    page = casework.page(actor=watcher, filters=casework.Filters(), limit=MOST_LATEST)
    return documents.rows_of(page.items, watcher)


def _points(cases: Any) -> list[tuple[float, float, str]]:
    placed = cases.exclude(state__in=_ENDED).filter(lat__isnull=False).order_by("-submitted_at")
    return [
        (round(lon, 6), round(lat, 6), state)
        for lon, lat, state in placed.values_list("lon", "lat", "state")[:MOST_POINTS]
    ]
