"""Areas from a sheet: all rows or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from wangge.areas.models import Area, AreaVersion, Level
from wangge.areas.services.rows import Faults, Row, check
from wangge.areas.services.versions import Batch, Ordinals, recorded, writing
from wangge.audit import services as audit
from wangge.audit.chain import ActorLike, Tip
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.kit.tree import TreeFull


@dataclass(frozen=True)
class Imported:
    created: int
    changed: int
    unchanged: int


def import_areas(
    *,
    rows: Sequence[Mapping[str, str]],
    source: str,
    by: ActorLike | None,
    at: dt.datetime | None = None,
    valid_from: dt.date | None = None,
    numbers: Sequence[int] | None = None,
) -> Imported:
    """Create or change areas by code; raise Invalid naming each bad row, and then nothing is written.

    `rows` have the keys level, code, name, kind, parent_code, households, valid_from (see `rows.records`). An area
    whose code is new is created. One that exists gets a new version from the row's day on, or on its own first
    day is corrected. A row that says nothing new changes nothing, so that a sheet can be imported again. An empty
    kind or households keeps what is known. `numbers` are the row numbers of the sheet for the messages.
    """
    faults = Faults()
    numbers = numbers or range(2, len(rows) + 2)
    checked = check(rows, numbers=numbers, default_day=valid_from or timezone.localdate(), faults=faults)
    with writing():
        moment = at or clock.now()
        plan = _Plan(Batch(moment, source[:120]), faults)
        for row in sorted(checked, key=lambda r: (r.level, r.code)):
            plan.take(row)
        faults.stop()
        plan.write()
        if plan.batch.inserts:
            audit.record(
                subject_type="area_import",
                subject_id=uuid7(),
                action="areas:area:import",
                actor=by,
                data={"source": source[:120], "counts": recorded(plan.batch.inserts), **vars(plan.result())},
                at=moment,
                after=Tip(),
            )
        return plan.result()


class _Plan:
    """What the rows amount to, found without writing."""

    def __init__(self, batch: Batch, faults: Faults) -> None:
        self.batch = batch
        self.faults = faults
        self._known: dict[str, list[AreaVersion]] = {}
        for version in AreaVersion.objects.current().order_by("valid_from"):
            self._known.setdefault(version.code, []).append(version)
        self._new: dict[str, AreaVersion] = {}
        self._seen: dict[str, str] = {}
        self._areas: list[Area] = []
        self._ordinals = Ordinals()
        self._changed = self._unchanged = 0

    def result(self) -> Imported:
        return Imported(len(self._areas), self._changed, self._unchanged)

    def take(self, row: Row) -> None:
        first = self._seen.setdefault(row.code, row.at)
        if first != row.at:
            self.faults.add(row.at, f"编码 {row.code} 与 {first} 重复", f"the code {row.code} is also in {first}")
            return
        parent = self._on(row.parent_code, row.valid_from) if row.level else None
        if row.level and (parent is None or parent.level != row.level - 1):
            self.faults.add(
                row.at,
                f"{row.valid_from} 没有编码为 {row.parent_code} 的{Level(row.level - 1).label}",
                f"no area {row.parent_code} of the level above on {row.valid_from}",
            )
            return
        known = self._known.get(row.code, [])
        old = next((v for v in known if _covers(v, row.valid_from)), None)
        if old is None and any(v.valid_from > row.valid_from for v in known):
            self.faults.add(
                row.at,
                f"编码 {row.code} 从 {known[0].valid_from} 起才存在，生效日期不能更早",
                f"{row.code} begins on {known[0].valid_from}; valid_from cannot be earlier",
            )
        elif old is None:
            self._create(row, parent)
        elif old.level != row.level:
            self.faults.add(row.at, f"编码 {row.code} 现为{old.get_level_display()}", "the code has another level")
        else:
            self._change(row, parent, old)

    def _on(self, code: str, day: dt.date) -> AreaVersion | None:
        made = self._new.get(code)
        if made is not None and _covers(made, day):
            return made
        return next((v for v in self._known.get(code, []) if _covers(v, day)), None)

    def _create(self, row: Row, parent: AreaVersion | None) -> None:
        try:
            pos, end = self._ordinals.next(parent.pos if parent else 0, row.level)
        except TreeFull:
            self.faults.add(row.at, "上级下的区域数已满", "no room below this parent")
            return
        area = Area(level=row.level)
        self._areas.append(area)
        self._new[row.code] = self.batch.begin(
            AreaVersion(
                area=area, parent_id=parent.area_id if parent else None, level=row.level, kind=row.kind,
                code=row.code, name=row.name, pos=pos, pos_end=end, valid_from=row.valid_from,
                households=row.households,
            )
        )  # fmt: skip

    def _change(self, row: Row, parent: AreaVersion | None, old: AreaVersion) -> None:
        changes: dict[str, object] = {}
        if row.name != old.name:
            changes["name"] = row.name
        if row.kind and row.kind != old.kind:
            changes["kind"] = row.kind
        if row.households is not None and row.households != old.households:
            changes["households"] = row.households
        parent_id = parent.area_id if parent else None
        if parent_id != old.parent_id:
            self.faults.add(
                row.at,
                "上级与现有记录不同；请用“调整隶属”并同时换码，导入不改变隶属关系",
                "the parent differs from the record: use move, an import does not re-hang areas",
            )
        elif not changes:
            self._unchanged += 1
        else:
            self._changed += 1
            self.batch.revise(old, valid_from=row.valid_from, **changes)

    def write(self) -> None:
        Area.objects.bulk_create(self._areas, batch_size=5000)
        self.batch.write()


def _covers(version: AreaVersion, day: dt.date) -> bool:
    return version.valid_from <= day and (version.valid_to is None or version.valid_to > day)
