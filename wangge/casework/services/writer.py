"""Prepared cases into the tables: one statement for all rows of a table, whether it is one case or a thousand."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection, models

from wangge.audit import services as audit
from wangge.casework.models import Case, Clock, ClockState, Party, WorkOrder
from wangge.casework.services import numbers
from wangge.casework.services.drafts import Draft
from wangge.casework.services.turn import LOCAL
from wangge.kit.ids import uuid7
from wangge.kit.text import search_tokens


@dataclass(frozen=True)
class _Table:
    """A model's columns in order, with what `unnest` must be told about each."""

    name: str
    columns: tuple[str, ...]
    attributes: tuple[str, ...]
    types: tuple[str, ...]
    converts: tuple[Callable[[Any], Any] | None, ...]

    def insert(self) -> str:
        names = ", ".join(f'"{column}"' for column in self.columns)
        picks = ", ".join(
            f't."{column}"::jsonb' if kind == "jsonb" else f't."{column}"'
            for column, kind in zip(self.columns, self.types, strict=True)
        )
        arrays = ", ".join("%s::text[]" if kind == "jsonb" else f"%s::{kind}[]" for kind in self.types)
        # Every name comes from our own models.
        return f'insert into "{self.name}" ({names}) select {picks} from unnest({arrays}) as t({names})'  # noqa: S608

    def insert_values(self, count: int) -> str:
        names = ", ".join(f'"{column}"' for column in self.columns)
        row = ", ".join(f"%s::{kind}" for kind in self.types)
        return f'insert into "{self.name}" ({names}) values {", ".join([f"({row})"] * count)}'  # noqa: S608

    def values(self, row: Any) -> list[Any]:
        return [
            convert(getattr(row, attribute)) if convert else getattr(row, attribute)
            for attribute, convert in zip(self.attributes, self.converts, strict=True)
        ]

    def arrays(self, rows: Sequence[Any]) -> list[list[Any]]:
        found = []
        for attribute, convert in zip(self.attributes, self.converts, strict=True):
            values = [getattr(row, attribute) for row in rows]
            found.append([convert(value) for value in values] if convert else values)
        return found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _table(model: type[models.Model]) -> _Table:
    fields = [one for one in model._meta.concrete_fields if not isinstance(one, models.BigAutoField)]
    kinds = [_kind(one) for one in fields]
    columns = [one.column for one in fields if one.column is not None]
    return _Table(
        name=model._meta.db_table,
        columns=tuple(columns),
        attributes=tuple(one.attname for one in fields),
        types=tuple(kinds),
        converts=tuple(_json if kind == "jsonb" else None for kind in kinds),
    )


def _kind(one: models.Field[Any, Any]) -> str:
    kind = one.db_type(connection)
    assert kind is not None
    return kind.partition("(")[0].strip() if kind.startswith("varchar") else kind


@functools.cache
def _statement() -> tuple[str, tuple[_Table, ...]]:
    tables = tuple(_table(model) for model in (Case, Party, WorkOrder, Clock))
    parts = [f"t{position} as ({table.insert()})" for position, table in enumerate(tables)]
    return f"with {', '.join(parts)} {_SEARCH}", tables


# Tokens travel as one text per case: an array of arrays would have to be rectangular.
_SEARCH = """
insert into casework_search (case_id, tokens)
select t.id, array_to_tsvector(string_to_array(t.tokens, ' ')) from unnest(%s::uuid[], %s::text[]) as t(id, tokens)
"""
_SEARCH_AGAIN = """
update casework_search set tokens = array_to_tsvector(string_to_array(%s, ' ')) where case_id = %s
"""


def tokens(case: Case) -> str:
    """What the case can be found by; tokens hold no blanks."""
    return " ".join(search_tokens(f"{case.title}\n{case.description}\n{case.address}\n{case.source_ref}"))


def index_again(case: Case) -> None:
    execute(_SEARCH_AGAIN, [tokens(case), case.pk])


@dataclass(frozen=True)
class Reply:
    """What a repeated request is to be answered with, kept with its key."""

    owner: str
    key: str
    document: str


def write(drafts: Sequence[Draft]) -> None:
    """Insert the numbered cases with their parties, orders, clocks, log entries and messages."""
    if not drafts:
        return
    statement, tables = _statement()
    parameters = [array for table, of in zip(tables, _rows(drafts), strict=True) for array in table.arrays(of)]
    parameters += [[draft.case.pk for draft in drafts], [tokens(draft.case) for draft in drafts]]
    execute(statement, parameters)
    entries = [entry for draft in drafts for entry in draft.entries]
    audit.record_many(entries, outbox=[(draft.entries[-1], _message(draft)) for draft in drafts])


def write_one(draft: Draft, reply: Reply | None) -> None:
    """The same rows as `write`, in one round trip altogether."""
    _, tables = _statement()
    rows = _rows([draft])
    parameters: list[Any] = []
    for table, of in zip(tables, rows, strict=True):
        for row in of:
            parameters += table.values(row)
    parameters += [draft.case.pk, tokens(draft.case)]
    for entry in draft.entries:
        parameters += audit.values(entry)
    topic, payload = _message(draft)
    parameters += [topic, draft.case.pk, _json(payload), draft.entries[-1].at]
    if reply is not None:
        parameters += [reply.document, reply.owner, reply.key]
    execute(_single(tuple(len(of) for of in rows), len(draft.entries), reply is not None), parameters)


def _rows(drafts: Sequence[Draft]) -> tuple[Sequence[Any], ...]:
    return ([draft.case for draft in drafts], _parties(drafts), _orders(drafts), _clocks(drafts))


def _message(draft: Draft) -> audit.Message:
    return "case", {"case_id": str(draft.case.pk), "step": "submit", "state": draft.case.state}


@functools.lru_cache(maxsize=256)
def _single(counts: tuple[int, ...], entries: int, replies: bool) -> str:
    """One statement for one case of this shape: shapes are few, so each stays prepared."""
    _, tables = _statement()
    parts = [
        f"t{position} as ({table.insert_values(count)})"
        for position, (table, count) in enumerate(zip(tables, counts, strict=True))
        if count
    ]
    parts.append(
        "found as (insert into casework_search (case_id, tokens)"
        " values (%s::uuid, array_to_tsvector(string_to_array(%s::text, ' '))))"
    )
    entry = ", ".join("%s::jsonb" if column == "data" else "%s" for column in audit.COLUMNS)
    logged = ", ".join([f"({entry})"] * entries)
    # Every name comes from our own tables.
    parts.append(
        f"entry as (insert into audit_entry ({', '.join(audit.COLUMNS)}) values {logged} returning seq)"  # noqa: S608
    )
    parts.append(
        "message as (insert into audit_outbox (topic, subject_id, payload, created_at, attempts, last_error)"
        " values (%s, %s, %s::jsonb, %s, 0, ''))"
    )
    if replies:
        parts.append("kept as (update casework_idempotencykey set response = %s::jsonb where owner = %s and key = %s)")
    return f"with {', '.join(parts)} select pg_notify('wangge', max(seq)::text) from entry"  # noqa: S608


def execute(statement: str, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
    """Prepared on the server: planning the insert of fifty columns costs more than running it.

    With the server's own placeholders, because psycopg would take a statement this long apart every time.
    """
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = 2
    return psycopg.RawCursor(raw).execute(_numbered(statement), parameters)


@functools.lru_cache(maxsize=512)
def _numbered(statement: str) -> str:
    """`%s`, `%s` as `$1`, `$2`."""
    first, *rest = statement.split("%s")
    return first + "".join(f"${position}{part}" for position, part in enumerate(rest, 1))


def number(drafts: Sequence[Draft]) -> None:
    """Must come before the cases are shown or written."""
    if not drafts:
        return
    day = drafts[0].entries[0].at.astimezone(LOCAL).date()
    for draft, taken in zip(drafts, numbers.take(day, len(drafts)), strict=True):
        draft.case.number = taken


def _parties(drafts: Sequence[Draft]) -> list[Party]:
    return [
        Party(
            case_id=draft.case.pk,
            unit_id=unit_id,
            unit_pos=pos,
            role=role,
            submitted_at=draft.case.submitted_at,
        )
        for draft in drafts
        for unit_id, pos, role in draft.parties
    ]


def _orders(drafts: Sequence[Draft]) -> list[WorkOrder]:
    return [order for draft in drafts for order in draft.orders]


def _clocks(drafts: Sequence[Draft]) -> list[Clock]:
    return [
        Clock(
            id=uuid7(),
            case_id=draft.case.pk,
            kind=planned.kind,
            label=planned.label,
            limit_value=planned.limit.value,
            limit_unit=planned.limit.unit,
            calendar=planned.calendar,
            state=ClockState.RUNNING,
            started_at=planned.started_at,
            due_at=planned.due_at,
            warn_at=planned.warn_at,
            next_at=planned.warn_at,
            caution=planned.caution[:120],
        )
        for draft in drafts
        for planned in draft.clocks
    ]
