"""Chances worked out, and units judged, against counting by hand and against many honest months."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import pytest
import yaml

from tests.factories import ROOT
from wangge.appraisal import gaming
from wangge.appraisal.gaming import Tally
from wangge.appraisal.judging import Alarms, Judgement, Threshold

WORDS = {
    "name": "自报自办", "name_en": "Self-made", "says": "{unit}{hits}", "says_en": "{unit} {hits}", "case_says": "{n}",
    "case_says_en": "{n}",
}  # fmt: skip


@pytest.fixture
def threshold() -> Threshold:
    return Threshold(**WORDS)


@pytest.mark.parametrize(
    ("hits", "trials", "share"),
    [(0, 5, 0.1), (1, 5, 0.1), (5, 5, 0.3), (3, 20, 0.05), (40, 100, 0.3), (6, 5, 0.5)],
)
def test_the_binomial_tail_is_the_sum_over_all_outcomes(hits: int, trials: int, share: float) -> None:
    p = Fraction(share)
    exact = sum(math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(hits, trials + 1))
    assert gaming.binomial_tail(hits, trials, share) == pytest.approx(float(exact), rel=1e-9)


def test_the_tail_of_large_counts_does_not_run_over() -> None:
    assert gaming.binomial_tail(60_000, 100_000, 0.5) < 1e-100
    assert gaming.binomial_tail(50_000, 100_000, 0.5) == pytest.approx(0.5, abs=0.01)


def test_fishers_tail_is_what_drawing_from_an_urn_gives() -> None:
    urn = [1] * 5 + [0] * 4  # marked and not
    draws = list(itertools.combinations(range(9), 4))
    for hits in range(5):
        counted = sum(sum(urn[i] for i in draw) >= hits for draw in draws) / len(draws)
        assert gaming.exact_tail(hits, 4, 5 - hits, 5) == pytest.approx(counted)


def test_a_unit_far_above_its_peers_is_found_and_no_other(threshold: Threshold) -> None:
    peers = [Tally(f"unit{n}", "grid_team", 100, 8 + n % 3) for n in range(6)]
    found = gaming.judge([*peers, Tally("bad", "grid_team", 100, 60)], threshold)
    assert [one.tally.unit for one in found] == ["bad"]
    assert found[0].observed == 0.6
    assert found[0].expected == pytest.approx(0.09, abs=0.02)
    assert found[0].p_value < 1e-6


def test_what_all_units_of_a_kind_do_is_no_alarm_and_other_kinds_are_no_peers(threshold: Threshold) -> None:
    teams = [Tally(f"team{n}", "grid_team", 100, 60) for n in range(6)]
    offices = [Tally(f"office{n}", "department", 100, 5) for n in range(6)]
    assert gaming.judge([*teams, *offices], threshold) == []


def test_few_cases_are_no_alarm_however_high_the_share(threshold: Threshold) -> None:
    peers = [Tally(f"unit{n}", "grid_team", 100, 1) for n in range(6)]
    assert gaming.judge([*peers, Tally("small", "grid_team", 4, 4)], threshold) == []


def test_two_bad_units_of_seven_do_not_hide_each_other(threshold: Threshold) -> None:
    peers = [Tally(f"unit{n}", "grid_team", 100, 5) for n in range(5)]
    bad = [Tally("bad1", "grid_team", 300, 200), Tally("bad2", "grid_team", 300, 200)]
    assert {one.tally.unit for one in gaming.judge([*peers, *bad], threshold)} == {"bad1", "bad2"}


def test_within_a_unit_the_unloved_are_compared_with_the_rest(threshold: Threshold) -> None:
    picked = Tally("picked", "grid_team", 20, 16, others=(5, 80))
    fair = Tally("fair", "grid_team", 20, 5, others=(20, 80))
    assert [one.tally.unit for one in gaming.judge([picked, fair], threshold)] == ["picked"]


def test_honest_units_are_hardly_ever_suspected(threshold: Threshold) -> None:
    """Two thousand honest units, each with a habit of its own around a common one."""
    dice, raised = random.Random(4), 0
    for _ in range(100):
        habit = dice.uniform(0.02, 0.4)
        tallies = []
        for n in range(20):
            own, trials = min(max(dice.gauss(habit, habit / 4), 0.005), 0.9), dice.randint(20, 400)
            tallies.append(Tally(n, "grid_team", trials, sum(dice.random() < own for _ in range(trials))))
        raised += len(gaming.judge(tallies, threshold))
    assert raised <= 2


def test_the_profile_names_every_rule_and_its_words_can_be_filled() -> None:
    folder = ROOT / "profiles/base/appraisal"
    alarms = Alarms(**yaml.safe_load((folder / "alarms.yaml").read_text(encoding="utf-8")))
    Judgement(**yaml.safe_load((folder / "judgement.yaml").read_text(encoding="utf-8")))
    assert set(Alarms.model_fields) == set(gaming.Rule)
    assert alarms.self_made.within_minutes == 10


@pytest.mark.parametrize(
    "wrong", [{"says": "{who} 有问题"}, {"odds": 1}, {"floor": 0}, {"p_at_most": 0.5}, {"at_least": 0}, {"points": 3}]
)
def test_a_threshold_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"validation error"):
        Threshold(**(WORDS | wrong))  # type: ignore[arg-type]  # that is the point
