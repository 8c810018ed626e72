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

MOST = 200_000  # rows of a whole sheet; of a longer one only those with a remark come back
REMARK = "导入结果"
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
    """How many rows were written."""
    columns, rows = files.read(rows_of.file_of(run), context=rows_of.file_context(run.id))
    remarks = {row.row: remark(row, run.kind) for row in ImportRow.objects.filter(run=run).iterator()}
    whole = run.total <= MOST
    marked: dict[int, str] = {}

    def sheet() -> Iterator[list[Any]]:
        written = 0
        for number, cells in rows:
            if not whole and number not in remarks:
                continue
            if number in remarks:
                marked[written] = ""
            written += 1
            yield [*(cells if cells is not None else [""] * len(columns)), remarks.get(number, "")]

    widths = [18] * len(columns) + [48]
    return tables.write_xlsx(out, [*columns, REMARK], sheet(), sheet=REMARK, widths=widths, marked=marked)
