"""Workbooks of several sheets. As in `tables`, every cell but a number is text, so nothing becomes a formula."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter


@dataclass(frozen=True)
class Sheet:
    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | int | float | None]]
    notes: Sequence[str] = ()


def book(sheets: Sequence[Sheet], *, made_at: dt.datetime) -> bytes:
    """The same bytes for the same sheets; `made_at` is what the file says of itself."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(out, options)
    workbook.set_properties({"created": made_at.astimezone(dt.UTC).replace(tzinfo=None)})
    title = workbook.add_format({"bold": True, "font_size": 14})
    head = workbook.add_format(
        {"bold": True, "bg_color": "#E8EEF7", "border": 1, "text_wrap": True, "valign": "vcenter"}
    )
    plain = workbook.add_format({"num_format": "@", "border": 1, "valign": "top", "text_wrap": True})
    number = workbook.add_format({"border": 1, "valign": "top"})
    note = workbook.add_format({"font_color": "#6B7280", "text_wrap": False})
    for name in _apart([sheet.name for sheet in sheets]):
        workbook.add_worksheet(name)
    for page, sheet in zip(workbook.worksheets(), sheets, strict=True):
        page.write_string(0, 0, sheet.title, title)
        for column, text in enumerate(sheet.columns):
            page.write_string(2, column, text, head)
            longest = max([len(text), *(len(str(row[column])) for row in sheet.rows)], default=4)
            page.set_column(column, column, min(max(longest * 1.7, 8), 42))
        for index, row in enumerate(sheet.rows, start=3):
            for column, cell in enumerate(row):
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    page.write_number(index, column, cell, number)
                else:
                    page.write_string(index, column, "" if cell is None else str(cell), plain)
        for index, text in enumerate(sheet.notes, start=4 + len(sheet.rows)):
            page.write_string(index, 0, text, note)
        if sheet.columns:
            page.freeze_panes(3, 1)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(2)
    workbook.close()
    return out.getvalue()


def _apart(names: Sequence[str]) -> list[str]:
    """Names of sheets as Excel takes them: at most 31 characters, none of []:*?/\\, each once."""
    taken: list[str] = []
    for name in names:
        clean = "".join("_" if sign in "[]:*?/\\" else sign for sign in name)[:28].strip("'") or "Sheet"
        count = sum(one == clean or one.startswith(f"{clean} ") for one in taken)
        taken.append(clean if not count else f"{clean} {count + 1}")
    return taken
