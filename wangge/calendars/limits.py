"""Time limits: so many of one unit, and how people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import ClassVar

from typing_extensions import override

from wangge.kit.errors import Invalid, field_error

MICROSECONDS_AN_HOUR = 3_600_000_000


class Refused(Invalid, ValueError):
    """Something given for reckoning that means nothing; `field` is where it stands."""

    code: ClassVar[str] = "time_refused"
    title_zh: ClassVar[str] = "时间计算的输入有误"
    title_en: ClassVar[str] = "What was given for reckoning is wrong"

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh, en, errors=[field_error(field, zh, en)])
        self.field = field

    @override
    def __str__(self) -> str:
        return f"{self.detail_zh} · {self.detail_en}"


class Unit(StrEnum):
    URGENT_HOURS = "urgent_hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    NATURAL_DAYS = "natural_days"
    NATURAL_HOURS = "natural_hours"

    @property
    def in_days(self) -> bool:
        return self in _DAYS

    @property
    def on_duty_only(self) -> bool:
        return self in _ON_DUTY


_DAYS = frozenset({Unit.WORKING_DAYS, Unit.NATURAL_DAYS})
_ON_DUTY = frozenset({Unit.WORKING_DAYS, Unit.WORKING_HOURS})
UNIT_NAMES: dict[Unit, tuple[str, str]] = {
    Unit.URGENT_HOURS: ("紧急工作时", "urgent hours"),
    Unit.WORKING_HOURS: ("工作时", "working hours"),
    Unit.WORKING_DAYS: ("工作日", "working days"),
    Unit.NATURAL_DAYS: ("自然日", "natural days"),
    Unit.NATURAL_HOURS: ("自然时", "natural hours"),
}
# Five years of each: 261 working days a year, working hours of eight-hour days.
LONGEST: dict[Unit, int] = {
    Unit.URGENT_HOURS: 1830 * 24,
    Unit.WORKING_HOURS: 5 * 261 * 8,
    Unit.WORKING_DAYS: 5 * 261,
    Unit.NATURAL_DAYS: 1830,
    Unit.NATURAL_HOURS: 1830 * 24,
}


@dataclass(frozen=True)
class Limit:
    """So many of one unit. Hours may be fractions; days are whole. At most five years."""

    value: Decimal
    unit: str

    def __post_init__(self) -> None:
        unit = _unit(self.unit)
        zh, en = UNIT_NAMES[unit]
        most = LONGEST[unit]
        if not self.value.is_finite():
            raise Refused("limit", f"时限“{self.value}”不是数", f"the limit {self.value} is no number")
        if self.value <= 0:
            shown = _shown(self.value)
            raise Refused("limit", f"时限应大于零，给出的是 {shown}", f"a limit is above zero, not {shown}")
        if self.value > most:
            shown = _shown(self.value)
            raise Refused(
                "limit",
                f"时限最长五年（{most} 个{zh}），给出的是 {shown}",
                f"a limit is at most five years ({most} {en}), not {shown}",
            )
        if unit.in_days and self.value != self.value.to_integral_value():
            shown = _shown(self.value)
            raise Refused(
                "limit",
                f"以{zh}计的时限应为整数，给出的是 {shown}；不足一日请用小时",
                f"{en} are whole, not {shown}; write parts of a day in hours",
            )
        if not unit.in_days and self.microseconds == 0:
            raise Refused("limit", "时限不足一微秒", "the limit is shorter than a microsecond")

    @property
    def microseconds(self) -> int:
        """Of a limit in hours."""
        return int(self.value * MICROSECONDS_AN_HOUR)

    @property
    def zh(self) -> str:
        return f"{plain(self.value)}个{UNIT_NAMES[Unit(self.unit)][0]}"

    @property
    def en(self) -> str:
        return how_many(self.value, UNIT_NAMES[Unit(self.unit)][1])


def how_many(value: Decimal | int, plural: str) -> str:
    """`1 working day`, `2 working days`."""
    return f"{plain(Decimal(value))} {plural.removesuffix('s') if value == 1 else plural}"


def plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _shown(value: Decimal) -> str:
    return str(value)[:24]


_WORDS = {name.replace(" ", "_"): unit for unit, names in UNIT_NAMES.items() for name in names}
_WORDS |= {word.removesuffix("s"): unit for word, unit in _WORDS.items()}
_ACCEPTED_ZH = "、".join(names[0] for names in UNIT_NAMES.values())
_ACCEPTED_EN = ", ".join(unit.value for unit in UNIT_NAMES)
_WRITTEN = re.compile(
    r"(?P<value>\S+?)(?:\s*个\s*|\s+|(?=[一-龥]))(?P<unit>\S.*)|(?P<close>[-+]?[0-9.]+)(?P<code>[a-z_]+)"
)


def _unit(text: str) -> Unit:
    unit = _WORDS.get(re.sub(r"\s+", "_", text.strip().lower()))
    if unit is None:
        raise Refused(
            "limit",
            f"不认识的时限单位“{text[:24]}”，可用：{_ACCEPTED_ZH}（{_ACCEPTED_EN}）",
            f"unknown unit {text[:24]!r}; there are {_ACCEPTED_EN}",
        )
    return unit


def parse_limit(text: str) -> Limit:
    """`4 working_hours`, `4 working hours`, `4工作时`, `4 个工作时`."""
    written = _WRITTEN.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if written is None:
        raise Refused(
            "limit",
            f"时限“{text[:24]}”应写作数加单位，如 4 working_hours 或 4工作时",
            f"the limit {text[:24]!r} is a number and a unit, such as 4 working_hours",
        )
    number, unit = written["value"] or written["close"], written["unit"] or written["code"]
    try:
        value = Decimal(number)
    except InvalidOperation as error:
        raise Refused("limit", f"时限中“{number[:24]}”不是数", f"{number[:24]!r} in the limit is no number") from error
    return Limit(value, _unit(unit).value)
