"""Lists of people that leave the system: asked for with a purpose, agreed to by two others when large, short-lived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Sum
from procrastinate.contrib.django import app

from wangge.areas import selectors as areas
from wangge.audit import services as audit
from wangge.kit import clock, files
from wangge.kit.errors import Conflict, Forbidden, Invalid, NotFound, Problem, field_error
from wangge.org import scope
from wangge.org import selectors as org
from wangge.org.models import Unit
from wangge.org.scope import Actor, Scope
from wangge.registry.models import Export, ExportState, Person
from wangge.registry.policies import Perm
from wangge.registry.selectors import exporting, readers
from wangge.registry.selectors.exporting import FIELDS, Filters
from wangge.registry.selectors.rulebook import rules
from wangge.registry.services import export_book, export_files
from wangge.registry.services.keeping import stated

AGREE = 2  # people besides the one who asks
_DAY = dt.timedelta(days=1)
_STRAY = dt.timedelta(hours=1)


class NotForYou(Forbidden):
    code = "own_export"
    title_zh = "不能审批自己或代为办理的导出"
    title_en = "Nobody decides on an export of their own"


class AlreadyDecided(Conflict):
    code = "already_decided"
    title_zh = "这项导出已有结论，或您已表态"
    title_en = "This export is decided, or you have had your say"


class NotReady(Conflict):
    code = "not_ready"
    title_zh = "文件尚未生成或已过期"
    title_en = "The file is not made yet, or has expired"


def ask_export(
    *, filters: Filters, fields: Sequence[str], purpose: str, by: Actor, at: dt.datetime | None = None
) -> Export:
    """Count under the asker's scope of this moment; small lists are made at once, large ones wait for two others."""
    now, wanted = at or clock.now(), list(dict.fromkeys(fields))
    _check_fields(wanted)
    said = stated("body.purpose", purpose, least=4, most=200)
    ours = rules().exports
    count = exporting.people(filters=filters, actor=by).distinct().count()
    if not count:
        raise Invalid(errors=[field_error("body.filters", "没有符合条件的人", "nobody fits")])
    if count > ours.most:
        zh, en = f"有 {count} 人，超过一次 {ours.most} 人的上限", f"{count} people, and {ours.most} at most at a time"
        raise Invalid(errors=[field_error("body.filters", zh, en)])
    free = count + _taken_freely(by, now) <= ours.free_up_to
    export = Export.objects.create(
        filters=filters.plain(),
        fields=wanted,
        purpose=said,
        count=count,
        state=ExportState.APPROVED if free else ExportState.PENDING,
        by_id=by.user_id,
        by_name=by.name,
        unit_id=by.unit_id,
        scope=_kept(by),
        area_pos=_place(filters, by),
        created_at=now,
    )
    _note(export, "ask", by, now, count=count, fields=wanted, purpose=said, filters=filters.plain(), free=free)
    if free:
        _order(export)
    return export


def _check_fields(fields: Sequence[str]) -> None:
    unknown = [name for name in fields if name not in FIELDS]
    if unknown or not fields:
        zh, en = f"没有字段“{unknown[0][:32]}”" if unknown else "请选择字段", "choose among the fields there are"
        raise Invalid(errors=[field_error("body.fields", zh, en)])


def _taken_freely(by: Actor, now: dt.datetime) -> int:
    """Rows the asker got within a day without anybody's agreement: a long list in many short ones is a long list."""
    mine = Export.objects.filter(by_id=by.user_id, created_at__gt=now - _DAY, approvals=[])
    return int(mine.exclude(state__in=(ExportState.REFUSED, ExportState.PENDING)).aggregate(n=Sum("count"))["n"] or 0)


def _kept(by: Actor) -> dict[str, Any]:
    seen = by.scope
    return {
        "all": seen.all,
        "areas": [list(one) for one in seen.areas],
        "units": [list(one) for one in seen.units],
        "post": str(by.post_id) if by.post_id else None,
        "for": str(by.on_behalf_of) if by.on_behalf_of else None,
    }


def _place(filters: Filters, by: Actor) -> int:
    """Where those who decide look: the area asked for, else the asker's own, else the district."""
    if filters.area and (version := areas.version_at(UUID(filters.area))):
        return version.pos
    if by.scope.areas:
        return by.scope.areas[0][0]
    district = areas.current().filter(level=0).first()
    return district.pos if district else 0


def _order(export: Export) -> None:
    app.configure_task("registry:export:make", queue="registry").defer(export_id=str(export.pk))


def _note(export: Export, verb: str, by: Actor, at: dt.datetime, **data: Any) -> None:
    audit.record(
        subject_type="export",
        subject_id=export.pk,
        action=f"registry:export:{verb}",
        actor=by,
        area_pos=export.area_pos,
        data=data,
        at=at,
    )


def decide_export(*, export_id: UUID, agreed: bool, reason: str, by: Actor, at: dt.datetime | None = None) -> Export:
    """One's say; two who agree have the file made, one who refuses ends it. Nobody of them is the asker."""
    now = at or clock.now()
    export: Export | None = Export.objects.visible_to(by).select_for_update().filter(pk=export_id).first()
    if export is None or not by.may(Perm.EXPORT_APPROVE):
        raise NotFound
    said = stated("body.reason", reason, least=4, most=200)
    mine = {str(by.user_id), str(by.on_behalf_of or by.user_id)}
    if mine & {str(export.by_id), str(export.scope.get("for"))}:
        raise NotForYou
    heard = {who for one in export.approvals for who in (one["by"], one["for"])}
    if export.state != ExportState.PENDING or mine & heard:
        raise AlreadyDecided(state=export.state)
    voice = {
        "by": str(by.user_id),
        "for": str(by.on_behalf_of or by.user_id),
        "name": by.name,
        "at": now.isoformat(),
        "agreed": agreed,
        "reason": said,
    }
    export.approvals = [*export.approvals, voice]
    if not agreed:
        export.state = ExportState.REFUSED
    elif sum(one["agreed"] for one in export.approvals) >= AGREE:
        export.state = ExportState.APPROVED
    export.save(update_fields=["approvals", "state"])
    _note(export, "agree" if agreed else "refuse", by, now, reason=said)
    if export.state == ExportState.APPROVED:
        _order(export)
    return export


def make_export(*, export_id: UUID, at: dt.datetime | None = None) -> Export | None:
    """By the worker: as the asker, under the scope of then and of now; made already or not agreed to: None."""
    now = at or clock.now()
    system = scope.system_actor("导出")
    with scope.acting(system):
        approved = Export.objects.select_for_update().filter(pk=export_id, state=ExportState.APPROVED)
        export: Export | None = approved.first()
        if export is None:
            return None
        try:
            data, count = _made(export, now)
        except Problem as refused:
            export.state = ExportState.REFUSED
            export.save(update_fields=["state"])
            _note(export, "stop", system, now, reason=refused.detail_zh)
            return export
        export.path = export_files.keep(data, export_id=export.pk)
        export.state = ExportState.READY
        export.count = count
        export.expires_at = now + dt.timedelta(days=rules().exports.keep_days)
        export.save(update_fields=["path", "state", "count", "expires_at"])
        _note(export, "make", system, now, rows=count)
    return export


def _made(export: Export, now: dt.datetime) -> tuple[bytes, int]:
    actor = _asker(export)
    then = Scope(
        all=export.scope["all"],
        areas=tuple((start, end) for start, end in export.scope["areas"]),
        units=tuple((start, end) for start, end in export.scope["units"]),
    )
    filters = exporting.filters_of(export.filters)
    with scope.applied(then):
        found = exporting.people(filters=filters, actor=actor)
        found = found.filter(pk__in=Person.objects.visible_to(replace(actor, scope=then)).values("pk"))
        reader = readers.reader_of(actor, now)
        held = list(exporting.rows(found=found, fields=export.fields, reader=reader))
    if len(held) > export.count:
        raise Conflict(
            f"符合条件的人已由 {export.count} 增至 {len(held)}，请重新申请", "more people fit now than were agreed to"
        )
    opened = exporting.opens(export.fields, actor)
    if opened:
        people = [person.pk for person, _ in held if exporting.shown_whole(person, reader)]
        audit.look_many(
            actor=actor, subject_type="person", subject_ids=people, fields=opened, purpose=f"导出：{export.purpose}",
            at=now,
        )  # fmt: skip
    unit = (
        Unit.objects.filter(pk=export.unit_id).values_list("name", flat=True).first() if export.unit_id else ""
    ) or ""
    cells = (row for _, row in held)
    return export_book.build(export=export, unit=unit, rows=cells, count=len(held), at=now), len(held)


def _asker(export: Export) -> Actor:
    """Who asked, as they are now; Forbidden when they no longer may."""
    who = org.person(export.by_id)
    held = [one for one in who.positions if str(one.post_id) == export.scope["post"]] if who and who.active else []
    if who is None or not held or Perm.EXPORT_REQUEST not in held[0].permissions:
        raise Forbidden("申请人已没有导出权限", "Who asked may no longer export")
    return org.actor_in(who, held[0])


def fetch_export(
    *, export_id: UUID, by: Actor, address: str | None = None, at: dt.datetime | None = None
) -> tuple[bytes, str]:
    """The file, for the asker alone; each time is counted and written down."""
    now = at or clock.now()
    export = Export.objects.select_for_update().filter(pk=export_id, by_id=by.user_id).first()
    if export is None:
        raise NotFound
    if export.state != ExportState.READY or (export.expires_at and export.expires_at <= now):
        raise NotReady(state=export.state)
    data = export_files.read(export.path, export_id=export.pk)
    export.downloads += 1
    export.save(update_fields=["downloads"])
    audit.look(
        actor=by, subject_type="export", subject_id=export.pk, fields=export.fields, purpose=export.purpose,
        address=address, at=now,
    )  # fmt: skip
    _note(export, "fetch", by, now, downloads=export.downloads)
    return data, f"人员名单-{now:%Y%m%d}-{str(export.pk)[-8:]}.xlsx"


def expire_exports(*, at: dt.datetime | None = None) -> int:
    """Delete the files whose time is over, and those no export knows; how many exports expired."""
    now, gone = at or clock.now(), 0
    system = scope.system_actor("导出到期")
    with scope.acting(system):
        for export in Export.objects.select_for_update().filter(state=ExportState.READY, expires_at__lte=now):
            files.remove(export.path)  # first: a row that says READY without its file is mended next time
            export.path, export.state = "", ExportState.EXPIRED
            export.save(update_fields=["path", "state"])
            _note(export, "expire", system, now, downloads=export.downloads)
            gone += 1
        known = set(Export.objects.exclude(path="").values_list("path", flat=True))
    export_files.prune(known, before=(now - _STRAY).timestamp())
    return gone
