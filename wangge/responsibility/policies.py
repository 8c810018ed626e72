"""Permissions of the responsibility lists."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    CHECK = "responsibility:list:check"
    READ = "responsibility:list:read"
    WRITE = "responsibility:list:write"
