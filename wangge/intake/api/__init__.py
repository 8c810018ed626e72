"""Intake over HTTP."""

from __future__ import annotations

from ninja import Router

from wangge.intake.api import forecast, hotspots, imports, matter, places, reading, replies, sameness, summaries

router = Router(tags=["intake"])
for part in (forecast, hotspots, imports, matter, places, reading, replies, sameness, summaries):
    router.add_router("", part.router)
