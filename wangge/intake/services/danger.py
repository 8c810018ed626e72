"""What people say of alarms: right, wrong, or missed. Wrong ones take the urgency back, missed ones raise it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from wangge.casework import services as casework
from wangge.casework.models import Case, Urgency
from wangge.casework.workflow import ENDED
from wangge.intake.models import DangerAlarm
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.responsibility import selectors as responsibility

LONGEST = 300


class NoAlarm(Conflict):
    code = "no_alarm"
    title_zh = "这一件没有险情报警"
    title_en = "There was no alarm for this case"


@transaction.atomic
def judge(*, case_id: UUID, right: bool, reason: str, by: Actor) -> DangerAlarm:
    """Whether the alarm was right, or, where there was none, that there is danger. The newest word stands."""
    said = reason.strip()
    if not 2 <= len(said) <= LONGEST:
        raise Invalid(errors=[field_error("body.reason", f"请填写理由，2 到 {LONGEST} 字", "A reason is needed")])
    case = Case.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise NotFound
    alarm = _alarm(case)
    if alarm is None and not right:
        raise NoAlarm
    with scope.unrestricted():
        alarm = alarm or DangerAlarm(case=case, missed=True, at=case.submitted_at)
        alarm.right, alarm.reason, alarm.decided_at = right, said, clock.now()
        alarm.by_id, alarm.by_name = by.user_id, by.name
        alarm.save()
    if case.state not in ENDED and not case.history:
        usual = case.category.urgency if case.category is not None else Urgency.NORMAL
        casework.set_urgency(case_id=case_id, urgency=Urgency.DANGER if right else usual, reason=said, by=by)
    return alarm


def _alarm(case: Case) -> DangerAlarm | None:
    """The one kept, or the one that its words have raised and that has not been read yet."""
    kept = DangerAlarm.objects.filter(pk=case.pk).first()
    if kept is not None:
        return kept
    heard = None if case.on_the_spot or case.history else responsibility.danger(case.title, case.description)
    if heard is None or case.urgency != Urgency.DANGER:
        return None
    return DangerAlarm(case=case, sign=heard.sign, words=list(heard.words), at=case.submitted_at)
