"""Values with their words, ranks without lottery, scores no surer than what they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from wangge.appraisal import valuing
from wangge.appraisal.fairness import Interval
from wangge.appraisal.measures import Histogram, bin_of
from wangge.appraisal.rules import IndicatorPart, SchemeContent
from wangge.appraisal.scoring import Measured, Weight, score


def indicator(**given):
    base = {
        "name": "按期结案率", "name_en": "Closed in time", "says": "按期的比例", "says_en": "Those in time",
        "formula": "due_kept / due", "kind": "share", "unit": "percent", "better": "higher", "mix": True,
        "unit_kinds": ["subdistrict", "department"], "least": 10, "periods": ["month"], "source": "测试",
    }  # fmt: skip
    return IndicatorPart.model_validate(base | given)


def column(*rows):
    return np.array([list(row) for row in rows], dtype=np.int64)


def values(part, pairs):
    return valuing.divided(part, column(*([a] for a, _ in pairs)), column(*([b] for _, b in pairs)))


def test_a_share_has_its_parts_its_interval_and_its_ranks():
    first, second, third = values(indicator(), [(990, 1000), (500, 1000), (985, 1000)])

    assert (first.numerator, first.denominator, first.value) == (990, 1000, 99.0)
    assert first.interval is not None
    assert 97 < first.interval.low < 99 < first.interval.high < 100
    assert [(one.band.best, one.band.worst) for one in (first, second, third)] == [(1, 2), (3, 3), (1, 2)]


def test_lower_is_better_where_the_indicator_says_so():
    part = indicator(formula="overdue / due", better="lower")

    few, many = values(part, [(10, 1000), (500, 1000)])

    assert (few.band.best, many.band.best) == (1, 2)


@pytest.mark.parametrize(
    ("part", "pairs", "why"),
    [
        (indicator(), [(0, 0), (90, 100)], valuing.NONE_HAPPENED),
        (indicator(), [(9, 9), (90, 100), (80, 100)], valuing.too_few(10)),
        (indicator(), [(101, 100), (90, 100), (80, 100)], valuing.NOT_SHARE),
        (indicator(formula="due_kept - overdue / due"), [(-5, 100), (90, 100), (80, 100)], valuing.NOT_SHARE),
        (indicator(formula="due_kept / due - overdue"), [(0, -5), (90, 100), (80, 100)], valuing.NONE_HAPPENED),
        (indicator(), [(90, 100), (0, 0)], valuing.ALONE),
        (indicator(better="neither"), [(90, 100), (10, 100)], valuing.TOLD_ONLY),
    ],
)
def test_what_cannot_be_ranked_says_why(part, pairs, why):
    first = values(part, pairs)[0]

    assert first.band is None
    assert first.why == why


def test_without_denominator_there_is_no_value_and_no_crash():
    (none,) = values(indicator(), [(0, 0)])

    assert none.value is None
    assert none.interval is None
    assert none.measured(0.95, adjusted=True) is None


def test_a_count_is_told_and_ranks_nobody():
    part = indicator(formula="overdue", kind="count", unit="count", better="neither", mix=False)

    first, second = valuing.divided(part, column([3, 4], [100, 0]), column([1, 1], [1, 1]))

    assert (first.value, second.value) == (7.0, 100.0)
    assert first.band is None


def test_the_adjusted_value_takes_the_mix_out():
    # Each class goes alike with both; the second has ten times as many of the hard class.
    part = indicator()
    found = valuing.divided(part, column([95, 6], [95, 60]), column([100, 10], [100, 100]))

    assert found[0].value - found[1].value > 10
    assert abs(found[0].adjusted - found[1].adjusted) < 1e-9
    assert found[0].band == found[1].band


def test_differences_that_do_not_hold_by_class_are_compared_as_a_whole():
    part = indicator(formula="due - overdue / due")

    found = valuing.divided(part, column([12, 80], [90, 0]), column([10, 90], [100, 0]))

    assert found[0].value == 92.0
    assert found[0].interval is not None


def test_events_may_be_more_than_the_matters():
    part = indicator(formula="reopened / closed", kind="events", unit="per_hundred", better="lower")

    many, few = values(part, [(150, 100), (2, 100)])

    assert many.value == 150.0
    assert (few.band.best, many.band.best) == (1, 2)


def histogram(*minutes):
    bins = [0] * 300
    for one in minutes:
        bins[bin_of(one) - 1] += 1
    return Histogram(tuple(bins))


def test_times_are_compared_by_how_many_took_no_longer():
    part = indicator(formula="quantile(closing, 0.5)", kind="quantile", unit="minutes", better="lower", mix=False)
    quick, slow, none = valuing.quantiles(
        part, [histogram(*range(10, 210)), histogram(*range(1000, 1200)), Histogram()]
    )

    assert 100 < quick.value < 120
    assert quick.interval.low < quick.value <= quick.interval.high
    assert (quick.band.best, slow.band.best) == (1, 2)
    assert none.why == valuing.NONE_HAPPENED


def test_the_same_times_share_their_rank():
    part = indicator(formula="quantile(closing, 0.9)", kind="quantile", unit="minutes", better="lower", mix=False)
    one, other = valuing.quantiles(part, [histogram(*range(10, 90)), histogram(*range(10, 90))])

    assert one.band == other.band
    assert (one.band.best, one.band.worst) == (1, 2)


# Scores


def test_points_run_straight_between_floor_and_target():
    rising, falling = Weight(50, 60, 100), Weight(50, 20, 0)

    assert [rising.points(value) for value in (50, 60, 80, 100, 120)] == [0, 0, 50, 100, 100]
    assert [falling.points(value) for value in (25, 20, 5, 0)] == [0, 0, 75, 100]
    assert falling.between(Interval(5, 10)) == Interval(50, 75)


def test_the_weight_of_what_is_missing_goes_to_the_rest():
    weights = {"a": Weight(40, 0, 100), "b": Weight(20, 0, 100), "c": Weight(40, 0, 100)}
    known = Measured(80.0, Interval(70, 90))

    found = score(weights, {"a": known, "b": Measured(50.0, Interval(50, 50)), "c": None})

    assert found is not None
    assert found.missing == ("c",)
    assert found.shares["a"].weight == pytest.approx(200 / 3)
    assert found.score == pytest.approx(70.0)
    assert (found.interval.low, found.interval.high) == (pytest.approx(190 / 3), pytest.approx(230 / 3))


def test_too_little_weight_gives_no_score():
    assert score({"a": Weight(40, 0, 1), "b": Weight(60, 0, 1)}, {"a": Measured(1, Interval(1, 1)), "b": None}) is None


CONTENT = SchemeContent.model_validate(
    {"weights": {"x": {"weight": 50, "floor": 50, "target": 100}, "y": {"weight": 50, "floor": 50, "target": 100}}}
)


def standings(pairs_x, pairs_y):
    columns = {"x": values(indicator(mix=False), pairs_x), "y": values(indicator(mix=False), pairs_y)}
    return valuing.standings(CONTENT, columns, len(pairs_x))


def test_units_with_the_same_counts_have_the_same_score_and_rank():
    pairs = [(90, 100), (90, 100), (60, 100)]

    found = standings(pairs, pairs)

    assert found[0].scored == found[1].scored
    assert found[0].band == found[1].band


def test_equal_units_are_scored_apart_in_at_most_5_of_100_periods_even_where_indicators_hang_together():
    random = np.random.default_rng(21)
    apart = 0
    for _ in range(200):
        sizes = random.integers(20, 300, size=12)
        kept = random.binomial(sizes, 0.85)
        pairs = list(zip(kept.tolist(), sizes.tolist(), strict=True))
        bands = {(one.band.best, one.band.worst) for one in standings(pairs, pairs)}  # the same matters twice
        apart += bands != {(1, 12)}

    assert apart <= 10


def test_a_truly_better_unit_is_found_by_its_score():
    found = standings([(990, 1000), (800, 1000), (805, 1000)], [(985, 1000), (790, 1000), (800, 1000)])

    assert [(one.band.best, one.band.worst) for one in found] == [(1, 1), (2, 3), (2, 3)]


def test_a_unit_without_enough_has_no_score_and_no_rank():
    found = standings([(9, 9), (90, 100), (80, 100)], [(3, 3), (90, 100), (80, 100)])

    assert found[0].scored is None
    assert found[0].why == valuing.TOO_LITTLE
    assert found[1].band.worst <= 2
