"""Whether a profile fits together, told before anything is written."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import shapely

from wangge.district.check_appraisal import appraisal_faults
from wangge.district.check_calendars import calendar_faults
from wangge.district.check_clocks import clock_faults
from wangge.district.check_registry import registry_faults
from wangge.district.read import Profile, read
from wangge.district.read_faults import Line, ProfileError, ProfileInvalid
from wangge.district.schema import AreaRow, BuildingRow, EntryRow, UnitRow
from wangge.kit.errors import Problem
from wangge.kit.geo import geojson
from wangge.org.channels import EVERYBODY
from wangge.org.policies import separation_faults
from wangge.responsibility.rows import Reader, entry_row

PARENT_DIGITS = {"1": 6, "2": 9, "3": 12, "4": 15}
APPS = (
    "audit", "calendars", "areas", "org", "registry", "responsibility", "casework", "intake", "divisions", "appraisal",
)  # fmt: skip
MOST = 200


def check(name_or_path: str | Path) -> Profile:
    """The profile when it is whole; raise ProfileInvalid naming file, line and field of every fault."""
    profile = read(name_or_path)
    found = faults(profile)
    if found:
        raise ProfileInvalid(found[:MOST])
    return profile


def faults(profile: Profile) -> list[ProfileError]:
    """What contradicts itself across files; `read` has refused what is wrong within one line."""
    return [
        *_areas(profile),
        *_boundaries(profile),
        *_units(profile),
        *_categories(profile),
        *_entries(profile),
        *_coverage(profile),
        *_roles(profile),
        *_channels(profile),
        *_accounts(profile),
        *calendar_faults(profile),
        *_aliases(profile),
        *_buildings(profile),
        *registry_faults(profile),
        *clock_faults(profile),
        *appraisal_faults(profile),
    ]


def _areas(profile: Profile) -> Iterator[ProfileError]:
    levels = {line.row.code: line.row.level for line in profile.areas}
    districts = [line for line in profile.areas if line.row.level == "0"]
    if [line.row.code for line in districts] != [profile.head.district.code]:
        zh = f"应恰有一行区级区划，编码为 {profile.head.district.code}"
        yield ProfileError(
            _file(profile, "areas.csv"), 0, "code", zh, "exactly one district row with the profile's code is needed"
        )
    for line in profile.areas:
        yield from _area(line, levels)


def _area(line: Line[AreaRow], levels: Mapping[str, str]) -> Iterator[ProfileError]:
    row = line.row
    if row.level == "0":
        return
    digits = PARENT_DIGITS[row.level]
    if len(row.code) != digits + 3:
        yield line.fault("code", f"这一层级的编码应为 {digits + 3} 位", f"a code of this level has {digits + 3} digits")
    elif row.parent_code != row.code[:digits]:
        yield line.fault("parent_code", f"应为编码的前 {digits} 位", f"must be the first {digits} digits of the code")
    elif levels.get(row.parent_code) != str(int(row.level) - 1):
        yield line.fault("parent_code", f"没有上级区划 {row.parent_code}", f"there is no area {row.parent_code} above")


def _boundaries(profile: Profile) -> Iterator[ProfileError]:
    if profile.boundaries is None:
        return
    try:
        features = geojson.read(profile.boundaries)
    except Problem as problem:
        for error in problem.errors or [{"at": "", "zh": problem.detail_zh, "en": problem.detail_en}]:
            yield ProfileError(profile.boundaries_file, 1, error["at"], error["zh"], error["en"])
        return
    levels = {line.row.code: line.row.level for line in profile.areas}
    for feature in features.items:
        code = str(feature.properties.get("code", ""))
        if code not in levels:
            yield ProfileError(profile.boundaries_file, 1, f"{feature.at} code", f"没有区划 {code}", f"no area {code}")
        elif str(feature.properties.get("level", levels[code])) != levels[code]:
            yield ProfileError(
                profile.boundaries_file, 1, f"{feature.at} level", "层级与区划表不符", "differs from areas.csv"
            )


def _units(profile: Profile) -> Iterator[ProfileError]:
    codes = {line.row.code: line.row for line in profile.units}
    areas = {line.row.code for line in profile.areas}
    served: dict[tuple[str, str], str] = {}
    for line in profile.units:
        row = line.row
        if row.parent_code and row.parent_code not in codes:
            yield line.fault("parent_code", f"没有上级单位 {row.parent_code}", f"there is no unit {row.parent_code}")
        elif _circular(row, codes):
            yield line.fault("parent_code", "上级关系成环", "the parents form a circle")
        if row.area_code and row.area_code not in areas:
            yield line.fault("area_code", f"没有区划 {row.area_code}", f"there is no area {row.area_code}")
        if row.area_code and row.kind in {"subdistrict", "community", "grid_team"}:
            other = served.setdefault((row.kind, row.area_code), row.code)
            if other != row.code:
                yield line.fault("area_code", f"{row.area_code} 已由 {other} 服务", f"{other} serves this area already")
    roots = [line for line in profile.units if not line.row.parent_code]
    for line in roots[1:]:
        yield line.fault("parent_code", "只能有一个最上级单位", "only one unit may be at the top")


def _circular(row: UnitRow, codes: dict[str, UnitRow]) -> bool:
    seen = {row.code}
    above = row.parent_code
    while above in codes:
        if above in seen:
            return True
        seen.add(above)
        above = codes[above].parent_code
    return False


def _categories(profile: Profile) -> Iterator[ProfileError]:
    leaves = {line.row.code: line.row.leaf == "true" for line in profile.categories}
    for line in profile.categories:
        parent = line.row.parent_code
        if parent and parent not in leaves:
            yield line.fault("parent_code", f"没有上级分类 {parent}", f"there is no category {parent}")
        elif parent and leaves[parent]:
            yield line.fault("parent_code", f"上级 {parent} 是末级分类", f"{parent} is a leaf")


def _entries(profile: Profile) -> Iterator[ProfileError]:
    categories = {line.row.code for line in profile.categories}
    areas = {line.row.code for line in profile.areas}
    units = {line.row.code for line in profile.units}
    for line in profile.entries:
        row = line.row
        errors: list[dict[str, Any]] = []
        parsed = entry_row(Reader(row.model_dump(), line.number, errors))
        for error in errors:
            yield line.fault(error["at"].rpartition(" ")[2], error["zh"], error["en"])
        if row.category not in categories:
            yield line.fault("category", f"没有分类 {row.category}", f"there is no category {row.category}")
        if row.area_code and row.area_code not in areas:
            yield line.fault("area_code", f"没有区划 {row.area_code}", f"there is no area {row.area_code}")
        if row.lead_unit and row.lead_unit not in units:
            yield line.fault("lead_unit", f"没有单位 {row.lead_unit}", f"there is no unit {row.lead_unit}")
        for support in parsed.supports:
            if support.get("code") and support["code"] not in units:
                zh, en = f"没有单位 {support['code']}", f"there is no unit {support['code']}"
                yield line.fault("supports", zh, en)


def _coverage(profile: Profile) -> Iterator[ProfileError]:
    """Each leaf needs one line for the whole district, and only one of the same level."""
    whole: dict[tuple[str, str], Line[EntryRow]] = {}
    for line in profile.entries:
        if line.row.area_code:
            continue
        first = whole.setdefault((line.row.category, line.row.level), line)
        if first is not line:
            zh, en = f"与第 {first.row.item} 项重复归属", f"item {first.row.item} owns the same matter"
            yield line.fault("category", zh, en)
    owned = {category for category, _ in whole}
    for leaf in profile.categories:
        if leaf.row.leaf == "true" and leaf.row.code not in owned:
            yield leaf.fault("code", "权责清单中没有这一类事项的全区条目", "no district-wide line of the list owns it")


def _roles(profile: Profile) -> Iterator[ProfileError]:
    known = known_permissions()
    for code, role in profile.roles.items():
        file, number = profile.role_lines[code]
        for permission in role.permissions:
            if permission not in known:
                zh, en = f"没有权限 {permission}", f"there is no permission {permission}"
                yield ProfileError(file, number, f"{code}.permissions", zh, en)
        for zh, en in separation_faults(separation=role.separation, permissions=list(role.permissions)):
            yield ProfileError(file, number, f"{code}.permissions", zh, en)


def known_permissions() -> frozenset[str]:
    """Every permission that some app asks for."""
    found: set[str] = set()
    for app in APPS:
        module = importlib.import_module(f"wangge.{app}.policies")
        permissions: type[StrEnum] = module.Perm
        found.update(permissions)
    return frozenset(found)


def _channels(profile: Profile) -> Iterator[ProfileError]:
    for line in profile.channels:
        for role in filter(None, line.row.claimed_by.split("|")):
            if role != EVERYBODY and role not in profile.roles:
                yield line.fault("claimed_by", f"没有角色 {role}", f"there is no role {role}")


def _accounts(profile: Profile) -> Iterator[ProfileError]:
    units = {line.row.code for line in profile.units}
    for line in profile.accounts:
        if line.row.role not in profile.roles:
            yield line.fault("role", f"没有角色 {line.row.role}", f"there is no role {line.row.role}")
        if line.row.unit not in units:
            yield line.fault("unit", f"没有单位 {line.row.unit}", f"there is no unit {line.row.unit}")


def _aliases(profile: Profile) -> Iterator[ProfileError]:
    areas = {line.row.code for line in profile.areas}
    for line in profile.aliases:
        if line.row.area_code not in areas:
            yield line.fault("area_code", f"没有区划 {line.row.area_code}", f"there is no area {line.row.area_code}")


def _buildings(profile: Profile) -> Iterator[ProfileError]:
    grids = {line.row.code for line in profile.areas if line.row.level == "3"}
    shapes = _grid_shapes(profile, grids)
    for line in profile.buildings:
        row = line.row
        if row.grid_code not in grids:
            yield line.fault("grid_code", f"没有网格 {row.grid_code}", f"there is no grid {row.grid_code}")
        elif not _inside(row, shapes):
            yield line.fault(
                "lon", f"坐标不在网格 {row.grid_code} 内", f"the point lies outside the grid {row.grid_code}"
            )


def _grid_shapes(profile: Profile, grids: set[str]) -> dict[str, Any]:
    if profile.boundaries is None or not profile.buildings:
        return {}
    try:
        features = geojson.read(profile.boundaries).items
    except Problem:
        return {}  # told by _boundaries
    return {f.properties["code"]: f.geometry for f in features if f.properties.get("code") in grids}


def _inside(row: BuildingRow, shapes: dict[str, Any]) -> bool:
    shape = shapes.get(row.grid_code)
    return shape is None or bool(shapely.intersects_xy(shape, row.lon, row.lat))


def _file(profile: Profile, name: str) -> str:
    return f"{profile.head_file.partition('/')[0]}/{name}"
