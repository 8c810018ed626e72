"""A gazetteer from the files of a profile: areas.csv, and where there are aliases.csv and buildings.csv.gz."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from wangge.kit.errors import Problem
from wangge.kit.tables import read_table
from wangge.kit.tree import AREAS
from wangge.registry.places.gazetteer import AliasRow, AreaRow, BuildingRow, EstateRow, Gazetteer

PROFILES = Path(__file__).resolve().parents[3] / "profiles"
_SPACE = uuid.UUID("6f0f3b0e-6b0e-5c8e-9d56-6a7f3d1f5f10")


class ProfileUnreadable(Problem):
    code = "profile_unreadable"
    status = 422
    title_zh = "配置目录无法读取"
    title_en = "The profile cannot be read"


def load(profiles: Sequence[str | Path]) -> Gazetteer:
    """The places of one profile or of several neighbouring districts; names below profiles/ or folders."""
    areas: list[AreaRow] = []
    aliases: list[AliasRow] = []
    buildings: list[BuildingRow] = []
    estates: dict[tuple[str, int], EstateRow] = {}
    for ordinal, name in enumerate(profiles, start=1):
        folder = _folder(name)
        own = list(_areas(folder, ordinal))
        at = {area.code: area for area in own}
        areas += own
        for row in _rows(folder, "aliases.csv"):
            if row.get("area_code") in at and row.get("alias"):
                aliases.append(AliasRow(at[row["area_code"]].id, row["alias"]))
        buildings += _buildings(folder, at, estates)
    return Gazetteer(areas, aliases, list(estates.values()), buildings)


def shipped() -> list[str]:
    """The districts that come with Wangge."""
    return sorted(path.parent.name for path in PROFILES.glob("*/areas.csv"))


def _folder(name: str | Path) -> Path:
    given = Path(name)
    folder = given if (given / "areas.csv").is_file() else PROFILES / given
    if not (folder / "areas.csv").is_file():
        raise ProfileUnreadable(f"{name} 中没有 areas.csv", f"there is no areas.csv in {name}")
    return folder


def _rows(folder: Path, *names: str) -> Iterator[dict[str, str]]:
    for name in names:
        path = folder / name
        if path.is_file():
            table = read_table(path, name)
            columns = [column.strip().lower() for column in table.columns]
            for row in table.rows:
                yield dict(zip(columns, (cell.strip() for cell in row), strict=False))
            return


def _areas(folder: Path, ordinal: int) -> Iterator[AreaRow]:
    positions: dict[str, int] = {}
    children: dict[str, int] = {"": ordinal - 1}
    for row in sorted(_rows(folder, "areas.csv"), key=lambda r: (r.get("level", ""), r.get("code", ""))):
        if not row.get("code") or not row.get("level", "").isdigit() or int(row["level"]) >= len(AREAS.bits):
            continue
        level, parent = int(row["level"]), row.get("parent_code", "")
        if level and parent not in positions:
            continue
        children[parent] = children.get(parent, 0) + 1
        pos = AREAS.child(positions.get(parent, 0), level, children[parent])
        positions[row["code"]] = pos
        yield AreaRow(_id(row["code"]), pos, level, row["code"], row.get("name", ""), None, None)


def _buildings(
    folder: Path, at: dict[str, AreaRow], estates: dict[tuple[str, int], EstateRow]
) -> Iterator[BuildingRow]:
    for row in _rows(folder, "buildings.csv.gz", "buildings.csv"):
        grid = at.get(row.get("grid_code", ""))
        if grid is None:
            continue
        estate = None
        if row.get("estate"):
            key = (row["estate"], AREAS.ancestor(grid.pos, 2))
            estate = estates.setdefault(key, EstateRow(_id(f"{key[1]} {key[0]}"), key[0], key[1]))
        yield BuildingRow(
            _id(row["code"]), estate.id if estate else None, row["code"], row["name"], row["address"], grid.pos,
            float(row["lon"]), float(row["lat"]),
        )  # fmt: skip


def _id(key: str) -> uuid.UUID:
    return uuid.uuid5(_SPACE, key)
