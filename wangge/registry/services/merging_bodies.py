"""An organisation kept twice becomes one: what hung on the other hangs on the one that stays."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import transaction

from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, field_error
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import EstateService, Organisation, Photo, Premises, Tie
from wangge.registry.selectors.contacts import contact_of
from wangge.registry.services import organisations, placing
from wangge.registry.services.keeping import stated

_FILLED = ("uscc", "industry", "address", "employees", "founded_on")


class TwoOrganisations(Conflict):
    code = "two_organisations"
    title_zh = "统一社会信用代码不同，不能合并"
    title_en = "They have different credit codes: two organisations"


@transaction.atomic
def merge_organisations(
    *, keep_id: UUID, version: int, other_id: UUID, by: Actor, reason: str, at: dt.datetime | None = None
) -> Organisation:
    """`keep` takes over ties, premises, services and pictures, and what only `other` knew; `other` is deleted."""
    at = at or clock.now()
    if keep_id == other_id:
        raise Invalid(errors=[field_error("body.other", "不能与自身合并", "nothing merges with itself")])
    said = stated("body.reason", reason)
    rows = {one: organisations.opened(one, version if one == keep_id else None, by)
            for one in sorted((keep_id, other_id))}  # fmt: skip
    keep, other = rows[keep_id], rows[other_id]
    if keep.uscc and other.uscc and keep.uscc != other.uscc:
        raise TwoOrganisations
    with scope.unrestricted():
        moved = _take(keep, other)
        filled = _fill(keep, other)
        placing.note(other, "merged", by=by, at=at, into=str(keep.pk), reason=said)
        other.delete()  # before the code is taken over, which may stand once
        keep.pinyin = placing.initials(keep.name)
        placing.write(keep, filled, verb="merge", by=by, at=at, other=str(other_id), moved=moved, reason=said)
    return keep


def _take(keep: Organisation, other: Organisation) -> dict[str, int]:
    """How many of each were moved; a tie or service that `keep` has at the same place is one and the same."""
    places = ("kind", "dwelling_id", "building_id", "premises_id", "valid_to")
    ties = _distinct(Tie, keep, other, places)
    services = _distinct(EstateService, keep, other, ("estate_id", "role", "valid_to"))
    photos = Photo.objects.filter(subject_type="organisation", subject_id=other.pk)
    return {
        "ties": Tie.objects.filter(pk__in=ties).update(organisation=keep),
        "services": EstateService.objects.filter(pk__in=services).update(organisation=keep),
        "premises": Premises.objects.filter(organisation=other).update(organisation=keep),
        "photos": photos.update(subject_id=keep.pk),
    }


def _distinct(model: Any, keep: Organisation, other: Organisation, columns: tuple[str, ...]) -> list[UUID]:
    """Those of `other` that have no twin with `keep`; the twins go."""
    theirs = model.objects.filter(organisation=other)
    known = set(model.objects.filter(organisation=keep).values_list(*columns))
    fresh: list[UUID] = []
    twins: list[UUID] = []
    for pk, *key in theirs.values_list("pk", *columns):
        (twins if tuple(key) in known else fresh).append(pk)
    theirs.filter(pk__in=twins).delete()
    return fresh


def _fill(keep: Organisation, other: Organisation) -> dict[str, Any]:
    known, more = contact_of(keep), contact_of(other)
    given = {name: getattr(other, name) for name in _FILLED if not getattr(keep, name) and getattr(other, name)}
    if given.get("uscc"):
        given["no_uscc_reason"] = ""
    if not keep.area_pos and other.area_pos:
        given |= {"area_id": other.area_id, "area_pos": other.area_pos}
    organisations.keep_contact(keep, {name: text for name, text in more.items() if not known.get(name)})
    return placing.assign(keep, given)
