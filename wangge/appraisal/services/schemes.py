"""Rules of judgement come with the profile; schemes of scores are drafted by one person and published by another.

What held for a period that has begun is never changed: whatever is new holds for periods that start from its day on.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError

from wangge.appraisal.models import Book, BookKind, Scheme, SchemeVersion, VersionState
from wangge.appraisal.rules import IndicatorsFile, SchemeContent, SchemesFile, StepsFile, scheme_faults
from wangge.appraisal.selectors import indicators
from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, field_error
from wangge.org.scope import Actor


class SchemeInvalid(Invalid):
    code = "scheme_invalid"
    title_zh = "评分方案有误，未保存"
    title_en = "The scheme has faults; nothing was saved"


class NotADraft(Conflict):
    code = "not_a_draft"
    title_zh = "这个版本已不是草稿"
    title_en = "This version is no draft any more"


class DraftExists(Conflict):
    code = "draft_exists"
    title_zh = "这个方案已有一份草稿"
    title_en = "There is a draft of this scheme already"


class OwnDraft(Forbidden):
    code = "own_draft"
    title_zh = "起草人不能发布自己的草稿"
    title_en = "Whoever drafted a version does not publish it"


class AnothersDraft(Forbidden):
    code = "anothers_draft"
    title_zh = "只有起草人可以修改草稿"
    title_en = "Only its drafter changes a draft"


# From the profile


def load(*, indicators: IndicatorsFile | None, steps: StepsFile | None, schemes: SchemesFile | None, by: Actor) -> None:
    """What the profile says now; the same again changes nothing. The caller is in a transaction."""
    now = clock.now()
    if indicators is not None:
        _load_book(BookKind.INDICATORS, indicators, now)
    if steps is not None:
        _load_book(BookKind.FIVE_STEPS, steps, now)
    if schemes is not None:
        _load_schemes(schemes, by, now)


def _load_book(kind: BookKind, file: IndicatorsFile | StepsFile, now: dt.datetime) -> None:
    content = file.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    newest = Book.objects.filter(kind=kind).order_by("-loaded_at", "-id").first()
    if newest is not None and newest.digest == digest:
        return
    from_day = file.valid_from if newest is None else max(file.valid_from, timezone.localdate(now))
    Book.objects.update_or_create(
        kind=kind,
        digest=digest,
        defaults={"version": file.version, "valid_from": from_day, "content": content, "loaded_at": now},
    )


def _load_schemes(file: SchemesFile, by: Actor, now: dt.datetime) -> None:
    for code, part in file.schemes.items():
        names = {"name": part.name, "name_en": part.name_en, "unit_kind": part.unit_kind, "period": part.period}
        scheme, _ = Scheme.objects.update_or_create(code=code, defaults=names)
        content = part.model_dump(mode="json", include=set(SchemeContent.model_fields))
        loaded = scheme.versions.filter(drafted_by=None).order_by("-number").first()
        if loaded is not None and loaded.content == content:
            continue
        from_day = file.valid_from if loaded is None else max(file.valid_from, timezone.localdate(now))
        version = SchemeVersion.objects.create(
            scheme=scheme,
            number=_next_number(scheme),
            state=VersionState.PUBLISHED,
            content=content,
            reason=f"随区县配置载入（{file.version}）",
            valid_from=from_day,
            drafted_at=now,
            drafted_name=by.name,
            decided_at=now,
        )
        _record(version, "loaded", by, now, valid_from=str(from_day), content=content)


def _next_number(scheme: Scheme) -> int:
    newest = scheme.versions.order_by("-number").first()
    return newest.number + 1 if newest else 1


# By people


def checked(*, scheme: Scheme, content: Mapping[str, Any], at: dt.date) -> SchemeContent:
    """The content when every weight stands for something; raise SchemeInvalid naming each place."""
    try:
        found = SchemeContent.model_validate(content)
    except ValidationError as error:
        raise SchemeInvalid(errors=[_fault(one) for one in error.errors()]) from error
    known = indicators.book(at).indicators
    faults = [
        field_error(f"body.content.weights.{name}", zh, en)
        for name, zh, en in scheme_faults(found, scheme.unit_kind, scheme.period, known)
    ]
    if faults:
        raise SchemeInvalid(errors=faults)
    return found


def _fault(error: Any) -> dict[str, str]:
    at = ".".join(["body.content", *(str(part) for part in error["loc"])])
    zh, _, en = error["msg"].removeprefix("Value error, ").partition(" · ")
    return field_error(at, zh if en else f"取值有误（{zh}）", en or zh)


@transaction.atomic
def draft(
    *, code: str, content: Mapping[str, Any], reason: str, by: Actor, at: dt.datetime | None = None
) -> SchemeVersion:
    now = at or clock.now()
    scheme = _lock(code)
    if scheme.versions.filter(state=VersionState.DRAFT).exists():
        raise DraftExists("请先修改或撤回原有草稿", "change or withdraw it first")
    made = SchemeVersion.objects.create(
        scheme=scheme,
        number=_next_number(scheme),
        content=checked(scheme=scheme, content=content, at=timezone.localdate(now)).model_dump(mode="json"),
        reason=_said("reason", reason),
        drafted_at=now,
        drafted_by=by.user_id,
        drafted_name=by.name,
    )
    _record(made, "drafted", by, now, reason=made.reason, content=made.content)
    return made


@transaction.atomic
def change(
    *, version_id: UUID, content: Mapping[str, Any], reason: str, by: Actor, at: dt.datetime | None = None
) -> SchemeVersion:
    now = at or clock.now()
    version = _lock_version(version_id)
    _must_be_draft(version)
    if version.drafted_by != by.user_id:
        raise AnothersDraft
    found = checked(scheme=version.scheme, content=content, at=timezone.localdate(now))
    before, version.content = version.content, found.model_dump(mode="json")
    version.reason = _said("reason", reason)
    version.save(update_fields=["content", "reason"])
    _record(version, "changed", by, now, reason=version.reason, before=before, content=version.content)
    return version


@transaction.atomic
def publish(
    *, version_id: UUID, valid_from: dt.date, reason: str, by: Actor, at: dt.datetime | None = None
) -> SchemeVersion:
    """From `valid_from` on; periods that have begun keep the version they began with."""
    now = at or clock.now()
    version = _lock_version(version_id)
    _must_be_draft(version)
    if version.drafted_by in {by.user_id, by.on_behalf_of}:
        raise OwnDraft("请由另一人发布", "another person must publish it")
    if valid_from < timezone.localdate(now):
        zh, en = (
            "生效日不能早于今天：已过去的时段沿用当时的版本",
            "It cannot hold before today: past periods keep theirs",
        )
        raise SchemeInvalid(errors=[field_error("body.valid_from", zh, en)])
    checked(scheme=version.scheme, content=version.content, at=valid_from)
    _decide(version, VersionState.PUBLISHED, by, now, _said("reason", reason))
    version.valid_from = valid_from
    version.save(update_fields=["state", "decided_at", "decided_by", "decided_name", "decision", "valid_from"])
    _record(version, "published", by, now, reason=version.decision, valid_from=str(valid_from))
    return version


@transaction.atomic
def withdraw(*, version_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> SchemeVersion:
    """A draft that is not wanted. What was published stays: a better version follows it."""
    now = at or clock.now()
    version = _lock_version(version_id)
    _must_be_draft(version)
    _decide(version, VersionState.WITHDRAWN, by, now, _said("reason", reason))
    version.save(update_fields=["state", "decided_at", "decided_by", "decided_name", "decision"])
    _record(version, "withdrawn", by, now, reason=version.decision)
    return version


def _lock(code: str) -> Scheme:
    scheme = Scheme.objects.select_for_update().filter(code=code).first()
    if scheme is None:
        raise NotFound
    return scheme


def _lock_version(version_id: UUID) -> SchemeVersion:
    version = SchemeVersion.objects.filter(pk=version_id).select_related("scheme").first()
    if version is None:
        raise NotFound
    _lock(version.scheme.code)
    version.refresh_from_db()
    return version


def _must_be_draft(version: SchemeVersion) -> None:
    if version.state != VersionState.DRAFT:
        label = VersionState(version.state).label
        raise NotADraft(f"第 {version.number} 版{label}，不能再改", f"version {version.number} is {version.state}")


def _said(name: str, text: str) -> str:
    said = text.strip()
    if not 2 <= len(said) <= 500:
        zh, en = "请写明理由（2 至 500 字）", "Say why, in 2 to 500 characters"
        raise SchemeInvalid(errors=[field_error(f"body.{name}", zh, en)])
    return said


def _decide(version: SchemeVersion, state: VersionState, by: Actor, now: dt.datetime, decision: str) -> None:
    version.state = state
    version.decided_at, version.decided_by, version.decided_name = now, by.user_id, by.name
    version.decision = decision


def _record(version: SchemeVersion, verb: str, by: Actor, now: dt.datetime, **data: Any) -> None:
    audit.record(
        subject_type="scheme",
        subject_id=version.scheme_id,
        action=f"appraisal:scheme:{verb}",
        actor=by,
        data={"version": version.number, **data},
        at=now,
    )
