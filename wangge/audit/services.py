"""The log's only writer, its hourly anchor, and the outbox."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from wangge.audit import chain
from wangge.audit.chain import ActorLike, Tip
from wangge.audit.models import Anchor, Entry, Look, Outbox
from wangge.audit.selectors import verify_all, verify_chain
from wangge.kit import clock
from wangge.kit.crypto import keyed_sm3
from wangge.kit.errors import Invalid, field_error

__all__ = [
    "anchor",
    "look",
    "look_many",
    "record",
    "record_many",
    "send_outbox",
    "settle_outbox",
    "tip",
    "verify_all",
    "verify_chain",
]

log = logging.getLogger("wangge.audit")

COLUMNS = (
    "subject_type", "subject_id", "number", "at", "action", "actor_id", "actor_name", "unit_id", "on_behalf_of",
    "area_pos", "data", "previous", "hash",
)  # fmt: skip
_TYPES = (
    "text", "uuid", "int", "timestamptz", "text", "uuid", "text", "uuid", "uuid", "bigint", "text", "bytea", "bytea",
)  # fmt: skip
_NAMES = ", ".join(COLUMNS)
_OUTBOX = """
insert into audit_outbox (topic, subject_id, payload, created_at, attempts, last_error)
select topic, subject_id, payload::jsonb, clock_timestamp(), 0, ''
  from unnest(%s::text[], %s::uuid[], %s::text[]) as o(topic, subject_id, payload)
"""
# Column names and types below are this module's own. Planning the outbox costs as much as the entry itself, so it
# is left out when no message leaves.
_ONE = f"""
insert into audit_entry ({_NAMES}) values ({", ".join("%s::jsonb" if c == "data" else "%s" for c in COLUMNS)})
returning seq
"""  # noqa: S608
_MANY = f"""
insert into audit_entry ({_NAMES})
select {", ".join("data::jsonb" if c == "data" else c for c in COLUMNS)}
  from unnest({", ".join(f"%s::{t}[]" for t in _TYPES)}) with ordinality as e({_NAMES}, position)
 order by position
returning seq
"""  # noqa: S608
_TOLD = {
    _ONE: "select array[seq], pg_notify('wangge', seq::text) from entry",
    # One notification for all: who listens reads on from the last number it knows.
    _MANY: "select array_agg(seq order by seq), pg_notify('wangge', max(seq)::text) from entry",
}


def _statement(insert: str, *, outbox: bool) -> str:
    message = f", message as ({_OUTBOX})" if outbox else ""
    return f"with entry as ({insert}){message} {_TOLD[insert]}"


_STATEMENTS = {(insert, outbox): _statement(insert, outbox=outbox) for insert in _TOLD for outbox in (False, True)}

Message = tuple[str, Mapping[str, Any]]
"""Topic and payload of an outbox row."""


def values(entry: Entry) -> tuple[Any, ...]:
    """The entry's columns in the order of COLUMNS, the data as JSON text."""
    return tuple(chain.encode(entry.data) if name == "data" else getattr(entry, name) for name in COLUMNS)


def tip(*, subject_type: str, subject_id: UUID) -> Tip:
    """The end of the subject's chain. The caller holds the subject's row lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select number, hash from audit_entry where subject_type = %s and subject_id = %s"
            " order by number desc limit 1",
            [subject_type, subject_id],
        )
        row = cursor.fetchone()
    return Tip(row[0], bytes(row[1])) if row else Tip()


def record(
    *,
    subject_type: str,
    subject_id: UUID,
    action: str,
    actor: ActorLike | None,
    data: Mapping[str, Any],
    at: datetime,
    area_pos: int | None = None,
    outbox: Sequence[Message] = (),
    after: Tip | None = None,
) -> Entry:
    """Append to the subject's chain, with the messages that must leave because of it.

    Two round trips; one when the caller knows the chain's end and passes it as `after` (`Tip()` for a subject
    that is new). The caller holds the subject's row lock, so nobody else appends in between.
    """
    entry = chain.next_entry(
        tip=after if after is not None else tip(subject_type=subject_type, subject_id=subject_id),
        subject_type=subject_type,
        subject_id=subject_id,
        action=action,
        actor=actor,
        data=data,
        at=at,
        area_pos=area_pos,
    )
    (entry.seq,) = _write(_ONE, values(entry), [(entry, message) for message in outbox])
    return entry


def record_many(entries: Sequence[Entry], *, outbox: Sequence[tuple[Entry, Message]] = ()) -> None:
    """Append entries made by `chain.next_entry` in one statement, with one notification for all of them."""
    if not entries:
        return
    columns = [list(column) for column in zip(*(values(entry) for entry in entries), strict=True)]
    for entry, seq in zip(entries, _write(_MANY, columns, outbox), strict=True):
        entry.seq = seq


def _write(insert: str, columns: Sequence[Any], outbox: Sequence[tuple[Entry, Message]]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENTS[insert, bool(outbox)], [*columns, *(_outbox_columns(outbox) if outbox else ())])
        sequence: list[int] = cursor.fetchone()[0]
    return sequence


def _outbox_columns(messages: Sequence[tuple[Entry, Message]]) -> list[list[Any]]:
    return [
        [message[0] for _, message in messages],
        [entry.subject_id for entry, _ in messages],
        [chain.encode(chain.plain(message[1])) for _, message in messages],
    ]


def look(
    *,
    actor: ActorLike,
    subject_type: str,
    subject_id: UUID,
    fields: Sequence[str],
    purpose: str,
    address: str | None = None,
    at: datetime | None = None,
) -> Look:
    """Keep who looked at protected data and why; the purpose must say something."""
    stated = purpose.strip()
    if len(stated) < 2:
        raise Invalid(errors=[field_error("body.purpose", "请写明查看的用途", "say what you need it for")])
    return Look.objects.create(
        at=at or clock.now(),
        actor_id=actor.user_id,
        actor_name=actor.name,
        subject_type=subject_type,
        subject_id=subject_id,
        fields=list(fields),
        purpose=stated[:200],
        address=address,
    )


def look_many(
    *,
    actor: ActorLike,
    subject_type: str,
    subject_ids: Sequence[UUID],
    fields: Sequence[str],
    purpose: str,
    at: datetime,
) -> None:
    """`look` at many at once, for a list that holds them."""
    kept = {"at": at, "actor_id": actor.user_id, "actor_name": actor.name, "subject_type": subject_type}
    looks = [Look(subject_id=one, fields=list(fields), purpose=purpose[:200], **kept) for one in subject_ids]
    Look.objects.bulk_create(looks, batch_size=1000)


_ANCHOR_LOCK = "select pg_advisory_xact_lock(hashtext('wangge audit anchor'))"


def _settled_seq(tries: int) -> int | None:
    """The highest `seq` below which nothing can still appear; None while writers never pause.

    Every insert holds the shared side of this lock until its commit (trigger of migration 0002), so whoever gets
    the other side knows that all numbers given out are either visible or will never be. Waiting in the queue
    holds writers up, hence short and repeated.
    """
    for _ in range(tries):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("set local lock_timeout = '200ms'")
                cursor.execute("select pg_advisory_xact_lock(hashtext('wangge audit writers'))")
                cursor.execute("select coalesce(max(seq), 0) from audit_entry")
                return int(cursor.fetchone()[0])
        except OperationalError:
            time.sleep(0.3)
    return None


def anchor(*, at: datetime | None = None, tries: int = 20) -> Anchor | None:
    """Seal all entries since the last anchor under a keyed hash; None when there is nothing or no quiet moment.

    The hash also goes to the process log: kept on another machine, it shows a log that was replaced as a whole.
    """
    last_seq = _settled_seq(tries)
    if last_seq is None:
        log.warning("no anchor: writers did not pause")
        return None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ANCHOR_LOCK)
        newest = Anchor.objects.order_by("-id").first()
        first_seq = newest.last_seq + 1 if newest else 1
        if last_seq < first_seq:
            return None
        previous = bytes(newest.hash) if newest else chain.GENESIS
        sealed = Anchor.objects.create(
            at=at or clock.now(),
            first_seq=first_seq,
            last_seq=last_seq,
            previous=previous,
            hash=keyed_sm3(previous + chain.anchored(first_seq, last_seq)),
        )
    log.info("anchor %s: entries %s to %s, %s", sealed.pk, first_seq, last_seq, bytes(sealed.hash).hex())
    return sealed


_CLAIM = """
select * from audit_outbox
 where sent_at is null and topic = any(%s) and id > %s
   and (attempts = 0 or created_at + power(2, least(attempts, 12)) * interval '15 seconds' <= clock_timestamp())
 order by id limit 1 for update skip locked
"""


_SETTLE = """
update audit_outbox set sent_at = clock_timestamp(), attempts = attempts + 1
 where id in (select id from audit_outbox where sent_at is null and topic = any(%s) order by id limit %s
                 for update skip locked)
"""


def settle_outbox(topics: Sequence[str], *, limit: int = 1000) -> int:
    """Messages that nobody receives have arrived: marked together, since nothing can go wrong with any of them."""
    if not topics:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SETTLE, [list(topics), limit])
        return int(cursor.rowcount)


def send_outbox(handlers: Mapping[str, Callable[[Outbox], None]], *, limit: int = 100) -> int:
    """Give unsent messages to the handler of their topic; effect and mark are one commit. How many were sent.

    Any number of workers may call this at once. A failing message waits longer each time and holds up no other.
    """
    sent, last_id = 0, 0
    for _ in range(limit):
        with transaction.atomic():
            claimed = list(Outbox.objects.raw(_CLAIM, [list(handlers), last_id]))
            if not claimed:
                break
            message = claimed[0]
            last_id = message.pk
            sent += _send(message, handlers[message.topic])
    return sent


def _send(message: Outbox, handler: Callable[[Outbox], None]) -> bool:
    try:
        with transaction.atomic():
            handler(message)
    except Exception as error:  # noqa: BLE001 - a job runner: whatever a handler raises is kept with the message
        log.warning("outbox %s (%s): %s", message.pk, message.topic, error)
        failure = f"{type(error).__name__}: {error}"[:300]
        Outbox.objects.filter(pk=message.pk).update(attempts=message.attempts + 1, last_error=failure)
        return False
    Outbox.objects.filter(pk=message.pk).update(sent_at=clock.now(), attempts=message.attempts + 1)
    return True
