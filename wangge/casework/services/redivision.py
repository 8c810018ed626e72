"""Open cases when the division of grids has changed: they lie in the grid of today, closed ones stay where they were.

A case goes where its point lies. One that somebody had put elsewhere than its point, or that has none, goes with its
grid, or to what has taken that grid's place. An order that an ended team has not taken up is the next team's.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.audit import services as audit
from wangge.audit.chain import Tip, next_entry
from wangge.casework.models import Case, Notice, Party, WorkOrder
from wangge.casework.services import clocks
from wangge.casework.services.lot import tips_of
from wangge.casework.workflow import ENDED, OPEN_ORDERS, OrderState
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor

_SET = """
update casework_case c
   set area_id = n.area_id, area_version_id = n.version_id, area_pos = n.pos, community_pos = n.community,
       subdistrict_pos = n.subdistrict, lead_unit_id = n.lead, version = c.version + 1
  from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::uuid[])
       n(id, area_id, version_id, pos, community, subdistrict, lead)
 where c.id = n.id
"""


@dataclass
class Followed:
    cases: int = 0
    orders: int = 0


@dataclass
class _Change:
    """What becomes of one case."""

    case: Case
    facts: dict[str, Any] = field(default_factory=dict)


def follow_division(
    *,
    communities: Collection[int],
    heirs: Mapping[UUID, UUID],
    teams: Mapping[UUID, Unit],
    by: Actor,
    why: str,
    day: dt.date,
    at: dt.datetime,
) -> Followed:
    """Open cases of these communities (tree positions). `heirs`: the area for an ended one; `teams`: the unit for an
    ended one. One log entry for each case that changes. The caller's transaction."""
    with scope.unrestricted():
        touched = _locked(communities, list(teams))
        changes = {case.pk: _Change(case) for case in touched}
        _places(changes, heirs, day)
        moved = _orders(changes, teams, at)
        _leads(changes, teams)
        changed = [one for one in changes.values() if one.facts]
        _write(changed)
        _notices(teams)
        _record(changed, by, why, at)
    return Followed(len(changed), moved)


def _locked(communities: Collection[int], units: Collection[UUID]) -> list[Case]:
    open_ = Case.objects.filter(history=False).exclude(state__in=ENDED)
    of_units = WorkOrder.objects.filter(unit_id__in=units, state__in=OPEN_ORDERS).values("case_id")
    wanted = (
        open_.filter(community_pos__in=communities) | open_.filter(pk__in=of_units) | open_.filter(lead_unit__in=units)
    )
    return list(
        Case.objects.select_for_update(of=("self",), no_key=True)
        .select_related("building")
        .filter(pk__in=wanted.values("pk"))
        .order_by("pk")
    )


def _places(changes: Mapping[UUID, _Change], heirs: Mapping[UUID, UUID], day: dt.date) -> None:
    now, eve = areas.atlas(day), day - dt.timedelta(days=1)
    pointed = [one for one in changes.values() if one.case.lon is not None and one.case.lat is not None]
    lons, lats = [one.case.lon or 0.0 for one in pointed], [one.case.lat or 0.0 for one in pointed]
    held: dict[UUID, AreaVersion | None] = {}
    if pointed:
        before = areas.locate_many(lons, lats, at=eve).tolist()
        after = areas.locate_many(lons, lats, at=day).tolist()
        for one, was, is_ in zip(pointed, before, after, strict=True):
            if was == one.case.area_pos:
                held[one.case.pk] = now.by_pos.get(is_)
    for one in changes.values():
        area_id = one.case.area_id
        if area_id is None:
            continue
        same = now.by_area.get(heirs.get(area_id, area_id))
        found = held.get(one.case.pk) or same
        if found is not None and found.level >= Level.GRID and found.area_id != area_id:
            _place(one, found)


def _place(one: _Change, version: AreaVersion) -> None:
    case = one.case
    was = areas.area_for_pos(case.area_pos)
    one.facts |= {
        "from_area": {"id": str(case.area_id), "name": was.name if was else "", "code": was.code if was else ""},
        "to_area": {"id": str(version.area_id), "name": version.name, "code": version.code},
    }
    case.area_id, case.area_version_id, case.area_pos = version.area_id, version.pk, version.pos
    _, case.subdistrict_pos, case.community_pos = areas.ancestors(version.pos)


def _orders(changes: Mapping[UUID, _Change], teams: Mapping[UUID, Unit], at: dt.datetime) -> int:
    """Those not taken up; where the next team has an order of its own the ended team's is withdrawn."""
    waiting = WorkOrder.objects.select_for_update(of=("self",)).filter(
        unit_id__in=list(teams), state=OrderState.ASSIGNED, case_id__in=list(changes)
    )
    own: dict[UUID, set[UUID]] = defaultdict(set)
    open_ = WorkOrder.objects.filter(case_id__in=list(changes), state__in=OPEN_ORDERS)
    for case_id, unit_id in open_.values_list("case_id", "unit_id"):
        own[case_id].add(unit_id)
    orders = list(waiting.select_related("unit").order_by("pk"))
    parties = []
    for order in orders:
        heir, change = teams[order.unit_id], changes[order.case_id]
        names = {"orders_from": order.unit, "orders_to": heir}
        for key, unit in names.items():
            change.facts.setdefault(key, []).append({"id": str(unit.pk), "name": unit.short_name})
        if heir.pk in own[order.case_id]:
            order.state = OrderState.WITHDRAWN
            clocks.cancel(change.case, clocks.ORDER_KINDS, at, work_order=order)
            continue
        own[order.case_id].add(heir.pk)
        order.unit, order.unit_pos = heir, heir.pos
        parties.append(_party(change.case, heir, "lead" if order.lead else "support"))
    WorkOrder.objects.bulk_update(orders, ["unit", "unit_pos", "state"], batch_size=500)
    Party.objects.bulk_create(parties, ignore_conflicts=True, batch_size=500)
    return len(orders)


def _party(case: Case, unit: Unit, role: str) -> Party:
    return Party(case=case, unit=unit, unit_pos=unit.pos, role=role, submitted_at=case.submitted_at)


def _leads(changes: Mapping[UUID, _Change], teams: Mapping[UUID, Unit]) -> None:
    """A case is never left to a unit that is no more."""
    parties = []
    for one in changes.values():
        lead = one.case.lead_unit_id
        heir = teams.get(lead) if lead is not None else None
        if heir is not None:
            one.facts["lead_unit"] = {"id": str(heir.pk), "name": heir.short_name}
            one.case.lead_unit = heir
            parties.append(_party(one.case, heir, "lead"))
    Party.objects.bulk_create(parties, ignore_conflicts=True, batch_size=500)


def _write(changed: Collection[_Change]) -> None:
    if not changed:
        return
    rows = [
        (c.pk, c.area_id, c.area_version_id, c.area_pos, c.community_pos, c.subdistrict_pos, c.lead_unit_id)
        for c in (one.case for one in changed)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SET, [list(column) for column in zip(*rows, strict=True)])


def _notices(teams: Mapping[UUID, Unit]) -> None:
    """What waits for an answer waits for the next team's."""
    for ended, heir in teams.items():
        Notice.objects.filter(unit_id=ended, answered_at__isnull=True).update(unit_id=heir.pk, unit_pos=heir.pos)


def _record(changed: Collection[_Change], by: Actor, why: str, at: dt.datetime) -> None:
    tips = tips_of([one.case.pk for one in changed]) if changed else {}
    entries = [
        next_entry(
            tip=tips.get(one.case.pk, Tip()),
            subject_type="case",
            subject_id=one.case.pk,
            action="casework:case:redivided",
            actor=by,
            data={**one.facts, "version": one.case.version + 1, "number": one.case.number, "why": why},
            at=at,
            area_pos=one.case.area_pos,
        )
        for one in changed
    ]
    messages = [
        (entry, ("case", {"case_id": str(one.case.pk), "step": "redivided", "state": one.case.state}))
        for entry, one in zip(entries, changed, strict=True)
    ]
    audit.record_many(entries, outbox=messages)
