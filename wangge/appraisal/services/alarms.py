"""Looking for figures that look made up, and what a person makes of each alarm. Nothing follows by itself."""

from __future__ import annotations

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from wangge.appraisal import gaming
from wangge.appraisal.gaming import Finding, Rule
from wangge.appraisal.judging import Threshold
from wangge.appraisal.models import AlarmState, GamingAlarm
from wangge.appraisal.models.judgement import ALARM_STEPS
from wangge.appraisal.periods import Period, PeriodKind, containing
from wangge.appraisal.policies import Perm
from wangge.appraisal.selectors import alarms
from wangge.appraisal.selectors.judging import rules
from wangge.appraisal.services.deciding import next_state, note, stand_aside, stated
from wangge.casework.models import Case
from wangge.kit import clock
from wangge.kit.errors import Forbidden, NotFound
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor, system_actor

LOCAL = ZoneInfo("Asia/Shanghai")
# A month is looked at again until what was closed in it can no longer be told of again or opened again.
SETTLE_DAYS = 10


def look(*, period: Period | None = None, by: Actor | None = None, at: dt.datetime | None = None) -> list[UUID]:
    """Every rule over a period, or over this month and the last while it settles; the ids of new alarms."""
    now, actor = at or clock.now(), by or system_actor("数据核验")
    today = now.astimezone(LOCAL).date()
    periods = [period] if period is not None else _months(today)
    raised: list[UUID] = []
    with transaction.atomic(), scope.unrestricted():
        _one_at_a_time()
        book = rules()
        for one in periods:
            for rule in Rule:
                threshold: Threshold = book.alarms.__dict__[rule.value]
                if threshold.active:
                    raised += _look(rule, threshold, one, actor, now)
    return raised


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('wangge gaming'))")


def _months(today: dt.date) -> list[Period]:
    this = containing(PeriodKind.MONTH, today)
    return [this.before(), this] if today.day <= SETTLE_DAYS else [this]


def _look(rule: Rule, threshold: Threshold, period: Period, by: Actor, now: dt.datetime) -> list[UUID]:
    start, end = (dt.datetime.combine(day, dt.time(), LOCAL) for day in (period.start, period.end))
    found = gaming.judge(alarms.tallies(rule, threshold, start=start, end=end), threshold)
    if not found:
        return []
    units = Unit.objects.in_bulk([one.tally.unit for one in found])
    ids = {pk for one in found for pk, _ in one.tally.cases}
    numbers = dict(Case.objects.filter(pk__in=ids).values_list("pk", "number"))
    made = (_raise(rule, threshold, period, one, units[one.tally.unit], numbers, by, now) for one in found)
    return [alarm.pk for alarm in made if alarm is not None]


def _raise(
    rule: Rule, threshold: Threshold, period: Period, found: Finding, unit: Unit, numbers: dict[UUID, str], by: Actor,
    now: dt.datetime,
) -> GamingAlarm | None:  # fmt: skip
    """A new alarm; one that waits is brought up to date, one that is decided stays as it was judged."""
    key = {"rule": rule.value, "unit": unit, "start": period.start, "end": period.end}
    values = {
        "trials": found.tally.trials, "hits": found.tally.hits, "observed": found.observed,
        "expected": found.expected, "p_value": found.p_value, "seen_at": now,
        "text_zh": _words(threshold.says, unit, period.label, found)[:500],
        "text_en": _words(threshold.says_en, unit, period.text, found)[:800],
        "cases": [{"id": str(pk), "number": numbers.get(pk, ""), "n": n} for pk, n in found.tally.cases],
    }  # fmt: skip
    known = GamingAlarm.objects.filter(**key).first()
    if known is not None:
        if known.state == AlarmState.OPEN:
            GamingAlarm.objects.filter(pk=known.pk).update(**values)
        return None
    made = GamingAlarm(**key, **values, unit_pos=unit.pos, raised_at=now)
    made.save(force_insert=True)
    note(
        "alarm", made.pk, "raise", by=by, at=now, unit=unit, rule=rule.value, period=period.text, hits=made.hits,
        trials=made.trials, expected=f"{made.expected:.4f}", p_value=f"{made.p_value:.3g}",
    )  # fmt: skip
    return made


def _words(template: str, unit: Unit, period: str, found: Finding) -> str:
    return template.format(
        unit=unit.short_name,
        period=period,
        hits=found.tally.hits,
        trials=found.tally.trials,
        observed=f"{found.observed:.1%}",
        expected=f"{found.expected:.1%}",
    )


def decide(*, alarm_id: UUID, outcome: str, reason: str, by: Actor, at: dt.datetime | None = None) -> GamingAlarm:
    """`confirmed` is noted beside the unit's figures; `explained` ends it."""
    now = at or clock.now()
    visible = GamingAlarm.objects.visible_to(by).select_for_update(of=("self",)).select_related("unit")
    found = visible.filter(pk=alarm_id).first()
    if found is None:
        raise NotFound
    assert isinstance(found, GamingAlarm)
    if not by.may(Perm.DECIDE_ALARM):
        raise Forbidden(permission=Perm.DECIDE_ALARM)
    stand_aside(by, unit=found.unit, involved=alarms.hands_in(found))
    said = stated("body.reason", reason)
    step = {"confirmed": "confirm", "explained": "explain"}.get(outcome, outcome)
    found.state = next_state(ALARM_STEPS, AlarmState(found.state), step)
    found.decided_at, found.decided_by, found.decided_name, found.decision = now, by.user_id, by.name, said
    found.save(update_fields=["state", "decided_at", "decided_by", "decided_name", "decision"])
    note("alarm", found.pk, "decide", by=by, at=now, unit=found.unit, state=found.state, reason=said)
    return found
