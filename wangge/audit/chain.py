"""The hash chain of one subject: what is hashed, and how each entry holds on to the one before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from wangge.audit.models import Entry
from wangge.kit.crypto import Digest, sm3

GENESIS = bytes(32)


class ActorLike(Protocol):
    """What the log keeps of whoever acted."""

    @property
    def user_id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def unit_id(self) -> UUID | None: ...
    @property
    def on_behalf_of(self) -> UUID | None: ...


@dataclass(frozen=True)
class Tip:
    """The end of a chain: the last entry's number and hash."""

    number: int = 0
    hash: bytes = GENESIS


def plain(value: Any) -> Any:
    """The value as PostgreSQL's jsonb gives it back, so that what is read hashes as what was written."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)  # an enum becomes its text
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [plain(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not belong into the log")


encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def chain_hash(previous: bytes, canonical: Mapping[str, Any]) -> bytes:
    return sm3(previous + encode(canonical).encode())


def canonical(entry: Entry) -> dict[str, Any]:
    """Everything the entry says; `seq` is the database's and not part of it."""
    return {
        "subject_type": entry.subject_type,
        "subject_id": str(entry.subject_id),
        "number": entry.number,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "action": entry.action,
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "actor_name": entry.actor_name,
        "unit_id": str(entry.unit_id) if entry.unit_id else None,
        "on_behalf_of": str(entry.on_behalf_of) if entry.on_behalf_of else None,
        "area_pos": entry.area_pos,
        "data": entry.data,
    }


def next_entry(
    *,
    tip: Tip,
    subject_type: str,
    subject_id: UUID,
    action: str,
    actor: ActorLike | None,
    data: Mapping[str, Any],
    at: datetime,
    area_pos: int | None = None,
) -> Entry:
    """The entry that follows `tip`, hashed, not yet written."""
    entry = Entry(
        subject_type=subject_type,
        subject_id=subject_id,
        number=tip.number + 1,
        at=at,
        action=str(action),
        actor_id=actor.user_id if actor else None,
        actor_name=actor.name if actor else "",
        unit_id=actor.unit_id if actor else None,
        on_behalf_of=actor.on_behalf_of if actor else None,
        area_pos=area_pos,
        data=plain(data),
        previous=tip.hash,
    )
    entry.hash = chain_hash(tip.hash, canonical(entry))
    return entry


def tip_of(entry: Entry) -> Tip:
    return Tip(entry.number, bytes(entry.hash))


def anchored(first_seq: int, last_seq: int) -> bytes:
    """What an anchor seals: every entry's place, subject and hash, in order of `seq`."""
    rows = (
        Entry.objects.filter(seq__gte=first_seq, seq__lte=last_seq)
        .order_by("seq")
        .values_list("seq", "subject_type", "subject_id", "number", "hash")
    )
    digest = Digest()
    for seq, subject_type, subject_id, number, hashed in rows.iterator(chunk_size=5000):
        digest.update(f"{seq} {subject_type} {subject_id} {number} ".encode() + bytes(hashed))
    return digest.finish()
