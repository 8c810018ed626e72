"""Reading the registry: always in scope, always masked for whom it is shown to."""

from __future__ import annotations

from wangge.registry.selectors.addresses import (
    Candidate,
    Compound,
    building_near,
    compounds,
    find_address,
    near_number,
    revision,
    roads,
    search_estates,
)
from wangge.registry.selectors.finding import search_places
from wangge.registry.selectors.found_places import find_place
from wangge.registry.selectors.places import photo_data
from wangge.registry.selectors.vocabulary import field_rules, tag_kinds, vocabulary

__all__ = [
    "Candidate",
    "Compound",
    "building_near",
    "compounds",
    "field_rules",
    "find_address",
    "find_place",
    "near_number",
    "photo_data",
    "revision",
    "roads",
    "search_estates",
    "search_places",
    "tag_kinds",
    "vocabulary",
]
