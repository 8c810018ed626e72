"""Sheets of what is no person: dwellings, organisations, premises, components, devices; a row read and checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from wangge.kit import geo, organisations, phones
from wangge.kit.text import fold
from wangge.registry.services.imports.checking import AREA_CODE, Errors, Reader, Sheet
from wangge.registry.services.imports.fields import HAZARDS
from wangge.registry.services.imports.places import BadCell, References, Where, find

_EARTH = ("-180", "180"), ("-90", "90")


@dataclass(frozen=True)
class Thing:
    """`key` says which one it is among its kind; `values` are columns, empty where the row says nothing."""

    key: tuple[str, ...]
    values: Mapping[str, Any]
    where: Where | None = None
    point: tuple[float, float] | None = None
    sealed: Mapping[str, str] = field(default_factory=dict, repr=False)
    source: str = ""


def check(sheet: Sheet, row: Sequence[str], references: References) -> tuple[Thing | None, Errors]:
    """What the row says, or its errors."""
    reader = Reader(sheet, sheet.cells(row))
    made = _READ[sheet.kind](reader, references)
    return (None, reader.errors) if reader.errors else (made, [])


def _where(reader: Reader, references: References, *, needed: bool) -> Where | None:
    named = ("building_code", "building", "estate", "area_code", "room")
    if not needed and not any(reader.cells.get(name, "").strip() for name in named):
        return None
    at = next((name for name in named if name in reader.sheet.columns), "building")
    for name in ("entrance", "room"):
        reader.text(name)
    return reader.attempt(at, lambda: find(reader.cells, references))


def _point(reader: Reader) -> tuple[float, float] | None:
    """In WGS-84; a point whose datum nobody says is refused, never guessed."""
    lon, lat = (
        reader.decimal(name, least=least, most=most) for name, (least, most) in zip(("lon", "lat"), _EARTH, strict=True)
    )
    if (lon is None) != (lat is None) and not reader.errors:
        reader.wrong("lon", "经度和纬度要一起填写", "longitude and latitude belong together")
    if lon is None or lat is None:
        return None
    datum = reader.word("crs")
    if not datum:
        reader.wrong("crs", "填了经纬度就要填坐标系", "say which datum the point is in")
        return None
    lons, lats = geo.to_wgs84([float(lon)], [float(lat)], datum)
    return float(lons[0]), float(lats[0])


def _day(reader: Reader, name: str, references: References) -> dt.date | None:
    return reader.date(name, today=references.today)


def _dwelling(reader: Reader, references: References) -> Thing | None:
    reader.required("room")
    where = _where(reader, references, needed=True)
    if where is not None and not reader.errors and where.building is None:
        reader.wrong("building", "房屋须填楼栋", "a dwelling needs its building")
    values = {"use": reader.word("use"), "area_m2": reader.decimal("area_m2", least="1", most="999999")}
    if where is None or where.building is None:
        return None
    return Thing(
        (str(where.building), fold(where.entrance), fold(where.room)), values, where, source=reader.text("source")
    )


def _code_of(text: str) -> str:
    return organisations.credit_code(text).code


def _organisation(reader: Reader, references: References) -> Thing | None:
    name, uscc, reason = reader.required("name"), reader.text("uscc"), reader.text("no_uscc_reason")
    code = reader.attempt("uscc", lambda: _code_of(uscc)) if uscc else None
    if not uscc and not reason:
        reader.wrong("uscc", "没有统一社会信用代码的，须写明原因", "without a code, say why")
    phone = reader.text("phone")
    number = reader.attempt("phone", lambda: phones.parse(phone, area_code=AREA_CODE).number) if phone else ""
    employees = reader.decimal("employees", least="0", most="9999999")
    where = _where(reader, references, needed=False)
    if where is None and not references.scope.all and not reader.errors:
        reader.wrong("area_code", "请填所在的社区或网格编码", "give the community or grid it sits in")
    values = {
        "kind": reader.word("kind") if reader.required("kind") else "",
        "name": name,
        "uscc": code,
        "no_uscc_reason": "" if code else reason,
        "industry": reader.text("industry"),
        "address": reader.text("address"),
        "employees": int(employees) if employees is not None else None,
        "founded_on": _day(reader, "founded_on", references),
    }
    sealed = {"legal_person": reader.text("legal_person"), "contact": reader.text("contact"), "phone": number or ""}
    key = (code,) if code else ("", fold(name))
    return Thing(key, values, where, sealed={k: v for k, v in sealed.items() if v}, source=reader.text("source"))


def _premises(reader: Reader, references: References) -> Thing | None:
    name = reader.required("name")
    where, point = _where(reader, references, needed=False), _point(reader)
    if where is None and point is None and not reader.errors:
        reader.wrong("building", "请填楼栋或经纬度", "give a building or a point")
    if where is not None and where.building is None and point is None and not reader.errors:
        reader.wrong("lon", "没有楼栋的，须填经纬度", "without a building a point is needed")
    uscc = reader.text("uscc")
    values = {
        "name": name,
        "kind": reader.word("kind") if reader.required("kind") else "",
        "address": reader.text("address"),
        "hazards": list(reader.words("hazards", {name: code for code, name in HAZARDS.items()})),
        "opened_on": _day(reader, "opened_on", references),
        "organisation_id": reader.attempt("uscc", lambda: _run_by(uscc, references)) if uscc else None,
    }
    building = str(where.building) if where and where.building else ""
    spot = f"{point[0]:.4f},{point[1]:.4f}" if point and not building else ""
    return Thing((fold(name), building, spot), values, where, point, source=reader.text("source"))


def _run_by(uscc: str, references: References) -> UUID:
    found = references.organisations.get(_code_of(uscc))
    if found is None:
        raise BadCell("没有登记过这个信用代码的单位，请先导入单位", "no organisation has this code: import it first")
    return found


def _unit(reader: Reader, name: str, references: References) -> UUID | None:
    code = reader.text(name)
    if code and code not in references.units:
        reader.wrong(name, "没有这个编码的单位", "no unit has this code")
    return references.units.get(code)


def _component(reader: Reader, references: References) -> Thing | None:
    code, point = reader.required("code"), _point(reader)
    if point is None and not reader.errors:
        reader.wrong("lon", "部件须填经纬度", "a component needs its point")
    values = {
        "code": code,
        "kind": reader.required("kind"),
        "name": reader.text("name"),
        "owner_id": _unit(reader, "owner", references),
        "state": reader.word("state"),
        "installed_on": _day(reader, "installed_on", references),
    }
    return Thing((code,), values, None, point, source=reader.text("source"))


def _device(reader: Reader, references: References) -> Thing | None:
    code = reader.required("code")
    where, point = _where(reader, references, needed=False), _point(reader)
    if where is None and point is None and not reader.errors:
        reader.wrong("building", "请填楼栋、网格或经纬度", "give a building, a grid or a point")
    values = {
        "code": code,
        "kind": reader.word("kind") if reader.required("kind") else "",
        "name": reader.text("name"),
        "unit_id": _unit(reader, "unit", references),
        "state": reader.word("state"),
    }
    return Thing((code,), values, where, point, source=reader.text("source"))


Read = Callable[[Reader, References], Thing | None]
_READ: Mapping[str, Read] = MappingProxyType(
    {
        "dwellings": _dwelling,
        "organisations": _organisation,
        "premises": _premises,
        "components": _component,
        "devices": _device,
    }
)
