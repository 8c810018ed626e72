"""Reading replies: what advice needs to know of the district and the unit, and what is counted for units."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from wangge.casework.models import Case, WorkOrder
from wangge.intake.answering.sentences import Background, background
from wangge.intake.answering.stock import Earlier
from wangge.intake.models import Reply
from wangge.kit.written import redacted
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

_MATTERS, _RESULTS, _EARLIER = 800, 400, 300
_KEPT_SECONDS = 3600.0
GOOD = 0.6  # a score from which on a reply counts as complete, clear
RELEVANT = 0.075  # a score: see answering.relevance.ENOUGH

_lock = threading.Lock()
_known: list[tuple[float, Background]] = []


def known() -> Background:
    """How rare words are in the district's newest matters and results; worked out once an hour in a process."""
    with _lock:
        if _known and time.monotonic() - _known[0][0] < _KEPT_SECONDS:
            return _known[0][1]
    with scope.unrestricted():
        matters = Case.objects.order_by("-submitted_at", "-id").values_list("title", "description")[:_MATTERS]
        asked = [redacted(f"{title}\n{text}") for title, text in matters]
        newest = WorkOrder.objects.filter(case__in=list(_newest_ids())).exclude(result="")
        said = [redacted(one) for one in newest.values_list("result", flat=True)[:_RESULTS]]
    made = background(asked, said)
    with _lock:
        _known[:] = [(time.monotonic(), made)]
    return made


def forget() -> None:
    with _lock:
        _known.clear()


def _newest_ids() -> Any:
    return Case.objects.order_by("-submitted_at", "-id").values_list("pk", flat=True)[: _RESULTS * 2]


def earlier(*, unit_id: UUID | None, case_id: UUID) -> list[Earlier]:
    """The unit's latest replies to other cases, whoever may see those: sketches tell nothing of them."""
    if unit_id is None:
        return []
    with scope.unrestricted():
        rows = Reply.objects.filter(unit_id=unit_id).exclude(case_id=case_id).order_by("-at")
        return [Earlier(*row) for row in rows.values_list("sketch", "matter")[:_EARLIER]]


_COUNTED = """
select u.id, u.name, count(*), count(*) filter (where r.relevance >= %(relevant)s),
       count(*) filter (where r.completeness >= %(good)s), count(*) filter (where r.clarity >= %(good)s),
       count(*) filter (where r.stock), percentile_cont(0.5) within group (order by r.delay_minutes)
  from intake_reply r join org_unit u on u.id = r.unit_id
 where r.at >= %(first)s and r.at < %(end)s
 group by u.id, u.name, u.pos order by u.pos
"""


def by_unit(*, first: dt.date, last: dt.date, actor: Actor) -> list[dict[str, Any]]:
    """Replies to matters in the actor's sight, counted by unit; row-level security says which those are."""
    zone = timezone.get_default_timezone()
    start, end = (dt.datetime.combine(day, dt.time(), zone) for day in (first, last + dt.timedelta(days=1)))
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, {"relevant": RELEVANT, "good": GOOD, "first": start, "end": end})
        rows = cursor.fetchall()
    names = ("replies", "relevant", "complete", "clear", "stock", "median_delay")
    return [{"unit": {"id": row[0], "name": row[1]}, **dict(zip(names, row[2:], strict=True))} for row in rows]
