"""Reading learned aliases."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Value, When

from wangge.areas import selectors as areas
from wangge.org.models import User
from wangge.registry.models import AliasState, PlaceAlias

_ORDER = Case(When(state=AliasState.PROPOSED, then=Value(0)), default=Value(1))
_ACTIONS = {
    AliasState.PROPOSED: ["accept", "reject"],
    AliasState.ACTIVE: ["retire"],
    AliasState.REJECTED: ["accept"],
    AliasState.RETIRED: ["accept"],
}


def aliases(*, state: str = "", start: int = 0, limit: int = 50) -> tuple[list[dict[str, Any]], int]:
    """Proposed ones first, the newest first; and how many there are."""
    wanted = PlaceAlias.objects.filter(state=state) if state else PlaceAlias.objects.all()
    page = list(_counted().filter(pk__in=wanted.values("pk")).order_by(_ORDER, "-made_at", "pk")[start : start + limit])
    names = _names({one.decided_by for one in page if one.decided_by})
    return [_row(one, names) for one in page], wanted.count()


def row(alias: PlaceAlias) -> dict[str, Any]:
    one = _counted().get(pk=alias.pk)
    return _row(one, _names({one.decided_by} if one.decided_by else set()))


def _counted() -> Any:
    return PlaceAlias.objects.annotate(
        matters=Count("votes__case_id", distinct=True), people=Count("votes__by_id", distinct=True)
    )


def _names(ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _row(one: Any, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "id": one.pk,
        "phrase": one.phrase,
        "target": one.target_name,
        "path": " / ".join(area.name for area in areas.path(one.area_pos)),
        "state": one.state,
        "state_name": one.get_state_display(),
        "conflict": one.conflict,
        "matters": one.matters,
        "people": one.people,
        "made_at": one.made_at,
        "decided_at": one.decided_at,
        "decided_by": names.get(one.decided_by),
        "reason": one.reason,
        "actions": _ACTIONS[AliasState(one.state)],
    }
