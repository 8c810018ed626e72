"""Areas named in running text: full names, everyday names and codes, longest match first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from wangge.kit.phrases import Phrases
from wangge.kit.text import fold
from wangge.kit.tree import AREAS

_DISTRICT = 0  # areas.models.Level, without needing a database to be named
_DIGITS = re.compile(r"(?<![0-9a-z])\d{6,18}(?![0-9a-z])")
_COMMITTEES = ("居民委员会", "村民委员会", "街道办事处", "居委会", "村委会", "办事处")
_SUFFIXES = ("街道", "社区", "村", "镇", "乡", "区")
_NOT_AFTER = "路街巷道桥站里号楼"  # 纬一路 社区 against 纬一路 12 号: a stem followed by these is something else


class Named(Protocol):
    @property
    def area_id(self) -> UUID: ...
    @property
    def level(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def pos(self) -> int: ...


@dataclass(frozen=True)
class Match:
    """`score` in (0, 1]: 1 a code or a unique full name, less for everyday forms, doubles and contradictions."""

    index: int
    score: float
    zh: str
    en: str


@dataclass(frozen=True)
class _Key:
    text: str
    index: int
    score: float
    zh: str
    en: str


def forms(name: str) -> dict[str, float]:
    """How `name` may be written, folded, each with what it is worth: 纬一路社区居民委员会 → 纬一路社区, 纬一路."""
    full = fold(name)
    found = {full: 1.0}
    plain = full
    for committee in _COMMITTEES:
        if plain.endswith(committee) and len(plain) > len(committee) + 1:
            plain = plain.removesuffix(committee)
            if committee == "街道办事处":
                plain += "街道"
            break
    found.setdefault(plain, 1.0)
    if plain.endswith("村") and len(plain) > 2:
        found.setdefault(plain + "村委会", 1.0)
    for suffix in _SUFFIXES:
        if plain.endswith(suffix) and len(plain) - len(suffix) >= 2:
            if suffix == "街道":
                found.setdefault(plain + "办", 1.0)
                found.setdefault(plain.removesuffix("道") + "办", 0.9)
            found.setdefault(plain.removesuffix(suffix), 0.5)
            break
    return found


class Finder:
    """Finds areas in text; made once for the division of a day."""

    def __init__(self, areas: Sequence[Named], aliases: Mapping[UUID, Sequence[str]]) -> None:
        self._areas = areas
        self._by_code = {area.code: i for i, area in enumerate(areas)}
        self._phrases: Phrases[_Key] = Phrases()
        for i, area in enumerate(areas):
            for text, worth in forms(area.name).items():
                self._add(text, i, worth, area.name)
            for alias in aliases.get(area.area_id, ()):
                text = fold(alias)
                self._add(text, i, 0.9 if len(text) > 2 else 0.5, alias)

    def _add(self, text: str, index: int, score: float, said: str) -> None:
        if not text.isascii():
            self._phrases.add(text, _Key(text, index, score, f"文中提到“{said}”", f"the text names {said}"))

    def find(self, text: str) -> list[Match]:
        """Best first; the deepest of a consistent chain (街道 and its 社区) comes before its ancestors."""
        folded = fold(text)
        hits: dict[int, Match] = {}
        for digits in _DIGITS.finditer(folded):
            index = self._by_code.get(digits.group())
            if index is not None:
                said = digits.group()
                hits[index] = Match(index, 1.0, f"文中写有编码 {said}", f"the text holds the code {said}")
        named = self._named(folded)
        for match in self._weighed(named):
            if match.index not in hits or hits[match.index].score < match.score:
                hits[match.index] = match
        return sorted(hits.values(), key=lambda m: (-m.score, -self._areas[m.index].level, self._areas[m.index].code))

    def _named(self, folded: str) -> list[_Key]:
        """Names in the text, each once, that are not part of a longer name there."""
        found: dict[_Key, None] = {}
        for (_, end), keys in self._phrases.find(folded).items():
            found.update((key, None) for key in keys if not _continues(folded, end, key))
        return list(found)

    def _weighed(self, named: Sequence[_Key]) -> list[Match]:
        """Scores after looking at the others: a named ancestor speaks for an area, a foreign one against it."""
        sharing: dict[str, set[int]] = {}
        for key in named:
            sharing.setdefault(key.text, set()).add(key.index)
        sure = [self._areas[key.index] for key in named if key.score >= 0.9]
        found = []
        for key in named:
            area = self._areas[key.index]
            above = [o for o in sure if o.level < area.level]
            backing = [o for o in above if AREAS.ancestor(area.pos, o.level) == o.pos]
            backed = bool(backing)
            against = any(AREAS.ancestor(area.pos, o.level) != o.pos for o in above)
            score = key.score if not against else key.score * 0.4
            if not against and any(o.level > _DISTRICT for o in backing):
                score = min(1.0, score + 0.2)  # a bare stem stays below what one may act on without asking
            rivals = [i for i in sharing[key.text] if i != key.index]
            if rivals and not (backed and not against):
                score *= 0.5
            found.append(Match(key.index, round(score, 3), key.zh, key.en))
        return found


def _continues(folded: str, end: int, key: _Key) -> bool:
    """A bare stem that runs on into a road or a number is not the area: 纬一路12号."""
    return key.score < 0.9 and (key.text[-1] in _NOT_AFTER or folded[end : end + 1] in tuple(_NOT_AFTER))
