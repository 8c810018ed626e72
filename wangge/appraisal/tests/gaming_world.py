"""A month of five grid teams who do honest work, as rows; tests add what somebody dishonest would do."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.factories import District
from wangge.audit.models import Entry
from wangge.casework.models import Attachment, Case, Clock, Notice, TimeRequest, WorkOrder
from wangge.kit.ids import uuid7
from wangge.org.models import Unit
from wangge.responsibility.models import Category

TEAMS = ("team1", "team2", "team3", "team4", "team5")
BEGINS = dt.datetime(2026, 10, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


class World:
    """Collects rows; `keep` writes them."""

    def __init__(self, district: District, seed: int) -> None:
        self.district, self.random = district, random.Random(seed)
        self.category = Category.objects.create(code="M-01001", kind="matter", name="暴露垃圾", leaf=True)
        self.people = {team: [uuid7(), uuid7(), uuid7()] for team in TEAMS}
        self.operator = uuid7()
        self.rows: dict[type[Any], list[Any]] = {
            model: [] for model in (Case, WorkOrder, Clock, Entry, TimeRequest, Notice, Attachment)
        }
        self.count = 0

    def unit(self, team: str) -> Unit:
        return self.district.units[team]

    def moment(self, last: int = 27) -> dt.datetime:
        return BEGINS + self.random.random() * last * DAY

    def case(self, team: str, **given: Any) -> Case:
        """Closed in time, told of by the operator at a place of its own."""
        self.count += 1
        submitted = given.pop("submitted_at", None) or self.moment()
        handled = given.pop("handled_at", None) or submitted + self.random.uniform(2, 40) * HOUR
        values: dict[str, Any] = {
            "number": f"T{self.count:08d}", "state": "closed", "title": "垃圾", "channel": "hotline12345",
            "category": self.category, "lead_unit": self.unit(team), "submitter_id": self.operator,
            "submitted_at": submitted, "registered_at": submitted, "handled_at": handled,
            "closed_at": handled + 2 * HOUR, "closed_in_time": True, "area_pos": 1,
            "lon": 116.9 + self.random.random() / 10, "lat": 36.5 + self.random.random() / 10,
        } | given  # fmt: skip
        made = Case(**values)
        self.rows[Case].append(made)
        return made

    def order(self, case: Case, team: str, by: UUID) -> None:
        self.rows[WorkOrder].append(
            WorkOrder(
                case=case, unit=self.unit(team), unit_pos=self.unit(team).pos, state="done", worked_by=[by],
                done_by=by, assigned_at=case.submitted_at, done_at=case.handled_at,
            )
        )  # fmt: skip

    def on_the_spot(self, team: str, by: UUID, *, photo: bytes | None = None, **given: Any) -> Case:
        at = given.pop("submitted_at", None) or self.moment()
        case = self.case(
            team, submitted_at=at, handled_at=at, closed_at=at, submitter_id=by, on_the_spot=True, channel="patrol",
            **given,
        )  # fmt: skip
        self.order(case, team, by)
        self.rows[Attachment].append(
            Attachment(
                case=case, phase="handle", name="1.jpg", content_type="image/jpeg", size=1, path="x", uploaded_at=at,
                sealed_sm3=photo or self.random.randbytes(32),
            )
        )  # fmt: skip
        return case

    def entry(self, case: Case, verb: str, at: dt.datetime, number: int, **data: Any) -> None:
        self.rows[Entry].append(
            Entry(
                subject_type="case", subject_id=case.pk, number=number, at=at, action=f"casework:case:{verb}",
                actor_id=self.operator, actor_name="王", data=data, previous=b"\0" * 32, hash=b"\0" * 32,
            )
        )  # fmt: skip

    def reopened(self, case: Case, after: dt.timedelta) -> None:
        assert case.closed_at is not None
        self.entry(case, "close", case.closed_at, 1, state=["verified", "closed"])
        self.entry(case, "reopen", case.closed_at + after, 2, state=["closed", "reopened"])

    def clock(self, case: Case, due: dt.datetime) -> None:
        self.rows[Clock].append(
            Clock(
                case=case, kind="whole", limit_value=3, limit_unit="working_days", calendar="office", state="met",
                started_at=case.submitted_at, due_at=due, stopped_at=None,
            )
        )  # fmt: skip

    def reassigned(self, team: str, other: str, before: dt.timedelta) -> Case:
        """So long before the clock ran out the lead was handed to another unit."""
        case = self.case(other)
        due = case.submitted_at + 3 * DAY
        self.clock(case, due)
        units = {
            name: {"id": str(self.unit(one).pk), "name": one}
            for name, one in (("from_unit", team), ("lead_unit", other))
        }
        self.entry(case, "reassign", due - before, 1, **units)
        return case

    def asked(self, team: str, at: dt.datetime, before: dt.timedelta, reason: str = "等配件") -> None:
        self.rows[TimeRequest].append(
            TimeRequest(
                case=self.case(team), kind="extend", state="granted", days=3, reason=reason, unit=self.unit(team),
                unit_pos=self.unit(team).pos, asked_at=at, asked_by=uuid7(), asked_name="王", due_before=at + before,
            )
        )  # fmt: skip

    def answered(self, team: str, text: str) -> None:
        at = self.moment()
        self.rows[Notice].append(
            Notice(
                case=self.case(team), kind="supervise", unit=self.unit(team), unit_pos=self.unit(team).pos, at=at,
                by_name="计时", answered_at=at + HOUR, answered_name="王", answer=text,
            )
        )  # fmt: skip

    def called(self, team: str, *, reached: bool, troubled: bool = False) -> Case:
        return self.case(
            team, reporter_phone_encrypted=b"x", reached=reached, calls=1 if reached else 3,
            closed_in_time=not troubled,
        )  # fmt: skip

    def honest_month(self) -> None:
        for team in TEAMS:
            self._honest(team, self.random.uniform(0.7, 1.4))

    def _honest(self, team: str, size: float) -> None:
        """Every team a little different from the others, as teams are."""
        dice, people = self.random, self.people[team]
        for _ in range(int(60 * size)):
            case = self.case(team)
            self.order(case, team, dice.choice(people))
            if dice.random() < 0.04:
                self.reopened(case, dice.uniform(0.1, 20) * DAY)
        for _ in range(int(dice.uniform(20, 45) * size)):
            self.on_the_spot(team, dice.choice(people))
        unreachable = dice.uniform(0.1, 0.25)
        for _ in range(int(60 * size)):
            self.called(team, reached=dice.random() > unreachable, troubled=dice.random() < 0.2)
        for _ in range(int(25 * size)):
            self.reassigned(team, dice.choice(TEAMS[1:] if team == "team1" else TEAMS[:1]), dice.uniform(0, 72) * HOUR)
        for _ in range(int(25 * size)):
            self.asked(team, self.moment(), dice.uniform(0.1, 60) * HOUR)
        for number in range(int(25 * size)):
            self.answered(team, "已处理。" if dice.random() < 0.12 else f"已派员到场，第{number}号点位清理完毕")

    def keep(self) -> None:
        for model, rows in self.rows.items():
            model.objects.bulk_create(rows)
            rows.clear()
