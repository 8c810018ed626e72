"""Learning a classifier from examples, and how good it is from examples left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wangge.kit.learning import calibration, features, margins, reading
from wangge.kit.learning.faults import LearningStopped, NothingToLearn
from wangge.kit.learning.figures import figures
from wangge.kit.learning.model import Model

Array = np.ndarray[Any, Any]
Tell = Callable[[float, str], None]

MOST_NUMBERS = 12_000_000  # weights of a model: 24 MB in the file
COST = 1.0
FOLDS = 5
EPOCHS = 20


@dataclass(frozen=True)
class Examples:
    """Texts ready to be read, each once for each label."""

    lines: list[str]
    truth: Array
    weights: Array
    labels: tuple[str, ...]
    split: bool
    warnings: tuple[tuple[str, str], ...]


def learn(
    texts: Sequence[str], labels: Sequence[str], *, weights: Sequence[float] | None = None, seed: int = 0,
    effort: float = 1.0, tell: Tell | None = None, stop: Callable[[], bool] | None = None,
) -> Model:  # fmt: skip
    """A model and its figures. The same examples, seed and effort make the same model.

    `effort` below 1 is quicker and coarser. `tell` hears the share done and a word for it; when `stop` says yes,
    LearningStopped is raised. Raises NothingToLearn for no examples or a single label.
    """
    say = tell or (lambda _share, _what: None)

    def check() -> None:
        if stop is not None and stop():
            raise LearningStopped

    say(0.0, "reading")
    examples = prepared(texts, labels, weights)
    check()
    counts = features.count(examples.lines)
    folds = folds_of(examples, max(2, round(FOLDS * min(1.0, effort + 0.4))), seed)
    epochs = max(3, round(EPOCHS * min(1.0, effort)))
    outside = np.zeros((len(examples.lines), len(examples.labels)), np.float32)
    for fold in range(folds.max() + 1):
        say(0.1 + 0.7 * fold / (folds.max() + 1), "checking")
        inside, left = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        vocabulary, matrix, bias = _linear(counts, examples, inside, seed, epochs, check)
        outside[left] = vocabulary.weighed(counts.picked(left)).times(matrix) + bias
    scale, offsets = calibration.fitted(outside[None], examples.truth, examples.weights)
    found = calibration.softmax(scale[0] * outside + offsets)
    say(0.8, "learning")
    vocabulary, matrix, bias = _linear(counts, examples, np.arange(len(examples.lines)), seed, epochs, check)
    say(1.0, "done")
    return Model(
        labels=examples.labels, split=examples.split, vocabulary=vocabulary,
        weights=matrix.astype(np.float16).astype(np.float32), bias=bias, scale=scale, offsets=offsets,
        figures=figures(examples.labels, examples.truth, found),
        warnings=examples.warnings, seed=seed,
    )  # fmt: skip


def _linear(
    counts: features.Counts, examples: Examples, inside: Array, seed: int, epochs: int, check: Callable[[], None]
) -> tuple[features.Vocabulary, Array, Array]:
    own = counts.picked(inside)
    vocabulary = features.known(own, MOST_NUMBERS // len(examples.labels))
    matrix, bias = margins.fitted(
        vocabulary.weighed(own), examples.truth[inside], outputs=len(vocabulary.keys), labels=len(examples.labels),
        cost=COST * examples.weights[inside], seed=seed, epochs=epochs, stop=check,
    )  # fmt: skip
    return vocabulary, matrix, bias


def prepared(texts: Sequence[str], labels: Sequence[str], weights: Sequence[float] | None) -> Examples:
    """Empty texts and texts without a label are left out, and so is a text that came with the same label before."""
    if len(texts) != len(labels) or (weights is not None and len(weights) != len(texts)):
        raise ValueError("texts, labels and weights must be of one length")
    split = reading.parted(texts)
    lines: dict[tuple[str, str], float] = {}
    for i, (text, label) in enumerate(zip(texts, labels, strict=True)):
        line, name = reading.words_of(text, split), label.strip()
        if line and name:
            weight = 1.0 if weights is None else float(weights[i])
            lines[line, name] = max(weight, lines.get((line, name), 0.0))
    names = tuple(sorted({name for _, name in lines}))
    if len(names) < 2:
        raise _too_few(names, len(texts))
    place = {name: i for i, name in enumerate(names)}
    truth = np.array([place[name] for _, name in lines], np.int64)
    warned = []
    if once := [name for name, many in zip(names, np.bincount(truth), strict=True) if many == 1]:
        listed = "、".join(once[:5]) + ("…" if len(once) > 5 else "")
        warned.append((
            f"{len(once)} 个分类只有一条样本，难以认出：{listed}",
            f"{len(once)} labels have a single example and will hardly be recognised: {listed}",
        ))  # fmt: skip
    share = np.array(list(lines.values()), np.float32)
    return Examples([line for line, _ in lines], truth, share, names, split, tuple(warned))


def _too_few(names: Sequence[str], given: int) -> NothingToLearn:
    if names:
        return NothingToLearn(
            f"全部样本都是同一个分类“{names[0]}”，至少要有两个分类才能学习",
            f"all examples have the label {names[0]!r}; there must be two at least",
        )
    return NothingToLearn(
        f"{given} 行里没有既有文字又有分类的样本", f"none of {given} rows has both a text and a label"
    )


def folds_of(examples: Examples, count: int, seed: int) -> Array:
    """The fold of each example: each label dealt out evenly, the same text never in two folds."""
    chance = np.random.default_rng(seed)
    folds = np.full(len(examples.lines), -1, np.int64)
    first: dict[str, int] = {}
    order = chance.permutation(len(examples.lines))
    order = order[np.argsort(examples.truth[order], kind="stable")]
    for turn, i in enumerate(order.tolist()):
        folds[i] = first.setdefault(examples.lines[i], turn % count)
    return folds
