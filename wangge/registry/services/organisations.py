"""Enterprises, social organisations, property companies; who serves an estate; whom to call there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.audit import services as audit
from wangge.kit import clock, crypto, phones
from wangge.kit.errors import NotFound
from wangge.kit.organisations import BadCode, credit_code
from wangge.kit.phones import BadPhone
from wangge.org.models import Unit
from wangge.org.scope import Actor
from wangge.registry.models import Estate, EstateRole, EstateService, Organisation, OrganisationKind
from wangge.registry.selectors.contacts import CONTEXTS, contact_of
from wangge.registry.services import placing
from wangge.registry.services.first import stale
from wangge.registry.wording import AREA_CODE

Values = Mapping[str, Any]
_SEALED = ("legal_person", "contact", "phone")


@transaction.atomic
def save_organisation(
    *,
    values: Values,
    by: Actor,
    organisation_id: UUID | None = None,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> Organisation:
    """Add or change; a code with a wrong check character is refused, none needs a reason.

    `area` is the grid or community of its seat; None: outside the district.
    """
    given = dict(values)
    row = opened(organisation_id, version, by) if organisation_id else Organisation()
    if given.get("kind", OrganisationKind.ENTERPRISE) not in OrganisationKind.values:
        raise placing.wrong("kind", "没有这种单位", "there is no such kind")
    _code(row, given)
    _seat(given, by)
    contact = keep_contact(row, {name: given.pop(name) for name in _SEALED if name in given})
    changes = placing.assign(row, given)
    row.pinyin = placing.initials(row.name)
    with placing.unique("uscc", "该代码已登记", "the code is registered already"):
        placing.write(
            row, changes, verb="change" if organisation_id else "add", by=by, at=at or clock.now(), sealed=contact
        )
    return row


@transaction.atomic
def serve_estate(*, estate_id: UUID, values: Values, by: Actor, at: dt.datetime | None = None) -> EstateService:
    """An organisation, unit or named team serves the estate from a day on; who served in that role before, no more.

    Several courtyard teams may serve at once; of the other roles there is one at a time.
    """
    now, given = at or clock.now(), dict(values)
    estate = _estate(estate_id, by)
    role, since = given["role"], given.get("valid_from") or timezone.localdate(at)
    if role not in EstateRole.values:
        raise placing.wrong("role", "没有这种角色", "there is no such role")
    row = EstateService(estate=estate, role=role, name=given.get("name") or "", valid_from=since)
    row.organisation = _found(Organisation, given.get("organisation"), "organisation", "单位")
    row.unit = _found(Unit, given.get("unit"), "unit", "单位")
    if not (row.organisation or row.unit or row.name):
        raise placing.wrong("organisation", "请选择单位或填写名称", "choose one, or give a name")
    keep_contact(row, {name: given[name] for name in ("contact", "phone") if given.get(name)})
    if role != EstateRole.COURTYARD_TEAM:
        before = EstateService.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=since), estate=estate, role=role
        )
        if before.filter(valid_from__gt=since).exists():
            raise placing.wrong("valid_from", "该日之后已有登记", "somebody is registered from later on")
        before.update(valid_to=since)
    row.save(force_insert=True)
    placing.note(estate, "serve", by=by, at=now, role=role, service=str(row.pk), since=str(since))
    return row


@transaction.atomic
def end_service(
    *, estate_id: UUID, service_id: UUID, by: Actor, on: dt.date | None = None, at: dt.datetime | None = None
) -> EstateService:
    estate = _estate(estate_id, by)
    row = EstateService.objects.select_for_update().filter(pk=service_id, estate=estate).first()
    if row is None:
        raise NotFound
    row.valid_to = max(on or timezone.localdate(at), row.valid_from)
    row.save(update_fields=["valid_to"])
    placing.note(estate, "unserve", by=by, at=at or clock.now(), role=row.role, service=str(row.pk))
    return row


@transaction.atomic
def look_at_contact(
    *, row: Organisation | EstateService, purpose: str, by: Actor, address: str | None = None
) -> dict[str, str]:
    """Whom to call there, in full; who looked and why is kept."""
    if len(purpose.strip()) < 4:
        raise placing.wrong("purpose", "请写明用途，至少 4 个字", "say why, in 4 characters or more")
    found = contact_of(row)
    subject = CONTEXTS[type(row)]
    audit.look(
        actor=by, subject_type=subject, subject_id=row.pk, fields=sorted(found), purpose=purpose, address=address
    )
    return found


def opened(organisation_id: UUID, version: int | None, by: Actor) -> Organisation:
    """One with its seat outside the district belongs to no area: whoever keeps places may keep it."""
    row = Organisation.objects.select_for_update().filter(pk=organisation_id).first()
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise stale(row)
    if row.area_pos:
        placing.must_reach(areas.area_for_pos(row.area_pos), by=by)
    return cast("Organisation", row)


def _code(row: Organisation, given: dict[str, Any]) -> None:
    if given.get("uscc"):
        try:
            given["uscc"] = credit_code(given["uscc"]).code
        except BadCode as bad:
            raise placing.wrong("uscc", bad.detail_zh, bad.detail_en) from bad
        given["no_uscc_reason"] = ""
    elif "uscc" in given:
        given["uscc"] = None
    code, reason = given.get("uscc", row.uscc), given.get("no_uscc_reason", row.no_uscc_reason)
    if not code and not reason:
        zh, en = "请填写统一社会信用代码，没有的请说明原因", "give the code, or say why there is none"
        raise placing.wrong("uscc", zh, en)


def _seat(given: dict[str, Any], by: Actor) -> None:
    if "area" not in given:
        return
    pk = given.pop("area")
    version = areas.version_at(pk) if pk else None
    if pk and (version is None or version.level < Level.COMMUNITY):
        raise placing.wrong("area", "请选择社区或网格", "choose a community or grid")
    if version is not None:
        placing.must_reach(version, by=by)
    given |= {"area_id": pk, "area_pos": version.pos if version else 0}


def keep_contact(row: Organisation | EstateService, given: dict[str, str]) -> list[str]:
    """Seal what is given over what is known; the names of what changed."""
    if not given:
        return []
    if given.get("phone"):
        try:
            given["phone"] = phones.parse(given["phone"], area_code=AREA_CODE).number
        except BadPhone as bad:
            raise placing.wrong("phone", bad.detail_zh, bad.detail_en) from bad
    held = {name: text for name, text in {**contact_of(row), **given}.items() if text}
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    row.sealed = crypto.encrypt(text, context=f"{CONTEXTS[type(row)]}:{row.pk}") if held else None
    if isinstance(row, Organisation):
        row.phone_key = crypto.index64("phone", held["phone"]) if held.get("phone") else None
    return sorted(given)


def _estate(estate_id: UUID, by: Actor) -> Estate:
    row = placing.locked(Estate, estate_id, version=None, by=by)
    placing.must_reach(areas.version_at(row.area_id), by=by)
    return row


def _found(model: Any, pk: UUID | None, field: str, zh: str) -> Any:
    row = model.objects.filter(pk=pk).first() if pk else None
    if pk and row is None:
        raise placing.wrong(field, f"没有这个{zh}", f"there is no such {field}")
    return row
