from __future__ import annotations

import time

import pytest

from wangge.responsibility import selectors, understanding
from wangge.responsibility.models import Category


@pytest.mark.parametrize(
    ("subject", "rest", "code"),
    [
        ("小区门口垃圾成堆，好几天没人清", "", "M-02001"),
        ("暴露垃圾", "", "M-02001"),
        ("经十路污水井盖破损", "车辆经过有异响，很危险", "C-01002"),
        ("工地夜间施工噪音大", "凌晨两点还在施工，无法休息", "R-0301"),
        ("楼下跳广场舞音响扰民", "", "R-0302"),
        ("学校门口流动摊贩占道经营", "", "M-02002"),
    ],
)
def test_a_plain_text_is_understood(subject: str, rest: str, code: str, categories: dict[str, Category]) -> None:
    found = selectors.understand(subject, rest)
    assert found is not None
    assert found.code == code
    best = selectors.candidates(subject, rest)[0]
    assert best.words
    assert all(word in subject + rest for word in best.words)


@pytest.mark.parametrize("text", ["", "你好", "希望政府多关心我们", "1" * 5000, "问题情况", "\u202e‮", "🌳" * 50])
def test_a_text_that_names_nothing_stays_unknown(text: str, categories: dict[str, Category]) -> None:
    assert selectors.understand(text) is None


def test_scores_lie_between_nothing_and_certainty_best_first(categories: dict[str, Category]) -> None:
    found = selectors.candidates("井盖垃圾噪音占道", "广场舞 夜间施工")
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_two_matters_in_one_text_are_less_sure_than_one(categories: dict[str, Category]) -> None:
    one = selectors.candidates("暴露垃圾")[0].score
    two = selectors.candidates("暴露垃圾和占道经营")[0].score
    assert two < one


def test_understanding_takes_less_than_a_millisecond(categories: dict[str, Category]) -> None:
    text = "反映某小区门口长期有流动摊贩占道经营，夜间施工噪音大，垃圾成堆无人清理。" * 20
    known = selectors.vocabulary_of(selectors.book.current())
    start = time.perf_counter()
    for _ in range(20):
        understanding.understand(known, text[:40], text)
    assert (time.perf_counter() - start) / 20 < 0.005  # some 0.3 ms on a quiet machine
