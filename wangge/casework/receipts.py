"""The answer to a new case, kept with its idempotency key so that a repeated request gets the very same one."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, cast

import orjson

from wangge.areas import selectors as areas
from wangge.casework import documents
from wangge.casework.models import Case
from wangge.casework.workflow import ENDED, State

if TYPE_CHECKING:
    from wangge.org.scope import Actor


def owner_of(actor: Actor) -> str:
    """Whose keys these are: two people, or two systems of one channel, may use the same key for different matters.

    Files of a channel share its keys instead (see `submit_many`), so that whoever imports one again doubles nothing.
    """
    return f"credential:{actor.user_id}" if actor.channel else f"user:{actor.user_id}"


def receipt(case: Case) -> dict[str, Any]:
    """As a list shows it at the moment of its making; names come from memory, nothing is asked of the database."""
    path = areas.path(case.area_pos) if case.area_pos else []
    place = path[-1].name if path else ""
    above = [version.name for version in path[1:-1]]
    document = _document(case, place, above)
    return cast("dict[str, Any]", orjson.loads(orjson.dumps(document, default=str)))


def _document(case: Case, area: str, above: list[str]) -> dict[str, Any]:
    category, unit = case.category, case.lead_unit
    return {
        "id": case.pk,
        "number": case.number,
        "version": case.version,
        "title": case.title,
        "state": case.state,
        "state_name": State(case.state).label,
        "urgency": case.urgency,
        "category": {"code": category.code, "name": category.name} if category else None,
        "channel": case.channel,
        "address": case.address,
        "area": documents.area_document(case.area_id, area, above) if area else None,
        "lead_unit": {"id": unit.pk, "name": unit.name} if unit else None,
        "submitted_at": case.submitted_at,
        "due_at": case.due_at.astimezone(UTC) if case.due_at else None,
        "card": "",
        "remaining_minutes": documents.remaining(case.due_at, case.submitted_at) if case.state not in ENDED else None,
        "send_backs": 0,
        "reopens": 0,
        "supervised": False,
        "needs_human": case.needs_human,
        "todo": [],
    }
