"""What a machine reads of a text, and what is taken out before anything is derived from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.kit import written


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""),
        ("濟南市歷下區經十路", "济南市历下区经十路"),
        ("路灯不亮！\u202e\u200b", "路灯不亮!"),
        ("<p>路灯</p><script>alert(1)</script>不亮&amp;黑", "路灯 不亮&黑"),
        ("３号楼\x00\x07", "3号楼"),
        ("啊" * 1_000_000, "啊啊啊"),
        ("3 < 5 且 7 > 6", "3 < 5 且 7 > 6"),
        ("第一行\r\n\r\n  第二行", "第一行\n第二行"),
        ("😀井盖", "😀井盖"),
    ],
)
def test_a_text_is_read_without_what_is_not_text(text: str, read: str) -> None:
    assert written.plain(text) == read


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("身份证370103199001011234", "身份证〔号码〕"),
        ("身份证 37010319900101123x。", "身份证 〔号码〕。"),
        ("老证370103900101123", "老证〔号码〕"),
        ("电话13812345678找我", "电话〔号码〕找我"),
        ("电话１３８１２３４５６７８", "电话〔号码〕"),
        ("138 1234 5678", "〔号码〕"),
        ("0531-82345678", "〔号码〕"),
        ("(0531)82345678", "(〔号码〕"),
        ("卡号6222 0212 3456 7890 123", "卡号〔号码〕"),
        ("鲁A12345占道", "〔车牌〕占道"),
        ("写信 a.b@qq.com 给我", "写信 〔邮箱〕 给我"),
        ("经十路123号3号楼501", "经十路123号3号楼501"),
        ("2026年11月21日 4326件", "2026年11月21日 4326件"),
    ],
)
def test_numbers_that_tell_who_somebody_is_are_taken_out(text: str, kept: str) -> None:
    assert written.redacted(text) == kept


@given(st.text(max_size=300))
def test_any_text_is_read_twice_as_once(text: str) -> None:
    once = written.plain(text)
    assert written.redacted(once) == written.redacted(written.redacted(once))
    assert not any(character in once for character in "\x00\u202e\u200b")


@pytest.mark.parametrize("text", ["<" * 200_000, "1 " * 100_000, "<script>" * 50_000, "a@" * 100_000])
def test_no_text_holds_the_reader_up(text: str) -> None:
    assert len(written.redacted(written.plain(text))) <= written.LONGEST
