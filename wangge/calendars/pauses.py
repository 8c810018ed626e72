"""Spans of time in which a limit stands still."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from wangge.calendars.duty import FIRST_YEAR, LAST_YEAR, Span, to_micro
from wangge.calendars.limits import Refused

Pause = tuple[dt.datetime, dt.datetime]
_DATE_ALONE = len("2026-02-13")
# In a query string an unescaped + is a space.
_BETWEEN_PAUSES = re.compile(r"[;；|｜,，、\r\n]|\s+(?=\d{4}-?\d\d-?\d\d(?:[T ]\S*)?\s*\.\.)")
_ZONE_LOST_ITS_PLUS = re.compile(r"(T\S+) (\d\d:?\d\d)$")


def parse_moment(text: str, zone: ZoneInfo, field: str = "start") -> dt.datetime:
    """ISO 8601 with a time of day; without an offset it is local to `zone`."""
    written = text.strip()
    if " " in written:
        written = _ZONE_LOST_ITS_PLUS.sub(r"\1+\2", written)
    moment = None
    with contextlib.suppress(ValueError):
        moment = dt.datetime.fromisoformat(written)
    if moment is None or len(written) <= _DATE_ALONE:
        zh = f"“{text[:40]}”不是日期时间，应写作 2026-02-13T16:30 或 2026-02-13T16:30+08:00"
        raise Refused(field, zh, f"{text[:40]!r} is no date and time such as 2026-02-13T16:30")
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        zh, en = (
            f"“{text[:40]}”不在 {FIRST_YEAR}–{LAST_YEAR} 年",
            f"{text[:40]!r} is not within {FIRST_YEAR}–{LAST_YEAR}",
        )
        raise Refused(field, zh, en)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def parse_pause(text: str, zone: ZoneInfo, field: str) -> Pause:
    """`A..B`."""
    begin, dots, end = text.partition("..")
    if not dots:
        zh = f"暂停“{text[:60]}”应写作 起..止"
        raise Refused(field, zh, f"the pause {text[:60]!r} is written begin..end")
    return parse_moment(begin, zone, field), parse_moment(end, zone, field)


def given(texts: Sequence[str], start: dt.datetime, zone: ZoneInfo, field: str = "pauses") -> tuple[Pause, ...]:
    """Pauses as a person gives them: none inverted, no two overlapping. What lies before the start takes nothing."""
    read = [(parse_pause(text, zone, f"{field}.{number}"), number) for number, text in enumerate(texts, 1)]
    for (begin, end), number in read:
        at = f"{field}.{number}"
        if end <= begin:
            zh = f"第 {number} 个暂停的结束 {end.isoformat()} 不晚于开始 {begin.isoformat()}"
            en = f"pause {number} ends at {end.isoformat()}, not after its begin {begin.isoformat()}"
            raise Refused(at, zh, en)
    read.sort()
    for ((_, end), number), ((begin, _), following) in itertools.pairwise(read):
        if begin < end:
            one, other = sorted((number, following))
            zh, en = f"第 {one} 个暂停与第 {other} 个暂停重叠", f"pauses {one} and {other} overlap"
            raise Refused(f"{field}.{other}", zh, en)
    return tuple((max(begin, start), end) for (begin, end), _ in read if end > start)


def split(written: str) -> list[str]:
    """The pauses in one cell of a sheet: apart by ; or | or , or a line or space before the next one's date."""
    return [part.strip() for part in _BETWEEN_PAUSES.split(written) if part.strip()]


def merge(pauses: Iterable[Pause], start: int) -> tuple[Span, ...]:
    """Pauses after `start`, in order, overlapping ones joined."""
    merged: list[Span] = []
    for begin, end in sorted((max(to_micro(a), start), to_micro(b)) for a, b in pauses):
        if end <= begin:
            continue
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def without(span: Span, pauses: Sequence[Span]) -> Iterator[Span]:
    """What is left of `span`."""
    begin, end = span
    for stop, resume in pauses:
        if resume <= begin:
            continue
        if stop >= end:
            break
        if stop > begin:
            yield begin, stop
        begin = resume
    if begin < end:
        yield begin, end
