"""The audit administrator's view of the log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from wangge.audit import selectors
from wangge.audit.policies import Perm
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out

router = Router(tags=["audit"])


class AuditEntry(Out):
    seq: int
    subject_type: str
    subject_id: UUID
    number: int
    at: datetime
    action: str
    actor_id: UUID | None
    actor_name: str
    unit_id: UUID | None
    on_behalf_of: UUID | None
    data: dict[str, Any]
    hash: str


class AuditEntryList(Out):
    items: list[AuditEntry]
    next: str | None
    total: int | None


class EntryFilter(In):
    subject: UUID | None = None
    subject_type: Annotated[str, Field(max_length=32)] = ""
    actor: UUID | None = None
    action: Annotated[str, Field(max_length=64)] = ""
    since: Annotated[datetime | None, Field(alias="from")] = None
    until: Annotated[datetime | None, Field(alias="to")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=20, pattern=r"^\d*$")] = ""


@router.get("/audit/entries", response=AuditEntryList)
@requires(Perm.READ)
def entries(request: HttpRequest, wanted: Query[EntryFilter]) -> AuditEntryList:
    """Newest first; `action` may be a beginning such as `casework:case:`."""
    found, following = selectors.entries(
        subject_id=wanted.subject,
        subject_type=wanted.subject_type,
        actor_id=wanted.actor,
        action=wanted.action,
        since=wanted.since,
        until=wanted.until,
        limit=wanted.limit,
        before=int(wanted.cursor) if wanted.cursor else None,
    )
    items = [
        AuditEntry(
            seq=entry.seq,
            subject_type=entry.subject_type,
            subject_id=entry.subject_id,
            number=entry.number,
            at=entry.at,
            action=entry.action,
            actor_id=entry.actor_id,
            actor_name=entry.actor_name,
            unit_id=entry.unit_id,
            on_behalf_of=entry.on_behalf_of,
            data=entry.data,
            hash=bytes(entry.hash).hex(),
        )
        for entry in found
    ]
    return AuditEntryList(items=items, next=str(following) if following else None, total=None)


class BreakOut(Out):
    subject_type: str
    subject_id: UUID | None
    number: int
    zh: str
    en: str


class AuditReport(Out):
    whole: bool
    entries: int
    subjects: int
    anchors: int
    unanchored: int
    breaks: list[BreakOut]


class VerifyFilter(In):
    subject_type: Annotated[str, Field(max_length=32)] = ""
    subject: UUID | None = None


@router.get("/audit/verify", response=AuditReport)
@requires(Perm.VERIFY)
def verify(request: HttpRequest, wanted: Query[VerifyFilter]) -> selectors.Report:
    """Recompute one subject's chain, or all of them and every anchor."""
    if wanted.subject and wanted.subject_type:
        return selectors.verify_chain(wanted.subject_type, wanted.subject)
    return selectors.verify_all()


class AuditLook(Out):
    id: UUID
    at: datetime
    actor_id: UUID
    actor_name: str
    subject_type: str
    subject_id: UUID
    fields: list[str]
    purpose: str
    address: str | None


class AuditLookList(Out):
    items: list[AuditLook]
    next: str | None
    total: int | None


class LookFilter(In):
    subject: UUID | None = None
    actor: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: UUID | None = None


@router.get("/audit/looks", response=AuditLookList)
@requires(Perm.READ)
def looks(request: HttpRequest, wanted: Query[LookFilter]) -> AuditLookList:
    """Who looked at protected data, newest first."""
    found, following = selectors.looks(
        subject_id=wanted.subject, actor_id=wanted.actor, limit=wanted.limit, before=wanted.cursor
    )
    return AuditLookList(items=[AuditLook.model_validate(look) for look in found], next=following, total=None)
