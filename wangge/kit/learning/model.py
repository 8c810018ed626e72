"""A learned classifier: labels with probabilities, and the words that spoke for a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wangge.kit.learning import calibration, features, files, likeness, reading
from wangge.kit.learning.figures import Figures, figures

Array = np.ndarray[Any, Any]

_LOT = 2_000


@dataclass(frozen=True)
class Predictions:
    """`top[i]` are the best and the second best label of text i as places in `Model.labels`."""

    top: Array
    probabilities: Array


@dataclass(frozen=True)
class Model:
    """`figures` come from texts that were not learned from; `warnings` are (zh, en)."""

    labels: tuple[str, ...]
    split: bool
    vocabulary: features.Vocabulary
    weights: Array
    bias: Array
    space: likeness.Space | None
    likeness: likeness.Likeness | None
    scale: Array
    offsets: Array
    figures: Figures
    warnings: tuple[tuple[str, str], ...] = ()
    seed: int = 0

    def predict(self, texts: Sequence[str]) -> Predictions:
        probabilities = np.zeros((len(texts), len(self.labels)), np.float32)
        for at in range(0, len(texts), _LOT):
            lines = [reading.words_of(text, self.split) for text in texts[at : at + _LOT]]
            probabilities[at : at + _LOT] = self._probabilities(lines)
        return Predictions(np.argsort(-probabilities, axis=1, kind="stable")[:, :2], probabilities)

    def _probabilities(self, lines: Sequence[str]) -> Array:
        rows = self.vocabulary.rows(lines)
        scores = self.scale[0] * (rows.times(self.weights) + self.bias) + self.offsets
        if self.space is not None and self.likeness is not None:
            scores += self.scale[1] * self.likeness.scores(self.space.points(rows))
        found = calibration.softmax(scores)
        found[np.diff(rows.starts) == 0] = 1 / len(self.labels)  # nothing known in it: no opinion
        return found

    def words(self, text: str, label: str, most: int = 5) -> list[tuple[str, float]]:
        """The words of the text that spoke for the label rather than the others, by how much, the strongest first."""
        line = reading.words_of(text, self.split)
        if label not in self.labels or not line:
            return []
        weights = self.weights
        chosen = self.labels.index(label)
        lead = weights[:, chosen] - (weights.sum(1) - weights[:, chosen]) / (len(self.labels) - 1)
        return self.vocabulary.spoken(line, lead, most)

    def content(self) -> bytes:
        """What `save` writes: the same for the same examples and seed."""
        about = {
            "labels": list(self.labels), "split": self.split, "figures": self.figures.document(), "seed": self.seed,
            "warnings": [list(one) for one in self.warnings],
        }  # fmt: skip
        arrays = {
            "keys": self.vocabulary.keys, "idf": self.vocabulary.idf, "weights": self.weights.astype(np.float16),
            "bias": self.bias, "scale": self.scale, "offsets": self.offsets,
        }  # fmt: skip
        if self.space is not None and self.likeness is not None:
            arrays |= {
                "place": self.space.place, "directions": self.space.directions, "scales": self.space.scales,
                "landmarks": self.likeness.landmarks.astype(np.float16),
                "near": self.likeness.weights, "near_bias": self.likeness.bias,
            }  # fmt: skip
        return files.written(about, arrays)

    def save(self, path: Path) -> None:
        files.save(path, self.content())


def load(source: Path | bytes) -> Model:
    """Raises ModelUnreadable for a file that is not ours, of another version, cut off or changed."""
    about, arrays = files.read(source)
    try:
        labels = tuple(str(one) for one in about["labels"])
        vocabulary = features.Vocabulary(arrays["keys"], arrays["idf"])
        near = "landmarks" in arrays
        model = Model(
            labels=labels, split=bool(about["split"]), vocabulary=vocabulary,
            weights=arrays["weights"].astype(np.float32), bias=arrays["bias"],
            space=likeness.Space(arrays["place"], arrays["directions"], arrays["scales"]) if near else None,
            likeness=_likeness(arrays) if near else None,
            scale=arrays["scale"], offsets=arrays["offsets"],
            figures=Figures.of(about["figures"]), warnings=tuple((zh, en) for zh, en in about["warnings"]),
            seed=int(about["seed"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise files.damaged() from error
    if not _fits(model):
        raise files.damaged()
    return model


def _likeness(arrays: dict[str, Array]) -> likeness.Likeness:
    return likeness.Likeness(arrays["landmarks"].astype(np.float32), arrays["near"], arrays["near_bias"])


def _fits(model: Model) -> bool:
    """Whether the arrays of a file belong together."""
    known, labels = len(model.vocabulary.keys), len(model.labels)
    fits = model.weights.shape == (known, labels) and model.vocabulary.idf.shape == (known,)
    fits = fits and model.bias.shape == model.offsets.shape == (labels,)
    if model.space is None or model.likeness is None:
        return bool(fits and model.scale.shape == (1,))
    lines, directions = model.space.directions.shape
    place, near = model.space.place, model.likeness
    fits = fits and place.shape == (known,) and bool(((place >= -1) & (place < lines)).all())
    fits = fits and model.space.scales.shape == (lines,) and near.landmarks.shape[1:] == (directions,)
    return bool(fits and near.weights.shape == (len(near.landmarks), labels) and model.scale.shape == (2,))


def evaluate(model: Model, texts: Sequence[str], labels: Sequence[str]) -> Figures:
    """Figures over texts with known labels; a label that the model does not know counts as wrong."""
    place = {label: i for i, label in enumerate(model.labels)}
    truth = np.array([place.get(label.strip(), -1) for label in labels], np.int64)
    return figures(model.labels, truth, model.predict(texts).probabilities)
