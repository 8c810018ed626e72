"""What a profile's clocks.yaml may say: limits, cards, ladders, bounds. Anything else is refused with its place."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from wangge.calendars import arithmetic

Kind = Literal["accept", "acknowledge", "report_in", "handle", "verify", "call_back", "whole"]
Urgency = Literal["normal", "urgent", "danger"]
WhistleKind = Literal["beyond_powers", "joint", "emergency"]
UnitKind = Literal["district", "command", "department", "subdistrict", "community", "grid_team", "company"]
MOST_STAGES = 9
_NAME = r"^[a-z][a-z0-9_-]{0,39}$"


def parse_limit(text: str) -> arithmetic.Limit:
    """`4 working_hours`; ValueError says what is wrong with anything else."""
    value, _, unit = text.strip().partition(" ")
    if unit not in set(arithmetic.Unit):
        names = ", ".join(arithmetic.Unit)
        raise ValueError(f"应写作“数值 单位”，单位为 {names} 之一 · a number and one of {names}")
    try:
        return arithmetic.Limit(Decimal(value), unit)
    except (InvalidOperation, ValueError) as error:
        raise ValueError(f"时限 {text} 无效：须大于零、不超过五年，按日计须为整数 · {error}") from error


def _limit(text: str) -> str:
    parse_limit(text)
    return text.strip()


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


LimitText = Annotated[str, AfterValidator(_limit)]
Code = Annotated[str, Field(min_length=1, max_length=40)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LimitPart(_Part):
    """One line. What it does not name fits everything; the most particular line that fits gives the limit."""

    kind: Kind
    limit: Annotated[tuple[LimitText, ...], BeforeValidator(_listed), Field(min_length=1, max_length=MOST_STAGES)]
    urgency: Urgency | None = None
    whistle_kind: WhistleKind | None = None
    category: Code | None = None
    unit: Code | None = None
    area: Code | None = None
    unit_kind: UnitKind | None = None
    channel: Code | None = None
    level: Annotated[int, Field(ge=0, le=4)] | None = None
    calendar: Code | None = None
    over_list: bool = False  # wins even where the responsibility list gives a limit
    fixed: bool = False  # a whole-case promise that is not lengthened by what the list allows for handling
    note: Annotated[str, Field(max_length=80)] = ""
    note_en: Annotated[str, Field(max_length=120)] = ""

    @model_validator(mode="after")
    def _fits(self) -> LimitPart:
        if self.kind != "handle" and len(self.limit) > 1:
            raise ValueError("只有处置可以分阶段 · only handling has stages")
        if self.kind != "report_in" and self.whistle_kind is not None:
            raise ValueError("只有报到分吹哨类型 · only reporting in knows kinds of whistles")
        if self.kind != "whole" and self.fixed:
            raise ValueError("只有全程时限可以固定 · only the whole-case promise can be fixed")
        return self


class CardsPart(_Part):
    """Yellow so long before the due time, or half-way when the limit is short; red once due, or from the next day."""

    yellow: LimitText = "1 working_days"
    half_up_to_hours: Annotated[int, Field(ge=0, le=240)] = 16
    red: Literal["due", "next_day"] = "due"


class RungPart(_Part):
    step: Literal["remind", "supervise", "escalate", "account"]
    when: Literal["warn", "due", "after"]
    after: LimitText | None = None
    to: Literal["owner", "lead", "above", "command"] = "owner"
    answer_within: LimitText | None = None
    text_zh: Annotated[str, Field(min_length=1, max_length=200)]
    text_en: Annotated[str, Field(min_length=1, max_length=300)]

    @model_validator(mode="after")
    def _fits(self) -> RungPart:
        if (self.when == "after") is (self.after is None):
            raise ValueError("“after”时须写明到期后多久，其他情形不写 · `after` goes with when: after, and only then")
        return self


class LadderPart(_Part):
    """For promises of these kinds and this urgency (all, when left out); rungs in the order of their time."""

    kinds: tuple[Kind, ...] = ()
    urgency: Urgency | None = None
    rungs: tuple[RungPart, ...]

    @model_validator(mode="after")
    def _ordered(self) -> LadderPart:
        places = [("warn", "due", "after").index(rung.when) for rung in self.rungs]
        if places != sorted(places):
            raise ValueError("各级须按时间先后：临期、到期、到期后 · rungs come in order: warn, due, after")
        return self


class ExtendPart(_Part):
    """More time: at most so many working days at once, so many times."""

    most_days: Annotated[int, Field(ge=1, le=250)] = 10
    most_times: Annotated[int, Field(ge=0, le=20)] = 1


class ClocksFile(_Part):
    calendar: Code = "office"
    limits: dict[Annotated[str, Field(pattern=_NAME)], LimitPart]
    cards: CardsPart = CardsPart()
    ladders: dict[Annotated[str, Field(pattern=_NAME)], LadderPart] = {}
    extend: ExtendPart = ExtendPart()
    carry_over_most_days: Annotated[int, Field(ge=1, le=1100)] = 366
    call_back_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    unhappy_rating: Annotated[int, Field(ge=0, le=4)] = 2
    send_back_working_days: Annotated[int, Field(ge=1, le=60)] = 2
    send_backs_before_ruling: Annotated[int, Field(ge=1, le=20)] = 2

    @model_validator(mode="after")
    def _complete(self) -> ClocksFile:
        """Every kind of promise needs a line for whatever no other line speaks of."""
        narrowing = set(LimitPart.model_fields) - {"kind", "limit", "calendar", "over_list", "fixed", "note", "note_en"}
        general = {line.kind for line in self.limits.values() if all(getattr(line, name) is None for name in narrowing)}
        missing = [kind for kind in Kind.__args__ if kind not in general]  # type: ignore[attr-defined]
        if missing:
            raise ValueError(f"缺少一般性时限：{'、'.join(missing)} · no general limit for {', '.join(missing)}")
        return self
