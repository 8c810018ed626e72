"""Whether a reply is a stock phrase: nothing but what every reply says, or nearly what the unit answered elsewhere.

Earlier replies are kept as sketches only: the least hashes of their runs of five characters, from which no text can
be read. Two sketches tell how much two replies have in common.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wangge.intake.answering.sentences import pairs, substance
from wangge.kit.queries import letters_of
from wangge.kit.written import plain

SIZE, RUN = 64, 5
SAME = 0.6  # of the runs in common
SAME_TITLE = 0.2  # of the pairs of two titles in common: about the same thing
LEAST = 18  # characters of substance
_NUMBERS = re.compile(r"[0-9]+")


def essence(reply: str) -> str:
    return letters_of(substance(plain(reply)))


def hollow(reply: str) -> bool:
    """Nothing is left when what every reply says is taken out."""
    return len(_NUMBERS.sub("", essence(reply))) < LEAST


def sketch(reply: str) -> list[int]:
    """The least hashes of what the reply says of substance; empty when that is too little to compare."""
    letters = _NUMBERS.sub("", essence(reply))
    if len(letters) < LEAST:
        return []
    return sorted({_hash(letters[at : at + RUN]) for at in range(len(letters) - RUN + 1)})[:SIZE]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def alike(one: Sequence[int], other: Sequence[int]) -> float:
    """The share of runs that two replies have in common, told from their sketches."""
    if not one or not other:
        return 0.0
    least = sorted({*one, *other})[: min(len(one), len(other), SIZE)]
    both = set(one) & set(other)
    return sum(value in both for value in least) / len(least)


def matter_sketch(title: str) -> list[int]:
    """What the matter is called, to tell whether another reply was to the same thing."""
    return sorted(_hash(pair) for pair in pairs(plain(title)))[:SIZE]


def same_matter(one: Sequence[int], other: Sequence[int]) -> bool:
    both = len(set(one) & set(other))
    return bool(both) and both / len({*one, *other}) >= SAME_TITLE


@dataclass(frozen=True)
class Earlier:
    """A reply the unit gave before, as it is kept."""

    sketch: Sequence[int]
    matter: Sequence[int]


@dataclass(frozen=True)
class Copied:
    likeness: float
    times: int


def copied(made: Sequence[int], matter: Sequence[int], earlier: Iterable[Earlier]) -> Copied:
    """Against replies to other matters; the same answer to the same question is as it should be."""
    shares = [alike(made, one.sketch) for one in earlier if not same_matter(matter, one.matter)]
    return Copied(max(shares, default=0.0), sum(share >= SAME for share in shares))
