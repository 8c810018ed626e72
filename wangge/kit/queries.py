"""What somebody types to search by: words that all must be there, "whole phrases", and -words that must not.

Nothing typed is an error: signs without letters are no words, an unclosed quote is a word, beyond the first so many
characters and words the rest is left out. The condition is a text-search query of quoted tokens over the tokens of
`kit.text.search_tokens`; no operator of the query language can be smuggled in, since tokens are letters, digits and
Han characters only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wangge.kit.text import as_searched, in_place, runs

LONGEST = 200
MOST_WORDS = 12
MOST_TOKENS = 48
_KEPT_WHOLE = 4  # longer unquoted ones are sentences: what stands between these characters must be there
_LITTLE = re.compile("[的了吗呢吧呀啊很是在我你他她它有和与及就都也被把请]")
_PART = re.compile(r"""(-?)["“”„「『]([^"“”„」』]+)["“”」』]|(\S+)""")


@dataclass(frozen=True)
class Word:
    """As it is searched; `exact`: it stood in quotes."""

    text: str
    exact: bool = False

    @property
    def letters(self) -> str:
        """Without blanks and signs: two texts of the same letters are the same phrase."""
        return "".join(runs(self.text))

    @property
    def spelt(self) -> bool:
        """May be the pinyin of a name."""
        return not self.exact and self.text.isascii() and self.text.isalpha() and 2 <= len(self.text) <= 24


@dataclass(frozen=True)
class Query:
    wanted: tuple[Word, ...]
    unwanted: tuple[Word, ...]

    @property
    def empty(self) -> bool:
        """Nothing to look for: words that must not be there alone describe almost everything."""
        return not self.wanted

    @property
    def phrases(self) -> list[str]:
        return [word.letters for word in self.wanted if word.exact]


def parse(text: str) -> Query:
    wanted: dict[Word, None] = {}
    unwanted: dict[Word, None] = {}
    for minus, phrase, single in _PART.findall(as_searched(text[:LONGEST])):
        barred = bool(minus) or (single.startswith("-") and len(single) > 1)
        word = Word(phrase, exact=True) if phrase else Word(single.removeprefix("-") if barred else single)
        if word.letters:
            (unwanted if barred else wanted)[Word(word.text.strip(), word.exact)] = None
    return Query(tuple(wanted)[:MOST_WORDS], tuple(unwanted)[:MOST_WORDS])


def condition(query: Query, names_of: Callable[[Word], Sequence[str]] = lambda word: ()) -> str:
    """The query as PostgreSQL's text-search query; `names_of` gives names a spelt word may stand for."""
    parts = []
    for word in query.wanted:
        ways = [_all_of(_tokens(word))] + [_all_of(_tokens(Word(name, exact=True))) for name in names_of(word)]
        parts.append(ways[0] if len(ways) == 1 else f"({' | '.join(f'({way})' for way in ways)})")
    parts += [f"!({_all_of(_tokens(word))})" for word in query.unwanted]
    return " & ".join(parts)


def _all_of(tokens: Iterable[str]) -> str:
    return " & ".join(tokens)


def _tokens(word: Word) -> list[str]:
    found: dict[str, None] = {}
    for run in runs(word.text):
        for piece in _pieces(run, exact=word.exact):
            if piece.isascii():
                found[f"'{piece}'" + (":*" if not word.exact and _unfinished(piece) else "")] = None
            elif len(piece) == 1:
                found[f"'{piece}':*"] = None  # its beginning of any pair
            else:
                for at in range(len(piece) - 1):
                    found[f"'{piece[at : at + 2]}'"] = None
    return list(found)[:MOST_TOKENS]


def _unfinished(piece: str) -> bool:
    """Whether it is long enough to be taken for the beginning of a word; numbers begin alike too often."""
    return len(piece) >= (4 if piece.isdigit() else 2)


def _pieces(run: str, *, exact: bool) -> list[str]:
    if exact or run.isascii() or len(run) <= _KEPT_WHOLE:
        return [run]
    return [piece for piece in _LITTLE.split(run) if len(piece) > 1] or [run]


def letters_of(text: str) -> str:
    return "".join(runs(text))


Span = tuple[int, int]


def hits(text: str, words: Iterable[Word], most: int = 40) -> list[Span]:
    """Where the words, or what they are made of, stand in the text; in order, touching ones joined."""
    seen = in_place(text)
    found: list[Span] = []
    for word in words:
        for run in runs(word.text):
            whole = _places(seen, run, most)
            if whole or word.exact or len(run) <= 2:
                found += whole
                continue
            for piece in _pieces(run, exact=False):
                parts = [piece] if piece != run else [run[at : at + 2] for at in range(len(run) - 1)]
                for part in parts:
                    found += _places(seen, part, most)
    return _joined(sorted(found)[:most])


def _places(seen: str, part: str, most: int) -> list[Span]:
    found: list[Span] = []
    at = seen.find(part)
    while at >= 0 and len(found) < most:
        # A Latin word is found from its beginning on, as the index finds it.
        if not (part.isascii() and at and seen[at - 1].isascii() and seen[at - 1].isalnum()):
            found.append((at, at + len(part)))
        at = seen.find(part, at + len(part))
    return found


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


@dataclass(frozen=True)
class Part:
    """A stretch of a text; `hit`: it is what was looked for."""

    text: str
    hit: bool


def snippet(text: str, spans: Sequence[Span], longest: int = 80, before: int = 16) -> list[Part]:
    """The stretch of the text around its first hit, cut into parts; what was left out shows as …"""
    if len(text) <= longest:
        start, end = 0, len(text)
    else:
        start = max(0, min(spans[0][0] - before if spans else 0, len(text) - longest))
        end = start + longest
    parts, at = ([Part("…", hit=False)] if start else []), start
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first >= last:
            continue
        if first > at:
            parts.append(Part(text[at:first], hit=False))
        parts.append(Part(text[first:last], hit=True))
        at = last
    if at < end:
        parts.append(Part(text[at:end], hit=False))
    return [*parts, Part("…", hit=False)] if end < len(text) else parts
