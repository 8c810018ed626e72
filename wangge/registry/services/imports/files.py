"""Uploaded sheets: kept sealed, and read a row at a time, however large.

A sheet of residents is what the registry seals, so the file is sealed too, in parts of a mebibyte; the first part says
how to read the rest. CSV streams, and so do workbooks (kit.workbook_stream): a million rows take no more memory than
the texts that their cells share.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import json
import os
import struct
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from typing_extensions import override

from wangge.kit import crypto, files, workbook_stream
from wangge.kit.workbook_cells import MOST_COLUMNS
from wangge.kit.workbook_faults import TableUnreadable
from wangge.registry.services.imports.templates import EXAMPLE, MARK

MAX_BYTES = 1024**3  # of CSV, opened
MAX_WORKBOOK = 200 * 1024**2  # packed
HEAD_SECONDS = 4.0  # to look over the beginning of a large workbook
COUNTED = 32 * 1024**2  # unpacked; the rows of a longer sheet are not counted before the import runs
MAX_ROWS = 5_000_000
MAX_LINE = 1_000_000
_PART = 1 << 20
_LINES = 20  # that one record may be broken into
_BEFORE = 20  # blank rows, headings and examples above the first row of data
_BROKEN = "\0"
"""Stands for a record that cannot be read; no file that is read holds NUL."""
_LENGTH = struct.Struct(">I")

Row = tuple[int, list[str] | None]
"""Its number in the sheet (the header being row 1) and its cells; None: the record is broken."""


@dataclass(frozen=True)
class Form:
    """How a file is to be read."""

    name: str
    zipped: bool = False
    encoding: str = ""  # of CSV; empty for a workbook
    delimiter: str = ","


@dataclass(frozen=True)
class Head:
    """`total` of a large workbook is what the sheet itself says, blank rows among them."""

    columns: tuple[str, ...]
    total: int
    sample: list[Row]


def keep(source: BinaryIO, filename: str, path: Path, *, context: str) -> bytes:
    """Look the file over and store it sealed, whole or not at all; its SM3. Raises TableUnreadable."""
    form = _form(source, filename)
    digest = crypto.Digest()
    with files.whole(path) as out:
        _write_part(out, 0, json.dumps(asdict(form)).encode(), context)
        for number, part in enumerate(_parts(source), start=1):
            digest.update(part)
            _write_part(out, number, part, context)
    return digest.finish()


def reseal(path: Path, *, context: str) -> bool:
    """Under the key of today, if an older one sealed it."""
    if sealed_under(path) not in crypto.key_ids()[1:]:
        return False
    with files.whole(path) as out:
        for number, part in enumerate(_unsealed(path, context)):
            _write_part(out, number, part, context)
    return True


def sealed_under(path: Path) -> bytes:
    """The id of the key; empty for a file in which there is nothing."""
    with path.open("rb") as stored:
        first = stored.read(_LENGTH.size + 1)[_LENGTH.size :]
    return crypto.sealed_under(first) if first else b""


def head(path: Path, *, context: str, sample: int) -> Head:
    """Headings, how many rows there are, and the first of them: one pass over the file, or the beginning of it."""
    form, parts = _stored(path, context)
    if not form.encoding and (book := _book(path, context)).length > COUNTED:
        return _beginning(book, sample)
    parts.close()
    columns, rows = read(path, context=context)
    first = list(itertools.islice(rows, sample))
    total = len(first) + sum(1 for _ in rows)
    if total > MAX_ROWS:
        raise TableUnreadable(f"超过 {MAX_ROWS:,} 行，请拆分", f"more than {MAX_ROWS:,} rows; split it")
    return Head(columns, total, first)


def read(path: Path, *, context: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Headings, and the rows that are neither blank nor the template's example."""
    form, parts = _stored(path, context)
    if not form.encoding:
        parts.close()
        return _rows(iter(_book(path, context).rows()))
    stream = _text(io.BufferedReader(_Stream(parts), _PART), form)
    return _rows(enumerate(_records(stream, form.delimiter), 1))


def _stored(path: Path, context: str) -> tuple[Form, Generator[bytes, None, None]]:
    parts = _unsealed(path, context)
    return Form(**json.loads(next(parts))), parts


def _book(path: Path, context: str) -> workbook_stream.Book:
    return workbook_stream.opened(io.BufferedReader(_Sealed(path, context), _PART))


def _beginning(book: workbook_stream.Book, sample: int) -> Head:
    first = book.first_rows(sample + _BEFORE, seconds=HEAD_SECONDS)
    columns, rows = _rows(iter(first))
    return Head(columns, max(book.rows_declared - 1, len(first)), list(itertools.islice(rows, sample)))


def _rows(records: Iterator[Row]) -> tuple[tuple[str, ...], Iterator[Row]]:
    columns = _columns(records)
    return columns, _wanted(columns, ((number, _fitted(cells, len(columns))) for number, cells in records))


def _wanted(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[Row]:
    mark = columns.index(MARK) if MARK in columns else None
    for number, cells in rows:
        if cells is None:
            yield number, None
        elif any(cells) and (mark is None or cells[mark] != EXAMPLE) and any(cell.strip() for cell in cells):
            yield number, cells


def _form(source: BinaryIO, filename: str) -> Form:
    name = Path(filename).name.lower()
    zipped = name.endswith(".gz")
    bare = name.removesuffix(".gz")
    if bare.endswith((".xlsx", ".xlsm")) and not zipped:
        if source.seek(0, os.SEEK_END) > MAX_WORKBOOK:
            raise TableUnreadable("文件超过 200 MB", "larger than 200 MB")
        return Form(name)
    if not bare.endswith((".csv", ".tsv", ".txt")):
        raise TableUnreadable(
            "只支持 .xlsx 和 .csv 文件，请另存为其中一种", "only .xlsx and .csv are read; save as one of them"
        )
    encoding = next((one for one in ("utf-8-sig", "gb18030") if _decodes(source, zipped, one)), None)
    if encoding is None:
        raise TableUnreadable("编码不是 UTF-8 或 GB 18030", "neither UTF-8 nor GB 18030")
    source.seek(0)
    first = _opened(source, zipped).read(_PART).decode(encoding, errors="ignore").lstrip().partition("\n")[0]
    return Form(name, zipped, encoding, "\t" if bare.endswith(".tsv") else max(",;\t", key=first.count))


def _decodes(source: BinaryIO, zipped: bool, encoding: str) -> bool:
    """One pass over what the file opens to, under the guards of size and form."""
    decoder, size = codecs.getincrementaldecoder(encoding)(), 0
    source.seek(0)
    try:
        opened = _opened(source, zipped)
        while part := opened.read(_PART):
            size += len(part)
            if size > MAX_BYTES:
                raise TableUnreadable(
                    f"打开后超过 {MAX_BYTES >> 20} MB，拒绝读取", f"opens to more than {MAX_BYTES >> 20} MB; refused"
                )
            if b"\0" in part:
                raise TableUnreadable("含有空字符（NUL），不是文本表格", "contains NUL; not a text table")
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    except (OSError, EOFError) as error:
        raise TableUnreadable("压缩文件已损坏", "the gzip file is damaged") from error
    return True


def _opened(source: BinaryIO, zipped: bool) -> BinaryIO:
    return gzip.GzipFile(fileobj=source) if zipped else source  # type: ignore[return-value]  # reads as one


def _text(stream: BinaryIO, form: Form) -> TextIO:
    return io.TextIOWrapper(_opened(stream, form.zipped), encoding=form.encoding, newline="")


def _records(stream: TextIO, delimiter: str) -> Iterator[list[str] | None]:
    try:
        for cells in csv.reader(_lines(stream), delimiter=delimiter):
            yield None if cells == [_BROKEN] else cells
    except csv.Error as error:
        raise TableUnreadable(f"CSV 格式有误：{error}", f"CSV is broken: {error}") from error


def _lines(stream: TextIO) -> Iterator[str]:
    """Whole records as text. Where a quotation mark is never closed, that line alone is broken, not all behind it."""
    waiting: list[str] = []
    while line := waiting.pop() if waiting else stream.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise TableUnreadable(f"有一行超过 {MAX_LINE:,} 个字符", f"a line has more than {MAX_LINE:,} characters")
        if line.count('"') % 2 == 0:
            yield line
            continue
        held = [line]
        while len(held) < _LINES and (more := waiting.pop() if waiting else stream.readline(MAX_LINE)):
            held.append(more)
            if more.count('"') % 2:
                break
        if len(held) > 1 and held[-1].count('"') % 2:
            yield "".join(held)
        else:
            yield _BROKEN
            waiting += reversed(held[1:])


def _columns(records: Iterator[Row]) -> tuple[str, ...]:
    """The first row that is not blank, as kit.tables has it."""
    for _, cells in records:
        if cells is not None and any(cell.strip() for cell in cells):
            return _checked([cell.strip() for cell in cells])
    raise TableUnreadable("表格是空的", "the table is empty")


def _checked(columns: list[str]) -> tuple[str, ...]:
    while not columns[-1]:
        columns.pop()
    if len(columns) > MOST_COLUMNS:
        raise TableUnreadable(f"超过 {MOST_COLUMNS} 列", f"more than {MOST_COLUMNS} columns")
    for index, column in enumerate(columns):
        if not column:
            raise TableUnreadable(f"第 {index + 1} 列没有表头", f"column {index + 1} has no heading")
        if columns.index(column) != index:
            raise TableUnreadable(f"表头“{column}”重复", f"the heading {column!r} appears twice")
    return tuple(columns)


def _fitted(cells: list[str] | None, width: int) -> list[str] | None:
    """As many cells as columns; more than that, if anything stands in them, cannot be read."""
    if cells is None or len(cells) == width:
        return cells
    if len(cells) > width:
        return cells[:width] if not any(cell.strip() for cell in cells[width:]) else None
    return [*cells, *[""] * (width - len(cells))]


def _parts(source: BinaryIO) -> Iterator[bytes]:
    source.seek(0)
    while part := source.read(_PART):
        yield part


def _write_part(out: BinaryIO, number: int, part: bytes, context: str) -> None:
    sealed = crypto.encrypt_bytes(part, context=f"{context}:{number}")
    out.write(_LENGTH.pack(len(sealed)))
    out.write(sealed)


def _unsealed(path: Path, context: str) -> Generator[bytes, None, None]:
    with path.open("rb") as stored:
        for number in itertools.count():
            length = stored.read(_LENGTH.size)
            if not length:
                return
            yield crypto.decrypt_bytes(stored.read(_LENGTH.unpack(length)[0]), context=f"{context}:{number}")


class _Stream(io.RawIOBase):
    """Parts as a stream."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._left = memoryview(b"")

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what callers pass
        if not self._left:
            self._left = memoryview(next(self._parts, b""))
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


class _Sealed(io.RawIOBase):
    """A sealed file as one that can be read from anywhere: only the part asked for is opened."""

    def __init__(self, path: Path, context: str) -> None:
        self._file = path.open("rb")
        self._context = context
        self._starts: list[tuple[int, int]] = []  # of the sealed parts behind the first: where, how long
        size = path.stat().st_size
        while self._file.tell() < size:
            (length,) = _LENGTH.unpack(self._file.read(_LENGTH.size))
            self._starts.append((self._file.tell(), length))
            self._file.seek(length, os.SEEK_CUR)
        self._starts = self._starts[1:]
        self._held: tuple[int, bytes] = (-1, b"")
        self._at = 0
        last = len(self._starts) - 1
        self._length = last * _PART + len(self._part(last)) if self._starts else 0

    @override
    def close(self) -> None:
        self._file.close()
        super().close()

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        return self._at

    @override
    def tell(self) -> int:
        return self._at

    @override
    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what callers pass
        if self._at >= self._length:
            return 0
        number, start = divmod(self._at, _PART)
        part = self._part(number)
        count = min(len(buffer), len(part) - start)
        buffer[:count] = part[start : start + count]
        self._at += count
        return count

    def _part(self, number: int) -> bytes:
        if self._held[0] != number:
            where, length = self._starts[number]
            self._file.seek(where)
            opened = crypto.decrypt_bytes(self._file.read(length), context=f"{self._context}:{number + 1}")
            self._held = number, opened
        return self._held[1]
