"""What is asked of grid members, how much of it is known already, what it costs: the burden ledger 报表负担台账."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.models import Post
from wangge.org.scope import Actor
from wangge.registry.models import DataRequest, FieldRule, RequestState
from wangge.registry.selectors.rulebook import rules

# Object: its table, and which rows of it are subjects today.
OBJECTS: Mapping[str, tuple[str, str]] = {
    "person": ("registry_person", "status in ('living_here', 'absent')"),
    "household": ("registry_household", "ended_on is null"),
    "dwelling": ("registry_dwelling", "ended_on is null"),
    "building": ("registry_building", "pulled_down_on is null"),
    "premises": ("registry_premises", "closed_on is null"),
    "organisation": ("registry_organisation", "ended_on is null"),
    "component": ("registry_component", "state <> 'removed'"),
    "device": ("registry_device", "state <> 'removed'"),
}
RUNNING = (RequestState.ALLOWED, RequestState.COUNTED)
MEMBER = "grid_member"


@dataclass(frozen=True)
class Knowledge:
    """Of the subjects in an area: how many there are, and for which share each field is known and fresh."""

    subjects: int
    shares: dict[str, float]
    owners: dict[str, str]

    def known(self, share: float) -> list[str]:
        return [field for field, known in self.shares.items() if known >= share]


def knowledge(*, subject: str, fields: Sequence[str], area: AreaVersion, today: dt.date | None = None) -> Knowledge:
    """From `confirmed` and the rules of the fields; a field without a rule is not kept here, so nothing is known."""
    ruled = {rule.field: rule for rule in FieldRule.objects.filter(object=subject, field__in=fields)}
    groups = sorted({(rule.group, rule.fresh_days) for rule in ruled.values()})
    day = today or timezone.localdate()
    table, living = OBJECTS[subject]
    fresh = ", ".join("count(*) filter (where left(confirmed #>> array[%s, 'at'], 10) >= %s)" for _ in groups)
    values: list[Any] = []
    for group, days in groups:
        values += [group, (day - dt.timedelta(days=days)).isoformat()]
    # Counts over everybody: the share says nothing of anyone, and asking must not depend on who asks.
    with scope.unrestricted(), connection.cursor() as cursor:
        cursor.execute(
            f"select count(*){', ' + fresh if fresh else ''} from {table}"  # noqa: S608 - names of our own tables
            f" where area_pos >= %s and area_pos < %s and {living}",
            [*values, area.pos, area.pos_end],
        )
        subjects, *counts = cursor.fetchone()
    by_group = dict(zip(groups, counts, strict=True))
    shares = {}
    for field in fields:
        rule = ruled.get(field)
        of = by_group[rule.group, rule.fresh_days] if rule else 0
        shares[field] = round(of / subjects, 3) if subjects else 0.0
    return Knowledge(subjects, shares, {field: rule.owner for field, rule in ruled.items()})


def members_by_position() -> dict[UUID, int]:
    """Grid members on duty today, each with the position of their grid."""
    held = Post.objects.current().filter(role__code=MEMBER, user__is_active=True)
    rows: list[tuple[Any, ...]] = list(held.values_list("user_id", "area_id", "unit__area_id"))
    found = {}
    for user_id, own, of_unit in rows:
        version = areas.version_at(own or of_unit) if own or of_unit else None
        if version is not None:
            found[user_id] = version.pos
    return found


def members_in(area: AreaVersion) -> int:
    return sum(area.pos <= pos < area.pos_end for pos in members_by_position().values())


def listing(*, state: str = "", unit: UUID | None = None) -> QuerySet[DataRequest]:
    """All there are: what is asked of the base is no secret."""
    found = DataRequest.objects.select_related("unit", "area").order_by("-asked_at", "-pk")
    if state:
        found = found.filter(state=state)
    return found.filter(unit_id=unit) if unit else found


def ledger(*, actor: Actor, area_id: UUID | None = None, today: dt.date | None = None) -> dict[str, Any]:
    """What runs now in an area, by who asks and by place; `minutes` are those of one grid member in a month."""
    area = _area(actor, area_id)
    day = today or timezone.localdate()
    touching = [one for one in _all() if _touches(one, area)]
    running = [one for one in touching if one.state in RUNNING and one.begins_on <= day <= one.ends_on]
    members = sum(area.pos <= pos < area.pos_end for pos in members_by_position().values())
    known = rules().requests.known_share
    return {
        "area": {"id": area.area_id, "name": area.name, "level": area.level},
        "members": members,
        "minutes": sum(map(monthly, running)),
        "requests": running,
        "units": _by_unit(touching, running, known),
        "grids": _by_place(area, running, known),
    }


def place_of(request: DataRequest) -> dict[str, Any]:
    version = areas.version_at(request.area_id) or areas.area_for_pos(request.area_pos)
    return {"id": request.area_id, "name": version.name if version else ""}


def monthly(request: DataRequest) -> float:
    return round(request.minutes / 12, 1)


def _all() -> list[DataRequest]:
    return list(DataRequest.objects.select_related("unit", "area").order_by("-asked_at"))


def _area(actor: Actor, area_id: UUID | None) -> AreaVersion:
    if area_id is not None:
        version = areas.version_at(area_id)
    else:
        own = actor.scope.areas[0][0] if actor.scope.areas else 0
        version = areas.area_for_pos(own) if own else areas.current().filter(level=0).first()
    if version is None:
        raise NotFound
    return version


def _touches(request: DataRequest, area: AreaVersion) -> bool:
    """It is asked within the area, or over a larger one that the area is part of."""
    version = areas.version_at(request.area_id)
    if version is None:
        return False
    return area.pos <= version.pos < area.pos_end or version.pos <= area.pos < version.pos_end


def _by_unit(touching: Iterable[DataRequest], running: Sequence[DataRequest], known: float) -> list[dict[str, Any]]:
    rows: dict[UUID, dict[str, Any]] = {}
    active = {one.pk for one in running}
    for one in touching:
        row = rows.setdefault(
            one.unit_id,
            {
                "id": one.unit_id, "name": one.unit.name,
                "asked": 0, "refused": 0, "running": 0, "known_wanted": 0, "minutes": 0.0, "people": 0, "shares": [],
            },
        )  # fmt: skip
        row["asked"] += 1
        row["refused"] += one.state == RequestState.REFUSED
        row["known_wanted"] += one.state == RequestState.COUNTED
        row["shares"] += one.known.values()
        if one.pk in active:
            row["running"] += 1
            row["minutes"] += monthly(one)
            row["people"] = max(row["people"], one.people)
    for row in rows.values():
        shares = row.pop("shares")
        row["share_known"] = round(sum(share >= known for share in shares) / len(shares), 3) if shares else 0.0
    return sorted(rows.values(), key=lambda row: (-row["minutes"], -row["asked"], row["name"]))


def _by_place(area: AreaVersion, running: Sequence[DataRequest], known: float) -> list[dict[str, Any]]:
    """The areas just below, or the area itself where there is none below."""
    below = list(areas.current().filter(parent_id=area.area_id).order_by("code")) or [area]
    members = members_by_position().values()
    rows = []
    for place in below:
        here = [one for one in running if _touches(one, place)]
        shares = [share for one in here for share in one.known.values()]
        rows.append(
            {
                "id": place.area_id,
                "name": place.name,
                "asked": len(here),
                "minutes": round(sum(map(monthly, here)), 1),
                "people": sum(place.pos <= pos < place.pos_end for pos in members),
                "share_known": round(sum(share >= known for share in shares) / len(shares), 3) if shares else 0.0,
            }
        )
    return rows


def names_of(subject: str, fields: Sequence[str]) -> dict[str, str]:
    """What people call the fields; one that is not kept here is called as it was written."""
    named = dict(FieldRule.objects.filter(object=subject, field__in=fields).values_list("field", "name"))
    found: dict[str, str] = defaultdict(str)
    return found | {field: named.get(field, field) for field in fields}
