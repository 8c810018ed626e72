"""The only writers of the registry."""

from __future__ import annotations

from wangge.registry.services.loading import load_buildings

__all__ = ["load_buildings"]
