"""Hot spots kept from hour to hour: found anew, recognised by their matters, told of when they grow, decided about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from wangge.audit import services as audit
from wangge.casework.models import Case, Urgency
from wangge.casework.services import notices
from wangge.intake.clusters import spots
from wangge.intake.clusters.rules import HotSpotRules
from wangge.intake.clusters.spots import Item, Spot
from wangge.intake.models.hotspots import HotSpot, HotSpotCase, HotSpotNotice, HotSpotState
from wangge.intake.models.sameness import Trace
from wangge.intake.selectors.rules import known, rules
from wangge.intake.selectors.sameness import matter_of
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org import selectors as org
from wangge.org.models import Unit, UnitKind
from wangge.org.scope import Actor

LOCAL = ZoneInfo("Asia/Shanghai")
MOST = 20_000  # matters looked at together, the newest
LONGEST_REASON = 500
GOES_ON = 0.34  # of the smaller one's matters: then it is the same hot spot
_LOCK = 7_226_046
_SEVERITY = {Urgency.NORMAL: 0.0, Urgency.URGENT: 0.5, Urgency.DANGER: 1.0}
_STEPS = {"agenda": HotSpotState.AGENDA, "dismiss": HotSpotState.DISMISSED}


class NotNow(Conflict):
    code = "hotspot_over"
    title_zh = "热点已平息，不能再操作"
    title_en = "The hot spot is over"


@dataclass
class Renewed:
    """What a renewal came to, by id."""

    seen: int = 0
    found: list[UUID] = field(default_factory=list)
    kept: list[UUID] = field(default_factory=list)
    alerted: list[UUID] = field(default_factory=list)
    over: list[UUID] = field(default_factory=list)


@transaction.atomic
def renew(*, at: datetime | None = None) -> Renewed:
    """Find them anew among the matters of the window. For the worker, under an unrestricted scope; one at a time."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    now, part = at or clock.now(), rules().hotspots
    traces = _window(now, part)
    items = [_item(trace) for trace in traces]
    result = Renewed(seen=len(items))
    known_spots = _held()
    for spot in spots.find(items, part, known().weights):
        cases = [traces[member].case for member in spot.members]
        row = _recognised(known_spots, {case.pk for case in cases})
        (result.kept if row is not None else result.found).append(_keep(row, spot, cases, now, part, result).pk)
        if row is not None:
            del known_spots[row]
    result.over = _end(list(known_spots), now, part)
    return result


def _window(now: datetime, part: HotSpotRules) -> list[Trace]:
    """One matter merged into another is still a voice; only what was cancelled is none."""
    newest = (
        Trace.objects.filter(at__gt=now - timedelta(days=part.days), at__lte=now)
        .exclude(case__state="cancelled")
        .select_related("case", "case__category")
        .order_by("-at", "-case_id")[:MOST]
    )
    return sorted(newest, key=lambda trace: (trace.at, str(trace.pk)))


def _item(trace: Trace) -> Item:
    severity = _SEVERITY.get(Urgency(trace.case.urgency), 0.0)
    case = trace.case  # one without a place is in nobody's area, so its words are shown to none
    return Item(matter=matter_of(trace), title=case.title, severity=severity, shown=bool(case.area_pos))


def _held() -> dict[HotSpot, set[UUID]]:
    held: dict[HotSpot, set[UUID]] = {
        row: set() for row in HotSpot.objects.exclude(state=HotSpotState.OVER).order_by("found_at", "pk")
    }
    by_id = {row.pk: row for row in held}
    for spot_id, case_id in HotSpotCase.objects.filter(spot__in=list(by_id)).values_list("spot_id", "case_id"):
        held[by_id[spot_id]].add(case_id)
    return held


def _recognised(held: dict[HotSpot, set[UUID]], cases: set[UUID]) -> HotSpot | None:
    """The one that shares most of its matters; enough of them, so that one stray matter hands no identity on."""
    best, most = None, 0.0
    for row, theirs in held.items():
        share = len(cases & theirs) / max(1, min(len(cases), len(theirs)))
        if share > most:
            best, most = row, share
    return best if most >= GOES_ON else None


def _keep(
    row: HotSpot | None, spot: Spot, cases: Sequence[Case], now: datetime, part: HotSpotRules, result: Renewed
) -> HotSpot:
    kept = row or HotSpot(found_at=now, state=HotSpotState.ACTIVE)
    points = [(case.lon, case.lat) for case in cases if case.lon is not None and case.lat is not None]
    assert spot.first_at is not None
    assert spot.last_at is not None
    kept.title, kept.place, kept.heat, kept.parts = spot.title[:80], spot.place[:40], spot.heat, spot.parts
    kept.matters, kept.people = len(cases), spot.people
    kept.likes, kept.dislikes = spot.likes, spot.dislikes
    kept.first_at, kept.last_at, kept.renewed_at = (
        min(row.first_at, spot.first_at) if row else spot.first_at,
        spot.last_at,
        now,
    )
    kept.area_pos = common_area([case.area_pos for case in cases if case.area_pos])
    kept.lon = sum(lon for lon, _ in points) / len(points) if points else None
    kept.lat = sum(lat for _, lat in points) / len(points) if points else None
    kept.trend = trend([case.submitted_at for case in cases], now, part.days)
    if kept.state == HotSpotState.DISMISSED and kept.matters >= part.returns * max(1, kept.decided_matters):
        kept.state, kept.reason = HotSpotState.ACTIVE, ""
    grew = kept.matters - kept.alerted_matters
    alert = (
        kept.state != HotSpotState.DISMISSED
        and grew >= part.alert_matters
        and (spot.parts["growth"] >= part.alert_growth or row is None)
    )
    if alert:
        kept.alerted_at, kept.alerted_matters = now, kept.matters
    kept.save()
    HotSpotCase.objects.bulk_create(
        [HotSpotCase(spot=kept, case=case, since=now) for case in cases], ignore_conflicts=True
    )
    if alert:
        _tell(kept, now)
        result.alerted.append(kept.pk)
    return kept


def common_area(positions: Sequence[int]) -> int:
    """The smallest area of the tree that holds them all; 0 where there is none."""
    if not positions:
        return 0
    for depth in reversed(range(len(AREAS.bits))):
        ancestors = {AREAS.ancestor(pos, depth) for pos in positions}
        if len(ancestors) == 1:
            return ancestors.pop()
    return 0


def trend(times: Sequence[datetime], now: datetime, days: int) -> list[int]:
    """Matters of each local day, the last is today."""
    today = now.astimezone(LOCAL).date()
    counts = [0] * days
    for at in times:
        back = (today - at.astimezone(LOCAL).date()).days
        if 0 <= back < days:
            counts[days - 1 - back] += 1
    return counts


def _tell(spot: HotSpot, now: datetime) -> None:
    """The community and the street that it lies in, and the command centre."""
    serving = [org.unit_serving(spot.area_pos, kind) for kind in (UnitKind.COMMUNITY, UnitKind.SUBDISTRICT)]
    units: dict[UUID, Unit] = {
        unit.pk: unit for unit in (*(serving if spot.area_pos else ()), notices.command()) if unit is not None
    }
    zh = f"热点上升：{spot.title}，{spot.matters} 件、{spot.people} 人"
    en = f"A hot spot grows: {spot.title}, {spot.matters} matters of {spot.people} people"
    HotSpotNotice.objects.bulk_create(
        HotSpotNotice(
            spot=spot, unit=unit, unit_pos=unit.pos, matters=spot.matters, text=zh[:300], text_en=en[:300], at=now
        )
        for unit in units.values()
    )
    audit.record(
        subject_type="hotspot", subject_id=spot.pk, action="intake:hotspot:alert",
        actor=scope.system_actor("热点监测"), area_pos=spot.area_pos or None, at=now,
        data={
            "matters": spot.matters, "people": spot.people, "heat": spot.heat,
            "units": [unit.code for unit in units.values()],
        },
    )  # fmt: skip


def _end(left: Sequence[HotSpot], now: datetime, part: HotSpotRules) -> list[UUID]:
    """What was not found again and had no matter for long enough is over; what is on the agenda stays there."""
    before = now - timedelta(days=part.over_days)
    over = [row.pk for row in left if row.last_at < before and row.state != HotSpotState.AGENDA]
    HotSpot.objects.filter(pk__in=over).update(state=HotSpotState.OVER, renewed_at=now)
    return over


def step(*, spot_id: UUID, step: str, reason: str, by: Actor, at: datetime | None = None) -> HotSpot:
    """`agenda`: for the round table. `dismiss`: none, and it stays away unless it grows."""
    said = reason.strip()
    if not 2 <= len(said) <= LONGEST_REASON:
        zh, en = f"请填写 2 到 {LONGEST_REASON} 字的理由", f"A reason of 2 to {LONGEST_REASON} characters"
        raise Invalid(errors=[field_error("body.reason", zh, en)])
    if step not in _STEPS:
        raise NotFound
    with transaction.atomic():
        row: HotSpot | None = HotSpot.objects.visible_to(by).select_for_update().filter(pk=spot_id).first()
        if row is None:
            raise NotFound
        if row.state == HotSpotState.OVER:
            raise NotNow
        row.state, row.reason, row.decided_matters = _STEPS[step], said, row.matters
        row.decided_at, row.decided_by, row.decided_name = at or clock.now(), by.user_id, by.name
        row.save()
        audit.record(
            subject_type="hotspot", subject_id=row.pk, action=f"intake:hotspot:{step}", actor=by,
            area_pos=row.area_pos or None, data={"reason": said, "matters": row.matters}, at=row.decided_at,
        )  # fmt: skip
    return row
