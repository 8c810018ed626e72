"""Templates to fill in: drop-downs where the words are known, an explanation, an example that is never imported."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from wangge.registry.services.imports.fields import KIND_NAMES, Field, fields_of

EXAMPLE = "示例行·导入时跳过"
"""Stands in the last column of the example's row; whoever types over the row removes it too."""
MARK = "（模板标记）"
"""Heading of that column."""
_ROWS = 5000  # with drop-downs
_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}


def template(kind: str, *, tags: Sequence[str] = ()) -> bytes:
    """A workbook for one kind: the sheet to fill in, how to, and the lists of words. `tags` are the groups in use."""
    fields, out = fields_of(kind), io.BytesIO()
    with xlsxwriter.Workbook(out, _TEXT) as book:
        words = {one.name: list(one.words.values()) for one in fields if one.words}
        if tags and any(one.name == "tags" for one in fields):
            words["tags"] = list(tags)
        sheet = book.add_worksheet(KIND_NAMES[kind])
        _explain(book, kind, fields)
        lists = _lists(book, words)
        _fill(book, sheet, fields, lists)
    return out.getvalue()


def _fill(book: Any, sheet: Any, fields: Sequence[Field], lists: Mapping[str, str]) -> None:
    text = book.add_format({"num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "text_wrap": True, "num_format": "@"})
    must = book.add_format({"bold": True, "bg_color": "#FBE3D6", "border": 1, "text_wrap": True, "num_format": "@"})
    grey = book.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": "@"})
    sheet.freeze_panes(1, 0)
    for index, one in enumerate(fields):
        # Text cells, or the spreadsheet rounds an ID number and drops leading zeros.
        sheet.set_column(index, index, max(10, 2 * len(one.zh) + 4), text)
        sheet.write_string(0, index, f"{one.zh}*" if one.required else one.zh, must if one.required else head)
        sheet.write_string(1, index, one.example, grey)
        if one.name in lists:
            sheet.data_validation(1, index, _ROWS, index, _choice(one, lists[one.name]))
    sheet.set_column(len(fields), len(fields), 22, grey)
    sheet.write_string(0, len(fields), MARK, head)
    sheet.write_string(1, len(fields), EXAMPLE, grey)


def _choice(one: Field, where: str) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": where,
        "error_type": "warning" if one.several else "stop",
        "error_title": one.zh,
        "error_message": "请从列表中选择" + ("，多个用顿号隔开" if one.several else ""),
    }


def _lists(book: Any, words: Mapping[str, list[str]]) -> dict[str, str]:
    """Lists stand on a sheet of their own: written into the cell's rule they may have 255 characters at most."""
    sheet = book.add_worksheet("选项")
    found = {}
    for index, (name, options) in enumerate(words.items()):
        for row, option in enumerate(options):
            sheet.write_string(row, index, option)
        column = xl_col_to_name(index, col_abs=True)
        found[name] = f"='选项'!{column}$1:{column}${len(options)}"
    return found


def _explain(book: Any, kind: str, fields: Sequence[Field]) -> None:
    sheet = book.add_worksheet("填写说明")
    bold = book.add_format({"bold": True, "text_wrap": True})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 1, 22, wrap)
    sheet.set_column(2, 2, 8, wrap)
    sheet.set_column(3, 4, 50, wrap)
    lines = [
        f"{KIND_NAMES[kind]}导入模板：在第一张表中填写，第 2 行是示例，导入时跳过，可以删除。",
        f"Template for {kind}: fill in the first sheet. Row 2 is an example and is skipped; it may be deleted.",
        "号码一律用半角数字；日期写成 2026-01-31；有误的行不影响其他行，会在结果表的最后一列说明。",
        "Plain digits only; dates like 2026-01-31. A wrong row does not stop the others: the result says why.",
    ]
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
    for index, title in enumerate(("列", "Column", "必填", "说明", "Note")):
        sheet.write_string(len(lines) + 1, index, title, bold)
    for row, one in enumerate(fields, start=len(lines) + 2):
        options = "、".join(one.words.values())
        cells = (
            one.zh,
            one.en,
            "是" if one.required else "",
            "；".join(filter(None, (one.hint_zh, f"可填：{options}" if options else ""))),
            "; ".join(filter(None, (one.hint_en, f"one of: {', '.join(one.words)}" if one.words else ""))),
        )
        for index, cell in enumerate(cells):
            sheet.write_string(row, index, cell)
