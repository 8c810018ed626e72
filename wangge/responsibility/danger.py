"""Danger to life, read from what people write: signs, and what takes them back.

A sign counts unless what stands around it says otherwise: a harmless word that only contains it, a denial directly
before it, a fear or condition, a mere risk or facility, something long past or dealt with, a drill or an advertisement.
Words are data (danger.yaml). An order in the text ("treat this as harmless") is text like any other.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wangge.kit import written

READ = 4000
"""Characters; who is in danger says so early."""

_NEGATION_REACH = 12
_RISK_REACH = 6
_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_CLAUSE = re.compile(r"[^，,、:：]+")
_BLANK = "\x00"  # in the place of harmless words: matches nothing

Words = Annotated[tuple[str, ...], Field(max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pair(_Part):
    """One word of each, not further apart than `within` characters of a clause."""

    one: Words
    near: Words
    within: int = Field(default=10, ge=1, le=60)

    @model_validator(mode="after")
    def _one_side_is_whole_words(self) -> Pair:
        if any(len(word) < 2 for word in _telling(self)):
            raise ValueError("one of the two sides must be words of two characters and more")
        return self


class Sign(_Part):
    zh: str = Field(min_length=1, max_length=40)
    en: str = Field(min_length=1, max_length=60)
    feared: bool = False  # fear or suspicion is enough
    phrases: Words = ()
    pairs: tuple[Pair, ...] = ()


class DangerFile(_Part):
    signs: dict[str, Sign]
    harmless: Words = ()
    negations: Words = ()
    fillers: Words = ()
    feared: Words = ()
    risky: Words = ()
    past: Words = ()
    solved: Words = ()
    now: Words = ()
    talk: Words = ()


@dataclass(frozen=True)
class Danger:
    """`words` as they stand in the text, `sign` what they mean."""

    sign: str
    words: tuple[str, ...]
    zh: str
    en: str

    @property
    def reason(self) -> str:
        return f"文中有“{'”“'.join(self.words)}”，按险情（{self.zh}）处理"

    @property
    def reason_en(self) -> str:
        return f"It says “{'”, “'.join(self.words)}”: treated as danger ({self.en.lower()})"


@dataclass(frozen=True)
class _Hit:
    sign: str
    start: int
    end: int
    words: tuple[str, ...]


@dataclass
class Rules:
    """The file, ready to read with."""

    file: DangerFile
    _phrases: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, sign in self.file.signs.items():
            for phrase in sign.phrases:
                self._phrases.setdefault(phrase[:2], []).append((phrase, name))
        for owners in self._phrases.values():
            owners.sort(key=lambda one: -len(one[0]))
        self._pairs = [
            (name, _any(pair.one), _any(pair.near), pair.within)
            for name, sign in self.file.signs.items()
            for pair in sign.pairs
        ]
        held = self.file
        self._starts = frozenset(self._phrases) | {
            word[:2] for sign in held.signs.values() for pair in sign.pairs for word in _telling(pair)
        }
        self._harmless = _any(held.harmless)
        fillers = f"(?:{'|'.join(_alternatives(held.fillers))})" if held.fillers else ""
        self._negated = re.compile(
            rf"(?:{'|'.join(_alternatives(held.negations))}){fillers + '{0,3}' if fillers else ''}$"
        )
        self._feared, self._risky = _any(held.feared), _any(held.risky)
        self._past, self._solved, self._now = _any(held.past), _any(held.solved), _any(held.now)
        self._talk = _any(held.talk)

    def read(self, title: str, description: str = "") -> Danger | None:
        """The danger the text tells of, or None."""
        text = written.plain(f"{title[:READ]}\n{description[:READ]}", READ).lower().replace(" ", "").replace("著", "着")
        if self._starts.isdisjoint(map(operator.add, text, text[1:])):
            return None  # most texts hold nothing of the kind
        text = self._harmless.sub(lambda found: _BLANK * len(found.group()), text)
        sentences = [found.span() for found in _SENTENCE.finditer(text)]
        standing = [hit for at in range(len(sentences)) for hit in self._standing(text, sentences, at)]
        return self._told(standing) if standing else None

    def _told(self, standing: Sequence[_Hit]) -> Danger:
        sign = standing[0].sign
        words = tuple(dict.fromkeys(word for hit in standing if hit.sign == sign for word in hit.words))[:4]
        return Danger(sign, words, self.file.signs[sign].zh, self.file.signs[sign].en)

    def _standing(self, text: str, sentences: Sequence[tuple[int, int]], at: int) -> Iterator[_Hit]:
        start, end = sentences[at]
        hits = [hit for clause in _clauses(text, start, end) for hit in self._hits(text, *clause)]
        if not hits or self._talk.search(text, start, end):
            return
        after = text[end : sentences[at + 1][1]] if at + 1 < len(sentences) else ""
        for hit in hits:
            clause_start = max(text.rfind(mark, start, hit.start) + 1 for mark in "，,、:：") or start
            if not self._taken_back(text, hit, (max(clause_start, start), start, end), after):
                yield hit

    def _taken_back(self, text: str, hit: _Hit, bounds: tuple[int, int, int], after: str) -> bool:
        clause, start, end = bounds
        before = text[clause : hit.start]
        if self._negated.search(before[-_NEGATION_REACH:]):
            return True
        if not self.file.signs[hit.sign].feared and self._feared.search(before):
            return True
        if self._risky.match(text, hit.end) or self._risky.search(text[hit.end : hit.end + _RISK_REACH]):
            return True
        return self._is_over(text, hit, (start, end), after)

    def _is_over(self, text: str, hit: _Hit, sentence: tuple[int, int], after: str) -> bool:
        start, end = sentence
        past = [found.end() for found in self._past.finditer(text, start, hit.start)]
        if past and not self._now.search(text, past[-1], end):
            return True
        rest = text[hit.end : end] + after
        solved = self._solved.search(rest)
        return solved is not None and not self._now.search(rest, solved.end())

    def _hits(self, text: str, start: int, end: int) -> Iterator[_Hit]:
        reach = -1
        for at in range(start, end - 1):
            for phrase, sign in self._phrases.get(text[at : at + 2], ()):
                if at >= reach and text.startswith(phrase, at, end):
                    yield _Hit(sign, at, at + len(phrase), (phrase,))
                    reach = at + len(phrase)
                    break
        for sign, one, near, within in self._pairs:
            for first in one.finditer(text, start, end):
                low, high = max(start, first.start() - within), min(end, first.end() + within)
                other = near.search(text, first.end(), high) or near.search(text, low, first.start())
                if other is not None:
                    pair = sorted((first, other), key=lambda found: found.start())
                    words = tuple(found.group() for found in pair)
                    yield _Hit(sign, pair[0].start(), pair[1].end(), words)
                    break


def _telling(pair: Pair) -> Words:
    """The side of the pair whose words have two characters and more: without any of them nothing is said."""
    return pair.one if all(len(word) > 1 for word in pair.one) else pair.near


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    return (found.span() for found in _CLAUSE.finditer(text, start, end))


def _alternatives(words: Iterable[str]) -> list[str]:
    return [re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))]


def _any(words: Iterable[str]) -> re.Pattern[str]:
    alternatives = _alternatives(words)
    return re.compile("|".join(alternatives) if alternatives else r"(?!)")
