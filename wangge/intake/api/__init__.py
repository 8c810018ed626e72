"""Intake over HTTP."""

from __future__ import annotations

from ninja import Router

from wangge.intake.api import imports

router = Router(tags=["intake"])
for part in (imports,):
    router.add_router("", part.router)
