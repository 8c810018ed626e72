"""What is typed to search by, and what of a text is shown for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.kit import nameless, queries
from wangge.kit.text import search_tokens


@pytest.mark.parametrize(
    ("typed", "condition"),
    [
        ("井盖松动", "'井盖' & '盖松' & '松动'"),
        ("井盖 松动", "'井盖' & '松动'"),
        ("“井盖 松动” -垃圾", "'井盖' & '松动' & !('垃圾')"),
        ("路灯不亮了很久", "'路灯' & '灯不' & '不亮'"),
        ("濟南　ＡＢ", "'济南' & 'ab':*"),
        ("3单元", "'3' & '单元'"),
        ("灯", "'灯':*"),
        ("-垃圾", "!('垃圾')"),
        ("' & | ! :* () \x00 🙂", ""),
        ('"没关上', "'没关' & '关上'"),
        ("", ""),
    ],
)
def test_what_is_typed_becomes_a_condition_on_tokens(typed: str, condition: str) -> None:
    assert queries.condition(queries.parse(typed)) == condition


def test_words_that_must_not_be_there_alone_are_no_query() -> None:
    assert queries.parse("-垃圾").empty
    assert queries.parse("！？。").empty


@given(st.text(max_size=400))
def test_no_input_breaks_out_of_the_quotes(typed: str) -> None:
    import re

    assert re.fullmatch(r"(?:'[^'\\\s]+'(?::\*)?| & |!\(|\)|\()*", queries.condition(queries.parse(typed)))


def test_ten_thousand_characters_are_cut_to_what_is_read() -> None:
    assert len(queries.condition(queries.parse("路灯坏 " * 2_500))) < 100
    assert len(queries.condition(queries.parse("".join(chr(0x4E00 + n) for n in range(10_000))))) < 1_000


def test_what_is_sought_is_found_in_whatever_script_it_was_written() -> None:
    tokens = set(search_tokens("濟南市經三路，井蓋鬆動。ＡＢＣ１２"))

    assert {"济南", "经三", "三路", "井盖", "松动", "abc12"} <= tokens


def test_hits_stand_where_they_stand_in_the_text() -> None:
    text = "請看：濟南　路燈ABC壞了"
    spans = queries.hits(text, queries.parse("济南 路灯 abc").wanted)

    assert [text[start:end] for start, end in spans] == ["濟南", "路燈ABC"]


def test_a_latin_word_is_lit_from_its_beginning_only() -> None:
    assert queries.hits("xab ab12", queries.parse("ab").wanted) == [(4, 6)]


def test_a_snippet_is_the_stretch_around_the_first_hit() -> None:
    text = "前" * 100 + "井盖松动" + "后" * 100
    parts = queries.snippet(text, queries.hits(text, queries.parse("井盖").wanted))

    assert [part.text for part in parts if part.hit] == ["井盖"]
    assert parts[0].text == "…" == parts[-1].text
    assert sum(len(part.text) for part in parts) <= 82
    assert "".join(part.text for part in queries.snippet("短文", [])) == "短文"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我是张三，电话13812345678", "我是〔姓名〕，电话〔号码〕"),
        ("联系人：李晓明 370103199001011234", "联系人：〔姓名〕 〔号码〕"),
        ("王女士反映路灯坏了", "〔姓名〕女士反映路灯坏了"),
        ("纬一路3号楼2单元501室漏水", "纬一路3号楼2单元〔门牌〕漏水"),
        ("3-2-501漏水", "〔门牌〕漏水"),
        ("我是纬一路居民", "我是纬一路居民"),
        ("周边居民反映300米外", "周边居民反映300米外"),
    ],
)
def test_names_numbers_and_doors_are_taken_out(text: str, left: str) -> None:
    assert nameless.nameless(text) == left
