"""Due times for the rows of a CSV file, as they stream by."""

from __future__ import annotations

import csv
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TextIO, TypeVar

import numpy as np

from wangge.calendars import batch, pauses
from wangge.calendars.arithmetic import Calendar, Limit, OutOfReach, Refused, parse_limit
from wangge.calendars.duty import to_micro

NEEDED = ("calendar", "limit", "start")
LOT = 20_000
MOST_KEPT = 10_000

Known = TypeVar("Known")
Find = Callable[[str], Calendar]
Complain = Callable[[int, str, str, str], None]
"""Line, field, and what is wrong in Chinese and English."""
_Row = tuple[int, list[str], Refused | None]
"""Line, cells, and what is wrong with the whole row."""


@dataclass(frozen=True)
class _Asked:
    place: int  # in the lot
    calendar: str
    start: int
    limit: Limit
    stops: tuple[tuple[int, int], ...]


class Sheet:
    """Reads rows from `source`, writes them with their due time to `target`; `complain` hears of those without."""

    def __init__(self, source: TextIO, target: TextIO, find: Find, complain: Complain, *, cautions: bool) -> None:
        self._rows = csv.reader(source)
        self._writer = csv.writer(target, lineterminator="\n")
        self._find, self._complain, self._cautions = find, complain, cautions
        self._calendars: dict[str, Calendar | Refused] = {}
        self._limits: dict[str, Limit | Refused] = {}
        self._bad = 0

    def run(self) -> int:
        """How many rows had no answer."""
        columns = self._header()
        places = {name: columns.index(name) for name in (*NEEDED, "pauses") if name in columns}
        self._writer.writerow([*columns, "due", *(["caution"] if self._cautions else [])])
        lines = self._lines(len(columns))
        while lot := list(itertools.islice(lines, LOT)):
            self._answer(lot, places)
        return self._bad

    def _header(self) -> list[str]:
        try:
            columns = [name.strip() for name in next(self._rows, [])]
        except csv.Error as error:
            raise Refused("row", f"第 1 行 CSV 格式有误：{error}", f"line 1 is broken CSV: {error}") from error
        for name in NEEDED:
            if name not in columns:
                raise Refused(name, f"第 1 行缺少列“{name}”", f"the column {name!r} is missing in line 1")
        for name in columns:
            if columns.count(name) > 1 or name in {"due", "caution"}:
                zh = f"列“{name}”重复，或与要添加的列同名"
                raise Refused(name, zh, f"the column {name!r} is there twice, or is one to be added")
        return columns

    def _lines(self, width: int) -> Iterator[_Row]:
        while True:
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except csv.Error as error:
                broken = Refused("row", f"CSV 格式有误：{error}", f"CSV is broken: {error}")
                yield self._rows.line_num, [""] * width, broken
                continue
            if len(cells) > width:
                zh, en = f"多出 {len(cells) - width} 格", f"{len(cells) - width} cells too many"
                yield self._rows.line_num, cells[:width], Refused("row", zh, en)
            elif cells:
                yield self._rows.line_num, cells + [""] * (width - len(cells)), None

    def _answer(self, lot: list[_Row], places: dict[str, int]) -> None:
        asked: defaultdict[str, list[_Asked]] = defaultdict(list)
        answers: list[tuple[str, str]] = [("", "")] * len(lot)
        for place, (line, cells, broken) in enumerate(lot):
            try:
                row = self._read(place, cells, places, broken)
            except Refused as refused:
                self._refuse(line, refused)
            else:
                asked[row.calendar].append(row)
        for code, rows in asked.items():
            self._reckon(self._calendar(code), rows, answers, lot)
        for (_, cells, _), (due, caution) in zip(lot, answers, strict=True):
            self._writer.writerow([*cells, due, *([caution] if self._cautions else [])])

    def _read(self, place: int, cells: list[str], places: dict[str, int], broken: Refused | None) -> _Asked:
        if broken is not None:
            raise broken
        code = cells[places["calendar"]].strip()
        calendar = self._calendar(code)
        limit = self._limit(cells[places["limit"]])
        start = pauses.parse_moment(cells[places["start"]], calendar.zone)
        written = cells[places["pauses"]].strip() if "pauses" in places else ""
        stops = pauses.given(pauses.split(written), start, calendar.zone) if written else ()
        return _Asked(place, code, to_micro(start), limit, tuple((to_micro(a), to_micro(b)) for a, b in stops))

    def _reckon(self, calendar: Calendar, rows: list[_Asked], answers: list[tuple[str, str]], lot: list[_Row]) -> None:
        spans = [(number, begin, end) for number, row in enumerate(rows) for begin, end in row.stops]
        flat = np.array(spans, np.int64).reshape(-1, 3).T
        starts = np.array([row.start for row in rows], np.int64)
        values, units = [row.limit.value for row in rows], [row.limit.unit for row in rows]
        dues = batch.due_many(starts, values, units, calendar, batch.Pauses(*flat), refuse=False)
        cautions = dues.cautions() if self._cautions else [("", "")] * len(rows)
        told = zip(rows, dues.moments(), dues.beyond.tolist(), cautions, strict=True)
        for row, moment, beyond, (zh, en) in told:
            if beyond:
                self._refuse(lot[row.place][0], OutOfReach())
            else:
                answers[row.place] = (moment.isoformat(), f"{zh} · {en}" if zh else "")

    def _calendar(self, code: str) -> Calendar:
        kept = self._calendars.get(code)
        if kept is None:
            kept = self._calendars[code] = _tried(self._find, code)
        if isinstance(kept, Refused):
            raise kept
        return kept

    def _limit(self, text: str) -> Limit:
        kept = self._limits.get(text)
        if kept is None:
            if len(self._limits) >= MOST_KEPT:
                self._limits.clear()
            kept = self._limits[text] = _tried(parse_limit, text)
        if isinstance(kept, Refused):
            raise kept
        return kept

    def _refuse(self, line: int, refused: Refused) -> None:
        self._bad += 1
        self._complain(line, refused.field, refused.detail_zh, refused.detail_en)


def _tried(ask: Callable[[str], Known], text: str) -> Known | Refused:
    try:
        return ask(text)
    except Refused as refused:
        return refused
