"""The end of keeping: what is no longer needed is erased by class, with a proof that it was.

Somebody erased keeps a row without a name, so that counts of former days stay right: the envelope and all look-up
keys are overwritten, relations and tags deleted. The proof is a digest SM3(… SM3(SM3(0 ‖ id ‖ time) ‖ id ‖ time) …)
that the log, which cannot be altered, lets anybody compute again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from wangge.audit import services as audit
from wangge.audit.models import Entry
from wangge.kit import clock, crypto, files
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import (
    Correction,
    FurtherPhone,
    Household,
    Import,
    ImportRow,
    Maintenance,
    Person,
    PersonStatus,
    Relation,
    Sex,
    Tag,
    Tie,
)
from wangge.registry.rules import RetentionClass
from wangge.registry.selectors.rulebook import rules

DELETE = "delete"
BATCH = 200
_START = bytes(32)

Hold = Callable[[Collection[UUID]], Collection[UUID]]
HOLDS: list[Hold] = []
"""Of these people, whose data must be kept for now; apps above add theirs when they are ready."""


@dataclass(frozen=True)
class Due:
    """How much of a class is to be erased now, and how much of that somebody holds."""

    code: str
    name: str
    name_en: str
    subject: str
    days: int
    basis: str
    due: int
    held: int


def due(*, at: dt.datetime | None = None) -> list[Due]:
    """The dry run: counts, nothing changed."""
    today, found = timezone.localdate(at or clock.now()), []
    with scope.acting(scope.system_actor("保存期限")):
        for code, kept in rules().retention.items():
            rows = _due(kept, code, today)
            held = len(_held(rows.values_list("pk", flat=True))) if kept.subject == "person" else 0
            found.append(
                Due(code, kept.name, kept.name_en, kept.subject, kept.days, kept.basis, rows.count() - held, held)
            )
    return found


def run(*, at: dt.datetime | None = None, batch: int = BATCH) -> list[Maintenance]:
    """Erase what is due, a batch a transaction; one Maintenance row for each class that had any."""
    now = at or clock.now()
    with scope.acting(scope.system_actor("保存期限")) as actor:
        kinds = rules().retention
        _end_expired_tags(now, actor)
        _date_the_undated(kinds, timezone.localdate(now))
    return [job for code, kept in kinds.items() if (job := _run_class(code, kept, now, batch)) is not None]


def verify(job: Maintenance) -> bool:
    """Whether the log tells of the very deletions, in the very order, that the digest was made of."""
    digest = _START
    told = Entry.objects.filter(action__endswith=":erase", data__run=str(job.pk)).order_by("seq")
    for subject_id, at in told.values_list("subject_id", "at"):
        digest = _next(digest, subject_id, at)
    return job.digest is not None and bytes(job.digest) == digest


def verified(run_id: UUID) -> bool:
    """`verify` for an administrator, who sees that it holds and no entry; NotFound without such a run."""
    job = Maintenance.objects.filter(pk=run_id, kind=DELETE).first()
    if job is None:
        raise NotFound
    with scope.unrestricted():
        return verify(job)


def _next(digest: bytes, subject_id: UUID, at: dt.datetime) -> bytes:
    return crypto.sm3(digest + subject_id.bytes + at.astimezone(dt.UTC).isoformat().encode())


def _due(kept: RetentionClass, code: str, today: dt.date) -> QuerySet[Any]:
    before = today - dt.timedelta(days=kept.days)
    if kept.subject == "person":
        return Person.objects.filter(status=kept.status, delete_after__lte=today).filter(
            Q(retention=code) | Q(retention="resident")
        )
    if kept.subject == "tag":
        return Tag.objects.filter(ended_on__lte=before)
    start = timezone.make_aware(dt.datetime.combine(before, dt.time()))
    sealed = Exists(ImportRow.objects.filter(run=OuterRef("pk"), sealed__isnull=False))
    return Import.objects.filter(sealed | ~Q(file_path=""), created_at__lt=start)


def _held(ids: Iterable[UUID]) -> set[UUID]:
    wanted = list(ids)
    return {one for hold in HOLDS for one in hold(wanted)} if wanted else set()


def _end_expired_tags(now: dt.datetime, by: Actor) -> None:
    """A tag ends on the day it was given until, unless somebody renewed it."""
    for tag in Tag.objects.select_for_update().filter(ended_on__isnull=True, expires_on__lte=timezone.localdate(now)):
        tag.ended_on, tag.ended_reason = max(tag.expires_on, tag.since), "到期"
        tag.save(update_fields=["ended_on", "ended_reason"])
        _tell("person", tag.person_id, "registry:tag:expire", by, now, area_pos=tag.area_pos, kind=tag.kind_id)


def _date_the_undated(kinds: dict[str, RetentionClass], today: dt.date) -> None:
    """Whoever came in as moved out or deceased has no day to count from but the day it was noticed."""
    for code, kept in kinds.items():
        if kept.subject == "person":
            Person.objects.filter(status=kept.status, delete_after__isnull=True).update(
                retention=code, delete_after=today + dt.timedelta(days=kept.days)
            )


def _run_class(code: str, kept: RetentionClass, now: dt.datetime, batch: int) -> Maintenance | None:
    today, job, spared = timezone.localdate(now), None, set[UUID]()
    while True:
        with scope.acting(scope.system_actor("保存期限")) as actor:
            rows = _due(kept, code, today).exclude(pk__in=spared).order_by("pk")
            ids = list(rows.values_list("pk", flat=True)[:batch])
            if not ids:
                return _finished(job, actor)
            held = _held(ids) if kept.subject == "person" else set()
            spared |= held
            job = job or Maintenance.objects.create(
                kind=DELETE, detail={"class": code, "name": kept.name, "basis": kept.basis}, started_at=now
            )
            for row in rows.select_for_update(of=("self",)).filter(pk__in=set(ids) - held):
                _erase(row, job, actor)
            job.last_id = ids[-1]
            job.detail["held"] = len(spared)
            job.save(update_fields=["detail", "done", "digest", "last_id"])


def _finished(job: Maintenance | None, actor: Actor) -> Maintenance | None:
    if job is not None:
        job.finished_at = clock.now()
        job.save(update_fields=["finished_at"])
        digest = bytes(job.digest or b"").hex()
        said = {"class": job.detail["class"], "done": job.done, "held": job.detail["held"], "digest": digest}
        _tell("maintenance", job.pk, "registry:retention:run", actor, job.finished_at, **said)
    return job


def _erase(row: Any, job: Maintenance, by: Actor) -> None:
    at, pk = clock.now(), row.pk
    area_pos: int | None
    if isinstance(row, Person):
        kind, area_pos = "person", row.area_pos
        _erase_person(row, timezone.localdate(at))
    elif isinstance(row, Tag):
        kind, area_pos = "tag", row.area_pos
        Tag.objects.filter(pk=pk).delete()
    else:
        kind, area_pos = "import", None
        _erase_rows(row)
    of = {"run": job.pk, "class": job.detail["class"]}
    _tell(kind, pk, f"registry:{kind}:erase", by, at, area_pos=area_pos, **of)
    job.digest = _next(bytes(job.digest or _START), pk, at)
    job.done += 1


def _tell(
    subject: str, pk: UUID, action: str, by: Actor, at: dt.datetime, *, area_pos: int | None = None, **data: Any
) -> None:
    audit.record(subject_type=subject, subject_id=pk, action=action, actor=by, area_pos=area_pos, data=data, at=at)


def _erase_person(person: Person, today: dt.date) -> None:
    if person.household_id:
        Household.objects.filter(pk=person.household_id, members__gt=0).update(members=F("members") - 1)
    Person.objects.filter(pk=person.pk).update(
        sealed=b"",
        id_key=None,
        phone_key=None,
        tail_key=None,
        name_key=0,
        initials_key=0,
        birth_key=None,
        status=PersonStatus.ERASED,
        sex=Sex.UNKNOWN,
        birth_year=None,
        id_kind="none",
        no_id_reason="",
        household=None,
        household_role="",
        dwelling=None,
        delete_after=None,
        confirmed={},
        version=F("version") + 1,
    )
    Tie.objects.filter(person=person).update(role="")
    Tie.objects.filter(person=person, valid_to__isnull=True).update(valid_to=today)
    Relation.objects.filter(Q(person=person) | Q(other=person)).delete()
    FurtherPhone.objects.filter(person=person).delete()
    Correction.objects.filter(person=person).delete()
    Tag.objects.filter(person=person).delete()
    ImportRow.objects.filter(subject_id=person.pk).update(sealed=None)


def _erase_rows(run: Import) -> None:
    ImportRow.objects.filter(run=run).update(sealed=None)
    if run.file_path:
        files.remove(run.file_path)
        Import.objects.filter(pk=run.pk).update(file_path="")
