"""Pictures of places: encoded anew, so that neither the camera's data nor anything hidden in the file stays."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from wangge.areas import selectors as areas
from wangge.kit import clock, files, images
from wangge.kit.errors import Conflict, Invalid, NotFound, TooLarge, field_error
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor
from wangge.registry.models import Building, Component, Device, Dwelling, Estate, Photo, Premises
from wangge.registry.services import placing

MOST = 30
SUBJECTS: dict[str, Any] = {
    "estate": Estate,
    "building": Building,
    "dwelling": Dwelling,
    "premises": Premises,
    "component": Component,
    "device": Device,
}


class EnoughPhotos(Conflict):
    code = "enough_photos"
    title_zh = "照片已满"
    title_en = "There are enough photos"


@transaction.atomic
def add_photo(*, subject_type: str, subject_id: UUID, data: bytes, by: Actor, at: dt.datetime | None = None) -> Photo:
    """Keep a picture of a place in the actor's areas."""
    limit = settings.WANGGE.upload_limit_mb
    if len(data) > limit * 1024 * 1024:
        raise TooLarge(f"文件超过 {limit} MB", f"The file is larger than {limit} MiB")
    if subject_type not in SUBJECTS:
        raise Invalid(errors=[field_error("form.subject_type", "没有这种对象", "there is no such object")])
    subject = placing.locked(SUBJECTS[subject_type], subject_id, version=None, by=by)
    pos = _estate_pos(subject, by) if isinstance(subject, Estate) else subject.area_pos
    if Photo.objects.filter(subject_type=subject_type, subject_id=subject_id).count() >= MOST:
        raise EnoughPhotos(f"最多 {MOST} 张，请先删除旧照片", f"at most {MOST}: delete old ones first")
    picture, now = images.reencode(data), at or clock.now()
    row = Photo(
        id=uuid7(), subject_type=subject_type, subject_id=subject_id, area_pos=pos, width=picture.width,
        height=picture.height, taken_by=by.user_id, taken_at=now,
    )  # fmt: skip
    base = f"registry/photos/{now:%Y/%m}/{row.pk}"
    row.path = files.keep(f"{base}.jpg", picture.jpeg)
    row.thumbnail = files.keep(f"{base}.thumb.jpg", picture.thumbnail)
    row.save(force_insert=True)
    placing.note(subject, "photograph", by=by, at=now, photo=str(row.pk))
    return row


@transaction.atomic
def remove_photo(*, photo_id: UUID, by: Actor, at: dt.datetime | None = None) -> None:
    """The row now, the files when that is committed; the log keeps that there was one."""
    row = Photo.objects.visible_to(by).select_for_update().filter(pk=photo_id).first()
    if row is None:
        raise NotFound
    placing.must_cover(row.area_pos, by=by)
    subject = SUBJECTS[row.subject_type].objects.filter(pk=row.subject_id).select_for_update().first()
    if subject is not None:
        placing.note(subject, "drop_photo", by=by, at=at or clock.now(), photo=str(row.pk))
    row.delete()
    for path in (row.path, row.thumbnail):
        transaction.on_commit(partial(files.remove, path))


def _estate_pos(estate: Estate, by: Actor) -> int:
    """An estate lies in a community; its picture where the one who took it can see it again."""
    community = areas.version_at(estate.area_id)
    placing.must_reach(community, by=by)
    inside: int | None = (
        Building.objects.visible_to(by)
        .filter(estate=estate)
        .order_by("area_pos")
        .values_list("area_pos", flat=True)
        .first()
    )
    return inside or (community.pos if community else 0)
