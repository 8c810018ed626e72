"""Where a row of a sheet is: a building by code, or by estate and number; else a community or grid by code.

Everything a row is checked against is gathered once into `References`, which travels to the processes that check.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit import labels
from wangge.kit.errors import Problem
from wangge.kit.text import fold
from wangge.kit.tree import AREAS
from wangge.org.models import Unit
from wangge.org.scope import Scope
from wangge.registry.addresses import building_numbers
from wangge.registry.models import Building, Organisation, TagKind


class BadCell(Problem):
    """What is wrong with a cell; never repeats what stands in it, since messages end up in logs and sheets."""

    code = "bad_cell"
    status = 422
    title_zh = "单元格有误"
    title_en = "The cell is wrong"


@dataclass(frozen=True, slots=True)
class Known:
    """A building."""

    id: UUID
    pos: int  # of its grid


@dataclass(frozen=True, slots=True)
class Where:
    """`pos`: the building's grid, else the area given. Without a building there is no dwelling."""

    pos: int
    community: int
    building: UUID | None = None
    entrance: str = ""
    room: str = ""


@dataclass(frozen=True)
class References:
    today: dt.date
    scope: Scope
    codes: Mapping[str, Known] = field(repr=False)
    names: Mapping[tuple[str, str], tuple[Known, ...]] = field(repr=False)  # estate and building, folded
    areas: Mapping[str, tuple[int, int]] = field(repr=False)  # code → position, level
    tags: Mapping[str, str] = field(default_factory=dict)  # name or code → code
    units: Mapping[str, UUID] = field(default_factory=dict)
    organisations: Mapping[str, UUID] = field(default_factory=dict)


def gather(kind: str, scope: Scope, *, at: dt.date | None = None) -> References:
    """In the caller's transaction, which sees every place: each row is checked against the actor's areas."""
    today = at or timezone.localdate()
    codes: dict[str, Known] = {}
    names: dict[tuple[str, str], tuple[Known, ...]] = {}
    rows = Building.objects.filter(pulled_down_on__isnull=True).values_list(
        "id", "code", "name", "area_pos", "estate__name"
    )
    for pk, code, name, pos, estate in rows.iterator():
        known = codes[code] = Known(pk, pos)
        folded = fold(name)
        for word in {folded, *building_numbers(folded)}:
            key = (fold(estate or ""), word)
            names[key] = (*names.get(key, ()), known)
    organisations = (
        dict(Organisation.objects.exclude(uscc=None).values_list("uscc", "id")) if kind == "premises" else {}
    )
    return References(
        today=today,
        scope=scope,
        codes=codes,
        names=names,
        areas={v.code: (v.pos, v.level) for v in areas.atlas(today).versions},
        tags=_tags() if kind == "residents" else {},
        units=dict(Unit.objects.filter(active=True).values_list("code", "id"))
        if kind in {"components", "devices"}
        else {},
        organisations=organisations,
    )


_ENTRANCE = re.compile(r"(?:单元|门洞|号门|楼门|门|#)$")
_ROOM = re.compile(r"(?<=[0-9])(?:室|户|房|号|号房|房间)$")
_BARE_NUMBER = re.compile(r"[0-9]{1,3}|[一二三四五六七八九十]{1,3}|[a-zA-Z]")


def entrance_key(name: str) -> str:
    """2单元, 2 and 二单元 are one."""
    bare = _ENTRANCE.sub("", fold(name))
    return str(labels.number(bare)) if bare and not set(bare) - set("一二三四五六七八九十") else bare


def room_key(label: str) -> str:
    """501 and 501室 are one."""
    return _ROOM.sub("", fold(label))


def entrance_name(name: str) -> str:
    """As a new entrance is called: a bare number is one's 单元."""
    return f"{name}单元" if _BARE_NUMBER.fullmatch(name) else name


def _tags() -> dict[str, str]:
    kinds = list(TagKind.objects.filter(active=True).values_list("code", "name"))
    return {code: code for code, _ in kinds} | {name: code for code, name in kinds}


def find(cells: Mapping[str, str], references: References) -> Where:
    """The place a row names by the fields of an address; raise BadCell."""
    area = _area(cells.get("area_code", ""), references)
    building = _building(cells, references, area)
    if building is None:
        return _in_area(cells, references, area)
    if area is not None and not area[0] <= building.pos < AREAS.end(*area):
        raise BadCell("楼栋不在所填的社区或网格内", "the building is not in the community or grid given")
    return _checked(
        Where(
            building.pos,
            AREAS.ancestor(building.pos, Level.COMMUNITY),
            building.id,
            cells.get("entrance", "").strip(),
            cells.get("room", "").strip(),
        ),
        references,
    )


def _in_area(cells: Mapping[str, str], references: References, area: tuple[int, int] | None) -> Where:
    if area is None:
        raise BadCell(
            "没有地址：请填楼栋编码，或小区和楼栋，或社区、网格编码",
            "no address: give a building's code, or estate and building, or the code of a community or grid",
        )
    if cells.get("room", "").strip() or cells.get("entrance", "").strip():
        raise BadCell("填了单元或房号，还要填楼栋", "an entrance or a room needs its building")
    if area[1] < Level.COMMUNITY:
        raise BadCell("应填到社区或网格", "a community or grid is needed, not a larger area")
    return _checked(Where(area[0], AREAS.ancestor(area[0], Level.COMMUNITY)), references)


def _checked(where: Where, references: References) -> Where:
    if not references.scope.covers_area(where.pos):
        raise BadCell("地址不在您负责的区域", "the address is not in your areas")
    return where


def _area(code: str, references: References) -> tuple[int, int] | None:
    code = code.strip()
    if not code:
        return None
    found = references.areas.get(code)
    if found is None:
        raise BadCell("没有这个编码的社区或网格", "no community or grid has this code")
    return found


def _building(cells: Mapping[str, str], references: References, area: tuple[int, int] | None) -> Known | None:
    code = cells.get("building_code", "").strip()
    if code:
        found = references.codes.get(code)
        if found is None:
            raise BadCell("没有这个编码的楼栋", "no building has this code")
        return found
    estate, building = fold(cells.get("estate", "")), fold(cells.get("building", ""))
    if not building:
        if estate and area is None:
            raise BadCell("只填了小区，还要填楼栋", "an estate needs its building too")
        return None
    named = [*references.names.get((estate, building), ())]
    for number in () if named else building_numbers(building) or {building}:
        named += references.names.get((estate, number), ())
    if area is not None:
        named = [one for one in named if area[0] <= one.pos < AREAS.end(*area)]
    if not named:
        raise BadCell("没有找到这个小区和楼栋", "no such estate and building")
    if len({one.id for one in named}) > 1:
        raise BadCell(
            "有几处同名的小区和楼栋，请加填网格编码或楼栋编码",
            "several places have this name: add the code of the grid or of the building",
        )
    return named[0]
