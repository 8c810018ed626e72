"""Another system's past: cases with their own times, without clocks and duties, for statistics and look-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from wangge.casework.services import bulk, drafts, finding
from wangge.casework.services.bulk import Result, Row
from wangge.casework.services.drafts import Draft
from wangge.casework.workflow import State
from wangge.kit import clock as database
from wangge.kit.errors import Problem, field_error
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor


def submit_history(
    items: Sequence[Mapping[str, Any]], *, channel: str, by: Actor, at: datetime | None = None
) -> list[Result]:
    """Items as for `submit_many`, with `submitted_at`, and `target_at`, `closed_at` where the source has them."""
    rows = bulk.read(items, channel)
    with transaction.atomic(), scope.unrestricted():
        moment = at or database.now()
        whole = [row for row in rows if row.matter is not None]
        places = finding.place_many([row.matter for row in whole if row.matter is not None], moment)
        for row, place in zip(whole, places, strict=True):
            _prepare(row, place, by, moment)
        bulk.claim(rows, f"channel:{channel}")
        return bulk.finish(rows)


def _prepare(row: Row, place: finding.Place | None, by: Actor, now: datetime) -> None:
    assert row.matter is not None
    opened = row.item.get("submitted_at") or row.matter.claimed_at
    closed, target = row.item.get("closed_at"), row.item.get("target_at")
    errors = _wrong_times(opened, closed, target, now)
    if errors:
        row.fail(errors)
        return
    assert opened is not None
    try:
        category = finding.category(row.matter.category_code)
        where = place or finding.place(row.matter, now)
    except Problem as error:
        row.fail([{**one, "at": one["at"].removeprefix("body.")} for one in error.errors])
        return
    case = drafts.case_of(row.case_id, row.matter, category, where, by, opened)
    case.history = True
    case.registered_at = opened
    case.due_at = target
    case.state = State.REGISTERED
    if closed is not None:
        case.state = State.CLOSED
        case.closed_at = closed
        case.closed_in_time = closed_in_time(closed, target)
    draft = Draft(case, token="")
    drafts.append(draft, "import_history", by, now, {"state": [None, case.state], "channel": case.channel})
    row.draft = draft


def closed_in_time(closed: datetime, target: datetime | None) -> bool | None:
    """On time means at or before the target; without a target there is nothing to keep."""
    return None if target is None else closed <= target


def _wrong_times(opened: Any, closed: Any, target: Any, now: datetime) -> list[dict[str, str]]:
    errors = []
    for name, value in (("submitted_at", opened), ("closed_at", closed), ("target_at", target)):
        if value is not None and (not isinstance(value, datetime) or value.tzinfo is None):
            errors.append(field_error(name, "时间无效或缺少时区", "Not a time with its offset"))
    if opened is None:
        errors.append(field_error("submitted_at", "缺少受理时间", "The opening time is missing"))
    if not errors and opened > now:
        errors.append(field_error("submitted_at", "受理时间在将来", "The opening time lies in the future"))
    if not errors and closed is not None and closed < opened:
        errors.append(field_error("closed_at", "办结早于受理", "Closed before it was opened"))
    return errors
