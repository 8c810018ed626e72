"""Names in running text: as they are written, as they sound, and with one slip of the pen."""

from __future__ import annotations

import functools

from wangge.registry.places import words
from wangge.registry.places.kinds import Entry, Form, Mention, What

_LONGEST = 24


_Table = dict[str, tuple[tuple[int, ...], dict[str, list[Entry]]]]


class Phrases:
    def __init__(self) -> None:
        self._entries: dict[str, list[Entry]] = {}
        self._exact: _Table = {}
        self._sound: dict[str, tuple[tuple[int, ...], dict[str, list[str]]]] = {}
        self._cut: dict[str, list[str]] = {}
        self._heads: set[str] = set()
        self._tails: set[str] = set()

    def add(self, phrase: str, entry: Entry) -> None:
        if 2 <= len(phrase) <= _LONGEST and not phrase.isascii():
            known = self._entries.setdefault(phrase, [])
            if entry not in known:
                known.append(entry)

    def settle(self) -> None:
        """All names are in: make what is looked up."""
        exact: dict[str, dict[str, list[Entry]]] = {}
        sound: dict[str, dict[str, list[str]]] = {}
        for phrase, entries in self._entries.items():
            exact.setdefault(phrase[:2], {})[phrase] = entries
            if not _guessed(phrase, entries):
                continue
            heard = words.sounds(phrase)
            sound.setdefault(heard[:2], {}).setdefault(heard, []).append(phrase)
            if len(phrase) >= 4:
                for cut in words.deletions(phrase):
                    self._cut.setdefault(cut, []).append(phrase)
                self._heads.add(phrase[:2])
                self._tails.add(phrase[-2:])
        self._exact = {key: (_lengths(of), of) for key, of in exact.items()}
        self._sound = {key: (_lengths(of), of) for key, of in sound.items()}

    def exact(self, text: str) -> list[Mention]:
        """Names in the text; one within a longer one, or begun within an earlier one, is left out."""
        found: list[Mention] = []
        reach = 0
        get = self._exact.get
        for start in range(len(text) - 1):
            if start < reach:
                continue
            bucket = get(text[start : start + 2])
            if bucket is None:
                continue
            lengths, of = bucket
            for length in lengths:
                entries = of.get(text[start : start + length])
                if entries is not None and start + length <= len(text):
                    end = start + length
                    found += [Mention(start, end, entry) for entry in entries]
                    if any(entry.form <= Form.SHORT for entry in entries):
                        reach = end
                    break
        return found

    def like(self, text: str) -> list[Mention]:
        """Names that the text may mean though it has them wrong, outside what it has right."""
        return [*self._heard(text), *self._slipped(text)]

    def _heard(self, text: str) -> list[Mention]:
        heard = words.sounds(text)
        found: list[Mention] = []
        for start in range(len(text) - 1):
            lengths, of = self._sound.get(heard[start : start + 2], ((), {}))
            for length in lengths:
                for phrase in of.get(heard[start : start + length], ()):
                    written = text[start : start + length]
                    if written != phrase and len(written) == length:
                        changed = sum(a != b for a, b in zip(written, phrase, strict=True))
                        likeness = (0.95, 0.8, 0.6)[min(changed, 3) - 1] * _of_length(phrase)
                        found += [Mention(start, start + length, e, likeness, phrase) for e in self._entries[phrase]]
        return found

    def _slipped(self, text: str) -> list[Mention]:
        found: dict[tuple[int, int, str], float] = {}
        for start, end in self._windows(text):
            written = text[start:end]
            for cut in words.deletions(written):
                for phrase in self._cut.get(cut, ()):
                    likeness = words.slip(phrase, written) * _of_length(phrase)
                    if likeness:
                        found[start, end, phrase] = likeness
        return [
            Mention(start, end, entry, likeness, phrase)
            for (start, end, phrase), likeness in found.items()
            for entry in self._entries[phrase]
            if entry.what not in (What.AREA, What.ROAD) or phrase[-1] == text[end - 1]
        ]

    def _windows(self, text: str) -> set[tuple[int, int]]:
        """Stretches that begin or end as some name does: one slip leaves one of the two as it was."""
        found: set[tuple[int, int]] = set()
        for i in range(len(text) - 1):
            pair = text[i : i + 2]
            if pair in self._heads:
                found.update((i, i + n) for n in range(3, 11) if i + n <= len(text))
            if pair in self._tails:
                found.update((i + 2 - n, i + 2) for n in range(3, 11) if i + 2 >= n)
        return found


def _lengths(phrases: dict[str, list[Entry]] | dict[str, list[str]]) -> tuple[int, ...]:
    return tuple(sorted({len(one) for one in phrases}, reverse=True))


@functools.lru_cache(maxsize=65_536)
def _of_length(phrase: str) -> float:
    """The shorter a name is, the more others are like it."""
    return 1.0 if len(words.stem(phrase)) >= 3 else 0.85


def _guessed(phrase: str, entries: list[Entry]) -> bool:
    """Only whole names are looked for when they are written wrong; short ones are too like each other."""
    return len(phrase) >= 3 and any(entry.form <= Form.ALIAS for entry in entries)
