"""Writing down what grid members were taught and commended for. No points, no order among people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from wangge.appraisal.models import Commendation, Trainee, Training
from wangge.appraisal.policies import Perm
from wangge.appraisal.selectors import records
from wangge.appraisal.selectors.judging import rules
from wangge.appraisal.services.deciding import note, optional, stated
from wangge.kit import clock
from wangge.kit.errors import Forbidden, Invalid, NotFound, field_error
from wangge.org import selectors as org
from wangge.org.scope import Actor
from wangge.registry.forbidden import refusal

LOCAL = ZoneInfo("Asia/Shanghai")
MOST_TRAINEES = 500


def add_training(
    *,
    title: str,
    day: dt.date,
    hours: Decimal,
    held_by: str,
    trainees: Mapping[UUID, bool | None],
    by: Actor,
    remark: str = "",
    at: dt.datetime | None = None,
) -> Training:
    """`trainees` says of each whether they passed; None where there was no test."""
    now = at or clock.now()
    _may(by)
    said = stated("body.title", title, least=2, most=120)
    held = stated("body.held_by", held_by, least=2, most=80)
    written = optional("body.note", remark, 300)
    _allowed(said, written)
    _past("body.day", day, now)
    if not Decimal("0.5") <= hours <= 200:
        raise Invalid(errors=[field_error("body.hours", "0.5 至 200 学时", "between 0.5 and 200 hours")])
    if not 1 <= len(trainees) <= MOST_TRAINEES:
        raise Invalid(errors=[field_error("body.trainees", f"1 至 {MOST_TRAINEES} 人", "from 1 to 500 people")])
    keepers = _keepers(trainees, by, "body.trainees")
    assert by.unit_id is not None
    made = Training(
        title=said, day=day, hours=hours, held_by=held, note=written, unit=org.unit(by.unit_id), unit_pos=by.unit_pos,
        recorded_at=now, recorded_by=by.user_id, recorded_name=by.name,
    )  # fmt: skip
    made.save(force_insert=True)
    Trainee.objects.bulk_create(
        Trainee(training=made, user_id=user, keeper_pos=keepers[user], passed=passed)
        for user, passed in trainees.items()
    )
    note("training", made.pk, "add", by=by, at=now, title=said, day=day.isoformat(), people=len(trainees))
    return made


def commend(
    *, user_id: UUID, kind: str, day: dt.date, reason: str, given_by: str, by: Actor, at: dt.datetime | None = None
) -> Commendation:
    now = at or clock.now()
    _may(by)
    said = stated("body.reason", reason, most=300)
    giver = stated("body.given_by", given_by, least=2, most=80)
    _allowed(said)
    _past("body.day", day, now)
    if kind not in rules().judgement.commendations:
        raise Invalid(errors=[field_error("body.kind", "没有这种表彰", "there is no such commendation")])
    keepers = _keepers([user_id], by, "body.user_id")
    made = Commendation(
        user_id=user_id, keeper_pos=keepers[user_id], kind=kind, day=day, reason=said, given_by=giver,
        recorded_at=now, recorded_by=by.user_id, recorded_name=by.name,
    )  # fmt: skip
    made.save(force_insert=True)
    note("commendation", made.pk, "add", by=by, at=now, kind=kind, day=day.isoformat(), person=str(user_id))
    return made


def remove_training(*, training_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> None:
    """What was written down wrongly, by whoever answers for the unit that wrote it; the log keeps that it was."""
    now = at or clock.now()
    found = Training.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=training_id).first()
    if found is None:
        raise NotFound
    _may(by)
    if not by.scope.covers_unit(found.unit_pos):
        raise Forbidden("由登记单位更正", "the unit that wrote it down corrects it")
    said = stated("body.reason", reason)
    note("training", found.pk, "remove", by=by, at=now, title=found.title, day=found.day.isoformat(), reason=said)
    found.delete()


def remove_commendation(*, commendation_id: UUID, reason: str, by: Actor, at: dt.datetime | None = None) -> None:
    now = at or clock.now()
    visible = Commendation.objects.visible_to(by).select_for_update(of=("self",))
    found = visible.filter(pk=commendation_id).first()
    if found is None:
        raise NotFound
    _may(by)
    if not by.scope.covers_unit(found.keeper_pos):
        raise Forbidden("由登记单位更正", "whoever answers for the member corrects it")
    said = stated("body.reason", reason)
    note("commendation", found.pk, "remove", by=by, at=now, kind=found.kind, person=str(found.user_id), reason=said)
    found.delete()


def _may(by: Actor) -> None:
    if not by.may(Perm.CHANGE_RECORD) or by.unit_id is None:
        raise Forbidden(permission=Perm.CHANGE_RECORD)


def _keepers(users: Mapping[UUID, bool | None] | list[UUID], by: Actor, at: str) -> dict[UUID, int]:
    """Of each, who answers for them; people of other units, and oneself, are refused without being named."""
    keepers = {one.user_id: one.keeper_pos for one in records.members(by, users=users)}
    if set(users) - keepers.keys() or by.user_id in users:
        zh, en = "只能登记本辖区的网格员，本人除外", "only grid members of your area, not yourself"
        raise Invalid(errors=[field_error(at, zh, en)])
    return keepers


def _allowed(*texts: str) -> None:
    """What the State Council's office forbids has no way in through words either."""
    refused = refusal(texts)
    if refused is not None:
        raise Invalid(errors=[field_error("body", refused.zh, refused.en)])


def _past(at: str, day: dt.date, now: dt.datetime) -> None:
    if not dt.date(2000, 1, 1) <= day <= now.astimezone(LOCAL).date():
        raise Invalid(errors=[field_error(at, "须是今天或以前的日期", "today or a day before")])
