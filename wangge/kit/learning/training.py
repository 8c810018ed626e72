"""Learning a classifier from examples, and how good it is from examples left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from wangge.kit.learning import calibration, features, likeness, margins, reading
from wangge.kit.learning.faults import LearningStopped, NothingToLearn
from wangge.kit.learning.figures import figures
from wangge.kit.learning.model import Model

Array = np.ndarray[Any, Any]
Tell = Callable[[float, str], None]

MOST_NUMBERS = 12_000_000  # weights of a model: 24 MB in the file
COST = 1.0
FOLDS = 5
EPOCHS = 20
THREADS = 2
MOST_STEPS = 4e8  # multiplications of one pass beyond which fewer passes are made
LIKENESS_FROM = 0.3  # effort


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
    vocabulary = features.known(counts, MOST_NUMBERS // len(examples.labels))
    rows = vocabulary.weighed(counts)
    del counts
    say(0.05, "reading")
    space = likeness.space_of(rows, vocabulary, seed) if effort >= LIKENESS_FROM else None
    points = None if space is None else space.points(rows)
    say(0.15, "checking")
    work = _Work(examples, rows, points, len(vocabulary.keys), seed, effort, check)
    folds = folds_of(examples, work.folds, seed)
    outside = _outside(work, folds, lambda share: say(0.15 + 0.7 * share, "checking"))
    scale, offsets = calibration.fitted(outside, examples.truth, examples.weights)
    found = calibration.softmax(np.tensordot(scale, outside, 1) + offsets)
    say(0.85, "learning")
    parts = work.parts(np.arange(len(examples.lines)))
    say(1.0, "done")
    return Model(
        labels=examples.labels, split=examples.split, vocabulary=vocabulary,
        weights=parts.weights.astype(np.float16).astype(np.float32), bias=parts.bias, space=space,
        likeness=parts.likeness, scale=scale, offsets=offsets, seed=seed,
        figures=figures(examples.labels, examples.truth, found), warnings=examples.warnings,
    )  # fmt: skip


@dataclass(frozen=True)
class Parts:
    weights: Array
    bias: Array
    likeness: likeness.Likeness | None


@dataclass(frozen=True)
class _Work:
    """What is learned from, over and over with other examples left out."""

    examples: Examples
    rows: features.Rows
    points: Array | None
    outputs: int
    seed: int
    effort: float
    check: Callable[[], None]

    @property
    def folds(self) -> int:
        return max(2, round(FOLDS * min(1.0, self.effort + 0.4))) if self._steps < MOST_STEPS else 2

    @property
    def _steps(self) -> float:
        """Multiplications of one pass over all examples."""
        return float(len(self.rows.values)) * len(self.examples.labels)

    def parts(self, inside: Array) -> Parts:
        truth, share = self.examples.truth[inside], self.examples.weights[inside]
        labels = len(self.examples.labels)
        epochs = round(EPOCHS * min(1.0, self.effort) * min(1.0, MOST_STEPS / self._steps))
        weights, bias = margins.fitted(
            self.rows.picked(inside), truth, outputs=self.outputs, labels=labels, cost=COST * share,
            seed=self.seed, epochs=max(3, epochs), stop=self.check,
        )  # fmt: skip
        near = None
        if self.points is not None:
            near = likeness.fitted(self.points[inside], truth, labels, share, self.seed, self.check)
        return Parts(weights, bias, near)


def _outside(work: _Work, folds: Array, say: Callable[[float], None]) -> Array:
    """Scores of every example by parts that did not learn from it: parts × examples × labels."""
    count = int(folds.max()) + 1
    found = np.zeros((2 if work.points is not None else 1, len(folds), len(work.examples.labels)), np.float32)

    def one(fold: int) -> None:
        left = np.flatnonzero(folds == fold)
        parts = work.parts(np.flatnonzero(folds != fold))
        found[0, left] = work.rows.picked(left).times(parts.weights) + parts.bias
        if work.points is not None and parts.likeness is not None:
            found[1, left] = parts.likeness.scores(work.points[left])

    with ThreadPoolExecutor(min(THREADS, count)) as pool:
        for done, _ in enumerate(pool.map(one, range(count)), 1):
            say(done / count)
    return found


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
