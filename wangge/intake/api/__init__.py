"""Intake over HTTP."""

from __future__ import annotations

from ninja import Router

from wangge.intake.api import imports, sameness

router = Router(tags=["intake"])
for part in (imports, sameness):
    router.add_router("", part.router)
