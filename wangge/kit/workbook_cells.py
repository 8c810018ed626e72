"""What stands in the cells of a workbook's sheet, out of the XML that tells of it, as text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping

from wangge.kit.workbook_faults import refused_bomb

MOST_COLUMNS = 500
LONGEST_CELL = 100_000  # Excel itself holds 32,767 characters
_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORMAT_NOISE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_LETTER = re.compile(r"[ymdhs]", re.IGNORECASE)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})

Row = tuple[int, list[str]]


def names(*locals_: str) -> dict[str, str]:
    """The elements of a sheet as the parser names them, with their short names."""
    return {f"{space} {one}": one for space in _MAIN for one in locals_}


def shown_as(number: str, codes: Mapping[str, str]) -> str:
    """Whether a format of numbers shows a date, a span of time, or neither."""
    code = codes.get(number)
    if code is None:
        return "elapsed" if number == "46" else "date" if number.isdigit() and int(number) in _BUILT_IN_DATES else ""
    bare = _FORMAT_NOISE.sub("", code.partition(";")[0])
    if _ELAPSED.search(bare):
        return "elapsed"
    return "date" if _DATE_LETTER.search(bare.replace("General", "")) else ""


def unescaped(text: str) -> str:
    """Excel writes what XML cannot hold as _x000D_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class Sheet:
    """What the parser tells of a sheet, put together to rows."""

    __slots__ = (
        "_at", "_columns", "_dates", "_from_1904", "_kinds", "_long", "_parts", "_reading", "_row", "_string", "_style",
        "_taking", "_type", "cells", "ready",
    )  # fmt: skip

    def __init__(self, string: Callable[[int], str], dates: Mapping[int, str], from_1904: bool) -> None:
        self._kinds = names("row", "c", "v", "t", "rPh")
        self._string, self._dates, self._from_1904 = string, dates, from_1904
        self._columns: dict[str, int] = {}
        self._parts: list[str] = []
        self._at = self._row = self._long = 0
        self._type = self._style = ""
        self._taking = self._reading = False
        self.cells: list[str] = []
        self.ready: list[Row] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        kind = self._kinds.get(name)
        if kind == "c":
            self._parts.clear()
            self._long = 0
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            where = attributes.get("r")
            self._at = self._column(where) if where else len(self.cells)
        elif kind == "v" or kind == "t":
            self._taking = not self._reading
        elif kind == "row":
            said = attributes.get("r", "")
            self._row = int(said) if said.isdigit() and len(said) < 8 else self._row + 1
            self.cells = []
        elif kind == "rPh":
            self._reading = True

    def end(self, name: str) -> None:
        kind = self._kinds.get(name)
        if kind == "v" or kind == "t":
            self._taking = False
        elif kind == "c":
            if self._parts:
                self._put(self._value("".join(self._parts)))
        elif kind == "row":
            self.ready.append((self._row, self.cells))
        elif kind == "rPh":
            self._reading = False

    def text(self, data: str) -> None:
        if self._taking:
            self._parts.append(data)
            self._long += len(data)
            if self._long > LONGEST_CELL:
                raise refused_bomb()

    def _column(self, where: str) -> int:
        letters = where.rstrip("0123456789")
        found = self._columns.get(letters)
        if found is None:
            number = 0
            for letter in letters[:4]:
                number = number * 26 + ord(letter) - 64
            found = self._columns[letters] = min(max(number - 1, 0), MOST_COLUMNS)
        return found

    def _put(self, value: str) -> None:
        cells = self.cells
        if self._at == len(cells):
            cells.append(value)
            return
        while len(cells) <= self._at:
            cells.append("")
        cells[self._at] = value

    def _value(self, raw: str) -> str:
        match self._type:
            case "s":
                return self._string(int(raw))
            case "n":
                shown = self._dates.get(int(self._style)) if self._style else None
                return _date(float(raw), shown, self._from_1904) if shown else number_text(float(raw))
            case "b":
                return "TRUE" if raw.strip() == "1" else "FALSE"
            case _:
                return unescaped(raw)


def number_text(value: float) -> str:
    """3 for 3.0: what a sheet holds as a number was mostly typed without a point."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _date(value: float, shown: str, from_1904: bool) -> str:
    if shown == "elapsed":
        return str(dt.timedelta(days=value))
    try:
        moment = _moment(value, from_1904)
    except (OverflowError, ValueError):
        return number_text(value)
    if 0 <= value < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat(sep=" ")


_BEGINNING = dt.datetime.combine(dt.date(1899, 12, 30), dt.time())


def _moment(value: float, from_1904: bool) -> dt.datetime:
    if from_1904:
        value += 1462
    if value < 60:  # Excel counts a 29 February 1900 that never was
        value += 1
    whole = _BEGINNING + dt.timedelta(days=value)
    return (whole + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
