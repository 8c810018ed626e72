"""What of a personal value is shown to those who need not see it whole (the practice of GB/T 35273 and 45574)."""

from __future__ import annotations

import re

_HIDDEN = "***"
_NUMERAL = r"(?:[0-9A-Za-z]+|[一二三四五六七八九十百甲乙丙丁东西南北]+)"
# The last of these ends the building; what follows is somebody's door. 12号 after a village's name is a family's house.
_BUILDING = re.compile(
    rf"{_NUMERAL}(?:号楼|#楼|楼栋|栋|幢|座|#)"
    rf"|(?<![村庄屯寨0-9A-Za-z]){_NUMERAL}号(?!楼)院?"
    r"|[\u4e00-\u9fff](?:大厦|公寓楼|商厦)"
)
# Where a door begins: 3单元, 501室, -2-501, 地下1层, 12号.
_DOOR = re.compile(
    rf"{_NUMERAL}(?:单元|门洞|室|户|层|楼(?!栋))|(?<=[0-9])(?:-{_NUMERAL}){{1,3}}|{_NUMERAL}号?$|地下.*$"
)


def keep_ends(value: str, front: int, back: int) -> str:
    """At most half of the characters stay: a quarter in front, a quarter behind."""
    front = min(front, len(value) // 4)
    back = min(back, len(value) // 4)
    return value[:front] + "*" * (len(value) - front - back) + value[len(value) - back :]


def mask_number(number: str) -> str:
    """370***********1234 for an ID of 18, E1*****78 for a passport: three in front and four behind at most."""
    return keep_ends(number, 3, 4)


def mask_address(address: str) -> str:
    """To the building: 舜耕路20号3号楼***. A house number in a village names a family and is hidden too."""
    ends = [found.end() for found in _BUILDING.finditer(address)]
    if ends:
        return address if not address[ends[-1] :].strip() else address[: ends[-1]] + _HIDDEN
    door = _DOOR.search(address)
    return address[: door.start()] + _HIDDEN if door else address
