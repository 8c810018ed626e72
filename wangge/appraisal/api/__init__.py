"""Appraisal over HTTP, below /api/v1/appraisal."""

from __future__ import annotations

from ninja import Router

from wangge.appraisal.api import bulletins

router = Router(tags=["appraisal"])
for part in (bulletins,):
    router.add_router("", part.router)
