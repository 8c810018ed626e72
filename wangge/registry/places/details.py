"""What follows a name: building, entrance and room; the house number on a road; opposite, beside, between."""

from __future__ import annotations

import re
from typing import NamedTuple

from wangge.registry.places.words import number

_NUM = r"(?:[0-9]{1,4}|[零一二三四五六七八九十百两]{1,4})"
_MARK = rf"(?:[甲乙丙丁东西南北]?{_NUM}[a-z]?|[a-z][0-9]{{0,2}}|[甲乙丙丁])"
_BODY = r"(?:号住宅楼|号公寓楼|号楼|号栋|号幢|号座|#楼|栋|幢|座|#)"
_FLOOR = r"楼(?![道下上梯顶层长房主门里前后内盘体宇栋市]|[0-9]{3,4})"
_FILL = r"(?:[的里内,，、。:：(（)）]|小区|院内|院里|那边|这边|那里|这里|里面|里的|大院){0,3}"
_SUB = r"(?P<sub>[东西南北中][区院苑]|[零一二三四五六七八九十]{1,2}[区期院]|[a-z]区)?"
_BUILDING = rf"(?P<mark>{_MARK})第?(?P<how>{_BODY}|{_FLOOR})"
_DASHED = (
    r"(?P<dash>[0-9]{1,3}|[a-z])(?:号楼|号|#|栋|楼)?-(?:(?P<gate>[0-9]{1,2}|[东西南北中])(?:单元|门)?-)?"
    r"(?P<flat>[0-9]{2,5})(?![0-9])"
)
_GATE_ENDS = r"(?:单元|门洞|门(?![口前卫外旁边])|#|(?=-[0-9]{3,4}(?![0-9])))"
_ENTRANCE = rf"(?:的|,|，|-)?第?(?P<gate>{_NUM}|[东西南北中甲乙]){_GATE_ENDS}"
_AFTER = re.compile(rf"{_FILL}{_SUB}{_FILL}(?:{_DASHED}|第?{_BUILDING})")
_HOUSE = re.compile(rf"{_FILL}{_SUB}第?(?P<mark>{_NUM})号院?(?![线文店])")
_SUB_ONLY = re.compile(_SUB)
_GATE = re.compile(_ENTRANCE)
_JOINED = re.compile(rf"(?:[和与跟到至、,，]|以及)第?(?P<mark>{_MARK})(?P<how>{_BODY}|{_FLOOR})")
_ANYWHERE = re.compile(rf"(?<![0-9a-z#-])第?(?P<mark>{_MARK})(?P<how>{_BODY})")
_NAME = re.compile(rf"第?(?P<mark>{_MARK})(?:{_BODY}|号院?|楼|单元楼)?")
_ON_ROAD = re.compile(
    r"(?:[东西南北中]段)?(?:(?P<n>[0-9]{1,5}(?:-[0-9]{1,4})?)(?P<hao>号?)(?![0-9]|号?楼|栋|幢|座|单元|#|-|路|米|年|月|天|点|公里|个)"
    r"|(?P<cn>[零一二三四五六七八九十百]{1,5})号(?!楼))"
)
_BESIDE = re.compile(
    r"(?:的|,|，)?(?:正|斜)?(?:(?P<over>对面|对过|对门)|(?P<by>旁边|旁|附近|周边|边上|一侧|[东西南北]侧|[东西南北]边|[东西南北]面|隔壁|之间|周围|往[东西南北]))"
)
_CROSSING = re.compile(r"交叉口|交叉路口|十字路口|路口|交汇处?|交界处?|相交|丁字路口|交口|拐角|转角")


class Detail(NamedTuple):
    """`building` as keys of buildings are written; `worth` how surely it is meant; `sub` a part of the estate."""

    building: str
    entrance: str = ""
    worth: float = 1.0
    sub: str = ""
    end: int = 0


def building_key(name: str) -> str:
    """By which a building is found within its estate: 3号楼 → 3, 甲1号楼 → 甲1, A座 → a; else the name."""
    found = _NAME.fullmatch(name)
    return _key(found["mark"]) if found else name


def entrance_key(name: str) -> str:
    found = _GATE.fullmatch(name)
    return number(found["gate"]) if found else name


def _key(mark: str) -> str:
    if len(mark) > 1 and mark[0] in "甲乙丙丁东西南北":
        return mark[0] + _key(mark[1:])
    return number(mark[:-1]) + mark[-1] if len(mark) > 1 and mark[-1].isalpha() and mark[-1].isascii() else number(mark)


def after(text: str, start: int) -> Detail | None:
    """Building and entrance right after the name of an estate that ends at `start`."""
    found = _AFTER.match(text, start)
    if found is None:
        house = _HOUSE.match(text, start)
        if house is None:
            return None
        return Detail(_key(house["mark"]), _entrance(text, house.end()), 0.93, house["sub"] or "", house.end())
    sub = found["sub"] or ""
    if found["dash"] is not None:
        gate = number(found["gate"]) if found["gate"] else ""
        return Detail(_key(found["dash"]), gate, 0.95, sub, found.end())
    worth = 0.6 if found["how"] == "楼" and not found["mark"].isascii() else 0.9 if found["how"] == "楼" else 1.0
    return Detail(_key(found["mark"]), _entrance(text, found.end()), worth, sub, found.end())


def joined(text: str, start: int) -> list[Detail]:
    """Further buildings said in one breath with the one that ends at `start`: 3号楼和5号楼."""
    found = []
    while (one := _JOINED.match(text, start)) is not None:
        found.append(Detail(_key(one["mark"]), end=one.end()))
        start = one.end()
    return found


def _entrance(text: str, start: int) -> str:
    found = _GATE.match(text, start)
    return number(found["gate"]) if found else ""


def sub_part(text: str, start: int) -> str:
    found = _SUB_ONLY.match(text, start)
    return (found["sub"] or "") if found else ""


def buildings_in(text: str, start: int = 0, end: int | None = None) -> list[Detail]:
    """Every building number in the stretch, each once."""
    found: dict[str, Detail] = {}
    for one in _ANYWHERE.finditer(text, start, len(text) if end is None else end):
        key = _key(one["mark"])
        found.setdefault(key, Detail(key, _entrance(text, one.end()), 0.94, "", one.end()))
    return list(found.values())


class HouseNumber(NamedTuple):
    number: str  # 198, 85-3
    end: int


def on_road(text: str, start: int) -> HouseNumber | None:
    """The house number after the name of a road that ends at `start`."""
    found = _ON_ROAD.match(text, start)
    if found is None:
        return None
    return HouseNumber(found["n"] or number(found["cn"]), found.end())


def beside(text: str, start: int) -> str:
    """`opposite`, `beside` or nothing: what the text says of a place named before `start`."""
    found = _BESIDE.match(text, start)
    return "" if found is None else "opposite" if found["over"] else "beside"


def crossing(text: str) -> bool:
    return _CROSSING.search(text) is not None
