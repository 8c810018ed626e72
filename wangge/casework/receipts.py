"""The answer to a new case, kept with its idempotency key so that a repeated request gets the very same one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import orjson
from django.db import connection

from wangge.casework import documents
from wangge.casework.models import Case, IdempotencyKey
from wangge.casework.services import Submitted
from wangge.casework.workflow import ENDED, State
from wangge.org import scope

if TYPE_CHECKING:
    from wangge.org.scope import Actor

_NAMES = """
select (select array[code, name] from responsibility_category where id = %s),
       (select name from org_unit where id = %s),
       (select name from areas_areaversion where id = %s),
       array(select name from areas_areaversion where pos in (%s, %s) and superseded_at is null order by level)
"""


def owner_of(actor: Actor) -> str:
    """Whose keys these are: two people, or a person and a system, may use the same key."""
    return f"channel:{actor.channel}" if actor.channel else f"user:{actor.user_id}"


def receipt(done: Submitted, *, key: tuple[str, str]) -> dict[str, Any]:
    kept = IdempotencyKey.objects.filter(owner=key[0], key=key[1])
    with scope.unrestricted():  # keys are nobody's to see
        if done.replay:
            return cast("dict[str, Any]", kept.values_list("response", flat=True).get())
        document = orjson.loads(orjson.dumps(_row(done.case), default=str))
        kept.update(response=document)
    return cast("dict[str, Any]", document)


def _row(case: Case) -> dict[str, Any]:
    """As a list shows it at the moment of its making; the names come from tables everybody may read."""
    with connection.cursor() as cursor:
        cursor.execute(
            _NAMES,
            [case.category_id, case.lead_unit_id, case.area_version_id, case.subdistrict_pos, case.community_pos],
        )
        category, unit, area, above = cursor.fetchone()
    return {
        "id": case.pk,
        "number": case.number,
        "version": case.version,
        "title": case.title,
        "state": case.state,
        "state_name": State(case.state).label,
        "urgency": case.urgency,
        "category": {"code": category[0], "name": category[1]} if category else None,
        "channel": case.channel,
        "address": case.address,
        "area": documents.area_document(case.area_id, area, above) if area else None,
        "lead_unit": {"id": case.lead_unit_id, "name": unit} if unit else None,
        "submitted_at": case.submitted_at,
        "due_at": case.due_at,
        "card": "",
        "remaining_minutes": documents.remaining(case.due_at, case.submitted_at) if case.state not in ENDED else None,
        "send_backs": 0,
        "reopens": 0,
        "supervised": False,
        "needs_human": case.needs_human,
        "todo": [],
    }
