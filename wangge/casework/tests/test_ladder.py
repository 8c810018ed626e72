"""The ladder: which rung comes when, whom it tells, and that rungs missed while nobody was there are made up for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from django.db import connection

from wangge.areas.models import Level
from wangge.audit import selectors as audit
from wangge.casework import invariants, services, timing
from wangge.casework.models import Canary, Case, Clock, Firing, Notice, TimeRules
from wangge.casework.services import firing, ladder
from wangge.casework.tests.conftest import Lists, Play, almighty
from wangge.casework.tests.test_clocks import reread, run_down, run_out, shift
from wangge.casework.workflow import Step
from wangge.kit import clock
from wangge.org import scope
from wangge.org.scope import Actor

CN = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CN)


WARNS, ENDS = at("2026-11-02 10:00"), at("2026-11-03 10:00")


@dataclass
class Promised:
    """A promise that warns on Monday and is due on Tuesday, on duty day and night."""

    kind: str = "whole"
    calendar: str = "office"
    warn_at: datetime | None = WARNS
    due_at: datetime = ENDS
    rung: int = 0
    warned_at: datetime | None = None
    missed_at: datetime | None = None
    pauses: list[list[str]] = field(default_factory=list)


@pytest.mark.parametrize(
    ("kind", "rung", "expected"),
    [
        # A day ends at its midnight here; Tuesday 10:00 and one working day is the end of Wednesday.
        ("whole", 0, "2026-11-02 10:00"),
        ("whole", 1, "2026-11-03 10:00"),
        ("whole", 2, "2026-11-05 00:00"),
        ("whole", 3, "2026-11-07 00:00"),
        ("whole", 4, None),
        ("verify", 2, "2026-11-07 00:00"),  # nothing to escalate: held to account at once
        ("verify", 3, None),
    ],
)
def test_the_rungs_come_in_their_order(kind: str, rung: int, expected: str | None, lists: Lists) -> None:
    made = at("2026-11-02 10:00")
    promised = Promised(kind, rung=rung, warned_at=made if rung else None, missed_at=made if rung > 1 else None)

    assert ladder.next_at(promised, "normal") == (at(expected) if expected else None)


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        ("2026-11-02 09:59", []),
        ("2026-11-02 10:00", ["remind"]),
        ("2026-11-03 09:59", ["remind"]),
        ("2026-11-03 10:00", ["remind", "supervise"]),
        ("2026-11-06 00:00", ["remind", "supervise", "escalate"]),
        ("2027-11-06 00:00", ["remind", "supervise", "escalate", "account"]),
    ],
)
def test_every_rung_whose_moment_has_come_is_due(now: str, taken: list[str], lists: Lists) -> None:
    due = ladder.due_by(Promised(), "normal", at(now))

    assert [one.rung.step for one in due if one.rung] == taken


def test_what_is_counted_after_the_due_time_leaves_out_pauses(lists: Lists) -> None:
    stood_still = [["2026-11-03T12:00:00+08:00", "2026-11-05T12:00:00+08:00"]]
    promised = Promised(rung=2, warned_at=WARNS, missed_at=ENDS, pauses=stood_still)

    assert ladder.next_at(promised, "normal") == at("2026-11-07 00:00")
    assert ladder.next_at(replace(promised, rung=3), "normal") == at("2026-11-09 00:00")


@pytest.mark.usefixtures("sound")
def test_a_broken_promise_that_stood_still_climbs_later(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    now = clock.now()
    shift(case, "handle", due_at=timedelta(hours=-1), warn_at=timedelta(hours=-2), next_at=timedelta(hours=-2))
    services.fire_due()
    case = act.granted(case, kind="carry_over", until=(now + timedelta(days=30)).isoformat())
    case = act.step(case, Step.RESUME, almighty(people.dispatcher), reason="恢复", at=now + timedelta(days=10))

    with scope.acting(people.dispatcher):
        handle = Clock.objects.get(case=case, kind="handle")
    assert handle.missed_at is not None
    assert handle.next_at is not None
    assert handle.next_at > now + timedelta(days=10)


def test_a_promise_without_a_ladder_still_warns_and_ends(lists: Lists) -> None:
    with_rules(lambda content: content.update(ladders={}))

    due = ladder.due_by(Promised(), "normal", at("2026-12-01 00:00"))

    assert [(one.when, one.rung) for one in due] == [("warn", None), ("due", None)]
    assert ladder.next_at(Promised(warned_at=at("2026-11-02 10:00")), "normal") == at("2026-11-03 10:00")


@pytest.mark.parametrize(
    ("rung", "missed", "card"), [(1, False, "yellow"), (2, True, "yellow"), (3, True, "red"), (4, True, "red")]
)
def test_a_card_may_turn_red_on_the_first_late_day(rung: int, missed: bool, card: str, lists: Lists) -> None:
    with_rules(lambda content: content["cards"].update(red="next_day"))
    moment = at("2026-11-03 10:00")
    promised = Promised(rung=rung, warned_at=moment, missed_at=moment if missed else None)

    assert ladder.card([promised], "normal") == card
    if rung == 2:
        assert ladder.next_at(promised, "normal") == at("2026-11-04 00:00")


def with_rules(change: Any) -> None:
    """The base rules, otherwise."""
    content = yaml.safe_load((timing._BASE).read_text(encoding="utf-8"))
    change(content)
    TimeRules.objects.create(content=content, digest="x", loaded_at=clock.now())
    timing.forget()


@pytest.fixture(autouse=True)
def fresh_rules() -> Iterator[None]:
    timing.forget()
    yield
    timing.forget()


@pytest.fixture
def sound(db: None) -> Iterator[None]:
    yield
    assert invariants.run() == []


def log_of(case: Case) -> list[str]:
    with scope.acting(scope.system_actor("test")):
        entries = audit.log_of(subject_type="case", subject_id=case.pk)
        assert audit.verify_chain("case", case.pk).whole
    return [entry.action for entry in entries]


def notices_of(case: Case) -> list[Notice]:
    with scope.acting(scope.system_actor("test")):
        return list(Notice.objects.filter(case=case).select_related("unit").order_by("at"))


@pytest.mark.usefixtures("sound")
def test_rungs_missed_while_nobody_was_there_are_taken_in_order_within_one_firing(act: Play) -> None:
    case = act.submit(category_code="C-01001")
    before = len(log_of(case))
    run_out(case, "whole", timedelta(days=30))

    assert services.fire_due() == 1
    assert services.fire_due() == 0

    assert log_of(case)[before:] == [
        "casework:clock:warned",
        "casework:clock:missed",
        "casework:clock:escalated",  # the district is the top: the centre is told
        "casework:clock:accounted",
    ]
    told = notices_of(case)
    assert {one.kind: one.answer_due_at is not None for one in told} == {
        "remind": False, "supervise": True, "escalate": False, "account": True,
    }  # fmt: skip
    assert len(told) == 4
    with scope.acting(scope.system_actor("test")):
        fired = Clock.objects.get(case=case)
        assert (fired.rung, fired.next_at) == (4, None)
        assert Firing.objects.get().fired == 1
    assert (reread(case).reminders, reread(case).supervised, reread(case).card) == (1, True, "red")


@pytest.mark.usefixtures("sound")
def test_a_promise_broken_for_a_day_takes_the_case_one_level_up(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    with scope.acting(people.dispatcher):
        assert Case.objects.get(pk=case.pk).level == Level.SUBDISTRICT
    for kind in ("handle", "whole"):
        run_out(case, kind, timedelta(days=2, hours=12))

    assert services.fire_due() == 2

    case = reread(case)
    assert case.level == Level.DISTRICT  # one level, though two promises broke
    actions = log_of(case)
    assert actions.count("casework:case:escalate") == 1
    assert actions.count("casework:clock:escalated") == 1
    risen = [one for one in notices_of(case) if one.kind == "escalate"]
    assert [one.unit_id for one in risen] == [case.lead_unit_id]


@pytest.mark.usefixtures("sound")
def test_what_cannot_go_up_is_told_to_the_centre(act: Play, district: Any) -> None:
    case = act.handled()  # waits to be checked: the workflow knows no escalation here
    run_out(case, "whole", timedelta(days=2, hours=12))

    services.fire_due()

    assert "casework:case:escalate" not in log_of(case)
    told = [one for one in notices_of(case) if one.kind == "escalate"]
    assert [one.unit_id for one in told] == [district.units["command"].pk]


@pytest.mark.usefixtures("sound")
def test_an_order_s_unit_is_told_and_not_the_leading_one(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    run_down(case, "acknowledge")

    services.fire_due()

    with scope.acting(people.dispatcher):
        unit = Clock.objects.get(case=case, kind="acknowledge").work_order.unit
    assert [(one.kind, one.unit_id) for one in notices_of(case)] == [("remind", unit.pk)]


def test_a_clock_of_an_ended_case_is_never_looked_at_again(act: Play, people: SimpleNamespace) -> None:
    case = act.closed()
    with scope.acting(scope.system_actor("test")):
        Clock.objects.filter(case=case, kind="whole").update(next_at=clock.now() - timedelta(seconds=1))
    before = len(log_of(case))

    assert services.fire_due() == 1

    with scope.acting(scope.system_actor("test")):
        assert Clock.objects.get(case=case, kind="whole").next_at is None
    assert len(log_of(case)) == before


@pytest.mark.usefixtures("sound")
def test_the_promise_of_a_merged_case_goes_on(act: Play, people: SimpleNamespace) -> None:
    kept, case = act.submit(), act.submit()
    act.step(case, Step.MERGE, people.dispatcher, reason="同一件事", into=str(kept.pk))
    run_out(case, "whole", timedelta(days=9))

    services.fire_due()

    assert "casework:clock:missed" in log_of(case)
    assert "casework:case:escalate" not in log_of(case)


@pytest.mark.usefixtures("sound")
def test_one_case_that_cannot_be_fired_holds_up_no_other(act: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [act.submit() for _ in range(5)]
    for one in cases:
        run_down(one, "whole")
    broken = cases[0]
    with scope.acting(scope.system_actor("test")), connection.cursor() as cursor:
        # An urgency that no rules know: what a faulty import might leave.
        cursor.execute("update casework_clock set calendar = 'nowhere' where case_id = %s", [broken.pk])

    run_out(broken, "whole", timedelta(days=1))
    assert services.fire_due() == 4
    assert services.fire_due() == 0  # left alone for a while

    assert broken.pk in firing._aside
    firing._aside.clear()
    shift(broken, "whole", due_at=timedelta(days=1), warn_at=timedelta(hours=20), next_at=timedelta(hours=20))
    assert [reread(one).card for one in cases] == ["", "yellow", "yellow", "yellow", "yellow"]


def test_a_round_fires_the_canaries_that_are_due(act: Play, system: Actor) -> None:
    with scope.acting(system):
        now = clock.now()
        Canary.objects.create(due_at=now - timedelta(seconds=1))
        Canary.objects.create(due_at=now + timedelta(minutes=1))

    services.fire_due()

    with scope.acting(system):
        assert [one.fired_at is not None for one in Canary.objects.order_by("due_at")] == [True, False]


def test_starting_a_promise_asks_the_ladder(act: Play, people: SimpleNamespace) -> None:
    case = act.submit()
    with scope.acting(people.dispatcher):
        started = Clock.objects.get(case=case)
        assert started.next_at == ladder.next_at(started, "normal") == started.warn_at
