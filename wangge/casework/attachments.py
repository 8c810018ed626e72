"""Pictures and documents: a clean copy to show, the sealed original as evidence.

A file is whole on the disk, synced and renamed, before its row is written; a row without its file cannot come
about, and a file without its row is pruned after a day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from wangge.audit import services as audit
from wangge.casework.models import Attachment
from wangge.casework.policies import Perm
from wangge.kit import clock, crypto, files, images, text
from wangge.kit.errors import Forbidden, Invalid, NotFound, TooLarge, field_error
from wangge.kit.ids import uuid7
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

PHASES = ("report", "handle", "verify", "whistle", "appeal")
VARIANTS = ("picture", "thumbnail", "sealed")
PDF = "application/pdf"
SEALED = 0o400  # can be read and nothing else
UNCLAIMED_FOR = dt.timedelta(days=1)
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Served:
    """What a request for a file is answered with."""

    data: bytes
    content_type: str
    name: str
    inline: bool


def store(*, data: bytes, filename: str, phase: str, uploader_id: UUID | None) -> Attachment:
    """Keep an upload until a case claims it. `uploader_id` None: a resident without an account."""
    limit = settings.WANGGE.upload_limit_mb
    if len(data) > limit * 1024 * 1024:
        raise TooLarge(f"文件超过 {limit} MB", f"The file is larger than {limit} MiB")
    if phase not in PHASES:
        raise Invalid(errors=[field_error("form.phase", "阶段无效", "Not a phase")])
    now = clock.now()
    made = Attachment(
        id=uuid7(),
        phase=phase,
        name=_clean_name(filename),
        size=len(data),
        sealed_sm3=crypto.sm3(data),
        uploader_id=uploader_id or scope.SYSTEM_ID,
        uploaded_at=now,
    )
    base = f"attachments/{now:%Y/%m}/{made.pk}"
    if data.startswith(b"%PDF-"):
        made.content_type = PDF
        made.path = made.sealed_path = files.keep(f"{base}.pdf", data, mode=SEALED)
    else:
        picture = images.reencode(data)
        made.content_type, made.width, made.height = "image/jpeg", picture.width, picture.height
        made.path = files.keep(f"{base}.jpg", picture.jpeg)
        made.thumbnail = files.keep(f"{base}.thumb.jpg", picture.thumbnail)
        made.sealed_path = files.keep(f"{base}.original", data, mode=SEALED)
    made.save(force_insert=True)
    return made


def _clean_name(filename: str) -> str:
    name = text.visible(text.nfc(PurePath(filename.replace("\\", "/")).name))
    return "".join(c for c in name if c.isprintable())[-_LONGEST_NAME:] or "文件"


def fetch(attachment_id: UUID, variant: str, *, actor: Actor, purpose: str = "", address: str | None = None) -> Served:
    """The file for whoever sees its case or uploaded it. The sealed original needs the right to look and a purpose."""
    found = Attachment.objects.visible_to(actor).filter(pk=attachment_id, case__isnull=False).first()
    if found is None:
        found = _own_upload(attachment_id, actor)
    if found is None or variant not in VARIANTS:
        raise NotFound
    if variant == "sealed":
        if not actor.may(Perm.LOOK):
            raise Forbidden(permission=Perm.LOOK)
        audit.look(
            actor=actor, subject_type="attachment", subject_id=found.pk, fields=["sealed"], purpose=purpose,
            address=address,
        )  # fmt: skip
        return Served(
            files.read(found.sealed_path), "application/octet-stream", f"{found.pk}-{found.name}", inline=False
        )
    if variant == "thumbnail":
        if not found.thumbnail:
            raise NotFound
        return Served(files.read(found.thumbnail), "image/jpeg", found.name, inline=True)
    return Served(files.read(found.path), found.content_type, found.name, inline=found.content_type != PDF)


def _own_upload(attachment_id: UUID, actor: Actor) -> Attachment | None:
    with scope.unrestricted():
        return Attachment.objects.filter(pk=attachment_id, case__isnull=True, uploader_id=actor.user_id).first()


def prune(*, at: dt.datetime | None = None) -> int:
    """Delete uploads no case claimed within a day, and files no row knows; how many files went."""
    before = (at or clock.now()) - UNCLAIMED_FOR
    gone = 0
    with scope.acting(scope.system_actor("附件清理")):
        for stale in Attachment.objects.select_for_update().filter(case__isnull=True, uploaded_at__lt=before):
            stale.delete()
        known = {
            path
            for paths in Attachment.objects.values_list("path", "thumbnail", "sealed_path").iterator()
            for path in paths
        }
    for relative in _files_older_than(before):
        if relative not in known:
            files.remove(relative)
            gone += 1
    return gone


def _files_older_than(before: dt.datetime) -> Iterator[str]:
    root = files.absolute("attachments")
    for path in root.rglob("*"):
        if path.is_file() and path.stat().st_mtime < before.timestamp():
            yield path.relative_to(files.absolute("")).as_posix()


def missing_files() -> list[UUID]:
    """Attachments whose files are not on the disk; for the check of invariants."""
    rows = Attachment.objects.values_list("pk", "path", "thumbnail", "sealed_path").iterator()
    return [pk for pk, *paths in rows if not all(files.absolute(path).is_file() for path in paths if path)]
