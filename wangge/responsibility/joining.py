"""One probability from two voices: the learned model for what it has seen often, the keywords for the rest.

A category is an alternative with a weight. One the model knows weighs its probability, raised where keywords name it
too; one it does not know weighs by its keywords alone; what neither names has a weight of its own. How much the
keywords raise and weigh is fitted on cases the model has not seen, so that the joined probability keeps what it says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

TOP = 8
"""Of the model's categories; what is less likely stays together as a remainder."""

_FLOOR = 1e-6
_STRENGTH = 4.0  # how many cases the defaults are worth while fitting
_ROUNDS = 25
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Joining:
    raised: float = 2.0  # by a keyword's full score, a category the model knows
    unknown: float = -4.0  # a category only keywords know
    unknown_raised: float = 4.0
    other: float = -4.6  # none of these

    def document(self) -> dict[str, float]:
        return {name: round(value, 6) for name, value in asdict(self).items()}


def of(document: Mapping[str, float]) -> Joining:
    return Joining(**document)


def joined(
    learned: Mapping[str, float], remainder: float, keywords: Mapping[str, float], weights: Joining
) -> dict[str, float]:
    """Probability by code, best first. `learned` holds what the model finds likeliest, `remainder` is all else of it.

    `keywords` holds scores of 0 to 1. What is left to 1 belongs to categories not named.
    """
    loud = {code: math.log(max(p, _FLOOR)) + weights.raised * keywords.get(code, 0.0) for code, p in learned.items()}
    for code, score in keywords.items():
        if code not in loud:
            loud[code] = weights.unknown + weights.unknown_raised * score
    weighed = {code: math.exp(value) for code, value in loud.items()}
    total = sum(weighed.values()) + max(remainder, 0.0) + math.exp(weights.other)
    found = sorted(((value / total, code) for code, value in weighed.items()), key=lambda one: (-one[0], one[1]))
    return {code: value for value, code in found}


@dataclass(frozen=True)
class Heard:
    """What both voices said of one case whose category is known."""

    learned: Mapping[str, float]
    remainder: float
    keywords: Mapping[str, float]
    right: str
    known: bool  # the model knows the right category


def fit(cases: Sequence[Heard], start: Joining | None = None) -> Joining:
    """Weights under which the right categories are likeliest, drawn to the defaults while cases are few."""
    default = np.array(list(asdict(start or Joining()).values()))
    if not cases:
        return start or Joining()
    base, features, right = _arrays(cases)
    weights = default.copy()
    for _ in range(_ROUNDS):
        loud = base + features @ weights
        loud -= loud.max(axis=1, keepdims=True)
        shares = np.exp(loud)
        shares /= shares.sum(axis=1, keepdims=True)
        mean = np.einsum("nk,nkf->nf", shares, features)
        slope = (features[np.arange(len(cases)), right] - mean).sum(axis=0) - _STRENGTH * (weights - default)
        second = np.einsum("nk,nkf,nkg->fg", shares, features, features) - mean.T @ mean
        step = np.linalg.solve(second + _STRENGTH * np.eye(4), slope)
        weights += np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-6:
            break
    return Joining(*(float(one) for one in np.clip(weights, -12.0, 12.0)))


def _arrays(cases: Sequence[Heard]) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Per case the alternatives in the order: known, unknown, remainder, other; absent ones weigh nothing."""
    most = max(len(case.learned.keys() | case.keywords.keys()) for case in cases) + 2
    base = np.full((len(cases), most), -1e9)
    features = np.zeros((len(cases), most, 4))
    right = np.zeros(len(cases), dtype=np.intp)
    for at, case in enumerate(cases):
        codes = [*case.learned, *(code for code in case.keywords if code not in case.learned)]
        for place, code in enumerate(codes):
            score = case.keywords.get(code, 0.0)
            if code in case.learned:
                base[at, place], features[at, place, 0] = math.log(max(case.learned[code], _FLOOR)), score
            else:
                base[at, place], features[at, place, 1:3] = 0.0, (1.0, score)
        base[at, -2] = math.log(max(case.remainder, _FLOOR))
        base[at, -1], features[at, -1, 3] = 0.0, 1.0
        right[at] = codes.index(case.right) if case.right in codes else most - (2 if case.known else 1)
    return base, features, right


def threshold(best: Sequence[float], right: Sequence[bool], *, share: float, least: float) -> float:
    """From which probability on so large a share is right; above 1 when none is sure enough."""
    order = np.argsort(-np.asarray(best), kind="stable")
    probabilities = np.asarray(best)[order]
    kept = np.cumsum(np.asarray(right, dtype=float)[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((kept >= share) & (probabilities >= least))
    enough = enough[enough + 1 >= min(_FEW, len(order))]
    return float(max(probabilities[enough[-1]], least)) if len(enough) else 1.01


_FEW = 30  # a share of fewer says nothing
