"""Channels and imports over HTTP."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile
from pydantic import ValidationError

from wangge.intake import fields, selectors, services, tasks
from wangge.intake.models import Import
from wangge.intake.policies import Perm
from wangge.kit import strictjson
from wangge.kit.errors import Invalid, field_error
from wangge.kit.policy import requires
from wangge.kit.schema import Out
from wangge.org import channels
from wangge.org.http import Signed

router = Router()
SAMPLE = 20


class ChannelOut(Out):
    code: str
    name: str
    name_en: str
    claimable: bool  # by the person who asks, for a matter they hand in


class ImportOut(Out):
    id: UUID
    state: str
    state_name: str
    channel: str
    filename: str
    mapping: dict[str, str]
    options: dict[str, Any]
    total: int
    created: int
    duplicate: int
    queued: int
    failed: int
    message: str
    at: dt.datetime
    finished_at: dt.datetime | None


class FieldOut(Out):
    name: str
    zh: str
    en: str
    required: bool
    history: bool


class PreviewOut(ImportOut):
    columns: list[str]
    sample: list[list[str]]
    problems: list[dict[str, str]]
    problem_rows: int
    fields: list[FieldOut]


def _out(run: Import) -> dict[str, Any]:
    names = (
        "id",
        "state",
        "channel",
        "filename",
        "mapping",
        "options",
        "total",
        "created",
        "duplicate",
        "queued",
        "failed",
        "message",
        "at",
        "finished_at",
    )
    return {name: getattr(run, name) for name in names} | {"state_name": run.get_state_display()}


@router.get("/channels", response=list[ChannelOut])
@requires()
def list_channels(request: Signed) -> Any:
    return [
        {
            "code": one.code,
            "name": one.name,
            "name_en": one.name_en,
            "claimable": channels.may_claim(one, request.actor),
        }
        for one in channels.known().values()
    ]


def _json_form(name: str, raw: str) -> dict[str, Any]:
    if not raw.strip():
        return {}
    value = strictjson.parse(raw.encode())
    if not isinstance(value, dict):
        raise Invalid(errors=[field_error(name, "应为 JSON 对象", "a JSON object is needed")])
    return value


def _options(raw: dict[str, Any]) -> fields.Options:
    known = set(fields.Options.__dataclass_fields__)
    errors = [field_error(f"options.{n}", "没有这个选项", "there is no such option") for n in raw if n not in known]
    if errors:
        raise Invalid(errors=errors)
    try:
        return fields.OPTIONS.validate_python(raw)
    except ValidationError as error:
        raise Invalid(
            errors=[
                field_error("options." + ".".join(map(str, e["loc"])), "选项的值不对", str(e["msg"]))
                for e in json.loads(error.json())
            ]
        ) from error


@router.post("/intake/imports", response={201: PreviewOut})
@requires(Perm.IMPORT)
def preview_import(
    request: Signed,
    file: File[UploadedFile],
    channel: Form[str],
    mapping: Form[str] = "",
    options: Form[str] = "",
) -> Any:
    """Upload a file: it is kept and read, nothing is imported yet."""
    chosen = {str(k): str(v) for k, v in _json_form("mapping", mapping).items() if v}
    result = services.preview(
        data=file.read(),
        filename=file.name or "",
        channel=channel,
        mapping=chosen or None,
        options=_options(_json_form("options", options)),
        by=request.actor,
    )
    shown = _out(result.run) | {
        "columns": list(result.table.columns),
        "sample": result.table.rows[:SAMPLE],
        "problems": result.problems[:200],
        "problem_rows": len({p["row"] for p in result.problems}),
        "fields": [
            {"name": f.name, "zh": f.zh, "en": f.en, "required": f.required, "history": f.history}
            for f in fields.FIELDS
        ],
    }
    return Status(201, shown)


@router.post("/intake/imports/{import_id}/run", response={202: ImportOut})
@requires(Perm.IMPORT)
def run_import(request: Signed, import_id: UUID) -> Any:
    """Start the import in the worker."""
    run = services.start(import_id=import_id, by=request.actor)
    tasks.defer_import(run.id, request.actor.user_id, request.actor.post_id)
    return Status(202, _out(run))


@router.get("/intake/imports", response=list[ImportOut])
@requires(Perm.IMPORT)
def list_imports(request: Signed) -> Any:
    return [_out(run) for run in selectors.imports(by=request.actor)[:50]]


@router.get("/intake/imports/{import_id}", response=ImportOut)
@requires(Perm.IMPORT)
def read_import(request: Signed, import_id: UUID) -> Any:
    return _out(selectors.import_of(import_id, by=request.actor))


@router.get("/intake/imports/{import_id}/result.xlsx")
@requires(Perm.IMPORT)
def import_result(request: Signed, import_id: UUID) -> HttpResponse:
    """The same sheet with one more column saying what became of each row."""
    run = selectors.import_of(import_id, by=request.actor)
    response = HttpResponse(
        services.annotated(run=run), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = f'attachment; filename="import-{run.id}.xlsx"'
    return response
