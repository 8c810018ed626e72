"""Permissions of the log; only the audit administrator's role may hold them."""

from __future__ import annotations

from enum import StrEnum


class Perm(StrEnum):
    READ = "audit:log:read"
    VERIFY = "audit:log:verify"
