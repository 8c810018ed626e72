"""One matter, one appraisal: every point lost has a fact, and no fact is charged twice to one step."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wangge.appraisal import five_steps
from wangge.appraisal.five_steps import Called, Matter, Order, Proof
from wangge.appraisal.rules import StepsFile

FILE = Path(__file__).parents[3] / "profiles/base/appraisal/five_steps.yaml"
RULES = StepsFile.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
START = dt.datetime(2026, 10, 12, 9, tzinfo=dt.UTC)
END = START + dt.timedelta(days=1)


def proof(seq=1, action="casework:whistle:end", days=0):
    return Proof(seq, START + dt.timedelta(days=days), action)


PERFECT = Called(
    unit_id=UUID(int=2), unit_name="城管局", reported_in=True, late=None, never=None,
    contribution="已联合清理占道堆物并立约", contributed=proof(4), grade=5, graded=proof(6, days=2),
    orders=(Order(),),
)  # fmt: skip
MATTER = Matter(
    whistle_id=UUID(int=1), caller_id=UUID(int=3), caller_name="大观园街道", message="请城管到场处置占道堆物",
    place="经二路1号", outcome="已清理", called_at=START, ended_at=END, call=proof(2, "casework:case:whistle"),
    end=proof(5), responders=(PERFECT,),
)  # fmt: skip


def scores(matter):
    return [sheet.score for sheet in five_steps.sheets(matter, RULES)]


def test_who_did_all_keeps_all():
    assert scores(MATTER) == [100, 100]


@pytest.mark.parametrize(
    ("changes", "score", "taken"),
    [
        ({"late": proof(3)}, 85, ["late"]),
        ({"reported_in": False, "never": proof(5), "contribution": "", "grade": None, "graded": None}, 60, ["never"]),
        ({"contribution": ""}, 80, ["nothing"]),
        ({"contribution": "已办"}, 95, ["no_words"]),
        ({"grade": 3}, 90, ["low"]),
        ({"grade": 1}, 80, ["low"]),
        ({"orders": (Order(proof(7), proof(8)),)}, 80, ["acknowledged_late", "handled_late"]),
        ({"orders": (Order(acknowledged_late=proof(7)),) * 5}, 80, ["acknowledged_late"]),
        ({"orders": (Order(sent_on=proof(7)),)}, 90, ["sent_on"]),
        ({"reminded": (proof(7), proof(8))}, 90, ["reminded"]),
    ],
)  # fmt: skip
def test_a_unit_that_was_called_loses_points_for_facts(changes, score, taken):
    sheet = five_steps.sheets(replace(MATTER, responders=(replace(PERFECT, **changes),)), RULES)[1]

    assert sheet.score == score
    found = [one for step in sheet.steps for one in step.taken]
    assert [one.code for one in found] == taken
    assert all(one.proofs for one in found)


@pytest.mark.parametrize(
    ("changes", "responder", "score", "taken"),
    [
        ({"place": ""}, {}, 80, ["no_place"]),
        ({"message": "来人"}, {}, 70, ["no_words"]),
        ({"outcome": " "}, {}, 90, ["no_outcome"]),
        ({}, {"grade": None, "graded": None}, 85, ["not_graded"]),
        ({}, {"graded": proof(6, days=9)}, 95, ["graded_late"]),
    ],
)
def test_the_caller_is_appraised_too(changes, responder, score, taken):
    matter = replace(MATTER, responders=(replace(PERFECT, **responder),), **changes)
    sheet = five_steps.sheets(matter, RULES)[0]

    assert (sheet.side, sheet.score) == ("caller", score)
    assert [one.code for step in sheet.steps for one in step.taken] == taken


def test_what_came_of_it_afterwards_counts_for_those_who_came():
    matter = replace(MATTER, reopened=proof(9), dissatisfied=proof(10))

    assert scores(matter) == [100, 85]


@given(
    st.builds(
        Called,
        unit_id=st.just(UUID(int=2)), unit_name=st.just("城管局"), reported_in=st.booleans(),
        late=st.none() | st.just(proof(1)), never=st.none() | st.just(proof(2)), contribution=st.text(max_size=20),
        contributed=st.none() | st.just(proof(3)), grade=st.none() | st.integers(1, 5),
        graded=st.none() | st.just(proof(4)), reminded=st.lists(st.just(proof(5)), max_size=9).map(tuple),
        orders=st.lists(st.builds(Order, acknowledged_late=st.none() | st.just(proof(6))), max_size=9).map(tuple),
    )
)  # fmt: skip
def test_a_sheet_adds_up_and_no_step_falls_below_nothing(called):
    for sheet in five_steps.sheets(replace(MATTER, responders=(called,)), RULES):
        assert sheet.score == sum(step.points for step in sheet.steps)
        for step in sheet.steps:
            assert 0 <= step.points <= step.full
            assert step.full - step.points == sum(one.points for one in step.taken)


@pytest.mark.parametrize(
    ("confidence", "freedom", "expected"),
    [(0.95, 1, 12.706), (0.95, 2, 4.303), (0.95, 4, 2.776), (0.95, 30, 2.042), (0.999, 9, 4.781)],
)
def test_students_quantiles_are_those_of_the_tables(confidence, freedom, expected):
    assert five_steps.t_of(confidence, freedom) == pytest.approx(expected, rel=0.01)


def test_few_matters_have_a_mean_but_no_interval():
    few, many = five_steps.means([[100.0, 90.0], [80.0] * 6], least=5)

    assert (few.mean, few.interval) == (95.0, None)
    assert many.interval is not None
    assert many.interval.low < 80 < many.interval.high


def test_the_interval_of_a_mean_keeps_its_word():
    random = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        own = random.choice([60.0, 85.0, 90.0, 100.0], size=12).tolist()
        (found,) = five_steps.means([own], least=5)
        held += found.interval.low <= 83.75 <= found.interval.high

    assert held >= 0.93 * 400
