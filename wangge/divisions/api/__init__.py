"""Plans of division over HTTP, below /api/v1/divisions."""

from __future__ import annotations

from ninja import Router

from wangge.divisions.api import barriers, notices, plans, teams

router = Router(tags=["divisions"])
for part in (plans, teams, notices, barriers):
    router.add_router("", part.router)
