"""Periods of appraisal: a day, week, month, quarter, year, or two days with all between them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from wangge.kit.errors import Invalid, field_error

LONGEST_DAYS = 3660


class PeriodKind(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    SPAN = "span"


class BadPeriod(Invalid):
    code = "bad_period"
    title_zh = "时段写法有误"
    title_en = "The period is not written as it must be"

    def __init__(self, text: str) -> None:
        zh = f"“{text[:40]}”：请写 2026-10-05、2026-W41、2026-10、2026-Q4、2026 或 2026-10-01..2026-10-15（含首尾）"
        en = f"{text[:40]!r}: write 2026-10-05, 2026-W41, 2026-10, 2026-Q4, 2026, 2026-10-01..2026-10-15"
        super().__init__(zh, en, errors=[field_error("query.period", zh, en)])


@dataclass(frozen=True)
class Period:
    """`end` is the day after the last one."""

    kind: PeriodKind
    start: dt.date
    end: dt.date

    @property
    def text(self) -> str:
        """As `parse` reads it."""
        start = self.start
        match self.kind:
            case PeriodKind.DAY:
                return start.isoformat()
            case PeriodKind.WEEK:
                year, week, _ = start.isocalendar()
                return f"{year}-W{week:02d}"
            case PeriodKind.MONTH:
                return f"{start:%Y-%m}"
            case PeriodKind.QUARTER:
                return f"{start.year}-Q{(start.month + 2) // 3}"
            case PeriodKind.YEAR:
                return str(start.year)
            case PeriodKind.SPAN:
                return f"{start}..{self.end - dt.timedelta(days=1)}"

    @property
    def label(self) -> str:
        start, last = self.start, self.end - dt.timedelta(days=1)
        match self.kind:
            case PeriodKind.DAY:
                return f"{start.year}年{start.month}月{start.day}日"
            case PeriodKind.WEEK:
                year, week, _ = start.isocalendar()
                return f"{year}年第{week}周（{start.month}月{start.day}日至{last.month}月{last.day}日）"
            case PeriodKind.MONTH:
                return f"{start.year}年{start.month}月"
            case PeriodKind.QUARTER:
                return f"{start.year}年第{(start.month + 2) // 3}季度"
            case PeriodKind.YEAR:
                return f"{start.year}年"
            case PeriodKind.SPAN:
                return f"{start.year}年{start.month}月{start.day}日至{last.year}年{last.month}月{last.day}日"

    def before(self) -> Period:
        """The period of the same kind that ends where this one starts."""
        if self.kind is PeriodKind.SPAN:
            return Period(self.kind, self.start - (self.end - self.start), self.start)
        return containing(self.kind, self.start - dt.timedelta(days=1))


def containing(kind: PeriodKind, day: dt.date) -> Period:
    match kind:
        case PeriodKind.WEEK:
            start = day - dt.timedelta(days=day.weekday())
            return Period(kind, start, start + dt.timedelta(days=7))
        case PeriodKind.MONTH:
            start = day.replace(day=1)
            return Period(kind, start, _months_on(start, 1))
        case PeriodKind.QUARTER:
            start = dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
            return Period(kind, start, _months_on(start, 3))
        case PeriodKind.YEAR:
            return Period(kind, dt.date(day.year, 1, 1), dt.date(day.year + 1, 1, 1))
        case PeriodKind.DAY | PeriodKind.SPAN:
            return Period(kind, day, day + dt.timedelta(days=1))


def _months_on(first: dt.date, months: int) -> dt.date:
    years, month = divmod(first.month - 1 + months, 12)
    return dt.date(first.year + years, month + 1, 1)


_FORMS = (
    (PeriodKind.DAY, re.compile(r"(\d{4})-(\d\d)-(\d\d)")),
    (PeriodKind.WEEK, re.compile(r"(\d{4})-W(\d\d)")),
    (PeriodKind.MONTH, re.compile(r"(\d{4})-(\d\d)")),
    (PeriodKind.QUARTER, re.compile(r"(\d{4})-Q([1-4])")),
    (PeriodKind.YEAR, re.compile(r"(\d{4})")),
)


def parse(text: str) -> Period:
    if ".." in text:
        first, _, last = text.partition("..")
        start, end = _day(first, text), _day(last, text) + dt.timedelta(days=1)
        if not start < end or (end - start).days > LONGEST_DAYS:
            raise BadPeriod(text)
        return Period(PeriodKind.SPAN, start, end)
    for kind, form in _FORMS:
        match = form.fullmatch(text) if text.isascii() else None
        if match:
            try:
                return containing(kind, _first_day(kind, [int(part) for part in match.groups()]))
            except (ValueError, OverflowError) as error:
                raise BadPeriod(text) from error
    raise BadPeriod(text)


def _first_day(kind: PeriodKind, numbers: list[int]) -> dt.date:
    year, *rest = numbers
    if not 1990 <= year <= 2999:
        raise ValueError(year)
    match kind:
        case PeriodKind.WEEK:
            return dt.date.fromisocalendar(year, rest[0], 1)
        case PeriodKind.QUARTER:
            return dt.date(year, rest[0] * 3 - 2, 1)
        case _:
            return dt.date(year, rest[0] if rest else 1, rest[1] if len(rest) > 1 else 1)


def _day(text: str, whole: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text) if len(text) == 10 and text.isascii() else None
    except ValueError:
        day = None
    if day is None or not 1990 <= day.year <= 2999:
        raise BadPeriod(whole)
    return day
