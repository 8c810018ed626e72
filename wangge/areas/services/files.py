"""Whatever file an administrator has: a sheet of areas or a GeoJSON of boundaries."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from wangge.areas.services.boundaries import import_boundaries
from wangge.areas.services.imports import import_areas
from wangge.areas.services.rows import records
from wangge.audit.chain import ActorLike
from wangge.kit.tables import read_table


@dataclass(frozen=True)
class Done:
    created: int
    changed: int
    unchanged: int


def import_file(
    *,
    data: bytes,
    filename: str,
    by: ActorLike | None,
    crs: str | None = None,
    status: str = "",
    valid_from: dt.date | None = None,
    dry_run: bool = False,
) -> Done:
    """Import a .csv or .xlsx sheet of areas, or a .geojson of their boundaries; raise Invalid naming each fault.

    A dry run does everything and then takes it back.
    """
    with transaction.atomic():
        if filename.lower().removesuffix(".gz").endswith((".json", ".geojson")):
            drawn = import_boundaries(
                data=data, crs=crs or None, status=status, source=filename, by=by, valid_from=valid_from
            )
            done = Done(0, drawn.changed, drawn.unchanged)
        else:
            table = read_table(data, filename)
            read = import_areas(
                rows=records(table.columns, table.rows), numbers=table.numbers, source=filename, by=by,
                valid_from=valid_from,
            )  # fmt: skip
            done = Done(read.created, read.changed, read.unchanged)
        if dry_run:
            transaction.set_rollback(True)
    return done
