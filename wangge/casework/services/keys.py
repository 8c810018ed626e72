"""Idempotency keys: the same request twice is one case; the key and the case are one commit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from wangge.casework.models import IdempotencyKey
from wangge.kit import clock, crypto, prepared
from wangge.kit.errors import Conflict

LONGEST_KEY = 80
KEPT_FOR = timedelta(days=180)


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"
    title_zh = "同一幂等键对应了不同的内容"
    title_en = "The same key came with another body"


@dataclass(frozen=True)
class Kept:
    case_id: UUID
    body_hash: bytes
    response: dict[str, Any] = field(default_factory=dict)


# The unique constraint decides: a second sender waits here until the first has committed or rolled back.
_CLAIM = """
insert into casework_idempotencykey (owner, key, body_hash, case_id, status, response, created_at)
select t.owner, t.key, t.body_hash, t.case_id, 201, '{}'::jsonb, clock_timestamp()
  from unnest(%s::text[], %s::text[], %s::bytea[], %s::uuid[]) as t(owner, key, body_hash, case_id)
 order by t.owner, t.key
on conflict (owner, key) do nothing
returning key, created_at
"""


_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str).encode


def hash_of(body: Mapping[str, Any]) -> bytes:
    return crypto.sm3(_encode(body).encode())


def claim(owner: str, wanted: Sequence[tuple[str, bytes, UUID]]) -> tuple[dict[str, datetime], dict[str, Kept]]:
    """Keys that are ours now (with the database's time), and those committed before with what came of them."""
    columns = [list(column) for column in zip(*wanted, strict=True)]
    keys, hashes, case_ids = columns
    cursor = prepared.execute(_CLAIM, [[owner] * len(wanted), keys, hashes, case_ids])
    ours: dict[str, datetime] = dict(cursor.fetchall())
    missing = [key for key in keys if key not in ours]
    kept: dict[str, Kept] = {}
    if missing:
        found = IdempotencyKey.objects.filter(owner=owner, key__in=missing)
        kept = {
            key: Kept(case_id, bytes(body_hash), response)
            for key, case_id, body_hash, response in found.values_list("key", "case_id", "body_hash", "response")
            if case_id is not None
        }
    return ours, kept


def forget_keys(*, at: datetime | None = None) -> int:
    """Drop the keys nobody will send again; how many."""
    before = (at or clock.now()) - KEPT_FOR
    count, _ = IdempotencyKey.objects.filter(created_at__lt=before).delete()
    return count
