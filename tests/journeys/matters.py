"""Matters made and moved over the API, so that each journey begins where it wants to."""

from __future__ import annotations

import random
import uuid
from typing import Any

from tests.journeys.site import Site
from wangge.district import scenery

ROAD = "M-06013"
DEPARTMENT = "370103-cgj"
WATER = "370103-gs"


def photo(seed: int = 1, *, tidy: bool = True) -> bytes:
    return scenery.draw(random.Random(seed), tidy=tidy)


def jpeg(name: str = "现场.jpg", seed: int = 1) -> Any:
    """A file as a browser's file chooser takes it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": photo(seed, tidy=False)}


def title(what: str) -> str:
    """No two alike, so that a journey finds its own."""
    return f"{what}（{uuid.uuid4().hex[:8]}）"


def point(site: Site) -> dict[str, float]:
    """Inside the demonstration's own grid."""
    area = site.person("wangge1").get("/session")["post"]["area"]
    return {"lon": area["lon"], "lat": area["lat"]}


def unit(site: Site, code: str) -> dict[str, Any]:
    return next(row for row in site.person("zhihui1").get("/units", limit=100, q=code)["items"] if row["code"] == code)


def report(site: Site, what: str, *, by: str = "zhihui1", **given: Any) -> dict[str, Any]:
    body = {"title": title(what), "description": "现场情况见照片。", "crs": "WGS84", **point(site), **given}
    made: dict[str, Any] = site.person(by).post("/cases", body, **{"Idempotency-Key": uuid.uuid4().hex})
    return made


def step(site: Site, case_id: str, name: str, *, by: str, **fields: Any) -> dict[str, Any]:
    person = site.person(by)
    version = person.get(f"/cases/{case_id}")["version"]
    done: dict[str, Any] = person.post(f"/cases/{case_id}/steps/{name}", {"version": version, **fields})
    return done


def dispatched(site: Site, what: str, *, to: str = DEPARTMENT, **given: Any) -> dict[str, Any]:
    """With a department, waiting to be acknowledged."""
    made = report(site, what, **({"category": ROAD, "channel": "hotline12345"} | given))
    return step(site, made["id"], "dispatch", by="zhihui1", lead_unit=unit(site, to)["id"], support_units=[])


def handled(site: Site, what: str) -> dict[str, Any]:
    """Done by the department, waiting to be verified."""
    return dispatch_and_handle(site, report(site, what, category=ROAD, channel="hotline12345")["id"])


def dispatch_and_handle(site: Site, case_id: str) -> dict[str, Any]:
    step(site, case_id, "dispatch", by="zhihui1", lead_unit=unit(site, DEPARTMENT)["id"], support_units=[])
    step(site, case_id, "acknowledge", by="chengguan1")
    evidence = site.person("chengguan1").upload("/attachments", photo(), "after.jpg", phase="handle")["id"]
    return step(site, case_id, "handle", by="chengguan1", result="已修复。", attachments=[evidence])
