"""Whether a reply answers what was asked.

Plain cosine over words is not enough: replies open and close with the same sentences whatever was asked, words are
cut differently in question and reply, and the title says what the matter is. So: pairs of characters instead of
words, each by its rarity in the district, the title's counted again, and less what the reply has in common with any
matter at all. Beside the score, each point that was asked is looked for by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wangge.intake.answering.sentences import Background, pairs, sentences, substance
from wangge.kit.written import plain

TITLE = 3.0  # how much more a pair in the title counts
ENOUGH = 0.015  # from here on a reply speaks of the matter: where true and foreign pairs part best
FULL = 0.20
_ASKS = re.compile(
    r"[？?]|请问|能否|可否|是否|何时|什么时候|多久|为什么|为何|怎么|如何|哪里|哪个|多少|希望|请求|恳请|恳求|要求|建议|盼望|请(?!假)"
)
_HELD = 0.12  # of a point's weight that must be found in the reply
_LEAST_POINT = 6


@dataclass(frozen=True)
class Point:
    """Something asked; `held`: the share of it, by rarity, that the reply takes up."""

    text: str
    held: float

    @property
    def answered(self) -> bool:
        return self.held >= _HELD


def likeness(title: str, description: str, reply: str, known: Background) -> float:
    """Cosine of the weighted pairs, less what the reply has in common with matters in general; may be below zero."""
    asked = known.unit(pairs(plain(f"{title}。{description}")), pairs(plain(title)), TITLE)
    said = known.unit(pairs(plain(reply)))
    return sum(value * (asked.get(pair, 0.0) - known.middle.get(pair, 0.0)) for pair, value in said.items())


def score(like: float) -> float:
    return min(1.0, max(0.0, like / FULL))


def points(title: str, description: str, reply: str, known: Background, most: int = 5) -> list[Point]:
    """The title and the sentences that ask, each with the share of it that the reply takes up."""
    said = set(pairs(substance(plain(reply))))
    asking = [one.text for one in sentences(plain(description)) if _ASKS.search(one.text)]
    found = []
    for text in dict.fromkeys([plain(title), *asking]):
        wanted = pairs(substance(_ASKS.sub(" ", text)))
        if len(wanted) < _LEAST_POINT:
            continue
        whole = sum(known.weight(pair) for pair in wanted)
        found.append(Point(text, sum(known.weight(pair) for pair in wanted if pair in said) / whole))
    return found[:most]
