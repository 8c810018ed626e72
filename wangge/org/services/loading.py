"""A profile's organisation, in a handful of statements and as often as one likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from wangge.areas.models import DIVIDED, AreaVersion
from wangge.kit.errors import Invalid, field_error
from wangge.kit.tree import UNITS, TreeFull
from wangge.org import channels
from wangge.org.models import Channel, DataScope, DemoAccount, Post, Role, Unit, UnitKind, User
from wangge.org.policies import NAMES, separation_faults

_BATCH = 2000


@dataclass(frozen=True)
class UnitRow:
    code: str
    name: str
    short_name: str
    kind: str
    parent_code: str = ""
    area_code: str = ""
    phone: str = ""
    calendar: str = "office"


@dataclass(frozen=True)
class RoleRow:
    code: str
    name: str
    name_en: str
    scope: str
    permissions: tuple[str, ...]
    separation: str = ""


@dataclass(frozen=True)
class ChannelRow:
    code: str
    name: str
    name_en: str
    claimed_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class PersonRow:
    """A person with one post."""

    username: str
    name: str
    unit_code: str
    role_code: str
    title: str = ""
    area_code: str = ""
    lockout_exempt: bool = False


@transaction.atomic
def load_units(rows: Sequence[UnitRow]) -> dict[str, Unit]:
    """Bring the units to what the rows say, by code; units that are no longer named retire. All units by code.

    A unit keeps its tree position for good, since parties and scopes are recorded by it: one that moves under
    another parent is a new unit with a new code.
    """
    present = {unit.code: unit for unit in Unit.objects.select_for_update()}
    areas = _areas([row.area_code for row in rows])
    _check_units(rows, present, areas)
    last = Counter[str]()
    by_id = {unit.id: unit.code for unit in present.values()}
    for unit in present.values():
        parent = by_id[unit.parent_id] if unit.parent_id else ""
        last[parent] = max(last[parent], _ordinal(unit))
    for row in _parents_first(rows):
        found = present.get(row.code)
        if found is None:
            last[row.parent_code] += 1
            found = present[row.code] = _new_unit(row, present.get(row.parent_code), last[row.parent_code])
        found.name, found.short_name, found.kind = row.name, row.short_name or row.name, row.kind
        found.area_id = areas[row.area_code] if row.area_code else None
        found.phone, found.calendar, found.active = row.phone, row.calendar, True
    Unit.objects.bulk_create(
        [present[row.code] for row in _parents_first(rows)],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "short_name", "kind", "area", "phone", "calendar", "active"],
    )
    gone = Unit.objects.exclude(code__in=[row.code for row in rows])
    # A division may have been published since the profile was written: teams begin and end with their grids.
    teams = Unit.objects.filter(kind=UnitKind.GRID_TEAM, area__isnull=False)
    in_force = AreaVersion.objects.at().values("area")
    divided = AreaVersion.objects.at().filter(source__startswith=DIVIDED).values("area")
    gone.exclude(pk__in=teams.filter(area__in=divided).values("pk")).update(active=False)
    ended = AreaVersion.objects.filter(valid_to__lte=timezone.localdate()).values("area")
    teams.filter(area__in=ended).exclude(area__in=in_force).update(active=False)
    return present


def _ordinal(unit: Unit) -> int:
    return (unit.pos >> UNITS.shift(unit.depth)) & ((1 << UNITS.bits[unit.depth]) - 1)


def _new_unit(row: UnitRow, parent: Unit | None, ordinal: int) -> Unit:
    depth = parent.depth + 1 if parent else 0
    try:
        pos = UNITS.child(parent.pos if parent else 0, depth, ordinal)
    except (TreeFull, IndexError) as error:
        raise Invalid(
            errors=[field_error(row.code, "上级单位下已无位置，或层级过深", "no room under its parent, or too deep")]
        ) from error
    return Unit(code=row.code, parent=parent, depth=depth, pos=pos, pos_end=UNITS.end(pos, depth))


def _parents_first(rows: Sequence[UnitRow]) -> list[UnitRow]:
    by_code = {row.code: row for row in rows}
    ordered: dict[str, UnitRow] = {}

    def place(row: UnitRow) -> None:
        if row.code not in ordered:
            if row.parent_code in by_code:
                place(by_code[row.parent_code])
            ordered[row.code] = row

    for row in rows:
        place(row)
    return list(ordered.values())


def _check_units(rows: Sequence[UnitRow], present: dict[str, Unit], areas: dict[str, UUID]) -> None:
    errors = []
    by_code = {row.code: row for row in rows}
    codes_by_id = {unit.id: unit.code for unit in present.values()}
    for code, times in Counter(row.code for row in rows).items():
        if times > 1:
            errors.append(field_error(code, f"编码出现了 {times} 次", f"the code appears {times} times"))
    for row in rows:
        if row.kind not in UnitKind.values:
            errors.append(field_error(row.code, f"没有“{row.kind}”这种单位", f"{row.kind!r} is no kind of unit"))
        if row.parent_code and row.parent_code not in by_code and row.parent_code not in present:
            errors.append(field_error(row.code, f"上级单位 {row.parent_code} 不存在", f"no parent {row.parent_code}"))
        if row.area_code and row.area_code not in areas:
            errors.append(field_error(row.code, f"区域 {row.area_code} 不存在", f"no area {row.area_code}"))
        before = present.get(row.code)
        if before is not None and (codes_by_id[before.parent_id] if before.parent_id else "") != row.parent_code:
            errors.append(
                field_error(row.code, "单位不能换上级，请用新编码新建", "a unit cannot move; make one with a new code")
            )
        if _in_circle(row, by_code):
            errors.append(field_error(row.code, "上级关系成环", "is its own ancestor"))
            break
    if errors:
        raise Invalid(errors=errors)


def _in_circle(row: UnitRow, by_code: dict[str, UnitRow]) -> bool:
    seen = set()
    here: UnitRow | None = row
    while here is not None and here.code not in seen:
        seen.add(here.code)
        here = by_code.get(here.parent_code)
    return here is not None


@transaction.atomic
def load_roles(rows: Sequence[RoleRow]) -> dict[str, Role]:
    """Bring the roles to what the rows say, by code; a role that is no longer named stays while posts need it."""
    errors = []
    for row in rows:
        if row.scope not in DataScope.values:
            errors.append(field_error(row.code, f"没有“{row.scope}”这种数据范围", f"{row.scope!r} is no data scope"))
        if row.separation and row.separation not in NAMES:
            errors.append(
                field_error(row.code, f"没有“{row.separation}”这类管理员", f"no administrator {row.separation!r}")
            )
        for zh, en in separation_faults(separation=row.separation, permissions=list(row.permissions)):
            errors.append(field_error(row.code, zh, en))
    if errors:
        raise Invalid(errors=errors)
    Role.objects.bulk_create(
        [
            Role(
                code=row.code,
                name=row.name,
                name_en=row.name_en,
                scope=row.scope,
                separation=row.separation,
                permissions=sorted(set(row.permissions)),
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "name_en", "scope", "separation", "permissions"],
    )
    return {role.code: role for role in Role.objects.all()}


@transaction.atomic
def load_people(rows: Sequence[PersonRow], *, password: str, since: date) -> dict[str, User]:
    """People of a demonstration, all with one password, which is hashed once; who exists keeps their password.

    Their post is added when they have none in that unit and role.
    """
    units = {unit.code: unit for unit in Unit.objects.all()}
    roles = {role.code: role for role in Role.objects.all()}
    areas = _areas([row.area_code for row in rows])
    errors = []
    for row in rows:
        for kind, code, known in (("单位", row.unit_code, units), ("角色", row.role_code, roles)):
            if code not in known:
                errors.append(field_error(row.username, f"{kind} {code} 不存在", f"unknown: {code}"))
        if row.area_code and row.area_code not in areas:
            errors.append(field_error(row.username, f"区域 {row.area_code} 不存在", f"no area {row.area_code}"))
    if errors:
        raise Invalid(errors=errors)
    hashed = make_password(password)
    User.objects.bulk_create(
        [
            User(username=row.username, name=row.name, password=hashed, lockout_exempt=row.lockout_exempt)
            for row in rows
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["username"],
        update_fields=["name", "lockout_exempt"],
    )
    users = {user.username: user for user in User.objects.filter(username__in=[row.username for row in rows])}
    held = set(Post.objects.filter(user__in=users.values()).values_list("user_id", "unit_id", "role_id"))
    posts = [
        Post(
            user=users[row.username],
            unit=units[row.unit_code],
            role=roles[row.role_code],
            title=row.title or roles[row.role_code].name,
            scope=roles[row.role_code].scope,
            area_id=areas[row.area_code] if row.area_code else None,
            valid_from=since,
        )
        for row in rows
        if (users[row.username].id, units[row.unit_code].id, roles[row.role_code].id) not in held
    ]
    Post.objects.bulk_create(posts, batch_size=_BATCH)
    return users


@transaction.atomic
def show_demo_accounts(accounts: Iterable[tuple[str, str, str, str]]) -> None:
    """The accounts offered on the sign-in page, in this order: username, what it can do (zh, en), first page."""
    rows = list(accounts)
    users = {user.username: user for user in User.objects.filter(username__in=[row[0] for row in rows])}
    missing = [field_error(row[0], "没有这个账号", "no such account") for row in rows if row[0] not in users]
    if missing:
        raise Invalid(errors=missing)
    DemoAccount.objects.all().delete()
    DemoAccount.objects.bulk_create(
        [
            DemoAccount(user=users[username], position=position, does_zh=zh, does_en=en, page=page)
            for position, (username, zh, en, page) in enumerate(rows)
        ]
    )


def _areas(codes: Sequence[str]) -> dict[str, UUID]:
    """Areas by their code; of several, the one still in force."""
    wanted = {code for code in codes if code}
    rows = AreaVersion.objects.filter(code__in=wanted, superseded_at__isnull=True).order_by(
        F("valid_to").asc(nulls_last=True)
    )
    return dict(rows.values_list("code", "area_id"))


@transaction.atomic
def load_channels(rows: Sequence[ChannelRow]) -> int:
    """Bring the channels to what the rows say, by code; others stay as they are. How many."""
    made = [Channel(code=row.code, name=row.name, name_en=row.name_en, claimed_by=list(row.claimed_by)) for row in rows]
    Channel.objects.bulk_create(
        made, update_conflicts=True, unique_fields=["code"], update_fields=["name", "name_en", "claimed_by"]
    )
    channels.revision.announce(uuid4())
    return len(made)
