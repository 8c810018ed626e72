"""The loops that turn code points into hashed grams; compiled when first used.

A gram is a 64-bit hash whose lowest three bits name its family. Texts lie end to end in one array of code points;
words are parted by blanks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wangge.kit.compiled import compiled

Array = np.ndarray[Any, Any]

WORD, PAIR, HEAD, ONE, TWO, THREE = range(6)  # single words, words side by side, the first words, 1-3 characters
PER_CODE = 6  # grams that one code point can begin
BLANK = 32


@compiled
def _mixed(value: np.uint64, family: int) -> np.uint64:
    value = (value ^ (value >> np.uint64(32))) * np.uint64(0xC2B2AE3D27D4EB4F)
    value = (value ^ (value >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    value ^= value >> np.uint64(32)
    return (value & ~np.uint64(7)) | np.uint64(family)


@compiled
def grams_of(codes: Array, start: int, end: int, head: int, out: Array, spans: Array) -> int:
    """Every gram of one text, as often as it occurs; `out` has room for PER_CODE a code point and one more.

    `spans`, unless empty, is given the first and the last code point of each gram.
    """
    step = np.uint64(0x9E3779B97F4A7C15)
    count, words, length, seen = 0, 0, 0, 0
    word, before = np.uint64(0), np.uint64(0)
    before_at, near, nearer = start, start, start
    last, older = np.uint64(0), np.uint64(0)
    for at in range(start, end + 1):
        code = np.uint64(codes[at]) if at < end else np.uint64(32)
        if code == np.uint64(32):
            if length:
                first = at - length
                count = _put(out, spans, count, _mixed(word, 0), first, at - 1)
                if words:
                    pair = before * np.uint64(0xC2B2AE3D27D4EB4F) + word
                    count = _put(out, spans, count, _mixed(pair, 1), before_at, at - 1)
                if words < head:
                    count = _put(out, spans, count, _mixed(word, 2), first, at - 1)
                before, before_at = word, first
                word, length = np.uint64(0), 0
                words += 1
            continue
        word = (word + code + np.uint64(1)) * step
        length += 1
        gram = (code + np.uint64(1)) * step
        count = _put(out, spans, count, _mixed(gram, 3), at, at)
        if seen > 0:
            gram = (gram + last + np.uint64(1)) * step
            count = _put(out, spans, count, _mixed(gram, 4), near, at)
        if seen > 1:
            gram = (gram + older + np.uint64(1)) * step
            count = _put(out, spans, count, _mixed(gram, 5), nearer, at)
        older, nearer = last, near
        last, near = code, at
        seen += 1
    return count


@compiled
def _put(out: Array, spans: Array, count: int, gram: np.uint64, first: int, last: int) -> int:
    out[count] = gram
    if len(spans):
        spans[count, 0] = first
        spans[count, 1] = last
    return count + 1


@compiled
def counted(codes: Array, starts: Array, head: int, rows: Array, keys: Array, times: Array) -> None:
    """Distinct grams of each text, ascending, and how often; `rows` says where each text begins in `keys`.

    Called with empty `keys` it fills only `rows`, which tells how long `keys` and `times` must be.
    """
    longest = 0
    for i in range(len(starts) - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    room = np.empty(6 * longest + 6, np.uint64)
    nowhere = np.empty((0, 2), np.int64)
    used = 0
    rows[0] = 0
    for i in range(len(starts) - 1):
        n = grams_of(codes, starts[i], starts[i + 1], head, room, nowhere)
        part = np.sort(room[:n])
        j = 0
        while j < n:
            k = j + 1
            while k < n and part[k] == part[j]:
                k += 1
            if len(keys):
                keys[used] = part[j]
                times[used] = k - j
            used += 1
            j = k
        rows[i + 1] = used


@compiled
def looked_up(
    codes: Array, starts: Array, head: int, table: Array, slots: Array, idf: Array, block: Array, share: Array,
    rows: Array, columns: Array, values: Array,
) -> None:  # fmt: skip
    """Weighed rows of known grams: 1 + log(times), times idf, each block of families of length one, times its share.

    `table`/`slots` are an open hash table (power of two, 0 = free) from gram to column. Room as in `grams_of`.
    """
    longest = 0
    for i in range(len(starts) - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    room = np.empty(6 * longest + 6, np.uint64)
    nowhere = np.empty((0, 2), np.int64)
    mask = len(table) - 1
    times = np.zeros(len(idf), np.int32)
    norms = np.zeros(len(share), np.float64)
    used = 0
    rows[0] = 0
    for i in range(len(starts) - 1):
        n = grams_of(codes, starts[i], starts[i + 1], head, room, nowhere)
        first = used
        for j in range(n):
            column = found(room[j], table, slots, mask)
            if column >= 0:
                if times[column] == 0:
                    columns[used] = column
                    used += 1
                times[column] += 1
        norms[:] = 0
        for j in range(first, used):
            column = columns[j]
            value = idf[column]
            if times[column] > 1:
                value *= np.float32(1 + np.log(times[column]))
            times[column] = 0
            values[j] = value
            norms[block[column]] += value * value
        for kind in range(len(share)):
            norms[kind] = share[kind] / np.sqrt(max(norms[kind], 1e-12))
        for j in range(first, used):
            values[j] *= norms[block[columns[j]]]
        rows[i + 1] = used


@compiled
def found(gram: np.uint64, table: Array, slots: Array, mask: int) -> int:
    """Its column, or -1."""
    at = np.int64(gram >> np.uint64(3)) & mask
    while table[at] != 0:
        if table[at] == gram:
            return slots[at]  # type: ignore[no-any-return]
        at = (at + 1) & mask
    return -1


@compiled
def placed(grams: Array, table: Array, slots: Array) -> None:
    """Fill an empty open hash table: the column of a gram is its place in `grams`."""
    mask = len(table) - 1
    for column in range(len(grams)):
        at = np.int64(grams[column] >> np.uint64(3)) & mask
        while table[at] != 0:
            at = (at + 1) & mask
        table[at] = grams[column]
        slots[at] = column


@compiled
def scored(rows: Array, columns: Array, values: Array, weights: Array, out: Array) -> None:
    """out += sparse rows times weights (columns by outputs)."""
    for i in range(len(rows) - 1):
        for j in range(rows[i], rows[i + 1]):
            value = values[j]
            line = weights[columns[j]]
            for k in range(out.shape[1]):
                out[i, k] += value * np.float32(line[k])


@compiled
def projected(
    rows: Array, columns: Array, values: Array, place: Array, directions: Array, scales: Array, out: Array
) -> None:
    """out = sparse rows times `directions` (bytes, each line with its scale), each row then of length one."""
    for i in range(len(rows) - 1):
        point = out[i]
        for j in range(rows[i], rows[i + 1]):
            at = place[columns[j]]
            if at >= 0:
                value = values[j] * scales[at]
                line = directions[at]
                for k in range(len(point)):
                    point[k] += value * np.float32(line[k])
        square = np.float32(0)
        for k in range(len(point)):
            square += point[k] * point[k]
        if square > 0:
            shrink = np.float32(1) / np.sqrt(square)
            for k in range(len(point)):
                point[k] *= shrink
