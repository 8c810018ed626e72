"""Imports: keep the file, preview it, then turn every row into a case or say row by row why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from wangge.audit import services as audit
from wangge.casework import services as casework
from wangge.intake import fields, selectors
from wangge.intake.models import Import, ImportRow, ImportState
from wangge.kit import clock, files, tables
from wangge.kit.errors import Conflict, Invalid, NotFound
from wangge.kit.ids import uuid7
from wangge.org import channels, scope
from wangge.org.scope import Actor

CHUNK = 500
Progress = Callable[[int, int], None]


class ImportBusy(Conflict):
    code = "import_busy"
    title_zh = "这次导入正在进行或已经完成"
    title_en = "This import is running or finished"


@dataclass(frozen=True)
class Preview:
    """What a file holds and how it would be read, before anything is written."""

    run: Import
    table: tables.Table
    problems: list[dict[str, str]]


def preview(
    *,
    data: bytes,
    filename: str,
    channel: str,
    mapping: Mapping[str, str] | None,
    options: fields.Options,
    by: Actor,
) -> Preview:
    """Keep the file and report its columns, the mapping and the rows that would fail.

    Where no mapping is given it is guessed, and a guess may miss what the import needs: the person completes it.
    """
    channels.check_known(channel, at="channel")
    table = tables.read_table(data, filename)
    chosen = dict(mapping) if mapping else _remembered(channel, table.columns) or fields.guess(table.columns)
    wanting = fields.mapping_errors(chosen, table.columns, options)
    if wanting and mapping:
        raise Invalid(errors=wanting)
    problems = [
        {**error, "row": str(number)}
        for row, number in zip(table.rows, table.numbers, strict=True)
        if not wanting
        for error in fields.read_row(dict(zip(table.columns, row, strict=True)), chosen, options)[1]
    ]
    now = clock.now()
    run_id = uuid7()
    suffix = "".join(Path(filename).suffixes[-2:]).lower()
    relative = f"imports/{now:%Y/%m}/{run_id}{suffix if suffix.isascii() else ''}"
    files.keep(relative, data)
    run = Import.objects.create(
        id=run_id,
        channel=channel,
        filename=Path(filename).name[:160],
        path=relative,
        sha256=hashlib.sha256(data).hexdigest(),
        mapping=chosen,
        options=asdict(options),
        state=ImportState.PREVIEWED,
        total=len(table.rows),
        by_id=selectors.owner_of(by),
        at=now,
    )
    return Preview(run, table, problems)


def _remembered(channel: str, columns: Sequence[str]) -> dict[str, str] | None:
    """The mapping of the newest finished import of this channel, anybody's, whose columns are all here again."""
    with scope.unrestricted():
        last = Import.objects.filter(channel=channel, state=ImportState.DONE).order_by("-at").first()
    if last is None or not set(last.mapping.values()) <= set(columns):
        return None
    return dict(last.mapping)


def start(*, import_id: UUID, by: Actor) -> Import:
    """Mark a previewed import as running; the worker, or the caller's own loop over `run_chunks`, does the work."""
    run = selectors.imports(by=by).select_for_update().filter(id=import_id).first()
    if run is None:
        raise NotFound
    if run.state not in {ImportState.PREVIEWED, ImportState.FAILED}:
        raise ImportBusy
    fields.check_mapping(run.mapping, list(run.mapping.values()), fields.Options(**run.options))
    run.state = ImportState.RUNNING
    run.message = ""
    run.save(update_fields=["state", "message"])
    audit.record(
        subject_type="import",
        subject_id=run.id,
        action="intake:import:started",
        actor=by,
        data={"channel": run.channel, "filename": run.filename, "rows": run.total, "sha256": run.sha256},
        at=clock.now(),
    )
    return run


def run_chunks(*, import_id: UUID, by: Actor, progress: Progress | None = None) -> Import:
    """Import every row not yet accounted for, a chunk to a transaction; safe to call again after a kill."""
    with scope.acting(by), scope.unrestricted():  # `start` has checked whose it is
        run = Import.objects.get(id=import_id)
        done = set(ImportRow.objects.filter(run=run).values_list("row", flat=True))
    data = files.absolute(run.path).read_bytes()
    table = tables.read_table(data, run.filename)
    options = fields.Options(**run.options)
    waiting = [
        (number, dict(zip(table.columns, row, strict=True)))
        for row, number in zip(table.rows, table.numbers, strict=True)
        if number not in done
    ]
    for first in range(0, len(waiting), CHUNK):
        with scope.acting(by):
            _run_chunk(run, waiting[first : first + CHUNK], options, by)
        if progress:
            progress(len(done) + min(first + CHUNK, len(waiting)), len(table.rows))
    with scope.acting(by), scope.unrestricted():
        return _finish(run, by)


def _run_chunk(run: Import, rows: list[tuple[int, dict[str, str]]], options: fields.Options, by: Actor) -> None:
    items: list[dict[str, Any]] = []
    numbers: list[int] = []
    outcomes: list[ImportRow] = []
    for number, cells in rows:
        values, errors = fields.read_row(cells, run.mapping, options)
        if errors:
            outcomes.append(ImportRow(run=run, row=number, outcome="failed", errors=errors))
            continue
        items.append(_item(run, values, cells, options))
        numbers.append(number)
    submit = casework.submit_history if options.history else casework.submit_many
    results = submit(items, channel=run.channel, by=by) if items else []
    created = queued = duplicate = 0
    for number, result in zip(numbers, results, strict=True):
        outcome = "failed" if result.errors else "duplicate" if result.replay else "created"
        created += outcome == "created"
        duplicate += outcome == "duplicate"
        queued += bool(outcome == "created" and result.needs_human)
        outcomes.append(ImportRow(run=run, row=number, outcome=outcome, case_id=result.case_id, errors=result.errors))
    with scope.unrestricted():
        ImportRow.objects.bulk_create(outcomes)
        locked = Import.objects.select_for_update().get(id=run.id)
        locked.created += created
        locked.duplicate += duplicate
        locked.queued += queued
        locked.failed += sum(row.outcome == "failed" for row in outcomes)
        locked.save(update_fields=["created", "duplicate", "queued", "failed"])


def _item(run: Import, values: dict[str, Any], cells: Mapping[str, str], options: fields.Options) -> dict[str, Any]:
    """A case for casework; its key is the source's own number, or the row's content where it has none."""
    reference = values.get("source_ref") or ""
    basis = reference or hashlib.sha256("\x1f".join(cells.values()).encode()).hexdigest()
    item = {
        "key": f"{run.channel}:{basis}"[:80],
        "title": values["title"],
        "description": values.get("description", ""),
        "category_code": values.get("category") or None,
        "area_code": values.get("area") or None,
        "urgency": values.get("urgency"),
        "address": values.get("address", ""),
        "lon": values.get("lon"),
        "lat": values.get("lat"),
        "crs": options.crs or "WGS84",
        "reporter_name": values.get("reporter_name", ""),
        "reporter_phone": values.get("reporter_phone", ""),
        "source_ref": reference,
        "claimed_at": values.get("occurred_at"),
    }
    if options.history:
        item |= {
            "submitted_at": values.get("occurred_at"),
            "target_at": values.get("target_at"),
            "closed_at": values.get("closed_at"),
        }
    return item


def _finish(run: Import, by: Actor) -> Import:
    locked = Import.objects.select_for_update().get(id=run.id)
    locked.state = ImportState.DONE
    locked.finished_at = clock.now()
    locked.save(update_fields=["state", "finished_at"])
    audit.record(
        subject_type="import",
        subject_id=run.id,
        action="intake:import:finished",
        actor=by,
        data={name: getattr(locked, name) for name in ("total", "created", "duplicate", "queued", "failed")},
        at=locked.finished_at,
    )
    return locked


def fail(*, import_id: UUID, message: str) -> None:
    """The run stopped; rows done so far stand, and starting it again takes up the rest."""
    with scope.unrestricted():
        Import.objects.filter(id=import_id).update(state=ImportState.FAILED, message=message[:300])


def annotated(*, run: Import) -> bytes:
    """The same sheet with what became of each row."""
    table = tables.read_table(files.absolute(run.path).read_bytes(), run.filename)
    notes: dict[int, str] = {}
    for row in ImportRow.objects.filter(run=run).exclude(outcome="created"):
        words = "；".join(f"{e['at']}：{e['zh']}" for e in row.errors)
        notes[row.row] = words if row.outcome == "failed" else "已导入过，未重复建案"
    return tables.annotated(table, notes)
