"""What every verb of judging does: a reason, a step of the table, nobody in their own matter, a line in the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

from wangge.appraisal.selectors.judging import belongs_to, selves
from wangge.audit import services as audit
from wangge.kit.errors import Conflict, Forbidden, Invalid, field_error
from wangge.kit.text import has_control
from wangge.org.models import Unit
from wangge.org.scope import Actor

State = TypeVar("State")


class NotYoursToDecide(Forbidden):
    code = "involved"
    title_zh = "与此事有关的人不能决定"
    title_en = "Nobody decides in a matter they had a hand in"


class Decided(Conflict):
    code = "decided_already"
    title_zh = "此事已有结论"
    title_en = "This is decided already"


def stated(at: str, text: str, *, least: int = 4, most: int = 500) -> str:
    """A reason in words; Invalid when it says nothing."""
    words = text.strip()
    if len(words) < least or len(set(words)) < 2 or has_control(words.replace("\n", " ")):
        raise Invalid(
            errors=[field_error(at, f"请写明理由（至少 {least} 字）", f"say why, in {least} characters or more")]
        )
    if len(words) > most:
        raise Invalid(errors=[field_error(at, f"不超过 {most} 字", f"at most {most} characters")])
    return words


def optional(at: str, text: str, most: int) -> str:
    return stated(at, text, least=2, most=most) if text.strip() else ""


def next_state(table: Mapping[tuple[State, str], State], state: State, step: str) -> State:
    if not any(known == step for _, known in table):
        zh, en = "没有这种决定", "there is no such decision"
        raise Invalid(errors=[field_error("body.outcome", zh, en)])
    following = table.get((state, step))
    if following is None:
        raise Decided(state=str(state))
    return following


def stand_aside(by: Actor, *, unit: Unit, involved: Collection[UUID]) -> None:
    """Not of the unit concerned, and not one of those who had a hand in it."""
    if belongs_to(by, unit):
        raise NotYoursToDecide("不能决定本单位的事", "nobody decides what concerns their own unit")
    if selves(by) & set(involved):
        raise NotYoursToDecide


def note(
    subject: str, subject_id: UUID, verb: str, *, by: Actor, at: dt.datetime, unit: Unit | None = None, **data: Any
) -> None:
    """One entry in the chain of the thing itself."""
    named = {"unit": {"id": str(unit.pk), "name": unit.short_name}} if unit is not None else {}
    audit.record(
        subject_type=subject,
        subject_id=subject_id,
        action=f"appraisal:{subject}:{verb}",
        actor=by,
        data={**named, **data},
        at=at,
    )
