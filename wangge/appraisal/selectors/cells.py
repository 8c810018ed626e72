"""Counts of any period, exact at the moment they are asked for.

What the reckoner has counted lies ready in cells; what the log has said since is counted with the question, in the
same statement and so of the same moment. Only when a great deal waits (an import of years of history) are the counts
those of a while ago: `currency` says so, and since when.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, TypeVar, overload
from uuid import UUID

import orjson
from django.db import connection

from wangge.appraisal import facts
from wangge.appraisal.measures import Histogram, Spread, Vector
from wangge.org import scope

By = Literal["unit", "community", "subdistrict", "district"]
Owner = UUID | int
"""A unit's id, or the position of an area on its day; 0 is the district, what could not be placed included."""
MOST_WAITING = 20_000
"""Changed cases up to which a question counts them itself."""

# Ours are all names below; what comes from outside goes by parameters.
BACKLOG = f"(select count(*) from (select from appraisal_changed limit {MOST_WAITING + 1}) changed)"  # noqa: S608
_RANGE = """kind = %s and ((period = %s and start >= %s and start < %s)
  or (period = 'D' and start >= %s and start < %s) or (period = 'D' and start >= %s and start < %s))"""
DIFFERENCES = f"{facts.WAITING}, {facts.ctes(facts.THESE)}, {facts.DIFFERENCES}, {facts.OWNED}"
_TEXT = "translate({0}::text, '{{}}', '[]')"  # read as JSON, which is ten times faster than an array's own text
_SINCE = "kind = %s and day >= %s and day < %s"
_OF_OWNERS = " and owner = any(%s)"


@dataclass(frozen=True)
class _Table:
    """Where one sort of counts is kept, and how differences of `facts` become such rows."""

    name: str
    label: str
    array: str
    of_code: str
    position: str
    codes: str

    def kept(self, owners: str) -> str:
        return f"""
select owner, {self.label}::text as label, {_TEXT.format(self.array)} as n from {self.name} where {_RANGE}{owners}"""  # noqa: S608

    def waiting(self, owners: str) -> str:
        return f"""
select owner, label, {_TEXT.format("appraisal_dense(array_agg(position), array_agg(amount))")} as n
  from (select owner, {self.of_code}::text as label, {self.position} as position, sum(amount)::int as amount
          from owned where {_SINCE}{owners} and {self.codes} group by 1, 2, 3) d group by 1, 2"""  # noqa: S608


_CELLS = _Table("appraisal_cell", "stratum", "n", "stratum", "code", f"code < {facts.BINS_FROM}")
_BINS = _Table(
    "appraisal_distribution", "spread", "bins", f"(code / {facts.BINS_FROM})", f"mod(code, {facts.BINS_FROM})",
    f"code >= {facts.BINS_FROM}",
)  # fmt: skip


@dataclass(frozen=True)
class Currency:
    """Of what moment the counts are: of now when `exact`, else of all that was said before `as_of`."""

    exact: bool
    waiting: int
    as_of: dt.datetime | None = None


def currency() -> Currency:
    """Ask in the same breath as the counts, and say `as_of` with them where it is given."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {BACKLOG}, (select at from appraisal_changed order by id limit 1)")  # noqa: S608
        waiting, since = cursor.fetchone()
    exact = waiting <= MOST_WAITING
    return Currency(exact, waiting, None if exact else since)


@overload
def totals(
    *, start: dt.date, end: dt.date, by: By, owners: Collection[Owner] | None = None, classes: Literal[False] = False
) -> dict[Owner, Vector]: ...
@overload
def totals(
    *, start: dt.date, end: dt.date, by: By, owners: Collection[Owner] | None = None, classes: Literal[True]
) -> dict[tuple[Owner, str], Vector]: ...
def totals(
    *, start: dt.date, end: dt.date, by: By, owners: Collection[Owner] | None = None, classes: bool = False
) -> dict[Owner, Vector] | dict[tuple[Owner, str], Vector]:
    """Counts of the days from `start` until `end` (exclusive) by owner; with `classes` by owner and class.

    A class is a kind of matter and its urgency, `C:normal`. Who has nothing at all is left out.
    """
    rows = _owned(by, _read(_CELLS, start, end, by, owners))
    if classes:
        return {key: Vector(counts) for key, counts in _summed(((o, c), n) for o, c, n in rows).items() if any(counts)}
    return {owner: Vector(counts) for owner, counts in _summed((o, n) for o, _, n in rows).items() if any(counts)}


def spreads(
    *, start: dt.date, end: dt.date, by: By, owners: Collection[Owner] | None = None
) -> dict[Owner, dict[Spread, Histogram]]:
    """How long things took that ended from `start` until `end` (exclusive); every spread for each owner named."""
    summed = _summed(
        ((owner, spread), bins) for owner, spread, bins in _owned(by, _read(_BINS, start, end, by, owners))
    )
    return {
        owner: {
            spread: Histogram(tuple(summed.get((owner, str(code)), ()))) for spread, code in facts.SPREAD_CODES.items()
        }
        for owner in dict.fromkeys(owner for owner, _ in summed)
    }


def matters(*, start: dt.date, end: dt.date, unit: UUID | None = None) -> dict[str, Vector]:
    """What came in, was closed and was late by kind of matter below the roots, of a unit or of the whole district."""
    rows = _read(_CELLS, start, end, "matter", ["0" if unit is None else unit])
    return {code: Vector(counts) for code, counts in _summed((label, n) for _, label, n in rows).items() if any(counts)}


Key = TypeVar("Key")


def _summed(rows: Iterable[tuple[Key, list[int]]]) -> dict[Key, list[int]]:
    """Place by place; each row ends with the last place that ever had a count."""
    grouped: defaultdict[Key, list[list[int]]] = defaultdict(list)
    for key, counts in rows:
        grouped[key].append(counts)
    return {
        key: some[0] if len(some) == 1 else [sum(place) for place in zip_longest(*some, fillvalue=0)]
        for key, some in grouped.items()
    }


Row = tuple[str, str, list[int]]
"""Owner, class or spread, counts."""


def waiting() -> int:
    """Entries not yet counted, as far as it matters: one more than MOST_WAITING stands for any number above."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {BACKLOG}")
        found: int = cursor.fetchone()[0]
    return found


def _read(
    table: _Table, start: dt.date, end: dt.date, by: By | Literal["matter"], owners: Collection[Owner | str] | None
) -> list[Row]:
    """Rows of one statement, hence of one moment; a second statement, with what waits, only where something does."""
    named = "" if owners is None else _OF_OWNERS
    texts = [] if owners is None else [[str(one) for one in owners]]
    kept = [by, *_parts(start, end), *texts]
    with connection.cursor() as cursor:
        cursor.execute(
            f"select w.n, c.* from (select {BACKLOG} as n) w left join ({table.kept(named)}) c on true",  # noqa: S608
            kept,
        )
        found = cursor.fetchall()
        waiting = found[0][0]
        rows = [row[1:] for row in found if row[1] is not None]
    if 0 < waiting <= MOST_WAITING:
        with scope.lifted(), connection.cursor() as cursor:
            cursor.execute(
                f"with recursive {DIFFERENCES} {table.kept(named)} union all {table.waiting(named)}",
                [*kept, by, start, end, *texts],
            )
            rows = cursor.fetchall()
    return [(owner, label, orjson.loads(text)) for owner, label, text in rows]


def _owned(by: By, rows: Iterable[Row]) -> list[tuple[Owner, str, list[int]]]:
    return [(UUID(owner) if by == "unit" else int(owner), label, counts) for owner, label, counts in rows]


def _parts(start: dt.date, end: dt.date) -> tuple[str | dt.date, ...]:
    """A week, or whole months with the days before and after them; each half-open."""
    if start.weekday() == 0 and end - start == dt.timedelta(days=7):
        return ("W", start, end, start, start, start, start)
    first = start if start.day == 1 else _month_after(start)
    last = end.replace(day=1)
    if first >= last:
        return ("M", start, start, start, end, end, end)
    return ("M", first, last, start, first, last, end)


def _month_after(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
