"""What places are called, learned from corrections, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from wangge.areas.policies import Perm
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out
from wangge.org.http import Signed
from wangge.registry import services as registry
from wangge.registry.selectors import aliases

router = Router()


class AliasRow(Out):
    id: UUID
    phrase: str
    target: str
    path: str
    state: str
    state_name: str
    conflict: str
    matters: int
    people: int
    made_at: dt.datetime
    decided_at: dt.datetime | None
    decided_by: str | None
    reason: str
    actions: list[str]


class AliasPage(Out):
    items: list[AliasRow]
    next: str | None
    total: int


class AliasStepIn(In):
    reason: Annotated[str, Field(min_length=1, max_length=200)]


@router.get("/intake/aliases", response=AliasPage, summary="地点别名")
@requires(Perm.CHANGE)
def list_aliases(
    request: Signed,
    state: Literal["", "proposed", "active", "rejected", "retired"] = "",
    limit: Annotated[int, Field(ge=1, le=100)] = 50,
    cursor: Annotated[str, Field(pattern=r"^[0-9]{0,6}$")] = "",
) -> Any:
    """Proposed ones first, then by time; with how many matters and people spoke for each."""
    start = int(cursor or 0)
    rows, total = aliases.aliases(state=state, start=start, limit=limit)
    following = str(start + limit) if start + limit < total else None
    return {"items": rows, "next": following, "total": total}


@router.post("/intake/aliases/{alias_id}/steps/{step}", response=AliasRow, summary="确认、否决或停用别名")
@requires(Perm.CHANGE)
def decide_alias(
    request: Signed, alias_id: UUID, step: Literal["accept", "reject", "retire"], body: AliasStepIn
) -> Any:
    """Each is logged; accepting is refused where the phrase already names a place in another street."""
    alias = registry.decide_alias(alias_id=alias_id, step=step, reason=body.reason, by=request.actor)
    return aliases.row(alias)
