"""Rows of categories and lists as profiles write them, checked before anything is stored."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from wangge.areas.models import Level
from wangge.calendars.arithmetic import Limit
from wangge.kit.errors import field_error
from wangge.responsibility.models import CategoryKind, ListKind, OwnerRule

Row = Mapping[str, Any]
STEPS = frozenset({"accept", "acknowledge", "report_in", "handle", "verify", "call_back", "whole"})
_TRUE = frozenset({"1", "true", "yes", "y", "是", "t"})
_FALSE = frozenset({"0", "false", "no", "n", "否", "f", ""})
_LIMIT = re.compile(r"(?P<step>\w+)\s+(?P<value>[\d.]+)\s+(?P<unit>\w+)(?:\s+(?P<label>\S.*))?")


@dataclass
class Reader:
    """Takes fields out of one row and collects what is wrong with them, naming row and field."""

    row: Row
    number: int
    errors: list[dict[str, Any]]

    def wrong(self, name: str, zh: str, en: str) -> None:
        self.errors.append(field_error(f"row {self.number} {name}", zh, en))

    def text(self, name: str, longest: int, *, required: bool = False) -> str:
        value = str(self.row.get(name) or "").strip()
        if required and not value:
            self.wrong(name, "不能为空", "is required")
        if len(value) > longest:
            self.wrong(name, f"超过 {longest} 字", f"longer than {longest} characters")
        return value[:longest]

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.row.get(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        text = str(value).strip().lower()
        if text not in _TRUE and text not in _FALSE:
            self.wrong(name, "应为 true 或 false", "must be true or false")
        return text in _TRUE

    def choice(self, name: str, choices: Sequence[str], *, default: str = "") -> str:
        value = self.text(name, 40) or default
        if value not in choices:
            self.wrong(
                name, f"“{value}”不在 {'、'.join(choices)} 之中", f"{value!r} is not one of {', '.join(choices)}"
            )
        return value

    def words(self, name: str) -> list[str]:
        value = self.row.get(name) or []
        parts = value.split("|") if isinstance(value, str) else value
        return list(dict.fromkeys(str(part).strip() for part in parts if str(part).strip()))

    def date(self, name: str, *, required: bool = False) -> dt.date | None:
        value = self.row.get(name)
        if isinstance(value, dt.date):
            return value
        if not value:
            if required:
                self.wrong(name, "不能为空", "is required")
            return None
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.wrong(name, f"“{value}”不是日期，应为 2026-01-01 的写法", f"{value!r} is not a date like 2026-01-01")
            return None

    def limits(self, name: str) -> list[dict[str, Any]]:
        """`handle 4 working_hours; handle 7 working_days 处罚`: steps in turn, with a label where there is one."""
        value = self.row.get(name) or []
        if not isinstance(value, str):
            value = "; ".join(" ".join(str(part) for part in one.values()) for one in value)
        found = []
        for part in filter(None, (part.strip() for part in re.split("[;；]", value))):
            match = _LIMIT.fullmatch(part)
            limit = _limit(match["value"], match["unit"]) if match else None
            if match is None or limit is None or match["step"] not in STEPS:
                zh = f"“{part}”不是时限，写法如 handle 4 working_hours"
                self.wrong(name, zh, f"{part!r} is not a limit like handle 4 working_hours")
                continue
            number = int(limit.value) if limit.value == limit.value.to_integral_value() else float(limit.value)
            line: dict[str, Any] = {"step": match["step"], "value": number, "unit": limit.unit}
            found.append(line | ({"label": match["label"]} if match["label"] else {}))
        return found

    def owners(self, name: str) -> list[dict[str, str]]:
        """`unit:370103-cgj|subdistrict`: rules, with a unit's code where the rule is `unit`."""
        value = self.row.get(name) or []
        parts = value.split("|") if isinstance(value, str) else value
        found = []
        for part in filter(None, parts):
            if isinstance(part, Mapping):
                rule, code = str(part["rule"]), str(part.get("code", ""))
            else:
                rule, _, code = (piece.strip() for piece in str(part).partition(":"))
            if rule not in OwnerRule.values or (rule == OwnerRule.UNIT) is not bool(code):
                zh = f"“{part}”不是协办单位，写法如 unit:370103-cgj 或 subdistrict"
                self.wrong(name, zh, f"{part!r} is not like unit:370103-cgj or subdistrict")
                continue
            found.append({"rule": rule, "code": code} if code else {"rule": rule})
        return found

    def level(self, name: str) -> int:
        value = str(self.row.get(name, "")).strip().lower()
        if value in Level.__members__ or value.upper() in Level.__members__:
            return int(Level[value.upper()])
        if not value.isdigit() or int(value) not in Level.values:
            self.wrong(name, "层级应为 0–4 或 district、subdistrict、community、grid", "must be 0–4 or a level's name")
            return int(Level.DISTRICT)
        return int(value)


def _limit(value: str, unit: str) -> Limit | None:
    try:
        return Limit(Decimal(value), unit)
    except (ValueError, InvalidOperation):
        return None


@dataclass(frozen=True)
class CategoryRow:
    code: str
    kind: str
    name: str
    name_en: str
    parent_code: str
    leaf: bool
    keywords: list[str] = field(hash=False)
    evidence_required: bool
    on_the_spot: bool
    urgency: str
    source: str
    confirmed: bool
    active: bool


def category_row(reader: Reader) -> CategoryRow:
    return CategoryRow(
        code=reader.text("code", 24, required=True),
        kind=reader.choice("kind", CategoryKind.values),
        name=reader.text("name", 60, required=True),
        name_en=reader.text("name_en", 120),
        parent_code=reader.text("parent_code", 24),
        leaf=reader.flag("leaf"),
        keywords=reader.words("keywords"),
        evidence_required=reader.flag("evidence_required"),
        on_the_spot=reader.flag("on_the_spot"),
        urgency=reader.text("urgency", 8) or "normal",
        source=reader.text("source", 80),
        confirmed=reader.flag("confirmed"),
        active=reader.flag("active", default=True),
    )


@dataclass(frozen=True)
class EntryRow:
    item: str
    category: str
    area_code: str
    list_kind: str
    level: int
    lead_rule: str
    lead_unit: str
    supports: list[dict[str, str]] = field(hash=False)
    first_actor: str
    clause: str
    limits: list[dict[str, Any]] = field(hash=False)
    note: str


def entry_row(reader: Reader) -> EntryRow:
    row = EntryRow(
        item=reader.text("item", 24, required=True),
        category=reader.text("category", 24, required=True),
        area_code=reader.text("area_code", 20),
        list_kind=reader.choice("list_kind", ListKind.values),
        level=reader.level("level"),
        lead_rule=reader.choice("lead_rule", OwnerRule.values),
        lead_unit=reader.text("lead_unit", 40),
        supports=reader.owners("supports"),
        first_actor=reader.choice("first_actor", OwnerRule.values, default=OwnerRule.UNIT),
        clause=reader.text("clause", 300, required=True),
        limits=reader.limits("limits"),
        note=reader.text("note", 200),
    )
    if (row.lead_rule == OwnerRule.UNIT) is not bool(row.lead_unit):
        zh = "主办规则为 unit 时须写单位编码，否则不写"
        reader.wrong("lead_unit", zh, "a unit's code goes with the rule unit, and only with it")
    return row
