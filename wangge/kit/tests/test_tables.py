import gzip
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.kit import tables

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", '=HYPERLINK("http://x")', "{=A1}"]


def workbook(rows):
    out = io.BytesIO()
    tables.write_xlsx(out, ["甲", "乙"], rows)
    return out.getvalue()


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_comes_back_as_the_text_it_was(text):
    data = workbook([[text, "x"]])
    assert tables.read_table(data, "a.xlsx").rows == [[text, "x"]]
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(
                st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
                min_size=1,
                max_size=30,
            ).filter(lambda t: t.strip() == t and t),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=10,
    )
)
def test_text_survives_a_round_trip(rows):
    assert tables.read_table(workbook(rows), "a.xlsx").rows == rows


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (110 * 1024 * 1024))
    return out.getvalue()


def slip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../etc/cron.d/x", b"x")
    return out.getvalue()


def link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("xl/workbook.xml")
        entry.external_attr = 0xA1FF << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (bomb(), "a.xlsx"),
        (slip(), "a.xlsx"),
        (link(), "a.xlsx"),
        (b"PK\x03\x04 nothing", "a.xlsx"),
        (gzip.compress(b"a" * (201 * 1024 * 1024)), "a.csv.gz"),
        (b"\x1f\x8b broken", "a.csv.gz"),
        (b"a,a\n1,2\n", "a.csv"),
        (b"a,,b\n1,2,3\n", "a.csv"),
        (b"a,b\n1,2,3\n", "a.csv"),
        (b"\n\n", "a.csv"),
        (b"a\x00,b\n", "a.csv"),
        (b"whatever", "a.doc"),
    ],
    ids=[
        "bomb",
        "zip slip",
        "symlink",
        "broken",
        "gzip bomb",
        "broken gzip",
        "doubled heading",
        "no heading",
        "too many cells",
        "empty",
        "NUL",
        "other file",
    ],
)
def test_bad_files_are_refused_with_a_reason(data, name):
    with pytest.raises(tables.TableUnreadable) as caught:
        tables.read_table(data, name)
    assert caught.value.detail_zh
    assert caught.value.detail_en


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_people_save(encoding):
    table = tables.read_table("标题,地址\n井盖,经二路\n".encode(encoding), "a.csv")
    assert table.columns == ("标题", "地址")
    assert table.rows == [["井盖", "经二路"]]
    assert table.numbers == [2]


def test_the_sheet_comes_back_with_an_error_on_each_bad_row():
    table = tables.read_table("标题,地址\n井盖,经二路\n,无\n".encode(), "a.csv")
    back = tables.read_table(tables.annotated(table, {3: "第 3 行：标题不能为空"}), "b.xlsx")
    assert back.columns == ("标题", "地址", "导入结果")
    assert [row[-1] for row in back.rows] == ["", "第 3 行：标题不能为空"]
