"""The numbers of the wall: what is open in an area now, what today brought and how the last days went.

All of one statement and so of one moment. Open cases are counted by when they are due, to ten minutes; only those due
within the ten minutes now running are looked at one by one.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone

from wangge.appraisal import facts
from wangge.appraisal.measures import Measure, Vector
from wangge.appraisal.models import Kind
from wangge.appraisal.selectors import cells
from wangge.org import scope

DAYS = 7
"""Shares are of so many days, today's included."""
CATEGORIES = 12
"""So many kinds of matter are named, those with most open cases."""


@dataclass
class Street:
    open: int = 0
    overdue: int = 0
    closed_today: int = 0


@dataclass
class Numbers:
    """Of one area and the streets named. `as_of`: so much waits to be counted that the numbers are of that time."""

    as_of: dt.datetime | None = None
    standing: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    categories: dict[str, str] = field(default_factory=dict)
    streets: defaultdict[int, Street] = field(default_factory=lambda: defaultdict(Street))
    today: Vector = field(default_factory=Vector)
    days: Vector = field(default_factory=Vector)
    hours: list[int] = field(default_factory=lambda: [0] * 24)

    @property
    def open(self) -> int:
        return self.standing["open"].total()

    @property
    def overdue(self) -> int:
        return self.standing["late"].total()


_OWNERS = "owner = any(%(owners)s::bigint[])"
# What it is, whose, under which key, how many: standing counts and rows of cells in one list.
_STANDING = f"""
select aspect, owner, key, array[sum(n)::int] from ({{standing}}) standing
 where owner = %(owner)s and aspect in ('open', 'state', 'channel', 'card') group by 1, 2, 3
 union all
select * from (select 'category', owner, key, array[sum(n)::int] from ({{standing}}) standing
                where owner = %(owner)s and aspect = 'category'
                group by owner, key order by sum(n) desc, key limit %(most)s) most
 union all
select 'open', owner, '', array[sum(n)::int] from ({{standing}}) standing
 where owner = any(%(streets)s::bigint[]) and owner <> %(owner)s and aspect = 'open' group by owner
 union all
select 'late', owner, '', array[sum(n)::int] from ({{standing}}) standing
 where {_OWNERS} and aspect = 'day' and key < %(today)s group by owner
 union all
select 'late', owner, '', array[sum(n)::int] from ({{standing}}) standing
 where {_OWNERS} and aspect = 'moment' and key >= %(midnight)s and key < %(ten)s group by owner
 union all
select 'late', owner, '', array[count(*)::int]
  from casework_case c
 cross join lateral (select 0 union select c.subdistrict_pos union select c.community_pos) whose(owner)
 where c.state not in ('closed', 'cancelled', 'merged') and not c.history and {_OWNERS}
   and c.due_at >= %(ten_at)s and c.due_at < %(now)s
 group by owner"""  # noqa: S608 - names of our own
_OF_DAYS = "kind = %(kind)s and owner = %(owner)s::text and {day} > %(since)s and {day} <= %(day)s"
_OF_STREETS = "kind = 'subdistrict' and owner = any(%(streets)s::text[]) and {day} = %(day)s"
_OF_HOURS = "kind = %(kind)s and owner = %(owner)s::text and {day} = %(day)s"
_CELLS = f"""
 union all
select 'day', owner::bigint, start::text, n from appraisal_cell where period = 'D' and {_OF_DAYS.format(day="start")}
 union all
select 'day', owner::bigint, start::text, n from appraisal_cell
 where period = 'D' and {_OF_STREETS.format(day="start")} and owner <> %(owner)s::text
 union all
select 'hours', owner::bigint, '', bins from appraisal_distribution
 where period = 'D' and {_OF_HOURS.format(day="start")} and spread = {facts.ARRIVAL}"""  # noqa: S608
_WAITING = f"""
 union all
select 'day', owner::bigint, day::text, appraisal_dense(array_agg(code), array_agg(amount)) from owned
 where code < {facts.BINS_FROM} and (({_OF_DAYS.format(day="day")}) or ({_OF_STREETS.format(day="day")}))
 group by owner, day
 union all
select 'hours', owner::bigint, '', appraisal_dense(array_agg(mod(code, {facts.BINS_FROM})), array_agg(amount))
  from owned where code / {facts.BINS_FROM} = {facts.ARRIVAL} and {_OF_HOURS.format(day="day")} group by owner"""  # noqa: S608
_ALL = f"""
select w.n, since.at, numbers.*, case when numbers.what = 'category' then
         (select category.name from responsibility_category category where category.code = numbers.key) end
  from (select {cells.BACKLOG} as n) w
  left join (select at from appraisal_changed order by id limit 1) since on w.n > {cells.MOST_WAITING}
  left join numbers on true"""  # noqa: S608
_NAMED = "numbers(what, owner, key, n) as"
_KEPT_STANDING = "select owner, aspect, key, n from appraisal_standing"
_KEPT = f"with {_NAMED} ({_STANDING.format(standing=_KEPT_STANDING)}{_CELLS}) {_ALL}"
_BOTH = _STANDING.format(standing=f"{_KEPT_STANDING} union all select owner, aspect, key, n from moved")  # noqa: S608
_WITH_WAITING = f"with recursive {cells.DIFFERENCES}, {_NAMED} ({_BOTH}{_CELLS}{_WAITING}) {_ALL}"


def numbers(*, kind: Kind, owner: int, streets: Collection[int], now: dt.datetime) -> Numbers:
    """Of the area at position `owner` (0: the district), with the streets at these positions."""
    parameters = _parameters(kind, owner, streets, now)
    rows = _rows(_KEPT, parameters)
    if 0 < rows[0][0] <= cells.MOST_WAITING:
        with scope.lifted():
            rows = _rows(_WITH_WAITING, parameters)
    found = Numbers(as_of=rows[0][1])
    for _, _, what, whose, key, counts, name in rows:
        if what is not None:
            _take(found, owner, parameters["day"].isoformat(), (what, whose, key, counts, name))
    return found


def _parameters(kind: Kind, owner: int, streets: Collection[int], now: dt.datetime) -> dict[str, Any]:
    local = timezone.localtime(now)
    ten = local.replace(minute=local.minute // 10 * 10, second=0, microsecond=0)
    return {
        "kind": kind.value,
        "owner": owner,
        "streets": list(streets),
        "owners": [owner, *streets],
        "most": CATEGORIES,
        "now": now,
        "day": local.date(),
        "since": local.date() - dt.timedelta(days=DAYS),
        "today": f"{local:%Y%m%d}",
        "midnight": f"{local:%Y%m%d}0000",
        "ten": f"{ten:%Y%m%d%H%M}",
        "ten_at": ten,
    }


Row = tuple[int, dt.datetime | None, str | None, int, str, list[int | None], str | None]


def _rows(text: str, parameters: dict[str, Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        found: list[Row] = cursor.fetchall()
    return found


def _take(found: Numbers, owner: int, today: str, row: tuple[str, int, str, list[int | None], str | None]) -> None:
    what, whose, key, counts, name = row
    if what == "hours":
        found.hours = [a + (b or 0) for a, b in zip(found.hours, [*counts, *[0] * 24], strict=False)]
    elif what == "day":
        vector = Vector(counts)
        if whose == owner:
            found.days += vector
            found.today += vector if key == today else Vector()
        if key == today:
            found.streets[whose].closed_today += vector[Measure.CLOSED]
    else:
        n = counts[0] or 0
        if whose == owner:
            found.standing[what][key] += n
            if name:
                found.categories[key] = name
        if what == "open":
            found.streets[whose].open += n
        elif what == "late":
            found.streets[whose].overdue += n
