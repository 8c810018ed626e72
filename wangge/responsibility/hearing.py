"""What a text is about, by both voices: the keywords from the first day, the learned model once there is one."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from wangge.responsibility import book, joining, learned, understanding
from wangge.responsibility.models import Category
from wangge.responsibility.understanding import MOST, SURE, Understood

if TYPE_CHECKING:
    from wangge.responsibility.learned import Loaded

log = logging.getLogger("wangge.responsibility")

Floats = np.ndarray[Any, Any]
WORDS = 5  # shown of each candidate
_EXPLAINED = 3  # candidates whose words the model is asked for


@dataclass(frozen=True)
class Above:
    """A category that is no leaf, as likely as all below it together."""

    category: Category
    probability: float


@dataclass(frozen=True)
class Matter:
    """`candidates` best first; `sure` the leaf that may be taken without asking; else `above` the nearest parent
    that is sure, if any. `model` (id and version) is None where keywords spoke alone."""

    candidates: tuple[Understood, ...]
    sure: Category | None
    above: Above | None
    threshold: float
    model: tuple[UUID, int] | None


@functools.lru_cache(maxsize=2)
def vocabulary_of(held: book.Book) -> understanding.Vocabulary:
    return understanding.vocabulary(held.categories)


def candidates(subject: str, rest: str = "") -> list[Understood]:
    """What the text may be about, best first, each with its probability and the keywords that spoke for it."""
    return _candidates(book.current(), subject, rest)[0]


def _candidates(held: book.Book, subject: str, rest: str) -> tuple[list[Understood], Loaded | None]:
    known = vocabulary_of(held)
    heard = understanding.understand(known, subject, rest)
    speaking = learned.current(held)
    if speaking is None:
        return heard, None
    try:
        heard_by_model = speaking.model.predict([learned.text_of(subject, rest)]).probabilities[0]
    except Exception:  # whatever a text does to the model, the matter is taken in
        log.exception("version %s of the model could not read a text", speaking.version)
        return heard, None
    said, remainder = top(heard_by_model, speaking.labels)
    words = {one.category.code: one.words for one in heard}
    scores = {one.category.code: one.score for one in heard}
    both = joining.joined(said, remainder, scores, speaking.joining)
    found = [
        Understood(known.categories[code], round(p, 4), words.get(code, ()))
        for code, p in both.items()
        if code in known.categories  # a category retired since is no answer
    ]
    return found[:MOST], speaking


def top(probabilities: Floats, labels: Sequence[str]) -> tuple[dict[str, float], float]:
    """The likeliest labels, and what the others have together."""
    most = min(joining.TOP, len(labels))
    best = np.argpartition(-probabilities, most - 1)[:most]
    said = {labels[at]: float(probabilities[at]) for at in best}
    return said, max(0.0, 1.0 - sum(said.values()))


def understand(subject: str, rest: str = "") -> Category | None:
    """The category the text is about, or None when that is not sure enough."""
    found, speaking = _candidates(book.current(), subject, rest)
    enough = speaking.threshold if speaking is not None else SURE
    return found[0].category if found and found[0].score >= enough else None


def matter(subject: str, rest: str = "") -> Matter:
    """The same with the words that spoke for it and, where the leaf is unsure, the parent that is sure."""
    held = book.current()
    found, speaking = _candidates(held, subject, rest)
    enough = speaking.threshold if speaking is not None else max(SURE, held.reading.matter.least_sure)
    sure = found[0].category if found and found[0].score >= enough else None
    if speaking is not None and found:
        found = _explained(found, speaking, learned.text_of(subject, rest))
    above = None if sure is not None else _above(held, found, enough)
    return Matter(tuple(found), sure, above, enough, (speaking.id, speaking.version) if speaking else None)


def _explained(found: Sequence[Understood], speaking: Loaded, text: str) -> list[Understood]:
    """The keywords first, then what the model heard; nothing that does not stand in the text as it was read."""
    named = []
    for place, one in enumerate(found):
        words = list(one.words)
        if place < _EXPLAINED and one.category.code in speaking.labels:
            words += [word for word, weight in speaking.model.words(text, one.category.code) if weight > 0]
        kept = [word for word in dict.fromkeys(words) if "〔" not in word]
        named.append(Understood(one.category, one.score, tuple(kept[:WORDS])))
    return named


def _above(held: book.Book, found: Iterable[Understood], enough: float) -> Above | None:
    """The lowest category over the candidates that is as sure as a leaf must be."""
    sums: dict[UUID, float] = {}
    for one in found:
        for id_ in held.chains.get(one.category.id, ())[1:]:
            sums[id_] = sums.get(id_, 0.0) + one.score
    sure = [(len(held.chains[id_]), p, id_) for id_, p in sums.items() if p >= enough]
    if not sure:
        return None
    _, probability, id_ = max(sure, key=lambda one: (one[0], one[1], str(one[2])))
    return Above(held.categories[id_], round(min(probability, 1.0), 4))


def path_of(category: Category) -> str:
    """Names from the root down: 市容环境 / 垃圾 / 暴露垃圾."""
    held = book.current()
    names = [
        held.categories[id_].name for id_ in held.chains.get(category.id, (category.id,)) if id_ in held.categories
    ]
    return " / ".join(reversed(names))


def level_of(category: Category) -> int:
    """1 for a root."""
    return max(len(book.current().chains.get(category.id, ())), 1)


def keyword_scores(subject: str, rest: str = "") -> Mapping[str, float]:
    """Of the keywords alone: what the first day's understanding says."""
    known = vocabulary_of(book.current())
    return {one.category.code: one.score for one in understanding.understand(known, subject, rest)}
