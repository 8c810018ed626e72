"""The rules of time as a document: every line of clocks.yaml with the names of what it speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wangge.areas import selectors as areas
from wangge.calendars.models import Calendar
from wangge.casework import timing
from wangge.casework.models import ClockKind, TimeRules, Urgency, WhistleKind
from wangge.casework.timing_file import LadderPart, LimitPart, RungPart, parse_limit
from wangge.org.models import Channel, Unit, UnitKind
from wangge.responsibility.models import Category

Document = dict[str, Any]
Names = dict[str, dict[str, str]]

_CONDITIONS = ("urgency", "whistle_kind", "category", "unit", "area", "unit_kind", "channel", "level")


def document() -> Document:
    rules = timing.rules()
    held = rules.file
    version = None if rules.version is None else TimeRules.objects.filter(pk=rules.version).first()
    lines = list(held.limits.items())
    names = _names([part for _, part in lines])
    return {
        "loaded_at": version.loaded_at if version else None,
        "source": version.source if version else "",
        "calendar": held.calendar,
        "calendar_name": names["calendar"].get(held.calendar, held.calendar),
        "calendar_name_en": names["calendar_en"].get(held.calendar, ""),
        "kinds": [
            {
                "kind": kind.value,
                "kind_name": kind.label,
                "lines": [_line(name, part, names) for name, part in sorted(lines, key=_place) if part.kind == kind],
            }
            for kind in ClockKind
        ],
        "cards": {
            "yellow": _said(held.cards.yellow),
            "half_up_to_hours": held.cards.half_up_to_hours,
            "red": held.cards.red,
        },
        "ladders": [_ladder(name, part) for name, part in held.ladders.items()],
        "bounds": {
            "extend_most_days": held.extend.most_days,
            "extend_most_times": held.extend.most_times,
            "carry_over_most_days": held.carry_over_most_days,
            "send_back_working_days": held.send_back_working_days,
            "send_backs_before_ruling": held.send_backs_before_ruling,
            "call_back_attempts": held.call_back_attempts,
            "unhappy_rating": held.unhappy_rating,
        },
    }


def _place(line: tuple[str, LimitPart]) -> tuple[int, int]:
    """General lines first, then by how urgent."""
    _, part = line
    named = [field for field in _CONDITIONS if field != "urgency" and getattr(part, field) is not None]
    return len(named), Urgency.values.index(part.urgency) + 1 if part.urgency else 0


def _line(name: str, part: LimitPart, names: Names) -> Document:
    given = [(field, str(value)) for field in _CONDITIONS if (value := getattr(part, field)) is not None]
    return {
        "name": name,
        "conditions": [
            {
                "field": field,
                "code": code,
                "name": names[field].get(code, code),
                "name_en": names.get(f"{field}_en", {}).get(code, ""),
            }
            for field, code in given
        ],
        "limits": [_said(text) for text in part.limit],
        "calendar": names["calendar"].get(part.calendar, part.calendar) if part.calendar else None,
        "calendar_en": names["calendar_en"].get(part.calendar, "") if part.calendar else None,
        "over_list": part.over_list,
        "fixed": part.fixed,
        "note": part.note,
        "note_en": part.note_en,
    }


def _ladder(name: str, part: LadderPart) -> Document:
    return {
        "name": name,
        "kinds": list(part.kinds),
        "urgency": part.urgency,
        "rungs": [_rung(one) for one in part.rungs],
    }


def _rung(part: RungPart) -> Document:
    return {
        "step": part.step,
        "when": part.when,
        "after": _said(part.after) if part.after else None,
        "to": part.to,
        "answer_within": _said(part.answer_within) if part.answer_within else None,
        "text_zh": part.text_zh,
        "text_en": part.text_en,
    }


def _said(text: str) -> Document:
    limit = parse_limit(text)
    return {"zh": limit.zh, "en": limit.en}


def _names(parts: Iterable[LimitPart]) -> Names:
    """Of everything the lines speak of, in one look each; codes that nothing has stay codes."""
    named: dict[str, set[str]] = {field: set() for field in _CONDITIONS}
    for part in parts:
        for field in _CONDITIONS:
            if (value := getattr(part, field)) is not None:
                named[field].add(str(value))
    return {
        "urgency": dict(Urgency.choices),
        "whistle_kind": dict(WhistleKind.choices),
        "unit_kind": dict(UnitKind.choices),
        "category": dict(Category.objects.filter(code__in=named["category"]).values_list("code", "name")),
        "unit": dict(Unit.objects.filter(code__in=named["unit"]).values_list("code", "short_name")),
        "area": dict(areas.current().filter(code__in=named["area"]).values_list("code", "name")),
        "channel": dict(Channel.objects.filter(code__in=named["channel"]).values_list("code", "name")),
        "category_en": dict(Category.objects.filter(code__in=named["category"]).values_list("code", "name_en")),
        "channel_en": dict(Channel.objects.filter(code__in=named["channel"]).values_list("code", "name_en")),
        "level": {},
        "calendar": dict(Calendar.objects.values_list("code", "name")),
        "calendar_en": dict(Calendar.objects.values_list("code", "name_en")),
    }
