"""The office calendar of the days published for 2020–2026, to reckon with in tests."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from wangge.calendars.arithmetic import Calendar, parse_duty

ZONE = ZoneInfo("Asia/Shanghai")
DUTY = [["09:00", "12:00"], ["13:00", "17:00"]]


def years() -> dict[int, list[tuple[dt.date, bool, str]]]:
    lines = (Path(__file__).parent / "published.csv").read_text(encoding="utf-8").splitlines()[1:]
    found: dict[int, list[tuple[dt.date, bool, str]]] = {}
    for row in csv.DictReader(lines):
        day = (dt.date.fromisoformat(row["date"]), row["day"] == "working", row["name"])
        found.setdefault(int(row["year"]), []).append(day)
    return found


def calendar(duty: list[list[str]] = DUTY) -> Calendar:
    days = [day for published in years().values() for day in published]
    return Calendar(
        ZONE,
        parse_duty(duty),
        {date: working for date, working, _ in days},
        frozenset(years()),
        {date: name for date, _, name in days},
    )
