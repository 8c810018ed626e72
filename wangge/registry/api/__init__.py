"""Routes of the registry, below /registry."""

from __future__ import annotations

from ninja import Router

from wangge.registry.api import corrections, governance, imports, people, places, things, upkeep

router = Router(tags=["registry"])
for part in (places, people, things, corrections, imports, governance, upkeep):
    router.add_router("", part.router)
