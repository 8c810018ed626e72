"""Logistic weights pulled towards those before: a few decisions move them a little, many move them far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wangge.intake.clusters.pairs import probability

PULL = 4.0  # as strong as so many decisions
_STEPS = 30


@dataclass(frozen=True)
class Examples:
    features: Sequence[Sequence[float]]
    same: Sequence[bool]


def fit(of: Examples, before: Sequence[float]) -> tuple[float, ...]:
    """Newton's steps on the log-likelihood with the earlier weights as the middle of a normal prior."""
    import numpy as np

    x, y = np.asarray(of.features, dtype=float), np.asarray(of.same, dtype=float)
    middle = np.asarray(before, dtype=float)
    weights = middle.copy()
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (y - chance) - PULL * (weights - middle)
        bend = (x * (chance * (1 - chance))[:, None]).T @ x + PULL * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-6:
            break
    return tuple(float(one) for one in weights)


def loss(of: Examples, weights: Sequence[float]) -> float:
    """Mean log loss."""
    total = 0.0
    for features, same in zip(of.features, of.same, strict=True):
        chance = min(max(probability(features, weights), 1e-6), 1 - 1e-6)
        total -= math.log(chance if same else 1 - chance)
    return total / max(1, len(of.same))
