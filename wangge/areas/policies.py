"""Permissions of areas; `area:thing:verb`, sorted. Reading areas needs none: they are not personal."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    CHANGE = "areas:area:change"
    IMPORT = "areas:area:import"
