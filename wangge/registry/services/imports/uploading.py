"""Imports: a file is kept and looked over, mapped, previewed, then run lot by lot; each row is accounted for."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.db import IntegrityError, transaction

from wangge.kit import clock, crypto
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.kit.files import absolute
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import Import, ImportState
from wangge.registry.models import Mapping as Remembered
from wangge.registry.selectors.imports import running
from wangge.registry.services.imports import files, things
from wangge.registry.services.imports import rows as rows_of
from wangge.registry.services.imports.checking import Sheet, resident
from wangge.registry.services.imports.fields import check_mapping, fields_of, guess, mapping_errors
from wangge.registry.services.imports.places import References, gather
from wangge.registry.services.imports.preparing import BROKEN
from wangge.registry.services.imports.running import ImportBusy

SAMPLE = 200


class ImportRepeated(Conflict):
    code = "import_repeated"
    title_zh = "同一文件已导入过"
    title_en = "The same file was imported before"


@dataclass(frozen=True)
class PreviewRow:
    row: int
    cells: list[str]
    errors: list[dict[str, str]]


def upload(*, source: BinaryIO, filename: str, kind: str, by: Actor, origin: str = "") -> Import:
    """Keep the file, sealed, and guess what its columns mean; nothing is imported yet.

    ImportRepeated names the import of the same file that is here already.
    """
    fields_of(kind)
    origin = _origin(origin, filename)
    run_id, now = uuid7(), clock.now()
    relative = f"imports/registry/{now:%Y/%m}/{run_id}"
    path = absolute(relative)
    digest = files.keep(source, filename, path, context=rows_of.file_context(run_id))
    try:
        with scope.unrestricted():
            _refuse_repeated(kind, digest)
        head = files.head(path, context=rows_of.file_context(run_id), sample=0)
        run = Import(
            id=run_id, kind=kind, filename=Path(filename).name[-120:], file_hash=digest, file_path=relative,
            columns=list(head.columns), mapping=_mapping(kind, head.columns), source=origin, total=head.total,
            by_id=by.scope.own or by.user_id, by_name=by.name, unit_id=by.unit_id, created_at=now,
        )  # fmt: skip
        with scope.unrestricted():
            _insert(run, digest)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return run


def _origin(origin: str, filename: str) -> str:
    origin = origin.strip() or Path(filename).stem[:30]
    if len(origin) > 40:
        raise Invalid(errors=[field_error("source", "来源不超过 40 个字", "at most 40 characters")])
    return origin


def _insert(run: Import, digest: bytes) -> None:
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError as error:
        _refuse_repeated(run.kind, digest)
        raise ImportRepeated from error


def _refuse_repeated(kind: str, digest: bytes) -> None:
    earlier = Import.objects.filter(kind=kind, file_hash=digest).exclude(state=ImportState.FAILED).first()
    if earlier is not None:
        at = earlier.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
        raise ImportRepeated(
            f"同一文件已由{earlier.by_name}于 {at} 上传（{ImportState(earlier.state).label}），导入编号 {earlier.id}",
            f"{earlier.by_name} uploaded the same file at {at} ({earlier.state}): import {earlier.id}",
            import_id=str(earlier.id),
            state=earlier.state,
            by=earlier.by_name,
            at=earlier.created_at.isoformat(),
        )


def _columns_hash(columns: Sequence[str]) -> bytes:
    return crypto.sm3("\x1f".join(sorted(columns)).encode())


def _mapping(kind: str, columns: Sequence[str]) -> dict[str, str]:
    """As it was for the same headings before; else guessed, with what single headings meant lately."""
    kept = Remembered.objects.filter(kind=kind).order_by("-used_at")
    exact = kept.filter(columns_hash=_columns_hash(columns)).first()
    if exact is not None:
        return dict(exact.mapping)
    found = guess(kind, columns)
    for earlier in kept[:20]:
        for name, column in earlier.mapping.items():
            if name not in found and column in columns and column not in found.values():
                found[name] = column
    return found


def set_mapping(*, import_id: UUID, mapping: Mapping[str, str], by: Actor) -> Import:
    """Which column means which field; remembered for the next sheet with these headings."""
    run = _locked(import_id, by)
    if run.state not in {ImportState.UPLOADED, ImportState.PAUSED, ImportState.FAILED} or run.next_row:
        raise ImportBusy("已开始导入，不能再改列的对应", "it has begun: the columns stay as they are")
    check_mapping(run.kind, mapping, run.columns)
    run.mapping = dict(mapping)
    run.save(update_fields=["mapping"])
    Remembered.objects.update_or_create(
        kind=run.kind,
        columns_hash=_columns_hash(run.columns),
        defaults={"mapping": run.mapping, "used_at": clock.now()},
    )
    return run


def _locked(import_id: UUID, by: Actor) -> Import:
    run: Import | None = Import.objects.visible_to(by).select_for_update().filter(id=import_id).first()
    if run is None:
        raise NotFound
    return run


def sample(run: Import, count: int) -> list[list[str]]:
    """The cells of the first rows."""
    _, rows = files.read(rows_of.file_of(run), context=rows_of.file_context(run.id))
    return [cells or [] for _, cells in itertools.islice(rows, count)]


def preview(*, run: Import, by: Actor) -> list[PreviewRow]:
    """The first rows as they would be read; writes nothing. Without a complete mapping the cells alone."""
    head = files.head(rows_of.file_of(run), context=rows_of.file_context(run.id), sample=SAMPLE)
    if mapping_errors(run.kind, run.mapping, run.columns):
        return [PreviewRow(number, cells or [], [] if cells else BROKEN) for number, cells in head.sample]
    with scope.unrestricted():
        references = gather(run.kind, by.scope)
    sheet = Sheet(run.kind, run.columns, run.mapping)
    return [PreviewRow(number, cells or [], _errors(sheet, cells, references)) for number, cells in head.sample]


def _errors(sheet: Sheet, cells: Sequence[str] | None, references: References) -> list[dict[str, str]]:
    if cells is None:
        return BROKEN
    if sheet.kind == "residents":
        return resident(sheet, cells, references)[1]
    return things.check(sheet, cells, references)[1]


def start(*, import_id: UUID, by: Actor) -> Import:
    """Mark it as running; `run_lots` does the work, here or in the worker.

    One that was interrupted goes on where it stood; one that is finished is gone through again from the first row.
    """
    run = _locked(import_id, by)
    if run.state == ImportState.RUNNING and running(run.id):
        raise ImportBusy(import_id=str(run.id))
    check_mapping(run.kind, run.mapping, run.columns)
    if run.state in {ImportState.DONE, ImportState.CONFLICTS}:
        rows_of.forget(run)
    run.state, run.error, run.finished_at = ImportState.RUNNING, "", None
    run.save()
    Remembered.objects.update_or_create(
        kind=run.kind,
        columns_hash=_columns_hash(run.columns),
        defaults={"mapping": run.mapping, "used_at": clock.now()},
    )
    rows_of.note(run, "started", by, {"kind": run.kind, "rows": run.total, "from": run.next_row, "source": run.source})
    return run


def stop(*, import_id: UUID, message: str) -> None:
    """It cannot go on; rows written so far stand, and starting it again takes up the rest."""
    with scope.unrestricted():
        Import.objects.filter(id=import_id).update(state=ImportState.PAUSED, error=message[:300])


def reseal() -> int:
    """Seal the files kept here under the key of today; how many were under another."""
    return sum(files.reseal(path, context=rows_of.file_context(run_id)) for run_id, path in _kept())


def keys() -> Iterator[bytes]:
    """The id of the key of each file kept here."""
    return (key for _, path in _kept() if (key := files.sealed_under(path)))


def _kept() -> list[tuple[UUID, Path]]:
    with scope.acting(scope.system_actor("换钥")):
        kept = list(Import.objects.exclude(file_path="").values_list("id", "file_path"))
    paths = [(run_id, absolute(relative)) for run_id, relative in kept]
    return [(run_id, path) for run_id, path in paths if path.exists()]


def forget_files(*, days: int, at: dt.datetime | None = None) -> int:
    """Delete uploaded files of imports that ended so long ago; what was made of them stays. How many."""
    before = (at or clock.now()) - dt.timedelta(days=days)
    gone = 0
    with scope.unrestricted():
        for run in (
            Import.objects.filter(created_at__lt=before).exclude(state=ImportState.RUNNING).exclude(file_path="")
        ):
            path = absolute(run.file_path)
            if path.exists():
                path.unlink()
                gone += 1
    return gone
