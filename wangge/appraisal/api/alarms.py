"""Alarms over HTTP: of units, never of persons."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Query, Router

from wangge.appraisal import periods
from wangge.appraisal.api.paging import OfPeriod, page
from wangge.appraisal.gaming import Rule
from wangge.appraisal.policies import Perm
from wangge.appraisal.schemas import judging as schemas
from wangge.appraisal.selectors import alarms as reading
from wangge.appraisal.selectors.judging import rules
from wangge.appraisal.services import alarms
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["appraisal"])


class AlarmQuery(OfPeriod):
    state: Literal["", "open", "confirmed", "explained"] = ""
    rule: Rule | Literal[""] = ""


@router.get("/alarms", response=schemas.AlarmPage, summary="数据异常预警")
@requires(Perm.READ_ALARM)
def list_alarms(request: Signed, query: Query[AlarmQuery]) -> Any:
    book, actor = rules(), request.actor
    found = reading.listing(actor=actor, state=query.state, rule=query.rule, unit=query.unit, **query.days())
    items, rest = page(found, query)
    return {
        "items": [reading.row(one, actor, book) for one in items],
        **rest,
        "to_decide": reading.to_decide(actor),
        "rules": [
            {"rule": rule.value, "active": threshold.active, "name": threshold.name, "name_en": threshold.name_en}
            for rule in Rule
            for threshold in [book.alarms.__dict__[rule.value]]
        ],
    }


@router.post("/alarms/look", response=schemas.GamingLookOut, summary="立即核验数据")
@requires(Perm.DECIDE_ALARM)
def look_now(request: Signed, body: schemas.GamingLookIn) -> Any:
    """What is done every night anyway; without a period, for the months that are not settled."""
    chosen = periods.parse(body.period) if body.period else None
    return {"raised": alarms.look(period=chosen, by=request.actor)}


@router.get("/alarms/{alarm_id}", response=schemas.AlarmOut, summary="预警详情与案件")
@requires(Perm.READ_ALARM)
def show_alarm(request: Signed, alarm_id: UUID) -> Any:
    return reading.document(reading.alarm(alarm_id, request.actor), request.actor, rules())


@router.post("/alarms/{alarm_id}/decision", response=schemas.AlarmOut, summary="核实预警")
@requires(Perm.DECIDE_ALARM)
def decide_alarm(request: Signed, alarm_id: UUID, body: schemas.AlarmDecisionIn) -> Any:
    done = alarms.decide(alarm_id=alarm_id, outcome=body.outcome, reason=body.reason, by=request.actor)
    return reading.document(done, request.actor, rules())
