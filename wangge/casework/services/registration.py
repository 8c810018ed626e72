"""Steps before the work: accept, register, handle on the spot."""

from __future__ import annotations

from wangge.areas.models import Level
from wangge.casework.models import Urgency
from wangge.casework.selectors.finding import told_elsewhere
from wangge.casework.services import clocks, drafts, finding, writer
from wangge.casework.services.turn import Turn, add_party, attach, effect, name_of
from wangge.casework.workflow import State, Step
from wangge.org.models import Unit
from wangge.registry import services as registry

_BY_TEXT = ("", "text", "neighbour")  # how a case was placed whose text was not understood rightly


@effect(Step.ACCEPT)
def accept(turn: Turn) -> None:
    """It is ours to look at; what and where exactly follows on registering."""


@effect(Step.REGISTER)
def register(turn: Turn) -> None:
    """What, where and whose are settled; the list is asked again after every correction by the operator."""
    case = turn.case
    category, urgency, lead = case.category, case.urgency, case.lead_unit
    changed = _correct(turn)
    if not case.area_pos:
        turn.refuse("area", "尚未确定地点，请选择区域", "Not placed yet: choose the area")
    if case.category_id is None:
        turn.refuse("category", "尚未确定分类，请选择", "Not understood yet: choose the category")
    if changed or case.lead_unit_id is None:
        _find_owner(turn)
    case.needs_human = "" if case.lead_unit_id is not None else "no_owner"
    case.registered_at = turn.at
    _note_before(turn, category, urgency, lead)
    turn.note(
        category=case.category.code if case.category else None,
        lead_unit=name_of(case.lead_unit) if case.lead_unit else None,
        clause=case.clause,
    )


def _note_before(turn: Turn, category: finding.Category | None, urgency: str, lead: Unit | None) -> None:
    """What it was taken for before it was corrected: appraisal asks when that was done."""
    case = turn.case
    if category is not None and category.pk != case.category_id:
        turn.note(from_category=category.code)
    if urgency != case.urgency:
        turn.note(from_urgency=urgency)
    if lead is not None and lead.pk != case.lead_unit_id:
        turn.note(from_unit=name_of(lead))


def _correct(turn: Turn) -> bool:
    case = turn.case
    address = turn.text("address", 200)
    if address and address != case.address:
        case.address = address
        writer.index_again(case)
    urgency = turn.text("urgency", 8)
    if urgency:
        if urgency not in Urgency.values:
            turn.refuse("urgency", "紧急程度无效", "Not a degree of urgency")
        case.urgency = urgency
    changed = False
    code = turn.text("category", 24)
    if code:
        category = finding.category(code)
        changed = category is not None and category.pk != case.category_id
        case.category = category
    area_id = turn.identifier("area")
    if area_id is not None and area_id != case.area_id:
        told = case.placed_by in _BY_TEXT
        _move(turn, finding.at_area(area_id, turn.at))
        if told:
            registry.learn_from_correction(
                address=case.address, story=f"{case.title} {case.description}", area_id=area_id, case_id=case.pk,
                by=turn.by, at=turn.at, told_elsewhere=told_elsewhere,
            )  # fmt: skip
        changed = True
    return changed


def _move(turn: Turn, place: finding.Place) -> None:
    case = turn.case
    turn.note(from_area=str(case.area_id) if case.area_id else None)
    case.area_id = place.area_id
    case.area_version_id = place.version_id
    case.area_pos = place.pos
    case.subdistrict_pos = place.subdistrict_pos
    case.community_pos = place.community_pos
    case.placed_by = "operator"


def _find_owner(turn: Turn) -> None:
    case = turn.case
    place = finding.Place(pos=case.area_pos, level=Level.GRID)
    route = finding.route(case.category, place, turn.at)
    if route is None:
        return
    case.routing = drafts.routing_of(route)
    settled = route.problem is None and route.lead_unit is not None
    case.lead_unit = route.lead_unit if settled else None
    case.entry_id = route.entry.pk if settled and route.entry is not None else None
    case.clause = route.clause[:400] if settled else ""
    if settled:
        assert route.lead_unit is not None
        case.level = route.level
        add_party(case, route.lead_unit, "lead")


@effect(Step.HANDLE_ON_THE_SPOT)
def handle_on_the_spot(turn: Turn) -> None:
    case = turn.case
    attached = attach(turn, "handle")
    drafts.may_handle_on_the_spot(case.category, case.needs_human, turn.by, has_pictures=attached > 0)
    result = turn.text("result", 2000, required=True)
    drafts.spot_order(case, turn.by, turn.at, result).save(force_insert=True)
    assert turn.by.unit_id is not None
    unit = Unit.objects.get(pk=turn.by.unit_id)
    add_party(case, unit, "lead")
    case.lead_unit = unit
    case.on_the_spot = True
    case.needs_human = ""
    case.registered_at = case.registered_at or turn.at
    case.handled_at = turn.at
    case.sampled = drafts.sampled(case)
    turn.note(result=result, sampled=case.sampled, unit=name_of(unit))
    if not case.sampled:
        turn.to = State.CLOSED
        turn.stops = clocks.ALL
        turn.starts = ()
        case.closed_at = turn.at
        case.closed_in_time = case.due_at is None or turn.at <= case.due_at
        turn.note(closed="not_sampled")
