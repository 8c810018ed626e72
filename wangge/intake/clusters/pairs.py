"""How likely two matters are the same one, and why: features of a pair, weights learned from people's decisions."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from wangge.intake.clusters import reading
from wangge.intake.clusters.reading import Reading

FEWEST = 2_000  # texts that rarity is reckoned among, however few there are
NEAR_M, FAR_M = 120.0, 1500.0
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter as it is compared. `person` is any token that stands for who reported it, never the number itself."""

    read: Reading
    at: datetime | None = None
    person: str = ""
    lon: float | None = None
    lat: float | None = None
    category: str = ""


class Rarity:
    """How rare a word, a place (with `@` before it) or two characters (`#`) are among `total` texts.

    1 for what hardly any text holds, falling with the share of texts that hold it. What is not counted is in one.
    """

    __slots__ = ("_weights", "counts", "total")

    def __init__(self, total: int = 0, counts: Mapping[str, int] | None = None) -> None:
        self.total = total
        self.counts = dict(counts or {})
        scale = math.log(max(total, FEWEST))
        self._weights = {word: max(0.05, 1.0 - math.log(count) / scale) for word, count in self.counts.items()}

    def of(self, word: str) -> float:
        return self._weights.get(word, 1.0)


def rarity(readings: Iterable[Reading], least: int = 2) -> Rarity:
    counts: Counter[str] = Counter()
    total = 0
    for one in readings:
        total += 1
        counts.update(one.terms)
        counts.update({"@" + reading.core(place) for place in one.places})
        counts.update({"#" + one.text[at : at + 2] for at in range(len(one.text) - 1)})
    return Rarity(total, {word: count for word, count in counts.items() if count >= least})


FEATURES = (
    "bias", "title", "terms", "place", "elsewhere", "title_at_place", "terms_at_place", "copied", "person", "gap",
    "said_by_both", "said_by_one", "told_by_both", "told_by_one", "telling", "left_out",
    "near", "far", "same_category", "other_category",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    features: tuple[float, ...]
    place: str  # the most telling name both say
    words: tuple[str, ...]  # the most telling words both say
    metres: float | None
    days: float | None
    person: bool
    copied: float


def compare(a: Matter, b: Matter, rare: Rarity) -> Compared:
    ours, theirs = a.read, b.read
    place, telling = _shared_place(ours.places, theirs.places, rare)
    title = _cosine(ours.title, theirs.title, rare)
    shared = ours.terms & theirs.terms
    terms = _cosine(ours.terms, theirs.terms, rare)
    copied = len(shared) / max(1, len(ours.terms | theirs.terms))
    elsewhere = bool(ours.named and theirs.named) and not any(
        same_place(x, y) for x in ours.named for y in theirs.named
    )
    words = sorted((_share(ours.title, theirs.text, rare, ""), _share(theirs.title, ours.text, rare, "")))
    grams = sorted((_share(ours.pairs, theirs.text, rare, "#"), _share(theirs.pairs, ours.text, rare, "#")))
    metres = _metres(a, b)
    days = abs((a.at - b.at).total_seconds()) / DAY if a.at is not None and b.at is not None else None
    person = bool(a.person) and a.person == b.person
    both = bool(a.category) and bool(b.category)
    features = (
        1.0, title, terms, telling, float(elsewhere), title * telling, terms * telling, copied, float(person),
        math.log1p(days) if days is not None else 2.0, *words, *grams,
        max(_rarest(ours.pairs, theirs.text, rare, held=True), _rarest(theirs.pairs, ours.text, rare, held=True)),
        max(_rarest(ours.pairs, theirs.text, rare, held=False), _rarest(theirs.pairs, ours.text, rare, held=False)),
        float(metres is not None and metres <= NEAR_M),
        float(metres is not None and metres >= FAR_M),
        float(both and a.category == b.category),
        float(both and a.category != b.category),
    )  # fmt: skip
    told = sorted(shared, key=lambda word: (-rare.of(word) * min(len(word), 4), word))[:4]
    return Compared(features, place, tuple(told), metres, days, person, copied)


def _share(words: frozenset[str], text: str, rare: Rarity, kind: str) -> float:
    """How much of what the words say the text says too; found as characters, so that cutting does not matter."""
    held = whole = 0.0
    for word in words:
        weight = rare.of(kind + word) ** 2
        whole += weight
        if word in text:
            held += weight
    return held / whole if whole else 0.0


_TELLING = 3


def _rarest(pairs: frozenset[str], text: str, rare: Rarity, *, held: bool) -> float:
    found = sorted((rare.of("#" + pair) for pair in pairs if (pair in text) is held), reverse=True)[:_TELLING]
    return sum(found) / _TELLING


def _shared_place(ours: tuple[str, ...], theirs: tuple[str, ...], rare: Rarity) -> tuple[str, float]:
    best, name = 0.0, ""
    for one in ours:
        for other in theirs:
            if same_place(one, other):
                short = min(one, other, key=len)
                telling = rare.of("@" + reading.core(short))
                if telling > best:
                    best, name = telling, short
    return name, best


@functools.lru_cache(maxsize=100_000)
def same_place(one: str, other: str) -> bool:
    """One name, or one that the other ends or begins with: 滨河苑 in 伊景园滨河苑, 时代倾城小区 and 时代倾城."""
    if one == other:
        return True
    a, b = reading.core(one), reading.core(other)
    if a == b:
        return True
    if one[-1] in "路街巷" or other[-1] in "路街巷":
        return False
    short, long = (a, b) if len(a) < len(b) else (b, a)
    return len(short) >= 3 and short in long


def _cosine(ours: frozenset[str], theirs: frozenset[str], rare: Rarity) -> float:
    shared = ours & theirs
    if not shared:
        return 0.0
    up = sum(rare.of(word) ** 2 for word in shared)
    return up / math.sqrt(sum(rare.of(w) ** 2 for w in ours) * sum(rare.of(w) ** 2 for w in theirs))


_METRES_PER_DEGREE = 111_320.0


def _metres(a: Matter, b: Matter) -> float | None:
    if a.lon is None or a.lat is None or b.lon is None or b.lat is None:
        return None
    dx = (b.lon - a.lon) * _METRES_PER_DEGREE * math.cos(math.radians(a.lat))
    return math.hypot(dx, (b.lat - a.lat) * _METRES_PER_DEGREE)


def probability(features: Iterable[float], weights: Iterable[float]) -> float:
    score = sum(one * weight for one, weight in zip(features, weights, strict=True))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


VOUCHERS, LOOKED_AT = 3, 10


def vouched(chance: float, by: Iterable[float], weights: tuple[float, ...]) -> float:
    """How likely once it is known that others are like both: `by` says of each how like it is to the less like one."""
    best = [*sorted(by, reverse=True)[:VOUCHERS], 0.0, 0.0, 0.0][:VOUCHERS]
    held = min(max(chance, 1e-9), 1 - 1e-9)
    return probability((1.0, math.log(held / (1 - held)), *best), weights)


def together(
    chances: list[float], others: list[Matter], rare: Rarity, weights: Iterable[float], second: tuple[float, ...]
) -> list[float]:
    """Each chance again, in the light of how like each other the likeliest of them are."""
    given = tuple(weights)
    first = sorted(range(len(chances)), key=lambda at: -chances[at])[:LOOKED_AT]
    like: dict[tuple[int, int], float] = {}
    for at, one in enumerate(first):
        for other in first[at + 1 :]:
            like[one, other] = like[other, one] = probability(compare(others[one], others[other], rare).features, given)
    known = set(first)
    return [
        vouched(chance, (min(chances[by], like[at, by]) for by in first if by != at), second)
        if at in known
        else vouched(chance, (), second)
        for at, chance in enumerate(chances)
    ]
