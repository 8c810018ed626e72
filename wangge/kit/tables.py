"""Spreadsheets. In: CSV and XLSX as text cells, behind guards. Out: XLSX whose cells are text, never formulas."""

from __future__ import annotations

import csv
import gzip
import io
import marshal
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import xlsxwriter

from wangge.kit import workbook_reader
from wangge.kit.workbook_cells import MOST_COLUMNS, number_text
from wangge.kit.workbook_faults import TableUnreadable, refused_bomb, unreadable

__all__ = ["MAX_COLUMNS", "MAX_OPENED", "About", "Table", "TableUnreadable", "annotated", "read_table", "write_xlsx"]

MAX_OPENED = 200 * 1024 * 1024
MAX_RATIO = 120
READ_SECONDS = 60
MAX_COLUMNS = MOST_COLUMNS
MAX_CELLS = 5_000_000
LONGEST_MARGIN = 200  # of the 255 characters that Excel allows in all
Cell = str


@dataclass(frozen=True)
class Table:
    """`rows[i]` has one text per column; `numbers[i]` is its row in the sheet, the header being row `header`."""

    columns: tuple[str, ...]
    rows: list[list[Cell]]
    sheet: str
    header: int
    numbers: list[int]


def read_table(source: bytes | Path, filename: str) -> Table:
    """Read CSV (UTF-8 with or without mark, GB 18030; also .gz) or XLSX/XLSM; the first non-empty row is the header.

    Raises TableUnreadable for other files, bombs, missing or doubled headers.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    name = filename.lower()
    if name.endswith(".gz"):
        data = _gunzip(data)
        name = name[:-3]
    if name.endswith((".csv", ".tsv", ".txt")):
        return _table(_read_csv(data, "\t" if name.endswith(".tsv") else None), "CSV")
    if name.endswith((".xlsx", ".xlsm")):
        return _read_xlsx(data)
    raise TableUnreadable(
        "只支持 .xlsx 和 .csv 文件，请另存为其中一种", "only .xlsx and .csv are read; save as one of them"
    )


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            opened = stream.read(MAX_OPENED + 1)
    except (OSError, EOFError) as error:
        raise TableUnreadable("压缩文件已损坏", "the gzip file is damaged") from error
    if len(opened) > MAX_OPENED:
        raise TableUnreadable("解压后超过 200 MB，拒绝打开", "opens to more than 200 MB; refused")
    return opened


def _decode(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableUnreadable("编码不是 UTF-8 或 GB 18030", "neither UTF-8 nor GB 18030")


def _read_csv(data: bytes, delimiter: str | None) -> list[list[str]]:
    if len(data) > MAX_OPENED:
        raise TableUnreadable("文件超过 200 MB", "larger than 200 MB")
    text = _decode(data)
    if "\x00" in text:
        raise TableUnreadable("含有空字符（NUL），不是文本表格", "contains NUL; not a text table")
    first = text[: text.find("\n") if "\n" in text else len(text)]
    separator = delimiter or max(",;\t", key=first.count)
    if text.count(separator) + text.count("\n") + text.count("\r") > MAX_CELLS:
        raise _too_many()
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise TableUnreadable(f"CSV 格式有误：{error}", f"CSV is broken: {error}") from error


def _read_xlsx(data: bytes) -> Table:
    _refuse_bomb(data)
    sheet, raw = _in_a_child(data)
    return _table([[_text(cell) for cell in row] for row in raw], sheet)


def _in_a_child(data: bytes) -> tuple[str, list[list[object]]]:
    """Two cells in opposite corners of a sheet make the reader reserve the whole of it, and a process whose memory
    runs out there ends. So it is read in a process of its own, whose memory is bounded."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("workbook_reader.py")), str(MAX_CELLS)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=READ_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise _too_many() from error
    match done.returncode:
        case workbook_reader.READ:
            sheet, raw = marshal.loads(done.stdout)  # noqa: S302 - written by our own child
            return sheet, raw
        case workbook_reader.NO_SHEET:
            raise TableUnreadable("工作簿里没有工作表", "the workbook has no sheet")
        case workbook_reader.DAMAGED:
            raise TableUnreadable("Excel 文件已损坏或加密", "the workbook is damaged or encrypted")
        case _:
            raise _too_many()


def _too_many() -> TableUnreadable:
    return TableUnreadable(
        f"行列数超出限制（最多 {MAX_CELLS:,} 个单元格），请拆分后再导入",
        f"too many rows or columns (at most {MAX_CELLS:,} cells); split it",
    )


def _refuse_bomb(data: bytes) -> None:
    """Look at the zip directory before anything is unpacked (declared sizes are checked again by the reader's cap)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            opened = 0
            for entry in entries:
                target = entry.filename
                if target.startswith(("/", "\\")) or ".." in target.replace("\\", "/").split("/"):
                    raise TableUnreadable("压缩包路径不安全", "unsafe path in the archive")
                if entry.external_attr >> 28 == 0xA:
                    raise TableUnreadable("压缩包含链接文件", "the archive holds a symbolic link")
                opened += _true_size(archive, entry, MAX_OPENED - opened)
                if opened > MAX_OPENED or (opened > 20 * 1024 * 1024 and opened > MAX_RATIO * max(1, len(data))):
                    raise refused_bomb()
            if len(entries) > 5000:
                raise TableUnreadable("压缩包文件过多", "too many files in the archive")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise unreadable() from error


def _true_size(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> int:
    """The declared size where it is large already; else counted by unpacking to nowhere, up to `limit`."""
    if entry.file_size > limit:
        return entry.file_size
    counted = 0
    with archive.open(entry) as stream:
        while chunk := stream.read(1 << 20):
            counted += len(chunk)
            if counted > limit:
                break
    return counted


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return number_text(cell)
    return str(cell)


def _table(raw: list[list[str]], sheet: str) -> Table:
    header = next((i for i, row in enumerate(raw) if any(cell.strip() for cell in row)), None)
    if header is None:
        raise TableUnreadable("表格是空的", "the table is empty")
    columns = [cell.strip() for cell in raw[header]]
    while columns and not columns[-1]:
        columns.pop()
    if len(columns) > MAX_COLUMNS:
        raise TableUnreadable(f"超过 {MAX_COLUMNS} 列", f"more than {MAX_COLUMNS} columns")
    for index, column in enumerate(columns):
        if not column:
            raise TableUnreadable(
                f"第 {index + 1} 列没有表头", f"column {index + 1} has no heading in row {header + 1}"
            )
        if columns.index(column) != index:
            raise TableUnreadable(f"表头“{column}”重复", f"the heading {column!r} appears twice")
    rows, numbers = [], []
    for index in range(header + 1, len(raw)):
        row = raw[index]
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
            raise TableUnreadable(
                f"第 {index + 1} 行比表头多出单元格", f"row {index + 1} has more cells than the header"
            )
        rows.append([*row[: len(columns)], *[""] * (len(columns) - len(row))])
        numbers.append(index + 1)
    return Table(tuple(columns), rows, sheet, header + 1, numbers)


@dataclass(frozen=True)
class About:
    """Whence a sheet comes: lines of name and text, the name of the line that counts the rows, and what each printed
    page carries in its margins."""

    sheet: str
    lines: Sequence[tuple[str, str]]
    counted: str
    mark: str


def write_xlsx(
    target: Path | BinaryIO,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    sheet: str = "数据",
    widths: Sequence[int] = (),
    marked: dict[int, str] | None = None,
    about: About | None = None,
) -> int:
    """Write one sheet row by row in constant memory; return the number of rows.

    Every cell but numbers is a text cell, so what begins with = + - @ stays text. `marked` maps a row's index
    to nothing but the fill of its last cell (used for error columns). `about` adds a last sheet saying whence.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target if not isinstance(target, Path) else str(target), options)
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "text_wrap": True, "valign": "vcenter"})
    plain = book.add_format({"num_format": "@", "valign": "top"})
    wrong = book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FDE7E7", "text_wrap": True})
    page = book.add_worksheet(sheet[:31])
    page.freeze_panes(1, 0)
    for index, width in enumerate(widths):
        page.set_column(index, index, width)
    for index, column in enumerate(columns):
        page.write_string(0, index, column, head)
    count = 0
    for row in rows:
        count += 1
        bad = marked is not None and count - 1 in marked
        for index, cell in enumerate(row):
            if isinstance(cell, int | float) and not isinstance(cell, bool):
                page.write_number(count, index, cell)
            else:
                last = index == len(columns) - 1
                page.write_string(count, index, "" if cell is None else str(cell), wrong if bad and last else plain)
    if about is not None:
        _tell_whence(book, page, about, count)
    book.close()
    return count


def _tell_whence(book: xlsxwriter.Workbook, page: xlsxwriter.worksheet.Worksheet, about: About, count: int) -> None:
    line = about.mark.replace("&", "&&")[:LONGEST_MARGIN]
    page.set_header(f"&R{line}")
    page.set_footer(f"&L{line}&R&P / &N")
    notes = book.add_worksheet(about.sheet)
    notes.set_column(0, 0, 14)
    notes.set_column(1, 1, 80)
    bold, wrapped = book.add_format({"bold": True, "valign": "top"}), book.add_format({"text_wrap": True})
    for index, (name, said) in enumerate([*about.lines, (about.counted, str(count))]):
        notes.write_string(index, 0, name, bold)
        notes.write_string(index, 1, said, wrapped)


def annotated(table: Table, errors: dict[int, str]) -> bytes:
    """The same sheet with one more column, 导入结果: `errors` maps a row number of the sheet to its text."""
    out = io.BytesIO()
    columns = [*table.columns, "导入结果"]
    marked = {i: "" for i, number in enumerate(table.numbers) if number in errors}
    rows = ([*row, errors.get(number, "")] for row, number in zip(table.rows, table.numbers, strict=True))
    write_xlsx(out, columns, rows, sheet="导入结果", widths=[18] * len(table.columns) + [48], marked=marked)
    return out.getvalue()
