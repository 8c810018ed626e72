"""How good a model is: shares that are right for each label, and whether its probabilities are what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

BINS = 20


@dataclass(frozen=True)
class LabelFigures:
    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Bin:
    """Texts whose best label was given a probability from `low` to below `high`."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Figures:
    """`ece` is the expected calibration error over 20 bins of equal width; `confusion[true][said]` counts texts."""

    examples: int
    accuracy: float
    macro_f1: float
    ece: float
    labels: tuple[LabelFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[Bin, ...]

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, document: dict[str, Any]) -> Figures:
        return cls(
            examples=document["examples"], accuracy=document["accuracy"], macro_f1=document["macro_f1"],
            ece=document["ece"], labels=tuple(LabelFigures(**one) for one in document["labels"]),
            confusion=tuple(tuple(line) for line in document["confusion"]),
            reliability=tuple(Bin(**one) for one in document["reliability"]),
        )  # fmt: skip

    def sure(self, threshold: float) -> tuple[float, float]:
        """Share of texts whose probability reaches the threshold, and how many of those are right (to a bin)."""
        kept = [one for one in self.reliability if one.low >= threshold - 1e-9]
        count = sum(one.count for one in kept)
        right = sum(one.count * one.accuracy for one in kept)
        return (count / self.examples if self.examples else 0.0, right / count if count else 0.0)


def figures(labels: Sequence[str], truth: Array, probabilities: Array) -> Figures:
    """`truth` numbers the labels; -1 is a label that the model does not know."""
    n, k = len(truth), len(labels)
    said = probabilities.argmax(1) if n else np.zeros(0, np.int64)
    confusion = np.zeros((k, k), np.int64)
    known = truth >= 0
    np.add.at(confusion, (truth[known], said[known]), 1)
    support, asked = confusion.sum(1), np.bincount(said, minlength=k)
    right = confusion.diagonal()
    lines = []
    for i, label in enumerate(labels):
        precision = float(right[i] / asked[i]) if asked[i] else 0.0
        recall = float(right[i] / support[i]) if support[i] else 0.0
        f1 = 2 * precision * recall / (precision + recall) if right[i] else 0.0
        lines.append(LabelFigures(label, precision, recall, f1, int(support[i])))
    met = [one.f1 for one, many in zip(lines, asked, strict=True) if one.support or many]
    bins, ece = _reliability(probabilities.max(1) if n else np.zeros(0), said == truth)
    return Figures(
        examples=n, accuracy=float(right.sum() / n) if n else 0.0, macro_f1=float(np.mean(met)) if met else 0.0,
        ece=ece, labels=tuple(lines), confusion=tuple(tuple(map(int, line)) for line in confusion), reliability=bins,
    )  # fmt: skip


def _reliability(confidence: Array, right: Array) -> tuple[tuple[Bin, ...], float]:
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    bins, ece = [], 0.0
    for i in range(BINS):
        inside = place == i
        count = int(inside.sum())
        mean = float(confidence[inside].mean()) if count else 0.0
        share = float(right[inside].mean()) if count else 0.0
        bins.append(Bin(i / BINS, (i + 1) / BINS, count, mean, share))
        ece += abs(mean - share) * count / max(len(right), 1)
    return tuple(bins), ece
