"""One clock for everybody: the database's."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """The database's wall clock, in UTC; also inside a long transaction, where `now()` would stand still."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (value,) = cursor.fetchone()
    assert isinstance(value, datetime)
    return value
