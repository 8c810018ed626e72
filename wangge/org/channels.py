"""Where matters may come from and who may say so; few, asked for at every new case, so kept in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from wangge.kit.errors import Invalid, field_error
from wangge.kit.revision import Revision
from wangge.org.models import Channel
from wangge.org.scope import Actor

EVERYBODY = "all"
_FINGERPRINT = "select md5(coalesce(string_agg(c::text, '|' order by c.code), ''))::uuid from org_channel c"


def _token() -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT)
        row = cursor.fetchone()
    token: UUID | None = row[0] if row else None
    return token


revision = Revision(_token)
_lock = threading.Lock()
_kept: dict[UUID | None, Mapping[str, Channel]] = {}


def known() -> Mapping[str, Channel]:
    """The channels in use, by code."""
    token = revision.current()
    with _lock:
        if token in _kept:
            return _kept[token]
    found = {channel.code: channel for channel in Channel.objects.filter(active=True).order_by("code")}
    with _lock:
        _kept.clear()
        _kept[token] = found
    return found


def check_known(code: str, *, at: str) -> Channel:
    """The channel; Invalid naming the field `at` where there is none of this code."""
    channel = known().get(code)
    if channel is None:
        shown = code[:32]
        raise Invalid(errors=[field_error(at, f"没有渠道“{shown}”", f"there is no channel {shown!r}")])
    return channel


def may_claim(channel: Channel, by: Actor) -> bool:
    """Whether a person in this post may say that a matter came this way."""
    return EVERYBODY in channel.claimed_by or not by.roles.isdisjoint(channel.claimed_by)


def check_claim(code: str, *, by: Actor, at: str) -> str:
    """The code, when it is a channel `by` may hand in on: a system on its own, a person on those of their role."""
    channel = check_known(code, at=at)
    if by.channel is None and not may_claim(channel, by):
        zh = f"渠道“{channel.name}”的事项不由本岗位填报"
        raise Invalid(errors=[field_error(at, zh, f"matters of {channel.name_en} are not handed in from this post")])
    if by.channel not in {None, code}:
        raise Invalid(errors=[field_error(at, f"只能使用渠道“{by.channel}”", "not this system's channel")])
    return code
