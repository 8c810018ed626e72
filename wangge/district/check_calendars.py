"""What contradicts itself among the calendars of a profile, and units on calendars that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from wangge.district.read_faults import ProfileError
from wangge.district.schema import CalendarFile

if TYPE_CHECKING:
    from wangge.district.read import Profile


def calendar_faults(profile: Profile) -> Iterator[ProfileError]:
    known = {calendar.code: calendar for calendar, _ in profile.calendars}
    wanted = profile.head.settings.calendar
    if wanted not in known:
        yield ProfileError(
            profile.head_file, 0, "settings.calendar", f"没有日历 {wanted}", f"there is no calendar {wanted}"
        )
    for calendar, file in profile.calendars:
        if PurePosixPath(file).stem != calendar.code:
            zh, en = f"文件名应为 {calendar.code}.yaml", f"the file must be called {calendar.code}.yaml"
            yield ProfileError(file, 0, "code", zh, en)
        yield from _years(calendar, file)
        yield from _followed(calendar, file, known)
    for line in profile.units:
        code = line.row.calendar
        if code and code not in known:
            yield line.fault("calendar", f"没有日历 {code}", f"there is no calendar {code}")


def _years(calendar: CalendarFile, file: str) -> Iterator[ProfileError]:
    for year, part in calendar.years.items():
        days = [day for group in (part.days_off, part.make_up) for dates in group.values() for day in dates]
        for day in days:
            if day.year != year or days.count(day) > 1:
                zh, en = f"{day} 不在本年或重复", f"{day} is of another year or given twice"
                yield ProfileError(file, 0, f"years.{year}", zh, en)
    if calendar.years and (calendar.works_through or calendar.days_of):
        zh = "标为不受节假日影响或取用其他日历放假安排的，不得自列年份"
        en = "a calendar that works through or has the days of another lists no years"
        yield ProfileError(file, 0, "years", zh, en)


def _followed(calendar: CalendarFile, file: str, known: dict[str, CalendarFile]) -> Iterator[ProfileError]:
    followed = known.get(calendar.days_of)
    if calendar.days_of and followed is None:
        zh, en = f"没有日历 {calendar.days_of}", f"there is no calendar {calendar.days_of}"
        yield ProfileError(file, 0, "days_of", zh, en)
    elif followed is not None and (followed.days_of or followed.code == calendar.code or calendar.works_through):
        zh = "所取日历应有自己的放假安排；不受节假日影响的日历不必取用"
        en = "the calendar named has days of its own; a calendar that works through needs none"
        yield ProfileError(file, 0, "days_of", zh, en)
