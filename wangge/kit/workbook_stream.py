"""The first sheet of a workbook a row at a time, however long: XML pulled out of the zip, nothing of it kept but texts.

Before anything is unpacked the zip's directory must look honest; while it is unpacked every part is held to what it
declared. Entities are refused, so nothing grows but by what stands in the file.
"""

from __future__ import annotations

import posixpath
import re
import time
import zipfile
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from typing_extensions import override

from wangge.kit.workbook_cells import LONGEST_CELL, Row, Sheet, names, shown_as, unescaped
from wangge.kit.workbook_faults import TableUnreadable, refused_bomb, refused_too_long, unreadable

MOST_OPENED = 3 * 1024**3  # of one part
MOST_RATIO = 120
SMALL = 20 * 1024**2  # below, how well a part is packed says nothing
MOST_TEXT = 256 * 1024**2  # of the texts that cells share
_LONGEST_TOKEN = 4 * 1024**2
_CHUNK = 1 << 16
_SMALL_PART = 8 * 1024**2  # the book, its styles
_LINKED = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
Attributes = Mapping[str, str]


@dataclass
class Book:
    """A workbook that looked honest. `length`: what the sheet unpacks to."""

    sheet: str
    length: int
    rows_declared: int
    _archive: zipfile.ZipFile = field(repr=False)
    _part: str = field(repr=False)
    _strings: str | None = field(repr=False)
    _dates: Mapping[int, str] = field(repr=False)
    _from_1904: bool = False

    def rows(self) -> Iterator[Row]:
        """Every row that is written in the sheet, with its number; blank ones may be left out by whoever wrote it."""
        strings = Strings()
        if self._strings:
            _read_strings(_pulled(self._archive, self._strings), strings)
        return self._sheet_rows(strings.__getitem__)

    def first_rows(self, count: int, *, seconds: float) -> list[Row]:
        """Only so many; of the shared texts those that are needed, within so much time."""
        until = time.monotonic() + seconds
        wanted: set[int] = set()

        def note(index: int) -> str:
            wanted.add(index)
            return ""

        _take(self._sheet_rows(note), count)
        strings = _Some(wanted)
        if self._strings and wanted:
            _read_strings(_pulled(self._archive, self._strings, until=until), strings, last=max(wanted))
        return _take(self._sheet_rows(strings.__getitem__), count)

    def _sheet_rows(self, string: Callable[[int], str]) -> Iterator[Row]:
        return _rows(_pulled(self._archive, self._part), string, self._dates, self._from_1904)


def _take(rows: Iterator[Row], count: int) -> list[Row]:
    return [row for _, row in zip(range(count), rows, strict=False)]


def opened(source: BinaryIO) -> Book:
    """Look at the directory and the small parts; TableUnreadable for what is no workbook, or a bomb."""
    try:
        archive = zipfile.ZipFile(source)
        _refuse_dishonest(archive)
        parts = {entry.filename: entry for entry in archive.infolist()}
        book = _Collected(archive, "xl/workbook.xml", names("sheet", "workbookPr"))
        sheets = [one for name, one in book.found if name == "sheet"]
        if not sheets:
            raise TableUnreadable("工作簿里没有工作表", "the workbook has no sheet")
        part, strings, styles = _linked(archive, sheets[0])
        dated = next((one for name, one in book.found if name == "workbookPr"), {})
        if part not in parts:
            raise unreadable()
        return Book(
            sheets[0].get("name", ""), parts[part].file_size, _declared(archive, part), archive, part,
            strings if strings in parts else None, _dates(archive, styles) if styles in parts else {},
            dated.get("date1904") in {"1", "true"},
        )  # fmt: skip
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, KeyError, EOFError) as error:
        raise unreadable() from error


def _refuse_dishonest(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > 5000:
        raise TableUnreadable("压缩包文件过多", "too many files in the archive")
    for entry in entries:
        target = entry.filename
        if target.startswith(("/", "\\")) or ".." in target.replace("\\", "/").split("/"):
            raise TableUnreadable("压缩包路径不安全", "unsafe path in the archive")
        if entry.external_attr >> 28 == 0xA:
            raise TableUnreadable("压缩包含链接文件", "the archive holds a symbolic link")
        if entry.flag_bits & 1:
            raise TableUnreadable("Excel 文件已损坏或加密", "the workbook is damaged or encrypted")
        if entry.file_size > MOST_OPENED or (
            entry.file_size > SMALL and entry.file_size > MOST_RATIO * max(1, entry.compress_size)
        ):
            raise refused_bomb()


def _linked(archive: zipfile.ZipFile, sheet: Attributes) -> tuple[str, str | None, str | None]:
    """The parts of the sheet, the shared texts and the styles."""
    name = "http://schemas.openxmlformats.org/package/2006/relationships Relationship"
    links = [one for _, one in _Collected(archive, "xl/_rels/workbook.xml.rels", {name: "link"}).found]
    by_id = {one.get("Id", ""): _inside(one.get("Target", "")) for one in links}
    by_kind = {one.get("Type", "").rpartition("/")[2]: _inside(one.get("Target", "")) for one in links}
    wanted = next((sheet[f"{space} id"] for space in _LINKED if f"{space} id" in sheet), "")
    return by_id[wanted], by_kind.get("sharedStrings"), by_kind.get("styles")


def _inside(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _declared(archive: zipfile.ZipFile, part: str) -> int:
    """How many rows the sheet says it has; 0 when it does not say."""
    with archive.open(part) as stream:
        found = re.search(rb'<(?:\w+:)?dimension[^>]*\bref="[A-Z]+\d+:[A-Z]+(\d{1,7})"', stream.read(4096))
    return int(found[1]) if found else 0


def _pulled(archive: zipfile.ZipFile, part: str, *, until: float | None = None) -> Iterator[bytes]:
    """The part as it unpacks. The zip module gives no more than was declared, which was looked at before."""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if until is not None and time.monotonic() > until:
                raise refused_too_long()
            yield chunk


def _parser(start: Callable[[str, dict[str, str]], None]) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = start

    def refuse(*_: object) -> None:
        raise TableUnreadable("表格含有实体声明，拒绝读取", "the workbook declares entities; refused")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _feed(parser: expat.XMLParserType, chunks: Iterator[bytes]) -> Iterator[None]:
    """After each chunk; something that never ends within the tags is refused before it fills the memory."""
    fed = 0
    try:
        for chunk in chunks:
            fed += len(chunk)
            parser.Parse(chunk, False)
            if fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
                raise refused_bomb()
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, zipfile.BadZipFile, ValueError, EOFError) as error:
        raise unreadable() from error


class _Collected:
    """The attributes of some elements of a small part."""

    def __init__(self, archive: zipfile.ZipFile, part: str, wanted: Mapping[str, str]) -> None:
        self.found: list[tuple[str, Attributes]] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name in wanted:
                self.found.append((wanted[name], attributes))

        if archive.getinfo(part).file_size > _SMALL_PART:
            raise refused_bomb()
        for _ in _feed(_parser(start), _pulled(archive, part)):
            pass


def _dates(archive: zipfile.ZipFile, part: str | None) -> dict[int, str]:
    """Which styles of cells show a number as a date, and how: "date" or "elapsed"."""
    assert part is not None
    found = _Collected(archive, part, names("numFmt", "cellXfs", "xf", "cellStyles", "cellStyleXfs")).found
    codes = {one.get("numFmtId", ""): one.get("formatCode", "") for name, one in found if name == "numFmt"}
    dates: dict[int, str] = {}
    within, number = "", 0
    for name, one in found:
        if name != "xf":
            within = name
        elif within == "cellXfs":
            if shown := shown_as(one.get("numFmtId", "0"), codes):
                dates[number] = shown
            number += 1
    return dates


class Strings:
    """Millions of texts in two blocks of memory."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("Q", [0])

    def add(self, index: int, text: str) -> None:
        del index  # they come in order
        self._text += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._text))
        if len(self._text) > MOST_TEXT:
            raise refused_bomb()

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise unreadable()
        return self._text[self._ends[index] : self._ends[index + 1]].decode("utf-8", "surrogatepass")


class _Some(Strings):
    """Only those that are wanted."""

    def __init__(self, wanted: set[int]) -> None:
        self._wanted, self._kept = wanted, dict[int, str]()

    @override
    def add(self, index: int, text: str) -> None:
        if index in self._wanted:
            self._kept[index] = text

    @override
    def __getitem__(self, index: int) -> str:
        return self._kept.get(index, "")


def _read_strings(chunks: Iterator[bytes], strings: Strings, *, last: int | None = None) -> None:
    """Into `strings`, up to number `last`. Of a text in several fonts the parts are joined, readings left out."""
    kinds = names("si", "t", "rPh")
    parts: list[str] = []
    state = {"number": 0, "text": 0, "reading": 0, "long": 0}

    def start(name: str, _: dict[str, str]) -> None:
        kind = kinds.get(name)
        if kind == "si":
            parts.clear()
            state["long"] = 0
        elif kind == "t":
            state["text"] = 1
        elif kind == "rPh":
            state["reading"] = 1

    def end(name: str) -> None:
        kind = kinds.get(name)
        if kind == "si":
            strings.add(state["number"], unescaped("".join(parts)))
            state["number"] += 1
        elif kind == "t":
            state["text"] = 0
        elif kind == "rPh":
            state["reading"] = 0

    def text(data: str) -> None:
        if state["text"] and not state["reading"]:
            parts.append(data)
            state["long"] += len(data)
            if state["long"] > LONGEST_CELL:
                raise refused_bomb()

    parser = _parser(start)
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    for _ in _feed(parser, chunks):
        if last is not None and state["number"] > last:
            return


def _rows(
    chunks: Iterator[bytes], string: Callable[[int], str], dates: Mapping[int, str], from_1904: bool
) -> Iterator[Row]:
    sheet = Sheet(string, dates, from_1904)
    parser = _parser(sheet.start)
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text
    for _ in _feed(parser, chunks):
        yield from sheet.ready
        sheet.ready.clear()
