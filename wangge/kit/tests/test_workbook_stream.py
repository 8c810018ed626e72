"""A workbook read row by row says what the whole-sheet reader says, and refuses what was made to harm."""

from __future__ import annotations

import datetime as dt
import io
import time
import tracemalloc
import zipfile

import pytest
import xlsxwriter

from wangge.kit import tables, workbook_cells, workbook_stream
from wangge.kit.workbook_faults import TableUnreadable

BOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships">{}<sheets>'
    '<sheet name="甲" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
LINKS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="rId2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def packed(sheet: str | bytes, strings: str | bytes = f"<sst {NS}/>", book: str = "", **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", BOOK.format(book))
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        archive.writestr("xl/sharedStrings.xml", strings)
        for name, content in more.items():
            archive.writestr(name, content)
    return out.getvalue()


def rows_of(data: bytes) -> list[tuple[int, list[str]]]:
    return list(workbook_stream.opened(io.BytesIO(data)).rows())


def sheet_of(rows: str) -> str:
    return f"<worksheet {NS}><sheetData>{rows}</sheetData></worksheet>"


@pytest.mark.parametrize("constant_memory", [True, False])
def test_it_reads_what_the_whole_sheet_reader_reads(constant_memory):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": constant_memory}) as book:
        page = book.add_worksheet("甲")
        day, moment, clock = (
            book.add_format({"num_format": one}) for one in ("yyyy-mm-dd", 'yyyy"年"m"月"d"日" hh:mm', "hh:mm:ss")
        )
        red = book.add_format({"num_format": "[Red]0.00", "bold": True})
        page.write_row(0, 0, ["姓名", "生日", "时刻", "几点", "数", "真", "公式", "备注"])
        page.write_string(1, 0, " 王=1+1 & <b> \U00020000 ")
        page.write_datetime(1, 1, dt.date(1980, 5, 17), day)
        page.write_datetime(1, 2, dt.datetime.combine(dt.date(2026, 1, 31), dt.time(8, 30, 15)), moment)
        page.write_datetime(1, 3, dt.time(8, 30), clock)
        page.write_number(1, 4, 3.0, red)
        page.write_boolean(1, 5, True)
        page.write_formula(1, 6, "=1+1", None, "2x")
        page.write_string(1, 7, "两\n行")
        page.write_number(3, 4, 0.5)
        page.write_number(3, 1, 61, day)
        page.write_string(3, 7, "末")
    data = out.getvalue()
    table = tables.read_table(data, "a.xlsx")
    found = rows_of(data)
    assert found[0] == (1, list(table.columns))
    width = len(table.columns)
    assert [(number, [*cells, *[""] * (width - len(cells))]) for number, cells in found[1:]] == list(
        zip(table.numbers, table.rows, strict=True)
    )


def test_rich_text_is_joined_readings_left_out_and_escapes_undone():
    strings = (
        f"<sst {NS}><si><r><t>王</t></r><r><rPr><b/></rPr><t xml:space='preserve'> 五</t></r>"
        "<rPh sb='0' eb='1'><t>wang</t></rPh></si><si><t>a_x000D_b</t></si></sst>"
    )
    cells = (
        '<row r="3"><c r="A3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c>'
        '<c r="D3" t="inlineStr"><is><t>六</t></is></c></row>'
    )
    assert rows_of(packed(sheet_of(cells), strings)) == [(3, ["王 五", "", "a\rb", "六"])]


def test_cells_without_a_place_follow_each_other():
    cells = "<row><c><v>1</v></c><c t='str'><v>x</v></c></row><row><c><v>2</v></c></row>"
    assert rows_of(packed(sheet_of(cells))) == [(1, ["1", "x"]), (2, ["2"])]


def test_the_beginning_alone_is_read_of_a_long_sheet():
    text = "".join(f"<si><t>n{n}</t></si>" for n in range(1000))
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{1000 - n}</v></c></row>' for n in range(1, 1001))
    book = workbook_stream.opened(io.BytesIO(packed(sheet_of(cells), f"<sst {NS}>{text}</sst>")))
    assert book.first_rows(2, seconds=5) == [(1, ["n999"]), (2, ["n998"])]


def lies() -> bytes:
    """Declares less than it unpacks to."""
    data = bytearray(packed(sheet_of("<row><c><v>1</v></c></row>" * 5000)))
    real = len(sheet_of("<row><c><v>1</v></c></row>" * 5000)).to_bytes(4, "little")
    return bytes(data.replace(real, (100).to_bytes(4, "little")))


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "hahaha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
BAD = {
    "248 kB to 102 MB": lambda: packed(sheet_of(" " * (102 << 20))),
    "shared texts, too well packed": lambda: packed(
        sheet_of("<row><c t='s'><v>0</v></c></row>"), f"<sst {NS}>" + "<si><t>x</t></si>" * (6 << 20) + "</sst>"
    ),
    "one text without an end": lambda: packed(
        sheet_of("<row><c t='s'><v>0</v></c></row>"), f"<sst {NS}><si><t>" + "x" * (19 << 20) + "</t></si></sst>"
    ),
    "one attribute without an end": lambda: packed(f'<worksheet {NS} x="' + "y" * (19 << 20) + '"/>'),
    "billion laughs": lambda: packed(
        sheet_of("<row><c t='s'><v>0</v></c></row>"), f"{LAUGHS}<sst {NS}><si><t>&c;</t></si></sst>"
    ),
    "laughs in the sheet": lambda: packed(LAUGHS + sheet_of("<row><c t='str'><v>&c;</v></c></row>")),
    "declares less": lies,
    "slips out": lambda: packed(sheet_of(""), **{"../../x": b"x"}),
    "no number": lambda: packed(sheet_of("<row><c><v>one</v></c></row>")),
    "no such text": lambda: packed(sheet_of("<row><c t='s'><v>7</v></c></row>")),
    "cut off": lambda: packed(f"<worksheet {NS}><sheetData><row>"),
    "no zip": lambda: b"PK\x03\x04 nothing",
    "no workbook": lambda: packed("")[:200],
}


@pytest.mark.parametrize("name", BAD)
def test_what_was_made_to_harm_is_refused_in_no_time_and_without_memory(name):
    data = BAD[name]()
    tracemalloc.start()
    begun = time.monotonic()
    with pytest.raises(TableUnreadable):
        rows_of(data)
    seconds, (_, peak) = time.monotonic() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 5
    assert peak < 200 << 20


def test_a_cell_in_the_last_corner_reserves_nothing():
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    (_, last) = rows_of(packed(sheet_of(cells)))
    assert last[0] == 1048576
    assert len(last[1]) <= workbook_cells.MOST_COLUMNS + 1
