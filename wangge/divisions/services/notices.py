"""Telling units and people that their grid changes: when it is approved, when it is undone, when its day has come."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from wangge.divisions.models import DivisionNotice, NoticeKind, Plan
from wangge.divisions.selectors.consequences import Consequences, committees, told
from wangge.divisions.selectors.outcome import GridOutcome, Outcome
from wangge.kit import clock
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor

_SHOWN = 6
_PLANNED = ("网格划分将自 {day} 起调整：", "The division of grids will change from {day}: ")
_IN_FORCE = ("网格划分自 {day} 起已调整：", "The division of grids has changed from {day}: ")
Lines = list[tuple[str, str]]


def tell(plan: Plan, found: Outcome, then: Consequences, kind: NoticeKind, at: dt.datetime) -> int:
    """One notice to each unit and each person whose grid changes; how many."""
    lines, summary = _by_unit(found, then), _summary(found)
    units, people = told(found, then)
    known = {unit.pk: unit for unit in Unit.objects.filter(pk__in=units)}
    notices = [_notice(plan, kind, found.day, lines.get(pk) or [summary], at, unit=unit) for pk, unit in known.items()]
    of_person = _by_person(found, then, lines)
    notices += [
        _notice(plan, kind, found.day, of_person.get(user) or [summary], at, user_id=user) for user in sorted(people)
    ]
    DivisionNotice.objects.bulk_create(notices, batch_size=500)
    return len(notices)


def tell_undone(plan: Plan, at: dt.datetime) -> int:
    """To everybody who was told of it when it was approved, which `plan` still says when."""
    told_then = DivisionNotice.objects.filter(plan=plan, kind=NoticeKind.PLANNED, at__gte=plan.decided_at)
    before = told_then.select_related("unit")
    told_: dict[tuple[UUID | None, UUID | None], DivisionNotice] = {(n.unit_id, n.user_id): n for n in before}
    zh = f"原定 {plan.valid_from} 起的网格调整（{plan.name}）已撤销，维持现行划分。"
    en = f"The change of grids planned for {plan.valid_from} ({plan.name}) has been undone; the division stays."
    notices = [
        DivisionNotice(
            plan=plan, plan_name=plan.name, valid_from=one.valid_from, kind=NoticeKind.UNDONE, unit_id=unit,
            unit_pos=one.unit_pos, user_id=user, text_zh=zh[:500], text_en=en[:800], at=at,
        )
        for (unit, user), one in told_.items()
    ]  # fmt: skip
    DivisionNotice.objects.bulk_create(notices, batch_size=500)
    return len(notices)


def mark_read(*, notice_id: UUID, by: Actor, at: dt.datetime | None = None) -> DivisionNotice:
    found = DivisionNotice.objects.visible_to(by).select_related("unit").filter(pk=notice_id).first()
    if found is None:
        raise NotFound
    if found.read_at is None:
        found.read_at, found.read_by = at or clock.now(), by.name
        with scope.unrestricted():
            DivisionNotice.objects.filter(pk=found.pk).update(read_at=found.read_at, read_by=found.read_by)
    return found


def _notice(
    plan: Plan,
    kind: NoticeKind,
    day: dt.date,
    lines: Lines,
    at: dt.datetime,
    *,
    unit: Unit | None = None,
    user_id: UUID | None = None,
) -> DivisionNotice:
    zh, en = _joined(lines, kind, day)
    return DivisionNotice(
        plan=plan, plan_name=plan.name, valid_from=day, kind=kind, unit=unit, unit_pos=unit.pos if unit else -1,
        user_id=user_id, text_zh=zh[:500], text_en=en[:800], at=at,
    )  # fmt: skip


def _joined(lines: Lines, kind: NoticeKind, day: dt.date) -> tuple[str, str]:
    shown = lines[:_SHOWN]
    rest = len(lines) - len(shown)
    zh = "；".join(one for one, _ in shown) + (f"；另有 {rest} 项" if rest else "")
    en = "; ".join(one for _, one in shown) + (f"; and {rest} more" if rest else "")
    begin_zh, begin_en = (text.format(day=day) for text in (_IN_FORCE if kind == NoticeKind.IN_FORCE else _PLANNED))
    return f"{begin_zh}{zh}。", f"{begin_en}{en}."


def _summary(found: Outcome) -> tuple[str, str]:
    new = sum(1 for grid in found.grids if grid.keeps is None)
    buildings = len(found.moved_buildings)
    return (
        f"{len(found.changed)} 个社区，新设 {new} 个、撤销 {len(found.ended)} 个网格，{buildings} 栋楼调整归属",
        f"{len(found.changed)} communities, {new} new grids, {len(found.ended)} ended, {buildings} buildings move",
    )


def _by_unit(found: Outcome, then: Consequences) -> dict[UUID, Lines]:
    lines: dict[UUID, Lines] = defaultdict(list)
    above = committees(found)
    for grid in found.grids:
        if not grid.changes:
            continue
        line = _line(grid)
        unit = then.team_of(grid)
        if unit is not None:
            lines[unit.pk].append(line)
        if grid.row.area_id in above:
            lines[above[grid.row.area_id].pk].append(line)
    for one in found.ended:
        line = (
            f"{one.area.name}（{one.area.code}）撤销，主要并入{one.into.name}",
            f"{one.area.name} ({one.area.code}) ends, most of it goes to {one.into.name}",
        )
        unit = then.teams.get(one.area.area_id)
        if unit is not None:
            lines[unit.pk].append(line)
        if one.row.area_id in above:
            lines[above[one.row.area_id].pk].append(line)
    return lines


def _line(grid: GridOutcome) -> tuple[str, str]:
    if grid.keeps is None:
        return (
            f"新设{grid.name}（{grid.code}），{grid.households} 户、{grid.buildings} 栋楼",
            f"{grid.name} ({grid.code}) begins with {grid.households} households in {grid.buildings} buildings",
        )
    zh, en = f"{grid.keeps.name}", f"{grid.keeps.name}"
    if grid.kind == "recoded":
        zh += f"改编码 {grid.code}、名称{grid.name}"
        en += f" is now {grid.name} ({grid.code})"
    come, gone = grid.moved_buildings, grid.left_buildings
    return (
        f"{zh}，调整后 {grid.households} 户、{grid.buildings} 栋楼，划入 {come} 栋、划出 {gone} 栋",
        f"{en}, {grid.households} households in {grid.buildings} buildings, {come} come in, {gone} leave",
    )


def _by_person(found: Outcome, then: Consequences, lines: dict[UUID, Lines]) -> dict[UUID, Lines]:
    of: dict[UUID, Lines] = defaultdict(list)
    moving = {move.post.pk for move in then.moves}
    for move in then.moves:
        names = _names(move.targets)
        of[move.post.user_id].append(
            (f"您的岗位由{move.post.unit.name}调到{names}", f"your post moves from {move.post.unit.name} to {names}")
        )
    for post in then.posts:
        if post.pk not in moving:
            of[post.user_id] += lines.get(post.unit_id, [])
    return of


def _names(grids: Iterable[GridOutcome]) -> str:
    return "、".join(grid.name for grid in grids)


def tell_in_force(
    plan: Plan,
    before: Iterable[DivisionNotice],
    people: dict[UUID, tuple[str, str]],
    at: dt.datetime,
) -> int:
    """`people` are those whose post has moved, with the names of their teams before and now."""
    day = plan.valid_from
    assert day is not None
    made: dict[tuple[UUID | None, UUID | None], DivisionNotice] = {}
    for one in before:
        zh = one.text_zh.replace(_PLANNED[0].format(day=day), _IN_FORCE[0].format(day=day), 1)
        en = one.text_en.replace(_PLANNED[1].format(day=day), _IN_FORCE[1].format(day=day), 1)
        made[one.unit_id, one.user_id] = DivisionNotice(
            plan=plan, plan_name=plan.name, valid_from=day, kind=NoticeKind.IN_FORCE, unit_id=one.unit_id,
            unit_pos=one.unit_pos, user_id=one.user_id, text_zh=zh, text_en=en, at=at,
        )  # fmt: skip
    for user, (was, now) in people.items():
        lines = [(f"您的岗位由{was}调到{now}", f"your post moves from {was} to {now}")]
        made[None, user] = _notice(plan, NoticeKind.IN_FORCE, day, lines, at, user_id=user)
    DivisionNotice.objects.bulk_create(made.values(), batch_size=500)
    return len(made)
