"""Codes and names of a community's new grids: by the rule, west to east and north to south."""

from __future__ import annotations

import bisect
import re
from collections.abc import Collection, Sequence

from wangge.areas.numbering import grid_code

_DIGITS = "零一二三四五六七八九十"
LAST = 999


def codes(parent: str, kept: Sequence[str | None], held: Collection[str]) -> list[str]:
    """Codes in ascending order for areas in the order of the rule. `kept` is the code an area has today, None for a
    new one; `held` are all codes below this parent today.

    No code of today goes to another area on that day: who reads an old paper must not find another place. An area
    keeps its code where the order lets it. When numbers run out everybody is numbered from 1.
    """
    own = [int(code[-3:]) if code and code.startswith(parent) else 0 for code in kept]
    stay = _longest_rise(own)
    taken = {int(code[-3:]) for code in held if code.startswith(parent)}
    last, numbers = 0, []
    for index, number in enumerate(own):
        if index in stay and number > last:
            last = number
        else:
            last += 1
            while last in taken and last != number:
                last += 1
        numbers.append(last)
    if last > LAST:
        numbers = list(range(1, len(own) + 1))
    return [grid_code(parent, number) for number in numbers]


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """Positions of the longest rising run of numbers, zeros left out."""
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for index, number in enumerate(numbers):
        if not number:
            continue
        place = bisect.bisect_left(tails, number)
        before[index] = ends[place - 1] if place else None
        tails[place : place + 1] = [number]
        ends[place : place + 1] = [index]
    found: set[int] = set()
    here = ends[-1] if ends else None
    while here is not None:
        found.add(here)
        here = before[here]
    return found


def name_for(community: str, code: str, noun: str) -> str:
    """纬一路社区第3网格."""
    return f"{community}第{int(code[-3:])}{noun}"


def renamed(name: str, was: str, code: str) -> str:
    """A name that only says the number follows the code; any other stays."""
    old, new = int(was[-3:]), int(code[-3:])
    if old == new:
        return name
    match = re.fullmatch(rf"(.*?第?)({old}|{spoken(old)})(网格|庭院)", name)
    if match is None:
        return name
    number = str(new) if match[2].isdigit() else spoken(new)
    return f"{match[1]}{number}{match[3]}"


def spoken(number: int) -> str:
    """1 to 99 in Chinese numerals, the rest in digits."""
    if not 1 <= number <= 99:
        return str(number)
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")
