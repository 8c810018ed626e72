"""The loops of the tagger of address parts: finding the best labels, and learning from where they were wrong."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wangge.kit.compiled import compiled

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


@compiled
def decode(scores: Floats, joins: Floats, may: npt.NDArray[np.bool_], first: npt.NDArray[np.bool_], out: Ints) -> None:
    """Viterbi over the label joins that are allowed; `out` takes the best labels."""
    length, labels = scores.shape
    back = np.zeros((length, labels), np.int32)
    best = np.empty(labels, np.float32)
    now = np.empty(labels, np.float32)
    for label in range(labels):
        best[label] = scores[0, label] if first[label] else -1e9
    for i in range(1, length):
        for label in range(labels):
            top, source = np.float32(-1e18), 0
            for before in range(labels):
                if may[before, label]:
                    value = best[before] + joins[before, label]
                    if value > top:
                        top, source = value, before
            now[label] = top + scores[i, label]
            back[i, label] = source
        best, now = now, best
    last = 0
    for label in range(1, labels):
        if best[label] > best[last]:
            last = label
    for i in range(length - 1, -1, -1):
        out[i] = last
        last = back[i, last]


@compiled
def learn_once(
    order: Ints,
    starts: Ints,
    rows: Ints,
    gold: Ints,
    weights: Floats,
    sums: Floats,
    joins: Floats,
    join_sums: Floats,
    may: npt.NDArray[np.bool_],
    first: npt.NDArray[np.bool_],
    margin: float,
    step: float,
) -> tuple[float, int]:
    """One pass of the averaged perceptron with a margin; how far `step` has counted and how many texts were wrong."""
    labels = weights.shape[1]
    wrong = 0
    for text in order:
        a, b = starts[text], starts[text + 1]
        scores = np.zeros((b - a, labels), np.float32)
        for i in range(a, b):
            for k in range(rows.shape[1]):
                row = rows[i, k]
                if row >= 0:
                    for label in range(labels):
                        scores[i - a, label] += weights[row, label]
            for label in range(labels):
                if label != gold[i]:
                    scores[i - a, label] += margin
        said = np.empty(b - a, np.int32)
        decode(scores, joins, may, first, said)
        different = False
        for i in range(a, b):
            if said[i - a] != gold[i]:
                different = True
                for k in range(rows.shape[1]):
                    row = rows[i, k]
                    if row >= 0:
                        weights[row, gold[i]] += 1
                        weights[row, said[i - a]] -= 1
                        sums[row, gold[i]] += step
                        sums[row, said[i - a]] -= step
            if i > a and (said[i - a] != gold[i] or said[i - a - 1] != gold[i - 1]):
                joins[gold[i - 1], gold[i]] += 1
                joins[said[i - a - 1], said[i - a]] -= 1
                join_sums[gold[i - 1], gold[i]] += step
                join_sums[said[i - a - 1], said[i - a]] -= step
        wrong += different
        step += 1.0
    return step, wrong


@compiled
def decode_all(
    starts: Ints,
    rows: Ints,
    weights: Floats,
    joins: Floats,
    may: npt.NDArray[np.bool_],
    first: npt.NDArray[np.bool_],
    out: Ints,
) -> None:
    labels = weights.shape[1]
    for text in range(len(starts) - 1):
        a, b = starts[text], starts[text + 1]
        scores = np.zeros((b - a, labels), np.float32)
        for i in range(a, b):
            for k in range(rows.shape[1]):
                row = rows[i, k]
                if row >= 0:
                    for label in range(labels):
                        scores[i - a, label] += weights[row, label]
        decode(scores, joins, may, first, out[a:b])
