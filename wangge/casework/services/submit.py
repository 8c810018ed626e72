"""A matter comes in: placed, understood, its owner found, its clocks set, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from wangge.casework.models import Case
from wangge.casework.services import alarming, drafts, keys, steps, writer
from wangge.casework.services.drafts import IntakePolicy, Matter
from wangge.casework.workflow import State, Step
from wangge.kit import clock as database
from wangge.kit.errors import Invalid, field_error
from wangge.kit.ids import uuid7
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

__all__ = ["IntakePolicy", "Submitted", "submit"]


@dataclass(frozen=True)
class Submitted:
    case: Case
    token: str  # the reporter's only way back to the case
    replay: bool  # the key was used before: this is what came of it then
    reply: dict[str, Any] = field(default_factory=dict)  # what `respond` made of it, now or then


def submit(
    *,
    title: str,
    channel: str,
    by: Actor,
    description: str = "",
    category_code: str | None = None,
    urgency: str | None = None,
    address: str = "",
    lon: float | None = None,
    lat: float | None = None,
    area_id: UUID | None = None,
    reporter_name: str = "",
    reporter_phone: str = "",
    source_ref: str = "",
    claimed_at: datetime | None = None,
    attachment_ids: tuple[UUID, ...] = (),
    on_the_spot: bool = False,
    result: str = "",
    key: tuple[str, str] | None = None,
    body_hash: bytes | None = None,
    at: datetime | None = None,
    policy: IntakePolicy | None = None,
    respond: Callable[[Case], dict[str, Any]] | None = None,
) -> Submitted:
    """Write the case with its parties, clocks, log entry, outbox row and idempotency key in one commit.

    `key` is (owner, key); the same key with another body is refused. What cannot be placed, understood or
    given an owner is written all the same and waits for a person (`needs_human`). `respond` makes the reply of
    the case before it is written; it is kept with the key and given again for the same request.
    """
    matter = Matter(
        title=title,
        channel=channel,
        description=description,
        category_code=category_code,
        urgency=urgency,
        address=address,
        lon=lon,
        lat=lat,
        area_id=area_id,
        reporter_name=reporter_name,
        reporter_phone=reporter_phone,
        source_ref=source_ref,
        claimed_at=claimed_at,
        attachment_ids=attachment_ids,
        on_the_spot=on_the_spot,
        result=result,
    )
    rules = policy or IntakePolicy()
    drafts.check(matter)
    with scope.lifted():
        case_id = uuid7()
        if key is not None:
            digest = body_hash if body_hash is not None else keys.hash_of(vars(matter))
            moment = _claim(key, digest, case_id)
            if isinstance(moment, Submitted):
                return moment
        else:
            moment = database.now()
        draft = drafts.prepare(matter, case_id=case_id, by=by, at=at or moment, policy=rules)
        writer.number([draft])
        reply = respond(draft.case) if respond is not None else {}
        writer.write([draft], writer.Reply(*key, reply) if key is not None and reply else None)
        alarming.tell([draft])
        drafts.claim_attachments(case_id, attachment_ids, by, phase="handle" if on_the_spot else "report")
        if draft.case.state == State.REGISTERED and channel in rules.auto_dispatch:
            dispatch_by_rule(draft.case, draft.entries[-1].at)
    return Submitted(draft.case, draft.token, replay=False, reply=reply)


def _claim(key: tuple[str, str], digest: bytes, case_id: UUID) -> datetime | Submitted:
    owner, name = key
    if not name or len(name) > keys.LONGEST_KEY:
        raise Invalid(errors=[field_error("header.Idempotency-Key", "1 到 80 个字符", "From 1 to 80 characters")])
    ours, kept = keys.claim(owner, [(name, digest, case_id)])
    if name in ours:
        return ours[name]
    if kept[name].body_hash != digest:
        raise keys.IdempotencyMismatch(key=name)
    case = Case.objects.select_related("category", "lead_unit").get(pk=kept[name].case_id)
    return Submitted(case, drafts.token_of(case.pk), replay=True, reply=kept[name].response)


def dispatch_by_rule(case: Case, at: datetime) -> None:
    locked = Case.objects.select_for_update(of=("self",)).select_related("lead_unit").get(pk=case.pk)
    steps.take_by_system(locked, Step.DISPATCH, by=scope.system_actor("自动派单"), at=at, reason="按权责清单自动派单")
    case.__dict__.update(locked.__dict__)
