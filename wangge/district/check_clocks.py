"""Whether the rules of time speak of matters, places, units, channels and calendars that the profile has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from wangge.casework.timing_file import RungPart, parse_limit
from wangge.district.read_faults import ProfileError

if TYPE_CHECKING:
    from wangge.district.read import Profile


def clock_faults(profile: Profile) -> Iterator[ProfileError]:
    part = profile.clocks
    if part.rules is None:
        return
    calendars = {calendar.code for calendar, _ in profile.calendars}
    known: dict[str, tuple[str, str, Collection[str]]] = {
        "category": ("分类", "category", {line.row.code for line in profile.categories}),
        "area": ("区划", "area", {line.row.code for line in profile.areas}),
        "unit": ("单位", "unit", {line.row.code for line in profile.units}),
        "channel": ("渠道", "channel", {line.row.code for line in profile.channels}),
        "calendar": ("日历", "calendar", calendars),
    }
    if part.rules.calendar not in calendars:
        zh, en = f"没有日历 {part.rules.calendar}", f"there is no calendar {part.rules.calendar}"
        yield part.fault(("calendar",), zh, en)
    for name, line in part.rules.limits.items():
        for field, (zh, en, codes) in known.items():
            wanted = getattr(line, field)
            if wanted is not None and wanted not in codes:
                yield part.fault(("limits", name, field), f"没有{zh} {wanted}", f"there is no {en} {wanted}")
    for name, ladder in part.rules.ladders.items():
        yield from _order(profile, name, ladder.rungs)


def _order(profile: Profile, name: str, rungs: tuple[RungPart, ...]) -> Iterator[ProfileError]:
    """Rungs past due, as far as they are of one unit, each later than the one before."""
    before: dict[str, Decimal] = {}
    for place, rung in enumerate(rungs):
        if rung.after is None:
            continue
        limit = parse_limit(rung.after)
        last = before.get(limit.unit)
        if last is not None and limit.value < last:
            path = ("ladders", name, "rungs", place, "after")
            yield profile.clocks.fault(path, "早于上一级", "comes before the rung above it")
        before[limit.unit] = limit.value
