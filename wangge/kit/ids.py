"""Identifiers made in Python, sortable by time (UUIDv7, RFC 9562), and opaque public tokens."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import UTC, datetime

_LAST_MILLISECOND = 253_402_300_799_000  # of the last year a datetime can hold


def uuid7() -> uuid.UUID:
    """A version 7 UUID: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62))


def made_at(identifier: uuid.UUID) -> datetime | None:
    """When a version 7 UUID was made, to the millisecond; None of any other version, and of one that only looks so."""
    milliseconds = identifier.int >> 80
    if identifier.version != 7 or milliseconds > _LAST_MILLISECOND:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def public_token() -> str:
    """144 random bits as 24 URL-safe characters: for look-ups by people who have no account."""
    return secrets.token_urlsafe(18)
