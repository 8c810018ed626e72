"""A responsibility list, a calendar and ready-made cases on the small district of tests.factories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import District
from wangge.areas.models import Level
from wangge.calendars import selectors as calendars
from wangge.calendars.models import Calendar
from wangge.casework import services, timing
from wangge.casework.models import Attachment, Case
from wangge.casework.policies import Perm
from wangge.casework.services import numbers
from wangge.casework.workflow import Step
from wangge.kit import clock
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.responsibility import book
from wangge.responsibility.models import Category, Entry, ResponsibilityList

DAY_AND_NIGHT = [["00:00", "24:00"]]


@dataclass
class Lists:
    """Categories by key: litter (evidence, on the spot), road (two stages), orphan (nobody's)."""

    litter: Category
    road: Category
    orphan: Category


def make_lists(district: District) -> Lists:
    """On duty day and night and in years not published, so that no test depends on the hour it runs at."""
    Calendar.objects.create(code="office", name="全天", duty=DAY_AND_NIGHT)
    found = {
        "litter": Category(
            code="M-01001", kind="matter", name="暴露垃圾", leaf=True, keywords=["垃圾"], evidence_required=True,
            on_the_spot=True,
        ),
        "road": Category(code="C-01001", kind="component", name="道路破损", leaf=True, keywords=["路面"]),
        "orphan": Category(code="M-09999", kind="matter", name="无主事项", leaf=True, keywords=["无主"]),
    }  # fmt: skip
    Category.objects.bulk_create(found.values())
    listed = ResponsibilityList.objects.create(version="1", title="试行清单", valid_from=date(2020, 1, 1))
    Entry.objects.bulk_create(
        [
            Entry(
                list=listed, item="1", category=found["litter"], list_kind="basic", level=Level.SUBDISTRICT,
                lead_rule="unit", lead_unit=district.units["urban"], first_actor="grid", clause="条例第一条",
                supports=[{"rule": "community"}],
                limits=[{"step": "handle", "value": 2, "unit": "working_days"}],
            ),
            Entry(
                list=listed, item="2", category=found["road"], list_kind="basic", level=Level.DISTRICT,
                lead_rule="unit", lead_unit=district.units["transport"], first_actor="unit", clause="条例第二条",
                limits=[
                    {"step": "handle", "value": 4, "unit": "working_hours"},
                    {"step": "handle", "value": 3, "unit": "working_days"},
                ],
            ),
        ]
    )  # fmt: skip
    return Lists(**found)


@pytest.fixture(autouse=True)
def fresh_memory() -> Iterator[None]:
    """What processes remember of the database does not outlive a test's rows."""
    numbers.forget()
    book._book = None  # threads would otherwise be served the last test's while the first of them reads
    calendars.forget()
    timing.forget()
    yield
    numbers.forget()


@pytest.fixture
def lists(district: District) -> Lists:
    return make_lists(district)


@pytest.fixture
def picture() -> Callable[[Actor], str]:
    """An upload of the actor's that belongs to no case yet."""

    def upload(by: Actor) -> str:
        made = Attachment.objects.create(
            phase="handle", name="现场.jpg", content_type="image/jpeg", size=1, path="x.jpg",
            uploader_id=by.user_id, uploaded_at=clock.now(),
        )  # fmt: skip
        return str(made.pk)

    return upload


@pytest.fixture
def act(district: District, lists: Lists, people: SimpleNamespace, picture: Callable[[Actor], str]) -> Play:
    return Play(district, people, picture)


def almighty(actor: Actor) -> Actor:
    """The same person in the same place with every permission: for rules that are not about permissions."""
    return replace(actor, permissions=frozenset(Perm))


class Play:
    """Takes steps as people would: each in its own transaction and scope, with the inputs the step needs."""

    def __init__(self, district: District, people: SimpleNamespace, picture: Callable[[Actor], str]) -> None:
        self.district, self.people, self.picture = district, people, picture

    def submit(self, by: Actor | None = None, **given: Any) -> Case:
        lon, lat = self.district.point("grid1")
        values = {
            "title": "楼下有垃圾", "channel": "hotline12345", "lon": lon, "lat": lat, "category_code": "M-01001",
        } | given  # fmt: skip
        who = by or self.people.dispatcher
        with scope.acting(who):
            return services.submit(by=who, **values).case

    def step(self, case: Case, step: Step | str, by: Actor, **fields: Any) -> Case:
        version = fields.pop("version", None)
        with scope.acting(by):
            return services.take(case_id=case.pk, step=step, version=version, by=by, **fields)

    def dispatched(self, **given: Any) -> Case:
        return self.step(self.submit(**given), Step.DISPATCH, self.people.dispatcher, support_units=[])

    def handled(self, **given: Any) -> Case:
        case = self.dispatched(**given)
        clerk = self.people.department_clerk
        self.step(case, Step.ACKNOWLEDGE, clerk)
        with scope.acting(clerk):
            evidence = [self.picture(clerk)]
        return self.step(case, Step.HANDLE, clerk, result="已清运", attachments=evidence)

    def asked(self, case: Case, **given: Any) -> Case:
        """The handler asks for time: three more days, or what is given."""
        values = {"kind": "extend", "reason": "需采购材料"} | given
        if values["kind"] == "extend":
            values.setdefault("extend_days", 3)
        clerk = self.people.department_clerk
        if values["kind"] == "carry_over" and "attachments" not in values:
            with scope.acting(clerk):
                values["attachments"] = [self.picture(clerk)]
        return self.step(case, Step.ASK_TIME, clerk, **values)

    def granted(self, case: Case, **given: Any) -> Case:
        return self.step(self.asked(case, **given), Step.GRANT_TIME, self.people.supervisor, reason="情况属实")

    def verified(self, **given: Any) -> Case:
        return self.step(self.handled(**given), Step.VERIFY, self.people.supervisor, result="已核")

    def closed(self, **given: Any) -> Case:
        return self.step(self.verified(**given), Step.CLOSE, self.people.supervisor)
