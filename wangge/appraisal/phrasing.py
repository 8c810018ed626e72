"""How a bulletin puts a figure: the same words in its text, tables and charts, in either language; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DASH = "—"


class Say:
    def __init__(self, language: str) -> None:
        self.zh = language == "zh"

    def __call__(self, zh: str, en: str) -> str:
        return zh if self.zh else en

    def name(self, thing: Mapping[str, Any]) -> str:
        return str(thing["name"] if self.zh else thing.get("name_en") or thing["name"])

    def label(self, indicator: Mapping[str, Any]) -> str:
        """Its name over a column of bare numbers."""
        return self.name(indicator) + (
            self("（每百件）", " (per hundred)") if indicator["unit"] == "per_hundred" else ""
        )


def value_text(value: float | None, unit: str, say: Say) -> str:
    """Per cent with one digit, a count with thousands, minutes as minutes, hours or days, as the pages do."""
    if value is None:
        return DASH
    if unit == "percent":
        return f"{value:.1f}%"
    if unit in {"per_hundred", "mark"}:
        return f"{value:.2f}"
    if unit == "minutes":
        return _minutes(value, say)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _minutes(value: float, say: Say) -> str:
    if value < 100:
        return say(f"{value:.0f}分钟", f"{value:.0f} min")
    if value < 48 * 60:
        return say(f"{_short(value / 60)}小时", f"{_short(value / 60)} h")
    return say(f"{_short(value / 1440)}天", f"{_short(value / 1440)} days")


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def change_text(now: float | None, before: float | None, unit: str, say: Say) -> str:
    if now is None or before is None:
        return say("上期无数据", "no figure before")
    if unit == "percent":
        points = now - before
        return say(f"较上期 {points:+.1f} 个百分点", f"{points:+.1f} points on the period before")
    if unit == "minutes":
        sign = "+" if now >= before else "−"
        return say(
            f"较上期 {sign}{_minutes(abs(now - before), say)}",
            f"{sign}{_minutes(abs(now - before), say)} on the period before",
        )
    if not before:
        return say("上期为零", "none the period before")
    share = (now - before) / before * 100
    return say(f"较上期 {share:+.1f}%", f"{share:+.1f}% on the period before")


def toned(text: str, value: float | None, tone: str) -> dict[str, Any]:
    """Said by a sign as well as by colour, since most prints are black: * is worse, brackets are too few."""
    if value is not None:
        text = f"{text}*" if tone == "bad" else f"({text})" if tone == "faint" else text
    return {"text": text, "value": value, "tone": tone}


def interval(one: Mapping[str, Any], say: Say) -> str:
    if one.get("low") is None or one.get("high") is None:
        return DASH
    low, high = (value_text(one[end], one["unit"], say) for end in ("low", "high"))
    unit = high.lstrip("0123456789.,")  # said once where both have it
    return f"{low.removesuffix(unit) if low.lstrip('0123456789.,') == unit else low}–{high}"


def band(band: Sequence[int] | None) -> str:
    if not band:
        return DASH
    return str(band[0]) if band[0] == band[1] else f"{band[0]}–{band[1]}"
