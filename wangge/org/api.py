"""Sessions, the directory of units, people, roles, stand-ins, and neighbours' credentials."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.contrib.auth import login, logout
from django.db import transaction
from django.middleware.csrf import get_token
from ninja import Query, Router, Status
from pydantic import AwareDatetime, Field

from wangge.areas import selectors as areas
from wangge.kit.errors import NotFound
from wangge.kit.policy import open_to_public, requires
from wangge.kit.schema import In, Out, Phone
from wangge.org import http, selectors, services
from wangge.org.http import Request
from wangge.org.models import ChannelCredential, Role, StandIn, User
from wangge.org.policies import Perm
from wangge.org.selectors import Position

router = Router(tags=["org"])
Text = Annotated[str, Field(min_length=1, max_length=64)]
# With its offset, in years that every zone can show: one row of another year would break every list with it.
Moment = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))]


# --- the session --------------------------------------------------------------------------------------------------


class NamedUnit(Out):
    id: UUID
    name: str
    kind: str


class NamedArea(Out):
    id: UUID
    name: str
    level: int
    lon: float | None
    lat: float | None


class PostOut(Out):
    id: UUID
    title: str
    unit: NamedUnit
    area: NamedArea | None
    role: str
    role_name: str
    role_name_en: str


class PersonOut(Out):
    id: UUID
    name: str
    username: str
    big_text: bool
    language: str


class ActingFor(Out):
    stand_in_id: UUID
    name: str
    post: PostOut


class DistrictOut(Out):
    code: str
    name: str
    center: tuple[float, float]
    bbox: tuple[float, float, float, float]


class SessionOut(Out):
    user: PersonOut | None
    post: PostOut | None
    stand_in_id: UUID | None
    posts: list[PostOut]
    acting_for: list[ActingFor]
    permissions: list[str]
    mode: str
    district: DistrictOut | None
    demo: bool


class SignIn(In):
    username: Text
    password: Annotated[str, Field(min_length=1, max_length=200)]


class Choice(In):
    post_id: UUID | None = None
    stand_in_id: UUID | None = None


class Preferences(In):
    big_text: bool | None = None
    language: Literal["zh", "en"] | None = None


def _post(held: Position) -> PostOut:
    area = held.area
    return PostOut(
        id=held.post_id,
        title=held.title,
        unit=NamedUnit(id=held.unit_id, name=held.unit_name, kind=held.unit_kind),
        area=NamedArea(id=area.id, name=area.name, level=area.level, lon=area.lon, lat=area.lat) if area else None,
        role=held.role,
        role_name=held.role_name,
        role_name_en=held.role_name_en,
    )


def _session(request: Request) -> SessionOut:
    get_token(request)  # sets the cookie that the page must send back
    who, held = request.person, request.position
    positions = who.positions if who else ()
    district = selectors.district()
    return SessionOut(
        user=PersonOut.model_validate(who) if who else None,
        post=_post(held) if held else None,
        stand_in_id=held.stand_in_id if held else None,
        posts=[_post(position) for position in positions if position.stand_in_id is None],
        acting_for=[
            ActingFor(stand_in_id=position.stand_in_id, name=position.on_behalf_name, post=_post(position))
            for position in positions
            if position.stand_in_id is not None
        ],
        permissions=sorted(request.actor.permissions) if request.actor else [],
        mode=settings.WANGGE.mode,
        district=DistrictOut.model_validate(district) if district else None,
        demo=settings.WANGGE.demo,
    )


@router.get("/session", response=SessionOut)
@open_to_public("the sign-in page asks who is signed in")
def read_session(request: Request) -> SessionOut:
    return _session(request)


@router.post("/session", response=SessionOut)
@open_to_public("signing in")
def open_session(request: Request, payload: SignIn) -> SessionOut:
    user = services.sign_in(username=payload.username, password=payload.password, address=http.client_address(request))
    with transaction.atomic():
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        who = selectors.person(user.id)
        assert who is not None
        http.adopt(request, who)
        return _session(request)


@router.post("/session/post", response=SessionOut)
@requires()
def choose_post(request: Request, payload: Choice) -> SessionOut:
    """Act in another of one's posts, or for somebody one stands in for."""
    who = request.person
    if who is None:
        raise NotFound
    held = who.position(post_id=payload.post_id, stand_in_id=payload.stand_in_id)
    chosen = payload.stand_in_id or payload.post_id
    if chosen is None or held is None or chosen not in {held.post_id, held.stand_in_id}:
        raise NotFound("没有这个岗位，或已到期", "No such post of yours, or it has ended")
    request.session[http.POST_KEY] = str(held.post_id)
    request.session[http.STAND_IN_KEY] = str(held.stand_in_id) if held.stand_in_id else None
    http.adopt(request, who)
    return _session(request)


@router.patch("/session", response=SessionOut)
@requires()
def change_preferences(request: Request, payload: Preferences) -> SessionOut:
    if request.person is None:
        raise NotFound
    services.set_preferences(user_id=request.person.id, big_text=payload.big_text, language=payload.language)
    who = selectors.person(request.person.id)
    assert who is not None
    http.adopt(request, who)
    return _session(request)


@router.delete("/session", response={204: None})
@requires()
def close_session(request: Request) -> Status[None]:
    logout(request)
    return Status(204, None)


class DemoAccountOut(Out):
    username: str
    name: str
    role: str
    role_name: str
    role_name_en: str
    unit: str
    does_zh: str
    does_en: str
    page: str


@router.get("/demo-accounts", response=list[DemoAccountOut])
@open_to_public("the sign-in page of a demonstration offers an account for each role")
def demo_accounts(request: Request) -> list[DemoAccountOut]:
    if not settings.WANGGE.demo:
        raise NotFound
    rows = []
    for account in selectors.demo_accounts():
        post = next(iter(account.user.posts.all()), None)
        rows.append(
            DemoAccountOut(
                username=account.user.username,
                name=account.user.name,
                role=post.role.code if post else "",
                role_name=post.role.name if post else "",
                role_name_en=post.role.name_en if post else "",
                unit=post.unit.name if post else "",
                does_zh=account.does_zh,
                does_en=account.does_en,
                page=account.page,
            )
        )
    return rows


# --- the directory ------------------------------------------------------------------------------------------------


class UnitOut(Out):
    id: UUID
    code: str
    name: str
    short_name: str
    kind: str
    parent_id: UUID | None
    area_id: UUID | None


class UnitList(Out):
    items: list[UnitOut]
    next: str | None
    total: int | None


class UnitFilter(In):
    kind: str = ""
    q: Annotated[str, Field(max_length=80)] = ""
    area: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 100
    cursor: Annotated[str, Field(max_length=20, pattern=r"^\d*$")] = ""


@router.get("/units", response=UnitList)
@requires(Perm.UNIT_READ)
def units(request: Request, wanted: Query[UnitFilter]) -> UnitList:
    """Units in the order of the tree; `area`: those that serve that area or lie within it."""
    within = areas.version_at(wanted.area) if wanted.area else None
    if wanted.area and within is None:
        raise NotFound
    interval = (within.pos, within.pos_end) if within else None
    found, following, total = selectors.units(
        kind=wanted.kind, text=wanted.q, area=interval, limit=wanted.limit, after=int(wanted.cursor or 0)
    )
    items = [UnitOut.model_validate(unit) for unit in found]
    return UnitList(items=items, next=str(following) if following else None, total=total)


@router.get("/units/{uuid:unit_id}", response=UnitOut)
@requires(Perm.UNIT_READ)
def one_unit(request: Request, unit_id: UUID) -> UnitOut:
    return UnitOut.model_validate(selectors.unit(unit_id))


class UserPost(Out):
    id: UUID
    title: str
    unit_id: UUID
    unit_name: str
    role: str
    role_name: str
    scope: str
    area_id: UUID | None


class UserOut(Out):
    id: UUID
    username: str
    name: str
    phone: str  # masked
    active: bool
    lockout_exempt: bool
    last_login: datetime | None
    posts: list[UserPost]


class UserCreated(UserOut):
    first_password: str  # shown this once


class UserList(Out):
    items: list[UserOut]
    next: str | None
    total: int | None


class UserFilter(In):
    unit: UUID | None = None
    q: Annotated[str, Field(max_length=64)] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=64)] = ""


class PostIn(In):
    unit_id: UUID
    role: Text
    title: Annotated[str, Field(max_length=60)] = ""
    scope: Annotated[str, Field(max_length=12)] = ""
    area_id: UUID | None = None
    custom_areas: Annotated[list[UUID], Field(default_factory=list, max_length=50)]
    custom_units: Annotated[list[UUID], Field(default_factory=list, max_length=50)]

    def wish(self) -> services.PostWish:
        given = self.model_dump(exclude={"custom_areas", "custom_units"})
        return services.PostWish(**given, custom_areas=tuple(self.custom_areas), custom_units=tuple(self.custom_units))


class UserIn(In):
    username: Annotated[str, Field(min_length=2, max_length=64, pattern=r"^[\w.@+-]+$")]
    name: Text
    phone: Phone = ""
    password: Annotated[str, Field(max_length=200)] | None = None
    lockout_exempt: bool = False
    posts: Annotated[list[PostIn], Field(default_factory=list, max_length=10)]


class UserChange(In):
    name: Text | None = None
    phone: Phone | None = None
    active: bool | None = None
    password: Annotated[str, Field(max_length=200)] | None = None
    lockout_exempt: bool | None = None
    posts: Annotated[list[PostIn], Field(max_length=10)] | None = None


def _user(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "phone": selectors.masked_phone(user),
        "active": user.is_active,
        "lockout_exempt": user.lockout_exempt,
        "last_login": user.last_login,
        "posts": [
            UserPost(
                id=post.id,
                title=post.title,
                unit_id=post.unit_id,
                unit_name=post.unit.name,
                role=post.role.code,
                role_name=post.role.name,
                scope=post.scope,
                area_id=post.area_id,
            )
            for post in user.posts.all()
        ],
    }


@router.get("/users", response=UserList)
@requires(Perm.USER_READ)
def users(request: http.Signed, wanted: Query[UserFilter]) -> UserList:
    if wanted.q:
        http.pace_search(request, wanted.q)
    found, following = selectors.users(
        request.actor, unit_id=wanted.unit, text=wanted.q, limit=wanted.limit, after=wanted.cursor
    )
    return UserList(items=[UserOut(**_user(user)) for user in found], next=following, total=None)


@router.post("/users", response={201: UserCreated})
@requires(Perm.USER_CREATE)
def create_user(request: Request, payload: UserIn) -> Status[UserCreated]:
    assert request.actor is not None
    user, first_password = services.create_user(
        username=payload.username,
        name=payload.name,
        phone=payload.phone,
        password=payload.password,
        lockout_exempt=payload.lockout_exempt,
        posts=[post.wish() for post in payload.posts],
        by=request.actor,
    )
    made = selectors.user_with_posts(user.id)
    return Status(201, UserCreated(**_user(made), first_password=first_password))


@router.patch("/users/{user_id}", response=UserOut)
@requires(Perm.USER_CHANGE)
def change_user(request: Request, user_id: UUID, payload: UserChange) -> UserOut:
    assert request.actor is not None
    services.change_user(
        user_id=user_id,
        by=request.actor,
        name=payload.name,
        phone=payload.phone,
        active=payload.active,
        password=payload.password,
        lockout_exempt=payload.lockout_exempt,
        posts=[post.wish() for post in payload.posts] if payload.posts is not None else None,
    )
    return UserOut(**_user(selectors.user_with_posts(user_id)))


class RoleOut(Out):
    id: UUID
    code: str
    name: str
    name_en: str
    scope: str
    separation: str
    permissions: list[str]


@router.get("/roles", response=list[RoleOut])
@requires(Perm.USER_READ)
def roles(request: Request) -> list[Role]:
    return selectors.roles()


# --- stand-ins ----------------------------------------------------------------------------------------------------


class StandInIn(In):
    post_id: UUID
    user_id: UUID
    starts: Moment
    ends: Moment
    reason: Annotated[str, Field(max_length=200)]


class StandInOut(Out):
    id: UUID
    post_id: UUID
    post_title: str
    unit_name: str
    away_name: str
    user_id: UUID
    user_name: str
    starts: datetime
    ends: datetime
    reason: str


def _stand_in(found: StandIn) -> StandInOut:
    return StandInOut(
        id=found.id,
        post_id=found.post_id,
        post_title=found.post.title,
        unit_name=found.post.unit.name,
        away_name=found.post.user.name,
        user_id=found.user_id,
        user_name=found.user.name,
        starts=found.starts,
        ends=found.ends,
        reason=found.reason,
    )


@router.get("/stand-ins", response=list[StandInOut])
@requires(Perm.STAND_IN)
def stand_ins(request: Request) -> list[StandInOut]:
    """The two hundred that end last: those to come and running first."""
    assert request.actor is not None
    return [_stand_in(found) for found in selectors.stand_ins(request.actor)]


@router.post("/stand-ins", response={201: StandInOut})
@requires(Perm.STAND_IN)
def create_stand_in(request: Request, payload: StandInIn) -> Status[StandInOut]:
    assert request.actor is not None
    made = services.create_stand_in(**payload.model_dump(), by=request.actor)
    return Status(201, _stand_in(made))


@router.delete("/stand-ins/{stand_in_id}", response={204: None})
@requires(Perm.STAND_IN)
def cancel_stand_in(request: Request, stand_in_id: UUID) -> Status[None]:
    assert request.actor is not None
    services.cancel_stand_in(stand_in_id=stand_in_id, by=request.actor)
    return Status(204, None)


# --- neighbours' credentials --------------------------------------------------------------------------------------


class CredentialIn(In):
    name: Text
    channel: Annotated[str, Field(min_length=1, max_length=32)]
    unit_id: UUID
    permissions: Annotated[list[str], Field(default_factory=lambda: ["casework:case:submit"], max_length=10)]
    expires_at: Moment | None = None


class CredentialOut(Out):
    id: UUID
    name: str
    channel: str
    unit_id: UUID
    permissions: list[str]
    active: bool
    expires_at: datetime | None
    created_at: datetime


class CredentialIssued(CredentialOut):
    secret: str  # shown this once


@router.get("/channel-credentials", response=list[CredentialOut])
@requires(Perm.CHANNELS)
def credentials(request: Request) -> list[ChannelCredential]:
    return selectors.credentials()


@router.post("/channel-credentials", response={201: CredentialIssued})
@requires(Perm.CHANNELS)
def issue_credential(request: Request, payload: CredentialIn) -> Status[CredentialIssued]:
    assert request.actor is not None
    made, secret = services.issue_credential(**payload.model_dump(), by=request.actor)
    shown = CredentialOut.model_validate(made)
    return Status(201, CredentialIssued(**shown.model_dump(), secret=secret))


@router.delete("/channel-credentials/{credential_id}", response={204: None})
@requires(Perm.CHANNELS)
def revoke_credential(request: Request, credential_id: UUID) -> Status[None]:
    assert request.actor is not None
    services.revoke_credential(credential_id=credential_id, by=request.actor)
    return Status(204, None)
