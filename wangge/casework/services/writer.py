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


def write(drafts: Sequence[Draft]) -> None:
    """Number and insert the cases with their parties, orders, clocks, log entries and messages."""
    if not drafts:
        return
    _number(drafts)
    statement, tables = _statement()
    rows: tuple[Sequence[Any], ...] = (
        [draft.case for draft in drafts],
        _parties(drafts),
        _orders(drafts),
        _clocks(drafts),
    )
    parameters = [array for table, of in zip(tables, rows, strict=True) for array in table.arrays(of)]
    parameters += [[draft.case.pk for draft in drafts], [tokens(draft.case) for draft in drafts]]
    execute(statement, parameters)
    entries = [entry for draft in drafts for entry in draft.entries]
    audit.record_many(
        entries,
        outbox=[
            (
                draft.entries[-1],
                ("case", {"case_id": str(draft.case.pk), "step": "submit", "state": draft.case.state}),
            )
            for draft in drafts
        ],
    )


def execute(statement: str, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
    """Prepared on the server: planning the insert of fifty columns costs more than running it."""
    connection.ensure_connection()
    raw = connection.connection
    raw.prepare_threshold = 2
    return psycopg.Cursor(raw).execute(statement, parameters)


def _number(drafts: Sequence[Draft]) -> None:
    day = drafts[0].entries[0].at.astimezone(LOCAL).date()
    for draft, number in zip(drafts, numbers.take(day, len(drafts)), strict=True):
        draft.case.number = number


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
