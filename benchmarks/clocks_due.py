"""A million due times of a mixed batch, against stepping through the minutes one by one.

All five units, four calendars (office hours, a window with its Saturday, patrols, night shifts), starts from 2020 to
2027 with its unpublished year, one row in six with pauses. The reference is the one of the tests: it reads the rules as
they are written and looks at every minute. All of a sample is compared with it, and more rows with the arithmetic
that reckons one at a time. The time is that of the whole batch from arrays to due times; the file that
`wangge clocks due --batch` reads and writes is measured beside it.
"""

from __future__ import annotations

import datetime as dt
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from benchmarks._harness import Measured, best_seconds, progress
from wangge.calendars import arithmetic, batch
from wangge.calendars.arithmetic import Calendar, Limit, Unit
from wangge.calendars.tests import stepping
from wangge.config.clocks_sheet import Sheet
from wangge.district import calendar_files

ROWS = 1_000_000
STEPPED = 400
ONE_BY_ONE = 20_000
IN_FILE = 100_000
GOAL = 1_000
PROFILE = "base"
CODES = ("office", "window", "patrol", "night")
MINUTE = 60_000_000


@dataclass(frozen=True)
class Part:
    """The rows of one calendar."""

    code: str
    calendar: Calendar
    starts: np.ndarray
    values: np.ndarray
    units: np.ndarray
    pauses: batch.Pauses


Way = Callable[[Part, int, list[arithmetic.Pause]], dt.datetime]


def run() -> list[Measured]:
    chance = np.random.default_rng(20261121)
    parts = [make(chance, code, ROWS // len(CODES)) for code in CODES]
    progress(f"{ROWS} rows on {', '.join(CODES)}")
    ours = best_seconds(lambda: [reckon(part) for part in parts], times=3)
    dues = [reckon(part) for part in parts]
    stepped, equal = compare(parts, dues, STEPPED, by_minute)
    progress(f"{equal} of {STEPPED} equal to stepping by minute")
    singly, same = compare(parts, dues, ONE_BY_ONE, one_by_one)
    progress(f"{same} of {ONE_BY_ONE} equal to one by one")
    assert (equal, same) == (STEPPED, ONE_BY_ONE), "due times differ"
    detail = {
        "rows": ROWS, "paused_rows": sum(len(np.unique(part.pauses.rows)) for part in parts),
        "equal_to_stepping": equal, "equal_to_one_by_one": same,
        "one_by_one_per_second": round(ONE_BY_ONE / singly), "file_rows_per_second": round(file_rate(parts)),
    }  # fmt: skip
    return [Measured("clocks_due", ROWS / ours, STEPPED / stepped, GOAL, "due times/s", detail=detail)]


def make(chance: np.random.Generator, code: str, rows: int) -> Part:
    first, last = (int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) // 60 for year in (2020, 2028))
    starts = chance.integers(first, last - 60 * 24 * 60, rows) * MINUTE
    units = chance.integers(0, len(batch.UNITS), rows).astype(np.int8)
    in_days = np.array([unit.in_days for unit in batch.UNITS])[units]
    values = np.where(in_days, chance.integers(1, 16, rows), chance.integers(1, 73, rows))
    paused = np.repeat(np.flatnonzero(chance.random(rows) < 1 / 6), 2)
    begins = starts[paused] + chance.integers(-600, 6_000, len(paused)) * MINUTE
    pauses = batch.Pauses(paused, begins, begins + chance.integers(1, 3_000, len(paused)) * MINUTE)
    return Part(code, calendar_files.calendar(PROFILE, code), starts, values, units, pauses)


def reckon(part: Part) -> np.ndarray:
    return batch.due_many(part.starts, part.values, part.units, part.calendar, part.pauses).at


def compare(parts: list[Part], dues: list[np.ndarray], rows: int, other: Way) -> tuple[float, int]:
    """Seconds the other way took for so many rows, and how many of its answers are ours."""
    seconds, equal = 0.0, 0
    for part, due in zip(parts, dues, strict=True):
        chosen = range(rows // len(parts))
        pauses = [pauses_of(part, row) for row in chosen]
        started = time.perf_counter()
        answers = [other(part, row, stops) for row, stops in zip(chosen, pauses, strict=True)]
        seconds += time.perf_counter() - started
        equal += sum(answer == part.calendar.local(int(due[row])) for row, answer in zip(chosen, answers, strict=True))
    return seconds, equal


def pauses_of(part: Part, row: int) -> list[arithmetic.Pause]:
    first, last = np.searchsorted(part.pauses.rows, [row, row + 1])
    spans = zip(part.pauses.begins[first:last].tolist(), part.pauses.ends[first:last].tolist(), strict=True)
    return [(part.calendar.local(begin), part.calendar.local(end)) for begin, end in spans]


def one_by_one(part: Part, row: int, pauses: list[arithmetic.Pause]) -> dt.datetime:
    limit = Limit(Decimal(int(part.values[row])), batch.UNITS[part.units[row]].value)
    return arithmetic.due(part.calendar.local(int(part.starts[row])), limit, part.calendar, pauses).at


def by_minute(part: Part, row: int, pauses: list[arithmetic.Pause]) -> dt.datetime:
    calendar, unit = part.calendar, Unit(batch.UNITS[part.units[row]])
    week = dict(calendar.week)
    rules = stepping.Rules(
        calendar.zone, calendar.duty, week, dict(calendar.exceptions), calendar.years, calendar.works_through
    )
    start = calendar.local(int(part.starts[row])).replace(tzinfo=None)
    bare = [(begin.replace(tzinfo=None), end.replace(tzinfo=None)) for begin, end in pauses]
    value = int(part.values[row]) * (1 if unit.in_days else 60)
    return stepping.step(rules, start, value, unit.value, bare).replace(tzinfo=calendar.zone)


def file_rate(parts: list[Part]) -> float:
    """Rows a second from CSV to CSV; pauses left out where a person's would be refused."""
    lines = ["calendar,limit,start,pauses"]
    for part in parts:
        for row in range(IN_FILE // len(parts)):
            start = part.calendar.local(int(part.starts[row]))
            stops = sorted(pauses_of(part, row))
            kept = stops[:1] if stops and stops[0][0] >= start else []
            written = ";".join(f"{begin.isoformat()}..{end.isoformat()}" for begin, end in kept)
            unit = batch.UNITS[part.units[row]].value
            lines.append(f"{part.code},{part.values[row]} {unit},{start.isoformat()},{written}")
    text = "\n".join(lines) + "\n"
    started = time.perf_counter()
    sheet = Sheet(
        io.StringIO(text), io.StringIO(), lambda code: calendar_files.calendar(PROFILE, code), print, cautions=True
    )
    assert sheet.run() == 0
    return IN_FILE / (time.perf_counter() - started)
