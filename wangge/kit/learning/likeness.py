"""How like a text is to some that were learned from: what a sum over grams cannot say, because alike texts share
meaning more than grams.

Texts are placed by their single characters and pairs of them along the few directions in which texts differ most
(latent semantic analysis, one byte a number); how near a text is to those learned from decides (a Gaussian kernel):
to the support vectors or, where labels are many, to a thousand landmarks (ridge regression after Nyström).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wangge.kit.learning import grams, margins
from wangge.kit.learning.features import Rows, Vocabulary

Array = np.ndarray[Any, Any]

DIRECTIONS = 128
LANDMARKS = 1_000
LEAST_TEXTS = 5  # a gram must be in so many texts
LEAST_EXAMPLES = 400  # below, there are no directions worth having
SHARPNESS = 2.0
FEW_LABELS = 40
MOST_EXAMPLES = 9_000
MOST_SUPPORTS = 2_500
COST = 5.0
EPOCHS = 12
REFIT = 0.01
HELD = 0.3  # the ridge
_LOT = 2_000
_TURNS = 2  # of the power iteration
_MOST = 20_000  # examples that directions are found from


@dataclass(frozen=True)
class Space:
    """`place` is the line of `directions` of each column of the vocabulary, -1 where it has none."""

    place: Array
    directions: Array
    scales: Array

    def points(self, rows: Rows) -> Array:
        """Where texts lie, each at distance one from the middle (or there, where nothing is known of it)."""
        out = np.zeros((len(rows), self.directions.shape[1]), np.float32)
        grams.projected(rows.starts, rows.columns, rows.values, self.place, self.directions, self.scales, out)
        return out


@dataclass(frozen=True)
class Likeness:
    landmarks: Array
    weights: Array
    bias: Array

    def scores(self, points: Array) -> Array:
        return np.asarray(nearness(points, self.landmarks) @ self.weights + self.bias, np.float32)


def nearness(points: Array, landmarks: Array) -> Array:
    """1 at a landmark, less the farther away."""
    near = points @ landmarks.T
    near -= 1
    near *= SHARPNESS
    np.exp(near, out=near)
    return np.asarray(near)


def space_of(rows: Rows, vocabulary: Vocabulary, seed: int) -> Space | None:
    """The directions in which the texts differ most; None where there are too few texts."""
    if len(rows) < LEAST_EXAMPLES:
        return None
    from scipy import sparse

    family = vocabulary.keys & np.uint64(7)
    texts = np.bincount(rows.columns, minlength=len(family))
    kept = np.flatnonzero(((family == grams.ONE) | (family == grams.TWO)) & (texts >= LEAST_TEXTS))
    if len(kept) <= DIRECTIONS:
        return None
    chance = np.random.default_rng(seed)
    some = np.sort(chance.permutation(len(rows))[:_MOST])
    part = rows.picked(some)
    matrix = sparse.csr_matrix((part.values, part.columns, part.starts), shape=(len(part), len(family)))[:, kept]
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(1)).ravel())
    matrix = (sparse.diags(1 / np.maximum(lengths, 1e-9)) @ matrix).astype(np.float32).tocsr()
    directions = _directions(matrix, matrix.T.tocsr(), chance)
    scales = np.maximum(np.abs(directions).max(1), 1e-9) / 127
    place = np.full(len(family), -1, np.int32)
    place[kept] = np.arange(len(kept))
    return Space(place, np.round(directions / scales[:, None]).astype(np.int8), scales.astype(np.float32))


def _directions(matrix: Any, turned: Any, chance: np.random.Generator) -> Array:
    """The first right singular vectors, one a column (randomised)."""
    found = matrix @ (turned @ chance.standard_normal((matrix.shape[0], DIRECTIONS + 10)).astype(np.float32))
    for _ in range(_TURNS - 1):
        found = matrix @ (turned @ np.linalg.qr(found)[0])
    small = turned @ np.linalg.qr(found)[0]
    values, vectors = np.linalg.eigh((small.T @ small).astype(np.float64))
    best = np.argsort(-values)[:DIRECTIONS]
    return np.asarray(small @ (vectors[:, best] / np.sqrt(np.maximum(values[best], 1e-12))), np.float32)


def fitted(
    points: Array, truth: Array, labels: int, weights: Array, seed: int, stop: Callable[[], None] = lambda: None
) -> Likeness:
    """Support vectors where labels are few; where they are many those would take too long."""
    if labels > FEW_LABELS:
        return _by_ridge(points, truth, labels, weights, seed)
    some = np.sort(np.random.default_rng(seed).permutation(len(points))[:MOST_EXAMPLES])
    points, truth = points[some], truth[some]
    near = nearness(points, points)
    solved, bias = margins.supports(
        near, truth, labels=labels, cost=COST * weights[some], seed=seed, epochs=EPOCHS, stop=stop
    )
    strength = np.abs(solved).max(1)
    kept = np.sort(np.argsort(-strength, kind="stable")[: min(MOST_SUPPORTS, int((strength > 0).sum()))])
    if len(kept) == MOST_SUPPORTS:  # those kept say, as nearly as they can, what all said
        known = near[:, kept]
        left = (known.T @ known).astype(np.float64)
        left[np.diag_indices(len(kept))] += REFIT * len(points) / len(kept)
        solved = np.linalg.solve(left, known.T @ (near @ solved)).astype(np.float32)
    else:
        solved = solved[kept]
    return Likeness(points[kept].astype(np.float16).astype(np.float32), solved, bias)


def _by_ridge(points: Array, truth: Array, labels: int, weights: Array, seed: int) -> Likeness:
    chance = np.random.default_rng(seed)
    landmarks = points[np.sort(chance.permutation(len(points))[:LANDMARKS])]
    values, vectors = np.linalg.eigh(nearness(landmarks, landmarks).astype(np.float64))
    kept = values > 1e-5
    whitened = np.asarray(vectors[:, kept] / np.sqrt(values[kept]), np.float32)
    size = whitened.shape[1] + 1
    left, right = np.zeros((size, size)), np.zeros((size, labels))
    for at in range(0, len(points), _LOT):
        lot = slice(at, at + _LOT)
        known = np.ones((len(points[lot]), size), np.float32)
        known[:, 1:] = nearness(points[lot], landmarks) @ whitened
        aimed = np.full((len(known), labels), -1.0, np.float32)
        aimed[np.arange(len(known)), truth[lot]] = 1
        weighed = known * weights[lot, None]
        left += weighed.T @ known
        right += weighed.T @ aimed
    left[np.arange(1, size), np.arange(1, size)] += HELD
    left[0, 0] += 1e-3
    solved = np.linalg.solve(left, right)
    by_landmark, bias = np.asarray(whitened @ solved[1:], np.float32), np.asarray(solved[0], np.float32)
    return Likeness(landmarks.astype(np.float16).astype(np.float32), by_landmark, bias)
