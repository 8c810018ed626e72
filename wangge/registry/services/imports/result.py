"""The same sheet back, with what became of each row that did not simply go in; known values masked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from wangge.kit import tables
from wangge.kit.text import visible
from wangge.registry.models import Import, ImportRow
from wangge.registry.selectors.imports import shown
from wangge.registry.services.imports import files
from wangge.registry.services.imports import rows as rows_of
from wangge.registry.services.imports.fields import by_name

REMARK, NUMBER = "导入结果", "原表行号"
_DECIDED = {"kept": "已保留原信息", "replaced": "已按本表更新", "merged": "已补充空缺", "new": "已另行登记"}
_NAMES = {"address": "住址", "household": "户号", "status": "居住状态"}


def field_name(kind: str, field: str) -> str:
    known = by_name(kind).get(field)
    return known.zh if known else _NAMES.get(field, field)


def remark(row: ImportRow, kind: str) -> str:
    """One line for the last column."""
    if row.outcome in _DECIDED:
        return _DECIDED[row.outcome]
    if row.outcome == rows_of.FAILED:
        return "；".join(f"{one['at']}：{one['zh']}" if one["at"] else one["zh"] for one in row.errors)
    held = rows_of.opened(row)
    if held is None:
        return ""
    if held.elsewhere:
        return "此人或物登记在其他网格，请联系上级核对"
    said = [
        f"{field_name(kind, one.field)}：已登记“{visible(shown(kind, one.field, one.known, elsewhere=False))}”"
        f"（{one.known_source}，{one.known_at[:10]}），本表不同"
        for one in held.differences
    ]
    first = "可能与已登记的人重复" if row.outcome == rows_of.DOUBLE else "与已登记的信息不一致"
    return "；".join([f"{first}，待人工确定", *said])


def write(*, run: Import, out: BinaryIO) -> int:
    """How many rows were written. Of a long sheet only those with a remark, their numbers in front, which a second
    page says; the sheet itself is not read again.
    """
    long = run.total > rows_of.LONG
    marked: dict[int, str] = {}
    columns = [NUMBER, *run.columns, REMARK] if long else [*run.columns, REMARK]
    rows = _remarked(run, marked) if long else _all(run, marked)
    widths = [18] * (len(columns) - 1) + [48]
    return tables.write_xlsx(
        out, columns, rows, sheet=REMARK, widths=widths, marked=marked, about=_about(run) if long else None
    )


def _about(run: Import) -> tables.About:
    said = f"原表 {run.total:,} 行，这里只列出有说明的各行；“{NUMBER}”为其在原表中的行号"
    english = f"of {run.total:,} rows only those with a remark; {NUMBER} is the number of the row in the sheet"
    return tables.About("说明", [("原表", run.filename), ("说明", said), ("Note", english)], "行数", run.filename)


def _remarked(run: Import, marked: dict[int, str]) -> Iterator[list[Any]]:
    width = len(run.columns)
    for written, row in enumerate(ImportRow.objects.filter(run=run).order_by("row").iterator()):
        marked[written] = ""
        yield [row.row, *(rows_of.whole(row) or [""] * width), remark(row, run.kind)]


def _all(run: Import, marked: dict[int, str]) -> Iterator[list[Any]]:
    columns, rows = files.read(rows_of.file_of(run), context=rows_of.file_context(run.id))
    remarks = {row.row: remark(row, run.kind) for row in ImportRow.objects.filter(run=run).iterator()}
    for written, (number, cells) in enumerate(rows):
        if number in remarks:
            marked[written] = ""
        yield [*(cells if cells is not None else [""] * len(columns)), remarks.get(number, "")]
