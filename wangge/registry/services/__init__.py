"""The only writers of the registry."""

from __future__ import annotations

from wangge.registry.services.aliases import decide_alias, learn_from_correction
from wangge.registry.services.division import follow
from wangge.registry.services.dwellings import add_dwellings, end_dwelling, replace_dwellings, save_dwelling
from wangge.registry.services.households import add_household, change_household, end_household, set_head
from wangge.registry.services.loading import load_buildings
from wangge.registry.services.merging import merge_persons
from wangge.registry.services.merging_bodies import merge_organisations
from wangge.registry.services.organisations import end_service, look_at_contact, save_organisation, serve_estate
from wangge.registry.services.people import add_person, change_person, confirm_person
from wangge.registry.services.photos import add_photo, remove_photo
from wangge.registry.services.places import save_building, save_entrance, save_estate, save_premises
from wangge.registry.services.relations import relate, unrelate
from wangge.registry.services.residence import leave_person, move_person
from wangge.registry.services.rulebook import load_field_rules, load_rules, load_tag_kinds
from wangge.registry.services.tags import review_tag, tag, untag
from wangge.registry.services.things import load_component_kinds, save_component, save_device

__all__ = [
    "add_dwellings",
    "add_household",
    "add_person",
    "add_photo",
    "change_household",
    "change_person",
    "confirm_person",
    "decide_alias",
    "end_dwelling",
    "end_household",
    "end_service",
    "follow",
    "learn_from_correction",
    "leave_person",
    "load_buildings",
    "load_component_kinds",
    "load_field_rules",
    "load_rules",
    "load_tag_kinds",
    "look_at_contact",
    "merge_organisations",
    "merge_persons",
    "move_person",
    "relate",
    "remove_photo",
    "replace_dwellings",
    "review_tag",
    "save_building",
    "save_component",
    "save_device",
    "save_dwelling",
    "save_entrance",
    "save_estate",
    "save_organisation",
    "save_premises",
    "serve_estate",
    "set_head",
    "tag",
    "unrelate",
    "untag",
]
