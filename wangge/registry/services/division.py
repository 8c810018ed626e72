"""When the division changes, what lies in it follows: in place, by sets, in one transaction.

A building goes to the grid that holds its point, everything in it goes with it. What has ended keeps the place of its
day: the history of a person shows the division then and now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.audit import services as audit
from wangge.audit.chain import ActorLike
from wangge.kit import clock, pinyin
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import Maintenance, Person
from wangge.registry.services import placing

_BATCH = 2000
_KIND = "follow"
_SHIFT = AREAS.shift(Level.COMMUNITY)
# With a point of their own; what stands in a building goes with that instead.
_WITH_POINT = {
    "registry_building": "",
    "registry_component": "",
    "registry_premises": "where building_id is null",
    "registry_device": "where lon is not null and building_id is null",
}
# That name a position and nothing else that could move.
_BY_POSITION = {
    "registry_household": "dwelling_id is null",
    "registry_person": "dwelling_id is null",
    "registry_organisation": "area_pos <> 0",
    "registry_export": "area_pos <> 0",
    "registry_datarequest": "true",
}
_NAMING_AREA = ("registry_organisation", "registry_datarequest")


@dataclass(frozen=True)
class _Step:
    """Rows of `table` take the position of `source`; `building` is the column by which one building is picked out."""

    table: str
    source: str
    on: str
    building: str
    with_area: bool = False


_STEPS = (
    _Step("registry_dwelling", "registry_building", "s.id = r.building_id", "s.id"),
    _Step("registry_household", "registry_dwelling", "s.id = r.dwelling_id", "s.building_id"),
    _Step("registry_person", "registry_dwelling", "s.id = r.dwelling_id", "s.building_id"),
    _Step("registry_premises", "registry_building", "s.id = r.building_id", "s.id", with_area=True),
    _Step("registry_device", "registry_building", "s.id = r.building_id", "s.id", with_area=True),
    _Step("registry_tie", "registry_dwelling", "s.id = r.dwelling_id and r.valid_to is null", "s.building_id"),
    _Step("registry_tie", "registry_building", "s.id = r.building_id and r.valid_to is null", "s.id"),
    _Step("registry_tie", "registry_premises", "s.id = r.premises_id and r.valid_to is null", "s.building_id"),
    _Step("registry_tag", "registry_person", "s.id = r.person_id and r.ended_on is null", ""),
    *(
        _Step("registry_photo", f"registry_{one}", f"s.id = r.subject_id and r.subject_type = '{one}'", "")
        for one in ("building", "dwelling", "premises", "component", "device")
    ),
)


@dataclass
class Followed:
    """How many rows of each table moved; `unplaced`: rows whose place is in no area of today's division."""

    moved: dict[str, int] = field(default_factory=dict)
    unplaced: int = 0
    reindexed: int = 0

    @property
    def total(self) -> int:
        return sum(self.moved.values())


def follow(*, by: ActorLike | None = None, at: dt.datetime | None = None) -> Followed:
    """Bring every place, home and person to the grid of today's division; again without effect.

    One entry in the log of the district. Whoever calls it has the right to change areas.
    """
    done = Followed()
    with scope.unrestricted():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('wangge registry'))")
        for table, those in _WITH_POINT.items():
            _by_point(table, those, done)
        _by_successor(done)
        _inside(done)
        if done.total:
            placing.renew_book()
            _note(done, by, at or clock.now())
    return done


def follow_if_changed(*, by: ActorLike | None = None, at: dt.datetime | None = None) -> Followed | None:
    """As `follow`, when the division was written to since, or a change planned for today has come; else None."""
    now = at or clock.now()
    state = {"division": str(areas.revision.current()), "day": timezone.localdate(now).isoformat()}
    with scope.unrestricted():
        newest = Maintenance.objects.filter(kind=_KIND).order_by("-started_at").first()
        if newest is not None and newest.detail == state:
            return None
        done = follow(by=by, at=now)
        Maintenance.objects.filter(kind=_KIND).delete()
        Maintenance.objects.create(kind=_KIND, detail=state, done=done.total, started_at=now, finished_at=clock.now())
    return done


def follow_building(building_id: UUID) -> Followed:
    """What is in a building goes where it has gone."""
    done = Followed()
    with scope.unrestricted():
        _inside(done, building_id)
    return done


def _by_point(table: str, those: str, done: Followed) -> None:
    """Rows with a point of their own go to the grid that holds it."""
    with connection.cursor() as cursor:
        cursor.execute(f"select id, area_id, area_pos, lon, lat from {table} {those}")  # noqa: S608 - our own words
        rows = cursor.fetchall()
    if not rows:
        return
    found = areas.locate_many(np.array([r[3] for r in rows]), np.array([r[4] for r in rows]))
    held = np.array([row[2] for row in rows], dtype=np.int64)
    division = areas.atlas()
    moves: list[tuple[UUID, UUID, int]] = []
    for index in np.flatnonzero(found != held):
        pk, area_id, pos, lon, lat = rows[index]
        now = division.by_pos.get(pos)
        grid = division.by_pos.get(int(found[index])) or division.by_area.get(area_id)
        if now is not None and now.level == Level.GRID and _touches(now, lon, lat):
            continue  # on a border or where two overlap: what was chosen stays
        if grid is None or grid.level != Level.GRID:
            done.unplaced += now is None
        elif (grid.area_id, grid.pos) != (area_id, pos):
            moves.append((pk, grid.area_id, grid.pos))
    if moves:
        statement = f"""
            update {table} r set area_id = m.area_id, area_pos = m.pos
              from unnest(%s::uuid[], %s::uuid[], %s::bigint[]) m(id, area_id, pos) where r.id = m.id"""  # noqa: S608
        _count(done, table, statement, [list(column) for column in zip(*moves, strict=True)])


def _touches(grid: AreaVersion, lon: float, lat: float) -> bool:
    """Whether the grid holds the point, if not alone; true for a grid nobody has drawn."""
    if grid.lon is None:
        return True
    return any(one.area_id == grid.area_id for one in areas.locate(lon, lat).candidates)


def _by_successor(done: Followed) -> None:
    """Rows that only name a position: where that is no more, the area itself, else the one in its place."""
    division = areas.atlas()
    for table, those in _BY_POSITION.items():
        with connection.cursor() as cursor:
            cursor.execute(f"select distinct area_pos from {table} where {those}")  # noqa: S608
            gone = [pos for (pos,) in cursor.fetchall() if pos not in division.by_pos]
        heirs = {pos: heir for pos in gone if (heir := _heir(pos)) is not None}
        done.unplaced += len(gone) - len(heirs)
        if not heirs:
            continue
        columns = [list(heirs), [v.pos for v in heirs.values()], [v.area_id for v in heirs.values()]]
        both = ", area_id = m.area_id" if table in _NAMING_AREA else ""
        moves = "unnest(%s::bigint[], %s::bigint[], %s::uuid[]) m(old, new, area_id)"
        if table == "registry_person":
            going = f"r.area_pos = m.old and {those} and {_crosses('m.new')}"
            crossing = f"select r.id from {table} r, {moves} where {going}"  # noqa: S608
            people = _ids(crossing, columns)
        statement = f"update {table} r set area_pos = m.new{both} from {moves} where r.area_pos = m.old and {those}"  # noqa: S608
        _count(done, table, statement, columns)
        if table == "registry_person":
            _rekey(people, done)


def _heir(pos: int) -> AreaVersion | None:
    was = areas.area_for_pos(pos)
    if was is None:
        return None
    same = areas.version_at(was.area_id)
    if same is not None or was.lon is None or was.lat is None:
        return same
    return areas.locate(was.lon, was.lat, level=was.level).version


def _inside(done: Followed, building_id: UUID | None = None) -> None:
    """What is in a building, a dwelling, a person's care goes where that has gone."""
    for step in _STEPS:
        differs = f"{step.on} and r.area_pos <> s.area_pos"
        values: list[Any] = []
        if building_id and step.building:
            differs += f" and {step.building} = %s"
            values = [building_id]
        elif building_id and step.table == "registry_tag":
            differs += (
                " and r.person_id in (select p.id from registry_person p join registry_dwelling d"
                " on d.id = p.dwelling_id where d.building_id = %s)"
            )
            values = [building_id]
        people: list[UUID] = []
        if step.table == "registry_person":
            going = f"{differs} and {_crosses('s.area_pos')}"
            people = _ids(f"select r.id from registry_person r, {step.source} s where {going}", values)  # noqa: S608
        both = ", area_id = s.area_id" if step.with_area else ""
        statement = f"update {step.table} r set area_pos = s.area_pos{both} from {step.source} s where {differs}"  # noqa: S608
        _count(done, step.table, statement, values)
        _rekey(people, done)


def _crosses(new: str) -> str:
    """Condition: the person goes to another community, where names are looked up by other keys."""
    return f"r.area_pos >> {_SHIFT} <> {new} >> {_SHIFT}"


def _rekey(people: Sequence[UUID], done: Followed) -> None:
    """Names are found per community: new keys for those who are in another now."""
    for start in range(0, len(people), _BATCH):
        rows = Person.objects.filter(pk__in=people[start : start + _BATCH])
        keys: list[tuple[UUID, int, int]] = []
        for row in rows.only("id", "sealed", "id_kind", "no_id_reason", "area_pos"):
            if not row.sealed:
                continue  # erased
            name = sealing.folded(sealing.open_(row).name)
            community = [AREAS.ancestor(row.area_pos, Level.COMMUNITY)]
            initials = pinyin.of_name(name or "·").initials
            keys.append((row.pk, sealing.name_keys(community, name)[0], sealing.initials_keys(community, initials)[0]))
        if keys:
            with connection.cursor() as cursor:
                cursor.execute(
                    "update registry_person r set name_key = k.name, initials_key = k.initials"
                    " from unnest(%s::uuid[], %s::bigint[], %s::bigint[]) k(id, name, initials) where r.id = k.id",
                    [list(column) for column in zip(*keys, strict=True)],
                )
        done.reindexed += len(keys)


def _ids(statement: str, values: Sequence[Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]


def _count(done: Followed, table: str, statement: str, values: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.rowcount:
            name = table.removeprefix("registry_")
            done.moved[name] = done.moved.get(name, 0) + cursor.rowcount


def _note(done: Followed, by: ActorLike | None, now: dt.datetime) -> None:
    district = areas.search(level=Level.DISTRICT)[0]
    audit.record(
        subject_type="area",
        subject_id=district.area_id,
        action="registry:division:follow",
        actor=by or scope.system_actor("区划跟随"),
        area_pos=district.pos,
        data={"moved": done.moved, "unplaced": done.unplaced, "reindexed": done.reindexed},
        at=now,
    )
