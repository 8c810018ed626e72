"""Permissions of plans of division; `area:thing:verb`, sorted."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    CHANGE_BARRIER = "divisions:barrier:change"
    APPROVE_PLAN = "divisions:plan:approve"
    DRAFT_PLAN = "divisions:plan:draft"
    PROPOSE_PLAN = "divisions:plan:propose"
    READ_PLAN = "divisions:plan:read"
    ASSIGN_TEAM = "divisions:team:assign"
    READ_TEAM = "divisions:team:read"
