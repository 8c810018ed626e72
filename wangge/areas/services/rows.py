"""Rows of an area sheet, checked cell by cell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wangge.areas.models import Level
from wangge.kit.errors import Invalid, field_error
from wangge.kit.text import has_control, nfc, visible

CODE_DIGITS = {Level.DISTRICT: 6, Level.SUBDISTRICT: 9, Level.COMMUNITY: 12, Level.GRID: 15, Level.COURTYARD: 18}
COLUMNS = ("level", "code", "name", "kind", "parent_code", "households", "valid_from")
_HEADINGS = {
    "层级": "level", "级别": "level", "编码": "code", "代码": "code", "名称": "name", "类型": "kind",
    "上级编码": "parent_code", "户数": "households", "生效日期": "valid_from",
}  # fmt: skip
_LEVELS = {str(level.value): level for level in Level} | {level.name.lower(): level for level in Level}
_LEVELS |= {
    "区": Level.DISTRICT, "县": Level.DISTRICT, "街道": Level.SUBDISTRICT, "镇": Level.SUBDISTRICT,
    "社区": Level.COMMUNITY, "村": Level.COMMUNITY, "社区/村": Level.COMMUNITY, "网格": Level.GRID,
    "终端网格": Level.GRID, "庭院": Level.COURTYARD, "微网格": Level.COURTYARD,
}  # fmt: skip
_DIGITS = re.compile(r"[0-9]+")  # not \d: full-width digits are not digits of a code
MOST_ERRORS = 500


@dataclass(frozen=True)
class Row:
    at: str
    level: Level
    code: str
    name: str
    kind: str
    parent_code: str
    households: int | None
    valid_from: dt.date


class Faults:
    """Errors by place; `stop` raises them all at once, so that a sheet is mended in one go."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def add(self, at: str, zh: str, en: str) -> None:
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(field_error(at, zh, en))

    def stop(self, zh: str = "有错误，未导入任何内容", en: str = "there are errors; nothing was imported") -> None:
        if self.errors:
            raise Invalid(zh, en, errors=self.errors)


def records(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, str]]:
    """Rows of a sheet as mappings under the known column names; raise Invalid for unknown or missing columns."""
    names = [_HEADINGS.get(column.strip(), column.strip().lower()) for column in columns]
    faults = Faults()
    for column, name in zip(columns, names, strict=True):
        if name not in COLUMNS:
            known = "、".join(COLUMNS)
            faults.add(f"column {column}", f"不认识的列“{column}”，可用：{known}", f"unknown column {column!r}")
    for name in ("level", "code", "name"):
        if name not in names:
            faults.add(f"column {name}", f"缺少列 {name}", f"the column {name} is missing")
    faults.stop()
    return [dict(zip(names, row, strict=True)) for row in rows]


def check(
    records: Sequence[Mapping[str, str]], *, numbers: Sequence[int], default_day: dt.date, faults: Faults
) -> list[Row]:
    """The rows that can be read; what is wrong with the others goes to `faults`."""
    rows = []
    for number, record in zip(numbers, records, strict=True):
        row = _row(f"row {number}", {k: nfc(v).strip() for k, v in record.items()}, default_day, faults)
        if row is not None:
            rows.append(row)
    return rows


def _row(at: str, cell: Mapping[str, str], default_day: dt.date, faults: Faults) -> Row | None:
    before = len(faults.errors)
    level = _LEVELS.get(cell.get("level", "").lower())
    code, name = cell.get("code", ""), cell.get("name", "")
    if level is None:
        faults.add(at, f"层级“{cell.get('level', '')}”应为 0–4 或其名称", "the level must be 0 to 4 or its name")
        return None
    digits = CODE_DIGITS[level]
    if not _DIGITS.fullmatch(code) or len(code) != digits:
        faults.add(
            at,
            f"{level.label}编码“{visible(code)}”应为 {digits} 位半角数字",
            f"the code {code!r} of a {level.name.lower()} must be {digits} ASCII digits",
        )
    if not name or len(name) > 80 or has_control(name):
        faults.add(at, "名称应为 1 到 80 字且不含控制字符", "the name is empty, too long or has control characters")
    parent = cell.get("parent_code", "") or (code[: CODE_DIGITS[Level(level - 1)]] if level else "")
    if not level and parent:
        faults.add(at, "区级没有上级编码", "a district has no parent")
    if level and not code.startswith(parent):
        faults.add(at, f"编码 {code} 应以上级编码 {parent} 开头", f"the code must begin with its parent's, {parent}")
    households = cell.get("households", "")
    if households and (not _DIGITS.fullmatch(households) or len(households) > 8):
        faults.add(at, f"户数“{visible(households)}”应为整数", "households must be a whole number")
        households = ""
    day = default_day
    if text := cell.get("valid_from", ""):
        try:
            day = dt.date.fromisoformat(text[:10] if text[10:] == " 00:00:00" else text)
        except ValueError:
            faults.add(at, f"生效日期“{visible(text)}”应为 2026-01-31 这样的日期", "valid_from must be an ISO date")
    kind = cell.get("kind", "")
    if len(kind) > 16:
        faults.add(at, "类型不超过 16 字", "the kind is longer than 16 characters")
    if len(faults.errors) > before:
        return None
    return Row(at, level, code, name, kind, parent, int(households) if households else None, day)
