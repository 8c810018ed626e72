"""What plans of division take in and give out over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from wangge.kit.schema import In, Out

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Households = Annotated[int, Field(ge=1, le=100_000)]
Label = Annotated[int, Field(ge=0, le=100_000)]
Day = Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2200, 1, 1))]
Geometry = dict[str, Any]


class PlanIn(In):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]
    area: UUID
    level: Literal["grid", "courtyard"] = "grid"
    low: Households | None = None
    high: Households | None = None
    grids: Annotated[int, Field(ge=1, le=9999)] | None = None
    atoms: Literal["building", "entrance"] = "building"
    move_cost: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 0.0
    start: Annotated[str, Field(pattern=r"^(none|current|[0-9a-f-]{36})$")] = "none"
    locked: Annotated[tuple[UUID, ...], Field(max_length=2000)] = ()
    seed: Annotated[int, Field(ge=0, le=2_000_000_000)] = 0


class PlanQuery(In):
    area: UUID | None = None
    state: Annotated[str, Field(pattern=r"^[a-z_]{0,12}$")] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class PlanStepIn(In):
    """`valid_from` to propose; `digest` of the preview, without which nothing is approved."""

    valid_from: Day | None = None
    reason: Text = ""
    digest: Annotated[str, Field(max_length=64)] = ""
    seed: Annotated[int, Field(ge=0, le=2_000_000_000)] | None = None


class PlanEditIn(In):
    """`move`: atoms, to · `redraw`: polygon, to · `split`: labels, parts · `merge`, `lock`, `unlock`: labels ·
    `rerun`: grids · `add` · `remove`: labels or none · `rename`: labels, name · `undo`. Without `to` a new grid begins.
    """

    version: Annotated[int, Field(ge=1)]
    atoms: Annotated[list[UUID], Field(max_length=20_000)] | None = None
    labels: Annotated[list[Label], Field(max_length=999)] | None = None
    to: Label | None = None
    polygon: Annotated[list[tuple[Longitude, Latitude]], Field(max_length=2000)] | None = None
    parts: Annotated[int, Field(ge=2, le=9)] | None = None
    grids: Annotated[int, Field(ge=1, le=999)] | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] | None = None
    allow_break: bool = False


class AssignmentIn(In):
    community: UUID
    label: Label
    post_id: UUID


class PlanArea(Out):
    id: UUID
    code: str
    name: str
    level: int


class PlanWords(Out):
    zh: str
    en: str


class PlanNamed(Out):
    id: UUID
    name: str


class PlanAction(Out):
    step: str
    label: str
    label_en: str
    needs_reason: bool
    needs_day: bool


class PlanProgress(Out):
    phase: str
    phase_name: str
    phase_name_en: str
    done: int
    total: int
    share: float


class PlanFigures(Out):
    """Shares are of grids, but `compounds_split_share` of the compounds that count and `moved_share` of buildings."""

    communities: int | None = None
    grids: int
    households: int
    atoms: int
    buildings: int
    in_band: int
    in_band_share: float
    cv: float
    contiguous: int
    polsby_popper: float
    compounds: int
    compounds_split: int
    compounds_split_share: float
    straddling: int
    straddling_share: float
    buildings_spanning: int
    moved: int
    moved_share: float
    moved_households: int
    infeasible: int | None = None
    seconds: float | None = None
    stopped: bool | None = None


class PlanAsked(Out):
    grids: int | None
    move_cost: float
    seed: int
    start: str
    start_plan: PlanNamed | None
    locked: int


class PlanRow(Out):
    id: UUID
    name: str
    state: str
    state_name: str
    version: int
    level: Literal["grid", "courtyard"]
    level_name: str
    atoms: Literal["building", "entrance"]
    atoms_name: str
    area: PlanArea
    low: int
    high: int
    rules: PlanAsked
    progress: PlanProgress | None
    figures: PlanFigures | None
    failure: PlanWords | None
    made_at: dt.datetime
    made_name: str
    proposed_at: dt.datetime | None
    proposed_name: str
    proposal: str
    valid_from: dt.date | None
    decided_at: dt.datetime | None
    decided_name: str
    decision: str
    effective_at: dt.datetime | None
    actions: list[PlanAction]


class PlanPage(Out):
    items: list[PlanRow]
    next: str | None
    total: int


class PlanCommunityRow(Out):
    area: PlanArea
    version: int
    households: int
    atoms: int
    buildings: int
    grids: int
    in_band: int
    contiguous: int
    moved: int
    sizes: list[int]
    infeasible: PlanWords | None
    notes: list[PlanWords]
    changed_at: dt.datetime | None
    changed_by: str


class PlanOut(PlanRow):
    communities: list[PlanCommunityRow]


class PlanWas(Out):
    id: UUID
    code: str
    name: str


class PlanGrid(Out):
    label: int
    name: str
    was: PlanWas | None
    locked: bool
    households: int
    buildings: int
    atoms: int
    band: Literal["under", "in", "over"]
    barrier: bool
    contiguous: bool
    polsby_popper: float
    compounds: list[str]
    compounds_part: list[str]
    moved: int
    note: PlanWords
    polygon: Geometry | None


class PlanAtom(Out):
    id: UUID
    building_id: UUID
    name: str
    lon: float
    lat: float
    households: int
    grid: int
    compound: str
    was: UUID | None


class PlanEditRow(Out):
    step: str
    text: PlanWords
    at: dt.datetime
    by_name: str
    undone: bool


class PlanCommunityOut(Out):
    plan_id: UUID
    plan_version: int
    plan_state: str
    area: PlanArea
    version: int
    low: int
    high: int
    can_edit: bool
    can_undo: bool
    infeasible: PlanWords | None
    notes: list[PlanWords]
    figures: PlanFigures
    grids: list[PlanGrid]
    atoms: list[PlanAtom]
    borders: list[tuple[int, int, bool]] | None
    outline: Geometry
    edits: list[PlanEditRow]
    changed_at: dt.datetime | None
    changed_by: str


class ComparedWith(Out):
    kind: Literal["current", "plan"]
    id: UUID | None
    name: str


class ComparedCount(Out):
    buildings: int
    atoms: int
    households: int
    people: int


class ComparedCommunity(ComparedCount):
    area: PlanArea


class ComparedAtom(Out):
    id: UUID
    name: str
    lon: float
    lat: float
    households: int
    community: UUID
    was: str
    now: str


class ComparedOut(Out):
    """What changes its grid. `figures_before` are those of the other plan; None against the division in force."""

    other: ComparedWith
    moved: ComparedCount
    whole: ComparedCount
    communities: list[ComparedCommunity]
    atoms: list[ComparedAtom]
    figures: PlanFigures
    figures_before: PlanFigures | None


class PreviewGrid(Out):
    kind: Literal["kept", "recoded", "new"]
    community: PlanNamed
    label: int
    area_id: UUID | None
    code: str
    was_code: str
    name: str
    was_name: str
    households: int
    buildings: int
    moved_buildings: int
    moved_households: int
    left_buildings: int
    unit_name: str
    members: list[str]


class PreviewEnded(Out):
    community: PlanNamed
    area_id: UUID
    code: str
    name: str
    households: int
    into_code: str
    into_name: str
    unit_name: str


class PreviewCounts(Out):
    communities: int
    unchanged_communities: int
    kept: int
    recoded: int
    new: int
    ended: int
    buildings: int
    households: int
    people: int
    units_new: int
    units_ended: int
    posts: int
    open_cases: int
    orders: int
    courtyards: int
    units_told: int
    people_told: int


class PreviewPerson(Out):
    name: str
    role_name: str
    was: list[str]
    now: list[str]


class PlanPreview(Out):
    """Exactly what publishing writes and what its day brings; `digest` is what an approval names."""

    valid_from: dt.date
    digest: str
    counts: PreviewCounts
    grids: list[PreviewGrid]
    ended: list[PreviewEnded]
    people: list[PreviewPerson]
    problems: list[PlanWords]


class CasesQuery(In):
    """`end` exclusive; by default the last quarter."""

    start: Day | None = None
    end: Day | None = None


class PlannedCases(Out):
    community: PlanNamed
    label: int
    name: str
    cases: int
    closed: int
    open: int


class CasesOfDay(Out):
    area_id: UUID | None
    code: str
    name: str
    cases: int
    closed: int
    open: int


class PlanCasesOut(Out):
    """The cases of a period (`end` exclusive) by the planned grids, and by the grids of their own day."""

    start: dt.date
    end: dt.date
    cases: int
    placed: int
    planned: list[PlannedCases]
    of_day: list[CasesOfDay]


class TeamRule(Out):
    households_per_member: float
    priority_people_per_member: float
    matters_a_month_per_member: float
    slack: float
    least: int


class TeamMember(Out):
    post_id: UUID
    user_id: UUID
    name: str
    role: str
    role_name: str
    unit_name: str
    planned: bool
    grids: int


class TeamGrid(Out):
    community: PlanNamed
    label: int | None
    area: PlanWas | None
    name: str
    households: int
    priority_people: int
    matters_a_month: float
    needed: int
    assigned: list[TeamMember]
    gap: int
    over: int


class TeamDouble(Out):
    user_id: UUID
    name: str
    grids: list[str]


class TeamTotals(Out):
    grids: int
    needed: int
    assigned: int
    gap: int
    over: int
    empty: int


class TeamsOut(Out):
    source: Literal["in_force", "plan"]
    rule: TeamRule
    grids: list[TeamGrid]
    doubles: list[TeamDouble]
    unassigned: list[TeamMember]
    totals: TeamTotals
    can_assign: bool


class DivisionBand(Out):
    low: int
    high: int


class DivisionRulesOut(Out):
    grid: DivisionBand
    courtyard: DivisionBand
    team: TeamRule


class DivisionNoticeOut(Out):
    id: UUID
    kind: str
    kind_name: str
    plan: PlanNamed
    valid_from: dt.date | None
    unit: PlanNamed | None
    text: PlanWords
    at: dt.datetime
    read_at: dt.datetime | None
    read_by: str


class DivisionNotices(Out):
    items: list[DivisionNoticeOut]
    unread: int


class BarriersLoaded(Out):
    added: int
    removed: int
