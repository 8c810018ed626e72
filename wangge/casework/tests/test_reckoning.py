"""Open promises follow the calendar and the rules; explanations add up to the limit, whatever a life was."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from wangge.audit import selectors as audit
from wangge.calendars import services as calendars
from wangge.calendars.models import Calendar
from wangge.casework import explaining, invariants, services, timing
from wangge.casework.models import Case, Clock, ClockKind, Reckoned, WorkOrder
from wangge.casework.promises import reckon
from wangge.casework.services import reckoning
from wangge.casework.tests.conftest import Play, almighty
from wangge.casework.tests.test_clocks import reread, shift
from wangge.casework.timing_file import ClocksFile
from wangge.casework.workflow import Step
from wangge.kit import clock
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor

OFFICE = [["09:00", "12:00"], ["13:00", "17:00"]]
WINDOW = {"name": "窗口", "name_en": "Windows", "duty": OFFICE, "works_through": True}


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    yield
    timing.forget()
    broken = {found.name for found in invariants.run()}
    assert not broken - {"due_clock_unfired", "outbox_unsent"}, broken  # some of these lives lie in the past


def follow_all() -> int:
    return sum(sum(reckoning.follow(change)) for change in reckoning.pending())


def load_rules(system: Actor, **changes: Any) -> None:
    content = timing.base().file.model_dump(exclude_none=True)
    content["limits"] |= {name.replace("_", "-"): line for name, line in changes.pop("limits", {}).items()}
    with scope.acting(system):
        services.load_time_rules(ClocksFile.model_validate(content | changes), source="test", actor=system)
    timing.forget()


def clock_of(case: Case, kind: str, system: Actor) -> Clock:
    with scope.acting(system):
        return Clock.objects.get(case=case, kind=kind)


def day_off(system: Actor, day: date) -> None:
    with scope.acting(system):
        calendars.set_day(code="office", date=day, working=False, name="临时放假", actor=system)


def local_day(moment: datetime) -> date:
    """Of a promise due at 24:00: the day it closes."""
    return (moment - timedelta(microseconds=1)).astimezone(reckoning.timing.calendars.load("office").zone).date()


def test_a_changed_calendar_moves_what_is_open_and_says_why(act: Play, system: Actor) -> None:
    follow_all()
    case, gone = act.dispatched(), act.closed()
    before = clock_of(case, "whole", system)
    day_off(system, local_day(before.due_at))

    assert follow_all() > 0
    assert follow_all() == 0

    after = clock_of(case, "whole", system)
    assert after.due_at == before.due_at + timedelta(days=1)
    assert reread(case).due_at == after.due_at
    with scope.acting(system):
        entry = next(
            one
            for one in audit.log_of(subject_type="case", subject_id=case.pk)
            if one.data.get("clock") == str(after.pk) and one.action == explaining.RECOMPUTED
        )
        order = WorkOrder.objects.get(case=case)
        handle = Clock.objects.get(case=case, kind="handle")
        assert not [
            one for one in audit.log_of(subject_type="case", subject_id=gone.pk) if one.action == explaining.RECOMPUTED
        ]
        assert audit.verify_chain("case", case.pk).whole
    assert datetime.fromisoformat(entry.data["due_was"]) == before.due_at
    assert datetime.fromisoformat(entry.data["due_at"]) == after.due_at
    assert "工作日历" in entry.data["why"]
    assert order.due_at == handle.due_at
    with scope.acting(system):
        told = explaining.explanation(case_id=case.pk, clock_id=after.pk, actor=system)
    assert [datetime.fromisoformat(one["due_at"]) for one in told["history"]] == [after.due_at]


def test_changed_rules_move_the_limits_that_came_from_them(act: Play, system: Actor) -> None:
    load_rules(system)
    case = act.dispatched()
    before = {kind: clock_of(case, kind, system) for kind in ("whole", "handle", "acknowledge")}

    load_rules(system, limits={"acknowledge": {"kind": "acknowledge", "limit": ("6 working_hours",)}})
    assert follow_all() == 1

    after = {kind: clock_of(case, kind, system) for kind in before}
    assert (after["acknowledge"].limit_value, after["acknowledge"].limit_unit) == (6, "working_hours")
    assert after["acknowledge"].due_at == before["acknowledge"].due_at + timedelta(hours=2)
    assert [after[kind].due_at for kind in ("whole", "handle")] == [before[kind].due_at for kind in ("whole", "handle")]
    with scope.acting(system):
        said = audit.log_of(subject_type="case", subject_id=case.pk)[-1].data["why"]
    assert said == "时限规则有变更，时限由4个工作时改为6个工作时"


def test_what_the_list_gives_is_not_for_the_rules_to_change(act: Play, system: Actor) -> None:
    load_rules(system)
    case = act.dispatched()  # two working days to handle by the list
    before = clock_of(case, "handle", system)
    assert (before.limit_value, before.rule) == (2, "权责清单：条目写明的时限")

    load_rules(system, limits={"handle": {"kind": "handle", "limit": ("9 working_days",)}})
    follow_all()
    assert clock_of(case, "handle", system).limit_value == 2

    load_rules(system, limits={"handle": {"kind": "handle", "limit": ("1 working_days",), "over_list": True}})
    follow_all()
    assert clock_of(case, "handle", system).limit_value == 1


def keeps(system: Actor, unit: Unit, calendar: str) -> None:
    """The unit's line in units.csv, loaded once more."""
    with scope.acting(system):
        Calendar.objects.get_or_create(code=calendar, defaults=WINDOW)
        Unit.objects.filter(pk=unit.pk).update(calendar=calendar)


def test_a_unit_that_keeps_another_calendar_takes_its_open_promises_along(act: Play, system: Actor) -> None:
    follow_all()
    case = act.dispatched()
    before = {kind: clock_of(case, kind, system) for kind in ("whole", "handle", "acknowledge")}
    keeps(system, act.district.units["urban"], "window")

    assert follow_all() == 2
    assert follow_all() == 0

    after = {kind: clock_of(case, kind, system) for kind in before}
    assert {kind: one.calendar for kind, one in after.items()} == {
        "whole": "office", "handle": "window", "acknowledge": "window",
    }  # fmt: skip
    assert after["whole"].due_at == before["whole"].due_at
    assert after["handle"].due_at.astimezone(reckoning.ladder.LOCAL).hour == 17
    with scope.acting(system):
        order = WorkOrder.objects.get(case=case)
        said = [one.data for one in audit.log_of(subject_type="case", subject_id=case.pk)][-1]
    assert order.due_at == after["handle"].due_at
    assert said["why"] == f"{order.unit.short_name}改用工作日历“窗口”"
    assert said["why_en"].endswith(" follows the calendar “Windows”")

    keeps(system, act.district.units["urban"], "office")
    assert follow_all() == 2
    assert clock_of(case, "handle", system).due_at == before["handle"].due_at


def test_a_calendar_the_rules_name_does_not_follow_the_unit(act: Play, system: Actor) -> None:
    line = {"kind": "acknowledge", "limit": ("4 working_hours",), "calendar": "office"}
    load_rules(system, limits={"acknowledge": line})
    follow_all()
    case = act.dispatched()
    keeps(system, act.district.units["urban"], "window")

    assert follow_all() == 1

    assert clock_of(case, "acknowledge", system).calendar == "office"
    assert clock_of(case, "handle", system).calendar == "window"


def test_what_was_missed_stays_missed(act: Play, system: Actor) -> None:
    follow_all()
    case = act.dispatched()
    missed = shift(case, "handle", next_at=timedelta(seconds=-1), due_at=timedelta(minutes=-1))
    services.fire_due()
    day_off(system, local_day(missed.started_at + timedelta(days=1)))

    follow_all()

    kept = clock_of(case, "handle", system)
    assert kept.due_at == missed.due_at
    assert kept.missed_at is not None
    assert reread(case).card == "red"


def test_a_clock_that_stands_still_follows_too(act: Play, people: SimpleNamespace, system: Actor) -> None:
    follow_all()
    until = (clock.now() + timedelta(days=9)).isoformat()
    case = act.granted(act.dispatched(), kind="carry_over", until=until)
    before = clock_of(case, "whole", system)
    day_off(system, local_day(before.due_at))

    follow_all()

    after = clock_of(case, "whole", system)
    assert (after.state, after.next_at) == ("paused", before.next_at)
    assert after.due_at > before.due_at


def test_a_warning_that_came_too_early_is_taken_back(act: Play, system: Actor) -> None:
    load_rules(system)
    case = act.submit()
    shift(case, "whole", next_at=timedelta(seconds=-1), warn_at=timedelta(seconds=-1))
    services.fire_due()
    assert reread(case).card == "yellow"

    limit = {"kind": "whole", "channel": "hotline12345", "limit": ("9 working_days",), "fixed": True}
    load_rules(system, limits={"whole_hotline": limit})
    follow_all()

    whole = clock_of(case, "whole", system)
    assert (whole.limit_value, whole.warned_at, whole.rung, reread(case).card) == (9, None, 0, "")
    assert whole.next_at == whole.warn_at


def test_the_first_start_follows_and_notes_the_versions(act: Play, system: Actor) -> None:
    act.dispatched()
    follow_all()

    with scope.acting(system):
        assert Reckoned.objects.get(name="calendar:office").version == Calendar.objects.get(code="office").version
    assert reckoning.pending() == []


# Explanations.


@pytest.mark.parametrize("seed", range(12))
def test_an_explanation_adds_up_whatever_the_life_was(
    seed: int, act: Play, people: SimpleNamespace, system: Actor
) -> None:
    rng = random.Random(seed)
    if seed % 2:
        Calendar.objects.filter(code="office").update(duty=OFFICE)
        reckoning.timing.calendars.forget()
    start = clock.now() - timedelta(days=rng.randrange(20, 60), minutes=rng.randrange(1440))
    urgency = rng.choice(["normal", "normal", "urgent", "danger"])
    title = rng.choice([{"category_code": "M-01001"}, {"category_code": "C-01001"}])
    case = act.submit(at=start, urgency=urgency, **title)
    at = start + timedelta(minutes=rng.randrange(1, 600))
    case = act.step(case, Step.DISPATCH, people.dispatcher, at=at, support_units=[])
    clerk = people.department_clerk if case.lead_unit_id == act.district.units["urban"].pk else None
    for _ in range(rng.randrange(3) if clerk else 0):
        at += timedelta(minutes=rng.randrange(1, 3000))
        case = _granted_at(act, people, rng, case, at)
        if case.state == "carried_over":
            at += timedelta(minutes=rng.randrange(1, 9000))
            case = act.step(case, Step.RESUME, almighty(people.dispatcher), reason="恢复", at=at)
    with scope.acting(system):
        for one in Clock.objects.filter(case=case):
            _adds_up(one, explaining.explanation(case_id=case.pk, clock_id=one.pk, actor=system))


def _granted_at(act: Play, people: SimpleNamespace, rng: random.Random, case: Case, at: datetime) -> Case:
    if rng.random() < 0.5 and not case.extended and case.due_at is not None and at < case.due_at:
        given: dict[str, Any] = {"extend_days": rng.randrange(1, 10)}
    else:
        given = {"kind": "carry_over", "until": (at + timedelta(days=30)).isoformat()}
    act.asked(case, at=at, **given)
    later = at + timedelta(minutes=rng.randrange(0, 500))
    return act.step(case, Step.GRANT_TIME, people.supervisor, reason="属实", at=later)


def _adds_up(one: Clock, told: dict[str, Any]) -> None:
    lines = [line for line in told["lines"] if line["part"] == "limit"]
    if one.limit_unit.endswith("hours"):
        assert sum(line["counted_minutes"] for line in lines) == one.limit_value * 60
    else:
        assert max(line["number"] for line in lines) == one.limit_value
    extra = [line["number"] for line in told["lines"] if line["part"] == "extra"]
    assert max(extra, default=0) == told["extra_days"] == one.extra_days
    assert sum(Decimal(line["pause_minutes"]) for line in told["lines"]) >= 0
    assert told["due_at"] == reckon(one).due_at
    assert not told["changed_since"]
    assert len(told["extensions"]) == bool(one.extra_days) + sum(
        1 for kind in told["extensions"] if kind["kind"] == "carry_over"
    )


def test_the_explanation_over_http_and_only_for_who_sees_the_case(
    act: Play, people: SimpleNamespace, client_for: Any, system: Actor
) -> None:
    case = act.granted(act.dispatched())
    whole = clock_of(case, ClockKind.WHOLE, system)
    path = f"/api/v1/cases/{case.pk}/clocks/{whole.pk}/explanation"

    told = client_for(people.supervisor).get(path).json()

    assert told["limit"] == "5个工作日"
    assert told["rule"] == "时限规则：12345 热线承诺"
    assert (told["limit_en"], told["rule_en"]) == ("5 working days", "rules of time: the 12345 hotline's promise")
    assert [one["days"] for one in told["extensions"]] == [3]
    assert told["extensions"][0]["granted_name"] == people.supervisor.name
    assert [line["number"] for line in told["lines"] if line["part"] == "extra"][-1] == 3
    assert {"date", "kind", "counted_minutes", "pause_minutes", "zh", "en"} <= set(told["lines"][0])
    assert client_for(people.other_subdistrict_dispatcher).get(path).status_code == 404
    with scope.acting(system), pytest.raises(NotFound):
        explaining.explanation(case_id=act.submit().pk, clock_id=whole.pk, actor=system)
