"""Alarms that figures may be made up, for the unit concerned, those above it and those who decide."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from wangge.appraisal import gaming_sql
from wangge.appraisal.gaming import Rule, Tally
from wangge.appraisal.judging import Rulebook, SameAgain, Threshold
from wangge.appraisal.models import AlarmState, GamingAlarm
from wangge.appraisal.models.judgement import OfUnitQuerySet
from wangge.appraisal.policies import Perm
from wangge.appraisal.selectors.judging import belongs_to, involved, selves
from wangge.casework import documents as cases
from wangge.casework import selectors as casework
from wangge.casework.models import Case
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.scope import SYSTEM_ID, Actor

_METRES_A_DEGREE = 111_320.0
_LONGITUDE_HERE = 0.8  # the cosine of 36.6° N; elsewhere the cells are a little wider or narrower


@dataclass(frozen=True)
class Review:
    """A confirmed alarm: the unit's figures of [start, end) stand under review."""

    alarm_id: UUID
    unit_id: UUID
    rule: str
    name: str
    name_en: str
    start: dt.date
    end: dt.date
    decision: str


def tallies(rule: Rule, threshold: Threshold, *, start: dt.datetime, end: dt.datetime) -> list[Tally]:
    """Every unit's trials and hits in the period; the caller's scope must reach all cases."""
    given = threshold.model_dump()
    metres = threshold.metres if isinstance(threshold, SameAgain) else 1
    parameters = {
        "start": start, "end": end, "system": SYSTEM_ID, "minutes": given.get("within_minutes"),
        "days": given.get("within_days", given.get("look_back_days")), "mass": given.get("mass"),
        "cell_y": metres / _METRES_A_DEGREE, "cell_x": metres / (_METRES_A_DEGREE * _LONGITUDE_HERE),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(gaming_sql.statement(rule), parameters)
        return [_tally(row) for row in cursor.fetchall()]


def _tally(row: tuple[Any, ...]) -> Tally:
    unit, kind, trials, hits, ids, ns, *others = row
    pairs = tuple(zip(ids or (), ns or (), strict=True))
    return Tally(unit, kind, trials, hits, pairs, (others[0], others[1]) if others else None)


def listing(
    *,
    actor: Actor,
    state: str = "",
    rule: str = "",
    unit: UUID | None = None,
    start: dt.date | None = None,
    end: dt.date | None = None,
) -> OfUnitQuerySet:
    """In the order they were found: an alarm has no rank, and neither has a unit in it."""
    found = GamingAlarm.objects.visible_to(actor).select_related("unit").order_by("-raised_at", "-pk")
    asked = {"state": state, "rule": rule, "unit_id": unit}
    found = found.filter(**{name: value for name, value in asked.items() if value})
    return found.filter(start__lt=end, end__gt=start) if start is not None and end is not None else found


def alarm(alarm_id: UUID, actor: Actor) -> GamingAlarm:
    found = listing(actor=actor).filter(pk=alarm_id).first()
    if found is None:
        raise NotFound
    assert isinstance(found, GamingAlarm)
    return found


def to_decide(actor: Actor) -> int:
    if not actor.may(Perm.DECIDE_ALARM):
        return 0
    return listing(actor=actor, state=AlarmState.OPEN).exclude(unit_id=actor.unit_id).count()


def under_review(*, start: dt.date, end: dt.date, rules: Rulebook) -> list[Review]:
    """For league rows and bulletins, open to whoever reads those: what was confirmed, without the cases."""
    with scope.lifted():
        return reviews(confirmed(start=start, end=end), rules)


def confirmed(*, start: dt.date, end: dt.date) -> list[GamingAlarm]:
    """Those the caller's scope reaches."""
    found = GamingAlarm.objects.filter(state=AlarmState.CONFIRMED, start__lt=end, end__gt=start)
    return list(found.order_by("decided_at", "pk"))


def reviews(found: list[GamingAlarm], rules: Rulebook) -> list[Review]:
    return [
        Review(one.pk, one.unit_id, one.rule, *names(one.rule, rules), one.start, one.end, one.decision)
        for one in found
    ]


def names(rule: str, rules: Rulebook) -> tuple[str, str]:
    named: Threshold | None = rules.alarms.__dict__.get(rule)
    return (named.name, named.name_en) if named is not None else (rule, rule)


def hands_in(one: GamingAlarm) -> frozenset[UUID]:
    return involved([UUID(case["id"]) for case in one.cases])


def row(one: GamingAlarm, actor: Actor, rules: Rulebook) -> dict[str, Any]:
    name, name_en = names(one.rule, rules)
    return {
        **{field: getattr(one, field) for field in (
            "id", "rule", "start", "end", "trials", "hits", "observed", "expected", "p_value", "text_zh", "text_en",
            "state", "raised_at", "seen_at", "decided_at", "decided_name", "decision",
        )},
        "name": name,
        "name_en": name_en,
        "unit": {"id": one.unit_id, "name": one.unit.short_name},
        "state_name": one.get_state_display(),
        "can": {
            "decide": one.state == AlarmState.OPEN and actor.may(Perm.DECIDE_ALARM) and not belongs_to(actor, one.unit)
        },
    }  # fmt: skip


def document(one: GamingAlarm, actor: Actor, rules: Rulebook) -> dict[str, Any]:
    """With the cases behind it, as far as the reader may see them."""
    shown = row(one, actor, rules)
    if shown["can"]["decide"]:
        shown["can"]["decide"] = not selves(actor) & hands_in(one)
    measured = {UUID(case["id"]): case["n"] for case in one.cases}
    visible = casework.rows(Case.objects.visible_to(actor).filter(pk__in=measured), actor)
    by_id = {case.pk: case for case in visible}
    threshold: Threshold | None = rules.alarms.__dict__.get(one.rule)
    return shown | {
        "cases": [
            {"case": cases.case_row(by_id[pk], actor), **_says(threshold, n)}
            for pk, n in measured.items()
            if pk in by_id
        ],
        "hidden": len(measured) - len(by_id),
    }


def _says(threshold: Threshold | None, n: float | None) -> dict[str, str]:
    if threshold is None or n is None:
        return {"says": "", "says_en": ""}
    text = f"{n:g}"
    return {"says": threshold.case_says.format(n=text), "says_en": threshold.case_says_en.format(n=text)}
