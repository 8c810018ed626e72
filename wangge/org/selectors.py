"""Who is who: positions people hold, what each may do and see, and which unit serves a place."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import shapely
from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from wangge.areas.models import AreaVersion, Level
from wangge.kit import prepared
from wangge.kit.crypto import decrypt, mask_phone, sm3
from wangge.kit.errors import NotFound
from wangge.org.models import ChannelCredential, DataScope, DemoAccount, Post, Role, StandIn, Unit, UnitKind, User
from wangge.org.scope import Actor, Interval, Scope


class NoSuchUnit(NotFound):
    code = "no_such_unit"
    title_zh = "没有这个单位"
    title_en = "No such unit"


@dataclass(frozen=True)
class Place:
    id: UUID
    name: str
    level: int
    lon: float | None
    lat: float | None
    interval: Interval


@dataclass(frozen=True)
class Position:
    """A post that somebody may act in now: their own, or another's for whom they stand in."""

    post_id: UUID
    title: str
    scope: str
    stand_in_id: UUID | None
    on_behalf_of: UUID | None
    on_behalf_name: str
    unit_id: UUID
    unit_name: str
    unit_kind: str
    unit_pos: int
    unit_pos_end: int
    role: str
    role_name: str
    role_name_en: str
    separation: str
    permissions: tuple[str, ...]
    area: Place | None  # the post's own area, else the one its unit serves
    area_is_own: bool
    custom_areas: tuple[Interval, ...]
    custom_units: tuple[Interval, ...]


@dataclass(frozen=True)
class Person:
    """A user with every position they may act in, own posts first."""

    id: UUID
    username: str
    name: str
    password: str
    active: bool
    big_text: bool
    language: str
    positions: tuple[Position, ...]

    def position(self, *, post_id: UUID | None = None, stand_in_id: UUID | None = None) -> Position | None:
        """The chosen position; the first one when none was chosen or the chosen one has ended."""
        for held in self.positions:
            if stand_in_id is not None and held.stand_in_id == stand_in_id:
                return held
            if stand_in_id is None and held.stand_in_id is None and held.post_id == post_id:
                return held
        return self.positions[0] if self.positions else None


_PLACE = ("id", "name", "level", "lon", "lat", "pos", "pos_end")
# Columns of _PERSON from the eighth on.
_POSITION = (
    "post_id", "title", "scope", "stand_in_id", "on_behalf_of", "on_behalf_name",
    "unit_id", "unit_name", "unit_kind", "unit_pos", "unit_pos_end",
    "role", "role_name", "role_name_en", "separation", "permissions",
    *(f"area_{part}" for part in _PLACE), "area_is_own", "custom_areas", "custom_units",
)  # fmt: skip
_PERSON = """
with moment as (
  select at, (at at time zone 'Asia/Shanghai')::date as today
    from (select coalesce(%(at)s::timestamptz, clock_timestamp()) as at) as given
), held as (
  select p.*, null::uuid as stand_in_id, null::uuid as on_behalf_of
    from org_post p where p.user_id = %(user)s
  union all
  select p.*, s.id, p.user_id
    from org_standin s join org_post p on p.id = s.post_id, moment
   where s.user_id = %(user)s and s.starts <= moment.at and s.ends > moment.at
)
select u.id, u.username, u.name, u.password, u.is_active, u.big_text, u.language,
       h.id, h.title, h.scope, h.stand_in_id, h.on_behalf_of, coalesce(away.name, ''),
       unit.id, unit.name, unit.kind, unit.pos, unit.pos_end,
       role.code, role.name, role.name_en, role.separation, role.permissions,
       v.area_id, v.name, v.level, v.lon, v.lat, v.pos, v.pos_end, h.area_id is not null,
       case when h.scope = 'custom' then array(
         select int8range(cv.pos, cv.pos_end) from org_postscope c join areas_areaversion cv on cv.area_id = c.area_id
          where c.post_id = h.id and cv.superseded_at is null
            and cv.valid_from <= moment.today and (cv.valid_to is null or cv.valid_to > moment.today)) end,
       case when h.scope = 'custom' then array(
         select int8range(cu.pos, cu.pos_end) from org_postscope c join org_unit cu on cu.id = c.unit_id
          where c.post_id = h.id) end
  from org_user u cross join moment
  left join held h on h.valid_from <= moment.today and (h.valid_to is null or h.valid_to > moment.today)
  left join org_unit unit on unit.id = h.unit_id
  left join org_role role on role.id = h.role_id
  left join org_user away on away.id = h.on_behalf_of
  left join lateral (
    select * from areas_areaversion av
     where av.area_id = coalesce(h.area_id, unit.area_id) and av.superseded_at is null
       and av.valid_from <= moment.today and (av.valid_to is null or av.valid_to > moment.today)
     order by av.valid_from desc limit 1) v on true
 where u.id = %(user)s
 order by h.stand_in_id nulls first, h.valid_from, h.id
"""


def person(user_id: UUID, at: datetime | None = None) -> Person | None:
    """The user and their positions of the moment, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_PERSON, {"user": user_id, "at": at})
        rows = cursor.fetchall()
    if not rows:
        return None
    user_id, username, name, password, active, big_text, language = rows[0][:7]
    positions = tuple(_position(row[7:]) for row in rows if row[7] is not None)
    return Person(user_id, username, name, password, active, big_text, language, positions)


def _position(row: Sequence[Any]) -> Position:
    values = dict(zip(_POSITION, row, strict=True))
    area_id, name, level, lon, lat, pos, pos_end = (values.pop(f"area_{part}") for part in _PLACE)
    values["area"] = Place(area_id, name, level, lon, lat, (pos, pos_end)) if area_id else None
    values["permissions"] = tuple(json.loads(values["permissions"]))
    for custom in ("custom_areas", "custom_units"):
        values[custom] = tuple((held.lower, held.upper) for held in values[custom] or ())
    return Position(**values)


# A department's or a company's area is where it works, not what it may look at: it sees what it takes part in.
_WITHOUT_AREA = frozenset({UnitKind.DEPARTMENT, UnitKind.COMPANY})


def scope_of(position: Position, user_id: UUID) -> Scope:
    """Data scope (数据范围) as intervals."""
    own = position.on_behalf_of or user_id
    if position.scope == DataScope.ALL:
        return Scope(all=True, own=own)
    if position.scope == DataScope.CUSTOM:
        return Scope(areas=position.custom_areas, units=position.custom_units, own=own)
    covers_area = position.area_is_own or (position.scope != DataScope.OWN and position.unit_kind not in _WITHOUT_AREA)
    areas = (position.area.interval,) if position.area and covers_area else ()
    if position.scope == DataScope.OWN:
        return Scope(areas=areas, own=own)
    end = position.unit_pos_end if position.scope == DataScope.UNIT_TREE else position.unit_pos + 1
    return Scope(areas=areas, units=((position.unit_pos, end),), own=own)


def actor_in(who: Person, position: Position | None) -> Actor:
    """The person in that position; without one they may do nothing and see only what is their own."""
    if position is None:
        return Actor(
            user_id=who.id,
            name=who.name,
            unit_id=None,
            unit_pos=0,
            unit_kind="",
            post_id=None,
            roles=frozenset(),
            permissions=frozenset(),
            scope=Scope(own=who.id),
        )
    return Actor(
        user_id=who.id,
        name=who.name,
        unit_id=position.unit_id,
        unit_pos=position.unit_pos,
        unit_kind=position.unit_kind,
        post_id=position.post_id,
        roles=frozenset({position.role}),
        permissions=frozenset(position.permissions),
        scope=scope_of(position, who.id),
        on_behalf_of=position.on_behalf_of,
    )


def actor_for(user: User, post: Post | StandIn | None = None, at: datetime | None = None) -> Actor:
    """The user as actor in `post` (or standing in), else in their first post."""
    who = person(user.id, at)
    if who is None:
        raise NotFound
    if isinstance(post, StandIn):
        return actor_in(who, who.position(stand_in_id=post.id))
    return actor_in(who, who.position(post_id=post.id if post else None))


def channel_actor(secret: str) -> Actor | None:
    """The neighbouring system that holds this secret: it sees what it has handed in."""
    if not secret:
        return None
    found = prepared.execute(_CREDENTIAL, [sm3(secret.encode())]).fetchone()
    if found is None:
        return None
    id_, name, channel, permissions, unit_id, unit_pos, unit_kind = found
    return Actor(
        user_id=id_,
        name=name,
        unit_id=unit_id,
        unit_pos=unit_pos,
        unit_kind=unit_kind,
        post_id=None,
        roles=frozenset({"channel"}),
        permissions=frozenset(json.loads(permissions)),
        scope=Scope(own=id_),
        channel=channel,
    )


# By hand: at every request of a neighbouring system, and compiling the query would cost more than running it.
_CREDENTIAL = """
select c.id, c.name, c.channel, c.permissions, u.id, u.pos, u.kind
  from org_channelcredential c join org_unit u on u.id = c.unit_id
 where c.secret_hash = %s and c.active and (c.expires_at is null or c.expires_at > clock_timestamp())
"""


def unit_by_code(code: str) -> Unit:
    unit = Unit.objects.filter(code=code).first()
    if unit is None:
        raise NoSuchUnit(f"没有编码为 {code} 的单位", f"no unit has the code {code}")
    return unit


_SERVING = """
select unit.* from org_unit unit
  join areas_areaversion v on v.area_id = unit.area_id and v.superseded_at is null
 where unit.kind = %s and unit.active and v.pos <= %s and v.pos_end > %s
 order by v.pos desc, v.valid_to desc nulls first, unit.pos limit 1
"""


def unit(unit_id: UUID) -> Unit:
    """Any unit, also one that is no longer active: old cases and filters name it."""
    found = Unit.objects.filter(pk=unit_id).first()
    if found is None:
        raise NoSuchUnit("没有这个单位", "no such unit")
    return found


def unit_serving(pos: int, kind: UnitKind) -> Unit | None:
    """The unit of `kind` whose area contains the tree position: the smallest such area wins."""
    return next(iter(Unit.objects.raw(_SERVING, [kind, pos, pos])), None)


_SERVING_MANY = """
select wanted.pos, wanted.kind, found.id, found.short_name, found.pos
  from unnest(%s::bigint[], %s::text[]) as wanted(pos, kind)
 cross join lateral (
   select unit.id, unit.short_name, unit.pos
     from org_unit unit join areas_areaversion v on v.area_id = unit.area_id and v.superseded_at is null
    where unit.kind = wanted.kind and unit.active and v.pos <= wanted.pos and v.pos_end > wanted.pos
    order by v.pos desc, v.valid_to desc nulls first, unit.pos limit 1) found
"""


def units_serving(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], tuple[UUID, str, int]]:
    """`unit_serving` for many (position, kind) at once: id, short name and position of each unit found."""
    pairs = sorted(set(wanted))
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SERVING_MANY, [[pos for pos, _ in pairs], [kind for _, kind in pairs]])
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in cursor.fetchall()}


def members_of(unit: Unit, at: datetime | None = None) -> list[User]:
    """People with a current post in the unit, each once, by name."""
    holders = Post.objects.current(at).filter(unit=unit).values("user")
    return list(User.objects.filter(id__in=holders, is_active=True).order_by("name", "id"))


def demo_accounts() -> list[DemoAccount]:
    accounts = DemoAccount.objects.select_related("user").order_by("position")
    return list(accounts.prefetch_related("user__posts__role", "user__posts__unit"))


@dataclass(frozen=True)
class DistrictCard:
    """What a page needs to draw the district before anything else."""

    code: str
    name: str
    center: tuple[float, float]
    bbox: tuple[float, float, float, float]


def district() -> DistrictCard | None:
    """The district whose areas are loaded; None before a profile was."""
    row = (
        AreaVersion.objects.at().filter(level=Level.DISTRICT).order_by("pos").values_list("id", "code", "name").first()
    )
    return _district_card(*row) if row else None


@functools.lru_cache(maxsize=4)
def _district_card(version_id: UUID, code: str, name: str) -> DistrictCard:
    boundary = AreaVersion.objects.values_list("boundary", "lon", "lat").get(pk=version_id)
    lon, lat = boundary[1] or 0.0, boundary[2] or 0.0
    bounds = shapely.from_wkb(bytes(boundary[0])).bounds if boundary[0] else (lon, lat, lon, lat)
    west, south, east, north = (round(float(value), 6) for value in bounds)
    return DistrictCard(code, name, (round(lon, 6), round(lat, 6)), (west, south, east, north))


def units(
    *, kind: str = "", text: str = "", area: Interval | None = None, limit: int = 100, after: int = 0
) -> tuple[list[Unit], int | None, int]:
    """Active units in the order of the tree, the position to go on after, and how many there are in all."""
    found = Unit.objects.filter(active=True)
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(short_name__icontains=text) | Q(code__istartswith=text))
    if area:
        here = AreaVersion.objects.at().filter(pos__gte=area[0], pos__lt=area[1])
        found = found.filter(area__in=here.values("area"))
    page = list(found.filter(pos__gt=after).order_by("pos")[: limit + 1])
    following = page[limit - 1].pos if len(page) > limit else None
    return page[:limit], following, found.count()


def users(
    actor: Actor, *, unit_id: UUID | None = None, text: str = "", limit: int = 50, after: str = ""
) -> tuple[list[User], str | None]:
    """People by account, with their present posts, and the account to go on after."""
    found = User.objects.visible_to(actor)
    if unit_id:
        found = found.filter(id__in=Post.objects.current().filter(unit=unit_id).values("user"))
    if text:
        found = found.filter(Q(name__icontains=text) | Q(username__icontains=text))
    page = list(_with_posts(found).filter(username__gt=after).order_by("username")[: limit + 1])
    return page[:limit], page[limit - 1].username if len(page) > limit else None


def user_with_posts(user_id: UUID) -> User:
    user = _with_posts(User.objects.filter(pk=user_id)).first()
    if user is None:
        raise NotFound
    return user


def _with_posts(users: QuerySet[User]) -> QuerySet[User]:
    return users.prefetch_related(
        Prefetch("posts", Post.objects.current().select_related("unit", "role").order_by("valid_from", "id"))
    )


def masked_phone(user: User) -> str:
    if user.phone_encrypted is None:
        return ""
    return mask_phone(decrypt(user.phone_encrypted, context="user:phone"))


def stand_ins(actor: Actor) -> list[StandIn]:
    """The two hundred that end last: those to come and running first."""
    rows = (
        StandIn.objects.filter(post__in=Post.objects.manageable_by(actor))
        .select_related("post__unit", "post__user", "user")
        .order_by("-ends", "id")
    )
    return list(rows[:200])


def roles() -> list[Role]:
    return list(Role.objects.order_by("code"))


def credentials() -> list[ChannelCredential]:
    return list(ChannelCredential.objects.order_by("name"))
