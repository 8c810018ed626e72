"""People's own named filters of the case list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from wangge.casework.models import SavedView
from wangge.kit.errors import Conflict, NotFound
from wangge.kit.ids import uuid7

if TYPE_CHECKING:
    from wangge.org.scope import Actor

MOST_VIEWS = 50


class TooManyViews(Conflict):
    code = "too_many_views"
    title_zh = "保存的视图过多"
    title_en = "Too many saved views"


def owner_of(by: Actor) -> UUID:
    """A stand-in works with the views of the person they stand in for."""
    return by.on_behalf_of or by.user_id


def save_view(*, name: str, filters: Mapping[str, Any], by: Actor) -> SavedView:
    """Keep the filters under the name; a view of that name is replaced."""
    mine = SavedView.objects.filter(user_id=owner_of(by))
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        raise TooManyViews(f"最多保存 {MOST_VIEWS} 个视图，请先删除不用的", f"At most {MOST_VIEWS}: delete some first")
    view, _ = mine.update_or_create(
        name=name,
        user_id=owner_of(by),
        defaults={"query": dict(filters)},
        create_defaults={"id": uuid7(), "query": dict(filters)},
    )
    return view


def delete_view(*, view_id: UUID, by: Actor) -> None:
    gone, _ = SavedView.objects.filter(pk=view_id, user_id=owner_of(by)).delete()
    if not gone:
        raise NotFound
