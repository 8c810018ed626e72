"""JSON as RFC 8259 means it: no duplicate names, no NaN or infinity, no NUL, no lone surrogates, bounded depth."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import numpy as np

from wangge.kit.errors import Malformed

MAX_DEPTH = 64
_MAY_OVERFLOW = re.compile(r"[0-9][eE]\+?[0-9]{3}|[0-9]{300}")

_LONG = re.compile(r"[0-9]{19}")


def parse(body: bytes) -> Any:
    """Parse `body` (UTF-8) or raise Malformed saying what is wrong and where."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"第 {error.start} 字节不是有效的 UTF-8", f"byte {error.start} is not valid UTF-8") from error
    if "\x00" in text or "\\u0000" in text:
        raise Malformed("含有空字符（NUL）", "contains a NUL character")
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(text)
    try:
        # Python's own float is many times faster, and only a long exponent or hundreds of digits overflow it.
        number = _finite if _MAY_OVERFLOW.search(text) else float
        whole = _of_64_bits if _LONG.search(text) else int
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=number, parse_int=whole
        )
    except json.JSONDecodeError as error:
        raise Malformed(
            f"第 {error.lineno} 行第 {error.colno} 列不是有效的 JSON",
            f"not valid JSON at line {error.lineno} column {error.colno}: {error.msg}",
        ) from error
    except ValueError as error:  # integers of more digits than Python converts
        raise Malformed("数字过长", "a number has too many digits") from error
    if "\\ud" in text or "\\uD" in text:
        _no_lone_surrogate(value)
    return value


_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # never gives back what it took: one pass, whatever comes
_STRETCH = 1 << 22


def _check_depth(text: str) -> None:
    """By counting brackets outside strings, a stretch at a time: files of 50 MB are asked too."""
    signs = np.frombuffer(_STRING.sub("", text).encode(), dtype=np.uint8)
    depth = 0
    for start in range(0, len(signs), _STRETCH):
        part = signs[start : start + _STRETCH]
        steps = np.isin(part, _OPENING).astype(np.int8) - np.isin(part, _CLOSING).astype(np.int8)
        depths = depth + np.cumsum(steps, dtype=np.int64)
        if depths.max() > MAX_DEPTH:
            raise Malformed(f"嵌套超过 {MAX_DEPTH} 层", f"nested deeper than {MAX_DEPTH} levels")
        depth = int(depths[-1])


_OPENING, _CLOSING = np.frombuffer(b"[{", dtype=np.uint8), np.frombuffer(b"]}", dtype=np.uint8)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = ""
        for name, _ in pairs:
            if name in seen:
                twice = name
                break
            seen.add(name)
        raise Malformed(f"“{twice[:40]}” 出现了两次", f"the name {twice[:40]!r} appears twice")
    return result


def _no_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} 不是 JSON 数字", f"{name} is not a JSON number")


def _finite(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise Malformed(f"数字 {literal[:20]} 超出范围", f"the number {literal[:20]} is out of range")
    return value


def _of_64_bits(literal: str) -> int:
    """No more: other readers of the same text would take a neighbouring number for it."""
    value = int(literal) if len(literal) < 21 else 1 << 64
    if not -(1 << 63) <= value < 1 << 63:
        raise Malformed(f"整数 {literal[:20]} 超出范围", f"the whole number {literal[:20]} is out of range")
    return value


def _no_lone_surrogate(value: Any) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, str):
            try:
                item.encode("utf-8")
            except UnicodeEncodeError as error:
                raise Malformed("含有不成对的代理字符", "contains a lone surrogate") from error
