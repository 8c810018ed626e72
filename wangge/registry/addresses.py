"""Taking an address apart: road and house number, building number. Pure text, nothing is looked up."""

from __future__ import annotations

import re

from wangge.kit.text import fold

_DIGITS = str.maketrans("零一二三四五六七八九", "0123456789")
_ROAD = r"[\u4e00-\u9fffa-z0-9]{1,12}?(?:大街|大道|路|街|巷|胡同|道|里)"
_STREET = re.compile(rf"({_ROAD})(?:中段|东段|西段|南段|北段)?([0-9]{{1,5}}(?:-[0-9]{{1,4}})?)号(?!楼|院?[0-9]+号楼)")
_NUMBERED = re.compile(r"(.*?[^0-9])([0-9]{1,5})(?:-[0-9]{1,4})?号")
_LEADING = frozenset("住在于位到从近往至是的和与及")
_AREA = re.compile(r"街道办事处|街道|社区|居委会|村委会|[省市区县镇乡]")
_BUILDING = re.compile(r"(?<![0-9a-z])([0-9]{1,4}|[a-z])(?:号|#)?(?:楼|栋|幢|座)|(?<![0-9a-z])([0-9]{1,4})#")
_CHINESE = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]")
_SPOKEN = re.compile(r"([一二三四五六七八九十]{1,3})(?=(?:号)?(?:楼|栋|幢|座)(?!道|梯))")


def street_number(address: str) -> str:
    """Road and house number of a full address, folded: 经四路198号; empty when there is none."""
    for part in reversed(_AREA.split(fold(address))):
        found = _STREET.search(part)
        if found:
            return f"{found.group(1)}{found.group(2)}号"
    return ""


def street_numbers_in(folded: str) -> list[str]:
    """What running text may mean: 我住经四路198号 → 我住经四路198号, 住经四路198号, 经四路198号, …"""
    keys: dict[str, None] = {}
    for part in _AREA.split(folded):
        for found in _STREET.finditer(part):
            road, number = found.groups()
            for start in range(len(road) - 1):
                keys[f"{road[start:]}{number}号"] = None
    return list(keys)


def house_numbers_in(folded: str) -> list[tuple[str, int]]:
    """Roads and house numbers whose road certainly begins where it seems to: 住经四路198号 → (经四路, 198).

    What stands before a road may be a part of its name (北经四路), so only words that lead to a place are cut off.
    """
    found: dict[tuple[str, int], None] = {}
    for part in _AREA.split(folded):
        for match in _STREET.finditer(part):
            road, number = match.groups()
            for start in range(len(road) - 1):
                before = road[start - 1] if start else part[match.start() - 1 : match.start()]
                if not before.isalnum() or before in _LEADING:
                    found[road[start:], int(number.partition("-")[0])] = None
    return list(found)


def road_and_number(street_number: str) -> tuple[str, int] | None:
    """What `street_number` put together: 经四路198号 → 经四路, 198."""
    match = _NUMBERED.fullmatch(street_number)
    return (match.group(1), int(match.group(2))) if match else None


def building_numbers(folded: str) -> set[str]:
    """Building numbers in text: 3号楼, 3#, 三号楼, B座 → {'3', 'b'}."""
    plain = _SPOKEN.sub(lambda match: str(_number(match.group(1))), folded)
    return {first or second for first, second in _BUILDING.findall(plain)}


def _number(spoken: str) -> int | str:
    """十二 → 12; what is no number is given back."""
    if not _CHINESE.fullmatch(spoken):
        return spoken
    tens, ten, ones = spoken.partition("十")
    if not ten:
        return int(spoken.translate(_DIGITS))
    return int(tens.translate(_DIGITS) or 1) * 10 + int(ones.translate(_DIGITS) or 0)
