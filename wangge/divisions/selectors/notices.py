"""Notices of changed grids, as they are shown."""

from __future__ import annotations

from typing import Any

from wangge.divisions.models import DivisionNotice
from wangge.org.scope import Actor

MOST = 50


def listing(*, actor: Actor) -> dict[str, Any]:
    """To the person, and to the very unit they act in."""
    found = DivisionNotice.objects.visible_to(actor).select_related("unit")
    own = found.filter(user_id=actor.user_id)
    if actor.unit_id is not None:
        own |= found.filter(unit_id=actor.unit_id)
    rows = list(own.order_by("-at", "-id")[:MOST])
    return {"items": [document(one) for one in rows], "unread": own.filter(read_at__isnull=True).count()}


def document(one: DivisionNotice) -> dict[str, Any]:
    return {
        "id": one.pk,
        "kind": one.kind,
        "kind_name": one.get_kind_display(),
        "plan": {"id": one.plan_id, "name": one.plan_name},
        "valid_from": one.valid_from,
        "unit": {"id": one.unit_id, "name": one.unit.name} if one.unit else None,
        "text": {"zh": one.text_zh, "en": one.text_en},
        "at": one.at,
        "read_at": one.read_at,
        "read_by": one.read_by,
    }
