"""The monitoring page, signs of life, alarms, and the guard that stops firing when the database's clock leaps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from wangge.audit import services as audit
from wangge.audit.models import Outbox
from wangge.casework import services, tasks, watching
from wangge.casework.models import Alarm, AlarmKind, Canary, Clock, Firing, Heartbeat
from wangge.casework.selectors import monitor
from wangge.casework.services import beats, leap
from wangge.casework.services.leap import Guard
from wangge.casework.tests.conftest import Play
from wangge.casework.tests.test_clocks import reread, run_down
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.org.scope import Actor

ClientFor = Callable[[Actor | None], Client]
HOUR, DAY, YEAR = 3600.0, 86400.0, 365 * 86400.0


@pytest.fixture(autouse=True)
def unanchored() -> Iterator[None]:
    """The process has just begun, in each test."""
    leap._guard._anchor = None
    yield
    leap._guard._anchor = None


@pytest.fixture
def acting(system: Actor, db: None) -> Iterator[Actor]:
    with scope.acting(system) as actor:
        yield actor


class Stopwatch:
    """Seconds since boot. Going back by a year while the database's clock goes on is a leap of a year."""

    def __init__(self) -> None:
        self.seconds = 2 * YEAR

    def __call__(self) -> float:
        return self.seconds


# --- The guard.


def test_time_that_passes_is_believed(acting: Actor) -> None:
    watch = Stopwatch()
    guard = Guard(watch)

    assert [guard.look()[1] for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize(("ahead", "believed"), [(60.0, True), (0.4 * HOUR, True), (HOUR, False), (YEAR, False)])
def test_a_leap_ahead_stops_the_firing(ahead: float, believed: bool, acting: Actor) -> None:
    watch = Stopwatch()
    guard = Guard(watch)
    guard.look()
    watch.seconds -= ahead

    assert guard.look()[1] is believed
    assert monitor.standing()["stopped"] is not believed
    if not believed:
        assert monitor.standing()["hours"] == pytest.approx(ahead / HOUR, abs=0.02)
        assert Guard(Stopwatch()).look()[1] is False  # whoever starts now obeys


def test_a_clock_that_goes_back_stops_nothing(acting: Actor) -> None:
    watch = Stopwatch()
    guard = Guard(watch)
    guard.look()
    watch.seconds += YEAR

    assert guard.look()[1] is True


def test_a_leap_that_is_undone_lifts_the_stop(acting: Actor) -> None:
    watch = Stopwatch()
    guard = Guard(watch)
    guard.look()
    watch.seconds -= YEAR
    assert guard.look()[1] is False
    watch.seconds += YEAR

    assert guard.look()[1] is True
    assert monitor.standing()["stopped"] is False


def test_whose_own_machine_was_frozen_is_put_right_by_the_others(acting: Actor) -> None:
    """The count of a frozen virtual machine stands still, and time seems to leap."""
    watch = Stopwatch()
    frozen, awake = Guard(watch), Guard(Stopwatch())
    frozen.look()
    awake.look()
    watch.seconds -= 2 * HOUR

    assert [frozen.look()[1], awake.look()[1], frozen.look()[1], frozen.look()[1]] == [False, True, True, True]


def test_an_operator_confirms_and_everybody_goes_on(acting: Actor) -> None:
    watch = Stopwatch()
    guard, other = Guard(watch), Guard(Stopwatch())
    guard.look()
    watch.seconds -= YEAR
    guard.look()
    assert other.look()[1] is False

    leap.resume(by=acting)

    assert (guard.look()[1], other.look()[1]) == (True, True)
    with pytest.raises(leap.ClockNotStopped):
        leap.resume(by=acting)
    watch.seconds -= YEAR
    assert guard.look()[1] is False  # once more


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "server_up_hours", "counted", "believed"),
    [
        # Everything was switched off and the database came up again: over a weekend, over a holiday, for a month.
        (60, 0.2, None, True),
        (10 * 24, 0.2, 3, True),
        (30 * 24, 0.2, None, False),
        # The database ran on alone, one timed checkpoint each 5 minutes: a weekend gives some 700.
        (60, 1000, 719, True),
        (60, 1000, 400, True),
        # The clock leapt: the server counts one checkpoint, or nobody knows.
        (60, 1000, 1, False),
        (365 * 24, 1000, 2, False),
        (60, 1000, None, False),
    ],
)
def test_a_gap_that_nobody_lived_through(
    hours: float, server_up_hours: float, counted: int | None, believed: bool
) -> None:
    found = leap.believable(
        last=NOON - timedelta(hours=hours),
        now=NOON,
        started=NOON - timedelta(hours=server_up_hours),
        counted=counted,
        each=300.0,
    )

    assert found[0] is believed
    assert bool(found[1]) is not believed


def test_a_process_that_starts_after_a_gap_looks_at_the_server(acting: Actor) -> None:
    """However long the test's server has been up: more than a year is asked about."""
    now = clock.now()
    Heartbeat.objects.create(name="worker:x:1", at=now - timedelta(days=400), detail={"checkpoints": 0})

    assert Guard(Stopwatch()).look()[1] is False
    assert monitor.standing()["zh"]


def test_nothing_fires_while_the_clock_is_not_believed(act: Play, system: Actor) -> None:
    case = act.submit()
    run_down(case, "whole")
    with scope.acting(system):
        now = clock.now()
        leap._stop(leap.Stop(now - timedelta(days=365), now, "试验", "test"), 0)

    assert services.fire_due() == 0
    assert reread(case).card == ""

    with scope.acting(system) as actor:
        leap.resume(by=actor)
    assert services.fire_due() == 1
    assert reread(case).card == "yellow"


# --- Signs of life, lateness, alarms.


def test_a_beat_says_who_is_alive(acting: Actor) -> None:
    beats.beat("worker")
    now = clock.now()
    Heartbeat.objects.create(name="worker:gone:1", at=now - timedelta(minutes=5))
    Heartbeat.objects.create(name="worker:unborn:1", at=now + timedelta(days=365))

    alive = {one.name: one.alive for one in monitor.lives(now=clock.now())}

    assert alive == {beats.me("worker"): True, "worker:gone:1": False, "worker:unborn:1": False}
    beats.leave("worker")
    assert beats.me("worker") not in {one.name for one in monitor.lives(now=clock.now())}


def test_missed_canaries_are_counted_in_a_row(acting: Actor) -> None:
    now = clock.now()
    for minutes, fired in ((5, True), (4, False), (3, True), (2, False), (1, False)):
        due = now - timedelta(minutes=minutes)
        Canary.objects.create(due_at=due, fired_at=due + timedelta(seconds=1) if fired else None)

    seen = monitor.canaries(now=now)

    assert (seen.set, seen.fired, seen.missed, seen.last_ms) == (5, 2, 2, 1000)
    beats.fire_canaries("worker:x:1")
    assert monitor.canaries(now=now).missed == 0


@pytest.mark.parametrize(
    ("late", "share", "least", "most"),
    [([10] * 999 + [9000], 0.999, 10, 20), ([10] * 998 + [9000] * 2, 0.999, 9000, 12700), ([5], 0.5, 5, 20)],
)
def test_quantiles_are_never_too_low(late: list[int], share: float, least: int, most: int) -> None:
    found = watching.quantile(watching.counted(late), share)

    assert found is not None
    assert least <= found <= most
    assert watching.quantile(watching.counted([]), 0.5) is None


def test_an_alarm_is_one_row_until_it_is_over(acting: Actor) -> None:
    assert beats.raise_alarm(AlarmKind.STUCK, "一", "one") is True
    assert beats.raise_alarm(AlarmKind.STUCK, "二", "two") is False
    assert Alarm.objects.get().text_zh == "二"
    assert beats.clear_alarm(AlarmKind.STUCK) is True
    assert beats.clear_alarm(AlarmKind.STUCK) is False
    assert beats.raise_alarm(AlarmKind.STUCK, "三", "three") is True
    assert [one.text_zh for one in monitor.alarms()] == ["三", "二"]


def test_old_rows_go_and_what_the_guard_needs_stays(acting: Actor) -> None:
    now = clock.now()
    Heartbeat.objects.create(name="worker:x:1", at=now - timedelta(days=9))
    Heartbeat.objects.create(name="web:x:1", at=now - timedelta(days=8))
    Heartbeat.objects.create(name="web:x:2", at=now + timedelta(days=300))
    Canary.objects.create(due_at=now - timedelta(days=9))
    Firing.objects.create(at=now - timedelta(days=9), worker="x", fired=1, slowest_ms=1, lateness=[1])

    beats.prune()

    assert set(Heartbeat.objects.values_list("name", flat=True)) <= {"web:x:1", "web:x:2"}
    assert (Canary.objects.count(), Firing.objects.count()) == (0, 0)


# --- Over HTTP.


def test_the_page_shows_what_goes_on(act: Play, people: SimpleNamespace, client_for: ClientFor, system: Actor) -> None:
    case = act.submit()
    run_down(case, "whole")
    services.fire_due()
    with scope.acting(system):
        Clock.objects.update(next_at=clock.now() - timedelta(minutes=5))
        beats.beat("worker")
        beats.raise_alarm(AlarmKind.DISK, "磁盘", "disk")

    page = client_for(people.dispatcher).get("/api/v1/monitoring")

    assert page.status_code == 200, page.json()
    said = page.json()
    assert said["clock"]["stopped"] is False
    assert [one["role"] for one in said["processes"] if one["alive"]] == ["worker"]
    assert (said["clocks"]["open"], said["clocks"]["due"], said["clocks"]["stuck"]) == (1, 1, 1)
    assert (said["fired"]["fired"], said["fired"]["rounds"]) == (1, 1)
    assert {one["name"] for one in said["settings"]} == {"fsync", "full_page_writes", "synchronous_commit"}
    assert [one["kind"] for one in said["alarms"]] == ["disk"]


def test_it_counts_everything_whatever_its_reader_may_see(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    act.submit()
    client = client_for(people.system_admin)
    assert client.get("/api/v1/cases").status_code == 403

    assert client.get("/api/v1/monitoring").json()["clocks"]["open"] > 0


def test_only_who_monitors_may_look_and_resume(people: SimpleNamespace, client_for: ClientFor, system: Actor) -> None:
    for who in (people.grid_member, people.department_clerk):
        client = client_for(who)
        assert client.get("/api/v1/monitoring").status_code == 403
        assert client.post("/api/v1/monitoring/resume", content_type="application/json").status_code == 403
    client = client_for(people.dispatcher)
    refused = client.post("/api/v1/monitoring/resume", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "clock_not_stopped")
    with scope.acting(system):
        now = clock.now()
        leap._stop(leap.Stop(now - timedelta(days=365), now, "试验", "test"), 0)

    resumed = client.post("/api/v1/monitoring/resume", content_type="application/json")

    assert (resumed.status_code, resumed.json()["clock"]["stopped"]) == (200, False)


def parsed(text: str) -> dict[str, dict[str, Any]]:
    """The exposition format, strictly: HELP, TYPE and then samples of that family, each series once."""
    families: dict[str, dict[str, Any]] = {}
    name = ""
    assert text.endswith("\n")
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# HELP "):
            name, _, help_ = line.removeprefix("# HELP ").partition(" ")
            assert name not in families
            assert help_
            families[name] = {"type": None, "samples": {}}
        elif line.startswith("# TYPE "):
            typed, kind = line.removeprefix("# TYPE ").split(" ")
            assert typed == name
            assert kind in {"gauge", "counter", "summary"}
            families[name]["type"] = kind
        else:
            series, _, value = line.rpartition(" ")
            base = series.partition("{")[0]
            allowed = {name, f"{name}_sum", f"{name}_count"} if families[name]["type"] == "summary" else {name}
            assert base in allowed, line
            assert series not in families[name]["samples"]
            families[name]["samples"][series] = float(value)
    return families


def test_metrics_are_for_this_machine_or_the_token(act: Play, settings: Any, stranger: Client, system: Actor) -> None:
    from dataclasses import replace

    act.submit()
    assert stranger.get("/metrics").status_code == 200
    assert stranger.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 404
    assert stranger.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 404
    assert stranger.get("/metrics", REMOTE_ADDR="10.0.0.9", headers={"Authorization": "Bearer "}).status_code == 404
    settings.WANGGE = replace(settings.WANGGE, metrics_token="s3cret-token")
    for given, status in (("s3cret-token", 200), ("s3cret-tokeN", 404), ("", 404)):
        asked = stranger.get("/metrics", REMOTE_ADDR="10.0.0.9", headers={"Authorization": f"Bearer {given}"})
        assert asked.status_code == status


def test_metrics_are_in_the_exposition_format(act: Play, stranger: Client, system: Actor) -> None:
    act.submit()
    with scope.acting(system):
        beats.beat("worker")
        rows = [["GET", '/api/v1/cases/{case_id}"\\', "2xx", 3, 0.5]]
        beats.note("requests", {"rows": rows})
        beats.raise_alarm(AlarmKind.DISK, "磁盘", "disk")

    answer = stranger.get("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = parsed(answer.content.decode())
    assert found["wangge_database_up"]["samples"] == {"wangge_database_up": 1.0}
    assert found["wangge_clocks_open"]["samples"] == {"wangge_clocks_open": 1.0}
    assert found["wangge_processes_alive"]["samples"]['wangge_processes_alive{role="worker"}'] == 1.0
    assert found["wangge_alarm"]["samples"]['wangge_alarm{kind="disk"}'] == 1.0
    assert [value for series, value in found["wangge_requests_total"]["samples"].items()] == [3.0]


def test_the_page_asks_little(
    act: Play, people: SimpleNamespace, django_assert_max_num_queries: Any, system: Actor
) -> None:
    act.submit()
    with scope.acting(system), django_assert_max_num_queries(16):
        document = monitor.document()
    assert json.dumps(document, default=str)
    assert connection.in_atomic_block


def test_messages_that_nobody_receives_arrive_together_and_others_wait_for_their_receiver(
    act: Play, system: Actor
) -> None:
    act.submit()
    with scope.acting(system):
        Outbox.objects.create(topic="elsewhere", subject_id=uuid7(), created_at=clock.now())
        waiting = Outbox.objects.filter(sent_at=None, topic="case").count()
        assert waiting >= 1

        assert audit.settle_outbox(tasks.unheard()) == waiting
        assert audit.settle_outbox(tasks.unheard()) == 0
        assert audit.settle_outbox([]) == 0
        assert list(Outbox.objects.filter(sent_at=None).values_list("topic", flat=True)) == ["elsewhere"]
