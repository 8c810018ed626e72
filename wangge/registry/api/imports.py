"""Imports over HTTP: upload, map, preview, run, decide on what is in doubt, take the sheet back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from wangge.kit.errors import Invalid, field_error
from wangge.kit.policy import requires
from wangge.org.http import Signed
from wangge.registry import tasks
from wangge.registry.models import Import, ImportRow
from wangge.registry.policies import Perm
from wangge.registry.schemas import imports as schemas
from wangge.registry.selectors import imports as selectors
from wangge.registry.services import imports
from wangge.registry.services.imports import deciding as imports_deciding
from wangge.registry.services.imports import result as imports_result
from wangge.registry.services.imports import rows as imports_rows
from wangge.registry.services.imports.fields import KIND_NAMES, by_name, fields_of, mapping_errors
from wangge.registry.services.imports.templates import template

router = Router()
SAMPLE, PAGE = 20, 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ENGLISH = {"address": "address", "household": "household", "status": "status"}
Limit = Annotated[int, Query(ge=1, le=100)]


def _row(run: Import) -> dict[str, Any]:
    names = (
        "id", "kind", "filename", "source", "total", "next_row", "created", "changed", "same", "conflicts", "failed",
        "error", "by_name", "created_at", "finished_at",
    )  # fmt: skip
    state = selectors.state_of(run)
    shown = {name: getattr(run, name) for name in names}
    return shown | {"state": state, "state_name": state.label, "kind_name": KIND_NAMES[run.kind]}


def _out(run: Import, sample: Sequence[Sequence[str]] = ()) -> dict[str, Any]:
    fields = [
        {
            "field": one.name, "name": one.zh, "name_en": one.en, "required": one.required, "hint": one.hint_zh,
            "hint_en": one.hint_en,
        }
        for one in fields_of(run.kind)
    ]  # fmt: skip
    return _row(run) | {
        "columns": run.columns,
        "fields": fields,
        "mapping": run.mapping,
        "wanting": mapping_errors(run.kind, run.mapping, run.columns),
        "sample": sample,
    }


@router.post("/imports", response={201: schemas.SheetOut})
@requires(Perm.IMPORT_RUN)
def upload(request: Signed, file: File[UploadedFile], kind: Form[str], source: Form[str] = "") -> Any:
    """Keep a file and guess what its columns mean; nothing is imported yet."""
    run = imports.upload(source=file, filename=file.name or "", kind=kind, origin=source, by=request.actor)  # type: ignore[arg-type]  # an UploadedFile reads and seeks
    return Status(201, _out(run, imports.sample(run, SAMPLE)))


@router.get("/imports", response=schemas.SheetPage)
@requires(Perm.IMPORT_RUN)
def list_imports(request: Signed, limit: Limit = PAGE) -> Any:
    found = list(selectors.imports(by=request.actor)[:limit])
    return {"items": [_row(run) for run in found], "next": None, "total": None}


@router.get("/imports/{import_id}", response=schemas.SheetOut)
@requires(Perm.IMPORT_RUN)
def read_import(request: Signed, import_id: UUID) -> Any:
    return _out(selectors.import_of(import_id, by=request.actor))


@router.patch("/imports/{import_id}", response=schemas.SheetOut)
@requires(Perm.IMPORT_RUN)
def map_columns(request: Signed, import_id: UUID, body: schemas.MappingIn) -> Any:
    """Say which column holds which field; remembered for the same headings."""
    return _out(imports.set_mapping(import_id=import_id, mapping=body.mapping, by=request.actor))


@router.get("/imports/{import_id}/preview", response=schemas.SheetPreview)
@requires(Perm.IMPORT_RUN)
def preview(request: Signed, import_id: UUID) -> Any:
    """The first rows with their errors, before anything is written."""
    run = selectors.import_of(import_id, by=request.actor)
    rows = imports.preview(run=run, by=request.actor)
    return {"columns": run.columns, "rows": rows, "wrong": sum(bool(one.errors) for one in rows)}


@router.post("/imports/{import_id}/run", response={202: schemas.SheetOut})
@requires(Perm.IMPORT_RUN)
def run_import(request: Signed, import_id: UUID) -> Any:
    """In the worker; what was interrupted goes on, what was finished is gone through again."""
    run = imports.start(import_id=import_id, by=request.actor)
    tasks.defer_import(run.id, request.actor.user_id, request.actor.post_id)
    return Status(202, _out(run))


@router.get("/imports/{import_id}/rows", response=schemas.RowPage)
@requires(Perm.IMPORT_RUN)
def list_rows(request: Signed, import_id: UUID, outcome: str = "", cursor: str = "", limit: Limit = PAGE) -> Any:
    """Rows that were wrong, in conflict, perhaps doubles, or decided on."""
    run = selectors.import_of(import_id, by=request.actor)
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        raise Invalid(errors=[field_error("query.cursor", "翻页位置无效", "no such cursor")])
    found = selectors.rows(run, outcome=outcome, after=int(cursor or 0), limit=limit)
    items, following = selectors.page(found, limit)
    return {"items": [_shown(row, run) for row in items], "next": following, "total": None}


def _shown(row: ImportRow, run: Import) -> dict[str, Any]:
    held = imports_rows.opened(row)
    known = by_name(run.kind)
    differences = []
    for one in held.differences if held else ():
        field = known.get(one.field)
        differences.append(
            {
                "field": one.field,
                "name": imports_result.field_name(run.kind, one.field),
                "name_en": field.en if field else _ENGLISH.get(one.field, one.field),
                "known": selectors.shown(run.kind, one.field, one.known, elsewhere=bool(held and held.elsewhere)),
                "known_source": "" if held and held.elsewhere else one.known_source,
                "known_at": "" if held and held.elsewhere else one.known_at,
                "given": one.given,
                "given_source": held.source if held else "",
            }
        )
    elsewhere = bool(held and held.elsewhere)
    return {
        "id": row.id, "row": row.row, "outcome": row.outcome, "errors": row.errors, "conflict": differences,
        "elsewhere": elsewhere, "subject_id": None if elsewhere else row.subject_id, "decided_at": row.decided_at,
        "decisions": imports_deciding.decisions(row, run.kind, elsewhere=elsewhere),
    }  # fmt: skip


@router.post("/imports/{import_id}/rows/{row_id}", response=schemas.RowOut)
@requires(Perm.IMPORT_RUN)
def decide(request: Signed, import_id: UUID, row_id: UUID, body: schemas.RowDecision) -> Any:
    """Once for each row: keep what is known, replace it, fill gaps only, or register somebody new."""
    run = selectors.import_of(import_id, by=request.actor)
    row = imports_deciding.decide(import_id=run.id, row_id=row_id, decision=body.decision, by=request.actor)
    return _shown(row, run)


@router.get("/imports/{import_id}/result.xlsx")
@requires(Perm.IMPORT_RUN)
def result(request: Signed, import_id: UUID) -> HttpResponse:
    """The same sheet with one more column saying what became of each row."""
    run, out = selectors.import_of(import_id, by=request.actor), io.BytesIO()
    imports_result.write(run=run, out=out)
    return _file(out.getvalue(), f"import-{run.id}.xlsx")


@router.get("/templates/{kind}.xlsx")
@requires(Perm.IMPORT_RUN)
def read_template(request: Signed, kind: str) -> HttpResponse:
    """A sheet to fill in, with drop-downs, an explanation and an example."""
    del request
    return _file(template(kind, tags=selectors.tag_names()), f"wangge-{kind}.xlsx")


def _file(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=_XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
