"""Statements sent so often that planning them would cost more than running them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection


def execute(statement: str, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
    """Run SQL with `%s` placeholders (and no other `%`) on the current connection, prepared on the server.

    With the server's own placeholders, because psycopg would take a long statement apart every time.
    """
    connection.ensure_connection()
    return execute_on(connection.connection, statement, parameters)


def execute_on(raw: psycopg.Connection[Any], statement: str, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
    raw.prepare_threshold = 2
    return psycopg.RawCursor(raw).execute(_numbered(statement), parameters)


@functools.lru_cache(maxsize=64)
def _numbered(statement: str) -> str:
    """`%s`, `%s` as `$1`, `$2`."""
    first, *rest = statement.split("%s")
    return first + "".join(f"${position}{part}" for position, part in enumerate(rest, 1))
