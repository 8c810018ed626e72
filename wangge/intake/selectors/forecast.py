"""Reading what is needed to foretell a week, and what was foretold."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.intake.models import Forecast, ForecastCell, PreventiveTask
from wangge.kit.errors import NotFound
from wangge.kit.tree import AREAS
from wangge.org.scope import within
from wangge.responsibility.models import Category

if TYPE_CHECKING:
    from wangge.org.scope import Actor

WEEKS = 60  # looked back: a year, and the weeks around the season's
PREVENTION = "prevention"
_COLUMN = {Level.COMMUNITY: "community_pos", Level.GRID: "area_pos"}

# What people brought forward, and not what was done so that they need not.
_COUNTS = """
select date_trunc('week', submitted_at at time zone 'Asia/Shanghai')::date, {column}, category_id, count(*)
  from casework_case
 where submitted_at >= %(start)s and submitted_at < %(end)s and category_id is not null and {column} > 0
   and state <> 'cancelled' and channel <> %(prevention)s
 group by 1, 2, 3
"""


@dataclass(frozen=True)
class Panel:
    """Matters by week, area and class; `leaves`: those of the last eight weeks by (area, class, leaf)."""

    counts: NDArray[np.float64]
    parents: NDArray[np.int64]
    areas: list[AreaVersion]
    classes: list[Category]
    leaves: dict[tuple[int, int], dict[UUID, int]]


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def panel(*, week: dt.date, level: Level) -> Panel | None:
    """The weeks before `week`; None where there are no matters."""
    places = areas.search(level=level)
    categories = {one.pk: one for one in Category.objects.all()}
    above = {pk: _class(one, categories) for pk, one in categories.items()}
    rows = _rows(week, level)
    at = {version.pos: n for n, version in enumerate(places)}
    rows = [row for row in rows if row[1] in at and row[2] in above]
    if not rows:
        return None
    first = min(row[0] for row in rows)
    classes = sorted({above[row[2]].pk: above[row[2]] for row in rows}.values(), key=lambda one: one.code)
    of = {one.pk: n for n, one in enumerate(classes)}
    counts = np.zeros(((week - first).days // 7, len(places), len(classes)))
    leaves: dict[tuple[int, int], dict[UUID, int]] = {}
    for monday_, pos, category_id, count in rows:
        place, kind = at[pos], of[above[category_id].pk]
        counts[(monday_ - first).days // 7, place, kind] += count
        if (week - monday_).days <= 56 and categories[category_id].leaf:
            known = leaves.setdefault((place, kind), {})
            known[category_id] = known.get(category_id, 0) + count
    return Panel(counts, _parents(places, level), places, classes, leaves)


def _rows(week: dt.date, level: Level) -> list[tuple[dt.date, int, UUID, int]]:
    zone = timezone.get_default_timezone()
    end = dt.datetime.combine(week, dt.time(), zone)
    start = end - dt.timedelta(weeks=WEEKS)
    values: dict[str, dt.datetime | str] = {"start": start, "end": end, "prevention": PREVENTION}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(column=_COLUMN[level]), values)
        found: list[tuple[dt.date, int, UUID, int]] = cursor.fetchall()
    return found


def _class(category: Category, known: dict[UUID, Category]) -> Category:
    """One level below the root, as appraisal counts kinds of matter (市容环境类); a root is its own."""
    while category.parent_id is not None and known[category.parent_id].parent_id is not None:
        category = known[category.parent_id]
    return category


def _parents(places: list[AreaVersion], level: Level) -> NDArray[np.int64]:
    """The area one level above each, numbered."""
    above = [AREAS.ancestor(version.pos, level - 1) for version in places]
    number = {pos: n for n, pos in enumerate(sorted(set(above)))}
    return np.array([number[pos] for pos in above], dtype=np.int64)


def forecast_of(*, week: dt.date | None, level: Level) -> Forecast | None:
    """That of the week, else the newest."""
    made = Forecast.objects.filter(level=level).order_by("-week")
    return (made.filter(week=monday(week)) if week else made).first()


def cells(*, forecast: Forecast, actor: Actor, area: UUID | None = None, most: int = 200) -> QuerySet[ForecastCell]:
    """Most expected first, within the scope."""
    found = ForecastCell.objects.filter(forecast=forecast).select_related("category")
    if not actor.scope.all:
        found = found.filter(within("area_pos", actor.scope.areas))
    if area is not None:
        around = areas.version_at(area)
        if around is None:
            raise NotFound
        found = found.filter(area_pos__gte=around.pos, area_pos__lt=around.pos_end)
    return found.order_by("-expected", "pk")[:most]


def tasks(*, actor: Actor) -> QuerySet[PreventiveTask]:
    """Newest week first, within the scope."""
    found = PreventiveTask.objects.select_related("category", "leaf", "case")
    if not actor.scope.all:
        found = found.filter(within("area_pos", actor.scope.areas))
    return found.order_by("-week", "-expected", "pk")


def area_shown(pos: int, area_id: UUID) -> dict[str, Any]:
    path = areas.path(pos)
    name = path[-1].name if path else ""
    return {"id": area_id, "name": name, "path": " / ".join(one.name for one in path[1:])}
