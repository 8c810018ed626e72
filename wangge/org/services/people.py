"""People, their posts, and who stands in for whom. Each verb leaves an entry in the log."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from wangge.areas.models import Area
from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.crypto import encrypt
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.org.models import DataScope, Post, PostScope, Role, StandIn, Unit, User
from wangge.org.scope import Actor

PHONE = "user:phone"


class UsernameTaken(Conflict):
    code = "username_taken"
    title_zh = "账号已存在"
    title_en = "The account exists already"


class NotOnOneself(Forbidden):
    code = "not_on_oneself"
    title_zh = "不能修改自己的账号和岗位，请由另一位管理员办理"
    title_en = "Nobody changes their own account or posts; ask another administrator"


@dataclass(frozen=True)
class PostWish:
    """A post to hold, with what it may see beside its role's usual scope."""

    unit_id: UUID
    role: str
    title: str = ""
    scope: str = ""
    area_id: UUID | None = None
    custom_areas: tuple[UUID, ...] = ()
    custom_units: tuple[UUID, ...] = ()


@dataclass
class _Found:
    units: dict[UUID, Unit] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    areas: set[UUID] = field(default_factory=set)


def create_user(
    *,
    username: str,
    name: str,
    posts: Sequence[PostWish],
    by: Actor,
    phone: str = "",
    password: str | None = None,
    lockout_exempt: bool = False,
    at: datetime | None = None,
) -> tuple[User, str]:
    """The user and the password to hand over: the one given, or one made here and shown this once."""
    moment = at or clock.now()
    if User.objects.filter(username=username).exists():
        raise UsernameTaken(f"账号 {username} 已存在，请换一个", f"{username} exists already; choose another")
    first_password = _checked_password(password) if password else secrets.token_urlsafe(12)
    found = _check_posts(posts)
    user = User(
        username=username,
        name=name,
        password=make_password(first_password),
        phone_encrypted=encrypt(phone, context=PHONE) if phone else None,
        lockout_exempt=lockout_exempt,
    )
    with transaction.atomic():
        User.objects.bulk_create([user])
        _give_posts(user, posts, found, moment)
        _log(user, "org:user:create", by, moment, username=username, posts=_said(posts))
    return user, first_password


def change_user(
    *,
    user_id: UUID,
    by: Actor,
    name: str | None = None,
    phone: str | None = None,
    active: bool | None = None,
    password: str | None = None,
    lockout_exempt: bool | None = None,
    posts: Sequence[PostWish] | None = None,
    at: datetime | None = None,
) -> User:
    """Change what is given. New posts take the place of the present ones, which end today."""
    moment = at or clock.now()
    if user_id == by.user_id:
        raise NotOnOneself
    found = _check_posts(posts) if posts is not None else _Found()
    separated = {role.separation for role in found.roles.values()} - {""}
    if separated and _stood_in_for(user_id, moment) - separated:
        raise Invalid(errors=[_TWO_ADMINISTRATORS])
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            raise NotFound
        changes: dict[str, Any] = {}
        if name is not None:
            changes["name"] = name
        if phone is not None:
            changes["phone_encrypted"] = encrypt(phone, context=PHONE) if phone else None
        if active is not None:
            changes["is_active"] = active
        if password is not None:
            changes["password"] = make_password(_checked_password(password))
        if lockout_exempt is not None:
            changes["lockout_exempt"] = lockout_exempt
        if changes:
            User.objects.filter(pk=user_id).update(**changes)
        if posts is not None:
            Post.objects.current(moment).filter(user=user).update(valid_to=timezone.localdate(moment))
            _give_posts(user, posts, found, moment)
        kept = {key: value for key, value in changes.items() if key not in {"password", "phone_encrypted"}}
        _log(
            user, "org:user:change", by, moment,
            changed=sorted(changes), **kept, **({"posts": _said(posts)} if posts is not None else {}),
        )  # fmt: skip
    user.refresh_from_db()
    return user


def set_preferences(*, user_id: UUID, big_text: bool | None = None, language: str | None = None) -> None:
    """A person's own display settings; not worth an entry in the log."""
    changes = {"big_text": big_text, "language": language}
    given = {key: value for key, value in changes.items() if value is not None}
    if given:
        User.objects.filter(pk=user_id).update(**given)


def create_stand_in(
    *,
    post_id: UUID,
    user_id: UUID,
    starts: datetime,
    ends: datetime,
    reason: str,
    by: Actor,
    at: datetime | None = None,
) -> StandIn:
    """Somebody acts for a post from `starts` until `ends`; not for one's own post, nor across separated roles."""
    moment = at or clock.now()
    if user_id == by.user_id:
        raise NotOnOneself("不能指派自己代理他人岗位", "Nobody makes themselves a stand-in")
    errors = []
    if ends <= starts:
        errors.append(field_error("body.ends", "结束时间应晚于开始时间", "must be later than the start"))
    if ends <= moment:
        errors.append(field_error("body.ends", "结束时间已过", "is in the past"))
    if not reason.strip():
        errors.append(field_error("body.reason", "请写明代理原因", "say why"))
    post = Post.objects.current(moment).manageable_by(by).select_related("role", "unit").filter(pk=post_id).first()
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if post is None:
        errors.append(field_error("body.post_id", "岗位不存在或已结束", "no such post, or it has ended"))
    elif post.user_id == user_id:
        errors.append(field_error("body.user_id", "不能代理自己的岗位", "nobody stands in for themselves"))
    if user is None:
        errors.append(field_error("body.user_id", "人员不存在或已停用", "no such active person"))
    if errors:
        raise Invalid(errors=errors)
    assert post is not None
    if post.role.separation:
        held = set(
            Post.objects.current(moment)
            .filter(user_id=user_id)
            .exclude(role__separation="")
            .values_list("role__separation", flat=True)
        )
        if (held | _stood_in_for(user_id, starts, ends)) - {post.role.separation}:
            raise Invalid(errors=[_TWO_ADMINISTRATORS])
    with transaction.atomic():
        made = StandIn(
            post=post, user_id=user_id, starts=starts, ends=ends, reason=reason.strip(), created_by_id=by.user_id
        )
        StandIn.objects.bulk_create([made])
        audit.record(
            subject_type="stand_in",
            subject_id=made.id,
            action="org:stand_in:create",
            actor=by,
            data={"post": post_id, "user": user_id, "starts": starts, "ends": ends, "reason": reason.strip()},
            at=moment,
        )
    return made


def _stood_in_for(user_id: UUID, starts: datetime, ends: datetime | None = None) -> set[str]:
    """The administrators' separations that the person stands in for at some time between."""
    found = StandIn.objects.filter(user_id=user_id, ends__gt=starts).exclude(post__role__separation="")
    if ends is not None:
        found = found.filter(starts__lt=ends)
    return set(found.values_list("post__role__separation", flat=True))


def cancel_stand_in(*, stand_in_id: UUID, by: Actor, at: datetime | None = None) -> None:
    """End it now; one that has not begun never was. The entry in the log stays."""
    moment = at or clock.now()
    with transaction.atomic():
        theirs = StandIn.objects.filter(post__in=Post.objects.manageable_by(by))
        found = theirs.select_for_update(of=("self",)).filter(pk=stand_in_id).first()
        if found is None:
            raise NotFound
        if found.starts >= moment:
            found.delete()
        elif found.ends > moment:
            StandIn.objects.filter(pk=stand_in_id).update(ends=moment)
        audit.record(
            subject_type="stand_in",
            subject_id=stand_in_id,
            action="org:stand_in:cancel",
            actor=by,
            data={},
            at=moment,
        )


_TWO_ADMINISTRATORS = field_error(
    "body.posts",
    "系统、安全、审计管理员不得由一人兼任",
    "one person must not be two of system, security and audit administrator",
)


def _checked_password(password: str) -> str:
    try:
        validate_password(password)
    except ValidationError as error:
        raise Invalid(
            errors=[field_error("body.password", "密码过短或过于常见，至少 10 位", " ".join(error.messages))]
        ) from error
    return password


def _check_posts(posts: Sequence[PostWish]) -> _Found:
    """Everything the wishes name, or Invalid naming each that is wrong."""
    found = _Found(
        units=Unit.objects.in_bulk([unit for wish in posts for unit in (wish.unit_id, *wish.custom_units)]),
        roles={role.code: role for role in Role.objects.filter(code__in=[wish.role for wish in posts])},
        areas=set(
            Area.objects.filter(
                id__in=[area for wish in posts for area in (wish.area_id, *wish.custom_areas) if area]
            ).values_list("id", flat=True)
        ),
    )
    errors = []
    for index, wish in enumerate(posts):
        at = f"body.posts.{index}"
        if wish.unit_id not in found.units:
            errors.append(field_error(f"{at}.unit_id", "没有这个单位", "no such unit"))
        if wish.role not in found.roles:
            errors.append(field_error(f"{at}.role", "没有这个角色", "no such role"))
        if wish.scope and wish.scope not in DataScope.values:
            errors.append(field_error(f"{at}.scope", "没有这种数据范围", "no such data scope"))
        if any(area not in found.areas for area in (wish.area_id, *wish.custom_areas) if area):
            errors.append(field_error(f"{at}.area_id", "没有这个区域", "no such area"))
        if any(unit not in found.units for unit in wish.custom_units):
            errors.append(field_error(f"{at}.custom_units", "没有这个单位", "no such unit"))
    separated = {found.roles[wish.role].separation for wish in posts if wish.role in found.roles} - {""}
    if len(separated) > 1:
        errors.append(_TWO_ADMINISTRATORS)
    if errors:
        raise Invalid(errors=errors)
    return found


def _give_posts(user: User, posts: Sequence[PostWish], found: _Found, at: datetime) -> None:
    today: date = timezone.localdate(at)
    scopes: list[PostScope] = []
    made = []
    for wish in posts:
        role = found.roles[wish.role]
        post = Post(
            user=user,
            unit=found.units[wish.unit_id],
            role=role,
            title=wish.title or role.name,
            scope=wish.scope or role.scope,
            area_id=wish.area_id,
            valid_from=today,
        )
        made.append(post)
        scopes += [PostScope(post=post, area_id=area) for area in wish.custom_areas]
        scopes += [PostScope(post=post, unit_id=unit) for unit in wish.custom_units]
    Post.objects.bulk_create(made)
    PostScope.objects.bulk_create(scopes)


def _said(posts: Sequence[PostWish]) -> list[dict[str, Any]]:
    return [{"unit": wish.unit_id, "role": wish.role, "scope": wish.scope, "area": wish.area_id} for wish in posts]


def _log(user: User, action: str, by: Actor, at: datetime, **data: Any) -> None:
    audit.record(subject_type="user", subject_id=user.id, action=action, actor=by, data=data, at=at)
