"""The numbers of the situation page and the wall: what is open, what came and went today, how well, where."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wangge.appraisal.measures import Measure
from wangge.appraisal.models import Kind
from wangge.appraisal.selectors import now as kept
from wangge.areas.models import AreaVersion, Level
from wangge.casework import documents
from wangge.casework import selectors as casework
from wangge.casework.models import Case
from wangge.casework.workflow import State
from wangge.command import direct
from wangge.command.figures import Figures, share
from wangge.kit import clock
from wangge.kit.tree import AREAS
from wangge.org import channels
from wangge.org.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

FRESH_SECONDS = 1.0  # less than a page waits after an event, or what it then asks for would be without it
MOST_POINTS = 3000
MOST_LATEST = 20
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
    """The numbers of the actor's district, street or community from counts kept ready; else over the cases in scope.

    A street's numbers are those of its area. What it has a part in elsewhere is in its lists, not in its numbers.
    """
    watcher = replace(actor, permissions=frozenset())  # whoever looks, nothing here is theirs to do
    cases = Case.objects.visible_to(actor).filter(history=False)
    streets = list(
        AreaVersion.objects.at()
        .filter(level=Level.SUBDISTRICT)
        .order_by("code")
        .only("area_id", "name", "pos", "pos_end")
    )
    place = kept_area(actor.scope)
    found = direct.figures(actor=actor, cases=cases, now=now) if place is None else _ready(*place, streets, now)
    return {
        **_document(found, actor.scope, streets),
        "whistles_open": [
            documents.whistle_document(one, watcher) for one in casework.open_whistles(actor=actor, most=20)
        ],
        "latest": _latest(actor, watcher),
        "points": _points(cases),
    }


def kept_area(scope: Scope) -> tuple[Kind, int] | None:
    """The area whose counts are the numbers of this scope: the district, or the one street or community it covers."""
    if scope.all:
        return Kind.DISTRICT, 0
    if len(scope.areas) == 1:
        start, end = scope.areas[0]
        for kind, level in ((Kind.SUBDISTRICT, Level.SUBDISTRICT), (Kind.COMMUNITY, Level.COMMUNITY)):
            if AREAS.ancestor(start, level) == start and AREAS.end(start, level) == end:
                return kind, start
    return None


def _ready(kind: Kind, pos: int, streets: Iterable[AreaVersion], now: dt.datetime) -> Figures:
    asked = [street.pos for street in streets] if kind == Kind.DISTRICT else [pos]
    found = kept.numbers(kind=kind, owner=pos, streets=asked, now=now)
    days, standing = found.days, found.standing
    figures = Figures(
        at=found.as_of or now,
        submitted=found.today[Measure.SUBMITTED],
        closed=found.today[Measure.CLOSED],
        on_the_spot=found.today[Measure.ON_THE_SPOT],
        open=found.open,
        overdue=found.overdue,
        cards=standing["card"],
        states=standing["state"],
        channels=standing["channel"],
        categories=Counter({(code, found.categories.get(code, "")): n for code, n in standing["category"].items()}),
        hours=found.hours,
        rates={
            "on_time": share(days[Measure.CLOSED_IN_TIME], days[Measure.CLOSED]),
            "satisfaction": share(days[Measure.SATISFIED], days[Measure.RATED]),
            "response": share(
                days[Measure.ACK_MET] + days[Measure.REPORT_MET], days[Measure.ACK_DUE] + days[Measure.REPORT_DUE]
            ),
        },
    )
    for at, street in found.streets.items():
        # What a community has stands under its street.
        own = figures.streets[AREAS.ancestor(at, Level.SUBDISTRICT) if at else 0]
        own.open, own.overdue, own.closed_today = street.open, street.overdue, street.closed_today
    return figures


def _document(found: Figures, scope: Scope, streets: Iterable[AreaVersion]) -> Document:
    names = {channel.code: channel.name for channel in channels.known().values()}
    return {
        "at": found.at,
        "today": {"submitted": found.submitted, "closed": found.closed, "on_the_spot": found.on_the_spot},
        "open": found.open,
        "overdue": found.overdue,
        "cards": {card: found.cards[card] for card in ("yellow", "red")},
        "by_state": [
            {"state": one.value, "name": one.label, "count": found.states[one.value]}
            for one in State
            if found.states[one.value]
        ],
        "by_subdistrict": [
            {"area_id": street.area_id, "name": street.name, **vars(found.streets[street.pos])}
            for street in streets
            if _shown(found, scope, street)
        ],
        "by_category": [
            {"code": code, "name": name or "未归类", "count": n}
            for (code, name), n in found.categories.most_common(kept.CATEGORIES)
            if n
        ],
        "by_channel": [
            {"code": code, "name": names.get(code, code), "count": n} for code, n in found.channels.most_common() if n
        ],
        "hours": found.hours,
        "rates": found.rates,
    }


def _shown(found: Figures, scope: Scope, street: AreaVersion) -> bool:
    """Every street the actor sees something of, those with nothing open too; the unplaced are nobody's."""
    own = found.streets[street.pos]
    return bool(own.open or own.closed_today or _touches(scope, street.pos, street.pos_end))


def _touches(scope: Scope, start: int, end: int) -> bool:
    return scope.all or any(low < end and high > start for low, high in scope.areas)


def _latest(actor: Actor, watcher: Actor) -> list[Document]:
    page = casework.page(actor=watcher, filters=casework.Filters(), limit=MOST_LATEST)
    return documents.rows_of(page.items, watcher)


def _points(cases: Any) -> list[tuple[float, float, str]]:
    placed = cases.exclude(state__in=_ENDED).filter(lat__isnull=False).order_by("-submitted_at")
    return [
        (round(lon, 6), round(lat, 6), state)
        for lon, lat, state in placed.values_list("lon", "lat", "state")[:MOST_POINTS]
    ]
