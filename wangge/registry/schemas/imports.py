"""Imports as they are shown."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from wangge.kit.schema import In, Out, Shown


class SheetField(Out):
    field: str
    name: str
    name_en: str
    required: bool
    hint: str
    hint_en: str


class SheetRow(Out):
    id: UUID
    kind: str
    kind_name: str
    filename: Shown
    source: Shown
    state: str
    state_name: str
    total: int
    next_row: int
    created: int
    changed: int
    same: int
    conflicts: int
    failed: int
    error: str
    by_name: str
    created_at: dt.datetime
    finished_at: dt.datetime | None


class SheetOut(SheetRow):
    columns: list[Shown]
    fields: list[SheetField]
    mapping: dict[str, str]
    wanting: list[dict[str, str]]
    sample: list[list[Shown]]


class SheetPage(Out):
    items: list[SheetRow]
    next: str | None
    total: int | None


class SheetLine(Out):
    row: int
    cells: list[Shown]
    errors: list[dict[str, str]]


class SheetPreview(Out):
    columns: list[Shown]
    rows: list[SheetLine]
    wrong: int


class Difference(Out):
    field: str
    name: str
    name_en: str
    known: Shown
    known_source: str
    known_at: str
    given: Shown
    given_source: Shown


class RowOut(Out):
    id: UUID
    row: int
    outcome: str
    errors: list[dict[str, Any]]
    conflict: list[Difference]
    elsewhere: bool
    subject_id: UUID | None
    decided_at: dt.datetime | None
    decisions: list[str]


class RowPage(Out):
    items: list[RowOut]
    next: str | None
    total: int | None


class MappingIn(In):
    mapping: dict[str, str] = Field(max_length=100)


class RowDecision(In):
    decision: Literal["keep", "replace", "merge", "new"]
