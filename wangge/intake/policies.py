"""Permissions of intake; `area:thing:verb`, sorted."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    DANGER_JUDGE = "intake:danger:judge"
    DANGER_READ = "intake:danger:read"
    FORECAST = "intake:forecast:read"
    FORECAST_DECIDE = "intake:forecast:decide"
    HOTSPOTS = "intake:hotspot:read"
    HOTSPOTS_DECIDE = "intake:hotspot:decide"
    IMPORT = "intake:import:run"
    QUEUE = "intake:queue:work"
    REPLIES = "intake:reply:read"
    SUMMARISE = "intake:summary:make"
