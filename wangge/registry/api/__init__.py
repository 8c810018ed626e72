"""Routes of the registry, below /registry."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["registry"])
