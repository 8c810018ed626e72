"""Reading the registry: always in scope, always masked for whom it is shown to."""

from __future__ import annotations

from wangge.registry.selectors.addresses import (
    Candidate,
    Compound,
    building_near,
    find_address,
    near_number,
    revision,
    search_estates,
)

__all__ = ["Candidate", "Compound", "building_near", "find_address", "near_number", "revision", "search_estates"]
