"""Permissions of intake; `area:thing:verb`, sorted."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    IMPORT = "intake:import:run"
    QUEUE = "intake:queue:work"
