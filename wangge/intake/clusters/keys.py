"""Under which keys a matter is found: what two tellings of one matter are likely to share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from hashlib import blake2b

from wangge.intake.clusters import reading
from wangge.intake.clusters.pairs import Rarity
from wangge.intake.clusters.reading import Reading

CELL = 0.0015  # degrees: some 150 metres
# Kept with a matter: few. Asked for a matter that arrives: many, so that one of them meets.
_KEPT, _ASKED = (3, 2, 4, 4), (8, 4, 6, 8)  # places, places with words, words in pairs, single words


def number(kind: str, text: str) -> int:
    """63 bits that stand for a key."""
    return int.from_bytes(blake2b(f"{kind}:{text}".encode(), digest_size=8).digest(), "big", signed=True)


def person(index: bytes | memoryview | None) -> int | None:
    """Of a blind index of a phone: as good as the number for comparing, worthless for anything else."""
    return number("person", bytes(index).hex()) if index is not None else None


def kept(read: Reading, rare: Rarity, who: int | None, lon: float | None, lat: float | None) -> list[int]:
    found = {key: None for key, _ in _of_text(read, rare, *_KEPT)}
    if who is not None:
        found[who] = None
    if lon is not None and lat is not None:
        found[_cell(*_cell_of(lon, lat))] = None
    return list(found)


def asked(read: Reading, rare: Rarity, who: int | None, lon: float | None, lat: float | None) -> dict[int, float]:
    """Each key with what it weighs when candidates are chosen."""
    found: dict[int, float] = {}
    for key, weight in _of_text(read, rare, *_ASKED):
        found[key] = max(weight, found.get(key, 0.0))
    if who is not None:
        found[who] = 2.0
    if lon is not None and lat is not None:
        across, up = _cell_of(lon, lat)
        for dx, dy in itertools.product((-1, 0, 1), repeat=2):
            found[_cell(across + dx, up + dy)] = 0.6
    return found


def _of_text(
    read: Reading, rare: Rarity, places: int, places_with: int, pairs: int, singles: int
) -> Iterator[tuple[int, float]]:
    cores = list(dict.fromkeys(reading.core(place) for place in read.places))
    words = sorted(read.title or read.terms, key=lambda word: (-rare.of(word), word))
    inside = "".join(cores)
    said = [word for word in words if word not in inside][:4] or words[:4]
    for core in cores[:places]:
        yield number("place", core), rare.of("@" + core)
    for core, word in itertools.product(cores[:places_with], said):
        yield number("both", f"{core}|{word}"), rare.of("@" + core) + rare.of(word)
    for one, other in itertools.combinations(sorted(words[:pairs]), 2):
        yield number("words", f"{one}|{other}"), rare.of(one) + rare.of(other)
    for word in words[:singles]:
        yield number("word", word), rare.of(word)


def _cell_of(lon: float, lat: float) -> tuple[int, int]:
    return math.floor(lon / CELL), math.floor(lat / CELL)


def _cell(across: int, up: int) -> int:
    return number("cell", f"{across}|{up}")
