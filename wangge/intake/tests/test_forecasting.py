"""How many matters are to be expected: the numbers alone."""

from __future__ import annotations

import numpy as np
import pytest

from wangge.intake.forecasting import model

AREAS, CLASSES, WEEKS = 24, 3, 30


def made(weeks: int = WEEKS) -> tuple[model.Counts, model.Parents, np.ndarray]:
    chance = np.random.default_rng(6)
    parents = np.repeat(np.arange(6), 4)
    rates = chance.gamma(1.0, 1.5, size=(AREAS, CLASSES))
    return chance.poisson(rates, size=(weeks, AREAS, CLASSES)).astype(float), parents, rates


def test_it_comes_nearer_than_last_week_and_than_the_last_four() -> None:
    counts, parents, _ = made()
    found = model.evaluate(counts, parents, 6)

    assert found is not None
    assert found.rmse < found.four_weeks_rmse < found.last_week_rmse
    assert found.mae < found.last_week_mae
    assert 0.75 <= found.coverage <= 1.0


def test_it_comes_near_the_rates_that_made_the_counts() -> None:
    counts, parents, rates = made()
    told = model.forecast(counts, parents)

    assert np.abs(told.mean - rates).mean() < np.abs(counts[-1] - rates).mean() / 2
    assert (told.low <= told.mean + 1).all()
    assert (told.mean <= told.high + 1).all()


def test_the_shares_of_a_class_add_up_to_one() -> None:
    counts, parents, _ = made()

    assert model.shares(counts, parents, model.Settings()).sum(axis=0) == pytest.approx(1.0)


def test_a_place_without_matters_is_drawn_towards_its_neighbours() -> None:
    counts, parents, _ = made()
    counts[:, 0, :] = 0
    told = model.forecast(counts, parents).mean[0]

    assert (told > 0).all()
    assert (told < counts[:, 1:4].mean(axis=(0, 1)) + 1).all()


def test_nothing_at_all_and_few_weeks_are_no_error() -> None:
    parents = np.zeros(3, dtype=np.int64)
    told = model.forecast(np.zeros((5, 3, 2)), parents)

    assert np.isfinite(told.mean).all()
    assert model.evaluate(np.zeros((3, 3, 2)), parents) is None
    assert np.isfinite(model.forecast(np.ones((1, 3, 2)), parents).mean).all()


def test_a_season_of_a_year_ago_is_expected_again() -> None:
    weeks = np.arange(104)
    busy = 20 * (1 + 0.8 * np.sin(2 * np.pi * weeks / 52))
    counts = np.round(busy)[:, None, None] * np.ones((1, 4, 1))
    told = model.next_total(counts[:70].sum(axis=1), model.Settings())
    flat = counts[66:70].sum(axis=1).mean()

    assert abs(told[0] - counts[70].sum()) < abs(flat - counts[70].sum())
