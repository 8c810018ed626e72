"""A resident's row as people typed it, turned into facts or into one error for each column that is wrong."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from wangge.kit import identity, phones, text
from wangge.kit.errors import Problem, field_error
from wangge.registry.models import Sex
from wangge.registry.sealing import PersonFacts
from wangge.registry.services.imports.fields import Field, by_name
from wangge.registry.services.imports.places import BadCell, References, Where, find
from wangge.registry.services.keeping import NO_NUMBER, holds_number

AREA_CODE = "0531"  # completes landlines written without one
_DATE = re.compile(r"(\d{4})(?:[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?)(?:[ T]00:00(?::00)?)?", re.ASCII)
_SEVERAL = re.compile(r"[、,，;；/|\s]+")
Errors = list[dict[str, str]]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Resident:
    """What a row says. Empty texts and None: it says nothing about it."""

    facts: PersonFacts = field(repr=False)
    sex: str
    registration: str
    where: Where = field(repr=False)
    household_number: str = ""
    household_role: str = ""
    since: dt.date | None = None
    tags: tuple[str, ...] = ()
    source: str = ""


class Sheet:
    """How the columns of one sheet are read: `cells` by field, and errors under the column's own name."""

    def __init__(self, kind: str, columns: Sequence[str], mapping: Mapping[str, str]) -> None:
        self.kind = kind
        self.fields: dict[str, Field] = by_name(kind)
        self.columns = dict(mapping)
        self._places = {name: columns.index(column) for name, column in mapping.items()}

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        return {name: row[index] for name, index in self._places.items()}

    def at(self, name: str) -> str:
        return self.columns.get(name) or self.fields[name].zh


class Reader:
    """Reads the cells of one row, keeping what goes wrong."""

    def __init__(self, sheet: Sheet, cells: Mapping[str, str]) -> None:
        self.sheet = sheet
        self.cells = cells
        self.errors: Errors = []

    def wrong(self, name: str, zh: str, en: str) -> None:
        self.errors.append(field_error(self.sheet.at(name), zh, en))

    def attempt(self, name: str, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except Problem as problem:
            self.wrong(name, problem.detail_zh, problem.detail_en)
            return None

    def text(self, name: str) -> str:
        raw = self.cells.get(name, "")
        if not raw:
            return ""
        if text.has_control(raw):
            self.wrong(name, "含有控制字符，请清除后再导入", "holds control characters: remove them")
            return ""
        value = text.nfc(raw).strip()
        limit = self.sheet.fields[name].limit
        if len(value) > limit:
            self.wrong(name, f"超过 {limit} 个字", f"longer than {limit} characters")
            return ""
        return value

    def required(self, name: str) -> str:
        if not self.cells.get(name, "").strip():
            self.wrong(name, "不能为空", "must not be empty")
            return ""
        return self.text(name)

    def word(self, name: str) -> str:
        """The code of the word in the cell."""
        value = self.text(name)
        if not value:
            return ""
        code = _code(self.sheet.fields[name].words, value)
        if code is None:
            options = "、".join(self.sheet.fields[name].words.values())
            self.wrong(name, f"应为其中之一：{options}", f"one of: {', '.join(self.sheet.fields[name].words)}")
        return code or ""

    def words(self, name: str, known: Mapping[str, str]) -> tuple[str, ...]:
        """Codes of the words in the cell, each once; `known` is word → code."""
        found = [one for one in _SEVERAL.split(self.text(name)) if one]
        unknown = [str(number) for number, one in enumerate(found, start=1) if one not in known]
        if unknown:
            # Not what stands there: in a column mapped wrongly it is somebody's number, and errors are kept unsealed.
            named = "、".join(known)
            self.wrong(name, f"第 {'、'.join(unknown)} 项不在可选项中，可填：{named}",
                       f"item {', '.join(unknown)} is none of: {named}")  # fmt: skip
        return tuple(dict.fromkeys(known[one] for one in found if one in known))

    def date(self, name: str, *, today: dt.date) -> dt.date | None:
        value = self.text(name)
        return self.attempt(name, lambda: parse_date(value, today)) if value else None

    def decimal(self, name: str, *, least: str, most: str) -> Decimal | None:
        value = self.text(name)
        return self.attempt(name, lambda: _decimal(value, Decimal(least), Decimal(most))) if value else None


def parse_date(raw: str, today: dt.date) -> dt.date:
    """2026-01-31, 2026/1/31, 2026年1月31日 or 20260131, not in the future."""
    match = _DATE.fullmatch(raw)
    if match is None:
        raise BadCell("日期看不懂，请写成 2026-01-31", "an unreadable date: write 2026-01-31")
    year, month, day = map(int, match.groups())
    try:
        found = dt.date(year, month, day)
    except ValueError as error:
        raise BadCell("没有这个日期", "there is no such date") from error
    if not dt.date(1880, 1, 1) <= found <= today:
        raise BadCell("日期过早或在将来", "the date is too early or in the future")
    return found


def _decimal(raw: str, least: Decimal, most: Decimal) -> Decimal:
    try:
        value = Decimal(raw if raw.isascii() else "")
    except InvalidOperation as error:
        raise BadCell("不是数字，请用半角数字", "no number: use plain digits") from error
    if not value.is_finite() or not least <= value <= most:
        raise BadCell(f"应在 {least} 至 {most} 之间", f"from {least} to {most}")
    return value


def _code(words: Mapping[str, str], value: str) -> str | None:
    if value in words:
        return value
    return next((code for code, name in words.items() if value in {name, f"{name}性"}), None)


def resident(sheet: Sheet, row: Sequence[str], references: References) -> tuple[Resident | None, Errors]:
    """The row's facts, or its errors."""
    cells = sheet.cells(row)
    reader = Reader(sheet, cells)
    name = reader.required("name")
    papers = _papers(reader, references.today)
    sex, birth = _agreed(reader, papers, references.today)
    where = reader.attempt(_address_column(sheet), lambda: find(cells, references))
    phone = reader.text("phone")
    number = reader.attempt("phone", lambda: phones.parse(phone, area_code=AREA_CODE)) if phone else None
    facts = {one: reader.text(one) for one in ("registered_address", "ethnicity", "workplace", "note")}
    role, household = reader.word("household_role"), reader.text("household_number")
    rest = {
        "registration": reader.word("registration") if reader.required("registration") else "",
        "since": reader.date("since", today=references.today),
        "tags": reader.words("tags", references.tags),
        "source": reader.text("source"),
    }
    _check_room(reader, where)
    if role and not household:
        reader.wrong("household_number", "填了与户主关系，还要填户号", "a household role needs the household's number")
    if reader.errors or papers is None or where is None:
        return None, reader.errors
    made = PersonFacts(
        name=name,
        id_kind=str(papers.kind),
        id_number=papers.number,
        birth=birth,
        phones=(number.number,) if number else (),
        no_id_reason=papers.reason,
        **facts,
    )
    return Resident(made, sex, where=where, household_number=household, household_role=role, **rest), []  # type: ignore[arg-type]  # by name


def _address_column(sheet: Sheet) -> str:
    named = ("building_code", "building", "area_code", "estate")
    return next((one for one in named if one in sheet.columns), "building")


def _check_room(reader: Reader, where: Where | None) -> None:
    for name in ("entrance", "room"):
        reader.text(name)  # its length and signs
    if where is not None and where.building and where.entrance and not where.room:
        reader.wrong("room", "填了单元，还要填房号", "an entrance needs its room")


def _papers(reader: Reader, today: dt.date) -> identity.Identity | None:
    raw, named, reason = reader.cells.get("id_number", ""), reader.text("id_kind"), reader.text("no_id_reason")
    if holds_number(reason):
        reader.wrong("no_id_reason", *NO_NUMBER)
        return None
    kind = identity.kind_named(named) if named else identity.guess_kind(raw)
    if named and kind is None:
        reader.wrong("id_kind", "没有这种证件", "there is no such document")
        return None
    if not named and kind is identity.DocumentKind.NONE and not reason:
        reader.wrong(
            "id_number",
            "没有填写号码；确无证件的，请选“无证件”并写明原因",
            "no number; where there is none, say so with a reason",
        )
        return None
    if kind is None:
        # Most of what nobody can name is a resident ID that was typed wrongly: its check says how.
        looks = raw.strip()[:1].isdigit() and len(raw.strip()) >= 12
        kind = identity.DocumentKind.RESIDENT_ID if looks else None
    if kind is None:
        reader.wrong("id_kind", "看不出是哪种证件，请填证件类型", "name the kind of document: it cannot be guessed")
        return None
    at = "no_id_reason" if kind is identity.DocumentKind.NONE and not raw.strip() else "id_number"
    return reader.attempt(at, lambda: identity.parse(kind=kind, number=raw, today=today, reason=reason))


def _agreed(reader: Reader, papers: identity.Identity | None, today: dt.date) -> tuple[str, dt.date | None]:
    """Sex and birth, which an ID number says too: both must agree."""
    sex, birth = reader.word("sex"), reader.date("birth", today=today)
    if papers is None:
        return sex or Sex.UNKNOWN, birth
    if papers.sex and sex and papers.sex != sex:
        reader.wrong("sex", "与身份证号不符", "does not agree with the number of the identity card")
    if papers.birth and birth and papers.birth != birth:
        reader.wrong("birth", "与身份证号不符", "does not agree with the number of the identity card")
    birth = birth or papers.birth
    if birth is None and not any(one["at"] == reader.sheet.at("birth") for one in reader.errors):
        reader.wrong(
            "birth",
            "没有身份证号的，须填出生日期",
            "without the number of an identity card the date of birth is needed",
        )
    return sex or papers.sex or Sex.UNKNOWN, birth
