"""Reading hot spots within the reader's areas."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from wangge.areas import selectors as areas
from wangge.casework.models import Case
from wangge.intake.models.hotspots import HotSpot, HotSpotCase, HotSpotQuerySet, HotSpotState
from wangge.intake.selectors.sameness import case_document
from wangge.kit import clock
from wangge.kit.errors import NotFound
from wangge.org.scope import Actor

SHOWN_CASES = 50
WALL = 5
_ALERT_HOURS = 24
_SHOWN = (HotSpotState.ACTIVE, HotSpotState.AGENDA)


def hottest(*, actor: Actor, top: int = 20, days: int = 7, area: UUID | None = None) -> list[dict[str, Any]]:
    """Those with a matter within the last `days`, the hottest first."""
    now = clock.now()
    found: HotSpotQuerySet = HotSpot.objects.visible_to(actor).filter(
        state__in=_SHOWN, last_at__gt=now - timedelta(days=days)
    )
    if area is not None:
        version = areas.current().filter(area_id=area).first()
        if version is None:
            raise NotFound
        found = found.filter(area_pos__gte=version.pos, area_pos__lt=version.pos_end)
    return [document(row, actor=actor, now=now, cases=3) for row in found.order_by("-heat", "-last_at", "pk")[:top]]


def wall(*, actor: Actor) -> list[dict[str, Any]]:
    """The top five for the wall, without their cases."""
    now = clock.now()
    rows = HotSpot.objects.visible_to(actor).filter(state__in=_SHOWN).order_by("-heat", "-last_at", "pk")[:WALL]
    return [document(row, actor=actor, now=now, cases=0) for row in rows]


def agenda(*, actor: Actor) -> list[dict[str, Any]]:
    """What was put on the round table's agenda, with who did and why, the newest decision first."""
    now = clock.now()
    rows = HotSpot.objects.visible_to(actor).filter(state=HotSpotState.AGENDA).order_by("-decided_at", "pk")
    return [document(row, actor=actor, now=now, cases=3) for row in rows]


def one(spot_id: UUID, *, actor: Actor) -> dict[str, Any]:
    row = HotSpot.objects.visible_to(actor).filter(pk=spot_id).first()
    if row is None:
        raise NotFound
    return document(row, actor=actor, now=clock.now(), cases=SHOWN_CASES)


def document(row: HotSpot, *, actor: Actor, now: datetime, cases: int) -> dict[str, Any]:
    """The counts are of the whole hot spot; of its cases only those are named that the actor sees."""
    area = areas.area_for_pos(row.area_pos) if row.area_pos else None
    return {
        "id": row.pk,
        "title": row.title,
        "place": row.place,
        "area": {"id": area.area_id, "name": area.name} if area is not None else None,
        "heat": row.heat,
        "parts": row.parts,
        "matters": row.matters,
        "people": row.people,
        "likes": row.likes,
        "dislikes": row.dislikes,
        "first_at": row.first_at,
        "last_at": row.last_at,
        "lon": row.lon,
        "lat": row.lat,
        "cases": _cases(row, actor, cases) if cases else [],
        "trend": row.trend,
        "state": row.state,
        "state_name": row.get_state_display(),
        "alert": row.alerted_at is not None and row.alerted_at > now - timedelta(hours=_ALERT_HOURS),
        "decided_at": row.decided_at,
        "decided_name": row.decided_name,
        "reason": row.reason,
        "actions": ["agenda", "dismiss"] if row.state == HotSpotState.ACTIVE else ["dismiss"],
    }


def _cases(row: HotSpot, actor: Actor, most: int) -> list[dict[str, Any]]:
    members = HotSpotCase.objects.filter(spot=row).values("case_id")
    seen = Case.objects.visible_to(actor).filter(pk__in=members).select_related("area_version")
    return [case_document(case) for case in seen.order_by("-submitted_at", "-id")[:most]]
