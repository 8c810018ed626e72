"""What two months of appraisal leave in a demonstration: figures that look odd, what is disputed, what is praised."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from wangge.appraisal.periods import Period
from wangge.appraisal.services import alarms, appeals, exclusions, records
from wangge.casework.models import Case
from wangge.kit import clock
from wangge.org import scope
from wangge.org.models import Unit, UnitKind

if TYPE_CHECKING:
    from wangge.district.simulation import Simulation

HURRIED = 18  # on-the-spot closings within minutes, by one person
DAYS_AGO = 3


def hurry(simulation: Simulation) -> None:
    """One afternoon somebody handed in everything at once: the check of figures finds it."""
    rng = simulation.rng
    with scope.acting(simulation.system):
        moment = clock.now() - dt.timedelta(days=DAYS_AGO)
        grids = [grid for house in simulation.houses if simulation.cast.member_of(grid := house[6])]
    houses = [house for house in simulation.houses if house[6] == grids[len(grids) // 2]]
    by = simulation.cast.member_of(houses[0][6])
    assert by is not None
    for _ in range(HURRIED):
        moment += dt.timedelta(seconds=rng.randint(20, 50))
        simulation.settle_on_the_spot(rng.choice(houses), by, moment)
    with scope.acting(simulation.system):
        alarms.look()


def leave_out(simulation: Simulation, period: Period) -> None:
    """One case is taken out of the figures, another waits for a decision."""
    rows = _of_departments(simulation, period, 2)
    for at, (case_id, unit_id) in enumerate(rows):
        clerk, supervisor = simulation.cast.of_unit(unit_id), simulation.cast.with_role("district_supervisor")
        if clerk is None or supervisor is None:
            continue
        with scope.acting(clerk):
            asked = exclusions.ask(
                case_id=case_id, unit_id=unit_id, start=period.start, end=period.end, code="system_fault",
                reason="工单推送延迟，签收时间不是实际收到的时间。",
                evidence="接口日志：当日 14:05 至 16:40 推送失败。", by=clerk,
            )  # fmt: skip
        if at == 0:
            with scope.acting(supervisor):
                exclusions.decide(
                    exclusion_id=asked.pk, granted=True, reason="接口日志核对属实，同意剔除。", by=supervisor
                )


def dispute(simulation: Simulation, period: Period) -> None:
    """Of the bulletin just issued one unit disputes a case and is heard; another still waits."""
    rows = _of_departments(simulation, period, 4)[2:]
    for at, (case_id, unit_id) in enumerate(rows):
        clerk, arbiter = simulation.cast.of_unit(unit_id), simulation.cast.with_role("arbiter")
        if clerk is None or arbiter is None:
            continue
        with scope.acting(clerk):
            made = appeals.make(
                unit_id=unit_id, case_id=case_id, start=period.start, end=period.end,
                statement="该件现场无法施工（连续降雨），已在系统说明，不应计为超期，请复核。", by=clerk,
            )  # fmt: skip
        if at == 0:
            with scope.acting(arbiter):
                appeals.decide(appeal_id=made.pk, outcome="refused", reason="未按规定申请延期，超期成立。", by=arbiter)


def teach(simulation: Simulation) -> None:
    """A training of the grid members of one community, and thanks that one of them was given."""
    community = Unit.objects.filter(kind=UnitKind.COMMUNITY, active=True).order_by("code").first()
    keeper = simulation.cast.of_unit(community.pk, ("community_cadre",)) if community else None
    if community is None or keeper is None:
        return
    teams = Unit.objects.filter(kind=UnitKind.GRID_TEAM, parent=community, active=True).order_by("code")[:6]
    members = [who.user_id for team in teams if (who := simulation.cast.of_unit(team.pk, ("grid_member",)))]
    with scope.acting(keeper):
        day = clock.now().date() - dt.timedelta(days=9)
        records.add_training(
            title="电动自行车充电隐患识别与上报", day=day, hours=Decimal(2), held_by="街道应急办、消防救援站",
            trainees=dict.fromkeys(members, True), by=keeper,
        )  # fmt: skip
        records.commend(
            user_id=members[0], kind="thanks", day=day, reason="夜间发现独居老人家中燃气泄漏，及时联系抢修。",
            given_by="社区居民", by=keeper,
        )  # fmt: skip


def _of_departments(simulation: Simulation, period: Period, most: int) -> list[tuple[UUID, UUID]]:
    """Cases closed in the period with the department that led them, each of another department."""
    with scope.acting(simulation.system):
        found = Case.objects.filter(
            state="closed", history=False, lead_unit__kind=UnitKind.DEPARTMENT,
            submitted_at__date__gte=period.start, closed_at__date__lt=period.end,
        )  # fmt: skip
        rows = found.order_by("lead_unit__code", "-closed_at").values_list("pk", "lead_unit")
        return [(case, unit) for unit, case in {unit: case for case, unit in rows}.items()][:most]
