"""Places over HTTP: my grid, buildings and their boards, dwellings, and what stands in the city."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from wangge.kit.errors import Invalid, field_error
from wangge.kit.policy import requires
from wangge.kit.schema import Named
from wangge.org.http import Signed, client_address
from wangge.registry import selectors, services
from wangge.registry.api.reading import Listed, Words, given
from wangge.registry.policies import Perm
from wangge.registry.schemas import places as schemas
from wangge.registry.selectors import board, living, overview, places

router = Router(tags=["registry"])
Limit = Annotated[int, Field(ge=1, le=100)]


def _box(bbox: str) -> list[float] | None:
    if not bbox:
        return None
    try:
        numbers = [float(part) for part in bbox.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(-180 <= number <= 180 for number in numbers):
        raise Invalid(
            errors=[field_error("query.bbox", "应为 西,南,东,北 四个度数", "west,south,east,north in degrees")]
        )
    return numbers


@router.get("/grid", response=schemas.GridOut, summary="网格一览")
@requires(Perm.PLACE_READ)
def grid(request: Signed, area: UUID | None = None) -> Any:
    return overview.grid_page(actor=request.actor, area_id=area)


@router.get("/map", response=dict[str, Any], summary="楼栋分布图")
@requires(Perm.PLACE_READ)
def building_map(request: Signed, area: UUID | None = None) -> Any:
    return overview.map_of_buildings(actor=request.actor, area_id=area)


@router.get("/fields", response=list[schemas.FieldRuleOut], summary="字段规则")
@requires()
def fields(request: Signed) -> Any:
    return selectors.field_rules()


@router.get("/tag-kinds", response=list[schemas.TagKindOut], summary="人群标签种类")
@requires()
def tag_kinds(request: Signed) -> Any:
    return selectors.tag_kinds()


@router.get("/vocabulary", response=schemas.VocabularyOut, summary="场所、部件、设备的用词")
@requires(Perm.PLACE_READ)
def vocabulary(request: Signed) -> Any:
    return selectors.vocabulary()


# --- buildings and dwellings -------------------------------------------------------------------------------------


@router.get("/buildings", response=schemas.BuildingPage, summary="楼栋列表")
@requires(Perm.PLACE_READ)
def buildings(
    request: Signed,
    area: UUID | None = None,
    q: Words = "",
    bbox: Annotated[str, Field(max_length=120)] = "",
    cursor: Annotated[str, Field(max_length=40)] = "",
    limit: Limit = 50,
) -> Any:
    return places.building_list(actor=request.actor, area_id=area, q=q, bbox=_box(bbox), cursor=cursor, limit=limit)


@router.post("/buildings", response={201: schemas.BuildingOut}, summary="新增楼栋")
@requires(Perm.PLACE_CHANGE)
def add_building(request: Signed, body: schemas.BuildingIn) -> Any:
    return Status(201, places.building_document(services.save_building(values=given(body), by=request.actor)))


@router.get("/buildings/{building_id}", response=schemas.BuildingOut, summary="楼栋")
@requires(Perm.PLACE_READ)
def building(request: Signed, building_id: UUID) -> Any:
    return places.building_document(places.building_of(building_id, actor=request.actor))


@router.patch("/buildings/{building_id}", response=schemas.BuildingOut, summary="修改楼栋")
@requires(Perm.PLACE_CHANGE)
def change_building(request: Signed, building_id: UUID, body: schemas.BuildingChange) -> Any:
    row = services.save_building(building_id=building_id, version=body.version, values=given(body), by=request.actor)
    return places.building_document(row)


@router.get("/buildings/{building_id}/board", response=schemas.BoardOut, summary="楼盘表")
@requires(Perm.PLACE_READ)
def building_board(request: Signed, building_id: UUID) -> Any:
    return board.board(building_id, actor=request.actor)


@router.post("/buildings/{building_id}/entrances", response={201: Named}, summary="新增单元")
@requires(Perm.PLACE_CHANGE)
def add_entrance(request: Signed, building_id: UUID, body: schemas.EntranceIn) -> Any:
    return Status(201, services.save_entrance(building_id=building_id, values=given(body), by=request.actor))


@router.patch("/buildings/{building_id}/entrances/{entrance_id}", response=Named, summary="修改单元")
@requires(Perm.PLACE_CHANGE)
def change_entrance(request: Signed, building_id: UUID, entrance_id: UUID, body: schemas.EntranceIn) -> Any:
    return services.save_entrance(
        building_id=building_id, entrance_id=entrance_id, values=given(body), by=request.actor
    )


@router.post("/buildings/{building_id}/dwellings", response={201: list[schemas.DwellingRow]}, summary="新增房屋")
@requires(Perm.PLACE_CHANGE)
def add_dwellings(request: Signed, building_id: UUID, body: schemas.DwellingsIn) -> Any:
    made = services.add_dwellings(
        building_id=building_id, labels=body.labels, entrance_id=body.entrance, use=body.use, by=request.actor
    )
    return Status(201, made)


@router.get("/dwellings/{dwelling_id}", response=dict[str, Any], summary="房屋与住户")
@requires(Perm.PLACE_READ)
def dwelling(request: Signed, dwelling_id: UUID) -> Any:
    return living.dwelling_page(dwelling_id, actor=request.actor)


@router.patch("/dwellings/{dwelling_id}", response=schemas.DwellingRow, summary="修改房屋")
@requires(Perm.PLACE_CHANGE)
def change_dwelling(request: Signed, dwelling_id: UUID, body: schemas.DwellingChange) -> Any:
    return services.save_dwelling(dwelling_id=dwelling_id, version=body.version, values=given(body), by=request.actor)


@router.delete("/dwellings/{dwelling_id}", response=schemas.DwellingRow, summary="注销房屋")
@requires(Perm.PLACE_CHANGE)
def end_dwelling(request: Signed, dwelling_id: UUID, body: schemas.DwellingEnd) -> Any:
    return services.end_dwelling(
        dwelling_id=dwelling_id, version=body.version, reason=body.reason, on=body.on, by=request.actor
    )


@router.post(
    "/buildings/{building_id}/dwellings/replace", response={201: list[schemas.DwellingRow]}, summary="房屋拆分、合并"
)
@requires(Perm.PLACE_CHANGE)
def replace_dwellings(request: Signed, building_id: UUID, body: schemas.DwellingsReplaced) -> Any:
    made = services.replace_dwellings(
        building_id=building_id, dwelling_ids=body.dwellings, labels=body.labels, residents_to=body.residents_to,
        reason=body.reason, on=body.on, by=request.actor,
    )  # fmt: skip
    return Status(201, made)


# --- photos ------------------------------------------------------------------------------------------------------


@router.post("/photos", response={201: schemas.PhotoOut}, summary="上传照片")
@requires(Perm.PLACE_CHANGE)
def add_photo(request: Signed, subject_type: Form[str], subject_id: Form[UUID], file: File[UploadedFile]) -> Any:
    row = services.add_photo(subject_type=subject_type, subject_id=subject_id, data=file.read(), by=request.actor)
    return Status(201, places.photo_document(row))


@router.get("/photos", response=list[schemas.PhotoOut], summary="照片")
@requires(Perm.PLACE_READ)
def photos(request: Signed, subject_type: Annotated[str, Field(max_length=16)], subject_id: UUID) -> Any:
    return places.photos_of(subject_type, subject_id, actor=request.actor)


@router.get("/photos/{photo_id}/{variant}", summary="照片文件")
@requires(Perm.PLACE_READ)
def photo_file(request: Signed, photo_id: UUID, variant: Literal["picture", "thumbnail"]) -> HttpResponse:
    data = selectors.photo_data(photo_id, variant, actor=request.actor)
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type="image/jpeg", headers=headers)


@router.delete("/photos/{photo_id}", response={204: None}, summary="删除照片")
@requires(Perm.PLACE_CHANGE)
def remove_photo(request: Signed, photo_id: UUID) -> Any:
    services.remove_photo(photo_id=photo_id, by=request.actor)
    return Status(204, None)


# --- estates -----------------------------------------------------------------------------------------------------


@router.get("/estates/{estate_id}", response=dict[str, Any], summary="小区与三方")
@requires(Perm.PLACE_READ)
def estate(request: Signed, estate_id: UUID) -> Any:
    return places.estate_document(estate_id, actor=request.actor)


@router.post("/estates", response={201: dict[str, Any]}, summary="新增小区")
@requires(Perm.PLACE_CHANGE)
def add_estate(request: Signed, body: schemas.EstateIn) -> Any:
    row = services.save_estate(values=given(body), by=request.actor)
    return Status(201, places.estate_document(row.pk, actor=request.actor))


@router.patch("/estates/{estate_id}", response=dict[str, Any], summary="修改小区")
@requires(Perm.PLACE_CHANGE)
def change_estate(request: Signed, estate_id: UUID, body: schemas.EstateChange) -> Any:
    services.save_estate(estate_id=estate_id, version=body.version, values=given(body), by=request.actor)
    return places.estate_document(estate_id, actor=request.actor)


@router.post("/estates/{estate_id}/services", response={201: dict[str, Any]}, summary="登记服务单位")
@requires(Perm.PLACE_CHANGE)
def serve_estate(request: Signed, estate_id: UUID, body: schemas.ServiceIn) -> Any:
    row = services.serve_estate(estate_id=estate_id, values=given(body), by=request.actor)
    return Status(201, places.service_document(row))


@router.delete("/estates/{estate_id}/services/{service_id}", response=dict[str, Any], summary="终止服务单位")
@requires(Perm.PLACE_CHANGE)
def end_service(request: Signed, estate_id: UUID, service_id: UUID, body: schemas.ServiceEnd) -> Any:
    row = services.end_service(estate_id=estate_id, service_id=service_id, on=body.on, by=request.actor)
    return places.service_document(row)


@router.post("/estates/{estate_id}/services/{service_id}/look", response=schemas.ContactOut, summary="查看联系人")
@requires(Perm.PERSON_LOOK)
def look_at_service(request: Signed, estate_id: UUID, service_id: UUID, body: schemas.ContactLook) -> Any:
    row = places.service_of(estate_id, service_id)
    return services.look_at_contact(row=row, purpose=body.purpose, by=request.actor, address=client_address(request))


@router.get("/estates", response=schemas.ThingPage, summary="小区列表")
@requires(Perm.PLACE_READ)
def estates(request: Signed, asked: Listed) -> Any:
    return places.things("estates", actor=request.actor, **asked.values())
