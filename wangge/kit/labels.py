"""Dwelling labels as people write them: 3号楼2单元501室, 地下-1, B1-03, A座1502, 一层门头. None is ever refused.

The label is kept whole; what is found in it is the floor, where it says one, and a key by which a board sorts.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

_DIGITS = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    "〇": 0,
    "两": 2,
}
_SPOKEN = "零〇一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰"
_NUMERAL = re.compile(rf"[{_SPOKEN}]+(?=层|楼|单元|号|室|栋|幢|座|户|至|到|~|-|$)|[零〇一二三四五六七八九]{{3,4}}")

# What stands before the door: buildings and entrances.
_BEFORE = re.compile(r"^.*(?:号楼|#楼|栋|幢|座|号院|单元|门洞|楼(?=[0-9]+单元))")
_BASEMENT = re.compile(r"(?:半?地下(?:室)?|负)(?:[-负]?([1-9])(?=层|楼|F|-|$|[0-9]{2}(?![0-9])))?")
_BELOW = re.compile(r"^(?:B([1-9])(?![0-9]|座|栋|幢|号|单元|-[0-9A-Z]+-)|-([1-9])(?![0-9])|-([1-9])[0-9]{2}(?![0-9]))")
_FLOORS = re.compile(r"([0-9]{1,3})(?:层|楼|F(?![A-Z]))?(?:[-~至到、,])[0-9]{1,3}(?:层|楼|F(?![A-Z]))")
_FLOOR = re.compile(r"(-?[0-9]{1,3})(?:层|楼(?!栋)|F(?![A-Z]))")
_GROUND = re.compile(r"首层|底层|底楼")
_TOP = re.compile(r"顶层|顶楼|阁楼|天台|楼顶|屋顶")
_NO_DOOR = re.compile(r"车位|车库|储藏|停车|仓库|地块|信箱")
_DOOR = re.compile(r"[A-Z\u4e00-\u9fff]{0,2}([0-9]{1,2})[0-9]{2}(?![0-9])")
_SIDE = re.compile(r"([0-9]{1,2})(?:楼)?[东西中南北](?:户|门|室)?")
_PARTS = re.compile(r"[-—–_/\\#.、,\s]+")
_BLANKS = re.compile(r"\s+")
_RUNS = re.compile(r"[0-9]+")

_ZERO, _ABOVE, _UNKNOWN = 500, 998, 999  # places of floors in the key: basements below 500, the top, no floor
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Label:
    """`key` sorts as plain text: by floor, basements first and labels without a floor last, then by room."""

    floor: int | None
    text: str
    key: str


@functools.lru_cache(maxsize=65_536)
def parse(text: str) -> Label:
    """What the label says; `floor` is None where it says nothing about it."""
    whole = unicodedata.normalize("NFC", text).strip()
    plain = _plain(whole[:_LONGEST])
    floor = _floor(plain)
    place = _UNKNOWN if floor is None else _ZERO + floor
    if floor is None and _TOP.search(plain):
        place = _ABOVE
    return Label(floor, whole, f"{place:03}{_natural(plain)}")


def number(numeral: str) -> int:
    """二十三 → 23, 三〇一 → 301, 两 → 2."""
    plain = numeral.translate(str.maketrans("拾佰", "十百"))
    if not {"十", "百"} & set(plain):
        return int("".join(str(_DIGITS[one]) for one in plain))
    total, pending = 0, 0
    for one in plain:
        if one in "十百":
            total += max(pending, 1) * (10 if one == "十" else 100)
            pending = 0
        else:
            pending = _DIGITS[one]
    return total + pending


def _plain(text: str) -> str:
    """Half-width capitals without blanks, numerals before a unit as digits, dashes alike."""
    folded = _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()
    folded = re.sub("[—–−﹣―]", "-", folded)
    return _NUMERAL.sub(lambda found: str(number(found.group())), folded)


def _floor(plain: str) -> int | None:
    door = _BEFORE.sub("", plain)
    if basement := _BASEMENT.search(door):
        return -int(basement.group(1) or 1)
    if below := _BELOW.match(door):
        return -int(next(one for one in below.groups() if one))
    if floors := _FLOORS.search(door) or _FLOOR.search(door):
        return _plausible(int(floors.group(1)))
    if _GROUND.search(door):
        return 1
    if _NO_DOOR.search(door):
        return None
    for part in reversed(_PARTS.split(door)):
        if found := _DOOR.match(part) or _SIDE.fullmatch(part):
            return _plausible(int(found.group(1)))
    return None


def _plausible(floor: int) -> int | None:
    return floor if floor and -9 <= floor <= 200 else None


def _natural(plain: str) -> str:
    """Runs of digits padded, so that 2 comes before 10 in plain text order."""
    return _RUNS.sub(lambda found: found.group().lstrip("0").rjust(6, "0"), plain)
