"""A small district for tests: real rows, made in a handful of statements.

One district east of Jinan's centre, 116.9–117.1 E, 36.5–36.7 N, cut into squares:

    subdistrict 1 (west half)                  subdistrict 2 (east half)
      community 1 (north): grids 1, 2            community 3: grid 5
      community 2 (south): grids 3, 4
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.contrib.auth.hashers import make_password
from shapely.geometry import box

from wangge.areas.models import Area, AreaAlias, AreaVersion, BoundaryStatus, Level
from wangge.areas.services.versions import writing
from wangge.kit.ids import uuid7
from wangge.kit.tree import AREAS, UNITS
from wangge.org import services
from wangge.org.models import Post, Role, Unit, UnitKind, User

FROM = date(2020, 1, 1)
RECORDED = datetime(2020, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[1]
PASSWORD = "wangge-demo"
_hash: list[str] = []


def password_hash() -> str:
    """Made once: argon2 is slow on purpose."""
    if not _hash:
        _hash.append(make_password(PASSWORD))
    return _hash[0]


@dataclass(frozen=True)
class AreaSpec:
    key: str
    parent: str | None
    level: Level
    ordinal: int
    code: str
    name: str
    square: tuple[float, float, float, float]  # west, south, east, north
    kind: str = ""


_AREA_ROWS = (
    ("district", None, Level.DISTRICT, 1, "370199", "试点区", (116.9, 36.5, 117.1, 36.7), "district"),
    ("street1", "district", Level.SUBDISTRICT, 1, "370199001", "大观园街道", (116.9, 36.5, 117.0, 36.7), "subdistrict"),
    ("street2", "district", Level.SUBDISTRICT, 2, "370199002", "杆石桥街道", (117.0, 36.5, 117.1, 36.7), "subdistrict"),
    ("community1", "street1", Level.COMMUNITY, 1, "370199001001", "睦和苑社区", (116.9, 36.6, 117, 36.7), "community"),
    ("community2", "street1", Level.COMMUNITY, 2, "370199001002", "纬二路社区", (116.9, 36.5, 117, 36.6), "community"),
    ("community3", "street2", Level.COMMUNITY, 1, "370199002001", "乐山社区", (117.0, 36.5, 117.1, 36.7), "community"),
    ("grid1", "community1", Level.GRID, 1, "370199001001001", "睦和苑一网格", (116.9, 36.6, 116.95, 36.7)),
    ("grid2", "community1", Level.GRID, 2, "370199001001002", "睦和苑二网格", (116.95, 36.6, 117.0, 36.7)),
    ("grid3", "community2", Level.GRID, 1, "370199001002001", "纬二路第一网格", (116.9, 36.5, 116.95, 36.6)),
    ("grid4", "community2", Level.GRID, 2, "370199001002002", "纬二路第二网格", (116.95, 36.5, 117.0, 36.6)),
    ("grid5", "community3", Level.GRID, 1, "370199002001001", "乐山第一网格", (117.0, 36.5, 117.1, 36.7)),
)  # fmt: skip
AREA_SPECS = tuple(AreaSpec(*row) for row in _AREA_ROWS)

# key: (parent, code, name, kind, area)
UNIT_SPECS: dict[str, tuple[str | None, str, str, UnitKind, str | None]] = {
    "government": (None, "370199-qzf", "试点区人民政府", UnitKind.DISTRICT, "district"),
    "command": ("government", "370199-zhzx", "区网格化指挥中心", UnitKind.COMMAND, "district"),
    "urban": ("government", "370199-cgj", "区城市管理局", UnitKind.DEPARTMENT, None),
    "housing": ("government", "370199-zjj", "区住房和城乡建设局", UnitKind.DEPARTMENT, None),
    "transport": ("government", "370199-jtj", "区交通运输局", UnitKind.DEPARTMENT, None),
    "office1": ("government", "370199001-js", "大观园街道办事处", UnitKind.SUBDISTRICT, "street1"),
    "office2": ("government", "370199002-js", "杆石桥街道办事处", UnitKind.SUBDISTRICT, "street2"),
    "committee1": ("office1", "370199001001-jw", "睦和苑社区居委会", UnitKind.COMMUNITY, "community1"),
    "committee2": ("office1", "370199001002-jw", "纬二路社区居委会", UnitKind.COMMUNITY, "community2"),
    "committee3": ("office2", "370199002001-jw", "乐山社区居委会", UnitKind.COMMUNITY, "community3"),
    "team1": ("committee1", "370199001001001-wg", "睦和苑第一网格", UnitKind.GRID_TEAM, "grid1"),
    "team2": ("committee1", "370199001001002-wg", "睦和苑第二网格", UnitKind.GRID_TEAM, "grid2"),
    "team3": ("committee2", "370199001002001-wg", "纬二路第一网格", UnitKind.GRID_TEAM, "grid3"),
    "team4": ("committee2", "370199001002002-wg", "纬二路第二网格", UnitKind.GRID_TEAM, "grid4"),
    "team5": ("committee3", "370199002001001-wg", "乐山第一网格", UnitKind.GRID_TEAM, "grid5"),
}

# key: (name, role, unit, area of the post)
PERSONA_SPECS: dict[str, tuple[str, str, str, str | None]] = {
    "grid_member": ("周网格", "grid_member", "team1", "grid1"),
    "other_grid_member": ("吴网格", "grid_member", "team5", "grid5"),
    "community_cadre": ("郑社区", "community_cadre", "committee1", None),
    "dispatcher": ("王调度", "district_operator", "command", None),
    "subdistrict_dispatcher": ("冯街道", "subdistrict_dispatcher", "office1", None),
    "other_subdistrict_dispatcher": ("陈街道", "subdistrict_dispatcher", "office2", None),
    "department_clerk": ("褚城管", "department_clerk", "urban", None),
    "other_department_clerk": ("卫住建", "department_clerk", "housing", None),
    "supervisor": ("蒋督办", "district_supervisor", "command", None),
    "arbiter": ("沈裁定", "arbiter", "government", None),
    "leader": ("韩区长", "district_leader", "government", None),
    "system_admin": ("杨系统", "system_admin", "command", None),
    "security_admin": ("朱安全", "security_admin", "command", None),
    "audit_admin": ("秦审计", "audit_admin", "government", None),
}


@dataclass
class District:
    areas: dict[str, Area] = field(default_factory=dict)
    versions: dict[str, AreaVersion] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)

    def point(self, key: str) -> tuple[float, float]:
        """Longitude and latitude of a point inside the area."""
        version = self.versions[key]
        assert version.lon is not None
        assert version.lat is not None
        return version.lon, version.lat


def make_district() -> District:
    made = District()
    _make_areas(made)
    _make_units(made)
    _make_roles(made)
    _make_people(made)
    services.load_channels(channel_rows())
    return made


def _make_areas(made: District) -> None:
    for spec in AREA_SPECS:
        area = Area(level=spec.level)
        parent = made.versions[spec.parent] if spec.parent else None
        pos = AREAS.child(parent.pos if parent else 0, spec.level, spec.ordinal)
        square = box(*spec.square)
        made.areas[spec.key] = area
        made.versions[spec.key] = AreaVersion(
            area=area,
            parent=made.areas[spec.parent] if spec.parent else None,
            level=spec.level,
            kind=spec.kind,
            code=spec.code,
            name=spec.name,
            pos=pos,
            pos_end=AREAS.end(pos, spec.level),
            valid_from=FROM,
            recorded_at=RECORDED,
            boundary=square.wkb,
            boundary_status=BoundaryStatus.DEMONSTRATION,
            lon=square.centroid.x,
            lat=square.centroid.y,
            area_km2=100.0,
            households=300,
        )
    with writing():
        Area.objects.bulk_create(made.areas.values())
        AreaVersion.objects.bulk_create(made.versions.values())
        AreaAlias.objects.bulk_create([AreaAlias(area=made.areas["community1"], name="睦和苑")])


def _make_units(made: District) -> None:
    ordinals: dict[str | None, int] = {}
    for key, (parent_key, code, name, kind, area_key) in UNIT_SPECS.items():
        parent = made.units[parent_key] if parent_key else None
        depth = parent.depth + 1 if parent else 0
        ordinals[parent_key] = ordinals.get(parent_key, 0) + 1
        pos = UNITS.child(parent.pos if parent else 0, depth, ordinals[parent_key])
        made.units[key] = Unit(
            code=code,
            name=name,
            short_name=name.removeprefix("区"),
            kind=kind,
            parent=parent,
            depth=depth,
            pos=pos,
            pos_end=UNITS.end(pos, depth),
            area=made.areas[area_key] if area_key else None,
            phone="0531-00000000",
        )
    Unit.objects.bulk_create(made.units.values())


ROLES = ROOT / "profiles" / "base" / "roles.yaml"


@functools.cache
def role_specs() -> dict[str, dict[str, Any]]:
    """The roles every district starts from: what tests permit is what people get."""
    specs: dict[str, dict[str, Any]] = yaml.safe_load(ROLES.read_text(encoding="utf-8"))
    return specs


CHANNELS = ROOT / "profiles" / "base" / "channels.csv"


def channel_rows() -> list[services.ChannelRow]:
    with CHANNELS.open(encoding="utf-8") as lines:
        return [
            services.ChannelRow(
                row["code"], row["name"], row["name_en"], tuple(filter(None, row["claimed_by"].split("|")))
            )
            for row in csv.DictReader(lines)
        ]


def _make_roles(made: District) -> None:
    for code, spec in role_specs().items():
        made.roles[code] = Role(
            code=code,
            name=spec["name"],
            name_en=spec["name_en"],
            scope=spec["scope"],
            separation=spec.get("separation", ""),
            permissions=spec["permissions"],
        )
    Role.objects.bulk_create(made.roles.values())


def _make_people(made: District) -> None:
    for key, (name, role_code, unit_key, area_key) in PERSONA_SPECS.items():
        user = User(username=key, name=name, password=password_hash())
        made.users[key] = user
        made.posts[key] = make_post(made, user, role=role_code, unit=unit_key, area=area_key)
    User.objects.bulk_create(made.users.values())
    Post.objects.bulk_create(made.posts.values())


def make_post(made: District, user: User, *, role: str, unit: str, area: str | None = None) -> Post:
    """A post that is not saved yet."""
    return Post(
        user=user,
        unit=made.units[unit],
        role=made.roles[role],
        title=made.roles[role].name,
        scope=made.roles[role].scope,
        area=made.areas[area] if area else None,
        valid_from=FROM,
    )


def random_id() -> UUID:
    return uuid7()
