"""Fast loading: rows go by COPY into a table of the session's own and from there, in one statement, to their place.

COPY itself is refused below row-level security, and the application role writes only below it. One lot is one
transaction; what is there already (by id or by any key that may occur once) stays as it is, so a lot may come again.
Columns that the rows of bulk_rows leave out are the same for every new row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import NamedTuple

from django.db import connection, transaction
from psycopg import sql

from wangge.kit import clock
from wangge.registry.models import Maintenance
from wangge.registry.services.bulk_rows import Lot

_POPULATED = "populate"

# Columns that every new row has alike, as SQL.
_VERSIONED = {"version": "1"}
_KEPT = {"version": "1", "confirmed": "'{}'"}
_ALIKE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "estate": _VERSIONED,
        "building": _KEPT,
        "dwelling": _VERSIONED,
        "household": _VERSIONED,
        "person": _VERSIONED,
        "tag": {"ended_reason": "''"},
        "organisation": _KEPT,
        "premises": _KEPT,
        "component": _KEPT,
        "device": _KEPT,
    }
)
_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "estates": "estate",
        "buildings": "building",
        "building_facts": "building",
        "entrances": "entrance",
        "dwellings": "dwelling",
        "households": "household",
        "persons": "person",
        "further_phones": "furtherphone",
        "relations": "relation",
        "tags": "tag",
        "organisations": "organisation",
        "estate_services": "estateservice",
        "premises": "premises",
        "ties": "tie",
        "components": "component",
        "devices": "device",
    }
)


def load(lot: Lot) -> dict[str, int]:
    """All of the lot or, on any error, nothing. How many rows of each sort were new (or, of facts, taken).

    Whoever brings estates or buildings tells the other processes (placing.renew_book) when all lots are in.
    """
    counts: dict[str, int] = {}
    with transaction.atomic():
        for part in fields(lot):
            if new := _load(part.name, getattr(lot, part.name)):
                counts[part.name] = new
    return counts


def _load(part: str, rows: Iterable[NamedTuple]) -> int:
    """Sent through one COPY; nothing at all happens for no rows."""
    coming = iter(rows)
    first = next(coming, None)
    if first is None:
        return 0
    table, columns = f"registry_{_TABLES[part]}", first._fields
    staged = sql.Identifier(f"staged_{part}")
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "create temporary table if not exists {} on commit delete rows as select {} from {} with no data"
            ).format(staged, names, sql.Identifier(table))
        )
        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(staged, names)) as copy:
            for row in _all(first, coming):
                copy.write_row(row)
        statement = _facts(staged, columns) if part == "building_facts" else _insert(staged, table, columns)
        cursor.execute(statement)
        taken: int = cursor.rowcount
        cursor.execute(sql.SQL("delete from {}").format(staged))
    return taken


def _all(first: NamedTuple, rest: Iterator[NamedTuple]) -> Iterator[NamedTuple]:
    yield first
    yield from rest


def _insert(staged: sql.Identifier, table: str, columns: Sequence[str]) -> sql.Composed:
    alike = _ALIKE.get(table.removeprefix("registry_"), {})
    extra = {name: value for name, value in alike.items() if name not in columns}
    into = sql.SQL(", ").join(map(sql.Identifier, [*columns, *extra]))
    values = sql.SQL(", ").join([*map(sql.Identifier, columns), *map(_literal, extra.values())])
    return sql.SQL("insert into {} ({}) select {} from {} on conflict do nothing").format(
        sql.Identifier(table), into, values, staged
    )


def _literal(value: str) -> sql.SQL:
    return sql.SQL(value)  # out of _ALIKE


def _facts(staged: sql.Identifier, columns: Sequence[str]) -> sql.Composed:
    changed = [sql.SQL("{0} = s.{0}").format(sql.Identifier(name)) for name in columns if name != "id"]
    return sql.SQL("update registry_building b set {} from {} s where s.id = b.id and b.floors_above is null").format(
        sql.SQL(", ").join(changed), staged
    )


def was_populated(*, size: str, seed: int) -> bool:
    """Whether a run that made this very population has ended."""
    done = Maintenance.objects.filter(kind=_POPULATED, finished_at__isnull=False)
    return done.filter(detail__seed=seed, detail__size__in=[size, "full"]).exists()


def note_population(*, size: str, seed: int, counts: Mapping[str, int]) -> None:
    now = clock.now()
    Maintenance.objects.create(
        kind=_POPULATED, detail={"size": size, "seed": seed, "counts": dict(counts)}, started_at=now, finished_at=now,
        done=counts.get("persons", 0),
    )  # fmt: skip
