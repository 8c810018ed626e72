"""Permissions of the registry; `area:thing:verb`, sorted."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    EXPORT_APPROVE = "registry:export:approve"
    EXPORT_REQUEST = "registry:export:request"
    IMPORT_RUN = "registry:import:run"
    KEYS_ROTATE = "registry:keys:rotate"
    PERSON_CHANGE = "registry:person:change"
    PERSON_LOOK = "registry:person:look"  # unmasked, with a purpose
    PERSON_READ = "registry:person:read"  # masked
    PLACE_CHANGE = "registry:place:change"
    PLACE_READ = "registry:place:read"
    REQUEST_ASK = "registry:request:ask"
    REQUEST_DECIDE = "registry:request:decide"
    REQUEST_READ = "registry:request:read"
    RETENTION_RUN = "registry:retention:run"
    STATISTICS_READ = "registry:statistics:read"
    TAG_CHANGE = "registry:tag:change"
