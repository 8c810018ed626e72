"""Writers, several reckoners and readers at once; and the page that says what is counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wangge.appraisal.measures import COUNTS_EN, DEFINITIONS, SPREAD_DEFINITIONS, Measure, Spread, Vector
from wangge.appraisal.models import Changed
from wangge.appraisal.selectors import cells
from wangge.appraisal.services import proving, reckoning
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture
from wangge.casework.tests.test_concurrency import at_once
from wangge.casework.workflow import Step
from wangge.kit.errors import Problem
from wangge.org import scope
from wangge.org.scope import system_actor

__all__ = ["act", "fresh_memory", "lists", "picture"]
PAGE = Path(__file__).parents[3] / "docs/zh/考核计数口径.md"
EACH = 6


def submitted() -> int:
    with scope.acting(system_actor("test")):
        found = cells.totals(start=dt.date(2020, 1, 1), end=dt.date(2100, 1, 1), by="district")
    return found.get(0, Vector())[Measure.SUBMITTED]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_or_counted_twice_whoever_works_at_once(act: Play) -> None:
    seen: list[int] = []

    def write() -> None:
        for _ in range(EACH):
            case = act.submit()
            act.step(case, Step.DISPATCH, act.people.dispatcher, support_units=[])

    def repeat(work: Callable[[], Any]) -> None:
        for _ in range(EACH * 2):
            work()

    at_once(
        write, write, lambda: repeat(lambda: reckoning.reckon(3)), lambda: repeat(lambda: reckoning.reckon(5)),
        lambda: repeat(lambda: seen.append(submitted())),
    )  # fmt: skip

    assert seen == sorted(seen)
    assert submitted() == EACH * 2
    while reckoning.reckon():
        pass
    assert not Changed.objects.exists()
    assert submitted() == EACH * 2
    assert proving.check() == []


def test_a_step_taken_back_is_not_counted(act: Play) -> None:
    case = act.submit()
    while reckoning.reckon():
        pass
    with pytest.raises(Problem):
        act.step(case, Step.CLOSE, act.people.supervisor)
    assert not Changed.objects.exists()


def test_the_page_an_auditor_reads_says_what_the_program_counts() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for code, one in {**DEFINITIONS, **SPREAD_DEFINITIONS}.items():
        assert f"| {one.zh} | {one.en} | `{code}` | {one.counts} | {one.day} | {one.unit} |" in page
    assert set(DEFINITIONS) == set(Measure)
    assert set(COUNTS_EN) == {*Measure, *Spread}
    assert all(text.isascii() for text in COUNTS_EN.values())
