"""What became of the rows of an import: those that did not simply go in are kept, sealed where they hold values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from wangge.audit import services as audit
from wangge.kit import clock, crypto, files
from wangge.kit.errors import NotFound
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor
from wangge.registry.models import Import, ImportRow
from wangge.registry.services.imports.checking import Errors

FAILED, CONFLICT, DOUBLE = "failed", "conflict", "double"
OPEN = (FAILED, CONFLICT, DOUBLE)
MOST_ERRORS = 20
LONG = 200_000  # rows; of a longer sheet only those with a remark come back
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Difference:
    """A field for which a row says something else than what is known, and whence and since when that is known."""

    field: str
    known: str
    given: str
    known_source: str = ""
    known_at: str = ""


@dataclass(frozen=True)
class Doubt:
    """A row that a person decides on: in conflict with a known subject, or perhaps a double of it."""

    number: int
    outcome: str
    subject_id: UUID
    differences: Sequence[Difference]
    elsewhere: bool = False
    """The subject is kept by others than whoever imports: nothing of it is shown."""


@dataclass
class Told:
    """What became of the rows of a lot; the others say what is known."""

    created: list[UUID] = field(default_factory=list)
    changed: int = 0
    failed: list[tuple[int, Errors]] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def keep(
    run: Import,
    told: Told,
    cells: Mapping[int, Mapping[str, str]],
    source: Mapping[int, str],
    whole: Mapping[int, Sequence[str]],
) -> None:
    """`cells` by row and field, so that a decision can still be carried out; `source` of each row. `whole` rows of a
    long sheet are kept as they stand in it, so that it need not be read again to give them back.
    """
    rows = []
    for number, errors in told.failed:
        pk = uuid7()
        sealed = _whole(pk, whole[number]) if number in whole else None
        rows.append(ImportRow(id=pk, run=run, row=number, outcome=FAILED, errors=errors[:MOST_ERRORS], sealed=sealed))
    for doubt in told.doubts:
        pk = uuid7()
        held = {
            "cells": cells[doubt.number],
            "differences": [
                [one.field, one.known, one.given, one.known_source, one.known_at] for one in doubt.differences
            ],
            "source": source.get(doubt.number, run.source),
            "elsewhere": doubt.elsewhere,
            "row": whole.get(doubt.number),
        }
        rows.append(
            ImportRow(
                id=pk, run=run, row=doubt.number, outcome=doubt.outcome, subject_id=doubt.subject_id,
                sealed=crypto.encrypt(_encode(held), context=context(pk)),
            )
        )  # fmt: skip
    ImportRow.objects.bulk_create(rows, batch_size=1000)


def _whole(pk: UUID, cells: Sequence[str]) -> bytes:
    return crypto.encrypt(_encode({"row": cells}), context=context(pk))


def whole(row: ImportRow) -> list[str]:
    """As it stands in the sheet, where that was kept."""
    if row.sealed is None:
        return []
    held: dict[str, Any] = json.loads(crypto.decrypt(row.sealed, context=context(row.id)))
    return held.get("row") or []


def context(row_id: UUID) -> str:
    return f"import_row:{row_id}"


@dataclass(frozen=True)
class Held:
    """What a doubtful row holds, opened."""

    cells: dict[str, str] = field(repr=False)
    differences: list[Difference] = field(repr=False)
    source: str
    elsewhere: bool


def opened(row: ImportRow) -> Held | None:
    """None for a row that was merely wrong."""
    if row.sealed is None:
        return None
    held: dict[str, Any] = json.loads(crypto.decrypt(row.sealed, context=context(row.id)))
    if "cells" not in held:
        return None
    return Held(
        held["cells"],
        [Difference(*one) for one in held["differences"]],
        held["source"],
        held["elsewhere"],
    )


def decided(run: Import) -> set[int]:
    """Rows on which a person has decided: they stand."""
    return set(ImportRow.objects.filter(run=run).exclude(outcome__in=OPEN).values_list("row", flat=True))


def forget(run: Import) -> None:
    """Before a file is gone through again: back to the first row; decisions stand."""
    ImportRow.objects.filter(run=run, outcome__in=OPEN).delete()
    run.next_row = run.created = run.changed = run.same = run.conflicts = run.failed = 0


def file_context(run_id: UUID) -> str:
    return f"import:{run_id}"


def file_of(run: Import) -> Path:
    path = files.absolute(run.file_path)
    if not path.is_file():
        raise NotFound("原文件已按保存期限删除", "the file was deleted at the end of its time")
    return path


def note(run: Import, verb: str, by: Actor, data: Mapping[str, Any]) -> None:
    audit.record(
        subject_type="registry_import",
        subject_id=run.id,
        action=f"registry:import:{verb}",
        actor=by,
        data=data,
        at=clock.now(),
    )
