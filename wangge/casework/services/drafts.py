"""A case before it is written: fields checked, placed, understood, its owner found, its promises worked out."""

from __future__ import annotations

import functools
import math
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from wangge.audit import chain
from wangge.audit.models import Entry as LogEntry
from wangge.casework.models import Attachment, Case, ClockKind, Urgency, WorkOrder
from wangge.casework.policies import Perm
from wangge.casework.services import clocks, finding
from wangge.casework.workflow import OrderState, State
from wangge.kit import crypto
from wangge.kit.errors import Forbidden, Invalid, field_error
from wangge.kit.ids import uuid7
from wangge.org.scope import SYSTEM_ID, Actor, system_actor

if TYPE_CHECKING:
    from wangge.responsibility.selectors import Danger, Route

REPORTER_NAME = "case:reporter_name"
REPORTER_PHONE = "case:reporter_phone"
SAMPLE_ONE_IN = 10  # on-the-spot cases drawn for checking
_LONGEST = {
    "title": 120,
    "description": 20_000,
    "address": 200,
    "source_ref": 80,
    "reporter_name": 40,
    "reporter_phone": 30,
    "channel": 32,
    "result": 2000,
}


@dataclass(frozen=True)
class IntakePolicy:
    """How far a case may go by itself. Dispatch stays a person's decision unless the profile says otherwise."""

    auto_register: frozenset[str] = frozenset({"patrol", "hotline12345"})
    auto_dispatch: frozenset[str] = frozenset()
    whole_from_submit: frozenset[str] = frozenset({"hotline12345"})


@dataclass(frozen=True)
class Matter:
    """What was said, as it came in. `lon`, `lat` are WGS-84."""

    title: str
    channel: str
    description: str = ""
    category_code: str | None = None
    urgency: str | None = None
    address: str = ""
    lon: float | None = None
    lat: float | None = None
    area_id: UUID | None = None
    area_code: str | None = None
    reporter_name: str = ""
    reporter_phone: str = ""
    source_ref: str = ""
    claimed_at: datetime | None = None
    attachment_ids: tuple[UUID, ...] = ()
    on_the_spot: bool = False
    result: str = ""


@dataclass
class Draft:
    case: Case
    token: str
    clocks: list[clocks.Plan] = field(default_factory=list)
    parties: list[tuple[UUID, int, str]] = field(default_factory=list)  # unit, its position, role
    orders: list[WorkOrder] = field(default_factory=list)
    entries: list[LogEntry] = field(default_factory=list)
    danger: Danger | None = None  # what its text tells of, to be told to others at once


def check(matter: Matter) -> None:
    errors = [
        field_error(f"body.{name}", f"不能超过 {most} 字", f"At most {most} characters")
        for name, most in _LONGEST.items()
        if len(getattr(matter, name)) > most
    ]
    if not matter.title.strip():
        errors.append(field_error("body.title", "请填写标题", "A title is required"))
    if matter.urgency and matter.urgency not in Urgency.values:
        errors.append(field_error("body.urgency", "紧急程度无效", "Not a degree of urgency"))
    if (matter.lon is None) != (matter.lat is None):
        errors.append(field_error("body.lon", "经度和纬度须同时给出", "Longitude and latitude go together"))
    elif matter.lon is not None and matter.lat is not None and not _on_earth(matter.lon, matter.lat):
        errors.append(field_error("body.lon", "坐标超出范围", "Not a point on Earth"))
    if matter.claimed_at is not None and matter.claimed_at.tzinfo is None:
        errors.append(field_error("body.claimed_at", "时间须带时区", "The time needs its offset"))
    elif matter.claimed_at is not None and not 1900 < matter.claimed_at.year < 3000:
        errors.append(field_error("body.claimed_at", "年份应在 1901 至 2999 之间", "A year from 1901 to 2999"))
    if errors:
        raise Invalid(errors=errors)


def _on_earth(lon: float, lat: float) -> bool:
    return math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90


def prepare(
    matter: Matter,
    *,
    case_id: UUID,
    by: Actor,
    at: datetime,
    policy: IntakePolicy,
    located: finding.Place | None = None,
) -> Draft:
    """Everything but the number, from a checked matter. `located` is given when many points were resolved at once."""
    category = finding.category(matter.category_code) or finding.understand(matter.title, matter.description)
    place = located or finding.place(matter, at)
    route = finding.route(category, place, at)
    case = case_of(case_id, matter, category, place, by, at)
    danger = None if matter.on_the_spot else finding.danger(matter.title, matter.description)
    if danger is not None:
        case.urgency = Urgency.DANGER
    if route is not None:
        _own(case, route)
    case.needs_human = _missing(case)
    if category is not None:
        case.category = category  # the reply names them without asking again
    draft = Draft(case, token_of(case.pk), danger=danger)
    case.token_hash = crypto.sm3(draft.token.encode())
    if case.lead_unit_id is not None and route is not None and route.lead_unit is not None:
        draft.parties.append((route.lead_unit.pk, route.lead_unit.pos, "lead"))
    if matter.on_the_spot:
        _handled_on_the_spot(draft, matter, category, by, at)
    else:
        _await_work(draft, at, policy)
    _log(draft, by, at, matter)
    return draft


def case_of(
    case_id: UUID,
    matter: Matter,
    category: finding.Category | None,
    place: finding.Place,
    by: Actor,
    at: datetime,
) -> Case:
    phone = matter.reporter_phone.strip()
    name = matter.reporter_name.strip()
    given = {
        "id": case_id,
        "state": State.SUBMITTED,
        "title": matter.title.strip(),
        "description": matter.description,
        "category_id": category.pk if category else None,
        "urgency": matter.urgency or (category.urgency if category else Urgency.NORMAL),
        "channel": matter.channel,
        "source_ref": matter.source_ref,
        "address": matter.address or place.address,
        "lon": matter.lon if matter.lon is not None else place.lon,
        "lat": matter.lat if matter.lat is not None else place.lat,
        "placed_by": place.placed_by,
        "area_id": place.area_id,
        "area_version_id": place.version_id,
        "area_pos": place.pos,
        "subdistrict_pos": place.subdistrict_pos,
        "community_pos": place.community_pos,
        "building_id": place.building_id,
        "level": place.level,
        "submitter_id": None if by.user_id == SYSTEM_ID else by.user_id,
        "submitter_unit_id": by.unit_id,
        "reporter_name_encrypted": crypto.encrypt(name, context=REPORTER_NAME) if name else None,
        "reporter_phone_encrypted": crypto.encrypt(phone, context=REPORTER_PHONE) if phone else None,
        "reporter_phone_index": crypto.blind_index(phone) if phone else None,
        "on_the_spot": matter.on_the_spot,
        "claimed_at": matter.claimed_at,
        "submitted_at": at,
        "routing": {},
    }
    # As if read: naming fifty fields to the model costs three times as much as handing them over in order.
    values = {**_blank(), **given}
    return Case.from_db(DEFAULT_DB_ALIAS, values.keys(), values.values())


@functools.cache
def _blank() -> dict[str, Any]:
    return {one.attname: one.get_default() for one in Case._meta.concrete_fields}


def _own(case: Case, route: Route) -> None:
    """Take over what the list says. A hole or an overlap is kept as the reason why a person must look."""
    case.routing = routing_of(route)
    if route.problem is None and route.lead_unit is not None:
        case.lead_unit = route.lead_unit
        case.entry_id = route.entry.pk if route.entry is not None else None
        case.clause = route.clause[:400]
        case.level = route.level


def routing_of(route: Route) -> dict[str, Any]:
    return {
        **route.explanation,
        "problem": route.problem,
        "supports": [str(unit.pk) for unit in route.support_units],
        "first_unit": str(route.first_unit.pk) if route.first_unit is not None else None,
        "limits": [dict(limit) for limit in route.limits],
    }


def _missing(case: Case) -> str:
    if not case.area_pos:
        return "unplaced"
    if case.category_id is None:
        return "not_understood"
    return "" if case.lead_unit_id is not None else "no_owner"


def _await_work(draft: Draft, at: datetime, policy: IntakePolicy) -> None:
    case = draft.case
    registered = case.channel in policy.auto_register and not case.needs_human
    if registered:
        case.state = State.REGISTERED
        case.registered_at = at
    else:
        draft.clocks.append(clocks.promise(case, ClockKind.ACCEPT, at))
    if registered or case.channel in policy.whole_from_submit:
        whole = clocks.whole(case, at)
        draft.clocks.append(whole)
        case.due_at = whole.due_at


def _handled_on_the_spot(
    draft: Draft, matter: Matter, category: finding.Category | None, by: Actor, at: datetime
) -> None:
    case = draft.case
    may_handle_on_the_spot(category, case.needs_human, by, has_pictures=bool(matter.attachment_ids))
    if not matter.result.strip():
        raise Invalid(errors=[field_error("body.result", "请填写处置结果", "Say what was done")])
    draft.orders.append(spot_order(case, by, at, matter.result.strip()))
    unit_id, unit_pos = by.unit_id, by.unit_pos
    assert unit_id is not None
    draft.parties = [party for party in draft.parties if party[0] != unit_id]
    draft.parties.append((unit_id, unit_pos, "lead"))
    if case.lead_unit_id != unit_id:
        case.lead_unit_id = unit_id
    case.registered_at = case.handled_at = at
    case.sampled = sampled(case)
    if case.sampled:
        case.state = State.HANDLED
        whole = clocks.whole(case, at)
        draft.clocks += [whole, clocks.promise(case, ClockKind.VERIFY, at)]
        case.due_at = whole.due_at
    else:
        case.state = State.CLOSED
        case.closed_at = at
        case.closed_in_time = True


def may_handle_on_the_spot(
    category: finding.Category | None, needs_human: str, by: Actor, *, has_pictures: bool
) -> None:
    if not by.may(Perm.HANDLE_ON_THE_SPOT):
        raise Forbidden(permission=Perm.HANDLE_ON_THE_SPOT)
    errors = []
    if by.unit_id is None:
        errors.append(field_error("body.on_the_spot", "只有本单位人员可以随手处置", "Only members of a unit can"))
    if category is None or not category.on_the_spot:
        errors.append(
            field_error("body.category", "该类事项不能随手处置", "This category cannot be handled on the spot")
        )
    elif category.evidence_required and not has_pictures:
        errors.append(
            field_error("body.attachments", "该类事项须上传处置后的照片", "It needs a picture after handling")
        )
    if needs_human == "unplaced":
        errors.append(field_error("body.address", "须先确定地点", "It must be placed first"))
    if errors:
        raise Invalid(errors=errors)


def hands(by: Actor) -> list[UUID]:
    """Who counts as having worked: the person, and whoever the work was done in the name of."""
    return [one for one in (by.user_id, by.on_behalf_of) if one is not None]


def spot_order(case: Case, by: Actor, at: datetime, result: str) -> WorkOrder:
    assert by.unit_id is not None
    return WorkOrder(
        id=uuid7(),
        case=case,
        unit_id=by.unit_id,
        unit_pos=by.unit_pos,
        lead=True,
        state=OrderState.DONE,
        assignee_id=by.user_id,
        assigned_at=at,
        acknowledged_at=at,
        done_at=at,
        done_by=by.user_id,
        worked_by=hands(by),
        result=result,
    )


def sampled(case: Case) -> bool:
    """Drawn by the digest of the id: nobody can choose, everybody can recompute.

    Where a resident waits for an answer it is always checked: whoever handled it cannot close their complaint.
    """
    return case.needs_call_back or int.from_bytes(crypto.sm3(case.pk.bytes)[:8]) % SAMPLE_ONE_IN == 0


def token_of(case_id: UUID) -> str:
    """144 bits that only this installation can make: a repeated request gets the same token, none is stored."""
    return urlsafe_b64encode(crypto.keyed_sm3(b"case:token:" + case_id.bytes)[:18]).decode()


def _log(draft: Draft, by: Actor, at: datetime, matter: Matter) -> None:
    case = draft.case
    first: State = State.SUBMITTED if matter.on_the_spot else State(case.state)
    facts: dict[str, Any] = {
        "state": [None, first],
        "channel": case.channel,
        "placed_by": case.placed_by,
        "category": matter.category_code or ("understood" if case.category_id else None),
        "needs_human": case.needs_human,
        "attachments": [str(one) for one in matter.attachment_ids],
        "version": 1,
    }
    if draft.danger is not None:
        facts["danger"] = {"sign": draft.danger.sign, "words": list(draft.danger.words)}
    if case.claimed_at is not None:
        facts["claimed_at"] = case.claimed_at.isoformat()
    if first is State.REGISTERED:
        facts["registered"] = "auto"
    append(draft, "submit", by, at, facts)
    if matter.on_the_spot:
        append(
            draft,
            "handle_on_the_spot",
            by,
            at,
            {"state": [State.SUBMITTED, State.HANDLED], "result": matter.result.strip(), "sampled": case.sampled},
        )
        if case.state == State.CLOSED:
            system = system_actor("随手处置抽查")
            append(
                draft,
                "close",
                system,
                at,
                {"state": [State.HANDLED, State.CLOSED], "reason": "随手处置，未抽中核查，自动办结"},
            )


def append(draft: Draft, verb: str, by: Actor, at: datetime, facts: Mapping[str, Any]) -> None:
    last = chain.tip_of(draft.entries[-1]) if draft.entries else chain.Tip()
    draft.entries.append(
        chain.next_entry(
            tip=last,
            subject_type="case",
            subject_id=draft.case.pk,
            action=f"casework:case:{verb}",
            actor=by,
            data=facts,
            at=at,
            area_pos=draft.case.area_pos,
        )
    )


def claim_attachments(case_id: UUID, wanted: Collection[UUID], by: Actor, *, phase: str) -> None:
    if not wanted:
        return
    claimed = Attachment.objects.filter(pk__in=wanted, case__isnull=True, uploader_id=by.user_id)
    if claimed.update(case_id=case_id, phase=phase) < len(set(wanted)):
        raise Invalid(
            errors=[field_error("body.attachments", "附件不存在或已被使用", "No such upload, or it is used already")]
        )
