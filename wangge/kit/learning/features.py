"""The grams a model knows, with their weights, and texts as sparse rows over them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wangge.kit.learning import grams, reading

Array = np.ndarray[Any, Any]

_WORD = re.compile(r"[^\W_]+")
FEW_TEXTS, MANY_TEXTS = 50, 3_000
HEAD_WORDS = 12  # a message says what it is about in its first words
BLOCKS = np.array([0, 0, 1, 2, 2, 2, 0, 0], np.int64)  # of each family: words, first words, characters
SHARES = np.sqrt(np.array([1.0, 0.5, 1.0])).astype(np.float32)


@dataclass(frozen=True)
class Rows:
    """A sparse matrix by rows."""

    starts: Array
    columns: Array
    values: Array

    def __len__(self) -> int:
        return len(self.starts) - 1

    def picked(self, which: Array) -> Rows:
        """Some of the rows, in that order."""
        lengths = np.diff(self.starts)[which]
        starts = np.zeros(len(which) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        at = np.arange(starts[-1]) + np.repeat(self.starts[which] - starts[:-1], lengths)
        return Rows(starts, self.columns[at], self.values[at])

    def times(self, weights: Array) -> Array:
        """This matrix times a dense one."""
        out = np.zeros((len(self), weights.shape[1]), np.float32)
        grams.scored(self.starts, self.columns, self.values, weights, out)
        return out


@dataclass(frozen=True)
class Counts:
    """How often each text has each gram; `keys` are the grams themselves, ascending, columns number them."""

    rows: Rows
    keys: Array

    def picked(self, which: Array) -> Counts:
        return Counts(self.rows.picked(which), self.keys)


def count(lines: Sequence[str]) -> Counts:
    """All grams of texts that were made ready by `reading.words_of`."""
    codes, starts = reading.codes_of(lines)
    rows = np.zeros(len(lines) + 1, np.int64)
    grams.counted(codes, starts, HEAD_WORDS, rows, np.empty(0, np.uint64), np.empty(0, np.int32))
    keys, times = np.empty(rows[-1], np.uint64), np.empty(rows[-1], np.int32)
    grams.counted(codes, starts, HEAD_WORDS, rows, keys, times)
    known, columns = np.unique(keys, return_inverse=True)
    return Counts(Rows(rows, columns.astype(np.int32), times), known)


@dataclass(frozen=True)
class Vocabulary:
    """The grams that count, ascending, and how much each tells (idf)."""

    keys: Array
    idf: Array

    @cached_property
    def block(self) -> Array:
        return BLOCKS[(self.keys & np.uint64(7)).astype(np.int64)]

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        size = 1 << max(4, int(np.ceil(np.log2(2 * len(self.keys) + 1))))
        table, slots = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        grams.placed(self.keys, table, slots)
        return table, slots

    def rows(self, lines: Sequence[str]) -> Rows:
        """Texts made ready by `reading.words_of`."""
        codes, starts = reading.codes_of(lines)
        most = grams.PER_CODE * (len(codes) + len(lines))
        rows = np.zeros(len(lines) + 1, np.int64)
        columns, values = np.empty(most, np.int32), np.empty(most, np.float32)
        grams.looked_up(
            codes, starts, HEAD_WORDS, *self._table, self.idf, self.block, SHARES, rows, columns, values
        )  # fmt: skip
        return Rows(rows, columns[: rows[-1]].copy(), values[: rows[-1]].copy())

    def weighed(self, counts: Counts) -> Rows:
        """The same rows from counts that are at hand."""
        place = np.searchsorted(self.keys, counts.keys)
        place[place == len(self.keys)] = 0
        place = np.where(self.keys[place] == counts.keys, place, -1) if len(self.keys) else place * 0 - 1
        columns = place[counts.rows.columns]
        kept = columns >= 0
        row = np.repeat(np.arange(len(counts.rows)), np.diff(counts.rows.starts))[kept]
        columns = columns[kept].astype(np.int32)
        values = (1 + np.log(counts.rows.values[kept])) * self.idf[columns]
        part = row * len(SHARES) + self.block[columns]
        norms = np.sqrt(np.bincount(part, values * values, len(counts.rows) * len(SHARES)))
        values *= SHARES[self.block[columns]] / norms[part]
        starts = np.zeros(len(counts.rows) + 1, np.int64)
        np.cumsum(np.bincount(row, minlength=len(counts.rows)), out=starts[1:])
        return Rows(starts, columns, values.astype(np.float32))

    def spoken(self, line: str, lead: Array, most: int) -> list[tuple[str, float]]:
        """The words of a text by what their grams add to a score; `lead` has what each gram adds by itself."""
        codes, _ = reading.codes_of([line])
        spans = np.empty((grams.PER_CODE * (len(codes) + 1), 2), np.int64)
        found = np.empty(len(spans), np.uint64)
        found = found[: grams.grams_of(codes, 0, len(codes), HEAD_WORDS, found, spans)]
        place = np.searchsorted(self.keys, found)
        place[place == len(self.keys)] = 0
        rows = self.rows([line])
        value = np.zeros(len(self.keys), np.float32)
        value[rows.columns] = rows.values * lead[rows.columns]
        times = np.bincount(place, minlength=len(self.keys))
        added = np.where(self.keys[place] == found, value[place] / times[place], 0)
        each = np.zeros(len(codes) + 1)  # what every code point adds, as differences
        width = spans[: len(found), 1] - spans[: len(found), 0] + 1
        np.add.at(each, spans[: len(found), 0], added / width)
        np.subtract.at(each, spans[: len(found), 1] + 1, added / width)
        each = np.cumsum(each)
        sums: dict[str, float] = {}
        for match in _WORD.finditer(line):
            word = match.group()
            sums[word] = sums.get(word, 0.0) + float(each[match.start() : match.end()].sum())
        told = [(word, added) for word, added in sums.items() if added > 0 and any(map(str.isalpha, word))]
        return sorted(told, key=lambda one: (-one[1], one[0]))[:most]


def known(counts: Counts, most: int) -> Vocabulary:
    """The grams of more than one text, pairs and threes of more than two (less where there are few texts)."""
    texts = np.bincount(counts.rows.columns, minlength=len(counts.keys))
    family = counts.keys & np.uint64(7)
    often = (family == grams.PAIR) | (family == grams.THREE)
    least = np.where(often, 3, 2) if len(counts.rows) >= MANY_TEXTS else 2 if len(counts.rows) >= FEW_TEXTS else 1
    kept = np.flatnonzero(texts >= least)
    if len(kept) > most:
        kept = np.sort(kept[np.argsort(-texts[kept], kind="stable")[:most]])
    idf = np.log((1 + len(counts.rows)) / (1 + texts[kept])) + 1
    return Vocabulary(counts.keys[kept], idf.astype(np.float32))
