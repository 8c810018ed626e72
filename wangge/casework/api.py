"""Cases, whistles, attachments and saved views over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

import numpy as np
from django.conf import settings
from django.http import HttpResponse
from ninja import File, Form, Header, Query, Router, Status
from ninja.files import UploadedFile
from pydantic import ValidationError

from wangge.audit import services as audit
from wangge.casework import attachments, documents, explaining, export, receipts, schemas, selectors, services
from wangge.casework.models import SavedView, Urgency
from wangge.casework.policies import Perm
from wangge.casework.schemas_time import ExplanationOut
from wangge.casework.workflow import State
from wangge.kit import geo
from wangge.kit.errors import Invalid, NotFound, TooLarge, field_error
from wangge.kit.policy import requires
from wangge.org import channels, http, scope
from wangge.org.http import Signed

router = Router(tags=["casework"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TAKEN_BY_US = frozenset({"case_id", "step", "version", "by", "at"})


def _filters(query: schemas.CaseFilter) -> selectors.Filters:
    return selectors.Filters(
        view=query.view,
        states=_values("state", query.state, State.values),
        category=query.category or "",
        area=query.area,
        unit=query.unit,
        building=query.building,
        channel=query.channel or "",
        urgencies=_values("urgency", query.urgency, Urgency.values),
        cards=_values("card", query.card, ["yellow", "red"]),
        overdue=bool(query.overdue),
        q=query.q or "",
        first_day=query.from_,
        last_day=query.to,
        sort=query.sort,
    )


def _values(name: str, raw: str | None, known: list[str]) -> tuple[str, ...]:
    chosen = tuple(part for part in (raw or "").split(",") if part)
    wrong = [one for one in chosen if one not in known]
    if wrong:
        raise Invalid(errors=[field_error(f"query.{name}", f"没有“{wrong[0][:20]}”", f"there is no {wrong[0][:20]!r}")])
    return chosen


@router.post("/cases", response={201: schemas.CaseRow}, summary="上报案件")
@requires(Perm.SUBMIT)
def submit_case(
    request: Signed, body: schemas.CaseIn, idempotency_key: Annotated[str, Header(alias="Idempotency-Key")]
) -> Any:
    """The same key with the same body is answered with the same reply, with another body 409 idempotency_mismatch."""
    key = (receipts.owner_of(request.actor), idempotency_key)
    done = services.submit(
        **_matter(body, request.actor),
        by=request.actor,
        key=key,
        body_hash=services.hash_of(body.model_dump(mode="json", exclude_unset=True)),
        respond=receipts.receipt,
    )
    return Status(201, done.reply or receipts.receipt(done.case))


def _matter(body: schemas.CaseIn, actor: scope.Actor) -> dict[str, Any]:
    lon, lat = body.lon, body.lat
    if lon is not None and lat is not None and body.crs not in {"WGS84", "CGCS2000"}:
        lons, lats = geo.to_wgs84(np.array([lon]), np.array([lat]), body.crs)
        lon, lat = float(lons[0]), float(lats[0])
    return {
        "title": body.title,
        "description": body.description,
        "channel": _channel(body, actor),
        "category_code": body.category or None,
        "urgency": body.urgency,
        "address": body.address,
        "lon": lon,
        "lat": lat,
        "area_id": body.area,
        "reporter_name": body.reporter_name,
        "reporter_phone": body.reporter_phone,
        "source_ref": body.source_ref,
        "claimed_at": body.claimed_at,
        "attachment_ids": tuple(body.attachments),
        "on_the_spot": body.on_the_spot,
        "result": body.result,
    }


def _channel(body: schemas.CaseIn, actor: scope.Actor) -> str:
    """A neighbouring system speaks for its own channel only; people found it on patrol unless they say otherwise."""
    return channels.check_claim(body.channel or actor.channel or "patrol", by=actor, at="body.channel")


@router.post("/cases/bulk", response=schemas.BulkOut, summary="批量上报")
@requires(Perm.SUBMIT)
def submit_bulk(request: Signed, body: schemas.BulkIn) -> Any:
    """At most 1000 cases, each answered by itself; sending the same keys again makes nothing twice."""
    results: list[dict[str, Any]] = []
    by_channel: dict[str, list[dict[str, Any]]] = {}
    for item in body.cases:
        try:
            read = schemas.BulkCaseIn.model_validate(item)
            matter = _matter(read, request.actor)
        except ValidationError as error:
            results.append({"key": str(item.get("key", ""))[:80], "status": 422, "errors": _row_errors(error)})
            continue
        except Invalid as error:
            errors = [{**one, "at": one["at"].removeprefix("body.")} for one in error.errors]
            results.append({"key": read.key, "status": 422, "errors": errors})
            continue
        by_channel.setdefault(matter.pop("channel"), []).append({"key": read.key, **matter})
    for channel, items in by_channel.items():
        owner = receipts.owner_of(request.actor)
        for one in services.submit_many(items, channel=channel, by=request.actor, owner=owner):
            results.append(
                {"key": one.key, "status": one.status, "id": one.case_id, "number": one.number, "errors": one.errors}
            )
    order = {str(item.get("key", ""))[:80]: position for position, item in enumerate(body.cases)}
    return {"results": sorted(results, key=lambda one: order.get(one["key"], 0))}


def _row_errors(error: ValidationError) -> list[dict[str, str]]:
    return [
        field_error(".".join(str(part) for part in one["loc"]), "填写有误：" + one["msg"], one["msg"])
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]


@router.get("/cases", response=schemas.CasePage, summary="案件列表")
@requires(Perm.READ)
def list_cases(request: Signed, query: Query[schemas.CaseListQuery]) -> Any:
    if query.q:
        http.pace_search(request, query.q)
    found = selectors.page(actor=request.actor, filters=_filters(query), cursor=query.cursor, limit=query.limit)
    return {"items": documents.rows_of(found.items, request.actor), "next": found.next, "total": found.total}


@router.get("/cases/counts", response=schemas.Counts, summary="各列表数量")
@requires(Perm.READ)
def count_cases(request: Signed) -> Any:
    return selectors.counts(actor=request.actor)


@router.get("/cases/export.xlsx", summary="导出 Excel")
@requires(Perm.EXPORT)
def export_cases(request: Signed, query: Query[schemas.CaseFilter]) -> HttpResponse:
    http.pace_search(request)
    response = HttpResponse(export.workbook(actor=request.actor, filters=_filters(query)), content_type=XLSX)
    return _as_file(response, export.filename(), inline=False)


@router.get("/cases/nearby", response=list[schemas.NearbyCase], summary="附近相似案件")
@requires(Perm.READ)
def list_nearby(
    request: Signed,
    lon: schemas.Longitude,
    lat: schemas.Latitude,
    category: str = "",
    text: str = "",
) -> Any:
    """Open cases within 300 m that may be the same matter."""
    found = selectors.nearby(actor=request.actor, lon=lon, lat=lat, category=category[:24], text=text[:200])
    return [
        documents.case_row(one.case, request.actor) | {"distance_m": one.distance_m, "reason": one.reason}
        for one in found
    ]


@router.get("/cases/{case_id}", response=schemas.CaseOut, summary="案件详情")
@requires(Perm.READ)
def read_case(request: Signed, case_id: UUID) -> Any:
    return documents.case_document(selectors.case_of(case_id, actor=request.actor), request.actor)


@router.post("/cases/{case_id}/steps/{step}", response=schemas.CaseOut, summary="办理一步")
@requires(Perm.READ)
def take_step(request: Signed, case_id: UUID, step: str, body: schemas.StepIn) -> Any:
    """One step of the case's life; which are possible and what each needs is told by the case's `actions`."""
    fields = body.model_extra or {}
    ours = sorted(_TAKEN_BY_US & set(fields))
    if ours:
        raise Invalid(
            errors=[field_error(f"body.{name}", "此步骤没有这一项", "Not an input of this step") for name in ours]
        )
    services.take(case_id=case_id, step=step, version=body.version, by=request.actor, reason=body.reason, **fields)
    return _after_step(case_id, request.actor)


def _after_step(case_id: UUID, actor: scope.Actor) -> dict[str, Any]:
    """The case as it is now. A step may have handed it out of its actor's sight; it is done all the same."""
    try:
        return documents.case_document(selectors.case_of(case_id, actor=actor), actor)
    except NotFound:
        with scope.unrestricted():
            left = replace(actor, scope=scope.EVERYTHING, permissions=frozenset())
            return documents.case_document(selectors.case_of(case_id, actor=left), left)


@router.get("/cases/{case_id}/clocks/{clock_id}/explanation", response=ExplanationOut, summary="期限为何是这一时刻")
@requires(Perm.READ)
def explain_clock(request: Signed, case_id: UUID, clock_id: UUID) -> Any:
    return explaining.explanation(case_id=case_id, clock_id=clock_id, actor=request.actor)


@router.post("/cases/{case_id}/look", response=schemas.LookOut, summary="查看反映人（留痕）")
@requires(Perm.LOOK)
def look_at_reporter(request: Signed, case_id: UUID, body: schemas.LookIn) -> Any:
    """The reporter's name and phone in the clear; who looked and what for is kept."""
    case = selectors.case_of(case_id, actor=request.actor)
    audit.look(
        actor=request.actor,
        subject_type="case",
        subject_id=case.pk,
        fields=["reporter_name", "reporter_phone"],
        purpose=body.purpose,
        address=http.client_address(request),
    )
    name, phone = documents.reporter_of(case)
    return {"reporter_name": name, "reporter_phone": phone}


@router.post("/attachments", response={201: schemas.UploadOut}, summary="上传照片或文件")
@requires(Perm.SUBMIT, Perm.HANDLE, Perm.VERIFY, Perm.ASK_TIME)
def upload(request: Signed, file: File[UploadedFile], phase: Form[schemas.PhaseCode] = "report") -> Any:
    """Kept for a day until a case claims it by its id."""
    limit = settings.WANGGE.upload_limit_mb
    if file.size is not None and file.size > limit * 1024 * 1024:
        raise TooLarge(f"文件超过 {limit} MB", f"The file is larger than {limit} MiB")
    made = attachments.store(data=file.read(), filename=file.name or "", phase=phase, uploader_id=request.actor.user_id)
    return Status(201, documents.attachment_document(made))


@router.get("/attachments/{attachment_id}/{variant}", summary="附件")
@requires(Perm.READ)
def fetch_attachment(
    request: Signed, attachment_id: UUID, variant: Literal["picture", "thumbnail", "sealed"], purpose: str = ""
) -> HttpResponse:
    served = attachments.fetch(
        attachment_id, variant, actor=request.actor, purpose=purpose, address=http.client_address(request)
    )
    response = HttpResponse(served.data, content_type=served.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store" if variant == "sealed" else "private, max-age=3600"
    return _as_file(response, served.name, inline=served.inline)


def _as_file(response: HttpResponse, name: str, *, inline: bool) -> HttpResponse:
    kind = "inline" if inline else "attachment"
    response["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(name, safe='')}"
    return response


@router.get("/whistles", response=schemas.WhistlePage, summary="吹哨")
@requires(Perm.READ)
def list_whistles(request: Signed, view: Literal["open", "mine", "ended"] = "open") -> Any:
    found = selectors.whistles(actor=request.actor, view=view)
    items = [documents.whistle_document(one, request.actor) for one in found]
    return {"items": items, "next": None, "total": len(items)}


@router.post("/whistles/{whistle_id}/steps/{step}", response=schemas.WhistleOut, summary="报到、协同、评价、结束")
@requires(Perm.REPORT_IN, Perm.WHISTLE, Perm.WHISTLE_END)
def take_whistle_step(
    request: Signed,
    whistle_id: UUID,
    step: Literal["report_in", "contribute", "grade", "end"],
    body: schemas.WhistleStepIn,
) -> Any:
    given = body.model_dump(exclude_none=True)
    services.whistle_step(whistle_id=whistle_id, verb=step, by=request.actor, **given)
    return documents.whistle_document(selectors.whistle_of(whistle_id, actor=request.actor), request.actor)


@router.get("/views", response=schemas.SavedViewPage, summary="保存的视图")
@requires(Perm.READ)
def list_views(request: Signed) -> Any:
    return {"items": [_view(one) for one in selectors.saved_views(request.actor)]}


@router.post("/views", response={201: schemas.SavedViewOut}, summary="保存视图")
@requires(Perm.READ)
def save_view(request: Signed, body: schemas.SavedViewIn) -> Any:
    return Status(201, _view(services.save_view(name=body.name, filters=body.filters, by=request.actor)))


@router.delete("/views/{view_id}", response={204: None}, summary="删除视图")
@requires(Perm.READ)
def delete_view(request: Signed, view_id: UUID) -> Any:
    services.delete_view(view_id=view_id, by=request.actor)
    return Status(204, None)


def _view(view: SavedView) -> dict[str, Any]:
    return {"id": view.pk, "name": view.name, "filters": view.query}
