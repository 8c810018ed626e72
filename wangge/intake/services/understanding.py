"""A text that somebody is writing: what it seems to be about, where, the same as which, how urgent. Nothing is kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from wangge.intake.selectors import reading, sameness
from wangge.kit import crypto, geo
from wangge.org.scope import Actor
from wangge.registry import selectors as registry
from wangge.registry.places.found import Found, PlaceKind
from wangge.responsibility import selectors as responsibility


def understand(
    *,
    actor: Actor,
    title: str,
    description: str,
    address: str,
    lon: float | None,
    lat: float | None,
    crs: str,
    reporter_phone: str,
) -> dict[str, Any]:
    matter = responsibility.matter(title, description)
    near = None
    if lon is not None and lat is not None:
        lons, lats = geo.to_wgs84(np.array([lon]), np.array([lat]), crs)
        near = (float(lons[0]), float(lats[0]))
    place = registry.find_place(f"{address}\n{title}\n{description}", near=near)
    where = near or _told(place)
    same = sameness.candidates(
        actor=actor,
        title=title,
        description=description,
        address=address,
        lon=where[0] if where else None,
        lat=where[1] if where else None,
        category=matter.sure.code if matter.sure else "",
        phone_index=crypto.blind_index(reporter_phone.strip()) if reporter_phone.strip() else None,
    )
    return {
        "matter": reading.matter_document(matter),
        "place": place.document(),
        "same": [one.document() for one in same],
        "urgency": reading.urgency_document(responsibility.danger(title, description)),
    }


def _told(place: Found) -> tuple[float, float] | None:
    """Where the text surely lies, as exactly as a case that is placed by it: two like matters far apart are two."""
    best = place.best
    if not place.sure or best is None or best.kind not in (PlaceKind.BUILDING, PlaceKind.ENTRANCE):
        return None
    return (best.lon, best.lat) if best.lon is not None and best.lat is not None else None
