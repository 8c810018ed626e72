"""Text as people write it: stored whole in NFC, folded for search, controls made visible for readers."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Any

import rjieba

# Bidirectional controls, zero-width characters and other format characters that can hide or reorder text.
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Between the parts of a name: written by some, left out by others.
_NAME_DOT = re.compile(r"(?<=[\u3400-\u9fff\U00020000-\U000323af])[·•・‧](?=[\u3400-\u9fff\U00020000-\U000323af])")
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff\U00020000-\U000323af]+")


def nfc(text: str) -> str:
    """Unicode NFC; nothing is dropped."""
    return unicodedata.normalize("NFC", text)


def has_control(text: str) -> bool:
    """C0 controls other than tab, line feed and carriage return, which no stored text may hold."""
    return _CONTROL.search(text) is not None


def visible(text: str) -> str:
    """The text with hidden format characters written out as ⟨U+202E⟩, so that a reader sees them."""
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def without_hidden(text: str) -> str:
    return _HIDDEN.sub("", text)


def fold(text: str) -> str:
    """For comparing and searching: NFKC, lower case, hidden characters and blanks removed, middle dots unified."""
    folded = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).casefold()
    return re.sub(r"[\s·•・‧]+", "", folded)


class _Simplified(dict[int, str]):
    """Code point → its simplified character, each by itself: a text and what is sought in it must be read alike."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        found = _simplifier().convert(character) if point > 0x2E80 else character
        self[point] = found if len(found) == 1 else character
        return self[point]


@functools.cache
def _simplifier() -> Any:
    import opencc  # 30 ms and 3 MB: only for those who ask

    return opencc.OpenCC("t2s")


_SIMPLIFIED = _Simplified()


def as_searched(text: str) -> str:
    """NFKC, small letters, simplified characters, no hidden ones; blanks and signs stay."""
    folded = _NAME_DOT.sub("", unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).casefold())
    return folded if folded.isascii() else folded.translate(_SIMPLIFIED)


class _InPlace(dict[int, str]):
    """Code point → one character as it is searched, so that what is found stands at the same place in the text."""

    def __missing__(self, point: int) -> str:
        found = as_searched(chr(point))
        self[point] = found if len(found) == 1 else "\ufffd"
        return self[point]


_IN_PLACE = _InPlace()


def in_place(text: str) -> str:
    """`text` as it is searched, character by character: of the same length."""
    return text.translate(_IN_PLACE)


def runs(text: str) -> list[str]:
    """The words of letters and digits and the runs of Han characters, as they are searched."""
    return _WORD.findall(as_searched(text))


def search_tokens(text: str) -> list[str]:
    """Words and character bigrams of `text`, each once, for a `simple` tsvector.

    Words give meaning, bigrams make every two-character substring findable.
    """
    tokens: dict[str, None] = {}
    for run in runs(text):
        if run.isascii():
            tokens[run] = None
            continue
        if len(run) == 1:
            tokens[run] = None
        for index in range(len(run) - 1):
            tokens[run[index : index + 2]] = None
        for word in rjieba.cut(run):
            if len(word) > 2:
                tokens[word] = None
    return list(tokens)


def query_tokens(text: str) -> list[str]:
    """Tokens that must all be present for `text` to be found: the bigrams and ASCII words, never guessed words."""
    tokens: dict[str, None] = {}
    for run in runs(text):
        if run.isascii() or len(run) == 1:
            tokens[run] = None
        else:
            for index in range(len(run) - 1):
                tokens[run[index : index + 2]] = None
    return list(tokens)
