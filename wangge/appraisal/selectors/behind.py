"""The cases behind a figure, to the last row: what the asker may see in full, the rest by number and dates."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from wangge.appraisal import facts
from wangge.appraisal.measures import CODE, MEASURES, Measure, Spread, bin_of
from wangge.appraisal.selectors.cells import MOST_WAITING, By, Owner, waiting
from wangge.casework.models import Case
from wangge.kit.errors import Invalid, field_error
from wangge.org import scope
from wangge.org.models import Unit

if TYPE_CHECKING:
    from wangge.org.scope import Actor

MOST = 200


@dataclass(frozen=True)
class One:
    """A case that counts. `case_id` is None where the asker does not see the case."""

    case_id: UUID | None
    number: str
    submitted_at: dt.datetime
    closed_at: dt.datetime | None
    days: tuple[dt.date, ...]  # on which it counts
    counts: dict[Measure | Spread, int]


@dataclass(frozen=True)
class Behind:
    items: list[One]
    next: str | None


# A unit's cases are found by its part in them, an area's by their place, both newest first along an index.
_OF_CASE = "casework_case t join appraisal_counted b on b.case_id = t.id"
_FOUND: dict[str, tuple[str, str, str]] = {
    "unit": ("casework_party t join appraisal_counted b on b.case_id = t.case_id", "t.case_id", "t.unit_pos = %s"),
    "community": (_OF_CASE, "t.id", "t.community_pos = %s"),
    "subdistrict": (_OF_CASE, "t.id", "t.subdistrict_pos = %s"),
    "district": (_OF_CASE, "t.id", "%s = 0"),
}
_WHOSE = {
    "unit": "f.unit_id = %s", "community": "c.community_pos = %s", "subdistrict": "c.subdistrict_pos = %s",
    "district": "%s = 0",
}  # fmt: skip
_NOTHING_WAITS = "with lot as (select null::uuid as id where false)"
_WAITS = f"with recursive {facts.WAITING}, {facts.ctes(facts.THESE)}"
_THEM = "array_agg({0}.day order by {0}.day, {0}.code), array_agg({0}.code order by {0}.day, {0}.code)"


def _counted(by: By) -> str:
    table, case_id, found = _FOUND[by]
    of_unit = "and u.unit_id = %s" if by == "unit" else ""
    return f"""(
select {case_id} as case_id, t.submitted_at, m.days, m.codes
  from {table}
 cross join lateral (
   select {_THEM.format("u")} from unnest(b.days, b.units, b.codes, b.amounts) u(day, unit_id, code, amount)
    where u.code = any(%s) and u.day >= %s and u.day < %s {of_unit}) m(days, codes)
 where {found} and m.days is not null and (t.submitted_at, {case_id}) < (%s, %s)
   and {case_id} not in (select id from lot)
 order by t.submitted_at desc, {case_id} desc limit %s)"""  # noqa: S608 - names of our own


def _live(by: By) -> str:
    return f"""
union all
select f.case_id, c.submitted_at, {_THEM.format("f")}
  from fact f join counted_case c on c.id = f.case_id
 where f.code = any(%s) and f.day >= %s and f.day < %s and {_WHOSE[by]} and (c.submitted_at, c.id) < (%s, %s)
 group by f.case_id, c.submitted_at"""  # noqa: S608


def cases_of(
    *,
    owner: Owner,
    by: By,
    start: dt.date,
    end: dt.date,
    measures: Collection[Measure | Spread],
    actor: Actor,
    cursor: str | None = None,
    limit: int = 50,
) -> Behind:
    """Newest first, the cases that count for any of `measures`, or took a time, from `start` until before `end`.

    How many counts there are is said by `cells.totals`; one case can count more than once.
    """
    most = max(1, min(limit, MOST))
    before = (
        _before(cursor) if cursor else (dt.datetime.combine(end, dt.time(), timezone.get_default_timezone()), _LAST)
    )
    what = [[code for one in measures for code in _codes(one)], start, end]
    with scope.lifted():
        rows = _rows(owner, by, what, before, most + 1)
        told = Case.objects.in_bulk([row[0] for row in rows[:most]])
    visible = set(Case.objects.visible_to(actor).filter(pk__in=told).values_list("pk", flat=True))
    items = [_one(told[case_id], case_id in visible, days, codes) for case_id, _, days, codes in rows[:most]]
    return Behind(items, _cursor(*rows[most - 1][:2]) if len(rows) > most else None)


Found = tuple[UUID, dt.datetime, list[dt.date], list[int]]
_LAST = UUID(int=(1 << 128) - 1)


def _rows(owner: Owner, by: By, what: list[Any], before: tuple[dt.datetime, UUID], most: int) -> list[Found]:
    place = Unit.objects.values_list("pos", flat=True).get(pk=str(owner)) if by == "unit" else owner
    live = 0 < waiting() <= MOST_WAITING
    parameters = [*what, *([owner] if by == "unit" else []), place, *before, most]
    text = f"{_WAITS if live else _NOTHING_WAITS} select * from ({_counted(by)}"  # noqa: S608
    if live:
        text += _live(by)
        parameters += [*what, owner, *before]
    with connection.cursor() as cursor:
        cursor.execute(
            f"{text}) found order by submitted_at desc, case_id desc limit %s",
            [*parameters, most],
        )
        found: list[Found] = cursor.fetchall()
    return found


_LONGEST = bin_of(60 * 24 * 366 * 200)
_SPREADS = {code: spread for spread, code in facts.SPREAD_CODES.items()}


def _codes(what: Measure | Spread) -> Collection[int]:
    if isinstance(what, Measure):
        return [CODE[what]]
    first = facts.SPREAD_CODES[what] * facts.BINS_FROM
    return range(first + 1, first + _LONGEST + 1)


def _what(code: int) -> Measure | Spread:
    return MEASURES[code - 1] if code < facts.BINS_FROM else _SPREADS[code // facts.BINS_FROM]


def _one(case: Case, visible: bool, days: list[dt.date], codes: list[int]) -> One:
    counts: dict[Measure | Spread, int] = {}
    for what in map(_what, codes):
        counts[what] = counts.get(what, 0) + 1
    return One(
        case_id=case.pk if visible else None,
        number=case.number,
        submitted_at=case.submitted_at,
        closed_at=case.closed_at,
        days=tuple(sorted(set(days))),
        counts=counts,
    )


def _cursor(case_id: UUID, submitted_at: dt.datetime) -> str:
    return base64.urlsafe_b64encode(f"{submitted_at.isoformat()} {case_id}".encode()).decode().rstrip("=")


def _before(cursor: str) -> tuple[dt.datetime, UUID]:
    try:
        at, case_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        return dt.datetime.fromisoformat(at), UUID(case_id)
    except (ValueError, binascii.Error) as error:
        raise Invalid(
            errors=[field_error("query.cursor", "翻页位置无效，请从第一页重新开始", "Not a cursor of this list")]
        ) from error
