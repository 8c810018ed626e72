"""What of casework a change of division touches: open cases in the grids concerned, orders nobody has taken up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.casework.models import WorkOrder
from wangge.casework.workflow import ENDED, OrderState
from wangge.kit.tree import AREAS
from wangge.org.scope import Interval


@dataclass(frozen=True)
class OpenCase:
    id: UUID
    area_id: UUID | None
    area_pos: int
    community_id: UUID
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class CasePoint:
    """A case of a period: where it lies, whether it is closed."""

    area_pos: int
    lon: float | None
    lat: float | None
    closed: bool


_OPEN = """
select id, area_id, area_pos, lon, lat from casework_case
 where community_pos = any(%s) and state <> all(%s) and not history
"""
_POINTS = """
select area_pos, lon, lat, state = 'closed' from casework_case
 where area_pos >= %s and area_pos < %s and submitted_at >= %s and submitted_at < %s and state <> 'merged'
   and not history
"""


def open_below(communities: Collection[UUID]) -> list[OpenCase]:
    """Open cases that lie in one of these communities, by what the scope applied lets see."""
    division = areas.atlas()
    places = {v.pos: v.area_id for one in communities if (v := division.by_area.get(one)) is not None}
    if not places:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [list(places), [state.value for state in ENDED]])
        rows = cursor.fetchall()
    return [
        OpenCase(pk, area, pos, places[AREAS.ancestor(pos, Level.COMMUNITY)], lon, lat)
        for pk, area, pos, lon, lat in rows
        if AREAS.ancestor(pos, Level.COMMUNITY) in places
    ]


def unacknowledged(units: Sequence[UUID]) -> int:
    """Orders of these units that nobody has taken up."""
    found = WorkOrder.objects.filter(unit_id__in=units, state=OrderState.ASSIGNED, case__history=False)
    return found.exclude(case__state__in=ENDED).count()


def points(*, interval: Interval, start: dt.datetime, end: dt.datetime) -> list[CasePoint]:
    """Cases submitted in the period within the interval, as far as the scope applied lets see."""
    with connection.cursor() as cursor:
        cursor.execute(_POINTS, [*interval, start, end])
        return [CasePoint(*row) for row in cursor.fetchall()]
