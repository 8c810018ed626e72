"""Pinyin: surnames read as surnames, places as phrases, everything findable by plain letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.kit import pinyin


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("王小明", "wangxiaoming", "wxm"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("仇英", "qiuying", "qy"),
        ("曾国藩", "zengguofan", "zgf"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("尉迟", "yuchi", "yc"),
        ("长孙无忌", "zhangsunwuji", "zswj"),
        ("欧阳娜娜", "ouyangnana", "oynn"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("任长霞", "renchangxia", "rcx"),
        ("张解放", "zhangjiefang", "zjf"),
        ("查良镛", "zhaliangyong", "zly"),
        ("万俟卨", "moqixie", "mqx"),
        ("吕布", "lvbu", "lb"),
        ("阿依古丽·买买提", "ayigulimaimaiti", "ayglmmt"),
        ("John Smith", "johnsmith", "js"),
        ("Ｗang", "wang", "wang"),
        ("𠀀一", "heyi", "hy"),
        ("", "", ""),
        ("·", "", ""),
    ],
)
def test_names(name: str, full: str, initials: str) -> None:
    assert pinyin.of_name(name) == pinyin.Reading(full, initials)


@pytest.mark.parametrize(
    ("place", "full", "initials"),
    [
        ("重庆路", "chongqinglu", "cql"),
        ("长清区", "changqingqu", "cqq"),
        ("泺源大街", "luoyuandajie", "lydj"),
        ("解放桥", "jiefangqiao", "jfq"),
        ("单家庄", "shanjiazhuang", "sjz"),
        ("舜耕路20号", "shungenglu20hao", "sgl20h"),
        ("女人街", "nvrenjie", "nrj"),
        ("Ａ座", "azuo", "az"),
        ("绿地CBD 3期", "lvdicbd3qi", "ldcbd3q"),
        ("", "", ""),
    ],
)
def test_places(place: str, full: str, initials: str) -> None:
    assert pinyin.of_place(place) == pinyin.Reading(full, initials)


@given(st.text(max_size=30))
def test_any_text_gives_small_letters_and_digits_only(text: str) -> None:
    for found in (pinyin.of_name(text), pinyin.of_place(text)):
        for part in (found.full, found.initials):
            assert part == "" or (part.isascii() and part.isalnum() and part == part.lower())


def test_every_character_of_the_dictionary_has_a_syllable() -> None:
    for point in pinyin._dictionary():
        found = pinyin.of_name("王" + chr(point))
        assert found.full.startswith("wang")
        assert found.full[4:].isalpha()
        assert len(found.initials) == 2
