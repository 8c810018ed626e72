"""What is said of a reply before it goes out."""

from __future__ import annotations

import pytest

from wangge.intake.answering import advice, clarity, completeness, relevance, stock
from wangge.intake.answering.sentences import Background, background, sentences

MATTERS = [
    "纬一路路灯不亮，晚上看不清路，请问什么时候能修好？",
    "小区门口垃圾没人清运，夏天味道很大，希望尽快清理。",
    "经三路井盖松动，车辆经过有异响，请尽快维修。",
    "楼上装修噪声扰民，晚上十点还在施工，请求制止。",
    "幼儿园收费标准是多少，能否申请补贴？",
]
GOOD = (
    "您好，区城市管理局已于11月18日派人到现场查看，纬一路12盏路灯因电缆被挖断不亮。"
    "按照《城市照明管理规定》第二十四条，已更换电缆，11月19日恢复照明。如有疑问请拨打0531-88888888。"
)
HOLLOW = "网友您好，您反映的问题已收悉，我单位高度重视，已转交相关部门处理，正在处理中，感谢您的支持！"


@pytest.fixture(scope="module")
def known() -> Background:
    return background(MATTERS, [HOLLOW, GOOD])


def told(known: Background, reply: str, **given: object) -> advice.Advice:
    return advice.advise(title="纬一路路灯不亮", description=MATTERS[0], reply=reply, known=known, **given)  # type: ignore[arg-type]


def test_a_good_reply_is_told_little(known: Background) -> None:
    found = told(known, GOOD)

    assert found.relevance > 0.5
    assert found.completeness == 1.0
    assert found.originality == 1.0
    assert not found.stock
    assert [one.aspect for one in found.findings if one.severity == "high"] == []


def test_set_phrases_alone_are_a_stock_reply(known: Background) -> None:
    found = told(known, HOLLOW)

    assert found.stock
    assert found.originality == 0.0
    assert found.findings[0].aspect == "originality"
    assert "套话" in found.findings[0].zh


@pytest.mark.parametrize(
    ("reply", "hollow"),
    [
        ("网友：您好！留言已收悉", True),
        ("您反映的问题已收悉并交有关单位调查核处，如有情况将及时回复！", True),
        (
            "您好！感谢您的来信！关于您反映的问题：我县范围内查无520路公交，不属我局管辖范围，请向市公交公司反映。",
            False,
        ),
        ("已于今日清运完毕，并增设两个分类垃圾桶，安排保洁员每天巡查两次。", False),
    ],
)
def test_what_is_hollow(reply: str, hollow: bool) -> None:
    assert stock.hollow(reply) is hollow


def test_an_answer_to_another_matter_does_not_answer_this_one(known: Background) -> None:
    own = relevance.likeness("纬一路路灯不亮", MATTERS[0], GOOD, known)
    foreign = relevance.likeness("幼儿园收费", MATTERS[4], GOOD, known)

    assert own > relevance.ENOUGH > foreign


def test_points_that_were_asked_are_looked_for_one_by_one(known: Background) -> None:
    asked = "纬一路路灯不亮什么时候能修好？请问楼下幼儿园能否申请收费补贴？"
    found = relevance.points("纬一路路灯不亮", asked, GOOD, known)

    assert [one.answered for one in found] == [True, True, False]
    assert "幼儿园" in found[-1].text


@pytest.mark.parametrize(
    ("reply", "lacking"),
    [
        ("已清理。", {"who", "when", "contact", "ground"}),
        ("不符合补贴条件，不予发放。", {"who", "when", "contact", "ground"}),
        (GOOD, set()),
    ],
)
def test_what_a_resident_would_have_to_ask_again(reply: str, lacking: set[str]) -> None:
    assert {one.what for one in completeness.missing(reply)} == lacking


def test_a_refusal_without_a_ground_weighs_more() -> None:
    refused = next(one for one in completeness.missing("不符合条件，不予发放。") if one.what == "ground")

    assert refused.weight > 0.2
    assert not [one for one in completeness.missing("不予发放，依据见权责清单第3条。") if one.what == "ground"]


def test_what_is_hard_to_understand_is_shown_where_it_stands() -> None:
    text = "已处理。我单位将进一步加强属地管理，形成合力，由PMC跟进。" + "这是一句很长的话" * 12 + "。"
    found = clarity.unclear(text)

    assert {text[one.start : one.end] for one in found} >= {"进一步加强", "属地管理", "形成合力", "PMC"}
    assert any(one.end - one.start > clarity.LONG for one in found)
    assert clarity.score(found) < 0.7
    assert not clarity.unclear("项目管理公司PMC（负责施工管理）已进场。LED灯已换。")


def test_near_copies_for_other_matters_are_known_and_for_the_same_are_not(known: Background) -> None:
    before = GOOD.replace("11月18日", "10月2日").replace("12盏", "8盏")
    elsewhere = stock.Earlier(stock.sketch(before), stock.matter_sketch("幼儿园收费标准"))
    same = stock.Earlier(stock.sketch(before), stock.matter_sketch("纬一路路灯不亮了"))

    assert told(known, GOOD, earlier=[elsewhere]).stock
    assert not told(known, GOOD, earlier=[same]).stock


def test_sentences_keep_their_place() -> None:
    text = "  您好。\n已修好！谢谢"

    assert [text[one.start : one.end] for one in sentences(text)] == ["您好。", "已修好！", "谢谢"]


@pytest.mark.parametrize("odd", ["。", "🙂" * 50, "x" * 5_000, "已" * 5_000, "<b>已修</b>\x00", "a@b.c 13812345678"])
def test_odd_replies_get_an_answer(odd: str, known: Background) -> None:
    for background_ in (known, Background()):
        found = told(background_, odd)
        for score in (found.relevance, found.completeness, found.clarity, found.originality):
            assert 0.0 <= score <= 1.0
