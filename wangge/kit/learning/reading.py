"""Texts as the loops read them: plain, without numbers that identify, in words, as code points end to end."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from wangge.kit import written

Array = np.ndarray[Any, Any]

LONGEST = 8_000  # code points of one text that are read
_JUDGED = 400  # texts looked at when deciding whether words are parted already
_PARTED = 0.12  # blanks per code point: raw Chinese has fewer by far, parted words have more by far
_BLANK, _DIGIT = 32, 48


def parted(texts: Iterable[str]) -> bool:
    """Whether words are split by blanks already, told from the first texts that have something in them."""
    blanks = length = seen = 0
    for text in texts:
        line = " ".join(text[:LONGEST].split())
        if len(line) < 4:
            continue
        blanks += line.count(" ")
        length += len(line)
        seen += 1
        if seen == _JUDGED:
            break
    return length > 0 and blanks / length > _PARTED


def words_of(text: str, split: bool) -> str:
    """The text as it is read, words parted by blanks; `split` texts keep the words they come with."""
    line = written.redacted(written.plain(text, LONGEST))
    if split:
        return line
    import rjieba  # 5 MB of dictionary

    return " ".join(rjieba.cut(line))


@functools.cache
def _codes() -> Array:
    """What each code point of the basic plane is read as: small letters, one digit for all, blanks for signs."""
    table = np.arange(0x10000, dtype=np.uint32)
    for code in range(0x10000):
        sign = chr(code)
        category = unicodedata.category(sign)
        if category == "Nd":
            table[code] = _DIGIT
        elif category[0] not in "LNM":
            table[code] = _BLANK
        elif len(small := sign.lower()) == 1:
            table[code] = ord(small)
    return table


def codes_of(lines: Sequence[str]) -> tuple[Array, Array]:
    """Code points of all lines end to end, and where each begins (one more at the end)."""
    lengths = np.fromiter((len(line) for line in lines), np.int64, len(lines))
    starts = np.zeros(len(lines) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    raw = np.frombuffer("".join(lines).encode("utf-32-le", "replace"), np.uint32)
    table = _codes()
    return np.where(raw < len(table), table[np.minimum(raw, len(table) - 1)], raw), starts
