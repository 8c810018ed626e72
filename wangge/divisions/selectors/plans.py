"""Plans as pages show them: the list, one plan with its communities, one community with its grids and buildings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
import shapely.geometry

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.divisions.models import Edit, Plan, PlanCommunity, PlanQuerySet
from wangge.divisions.policies import Perm
from wangge.divisions.site import open_
from wangge.divisions.workflow import TEXT, TRANSITIONS, State, Step
from wangge.kit.errors import NotFound
from wangge.org.scope import Actor

PHASES = {
    "waiting": ("排队等候", "Waiting"),
    "gathering": ("读取楼栋", "Reading buildings"),
    "adjacency": ("计算相邻关系", "Working out neighbours"),
    "dividing": ("划分", "Dividing"),
}
_EDITS_SHOWN = 20
# Everything but the arrays and outlines: for lists of communities.
_LIGHT = ("atom_ids", "building_ids", "names", "lons", "lats", "households", "labels", "was_ids", "drawn")


def listing(*, actor: Actor, area: UUID | None = None, state: str = "") -> PlanQuerySet:
    """Newest first; those that were discarded only when asked for."""
    found = Plan.objects.visible_to(actor).select_related("started_from")
    found = found.filter(state=state) if state else found.exclude(state=State.DISCARDED)
    if area is not None:
        whole = areas.version_at(area)
        if whole is None:
            raise NotFound
        found = found.filter(area_pos__gte=whole.pos, area_pos__lt=whole.pos_end)
    return found.order_by("-made_at", "-id")


def one(plan_id: UUID, *, actor: Actor) -> Plan:
    found = Plan.objects.visible_to(actor).select_related("started_from").filter(pk=plan_id).first()
    if found is None:
        raise NotFound
    return found


def communities(plan: Plan) -> list[PlanCommunity]:
    """By code, without arrays."""
    return list(PlanCommunity.objects.filter(plan=plan).defer(*_LIGHT).order_by("code"))


def whole(plan: Plan) -> list[PlanCommunity]:
    """By code, with everything but outlines."""
    return list(PlanCommunity.objects.filter(plan=plan).defer("drawn").order_by("code"))


def community(plan: Plan, community_id: UUID) -> PlanCommunity:
    found: PlanCommunity | None = (
        PlanCommunity.objects.select_related("site").filter(plan=plan, area_id=community_id).first()
    )
    if found is None:
        raise NotFound
    return found


def area_document(pos: int, area_id: UUID, code: str = "", name: str = "") -> dict[str, Any]:
    version = areas.area_for_pos(pos)
    level = version.level if version else Level.COMMUNITY
    if version is not None and not code:
        code, name = version.code, version.name
    return {"id": area_id, "code": code, "name": name, "level": level}


def actions(plan: Plan, actor: Actor) -> list[dict[str, Any]]:
    """The steps this actor may take now; whoever proposed is not offered the decision."""
    found = []
    selves = {actor.user_id, actor.on_behalf_of}
    for (state, step), transition in TRANSITIONS.items():
        own = step in {Step.APPROVE, Step.REFUSE} and plan.proposed_by in selves
        if state != plan.state or own or not actor.may(transition.permission):
            continue
        words = TEXT[step]
        found.append(
            {
                "step": step.value, "label": words.zh, "label_en": words.en,
                "needs_reason": transition.needs_reason, "needs_day": transition.needs_day,
            }
        )  # fmt: skip
    return found


def row(plan: Plan, actor: Actor) -> dict[str, Any]:
    level = Level(plan.level)
    names = (
        "id", "name", "state", "version", "atoms", "low", "high", "made_at", "made_name", "proposed_at",
        "proposed_name", "proposal", "valid_from", "decided_at", "decided_name", "decision", "effective_at",
    )  # fmt: skip
    return {name: getattr(plan, name) for name in names} | {
        "state_name": plan.get_state_display(),
        "level": level.name.lower(),
        "level_name": level.label,
        "atoms_name": plan.get_atoms_display(),
        "area": area_document(plan.area_pos, plan.area_id),
        "rules": _asked(plan),
        "progress": _progress(plan),
        "figures": plan.figures or None,
        "failure": {"zh": plan.failure_zh, "en": plan.failure_en} if plan.state == State.FAILED else None,
        "actions": actions(plan, actor),
    }


def document(plan: Plan, actor: Actor) -> dict[str, Any]:
    return row(plan, actor) | {"communities": [community_row(one) for one in communities(plan)]}


def _asked(plan: Plan) -> dict[str, Any]:
    rules, start = plan.rules, plan.started_from
    return {
        "grids": rules.get("grids"),
        "move_cost": rules.get("move_cost", 0.0),
        "seed": rules.get("seed", 0),
        "start": rules.get("start", "none"),
        "start_plan": {"id": start.pk, "name": start.name} if start else None,
        "locked": len(rules.get("locked", ())),
    }


def _progress(plan: Plan) -> dict[str, Any] | None:
    if plan.state != State.DESIGNING:
        return None
    held: dict[str, Any] = {"phase": "waiting", "done": 0, "total": 0} | plan.progress
    zh, en = PHASES.get(held["phase"], PHASES["waiting"])
    share = held["done"] / held["total"] if held["total"] else 0.0
    return held | {"phase_name": zh, "phase_name_en": en, "share": round(share, 4)}


def _words(zh: str, en: str) -> dict[str, str] | None:
    return {"zh": zh, "en": en} if zh else None


def community_row(one: PlanCommunity) -> dict[str, Any]:
    names = ("households", "atoms", "buildings", "grids", "in_band", "contiguous", "moved", "sizes")
    return {name: one.figures.get(name, 0) for name in names} | {
        "area": area_document(one.area_pos, one.area_id, one.code, one.name),
        "version": one.version,
        "infeasible": _words(one.infeasible_zh, one.infeasible_en),
        "notes": one.notes,
        "changed_at": one.changed_at,
        "changed_by": one.changed_by,
    }


def community_document(plan: Plan, one: PlanCommunity, actor: Actor, *, borders: bool = False) -> dict[str, Any]:
    """Everything the workbench draws, in two further queries at most."""
    site = open_(one.site.packed)
    drawn = polygons(one)
    edits = list(
        Edit.objects.filter(community=one).order_by("-number").defer("labels_before", "grids_before")[:_EDITS_SHOWN]
    )
    compounds = [site.compounds[index] if index >= 0 else "" for index in site.compound.tolist()]
    atoms = zip(
        one.atom_ids, one.building_ids, one.names, one.lons, one.lats, one.households, one.labels,
        compounds, one.was_ids, strict=True,
    )  # fmt: skip
    keys = ("id", "building_id", "name", "lon", "lat", "households", "grid", "compound", "was")
    can = plan.state == State.DRAFT and actor.may(Perm.DRAFT_PLAN)
    (outline,) = site.flat.degrees([site.outline])
    return {
        "plan_id": plan.pk,
        "plan_version": plan.version,
        "plan_state": plan.state,
        "area": area_document(one.area_pos, one.area_id, one.code, one.name),
        "version": one.version,
        "low": plan.low,
        "high": plan.high,
        "can_edit": can,
        "can_undo": can and any(not edit.undone for edit in edits),
        "infeasible": _words(one.infeasible_zh, one.infeasible_en),
        "notes": one.notes,
        "figures": one.figures,
        "grids": [grid | {"polygon": drawn.get(str(grid["label"]))} for grid in one.grids],
        "atoms": [dict(zip(keys, atom, strict=True)) for atom in atoms],
        "borders": [(a, b, bool(c)) for (a, b), c in zip(site.edges.tolist(), site.barrier.tolist(), strict=True)]
        if borders
        else None,
        "outline": shapely.geometry.mapping(outline),
        "edits": [
            {"step": edit.step, "text": edit.text, "at": edit.at, "by_name": edit.by_name, "undone": edit.undone}
            for edit in edits
        ],
        "changed_at": one.changed_at,
        "changed_by": one.changed_by,
    }


def polygons(one: PlanCommunity) -> Mapping[str, Any]:
    """GeoJSON geometry of each grid by its label as text."""
    found: Mapping[str, Any] = orjson.loads(bytes(one.drawn)) if one.drawn else {}
    return found


def drawing(plan: Plan) -> bytes:
    """All grids of the plan as one FeatureCollection."""
    features: list[dict[str, Any]] = []
    rows = PlanCommunity.objects.filter(plan=plan).only("code", "name", "grids", "drawn", "area_id").order_by("code")
    for one in rows:
        drawn = polygons(one)
        features += [
            {
                "type": "Feature",
                "properties": {
                    "community": str(one.area_id), "community_name": one.name, "label": grid["label"],
                    "name": grid["name"], "households": grid["households"], "band": grid["band"],
                    "moved": grid["moved"], "locked": grid["locked"],
                },
                "geometry": drawn.get(str(grid["label"])),
            }
            for grid in one.grids
        ]  # fmt: skip
    return orjson.dumps({"type": "FeatureCollection", "features": features})
