"""People, households and the search over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router, Status
from pydantic import Field

from wangge.audit import services as audit
from wangge.kit.errors import Invalid, NotFound, field_error
from wangge.kit.policy import requires
from wangge.org import http, scope
from wangge.org.http import Signed
from wangge.org.scope import Actor
from wangge.registry.api.looking import SHORTEST_PURPOSE, pace_look, purpose_of_search, refusals_kept
from wangge.registry.api.reading import Words
from wangge.registry.models import Person
from wangge.registry.policies import Perm
from wangge.registry.schemas import people as schemas
from wangge.registry.selectors import living, people, search, timeline
from wangge.registry.services import households, merging, relations, residence, tags, ties
from wangge.registry.services import people as registering
from wangge.registry.services.keeping import stated
from wangge.registry.services.looks import note_exact_search

router = Router(tags=["registry"])


def _after(person: Person, actor: Actor) -> dict[str, Any]:
    """The person as they are now. A move may have taken them out of the actor's sight; it is done all the same."""
    try:
        return people.document(people.person_of(person.pk, actor=actor), actor=actor)
    except NotFound:
        with scope.unrestricted():
            blind = replace(actor, scope=scope.EVERYTHING, permissions=frozenset())
            return people.document(people.person_of(person.pk, actor=blind), actor=blind)


@router.get("/persons", response=schemas.PersonPage, summary="人员列表")
@requires(Perm.PERSON_READ)
def persons(
    request: Signed,
    area: UUID | None = None,
    tag: Annotated[str, Field(max_length=24)] = "",
    cursor: UUID | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 50,
) -> Any:
    return living.people_list(actor=request.actor, area_id=area, tag=tag, cursor=cursor, limit=limit)


@router.post("/persons", response={201: schemas.ResidentOut}, summary="登记人员")
@requires(Perm.PERSON_CHANGE)
def add_person(request: Signed, body: schemas.PersonIn) -> Any:
    """Somebody who had moved out comes back as the same person; a number that is registered is 409."""
    person = registering.add_person(
        given=_facts(body), registration=body.registration, dwelling_id=body.dwelling, area_id=body.area,
        role=body.role, household_id=body.household, household_role=body.household_role, since=body.since,
        source=body.source, two_people=body.two_people, by=request.actor,
    )  # fmt: skip
    return Status(201, _after(person, request.actor))


@router.get("/persons/{person_id}", response=schemas.ResidentOut, summary="人员")
@requires(Perm.PERSON_READ)
def person(request: Signed, person_id: UUID) -> Any:
    return people.document(people.person_of(person_id, actor=request.actor), actor=request.actor)


@router.patch("/persons/{person_id}", response=schemas.ResidentOut, summary="修改资料")
@requires(Perm.PERSON_CHANGE)
def change_person(request: Signed, person_id: UUID, body: schemas.PersonChange) -> Any:
    given = _facts(body)
    for name in ("registration", "household_role"):
        if (value := getattr(body, name)) is not None:
            given[name] = value
    row = registering.change_person(
        person_id=person_id,
        version=body.version,
        given=given,
        source=body.source,
        propose=body.propose,
        by=request.actor,
    )
    return _after(row, request.actor)


@router.post("/persons/{person_id}/look", response=dict[str, Any], summary="查看完整信息（留痕）")
@requires(Perm.PERSON_LOOK)
def look_at_person(request: Signed, person_id: UUID, body: schemas.PersonLookIn) -> Any:
    """Only the fields asked for; who looked and what for is kept and shown to the person concerned."""
    row = people.person_of(person_id, actor=request.actor)
    with refusals_kept(request, subject="person", subject_id=row.pk, fields=body.fields):
        fields = people.fields_to_look_at(row, body.fields, actor=request.actor)
        purpose = stated("body.purpose", body.purpose, least=SHORTEST_PURPOSE, most=200)
        pace_look(request)
    audit.look(
        actor=request.actor, subject_type="person", subject_id=row.pk, fields=fields, purpose=purpose,
        address=http.client_address(request),
    )  # fmt: skip
    return people.look(row, fields, actor=request.actor)


@router.get("/persons/{person_id}/looks", response=list[schemas.PersonLookOut], summary="谁查看过")
@requires(Perm.PERSON_READ)
def looks(request: Signed, person_id: UUID) -> Any:
    return people.looks_at(people.person_of(person_id, actor=request.actor))


@router.get("/persons/{person_id}/timeline", response=list[schemas.Event], summary="变动记录")
@requires(Perm.PERSON_READ)
def person_timeline(request: Signed, person_id: UUID) -> Any:
    return timeline.timeline(people.person_of(person_id, actor=request.actor), actor=request.actor)


@router.post("/persons/{person_id}/move", response=schemas.ResidentOut, summary="迁移")
@requires(Perm.PERSON_CHANGE)
def move_person(request: Signed, person_id: UUID, body: schemas.Move) -> Any:
    row = residence.move_person(
        person_id=person_id, version=body.version, dwelling_id=body.dwelling_id, on=body.on, role=body.role,
        household_id=body.household, household_role=body.household_role, source=body.source, by=request.actor,
    )  # fmt: skip
    return _after(row, request.actor)


@router.post("/persons/{person_id}/leave", response=schemas.ResidentOut, summary="外出、迁出、去世")
@requires(Perm.PERSON_CHANGE)
def leave_person(request: Signed, person_id: UUID, body: schemas.Leave) -> Any:
    row = residence.leave_person(
        person_id=person_id, version=body.version, status=body.status, on=body.on, reason=body.reason, by=request.actor
    )
    return _after(row, request.actor)


@router.post("/persons/{person_id}/merge", response=schemas.ResidentOut, summary="合并重复登记")
@requires(Perm.PERSON_CHANGE)
def merge_persons(request: Signed, person_id: UUID, body: schemas.Merge) -> Any:
    row = merging.merge_persons(
        keep_id=person_id, version=body.version, other_id=body.other, reason=body.reason, by=request.actor
    )
    return _after(row, request.actor)


@router.post("/persons/{person_id}/confirm", response=schemas.ResidentOut, summary="核实")
@requires(Perm.PERSON_CHANGE)
def confirm_person(request: Signed, person_id: UUID, body: schemas.Groups) -> Any:
    row = registering.confirm_person(person_id=person_id, groups=body.groups, source=body.source, by=request.actor)
    return _after(row, request.actor)


# --- groups and relations ----------------------------------------------------------------------------------------


@router.post("/persons/{person_id}/tags", response={201: schemas.ResidentOut}, summary="加入人群标签")
@requires(Perm.TAG_CHANGE)
def add_tag(request: Signed, person_id: UUID, body: schemas.TagIn) -> Any:
    values = body.model_dump(exclude={"unit"})
    made = tags.tag(person_id=person_id, unit_id=body.unit, by=request.actor, **values)
    return Status(201, _after(made.person, request.actor))


@router.patch("/persons/{person_id}/tags/{tag_id}", response=schemas.ResidentOut, summary="复核人群标签")
@requires(Perm.TAG_CHANGE)
def review_tag(request: Signed, person_id: UUID, tag_id: UUID, body: schemas.TagReview) -> Any:
    return _of_person(
        request, person_id, lambda: tags.review_tag(
            tag_id=tag_id, person_id=person_id, source=body.source, detail=body.detail, unit_id=body.unit,
            by=request.actor,
        ),
    )  # fmt: skip


@router.delete("/persons/{person_id}/tags/{tag_id}", response=schemas.ResidentOut, summary="移除人群标签")
@requires(Perm.TAG_CHANGE)
def end_tag(request: Signed, person_id: UUID, tag_id: UUID, body: schemas.TagEnd) -> Any:
    return _of_person(
        request, person_id, lambda: tags.untag(
            tag_id=tag_id, person_id=person_id, reason=body.reason, on=body.on, by=request.actor
        ),
    )  # fmt: skip


def _of_person(request: Signed, person_id: UUID, act: Callable[[], Any]) -> dict[str, Any]:
    row = people.person_of(person_id, actor=request.actor)
    act()
    return _after(row, request.actor)


@router.post("/persons/{person_id}/relations", response={201: schemas.ResidentOut}, summary="登记关系")
@requires(Perm.PERSON_CHANGE)
def add_relation(request: Signed, person_id: UUID, body: schemas.RelationIn) -> Any:
    made = relations.relate(person_id=person_id, other_id=body.other, kind=body.kind, by=request.actor)
    return Status(201, _after(made.person, request.actor))


@router.delete("/persons/{person_id}/relations/{relation_id}", response=schemas.ResidentOut, summary="取消关系")
@requires(Perm.PERSON_CHANGE)
def end_relation(request: Signed, person_id: UUID, relation_id: UUID) -> Any:
    return _of_person(
        request,
        person_id,
        lambda: relations.unrelate(person_id=person_id, relation_id=relation_id, by=request.actor),
    )


@router.post("/persons/{person_id}/ties", response={201: schemas.ResidentOut}, summary="登记产权、承租、从业、负责")
@requires(Perm.PERSON_CHANGE)
def add_tie(request: Signed, person_id: UUID, body: schemas.TieIn) -> Any:
    made = ties.tie(
        person_id=person_id, kind=body.kind, dwelling=body.dwelling, building=body.building, premises=body.premises,
        role=body.role, since=body.since, source=body.source, by=request.actor,
    )  # fmt: skip
    assert made.person is not None
    return Status(201, _after(made.person, request.actor))


@router.delete("/persons/{person_id}/ties/{tie_id}", response=schemas.ResidentOut, summary="结束产权、承租、从业、负责")
@requires(Perm.PERSON_CHANGE)
def end_tie(request: Signed, person_id: UUID, tie_id: UUID, body: schemas.TieEnd) -> Any:
    return _of_person(
        request, person_id, lambda: ties.untie(person_id=person_id, tie_id=tie_id, on=body.on, by=request.actor)
    )


# --- households --------------------------------------------------------------------------------------------------


@router.get("/households/{household_id}", response=schemas.HouseholdOut, summary="户")
@requires(Perm.PERSON_READ)
def household(request: Signed, household_id: UUID) -> Any:
    return living.household_page(household_id, actor=request.actor)


@router.post("/households", response={201: schemas.HouseholdOut}, summary="立户")
@requires(Perm.PERSON_CHANGE)
def add_household(request: Signed, body: schemas.HouseholdIn) -> Any:
    made = households.add_household(
        dwelling_id=body.dwelling, kind=body.kind, number=body.number, since=body.since,
        members=[(one.person, one.role) for one in body.members], by=request.actor,
    )  # fmt: skip
    return Status(201, living.household_page(made.pk, actor=request.actor))


@router.patch("/households/{household_id}", response=schemas.HouseholdOut, summary="变更户")
@requires(Perm.PERSON_CHANGE)
def change_household(request: Signed, household_id: UUID, body: schemas.HouseholdChange) -> Any:
    common: dict[str, Any] = {"household_id": household_id, "version": body.version, "by": request.actor}
    if body.ended_on is not None:
        households.end_household(reason=body.reason or "销户", on=body.ended_on, **common)
    elif body.head is not None:
        households.set_head(person_id=body.head, former_role=body.former_role, **common)
    else:
        add = [(one.person, one.role) for one in body.add]
        households.change_household(kind=body.kind, dwelling_id=body.dwelling, add=add, remove=body.remove, **common)
    return living.household_page(household_id, actor=request.actor)


# --- search ------------------------------------------------------------------------------------------------------


@router.get("/search", response=list[schemas.Hit], summary="查找")
@requires(Perm.PERSON_READ, Perm.PLACE_READ)
def find(
    request: Signed, q: Words = "", area: UUID | None = None, kind: Literal["all", "person", "place"] = "all"
) -> Any:
    """Names, initials, addresses and the last four digits of a phone; whole numbers go by POST."""
    if search.is_exact(q) and kind != "place":
        raise Invalid(
            errors=[field_error("query.q", "证件号码和电话请用 POST 查询，不得写入网址", "send whole numbers by POST")]
        )
    return _found(request, q, area, kind)


@router.post("/search", response=list[schemas.Hit], summary="精确查找")
@requires(Perm.PERSON_READ, Perm.PLACE_READ)
def find_exactly(request: Signed, body: schemas.SearchIn) -> Any:
    """Also by a whole number, which so stands in no address and in no log of addresses.

    Each search by a whole number is kept, with its purpose: said once, it holds for the session of work.
    """
    found = _found(request, body.q, body.area, body.kind)
    purpose = purpose_of_search(request, body.purpose)
    if search.is_exact(body.q) and body.kind != "place" and request.actor.may(Perm.PERSON_READ):
        note_exact_search(found, by=request.actor, purpose=purpose, address=http.client_address(request))
    return found


def _found(request: Signed, q: str, area: UUID | None, kind: str) -> list[dict[str, Any]]:
    http.pace_search(request, q)
    if not request.actor.may(Perm.PERSON_READ):
        kind = "place"
    return search.search(q, actor=request.actor, area_id=area, kind=kind)


def _facts(body: schemas.Facts) -> dict[str, Any]:
    """What the client wrote of the person; null says nothing."""
    said = body.model_dump(include=set(schemas.Facts.model_fields), exclude_unset=True)
    return {name: value for name, value in said.items() if value is not None}
