"""Linear support vectors: one against the rest for all labels at once, squared hinge, by dual coordinate descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from wangge.kit.compiled import compiled
from wangge.kit.learning.features import Rows

Array = np.ndarray[Any, Any]

_CLOSE = 1e-3


@compiled
def _epoch(
    starts: Array, columns: Array, values: Array, truth: Array, slack: Array, norms: Array, order: Array,
    alpha: Array, weights: Array, bias: Array, score: Array,
) -> float:  # fmt: skip
    """One pass over the examples in `order`; returns the largest step."""
    largest = 0.0
    labels = weights.shape[1]
    for i in order:
        for k in range(labels):
            score[k] = bias[k]
        for j in range(starts[i], starts[i + 1]):
            line = weights[columns[j]]
            for k in range(labels):
                score[k] += values[j] * line[k]
        moved = False
        for k in range(labels):
            sign = np.float32(1) if truth[i] == k else np.float32(-1)
            before = alpha[i, k]
            after = max(np.float32(0), before - (sign * score[k] - 1 + slack[i] * before) / (norms[i] + 1 + slack[i]))
            step = after - before
            score[k] = 0
            if abs(step) > 1e-6:
                alpha[i, k] = after
                score[k] = step * sign
                largest = max(largest, abs(step))
                moved = True
        if moved:
            for k in range(labels):
                bias[k] += score[k]
            for j in range(starts[i], starts[i + 1]):
                line = weights[columns[j]]
                for k in range(labels):
                    line[k] += values[j] * score[k]
    return largest


def fitted(
    rows: Rows, truth: Array, *, outputs: int, labels: int, cost: Array, seed: int, epochs: int,
    stop: Callable[[], None] = lambda: None,
) -> tuple[Array, Array]:  # fmt: skip
    """Weights (outputs × labels) and bias; `cost` is how much an example counts."""
    chance = np.random.default_rng(seed)
    weights, bias = np.zeros((outputs, labels), np.float32), np.zeros(labels, np.float32)
    alpha, score = np.zeros((len(rows), labels), np.float32), np.zeros(labels, np.float32)
    row = np.repeat(np.arange(len(rows)), np.diff(rows.starts))
    norms = np.bincount(row, rows.values**2, len(rows)).astype(np.float32)
    slack = (0.5 / np.maximum(cost, 1e-6)).astype(np.float32)
    for _ in range(epochs):
        stop()
        order = chance.permutation(len(rows))
        step = _epoch(
            rows.starts, rows.columns, rows.values, truth, slack, norms, order, alpha, weights, bias, score
        )  # fmt: skip
        if step < _CLOSE:
            break
    return weights, bias


@compiled
def _kernel_epoch(
    kernel: Array, truth: Array, slack: Array, order: Array, alpha: Array, scores: Array, bias: Array
) -> float:
    """One pass in `order`; `scores` (labels × examples) are kept as alpha changes."""
    largest = 0.0
    for i in order:
        row = kernel[i]
        for k in range(len(bias)):
            sign = np.float32(1) if truth[i] == k else np.float32(-1)
            before = alpha[k, i]
            slope = sign * (scores[k, i] + bias[k]) - 1 + slack[i] * before
            after = max(np.float32(0), before - slope / (row[i] + 1 + slack[i]))
            step = after - before
            if abs(step) > 1e-6:
                alpha[k, i] = after
                added = np.float32(step * sign)
                bias[k] += added
                line = scores[k]
                for j in range(len(row)):
                    line[j] += added * row[j]
                largest = max(largest, abs(step))
    return largest


def supports(
    kernel: Array, truth: Array, *, labels: int, cost: Array, seed: int, epochs: int,
    stop: Callable[[], None] = lambda: None,
) -> tuple[Array, Array]:  # fmt: skip
    """What each example adds to the score of each label (examples × labels), by how near it is; and the bias."""
    chance = np.random.default_rng(seed)
    alpha, scores = np.zeros((labels, len(kernel)), np.float32), np.zeros((labels, len(kernel)), np.float32)
    bias = np.zeros(labels, np.float32)
    slack = (0.5 / np.maximum(cost, 1e-6)).astype(np.float32)
    for _ in range(epochs):
        stop()
        order = chance.permutation(len(kernel))
        if _kernel_epoch(kernel, truth, slack, order, alpha, scores, bias) < _CLOSE:
            break
    signs = np.where(np.arange(labels)[:, None] == truth, np.float32(1), np.float32(-1))
    return np.ascontiguousarray((alpha * signs).T), bias
