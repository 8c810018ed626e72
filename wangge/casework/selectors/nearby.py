"""Open matters like the one being written: near it, of its category, or in the same words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from wangge.casework.models import Case
from wangge.casework.selectors import listing
from wangge.casework.selectors.finding import ENDED
from wangge.kit.text import fold

if TYPE_CHECKING:
    from wangge.org.scope import Actor

RADIUS_M = 300
MOST = 10
_LOOKED_AT = 200  # in the box, newest first
_ALIKE = 55  # of 100
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Similar:
    case: Case
    distance_m: int
    reason: str


def nearby(*, actor: Actor, lon: float, lat: float, category: str = "", text: str = "") -> list[Similar]:
    """Open cases within 300 m that the actor may see, the likeliest duplicates first."""
    high = RADIUS_M / _METRES_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    box = (
        Case.objects.visible_to(actor)
        .exclude(state__in=ENDED)
        .filter(lat__gte=lat - high, lat__lte=lat + high, lon__gte=lon - wide, lon__lte=lon + wide)
    )
    found = []
    for case in listing.rows(box, actor).order_by("-submitted_at")[:_LOOKED_AT]:
        assert case.lon is not None
        assert case.lat is not None
        metres = distance(lon, lat, case.lon, case.lat)
        if metres > RADIUS_M:
            continue
        same = bool(category) and case.category is not None and case.category.code == category
        alike = fuzz.token_set_ratio(fold(text), fold(case.title)) if text.strip() else 0.0
        found.append((_weight(metres, same, alike), Similar(case, round(metres), _reason(metres, same, alike))))
    found.sort(key=lambda pair: -pair[0])
    return [similar for _, similar in found[:MOST]]


def distance(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres, on the plane touching the Earth here: exact to millimetres within a few hundred metres."""
    dx = (other_lon - lon) * _METRES_PER_DEGREE * math.cos(math.radians(lat))
    dy = (other_lat - lat) * _METRES_PER_DEGREE
    return math.hypot(dx, dy)


def _weight(metres: float, same: bool, alike: float) -> float:
    return (1 - metres / RADIUS_M) + 1.5 * same + max(alike - _ALIKE, 0) / (100 - _ALIKE) * 2


def _reason(metres: float, same: bool, alike: float) -> str:
    parts = [f"相距约 {max(5, round(metres / 5) * 5)} 米"]
    if same:
        parts.append("同类事项")
    if alike >= _ALIKE:
        parts.append("描述相近")
    return "，".join(parts)
