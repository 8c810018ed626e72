"""Grid teams over HTTP: load, members, gaps; and the preview of a plan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router

from wangge.divisions import schemas
from wangge.divisions.policies import Perm
from wangge.divisions.selectors import consequences, plans
from wangge.divisions.selectors import teams as reading
from wangge.divisions.services import teams
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["divisions"])


@router.get("/teams", response=schemas.TeamsOut, summary="现行网格队伍")
@requires(Perm.READ_TEAM)
def read_teams(request: Signed, area: UUID | None = None) -> Any:
    return reading.in_force(area_id=area, actor=request.actor)


@router.get("/plans/{plan_id}/teams", response=schemas.TeamsOut, summary="方案的网格队伍")
@requires(Perm.READ_TEAM)
def read_plan_teams(request: Signed, plan_id: UUID) -> Any:
    return reading.planned(plans.one(plan_id, actor=request.actor), actor=request.actor)


@router.post("/plans/{plan_id}/teams/assign", response=schemas.TeamsOut, summary="安排网格员")
@requires(Perm.ASSIGN_TEAM)
def assign_member(request: Signed, plan_id: UUID, body: schemas.AssignmentIn) -> Any:
    plan = teams.assign(
        plan_id=plan_id, community_id=body.community, label=body.label, post_id=body.post_id, by=request.actor
    )
    return reading.planned(plan, actor=request.actor)


@router.post("/plans/{plan_id}/teams/unassign", response=schemas.TeamsOut, summary="取消安排网格员")
@requires(Perm.ASSIGN_TEAM)
def unassign_member(request: Signed, plan_id: UUID, body: schemas.AssignmentIn) -> Any:
    plan = teams.unassign(
        plan_id=plan_id, community_id=body.community, label=body.label, post_id=body.post_id, by=request.actor
    )
    return reading.planned(plan, actor=request.actor)


@router.get("/plans/{plan_id}/preview", response=schemas.PlanPreview, summary="发布预览")
@requires(Perm.READ_PLAN)
def preview_plan(request: Signed, plan_id: UUID, valid_from: schemas.Day | None = None) -> Any:
    """On the day proposed, or on another."""
    return consequences.preview(plans.one(plan_id, actor=request.actor), valid_from)
