"""The rules of time in force: how long each promise lasts, when cards turn, who is told what when one runs out."""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.db import connection, transaction

from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.casework.models import TimeRules
from wangge.casework.timing_file import ClocksFile, LadderPart, LimitPart, RungPart, parse_limit

STALE_AFTER = 5.0
_BASE = Path(__file__).resolve().parents[2] / "profiles" / "base" / "clocks.yaml"
_URGENCY = {"normal": ("一般", "ordinary"), "urgent": ("紧急", "urgent"), "danger": ("危险", "danger")}
_WHISTLES = {
    "beyond_powers": ("超出权限", "beyond our powers"),
    "joint": ("联合执法", "joint enforcement"),
    "emergency": ("应急处置", "emergency"),
}
LISTED, LISTED_EN = "权责清单：条目写明的时限", "responsibility list: the limit of its entry"


@dataclass(frozen=True)
class Ruled:
    """A limit and what gave it. `calendar` None: of the unit that acts, or the rules' own."""

    limit: arithmetic.Limit
    calendar: str | None
    text: str
    fixed: bool
    over_list: bool


@dataclass(frozen=True)
class CardRule:
    yellow: arithmetic.Limit
    half_up_to_hours: int
    red: str  # due, next_day


@dataclass(frozen=True)
class Rung:
    """A step of the ladder. `when` is warn, due or after (`after` past due); `to` is owner, lead, above or command.

    The step `card` (when: next_day, the first midnight past due) tells nobody: it only turns the card red.
    """

    step: str
    when: str
    after: arithmetic.Limit | None
    to: str
    answer_within: arithmetic.Limit | None
    text_zh: str
    text_en: str


_TURNS_RED = Rung("card", "next_day", None, "owner", None, "亮红牌", "The card turns red")


@dataclass(frozen=True)
class _Line:
    part: LimitPart
    stages: tuple[Ruled, ...]
    order: int


class Rules:
    """Compiled once per version; answers are kept, since the same kinds of matters recur."""

    def __init__(self, content: Mapping[str, Any], version: UUID | None = None) -> None:
        held = ClocksFile.model_validate(content)
        self.version = version
        self.file = held
        self.calendar = held.calendar
        cards = held.cards
        self.card = CardRule(parse_limit(cards.yellow), cards.half_up_to_hours, cards.red)
        self.extend_most_days = held.extend.most_days
        self.extend_most_times = held.extend.most_times
        self.carry_over_most_days = held.carry_over_most_days
        self.call_back_attempts = held.call_back_attempts
        self.unhappy_rating = held.unhappy_rating
        self.send_back_working_days = held.send_back_working_days
        self.send_backs_before_ruling = held.send_backs_before_ruling
        self._lines: dict[str, list[_Line]] = {}
        for order, part in enumerate(held.limits.values()):
            self._lines.setdefault(part.kind, []).append(_Line(part, _stages(part), order))
        self._english = {words(part): words_en(part) for part in held.limits.values()} | {LISTED: LISTED_EN}
        self.by_category = any(part.category for part in held.limits.values())
        self.by_area = any(part.area for part in held.limits.values())
        self.by_unit = any(part.unit for part in held.limits.values())
        self.by_unit_kind = any(part.unit_kind for part in held.limits.values())
        self._found: dict[tuple[object, ...], tuple[Ruled, ...]] = {}
        self._ladders: dict[tuple[str, str], tuple[Rung, ...]] = {}

    def limit(
        self,
        *,
        kind: str,
        urgency: str,
        whistle_kind: str = "",
        category_codes: tuple[str, ...] = (),
        channel: str = "",
        level: int = 0,
        area_codes: tuple[str, ...] = (),
        unit_code: str = "",
        unit_kind: str = "",
    ) -> Ruled:
        """The limit of the first or only stage. Codes run from the leaf up to the root."""
        return self.stages(
            kind=kind,
            urgency=urgency,
            whistle_kind=whistle_kind,
            category_codes=category_codes,
            channel=channel,
            level=level,
            area_codes=area_codes,
            unit_code=unit_code,
            unit_kind=unit_kind,
        )[0]

    def stages(
        self,
        *,
        kind: str,
        urgency: str,
        whistle_kind: str = "",
        category_codes: tuple[str, ...] = (),
        channel: str = "",
        level: int = 0,
        area_codes: tuple[str, ...] = (),
        unit_code: str = "",
        unit_kind: str = "",
    ) -> tuple[Ruled, ...]:
        """One limit for each stage, from the most particular line that fits."""
        asked = (kind, urgency, whistle_kind, category_codes, channel, level, area_codes, unit_code, unit_kind)
        found = self._found.get(asked)
        if found is None:
            ranked = [
                (rank, line.order, line.stages)
                for line in self._lines[kind]
                if (rank := _rank(line.part, *asked[1:])) is not None
            ]
            if len(self._found) > 50_000:
                self._found.clear()
            found = self._found[asked] = max(ranked, key=lambda one: one[:2])[2]
        return found

    def in_english(self, rule: str) -> str:
        """Of the words kept with a clock; "" of a line that is in the rules no more."""
        return self._english.get(rule, "")

    def ladder(self, kind: str, urgency: str) -> tuple[Rung, ...]:
        """The rungs of a promise in the order of their time; of two ladders the more particular one."""
        found = self._ladders.get((kind, urgency))
        if found is None:
            fitting = [
                (bool(part.kinds) * 2 + bool(part.urgency), order, part)
                for order, part in enumerate(self.file.ladders.values())
                if (not part.kinds or kind in part.kinds) and part.urgency in (None, urgency)
            ]
            chosen = max(fitting, key=lambda one: one[:2])[2] if fitting else LadderPart(rungs=())
            rungs = [_rung(one) for one in chosen.rungs]
            if self.card.red == "next_day":
                at = next((place for place, one in enumerate(rungs) if one.when == "after"), len(rungs))
                rungs.insert(at, _TURNS_RED)
            found = self._ladders[kind, urgency] = tuple(rungs)
        return found


def _stages(part: LimitPart) -> tuple[Ruled, ...]:
    return tuple(
        Ruled(parse_limit(text), part.calendar, words(part), part.fixed, part.over_list) for text in part.limit
    )


def _rung(part: RungPart) -> Rung:
    after = parse_limit(part.after) if part.after else None
    within = parse_limit(part.answer_within) if part.answer_within else None
    return Rung(part.step, part.when, after, part.to, within, part.text_zh, part.text_en)


def _rank(
    part: LimitPart,
    urgency: str,
    whistle_kind: str,
    category_codes: Sequence[str],
    channel: str,
    level: int,
    area_codes: Sequence[str],
    unit_code: str,
    unit_kind: str,
) -> tuple[int, ...] | None:
    """How particular the line is for this promise, in the order the file documents; None when it does not fit."""
    same = (
        (part.urgency, urgency),
        (part.whistle_kind, whistle_kind),
        (part.unit, unit_code),
        (part.unit_kind, unit_kind),
        (part.channel, channel),
        (part.level, level),
    )
    if any(wanted is not None and wanted != given for wanted, given in same):
        return None
    category, area = _nearness(part.category, category_codes), _nearness(part.area, area_codes)
    if category is None or area is None:
        return None
    named = [int(wanted is not None) for wanted, _ in same]
    return (named[0], named[1], category, named[2], area, named[3], named[4], named[5])


def _nearness(wanted: str | None, codes: Sequence[str]) -> int | None:
    if wanted is None:
        return 0
    return len(codes) - codes.index(wanted) if wanted in codes else None


def words(part: LimitPart) -> str:
    """What the line is about, for whoever asks why."""
    return f"时限规则：{'，'.join(zh for zh, _ in _said(part)) or '一般规定'}"[:120]


def words_en(part: LimitPart) -> str:
    return f"rules of time: {', '.join(en for _, en in _said(part)) or 'in general'}"


def _said(part: LimitPart) -> Iterator[tuple[str, str]]:
    if part.urgency:
        yield _URGENCY[part.urgency]
    if part.whistle_kind:
        yield _WHISTLES[part.whistle_kind]
    named = (
        ("事项", "matter", part.category),
        ("单位", "unit", part.unit),
        ("区划", "area", part.area),
        ("单位类型", "kind of unit", part.unit_kind),
        ("渠道", "channel", None if part.note else part.channel),
        ("层级", "level", part.level),
    )
    yield from ((f"{zh} {value}", f"{en} {value}") for zh, en, value in named if value is not None)
    if part.note:
        yield part.note, part.note_en or part.note


def last_send_back(assigned_at: dt.datetime, calendar: str) -> dt.datetime:
    """Until when an order can be sent back, by the calendar of its unit."""
    limit = arithmetic.Limit(Decimal(rules().send_back_working_days), "working_days")
    return arithmetic.due(assigned_at, limit, calendars.load(calendar)).at


@dataclass
class _Kept:
    rules: Rules
    looked_at: float


_kept: list[_Kept] = []


def rules() -> Rules:
    """The rules last loaded, at most STALE_AFTER seconds old; those of the base profile where none was loaded."""
    if _written_here():
        return _newest(None)
    kept = _kept[0] if _kept else None
    now = time.monotonic()
    if kept is not None and now - kept.looked_at < STALE_AFTER:
        return kept.rules
    found = _newest(kept.rules if kept else None)
    _kept[:] = [_Kept(found, now)]
    return found


def _newest(known: Rules | None) -> Rules:
    version = TimeRules.objects.order_by("-loaded_at").values_list("id", flat=True).first()
    if version is None:
        return base()
    return known if known is not None and known.version == version else of_version(version)


@functools.lru_cache(maxsize=8)
def of_version(version: UUID) -> Rules:
    """Rules as they were loaded; a version never changes."""
    return Rules(TimeRules.objects.values_list("content", flat=True).get(pk=version), version)


@functools.cache
def base() -> Rules:
    return Rules(yaml.safe_load(_BASE.read_text(encoding="utf-8")))


def forget() -> None:
    """Ask the database next time."""
    _kept.clear()


def announce_write() -> None:
    """Called by services within the writing transaction."""
    transaction.on_commit(forget)


def _written_here() -> bool:
    return connection.in_atomic_block and any(hook[1] is forget for hook in connection.run_on_commit)
