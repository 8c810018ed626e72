"""A bulletin's words: the same facts in both languages, on the page, in the workbook and in print."""

from __future__ import annotations

import copy
import datetime as dt
import io
from typing import Any

import pypdf
import pytest
from python_calamine import CalamineWorkbook

from wangge.appraisal import bulletin_words, phrasing
from wangge.appraisal.measures import MEASURES
from wangge.appraisal.selectors.bulletins import TEMPLATE
from wangge.kit import books, paper

HEADLINE = {"name": "按期办结率", "name_en": "Closed in time", "unit": "percent", "value": 96.4, "before": 96.7}


def indicator(**of: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "code": "on_time", "numerator": 964, "denominator": 1000, "low": 95.0, "high": 97.5, "year_ago": None,
    }  # fmt: skip
    return {**HEADLINE, **plain, **of}


def facts(**of: Any) -> dict[str, Any]:
    counts = {measure.value: index for index, measure in enumerate(MEASURES, start=1)}
    made: dict[str, Any] = {
        "kind": "monthly",
        "period": {
            "text": "2026-10", "label": "2026年10月", "number": "2026年第10期",
            "start": "2026-10-01", "last": "2026-10-31",
        },
        "unit": None, "district": "市中区", "issuer": "市中区网格化社会治理综合指挥中心", "date": "2026-11-01",
        "date_zh": "2026年11月1日", "as_of": "2026-11-01 06:00", "totals": counts, "totals_before": counts,
        "headline": [HEADLINE], "indicators": [indicator()],
        "series": [{**HEADLINE, "labels": ["8月", "9月", "10月"], "values": [95.0, None, 96.4]}],
        "leagues": [
            {
                "kind": "subdistrict", "kind_name": "街道", "kind_name_en": "subdistricts",
                "scheme": {"name": "街道月度考核", "version": "2026-1"}, "indicators": [indicator()],
                "rows": [
                    {"name": "杆石桥街道", "score": 91.24, "band": [1, 3], "cells": {"on_time": {"value": 98.0}}},
                    {"name": "=1+1", "score": None, "band": None, "cells": {}},
                ],
                "unranked": ["=1+1"], "reviewed": [],
            }
        ],
        "matters": [{"name": "管理部件", "name_en": "Components", "submitted": 1200, "closed": 1100, "overdue": 3}],
        "five_steps": {
            "matters": 4,
            "rows": [
                {"name": "城管局", "side": "responder", "matters": 4, "mean": 96.55, "low": None, "high": None,
                 "band": None}
            ],
        },
        "review": {
            "exclusions": [
                {"unit": "城管局", "number": "1",
                 "reason": {"name": "不可抗力", "name_en": "Act of nature"}, "indicators": [],
                 "from": "2026-10-20"}
            ],
            "appeals": {"made": 2, "upheld": 1}, "alarms": {"raised": 1, "confirmed": 0, "explained": 1, "open": 0},
        },
        "unconfirmed": True,
    }  # fmt: skip
    return {**made, **of}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_print_and_workbook_say_what_the_page_says(language: str) -> None:
    words = bulletin_words.paper(facts(), language)
    printed = {**words, "language": language, "foot_line": "第1版"}

    pages = pypdf.PdfReader(io.BytesIO(paper.pdf(TEMPLATE, printed))).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "").replace(" ", "")

    assert "96.4%" in text
    for section in words["sections"]:
        assert section["heading"].replace(" ", "") in text
    assert "杆石桥街道" in text
    assert "=1+1" in text


def test_the_same_facts_print_the_same_bytes() -> None:
    printed = {**bulletin_words.paper(facts(), "zh"), "language": "zh", "foot_line": "第1版"}

    assert paper.pdf(TEMPLATE, printed) == paper.pdf(TEMPLATE, copy.deepcopy(printed))


def test_both_languages_have_the_same_sections_tables_and_rows() -> None:
    shapes = []
    for language in ("zh", "en"):
        words = bulletin_words.paper(facts(), language)
        shapes.append(
            [
                (
                    section["wide"],
                    len(section["paragraphs"]),
                    [len(block.get("rows", [])) for block in section["blocks"]],
                )
                for section in words["sections"]
            ]
        )

    assert shapes[0] == shapes[1]


def test_english_words_hold_no_chinese_but_names() -> None:
    words = bulletin_words.paper(facts(issuer="Command centre", district="Shizhong"), "en")
    shown = [
        *words["notes"],
        *(text for section in words["sections"] for text in [section["heading"], *section["paragraphs"]]),
    ]

    for text in shown:
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in text.replace("=1+1", "")), text


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (96.41, "percent", "96.4%", "96.4%"),
        (100.0, "percent", "100.0%", "100.0%"),
        (None, "percent", "—", "—"),
        (72.0, "minutes", "72分钟", "72 min"),
        (120.0, "minutes", "2小时", "2 h"),
        (273.0, "minutes", "4.5小时", "4.5 h"),
        (4320.0, "minutes", "3天", "3 days"),
        (6213, "count", "6,213", "6,213"),
        (0, "count", "0", "0"),
    ],
)
def test_a_value_is_told_in_its_unit(value: float | None, unit: str, zh: str, en: str) -> None:
    said = [phrasing.value_text(value, unit, phrasing.Say(language)) for language in ("zh", "en")]

    assert said == [zh, en]


@pytest.mark.parametrize(
    ("low", "high", "unit", "said"),
    [(66.4, 77.5, "percent", "66.4–77.5%"), (90, 273, "minutes", "90分钟–4.5小时"), (120, 273, "minutes", "2–4.5小时")],
)
def test_an_interval_says_its_unit_once(low: float, high: float, unit: str, said: str) -> None:
    assert phrasing.interval({"low": low, "high": high, "unit": unit}, phrasing.Say("zh")) == said


def test_colour_is_never_the_only_sign() -> None:
    row = {"name": "甲街道", "score": None, "band": None}
    figures = {"worse": {"value": 60.0, "worse": True}, "few": {"value": 100.0, "few": True}, "none": {"value": None}}
    shown = [indicator(code=code) for code in figures]
    league = {**facts()["leagues"][0], "rows": [{**row, "cells": figures}], "indicators": shown}

    words = bulletin_words.paper(facts(leagues=[league]), "zh")

    (table,) = next(one["blocks"] for one in words["sections"] if "街道" in one["heading"])
    assert [cell["text"] for cell in table["rows"][0][3:]] == ["60.0%*", "(100.0%)", "—"]


def test_a_unit_without_any_matter_is_named_and_not_a_row_of_dashes() -> None:
    words = bulletin_words.paper(facts(), "zh")

    section = next(one for one in words["sections"] if "街道" in one["heading"])
    assert [row[0] for row in section["blocks"][0]["rows"]] == ["杆石桥街道"]
    assert "本期没有可计的事项：=1+1。" in section["paragraphs"]


def ranked(*names: str) -> dict[str, Any]:
    scored = {"band": [1, 2], "low": 83.5, "high": 96.2, "cells": {"on_time": {"value": 98.0}}}
    rows = [{**scored, "name": name, "score": 91.24} for name in names]
    silent = {"name": "丁街道", "score": None, "low": None, "high": None, "band": None, "cells": {}}
    return {**facts()["leagues"][0], "rows": [*rows, silent], "mine": names[0]}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_scores_are_charted_with_their_intervals(language: str) -> None:
    words = bulletin_words.paper(facts(leagues=[ranked("甲街道", "乙街道")]), language)
    printed = {**words, "language": language, "foot_line": "第1版"}

    (chart,) = (one for part in words["sections"] for one in part["blocks"] if one["type"] == "ranks")
    assert (chart["from"], chart["to"]) == (80, 100)
    assert [row["label"] for row in chart["rows"]] == ["甲街道", "乙街道"]
    assert [row["marked"] for row in chart["rows"]] == [True, False]
    assert chart["rows"][0]["text"] == "91.2（1–2）" if language == "zh" else "91.2 (1–2)"
    pages = pypdf.PdfReader(io.BytesIO(paper.pdf(TEMPLATE, printed))).pages
    assert chart["caption"] in "".join(page.extract_text() for page in pages)


def test_one_score_alone_is_no_chart() -> None:
    words = bulletin_words.paper(facts(leagues=[ranked("甲街道")]), "zh")

    assert not [one for part in words["sections"] for one in part["blocks"] if one["type"] == "ranks"]


def test_a_count_of_none_is_no_figure() -> None:
    counted = {"code": "submitted_count", "name": "受理量", "name_en": "Matters", "unit": "count"}
    rows = [
        {"name": name, "score": None, "band": None, "cells": {"submitted_count": {"value": value}}}
        for name, value in (("甲街道", 0.0), ("乙街道", 3.0))
    ]
    league = {**facts()["leagues"][0], "scheme": None, "rows": rows, "indicators": [counted], "unranked": []}

    words = bulletin_words.paper(facts(leagues=[league]), "zh")

    section = next(one for one in words["sections"] if "街道" in one["heading"])
    assert [row[0] for row in section["blocks"][-1]["rows"]] == ["乙街道"]
    assert "本期没有可计的事项：甲街道。" in section["paragraphs"]


def test_a_chart_begins_with_its_first_figure() -> None:
    series = {**HEADLINE, "labels": ["7月", "8月", "9月", "10月"], "values": [None, 95.0, None, 96.4]}

    words = bulletin_words.paper(facts(series=[series, {**series, "values": [None, None, None, 96.4]}]), "zh")

    lines = [one for one in words["sections"][0]["blocks"] if one["type"] == "lines"]
    assert [(one["labels"], one["caption"]) for one in lines] == [(["8月", "9月", "10月"], "近 3 期按期办结率")]


def test_a_change_from_nothing_is_not_divided() -> None:
    say = phrasing.Say("zh")

    assert phrasing.change_text(5, 0, "count", say) == "上期为零"
    assert phrasing.change_text(None, 3, "count", say) == "上期无数据"


def test_what_cannot_be_told_apart_is_said_to_be_so() -> None:
    words = bulletin_words.paper(facts(), "zh")

    assert any("未超出偶然波动" in text for text in words["sections"][0]["paragraphs"])


def test_a_workbook_keeps_formulas_as_text_and_each_sheet_apart() -> None:
    sheets = [books.Sheet("街道:考核", "街道考核", ["单位", "率"], [["=1+1", 0.98], ["＋甲", None]]) for _ in range(2)]
    made = books.book(sheets, made_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))

    book = CalamineWorkbook.from_filelike(io.BytesIO(made))

    assert made == books.book(sheets, made_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    assert book.sheet_names == ["街道_考核", "街道_考核 2"]
    assert book.get_sheet_by_index(0).to_python()[3] == ["=1+1", 0.98]
