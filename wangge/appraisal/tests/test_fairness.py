"""Ranks are no lottery: equal units share them, different ones are found, and every interval keeps its word."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wangge.appraisal import fairness

UNITS = st.lists(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=3, max_size=3), min_size=2, max_size=9
)


def counts(units):
    part = np.array([[min(a, b) for a, b in unit] for unit in units], dtype=np.int64)
    whole = np.array([[max(a, b) for a, b in unit] for unit in units], dtype=np.int64)
    return part, whole


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [  # Brown, Cai & DasGupta 2001 and Newcombe 1998, table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_share_is_wilsons(part, whole, low, high):
    interval = fairness.wilson(part, whole)

    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_the_interval_of_events_is_byars():
    interval = fairness.byar(15, 1)  # exact 8.40 to 24.74 (Breslow & Day 1987)

    assert interval.low == pytest.approx(8.40, abs=0.03)
    assert interval.high == pytest.approx(24.74, abs=0.03)
    assert fairness.byar(0, 10).low == 0


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_its_value_and_stays_a_share(part, whole):
    part = min(part, whole)
    interval = fairness.wilson(part, whole)

    assert 0 <= interval.low <= part / whole <= interval.high <= 1


def test_only_best_marks_are_not_certainty():
    interval = fairness.bounded_mean(15, 3, 1, 5)

    assert interval.high == 5
    assert interval.low < 4.5


def test_the_quantile_lies_between_its_order_statistics_in_95_of_100_samples():
    random = np.random.default_rng(345)
    shares = fairness.quantile_shares(200, 0.9)
    samples = np.sort(random.random((4000, 200)), axis=1)
    low, high = samples[:, round(shares.low * 200) - 1], samples[:, round(shares.high * 200) - 1]

    assert np.mean((low <= 0.9) & (high >= 0.9)) >= 0.95


def test_mix_is_no_merit():
    # Both units do as the district does in each class; one has the hard class more often.
    part = np.array([[90, 10], [18, 40]])
    whole = np.array([[100, 20], [20, 80]])

    first, second = fairness.adjust(part, whole)

    assert first is not None
    assert second is not None
    overall = part.sum() / whole.sum()
    assert 100 / 120 * first.factor == pytest.approx(overall)
    assert 58 / 100 * second.factor == pytest.approx(overall)
    assert not fairness.above(part, whole).any()


def test_without_expectation_nothing_is_adjusted():
    none, one = fairness.adjust(np.array([[0, 0], [0, 5]]), np.array([[4, 0], [0, 9]]))

    assert none is None
    assert one is not None


@settings(max_examples=150, deadline=None)
@given(UNITS, st.integers(0, 8), st.booleans())
def test_identical_units_never_get_different_ranks(units, twin, repeated):
    part, whole = counts([*units, units[twin % len(units)]])

    bands = fairness.bands(fairness.above(part, whole, repeated=repeated))

    assert bands[twin % len(units)] == bands[-1]


@settings(max_examples=150, deadline=None)
@given(UNITS)
def test_units_that_cannot_be_told_apart_share_a_rank_and_order_has_no_circle(units):
    part, whole = counts(units)
    better = fairness.above(part, whole)
    bands = fairness.bands(better)

    assert not (better & better.T).any()
    assert not np.diag(better).any()
    for i, j in itertools.combinations(range(len(units)), 2):
        if better[i, j]:
            assert bands[i].best < bands[j].best
            assert bands[i].worst < bands[j].worst
        elif not better[j, i]:
            assert bands[i].best <= bands[j].worst
            assert bands[j].best <= bands[i].worst


@settings(max_examples=60, deadline=None)
@given(UNITS, st.randoms(use_true_random=False))
def test_the_order_of_the_units_makes_no_difference(units, random):
    order = list(range(len(units)))
    random.shuffle(order)
    part, whole = counts(units)

    straight = fairness.bands(fairness.above(part, whole))
    shuffled = fairness.bands(fairness.above(part[order], whole[order]))

    assert [straight[i] for i in order] == shuffled


def test_the_exact_chances_are_fishers():
    # Fisher's exact test of 1 of 10 against 9 of 10: one tail 0.000547 (101 ways of 184756).
    part, whole = np.array([[1], [9]]), np.array([[10], [10]])
    pair = fairness._Pairs.of(np.array([1, 10]), np.array([[9, 10]]), 1, repeated=False)

    assert pair.p_value(0) == pytest.approx(2 * 101 / 184756, rel=1e-9)
    assert fairness.above(part, whole).tolist() == [[False, False], [True, False]]


def test_the_exact_chances_of_events_are_the_binomials():
    pair = fairness._Pairs.of(np.array([1, 30]), np.array([[9, 10]]), 1, repeated=True)
    tail = sum(math.comb(10, k) * 0.75**k * 0.25 ** (10 - k) for k in range(2))

    assert pair.p_value(0) == pytest.approx(2 * tail, rel=1e-9)


def false_rankings(rate, *, units, periods, seed, classes=3, repeated=False):
    random = np.random.default_rng(seed)
    sizes = random.integers(1, 120, size=(units, classes))
    rates = np.clip(rate + np.linspace(-0.04, 0.04, classes), 0.01, 0.99)
    wrong = 0
    for _ in range(periods):
        part = random.poisson(sizes * rates) if repeated else random.binomial(sizes, rates)
        wrong += bool(fairness.above(part.astype(np.int64), sizes, repeated=repeated).any())
    return wrong / periods


@pytest.mark.parametrize("rate", [0.05, 0.5, 0.93])
@pytest.mark.parametrize("units", [12, 40])
def test_equal_units_are_ranked_apart_in_at_most_5_of_100_periods(rate, units):
    assert false_rankings(rate, units=units, periods=300, seed=7) <= 0.05


def test_equal_rates_of_events_are_ranked_apart_in_at_most_5_of_100_periods():
    assert false_rankings(0.2, units=15, periods=300, seed=8, repeated=True) <= 0.05


def test_truly_different_units_are_found():
    random = np.random.default_rng(11)
    sizes = np.full((15, 3), 150)
    rates = np.full((15, 3), 0.85)
    rates[0], rates[1] = 0.97, 0.60
    found = 0
    for _ in range(100):
        better = fairness.above(random.binomial(sizes, rates), sizes)
        found += bool(better[0, 2:].all() and better[2:, 1].all() and better[0, 1])
        assert not better[1, 0]

    assert found >= 95


def test_a_hard_mix_is_not_ranked_last():
    # Raw rates 88 % and 52 %; in each class the second is at least as good.
    part = np.array([[1700, 60], [180, 860]])
    whole = np.array([[1800, 200], [190, 1810]])

    better = fairness.above(part, whole)

    assert better.tolist() == [[False, False], [True, False]]


def test_means_of_marks_are_told_apart_only_when_sure():
    assert not fairness.means_above([45, 40], [10, 10], 1, 5).any()
    assert fairness.means_above([4500, 4000], [1000, 1000], 1, 5).tolist() == [[False, True], [False, False]]


def test_scores_are_told_apart_when_their_difference_is_beyond_both_intervals():
    far = [fairness.Interval(88, 92), fairness.Interval(70, 80), fairness.Interval(86, 93)]

    better = fairness.scores_above([90.0, 75.0, 89.0], far)

    assert [(band.best, band.worst) for band in fairness.bands(better)] == [(1, 2), (3, 3), (1, 2)]


def test_all_communities_are_compared_at_once():
    random = np.random.default_rng(2)
    whole = random.integers(0, 30, size=(160, 60))
    part = random.binomial(whole, random.uniform(0.6, 0.98, size=(160, 1)))

    better = fairness.above(part, whole)

    assert better.shape == (160, 160)
    assert better.any()
    assert not (better & better.T).any()
