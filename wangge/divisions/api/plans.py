"""Plans of division over HTTP: making, looking, editing, comparing."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Status

from wangge.areas.models import Level
from wangge.divisions import schemas
from wangge.divisions.policies import Perm
from wangge.divisions.selectors import comparing
from wangge.divisions.selectors import plans as reading
from wangge.divisions.selectors.rulebook import rules
from wangge.divisions.services import deciding, editing, plans
from wangge.divisions.workflow import Step
from wangge.kit.errors import NotFound
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["divisions"])
UNSEEN = "-"  # over the wire only what was previewed is approved
Other = Annotated[str, Query(alias="with", max_length=36)]


@router.get("/rules", response=schemas.DivisionRulesOut, summary="网格划分与配备标准")
@requires(Perm.READ_PLAN)
def read_rules(request: Signed) -> Any:
    held = rules()
    return {**held.bands.model_dump(), "team": held.team.model_dump()}


@router.get("/plans", response=schemas.PlanPage, summary="划分方案列表")
@requires(Perm.READ_PLAN)
def list_plans(request: Signed, query: Query[schemas.PlanQuery]) -> Any:
    found = reading.listing(actor=request.actor, area=query.area, state=query.state)
    total = found.count()
    end = query.cursor + query.limit
    items = [reading.row(one, request.actor) for one in found[query.cursor : end]]
    return {"items": items, "next": str(end) if end < total else None, "total": total}


@router.post("/plans", response={201: schemas.PlanOut}, summary="新建划分方案")
@requires(Perm.DRAFT_PLAN)
def make_plan(request: Signed, body: schemas.PlanIn) -> Any:
    """Designed by a job; `progress` of the plan says how far it is."""
    band = getattr(rules().bands, body.level)
    of_plan = body.start not in {"none", "current"}
    made = plans.create(
        name=body.name,
        area_id=body.area,
        level=Level[body.level.upper()],
        low=body.low if body.low is not None else band.low,
        high=body.high if body.high is not None else band.high,
        grids=body.grids,
        atoms=body.atoms,
        move_cost=body.move_cost,
        seed=body.seed,
        start="plan" if of_plan else body.start,
        start_plan=_identifier(body.start) if of_plan else None,
        locked_areas=body.locked,
        by=request.actor,
    )
    return Status(201, reading.document(made, request.actor))


@router.get("/plans/{plan_id}", response=schemas.PlanOut, summary="划分方案")
@requires(Perm.READ_PLAN)
def get_plan(request: Signed, plan_id: UUID) -> Any:
    return reading.document(reading.one(plan_id, actor=request.actor), request.actor)


@router.get("/plans/{plan_id}/grids.geojson", summary="划分方案的网格边界")
@requires(Perm.READ_PLAN)
def draw_plan(request: Signed, plan_id: UUID) -> HttpResponse:
    plan = reading.one(plan_id, actor=request.actor)
    etag = f'"{plan.pk}-{plan.version}"'
    response = HttpResponse(content_type="application/geo+json")
    if request.headers.get("If-None-Match") == etag:
        response.status_code = 304
    else:
        response.content = reading.drawing(plan)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@router.post("/plans/{plan_id}/steps/{step}", response=schemas.PlanOut, summary="方案办理")
@requires(Perm.DRAFT_PLAN, Perm.PROPOSE_PLAN, Perm.APPROVE_PLAN)
def take_step(request: Signed, plan_id: UUID, step: str, body: schemas.PlanStepIn) -> Any:
    """cancel, redesign, propose, withdraw, approve, refuse, undo, discard."""
    try:
        chosen = Step(step)
    except ValueError as error:
        raise NotFound from error
    by, reason = request.actor, body.reason
    if chosen is Step.CANCEL:
        plans.cancel(plan_id=plan_id, by=by)
    elif chosen is Step.REDESIGN:
        plans.redesign(plan_id=plan_id, by=by, seed=body.seed)
    elif chosen is Step.DISCARD:
        plans.discard(plan_id=plan_id, by=by, reason=reason)
    elif chosen is Step.PROPOSE:
        deciding.propose(plan_id=plan_id, valid_from=body.valid_from, reason=reason, by=by)
    elif chosen is Step.APPROVE:
        deciding.approve(plan_id=plan_id, reason=reason, digest=body.digest or UNSEEN, by=by)
    else:
        verb = {Step.WITHDRAW: deciding.withdraw, Step.REFUSE: deciding.refuse, Step.UNDO: deciding.undo}[chosen]
        verb(plan_id=plan_id, reason=reason, by=by)
    return reading.document(reading.one(plan_id, actor=by), by)


@router.get("/plans/{plan_id}/communities/{community_id}", response=schemas.PlanCommunityOut, summary="方案中的社区")
@requires(Perm.READ_PLAN)
def get_community(request: Signed, plan_id: UUID, community_id: UUID, borders: bool = False) -> Any:
    plan = reading.one(plan_id, actor=request.actor)
    return reading.community_document(plan, reading.community(plan, community_id), request.actor, borders=borders)


@router.post(
    "/plans/{plan_id}/communities/{community_id}/steps/{step}",
    response=schemas.PlanCommunityOut,
    summary="调整方案中的社区",
)
@requires(Perm.DRAFT_PLAN)
def edit_community(request: Signed, plan_id: UUID, community_id: UUID, step: str, body: schemas.PlanEditIn) -> Any:
    """move, redraw, split, merge, rerun, add, remove, lock, unlock, rename, undo."""
    editing.edit(
        plan_id=plan_id,
        community_id=community_id,
        step=step,
        version=body.version,
        fields=body.model_dump(exclude={"version"}, exclude_none=True),
        by=request.actor,
    )
    plan = reading.one(plan_id, actor=request.actor)
    return reading.community_document(plan, reading.community(plan, community_id), request.actor)


@router.get("/plans/{plan_id}/compare", response=schemas.ComparedOut, summary="方案对比")
@requires(Perm.READ_PLAN)
def compare_plan(request: Signed, plan_id: UUID, other: Other = "current") -> Any:
    """`with`: current (the division in force) or the id of another plan."""
    plan = reading.one(plan_id, actor=request.actor)
    against = None if other == "current" else reading.one(_identifier(other), actor=request.actor)
    return comparing.compare(plan, against)


@router.get("/plans/{plan_id}/cases", response=schemas.PlanCasesOut, summary="按方案统计案件")
@requires(Perm.READ_PLAN)
def cases_of_plan(request: Signed, plan_id: UUID, query: Query[schemas.CasesQuery]) -> Any:
    """The cases of a past period by the planned grids, beside those by the grids of their day."""
    plan = reading.one(plan_id, actor=request.actor)
    return comparing.cases(plan, start=query.start, end=query.end)


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error
