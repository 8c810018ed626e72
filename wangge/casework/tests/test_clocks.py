"""Promises: started, paused, met, warned of and broken; each once in effect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection

from wangge.audit import selectors as audit
from wangge.audit.models import Outbox
from wangge.calendars.arithmetic import Limit
from wangge.casework import invariants, services
from wangge.casework.models import Case, Clock, Responder
from wangge.casework.services import clocks, firing, ladder
from wangge.casework.tests.conftest import Lists, Play, almighty
from wangge.casework.tests.test_workflow import carried_over
from wangge.casework.timing import Ruled
from wangge.casework.workflow import State, Step
from wangge.kit import clock
from wangge.org import scope
from wangge.org.scope import Actor


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    yield
    assert invariants.run() == []


def shift(case: Case, kind: str, **times: timedelta) -> Clock:
    """Move a clock's times as if the past had been otherwise."""
    with scope.acting(scope.system_actor("test")):
        now = clock.now()
        moved = {name: now + delta for name, delta in times.items()}
        Clock.objects.filter(case=case, kind=kind).update(**moved)
        return Clock.objects.get(case=case, kind=kind)


def run_down(case: Case, kind: str) -> Clock:
    """About to run out: the moment of its warning has come."""
    return shift(case, kind, warn_at=timedelta(seconds=-1), next_at=timedelta(seconds=-1))


def run_out(case: Case, kind: str, ago: timedelta = timedelta(seconds=1)) -> Clock:
    """Run out so long ago, and nobody has looked at it since it was about to."""
    before = -ago - timedelta(hours=1)
    return shift(case, kind, warn_at=before, due_at=-ago, next_at=before)


def reread(case: Case) -> Case:
    with scope.acting(scope.system_actor("test")):
        return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize(
    ("value", "unit", "start", "warn", "due"),
    [
        # One working day before it runs out; half-way when the whole is not longer. All day on duty here.
        ("5", "working_days", "2026-11-02 10:00", "2026-11-06 24:00", "2026-11-07 24:00"),
        ("4", "working_hours", "2026-11-02 10:00", "2026-11-02 12:00", "2026-11-02 14:00"),
        ("0.5", "urgent_hours", "2026-11-02 23:50", "2026-11-03 00:05", "2026-11-03 00:20"),
        ("24", "urgent_hours", "2026-11-02 10:00", "2026-11-02 22:00", "2026-11-03 10:00"),
        ("7", "natural_days", "2026-11-02 10:00", "2026-11-08 24:00", "2026-11-09 24:00"),
    ],
)
def test_when_a_promise_warns_and_ends(value: str, unit: str, start: str, warn: str, due: str, lists: Lists) -> None:
    ruled = Ruled(Limit(Decimal(value), unit), None, "", fixed=False, over_list=False)

    planned = clocks.plan("whole", ruled, moment(start))

    assert (planned.warn_at, planned.due_at) == (moment(warn), moment(due))


def moment(text: str) -> datetime:
    day, time = text.split(" ")
    extra = timedelta(days=1) if time == "24:00" else timedelta()
    local = datetime.fromisoformat(f"{day}T{time.replace('24:00', '00:00')}+08:00")
    return (local + extra).astimezone(UTC)


def test_a_warning_turns_the_card_yellow_once(act: Play, system: Actor) -> None:
    case = act.submit()
    run_down(case, "whole")

    assert services.fire_due() == 1
    assert services.fire_due() == 0

    case = reread(case)
    assert (case.card, case.reminders, case.supervised) == ("yellow", 1, False)
    with scope.acting(system):
        last = audit.log_of(subject_type="case", subject_id=case.pk)[-1]
        assert Outbox.objects.filter(topic="clock", subject_id=case.pk).count() == 1
        assert Clock.objects.get(case=case).next_at == Clock.objects.get(case=case).due_at
    assert (last.action, last.data["hint"]) == ("casework:clock:warned", "remind")


def test_a_broken_promise_turns_it_red_and_under_supervision(act: Play, system: Actor) -> None:
    case = act.submit()
    run_out(case, "whole")

    assert services.fire_due() == 1
    assert services.fire_due() == 0

    case = reread(case)
    assert (case.card, case.supervised) == ("red", True)
    with scope.acting(system):
        missed = Clock.objects.get(case=case)
        last = audit.log_of(subject_type="case", subject_id=case.pk)[-1]
    assert (missed.state, missed.rung) == ("running", 2)
    assert missed.missed_at is not None
    assert missed.next_at == ladder.moment(Limit(Decimal(1), "working_days"), missed.due_at, "office")
    assert (last.action, last.data["hint"]) == ("casework:clock:missed", "supervise")


def test_what_is_done_late_is_late_and_the_card_goes(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    run_out(case, "acknowledge")
    services.fire_due()
    assert reread(case).card == "red"

    case = act.step(case, Step.ACKNOWLEDGE, people.department_clerk)

    assert case.card == ""
    with scope.acting(people.dispatcher):
        assert Clock.objects.get(case=case, kind="acknowledge").state == "late"


def test_who_does_not_come_is_flagged_by_the_clock(act: Play, people: SimpleNamespace) -> None:
    units = [str(act.district.units["housing"].pk)]
    case = act.step(
        act.dispatched(), Step.WHISTLE, people.subdistrict_dispatcher, kind="emergency", unit_ids=units, message="速来"
    )
    run_out(case, "report_in")

    services.fire_due()

    with scope.acting(people.dispatcher):
        assert Responder.objects.get(whistle__case=case).late is True


def test_carrying_over_stops_every_clock_and_resuming_adds_the_time(act: Play, people: SimpleNamespace) -> None:
    case = carried_over(act)
    with scope.acting(people.dispatcher):
        standing = Clock.objects.filter(case=case, state="paused")
        assert standing.count() == Clock.objects.filter(case=case).count() == 3
        before = standing.get(kind="handle").due_at

    case = act.step(
        case, Step.RESUME, almighty(people.dispatcher), reason="天气转好", at=clock.now() + timedelta(days=10)
    )

    with scope.acting(people.dispatcher):
        after = Clock.objects.get(case=case, kind="handle")
    assert case.state == State.DISPATCHED
    assert timedelta(days=9, hours=23) < after.due_at - before < timedelta(days=10, hours=1)
    assert len(after.pauses) == 1


def test_when_its_day_has_come_a_carried_over_case_goes_on_by_itself(act: Play, people: SimpleNamespace) -> None:
    case = carried_over(act)
    shift(case, "whole", next_at=timedelta(seconds=-1))

    services.fire_due()

    case = reread(case)
    assert case.state == State.DISPATCHED
    with scope.acting(people.dispatcher):
        assert set(Clock.objects.filter(case=case).values_list("state", flat=True)) == {"running"}


def test_the_worker_sleeps_until_the_next_due_time_but_not_long(act: Play) -> None:
    act.submit()

    with scope.acting(scope.system_actor("test")):
        pause = firing.seconds_until(firing.next_due(), at_most=timedelta(seconds=2))

    assert pause == 2.0


@pytest.mark.django_db(transaction=True)
def test_two_workers_fire_each_clock_once(act: Play, superuser: psycopg.Connection[tuple[object, ...]]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    cases = [act.submit() for _ in range(30)]
    superuser.execute("update casework_clock set warn_at = now() - interval '1 second'")
    superuser.execute("update casework_clock set next_at = warn_at")

    def work(_: int) -> int:
        try:
            return sum(services.fire_due(7) for _ in range(12))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        fired = sum(pool.map(work, range(4)))

    assert fired == len(cases)
    logged = superuser.execute("select count(*) from audit_entry where action = 'casework:clock:warned'").fetchone()
    assert logged == (len(cases),)
