"""Loading a profile: checked as a whole first, then written in one transaction, and again without doubling."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from wangge.appraisal.services import judging
from wangge.appraisal.services import schemes as appraisal
from wangge.areas import services as areas
from wangge.calendars import services as calendars
from wangge.casework import services as casework
from wangge.district import check, demo
from wangge.district.models import LoadedProfile
from wangge.district.read import Profile
from wangge.district.schema import CalendarFile, ChannelRow
from wangge.district.schema_registry import FieldPart, GroupPart
from wangge.divisions.services import rulebook as divisions
from wangge.intake.services import sameness
from wangge.kit.errors import Conflict
from wangge.org import scope
from wangge.org import services as org
from wangge.org.scope import Actor
from wangge.registry import services as registry
from wangge.responsibility import services as responsibility

Say = Callable[[str], None]


class OtherDistrict(Conflict):
    code = "other_district"
    title_zh = "数据库里已有另一个区县"
    title_en = "The database holds another district"


@dataclass
class LoadResult:
    """`changed` is False where this very profile was in force already."""

    name: str
    fingerprint: str
    changed: bool
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)


def quiet(_text: str) -> None:
    pass


def load(
    name_or_path: str | Path, *, by: Actor | None = None, population: bool = False, say: Say = quiet
) -> LoadResult:
    """Bring the database to what the profile says; a profile with any fault changes nothing.

    With `population` the people of a demonstration and its accounts are made too.
    """
    started = time.monotonic()
    say("检查配置 Checking the profile")
    profile = check.check(name_or_path)
    actor = by or scope.system_actor(f"profile {profile.name}")
    with scope.acting(actor), scope.unrestricted():
        _one_at_a_time()
        _refuse_other_district(profile)
        result = LoadResult(profile.name, profile.fingerprint, changed=not _in_force(profile))
        if result.changed:
            _write(profile, actor, result.counts, say)
        if population:
            say("示例人员 People of the demonstration")
            result.counts["people"] = demo.populate(profile)
    result.seconds = round(time.monotonic() - started, 2)
    say(
        f"{profile.head.district.name}："
        + "，".join(f"{k} {v}" for k, v in result.counts.items())
        + f"（{result.seconds:.1f} s）"
    )
    return result


@transaction.atomic
def _write(profile: Profile, actor: Actor, counts: dict[str, int], say: Say) -> None:
    say("工作日历 Calendars")
    for calendar, _ in sorted(profile.calendars, key=lambda one: one[0].days_of):  # those that others need come first
        calendars.load_calendar(**_calendar(calendar), actor=actor)
    say(f"区划 {len(profile.areas)} Areas")
    source = f"profile {profile.name}"
    rows = [{k: "" if v is None else str(v) for k, v in line.row.model_dump().items()} for line in profile.areas]
    areas.import_areas(rows=rows, source=source, by=actor)
    if profile.boundaries is not None:
        say("边界 Boundaries")
        areas.import_boundaries(data=profile.boundaries, source=source, by=actor)
    areas.set_aliases(pairs=[(line.row.area_code, line.row.alias) for line in profile.aliases])
    say(f"单位与角色 {len(profile.units)} Units and roles")
    usual = profile.head.settings.calendar
    units = [line.row.model_dump() for line in profile.units]
    org.load_units([org.UnitRow(**(unit | {"calendar": unit["calendar"] or usual})) for unit in units])
    org.load_roles([org.RoleRow(code=code, **role.model_dump()) for code, role in profile.roles.items()])
    say(f"事项与权责清单 {len(profile.categories)} / {len(profile.entries)} Matters and responsibility list")
    responsibility.load_categories([line.row.model_dump() for line in profile.categories])
    entries = [line.row.model_dump() for line in profile.entries]
    responsibility.load_list(_list_head(profile, entries), entries, actor=actor)
    org.load_channels([_channel(line.row) for line in profile.channels])
    say(f"楼栋 {len(profile.buildings)} Buildings")
    registry.load_buildings([line.row.model_dump() for line in profile.buildings])
    _load_registry(profile)
    registry.follow(by=actor)
    if profile.clocks.rules is not None:
        casework.load_time_rules(profile.clocks.rules, source=source, actor=actor)
    part = profile.appraisal
    appraisal.load(indicators=part.indicators, steps=part.steps, schemes=part.schemes, by=actor)
    if profile.judgement is not None:
        judging.load_rules(profile.judgement)
    if profile.reading is not None:
        responsibility.load_reading(profile.reading)
    if profile.divisions is not None:
        divisions.load_rules(profile.divisions)
    if profile.clusters is not None:
        sameness.load_rules(profile.clusters)
    counts |= {
        "areas": len(profile.areas),
        "units": len(profile.units),
        "categories": len(profile.categories),
        "entries": len(profile.entries),
        "buildings": len(profile.buildings),
    }
    LoadedProfile.objects.create(
        name=profile.name,
        district_code=profile.head.district.code,
        district_name=profile.head.district.name,
        fingerprint=profile.fingerprint,
        settings=_kept(profile),
    )


def _load_registry(profile: Profile) -> None:
    part = profile.registry
    if part.rules is not None:
        registry.load_rules(part.rules)
    components = [line.row for line in profile.categories if line.row.kind == "component" and line.row.leaf == "true"]
    registry.load_component_kinds((row.code, row.name) for row in components)
    registry.load_field_rules(
        {"object": subject, "field": name, "group": group, **_field(held, spec)}
        for subject, groups in (part.fields.root if part.fields else {}).items()
        for group, held in groups.items()
        for name, spec in held.fields.items()
    )
    registry.load_tag_kinds(
        {"code": code, **spec.model_dump(exclude={"note"})}
        for code, spec in (part.tags.root if part.tags else {}).items()
    )


def _field(group: GroupPart, spec: FieldPart) -> dict[str, Any]:
    own = {name: value for name, value in spec.model_dump().items() if value is not None}
    return {
        "owner": group.owner,
        "fresh_days": group.fresh_days,
        "purpose": group.purpose,
        "legal_basis": group.legal_basis,
        **own,
    }


def _channel(row: ChannelRow) -> org.ChannelRow:
    roles = tuple(role for role in row.claimed_by.split("|") if role)
    return org.ChannelRow(code=row.code, name=row.name, name_en=row.name_en, claimed_by=roles)


def _list_head(profile: Profile, entries: list[dict[str, Any]]) -> dict[str, Any]:
    head = profile.list_head.model_dump()
    if head.pop("revision") == "content":
        lines = json.dumps(entries, ensure_ascii=False, sort_keys=True).encode()
        head["version"] += f"-{hashlib.sha256(lines).hexdigest()[:6]}"
    return head


def _kept(profile: Profile) -> dict[str, Any]:
    """What pages and reports say about the profile itself."""
    head = profile.head
    return {
        "center": list(head.center),
        "levels": list(head.levels),
        "marks": [mark.model_dump() for mark in head.marks],
        **head.settings.model_dump(),
    }


def _calendar(calendar: CalendarFile) -> dict[str, Any]:
    years = {
        year: [
            (day, working, name)
            for working, group in ((False, part.days_off), (True, part.make_up))
            for name, days in group.items()
            for day in days
        ]
        for year, part in calendar.years.items()
    }
    return {
        "code": calendar.code,
        "name": calendar.name,
        "name_en": calendar.name_en,
        "timezone": calendar.timezone,
        "duty": calendar.duty,
        "week": calendar.week.given(),
        "works_through": calendar.works_through,
        "days_of": calendar.days_of,
        "confirmed": calendar.confirmed,
        "years": years,
        "source": calendar.source,
    }


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('wangge profile'))")


def _in_force(profile: Profile) -> bool:
    newest = LoadedProfile.objects.order_by("-id").first()
    return newest is not None and newest.fingerprint == profile.fingerprint


def _refuse_other_district(profile: Profile) -> None:
    newest = LoadedProfile.objects.order_by("-id").first()
    if newest is not None and newest.district_code != profile.head.district.code:
        raise OtherDistrict(
            f"数据库里是{newest.district_name}（{newest.name}），一个库只放一个区县，请另建数据库",
            f"the database holds {newest.district_name}; one database is one district",
        )
