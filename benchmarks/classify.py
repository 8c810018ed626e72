"""The text classifier on labelled messages of citizens, against a plain linear model on the same folds.

The messages are `shared/data/messages/train_segmented_8289.csv.gz` (WANGGE_TEST_SHARED names another folder), read
in place. A message that came before is left out. Stratified in five, for folds of several seeds that nothing was
chosen by; each fifth is told by a model that learned from the other four alone, its calibration too. The baseline is
scikit-learn's TF-IDF with a linear support vector machine and one inner calibration (Platt). Speed is texts a second of
processor time, reading included, training is seconds of the wall on two threads.
"""

from __future__ import annotations

import csv
import gzip
import statistics
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks._harness import SHARED, Measured, progress

FOLDER = SHARED / "messages"
SEEDS = (11, 12, 13)
FOLDS = 5


@dataclass(frozen=True)
class Messages:
    texts: list[str]
    truth: np.ndarray
    labels: tuple[str, ...]

    def some(self, which: np.ndarray) -> tuple[list[str], list[str]]:
        return [self.texts[i] for i in which], [self.labels[self.truth[i]] for i in which]


def messages() -> Messages:
    with gzip.open(FOLDER / "train_segmented_8289.csv.gz", "rt", encoding="utf-8-sig", newline="") as stream:
        rows = [(row["seg"], row["label"]) for row in csv.DictReader(stream)]
    first: dict[str, tuple[str, str]] = {}
    for text, label in rows:
        first.setdefault("".join(text.split()), (text, label))
    labels = tuple(sorted({label for _, label in first.values()}))
    place = {label: i for i, label in enumerate(labels)}
    truth = np.array([place[label] for _, label in first.values()])
    return Messages([text for text, _ in first.values()], truth, labels)


@dataclass(frozen=True)
class Outcome:
    ours: np.ndarray
    plain: np.ndarray
    seconds: list[float]
    plain_seconds: list[float]
    megabytes: float


def run() -> list[Measured]:
    from wangge.kit.learning.figures import figures

    data = messages()
    progress(f"{len(data.texts)} messages, {len(data.labels)} labels")
    warm(data)
    outcomes = [of_seed(data, seed) for seed in SEEDS]
    ours = [figures(data.labels, data.truth, one.ours) for one in outcomes]
    plain = [figures(data.labels, data.truth, one.plain) for one in outcomes]
    for label, told in (("Wangge", ours), ("plain", plain)):
        for seed, f in zip(SEEDS, told, strict=True):
            progress(f"{label:<6} folds {seed}: macro-F1 {f.macro_f1:.4f} accuracy {f.accuracy:.4f} ECE {f.ece:.4f}")
    per_second, plain_per_second = speed(data)
    return [
        of_figure("classify_macro_f1", [f.macro_f1 for f in ours], [f.macro_f1 for f in plain], 0.93, "macro-F1"),
        of_figure("classify_accuracy", [f.accuracy for f in ours], [f.accuracy for f in plain], 0.93, "share"),
        Measured(
            "classify_ece", mean(f.ece for f in ours), mean(f.ece for f in plain), 0.02, "ECE", judged="ours",
            sense="at_most", detail={"folds": [round(f.ece, 4) for f in ours]},
        ),
        Measured("classify_speed", per_second, plain_per_second, 5_000, "texts/CPU s", judged="ours"),
        Measured(
            "classify_training", max(s for one in outcomes for s in one.seconds),
            max(s for one in outcomes for s in one.plain_seconds), 120, "s", judged="ours", sense="at_most",
        ),
        Measured(
            "classify_model", outcomes[0].megabytes, outcomes[0].megabytes, 50, "MB", judged="ours", sense="at_most"
        ),
    ]  # fmt: skip


def mean(values: object) -> float:
    return statistics.fmean(values)  # type: ignore[arg-type]


def of_figure(claim: str, ours: list[float], plain: list[float], goal: float, unit: str) -> Measured:
    spread = {"folds": [round(one, 4) for one in ours], "plain": [round(one, 4) for one in plain], "seeds": SEEDS}
    return Measured(claim, mean(ours), mean(plain), goal, unit, judged="ours", detail=spread)


def warm(data: Messages) -> None:
    """The machine code is at hand from here on."""
    from wangge.kit import learning

    some = np.random.default_rng(1).permutation(len(data.texts))[:800]
    learning.learn(*data.some(some), effort=0.4).predict(data.texts[:10])


def of_seed(data: Messages, seed: int) -> Outcome:
    from sklearn.model_selection import StratifiedKFold

    from wangge.kit import learning

    shape = (len(data.texts), len(data.labels))
    ours, plain = np.zeros(shape), np.zeros(shape)
    seconds, plain_seconds, size = [], [], 0.0
    for inside, left in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(data.truth, data.truth):
        texts = data.some(left)[0]
        began = time.perf_counter()
        model = learning.learn(*data.some(inside))
        seconds.append(time.perf_counter() - began)
        ours[left] = model.predict(texts).probabilities
        began = time.perf_counter()
        other = baseline().fit(*data.some(inside))
        plain_seconds.append(time.perf_counter() - began)
        plain[left] = other.predict_proba(texts)
        size = max(size, len(model.content()) / 1e6)
        progress(f"  folds {seed}: {len(seconds)}/{FOLDS}, learned in {seconds[-1]:.0f} s")
    return Outcome(ours, plain, seconds, plain_seconds, size)


def baseline() -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True, min_df=2, dtype=np.float32)
    return make_pipeline(words, CalibratedClassifierCV(LinearSVC(), ensemble=False))


def speed(data: Messages) -> tuple[float, float]:
    """Of processor time, which is that of one core whatever the threads."""
    from wangge.kit import learning

    left = np.arange(len(data.texts)) % FOLDS == 0
    examples = data.some(np.flatnonzero(~left))
    model, other = learning.learn(*examples), baseline().fit(*examples)
    texts = data.some(np.flatnonzero(left))[0]
    shortest = [float("inf")] * 2
    for _ in range(3):
        for i, told in enumerate((model.predict, other.predict_proba)):
            began = time.process_time()
            told(texts)
            shortest[i] = min(shortest[i], time.process_time() - began)
    return len(texts) / shortest[0], len(texts) / shortest[1]
