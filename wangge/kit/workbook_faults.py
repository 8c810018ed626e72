"""Why a table is not read, said by everything that reads one."""

from __future__ import annotations

from wangge.kit.errors import Problem


class TableUnreadable(Problem):
    code = "table_unreadable"
    status = 422
    title_zh = "表格无法读取"
    title_en = "The table cannot be read"


def unreadable() -> TableUnreadable:
    return TableUnreadable(
        "不是有效的 Excel 文件，或已损坏、加密", "no valid workbook, or one that is damaged or encrypted"
    )


def refused_bomb() -> TableUnreadable:
    return TableUnreadable("表格解压后过大，疑似压缩炸弹，拒绝打开", "opens far too large (zip bomb); refused")


def refused_too_long() -> TableUnreadable:
    return TableUnreadable(
        "表格过大，读取表头超时，请另存为 CSV 后再导入", "too large to look over: save it as CSV and import that"
    )
