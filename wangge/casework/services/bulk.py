"""Many matters at once: every row accounted for, each key used once, the rows of a table in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from django.db import transaction

from wangge.casework.models import Case
from wangge.casework.services import alarming, drafts, finding, keys, submit, writer
from wangge.casework.services.drafts import Draft, IntakePolicy, Matter
from wangge.casework.workflow import State
from wangge.kit import clock as database
from wangge.kit import geo, memory
from wangge.kit.errors import Invalid, Problem, field_error
from wangge.kit.ids import uuid7
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

MOST = 1000
LOT = 250  # prepared while the lot before is being written
_FIELDS = frozenset(one.name for one in fields(Matter)) - {"channel"}
_NOT_OF_MATTER = frozenset({"key", "crs", "submitted_at", "target_at", "closed_at"})


@dataclass
class Result:
    """What became of one row. `replay`: its key was used before, for this case; `clash`: for other content."""

    key: str
    case_id: UUID | None = None
    number: str = ""
    needs_human: str = ""
    replay: bool = False
    clash: bool = False
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> int:
        if self.errors:
            return 409 if self.clash else 422
        return 200 if self.replay else 201


@dataclass
class Row:
    """An item on its way: read, claimed, prepared, written, or in error."""

    item: Mapping[str, Any]
    result: Result
    matter: Matter | None = None
    case_id: UUID = field(default_factory=uuid7)
    draft: Draft | None = None

    def fail(self, errors: Sequence[Mapping[str, Any]]) -> None:
        self.result.errors = [dict(error) for error in errors]


def submit_many(
    items: Sequence[Mapping[str, Any]],
    *,
    channel: str,
    by: Actor,
    owner: str = "",
    policy: IntakePolicy | None = None,
    at: datetime | None = None,
) -> list[Result]:
    """Each item: `key` and the fields of `submit` (`category_code`, `area_code`, `crs` …). One commit for all.

    A row in error is left out and says why; the others go in. `owner` is whose keys these are: the channel's unless
    said otherwise, so that a file is known again whoever brings it.
    """
    rules = policy or IntakePolicy()
    rows = read(items, channel)
    with transaction.atomic(), scope.unrestricted(), memory.uncollected():
        moment = at or database.now()
        with writer.Behind() as behind:
            for first in range(0, len(rows), LOT):
                lot = rows[first : first + LOT]
                _prepare(lot, by, moment, rules)
                behind.settle()
                claim(lot, owner or f"channel:{channel}")
                _write(lot, behind)
            behind.settle()
        alarming.tell(row.draft for row in rows if row.draft is not None)
        for row in rows:
            if row.draft is not None:
                _attach(row, by)
                if row.draft.case.state == State.REGISTERED and channel in rules.auto_dispatch:
                    submit.dispatch_by_rule(row.draft.case, moment)
    return [row.result for row in rows]


def read(items: Sequence[Mapping[str, Any]], channel: str) -> list[Row]:
    """Items as matters in WGS-84; what cannot be one is marked."""
    if len(items) > MOST:
        raise Invalid(errors=[field_error("body.cases", f"一次最多 {MOST} 条", f"At most {MOST} at a time")])
    rows = [Row(item, Result(str(item.get("key") or ""))) for item in items]
    for row in rows:
        _read(row, channel)
    _to_wgs84([row for row in rows if row.matter is not None])
    return rows


def _read(row: Row, channel: str) -> None:
    if not 0 < len(row.result.key) <= keys.LONGEST_KEY:
        row.fail([field_error("key", "1 到 80 个字符", "From 1 to 80 characters")])
        return
    unknown = set(row.item) - _FIELDS - _NOT_OF_MATTER
    if unknown:
        row.fail([field_error(name, "没有这一项", "No such field") for name in sorted(unknown)])
        return
    values = {name: value for name, value in row.item.items() if name in _FIELDS and value is not None}
    matter = Matter(**{**values, "channel": channel})
    try:
        drafts.check(matter)
    except Invalid as error:
        row.fail([{**one, "at": one["at"].removeprefix("body.")} for one in error.errors])
    else:
        row.matter = matter


def _to_wgs84(rows: Iterable[Row]) -> None:
    by_crs: dict[str, list[Row]] = {}
    for row in rows:
        assert row.matter is not None
        crs = str(row.item.get("crs") or "WGS84").upper()
        if row.matter.lon is not None and crs != "WGS84":
            by_crs.setdefault(crs, []).append(row)
    for crs, shifted in by_crs.items():
        lons = np.array([row.matter.lon for row in shifted if row.matter is not None], dtype=float)
        lats = np.array([row.matter.lat for row in shifted if row.matter is not None], dtype=float)
        lons, lats = geo.to_wgs84(lons, lats, crs)
        for row, lon, lat in zip(shifted, lons, lats, strict=True):
            assert row.matter is not None
            row.matter = replace_point(row.matter, float(lon), float(lat))


def replace_point(matter: Matter, lon: float, lat: float) -> Matter:
    return Matter(**{**vars(matter), "lon": lon, "lat": lat})


def _prepare(rows: Sequence[Row], by: Actor, at: datetime, rules: IntakePolicy) -> None:
    whole = [row for row in rows if row.matter is not None]
    places = finding.place_many([row.matter for row in whole if row.matter is not None], at)
    for row, place in zip(whole, places, strict=True):
        assert row.matter is not None
        try:
            row.draft = drafts.prepare(row.matter, case_id=row.case_id, by=by, at=at, policy=rules, located=place)
        except Problem as error:
            row.fail(
                [{**one, "at": one["at"].removeprefix("body.")} for one in error.errors]
                or [field_error("row", error.detail_zh, error.detail_en)]
            )


def claim(rows: Sequence[Row], owner: str) -> None:
    """Keep the drafts whose key is new; the others point at the case their key stands for."""
    wanted: dict[str, Row] = {}
    for row in rows:
        if row.draft is None:
            continue
        first = wanted.setdefault(row.result.key, row)
        if first is not row:  # the same key twice in one file
            _stand_for(row, keys.Kept(first.case_id, _digest(first)))
    if not wanted:
        return
    ours, kept = keys.claim(owner, [(key, _digest(row), row.case_id) for key, row in wanted.items()])
    for key, row in wanted.items():
        if key not in ours:
            _stand_for(row, kept[key])
    repeated = {row.result.case_id: row.result for row in wanted.values() if row.result.replay}
    if repeated:
        for case in Case.objects.filter(pk__in=[one for one in repeated if one]).only("number", "needs_human"):
            repeated[case.pk].number, repeated[case.pk].needs_human = case.number, case.needs_human


def _digest(row: Row) -> bytes:
    return keys.hash_of({name: value for name, value in row.item.items() if name != "key"})


def _stand_for(row: Row, kept: keys.Kept) -> None:
    row.draft = None
    if kept.body_hash == _digest(row):
        row.result.replay = True
        row.result.case_id = kept.case_id
    else:
        row.result.clash = True
        row.fail(
            [field_error("key", "编号相同的记录已经入库，但内容不同", "A record of this key exists with other content")]
        )


def _tell(row: Row) -> None:
    assert row.draft is not None
    case = row.draft.case
    row.result.case_id = case.pk
    row.result.number = case.number
    row.result.needs_human = case.needs_human


def _attach(row: Row, by: Actor) -> None:
    assert row.matter is not None
    if row.matter.attachment_ids:
        drafts.claim_attachments(row.case_id, row.matter.attachment_ids, by, phase="report")


def _write(rows: Sequence[Row], behind: writer.Behind) -> None:
    drafted = [row.draft for row in rows if row.draft is not None]
    writer.number(drafted)
    behind.write(drafted)
    for row in rows:
        if row.draft is not None:
            _tell(row)


def finish(rows: Sequence[Row]) -> list[Result]:
    with writer.Behind() as behind:
        _write(rows, behind)
        behind.settle()
    return [row.result for row in rows]
