"""Prepared cases into the tables: one statement, whether it is one case or a thousand.

The rows of each table travel as one JSON document, which costs less to write here and to read there than
arrays or fifty placeholders a row, and leaves one statement for every shape of case.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any

import orjson
import psycopg
from django.db import connection, models

from wangge.audit import services as audit
from wangge.casework.models import Case, Clock, ClockState, Party, WorkOrder
from wangge.casework.services import numbers
from wangge.casework.services.drafts import Draft
from wangge.casework.services.turn import LOCAL
from wangge.kit import prepared
from wangge.kit.ids import uuid7
from wangge.kit.nameless import without_marks, without_names
from wangge.kit.text import search_tokens
from wangge.kit.written import redacted

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """What a repeated request is to be answered with, kept with its key."""

    owner: str
    key: str
    document: Mapping[str, Any]


@functools.cache
def _columns(model: type[models.Model]) -> tuple[str, ...]:
    """All but what the database gives itself. Column and attribute have the same name."""
    fields = model._meta.concrete_fields
    return tuple(one.attname for one in fields if not isinstance(one, models.BigAutoField) and not one.generated)


def _insert(table: str, columns: Iterable[str]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    # Every name comes from our own models.
    return (
        f"insert into {table} ({names}) select {names} "  # noqa: S608
        f"from json_populate_recordset(null::{table}, %s::json)"
    )


# Tokens travel as one text per case; they hold no blanks.
_SEARCH = """
insert into casework_search (case_id, tokens)
select t.case_id, array_to_tsvector(string_to_array(t.tokens, ' '))
  from json_to_recordset(%s::json) as t(case_id uuid, tokens text)
"""
_OUTBOX = """
insert into audit_outbox (topic, subject_id, payload, created_at, attempts, last_error)
select topic, subject_id, payload, clock_timestamp(), 0, ''
  from json_to_recordset(%s::json) as t(topic text, subject_id uuid, payload jsonb)
"""
# One row by its unique key: joined to a set, a plan made while the table is small would read all of it ever after.
_REPLY = """
update casework_idempotencykey set response = %s::jsonb where owner = %s and key = %s
"""
_SEARCH_AGAIN = """
update casework_search set tokens = array_to_tsvector(string_to_array(%s, ' ')) where case_id = %s
"""


@functools.cache
def _statement() -> str:
    parts = [
        f"new_{model._meta.model_name} as ({_insert(model._meta.db_table, _columns(model))})"
        for model in (Case, Party, WorkOrder, Clock)
    ]
    parts.append(f"found as ({_SEARCH})")
    parts.append(f"entry as ({_insert('audit_entry', audit.COLUMNS)} returning seq)")
    parts.append(f"message as ({_OUTBOX})")
    parts.append(f"reply as ({_REPLY})")
    return f"with {', '.join(parts)} select pg_notify('wangge', max(seq)::text) from entry"  # noqa: S608


def write(drafts: Sequence[Draft], reply: Reply | None = None) -> None:
    """Insert the numbered cases with their parties, orders, clocks, log entries and messages, and keep the reply."""
    if drafts:
        prepared.execute(_statement(), packed(drafts, reply))


class Behind:
    """Writes one lot of cases while the next is being prepared; one thread, on the caller's own connection.

    psycopg lets threads take turns on a connection. `settle` before anything that builds on what was written.
    """

    def __init__(self) -> None:
        connection.ensure_connection()
        self._raw = connection.connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._pending: Future[psycopg.Cursor[Any]] | None = None

    def __enter__(self) -> Behind:
        return self

    def __exit__(self, *failure: object) -> None:
        self._thread.shutdown(wait=True)

    def write(self, drafts: Sequence[Draft]) -> None:
        self.settle()
        if drafts:
            self._pending = self._thread.submit(prepared.execute_on, self._raw, _statement(), packed(drafts, None))

    def settle(self) -> None:
        """Wait for the last lot, and fail as it failed."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()


def packed(drafts: Sequence[Draft], reply: Reply | None) -> list[str | None]:
    case = _pick(Case)
    order = _pick(WorkOrder)
    return [
        _json([case(draft.case) for draft in drafts]),
        _json([row for draft in drafts for row in _parties(draft)]),
        _json([order(one) for draft in drafts for one in draft.orders]),
        _json([row for draft in drafts for row in _clocks(draft)]),
        _json([{"case_id": draft.case.pk, "tokens": tokens(draft.case)} for draft in drafts]),
        _json([_entry(entry) for draft in drafts for entry in draft.entries]),
        _json([_message(draft) for draft in drafts]),
        *((orjson.dumps(reply.document).decode(), reply.owner, reply.key) if reply else (None, None, None)),
    ]


def _json(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows, default=_plain).decode()


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


@functools.cache
def _pick(model: type[models.Model]) -> Callable[[models.Model], Row]:
    columns = _columns(model)
    values = attrgetter(*columns)
    return lambda row: dict(zip(columns, values(row), strict=True))


_values = attrgetter(*audit.COLUMNS)


def _entry(entry: Any) -> Row:
    return dict(zip(audit.COLUMNS, _values(entry), strict=True))


def _message(draft: Draft) -> Row:
    return {
        "topic": "case",
        "subject_id": draft.case.pk,
        "payload": {"case_id": draft.case.pk, "step": "submit", "state": draft.case.state},
    }


def _parties(draft: Draft) -> list[Row]:
    return [
        {
            "case_id": draft.case.pk,
            "unit_id": unit_id,
            "unit_pos": pos,
            "role": role,
            "submitted_at": draft.case.submitted_at,
        }
        for unit_id, pos, role in draft.parties
    ]


def _clocks(draft: Draft) -> list[Row]:
    return [
        {
            "id": uuid7(),
            "case_id": draft.case.pk,
            "kind": planned.kind,
            "label": planned.label,
            "limit_value": planned.limit.value,
            "limit_unit": planned.limit.unit,
            "extra_days": 0,
            "rule": planned.rule[:120],
            "rung": 0,
            "calendar": planned.calendar,
            "state": ClockState.RUNNING,
            "started_at": planned.started_at,
            "due_at": planned.due_at,
            "warn_at": planned.warn_at,
            "next_at": planned.warn_at,
            "pauses": [],
            "caution": planned.caution[:120],
        }
        for planned in draft.clocks
    ]


def tokens(case: Case, results: Iterable[str] = ()) -> str:
    """What the case can be found by: its words and those of its handlers, without what tells who somebody is."""
    told = without_names("\n".join((case.description, case.address, *results)))
    # A title stands in every list whole, so a name in it is found; a neighbouring system's number names nobody.
    words = without_marks(redacted("\n".join((case.title, told))))
    return " ".join(search_tokens("\n".join((words, case.source_ref))))


def index_again(case: Case) -> None:
    """After what was said changed, or was answered."""
    results = case.work_orders.exclude(result="").values_list("result", flat=True)
    prepared.execute(_SEARCH_AGAIN, [tokens(case, results), case.pk])


def number(drafts: Sequence[Draft]) -> None:
    """Must come before the cases are shown or written."""
    if not drafts:
        return
    day = drafts[0].entries[0].at.astimezone(LOCAL).date()
    for draft, taken in zip(drafts, numbers.take(day, len(drafts)), strict=True):
        draft.case.number = taken
