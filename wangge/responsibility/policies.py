"""Permissions of the responsibility lists."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    CHECK = "responsibility:list:check"
    MODEL_MANAGE = "responsibility:model:manage"
    MODEL_READ = "responsibility:model:read"
    READ = "responsibility:list:read"
    WRITE = "responsibility:list:write"
