"""The workbook of an export: text cells, and on every page who took it away, when, for what."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from django.utils import timezone

from wangge.registry.models import Export
from wangge.registry.selectors.exporting import FIELDS

_NO_ONWARD = "仅供上述用途使用，不得转发、复制或另作他用；用毕即删。For the stated purpose only; do not pass on."
_LONGEST_MARK = 240  # what a header or footer may hold is 255 characters


def build(*, export: Export, unit: str, rows: Iterable[Sequence[str]], count: int, at: dt.datetime) -> bytes:
    """In memory throughout: nothing of it must lie about in a folder of temporary files."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": "人员名单", "author": export.by_name, "comments": str(export.pk)})
    marks = _marks(export, unit, count, at)
    plain = book.add_format({"num_format": "@", "valign": "top"})
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "num_format": "@"})
    wide = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    first = book.add_worksheet("说明")
    first.set_column(0, 0, 14)
    first.set_column(1, 1, 70)
    for index, (name, value) in enumerate([*marks, ("须知 Notice", _NO_ONWARD)]):
        first.write_string(index, 0, name, head)
        first.write_string(index, 1, value, wide)
    page = book.add_worksheet("名单")
    page.freeze_panes(1, 0)
    page.set_column(0, len(export.fields) - 1, 18)
    page.repeat_rows(0)
    for column, field in enumerate(export.fields):
        page.write_string(0, column, FIELDS[field][0], head)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            page.write_string(number, column, cell, plain)
    for sheet in (first, page):
        _watermark(sheet, export, unit, count, at)
    book.close()
    return out.getvalue()


def _marks(export: Export, unit: str, count: int, at: dt.datetime) -> list[tuple[str, str]]:
    return [
        ("导出编号 Export", str(export.pk)),
        ("申请人 By", export.by_name),
        ("单位 Unit", unit),
        ("用途 Purpose", export.purpose),
        ("生成时间 Made at", _local(at)),
        ("行数 Rows", str(count)),
        ("审批 Agreed by", "、".join(one["name"] for one in export.approvals if one["agreed"]) or "—"),
    ]


def _watermark(sheet: xlsxwriter.worksheet.Worksheet, export: Export, unit: str, count: int, at: dt.datetime) -> None:
    who = _mark(f"{export.by_name} {unit} {_local(at)}")
    what = _mark(f"{export.purpose}"[:90] + f" · {count} 行 · {export.pk}")
    sheet.set_header(f"&C{who}")
    sheet.set_footer(f"&L{what}&R&P/&N")
    sheet.set_landscape()


def _mark(text: str) -> str:
    """An ampersand would begin a code."""
    return text.replace("&", "&&").replace("\n", " ")[:_LONGEST_MARK]


def _local(at: dt.datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
