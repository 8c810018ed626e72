"""Scores as probabilities: a scale for each part of the score and an offset for each label, fitted on scores of texts
that were not learned from."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def softmax(scores: Array) -> Array:
    shifted = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True), np.float32)


def fitted(parts: Array, truth: Array, weights: Array) -> tuple[Array, Array]:
    """`parts` is parts × texts × labels; returns parts scales and labels offsets with the least log loss."""
    from scipy.optimize import minimize

    count, n, k = parts.shape
    rows = np.arange(n)
    share = weights / weights.sum()
    held = 1.0 / n  # offsets are held back as by one text: many labels have few

    def loss(at: Array) -> tuple[float, Array]:
        scales, offsets = at[:count], at[count:]
        scores = np.tensordot(scales, parts, 1) + offsets
        scores -= scores.max(1, keepdims=True)
        exp = np.exp(scores)
        total = exp.sum(1)
        value = (share * (np.log(total) - scores[rows, truth])).sum() + held * (offsets**2).sum()
        slope = exp / total[:, None]
        slope[rows, truth] -= 1
        slope *= share[:, None]
        return float(value), np.concatenate(
            [np.tensordot(parts, slope, ((1, 2), (0, 1))), slope.sum(0) + 2 * held * offsets]
        )

    start = np.concatenate([np.full(count, 2.0 / count), np.zeros(k)])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.01, 60.0)] * count + [(-8.0, 8.0)] * k)
    return best.x[:count].astype(np.float32), best.x[count:].astype(np.float32)
