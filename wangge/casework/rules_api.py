"""The rules of time in force, in rows that can be read."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router

from wangge.casework.rules_page import document
from wangge.kit.policy import requires
from wangge.kit.schema import Out

router = Router(tags=["time"])


class SaidLimit(Out):
    zh: str
    en: str


class RuleCondition(Out):
    """What a line is about: `field` of clocks.yaml, the `code` it names, and its name where that is known."""

    field: str
    code: str
    name: str
    name_en: str


class RuleLine(Out):
    """`limits` has one for each stage. `over_list`: wins over the responsibility list; `fixed`: never lengthened."""

    name: str
    conditions: list[RuleCondition]
    limits: list[SaidLimit]
    calendar: str | None
    calendar_en: str | None
    over_list: bool
    fixed: bool
    note: str
    note_en: str


class RuleKind(Out):
    kind: str
    kind_name: str
    lines: list[RuleLine]


class RuleRung(Out):
    step: str
    when: str
    after: SaidLimit | None
    to: str
    answer_within: SaidLimit | None
    text_zh: str
    text_en: str


class RuleLadder(Out):
    """For these kinds of promise and this urgency; none named: for all that no other ladder is for."""

    name: str
    kinds: list[str]
    urgency: str | None
    rungs: list[RuleRung]


class RuleCards(Out):
    yellow: SaidLimit
    half_up_to_hours: int
    red: str


class RuleBounds(Out):
    extend_most_days: int
    extend_most_times: int
    carry_over_most_days: int
    send_back_working_days: int
    send_backs_before_ruling: int
    call_back_attempts: int
    unhappy_rating: int


class TimeRulesOut(Out):
    """`loaded_at` is null while no profile has been loaded: then those of the base profile hold."""

    loaded_at: dt.datetime | None
    source: str
    calendar: str
    calendar_name: str
    calendar_name_en: str
    kinds: list[RuleKind]
    cards: RuleCards
    ladders: list[RuleLadder]
    bounds: RuleBounds


@router.get("/time-rules", response=TimeRulesOut, summary="现行时限规则")
@requires()
def get_time_rules(request: HttpRequest) -> dict[str, Any]:
    del request
    return document()
