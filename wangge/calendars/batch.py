"""Due times of many limits at once, equal to `arithmetic.due` to the microsecond.

Duty time is a line that climbs while on duty and lies flat otherwise. A table holds it for a span of days, so that
"how much duty until then" and "when is so much duty used up" are binary searches, made for all rows together. A pause
moves the goal on by the duty that it took.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from wangge.calendars import arithmetic
from wangge.calendars.duty import Calendar, to_micro
from wangge.calendars.limits import MICROSECONDS_AN_HOUR, Limit, Refused, Unit
from wangge.calendars.pauses import Pause
from wangge.calendars.timetable import Ints, Table, table

UNITS = tuple(Unit)
_CODES = {unit.value: code for code, unit in enumerate(UNITS)}
_IN_DAYS = np.array([unit.in_days for unit in UNITS])
_ON_DUTY = np.array([unit.on_duty_only for unit in UNITS])
_SPARE = 730 * 86_400_000_000


@dataclass(frozen=True)
class Pauses:
    """Flat: pause number i belongs to row `rows[i]` and lasts from `begins[i]` to `ends[i]`, in microseconds."""

    rows: Ints
    begins: Ints
    ends: Ints


@dataclass(frozen=True)
class Dues:
    """`at` in microseconds since 1970; `beyond`: rows that are never used up, whose `at` means nothing."""

    at: Ints
    beyond: NDArray[np.bool_]
    calendar: Calendar
    _first_year: Ints
    _last_year: Ints
    _on_duty: NDArray[np.bool_]

    def moments(self) -> list[dt.datetime]:
        return [self.calendar.local(micro) for micro in self.at.tolist()]

    def cautions(self) -> list[tuple[str, str]]:
        """As `Due.caution` and `Due.caution_en`, row by row."""
        said = functools.cache(functools.partial(arithmetic.caution, self.calendar))
        years = zip(self._first_year.tolist(), self._last_year.tolist(), self._on_duty.tolist(), strict=True)
        return [said(first, last) if on_duty else ("", "") for first, last, on_duty in years]


def due_many(
    starts: Ints | Sequence[dt.datetime],
    values: Ints | Sequence[Decimal],
    units: NDArray[np.int8] | Sequence[str],
    calendar: Calendar,
    pauses: Pauses | Sequence[Iterable[Pause]] | None = None,
    *,
    refuse: bool = True,
) -> Dues:
    """Due times on one calendar; rows are refused by number. Arrays hold microseconds, whole values, places in UNITS.

    Without `refuse` a limit that is never used up is only marked in `Dues.beyond`.
    """
    begins = starts if isinstance(starts, np.ndarray) else np.fromiter(map(to_micro, starts), np.int64, len(starts))
    codes = units if isinstance(units, np.ndarray) else np.fromiter(map(_code, units), np.int8, len(units))
    needs = _needs(values, codes)
    outside = (begins < arithmetic.EARLIEST) | (begins >= arithmetic.LATEST)
    if outside.any():
        arithmetic.check_start(int(begins[outside.argmax()]))
    stops = pauses if isinstance(pauses, Pauses) or pauses is None else _flat(pauses)
    found = _reckon(begins, needs, codes, calendar, stops)
    if refuse and found.beyond.any():
        raise _at_row(int(found.beyond.argmax()), arithmetic.OutOfReach())
    return found


def _code(unit: str) -> int:
    return _CODES[unit] if unit in _CODES else _CODES[Limit(Decimal(1), unit).unit]


def _needs(values: Ints | Sequence[Decimal], codes: NDArray[np.int8]) -> Ints:
    """Microseconds of the limits in hours, days of the others."""
    if isinstance(values, np.ndarray):
        # No whole value above a million is a limit, and one that is too large is refused as well as any other.
        pairs, rows, places = np.unique(
            np.clip(values, -1, 10**6) * len(UNITS) + codes, return_index=True, return_inverse=True
        )
        needs = [_need(row, Decimal(pair // len(UNITS)), pair % len(UNITS)) for row, pair in _pairs(rows, pairs)]
        return np.array(needs, np.int64)[places]
    kept: dict[tuple[Decimal, int], int] = {}

    def need(row: int, value: Decimal, code: int) -> int:
        known = kept.get((value, code))
        if known is None:
            known = kept[value, code] = _need(row, value, code)
        return known

    given = enumerate(zip(values, codes.tolist(), strict=True))
    return np.fromiter((need(row, value, code) for row, (value, code) in given), np.int64, len(codes))


def _pairs(a: NDArray[np.intp], b: Ints) -> Iterable[tuple[int, int]]:
    return zip(a.tolist(), b.tolist(), strict=True)


def _need(row: int, value: Decimal, code: int) -> int:
    unit = UNITS[code]
    try:
        limit = Limit(value, unit.value)
    except Refused as refused:
        raise _at_row(row, refused) from refused
    return int(limit.value) if unit.in_days else limit.microseconds


def _at_row(row: int, refused: Refused) -> Refused:
    return Refused(f"rows.{row}.{refused.field}", refused.detail_zh, refused.detail_en)


def _flat(pauses: Sequence[Iterable[Pause]]) -> Pauses:
    spans = [(row, to_micro(a), to_micro(b)) for row, given in enumerate(pauses) for a, b in given]
    rows, begins, ends = np.array(spans, np.int64).reshape(-1, 3).T
    return Pauses(rows, begins, ends)


def _reckon(begins: Ints, needs: Ints, codes: NDArray[np.int8], calendar: Calendar, pauses: Pauses | None) -> Dues:
    if not len(begins):
        none = np.empty(0, np.int64)
        return Dues(none, none.astype(bool), calendar, none, none, none.astype(bool))
    furthest = int(begins.max()) + arithmetic.REACH
    spare = _SPARE
    while True:
        kept = table(calendar, int(begins.min()), min(int(begins.max()) + spare, furthest))
        if not kept.exact:
            return _one_by_one(begins, needs, codes, calendar, pauses)
        at, short = _ends(kept, begins, needs, codes, pauses)
        if not short.any() or spare > arithmetic.REACH:
            break
        spare *= 4
    beyond = short | (at - begins > arithmetic.REACH)
    years = kept.years
    first, last = kept.day(begins), kept.day(np.where(beyond, begins, at - 1))
    return Dues(at, beyond, calendar, years[first], years[last], _ON_DUTY[codes])


def _ends(
    kept: Table, begins: Ints, needs: Ints, codes: NDArray[np.int8], pauses: Pauses | None
) -> tuple[Ints, NDArray[np.bool_]]:
    """Where the limits end, and for which rows the table is too short to tell."""
    on_duty, in_days = _ON_DUTY[codes], _IN_DAYS[codes]
    starts = np.where(on_duty, kept.progress(begins), begins)
    goals = starts + needs
    short = np.zeros(len(begins), bool)
    for rows, close in ((on_duty & in_days, kept.working_close), (~on_duty & in_days, kept.midnight_after)):
        goals[rows], short[rows] = close(begins[rows], needs[rows])
    goals[on_duty & in_days] = kept.progress(goals[on_duty & in_days])
    if pauses is not None:
        _move_on(goals, short, kept, begins, on_duty, pauses)
    short |= np.where(on_duty, goals > kept.total, goals > kept.end)
    return np.where(on_duty, kept.moment(goals), goals), short


def _move_on(
    goals: Ints, short: NDArray[np.bool_], kept: Table, begins: Ints, on_duty: NDArray[np.bool_], pauses: Pauses
) -> None:
    """Each goal on by what its pauses took, in their order; `covered` is what earlier pauses reached to."""
    order = np.lexsort((pauses.begins, pauses.rows))
    rows = pauses.rows[order]
    # No further than what is followed at all, so that a pause without end needs no endless table.
    stops = pauses.begins[order]
    resumes = np.minimum(pauses.ends[order], begins[rows] + arithmetic.REACH + 1)
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows, side="left")
    covered = begins.copy()
    for number in range(int(rank.max(initial=-1)) + 1):
        chosen = rank == number
        row, resume = rows[chosen], resumes[chosen]
        stop = np.maximum(stops[chosen], covered[row])
        duty = on_duty[row]
        opened = np.where(duty, kept.progress(stop), stop)
        taken = np.where(duty, kept.progress(resume), resume) - opened
        counts = (resume > stop) & (opened < goals[row])
        goals[row] += np.where(counts, taken, 0)
        short[row] |= counts & (resume > kept.end)
        covered[row] = np.maximum(covered[row], resume)


def _one_by_one(begins: Ints, needs: Ints, codes: NDArray[np.int8], calendar: Calendar, pauses: Pauses | None) -> Dues:
    """For zones whose local days do not follow one another: clocks that were put back at midnight."""
    of_row: dict[int, list[Pause]] = {}
    if pauses is not None:
        spans = np.stack((pauses.rows, pauses.begins, pauses.ends), axis=1).tolist()
        for row, begin, end in spans:
            of_row.setdefault(row, []).append((calendar.local(begin), calendar.local(end)))
    at, beyond = begins.copy(), np.zeros(len(begins), bool)
    for row, (begin, need, code) in enumerate(zip(begins.tolist(), needs.tolist(), codes.tolist(), strict=True)):
        unit = UNITS[code]
        # Half a microsecond more, so that cutting off gives back what it was.
        value = Decimal(need) if unit.in_days else (need + Decimal("0.5")) / MICROSECONDS_AN_HOUR
        try:
            limit = Limit(value, unit.value)
            at[row] = to_micro(arithmetic.due(calendar.local(begin), limit, calendar, of_row.get(row, ())).at)
        except arithmetic.OutOfReach:
            beyond[row] = True
    years = [np.array([calendar.local(micro).year for micro in moments.tolist()]) for moments in (begins, at - 1)]
    return Dues(at, beyond, calendar, years[0], years[1], _ON_DUTY[codes])
