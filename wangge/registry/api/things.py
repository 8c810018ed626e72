"""Premises, organisations, components and devices over HTTP."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Router, Status

from wangge.kit.policy import requires
from wangge.org.http import Signed, client_address
from wangge.registry import services
from wangge.registry.api.reading import Listed, given
from wangge.registry.policies import Perm
from wangge.registry.schemas import places as schemas
from wangge.registry.schemas.people import Merge
from wangge.registry.selectors import places

router = Router(tags=["registry"])
ThingKind = Literal["premises", "organisations", "components", "devices"]


def _document(kind: ThingKind, pk: UUID, request: Signed) -> dict[str, Any]:
    row = places.one(places.MODELS[kind], pk, actor=request.actor)
    return places.documents(kind, [row])[0]


@router.get("/premises", response=schemas.ThingPage, summary="场所列表")
@requires(Perm.PLACE_READ)
def premises_list(request: Signed, asked: Listed) -> Any:
    return places.things("premises", actor=request.actor, **asked.values())


@router.post("/premises", response={201: dict[str, Any]}, summary="新增场所")
@requires(Perm.PLACE_CHANGE)
def add_premises(request: Signed, body: schemas.PremisesIn) -> Any:
    row = services.save_premises(values=given(body), by=request.actor)
    return Status(201, _document("premises", row.pk, request))


@router.get("/premises/{premises_id}", response=dict[str, Any], summary="场所")
@requires(Perm.PLACE_READ)
def premises(request: Signed, premises_id: UUID) -> Any:
    return _document("premises", premises_id, request)


@router.patch("/premises/{premises_id}", response=dict[str, Any], summary="修改场所")
@requires(Perm.PLACE_CHANGE)
def change_premises(request: Signed, premises_id: UUID, body: schemas.PremisesChange) -> Any:
    services.save_premises(premises_id=premises_id, version=body.version, values=given(body), by=request.actor)
    return _document("premises", premises_id, request)


@router.get("/organisations", response=schemas.ThingPage, summary="单位列表")
@requires(Perm.PLACE_READ)
def organisations(request: Signed, asked: Listed) -> Any:
    return places.things("organisations", actor=request.actor, **asked.values())


@router.post("/organisations", response={201: dict[str, Any]}, summary="新增单位")
@requires(Perm.PLACE_CHANGE)
def add_organisation(request: Signed, body: schemas.OrganisationIn) -> Any:
    row = services.save_organisation(values=given(body), by=request.actor)
    return Status(201, _document("organisations", row.pk, request))


@router.get("/organisations/{organisation_id}", response=dict[str, Any], summary="单位")
@requires(Perm.PLACE_READ)
def organisation(request: Signed, organisation_id: UUID) -> Any:
    return _document("organisations", organisation_id, request)


@router.patch("/organisations/{organisation_id}", response=dict[str, Any], summary="修改单位")
@requires(Perm.PLACE_CHANGE)
def change_organisation(request: Signed, organisation_id: UUID, body: schemas.OrganisationChange) -> Any:
    services.save_organisation(
        organisation_id=organisation_id, version=body.version, values=given(body), by=request.actor
    )
    return _document("organisations", organisation_id, request)


@router.post("/organisations/{organisation_id}/merge", response=dict[str, Any], summary="合并重复单位")
@requires(Perm.PLACE_CHANGE)
def merge_organisations(request: Signed, organisation_id: UUID, body: Merge) -> Any:
    row = services.merge_organisations(
        keep_id=organisation_id, version=body.version, other_id=body.other, reason=body.reason, by=request.actor
    )
    return _document("organisations", row.pk, request)


@router.post("/organisations/{organisation_id}/look", response=schemas.ContactOut, summary="查看联系人")
@requires(Perm.PERSON_LOOK)
def look_at_organisation(request: Signed, organisation_id: UUID, body: schemas.ContactLook) -> Any:
    row = places.one(places.MODELS["organisations"], organisation_id, actor=request.actor)
    return services.look_at_contact(row=row, purpose=body.purpose, by=request.actor, address=client_address(request))


@router.get("/components", response=schemas.ThingPage, summary="部件列表")
@requires(Perm.PLACE_READ)
def components(request: Signed, asked: Listed) -> Any:
    return places.things("components", actor=request.actor, **asked.values())


@router.post("/components", response={201: dict[str, Any]}, summary="新增部件")
@requires(Perm.PLACE_CHANGE)
def add_component(request: Signed, body: schemas.ComponentIn) -> Any:
    row = services.save_component(values=given(body), by=request.actor)
    return Status(201, _document("components", row.pk, request))


@router.get("/components/{component_id}", response=dict[str, Any], summary="部件")
@requires(Perm.PLACE_READ)
def component(request: Signed, component_id: UUID) -> Any:
    return _document("components", component_id, request)


@router.patch("/components/{component_id}", response=dict[str, Any], summary="修改部件")
@requires(Perm.PLACE_CHANGE)
def change_component(request: Signed, component_id: UUID, body: schemas.ComponentChange) -> Any:
    services.save_component(component_id=component_id, version=body.version, values=given(body), by=request.actor)
    return _document("components", component_id, request)


@router.get("/devices", response=schemas.ThingPage, summary="设备列表")
@requires(Perm.PLACE_READ)
def devices(request: Signed, asked: Listed) -> Any:
    return places.things("devices", actor=request.actor, **asked.values())


@router.post("/devices", response={201: dict[str, Any]}, summary="新增设备")
@requires(Perm.PLACE_CHANGE)
def add_device(request: Signed, body: schemas.DeviceIn) -> Any:
    row = services.save_device(values=given(body), by=request.actor)
    return Status(201, _document("devices", row.pk, request))


@router.get("/devices/{device_id}", response=dict[str, Any], summary="设备")
@requires(Perm.PLACE_READ)
def device(request: Signed, device_id: UUID) -> Any:
    return _document("devices", device_id, request)


@router.patch("/devices/{device_id}", response=dict[str, Any], summary="修改设备")
@requires(Perm.PLACE_CHANGE)
def change_device(request: Signed, device_id: UUID, body: schemas.DeviceChange) -> Any:
    services.save_device(device_id=device_id, version=body.version, values=given(body), by=request.actor)
    return _document("devices", device_id, request)
