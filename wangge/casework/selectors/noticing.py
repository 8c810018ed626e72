"""Notices to units: those that wait for an answer, one's own, all in sight."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.db.models import Q
from django.db.models.functions import Now

from wangge.casework.models import Notice, NoticeKind
from wangge.kit.errors import Invalid, NotFound, field_error

if TYPE_CHECKING:
    from wangge.org.scope import Actor

MOST = 100


@dataclass(frozen=True)
class Page:
    """Notices, newest first; `total` is told of every first page, since these lists are a unit's or unanswered."""

    items: list[Notice]
    next: str | None
    total: int | None


def page(*, actor: Actor, view: str, case_id: UUID | None = None, cursor: str | None = None, limit: int = 30) -> Page:
    chosen = of(actor=actor, view=view)
    if case_id is not None:
        chosen = chosen.filter(case=case_id)
    total = chosen.count() if cursor is None and (view != "all" or case_id is not None) else None
    if cursor:
        at, last = _after(cursor)
        chosen = chosen.filter(Q(at__lt=at) | Q(at=at, pk__lt=last))
    size = max(1, min(limit, MOST))
    found = list(_shown(chosen).order_by("-at", "-pk")[: size + 1])
    items = found[:size]
    return Page(items, _cursor(items[-1]) if len(found) > size else None, total)


def one(*, notice_id: UUID, actor: Actor) -> Notice:
    found: Notice | None = _shown(Notice.objects.visible_to(actor)).filter(pk=notice_id).first()
    if found is None:
        raise NotFound
    return found


def _shown(chosen: Any) -> Any:
    return chosen.select_related("case", "unit", "clock").annotate(now=Now())


def of(*, actor: Actor, view: str) -> Any:
    """`mine`: to the actor's own unit; `unanswered`: in sight and waiting for an answer; `all`: in sight."""
    chosen = Notice.objects.visible_to(actor)
    if view == "mine":
        return chosen.filter(unit_pos=actor.unit_pos) if actor.unit_id else chosen.none()
    return (
        chosen.filter(answered_at__isnull=True).exclude(kind=NoticeKind.REMIND).exclude(kind=NoticeKind.DANGER)
        if view == "unanswered"
        else chosen
    )


def _cursor(notice: Notice) -> str:
    text = orjson.dumps([notice.at.isoformat(), str(notice.pk)])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _after(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, last = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        moment = datetime.fromisoformat(at)
        place = moment, UUID(last)
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise _no_cursor() from error
    if moment.tzinfo is None:
        raise _no_cursor()
    return place


def _no_cursor() -> Invalid:
    return Invalid(
        errors=[field_error("query.cursor", "翻页位置无效，请从第一页重新开始", "Not a cursor of this list")]
    )
