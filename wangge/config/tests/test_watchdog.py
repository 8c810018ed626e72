"""The watchdog's look: what it raises, to whom it says so, and when an alarm is over."""

from __future__ import annotations

import logging
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from wangge.audit.models import Outbox
from wangge.casework.models import Alarm, AlarmKind, Canary, Clock, Heartbeat
from wangge.casework.services import beats, leap
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture  # noqa: F401  # fixtures
from wangge.config import watchdog
from wangge.config.watchdog import Dog
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org import scope

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def heard(settings: Any, tmp_path: Path) -> Path:
    """What the alarm command was told, a line each."""
    file, script = tmp_path / "heard", tmp_path / "alarm command"
    script.write_text(f'#!/bin/sh\necho "$1 $2" >> "{file}"\n', encoding="utf-8")
    script.chmod(0o700)
    settings.WANGGE = replace(configured.WANGGE, alarm_command=f"'{script}'")
    return file


@pytest.fixture
def dog(db: None) -> Iterator[Dog]:
    """One that has been watching for a while, with a worker alive."""
    leap._guard._anchor = None
    with scope.acting(scope.system_actor("test")):
        beats.beat("worker")
        begun = clock.now() - timedelta(hours=2)
    yield Dog(begun=begun)
    leap._guard._anchor = None


def open_alarms() -> set[str]:
    return set(Alarm.objects.filter(cleared_at__isnull=True).values_list("kind", flat=True))


def test_all_is_well(dog: Dog, heard: Path) -> None:
    dog.look()

    assert open_alarms() <= {AlarmKind.SETTINGS}
    assert Canary.objects.count() == 1
    assert Heartbeat.objects.filter(name__startswith="watchdog:").exists()


def test_a_dead_worker_is_told_once_and_its_return_too(dog: Dog, heard: Path, caplog: pytest.LogCaptureFixture) -> None:
    Heartbeat.objects.filter(name__startswith="worker:").update(at=clock.now() - timedelta(minutes=1))
    with caplog.at_level(logging.CRITICAL, "wangge.watchdog"):
        dog.look()
        dog.look()
    assert AlarmKind.WORKER in open_alarms()
    assert sum("worker" in one.getMessage() for one in caplog.records) == 1

    Heartbeat.objects.filter(name__startswith="worker:").update(at=clock.now())
    dog.look()

    assert AlarmKind.WORKER not in open_alarms()
    lines = [line for line in heard.read_text(encoding="utf-8").splitlines() if line.startswith("worker")]
    assert lines == ["worker raised", "worker cleared"]


def test_a_clock_found_stuck_at_two_looks_is_told(dog: Dog, act: Play) -> None:  # noqa: F811
    case = act.submit()
    with scope.acting(scope.system_actor("test")):
        Clock.objects.filter(case=case).update(next_at=clock.now() - timedelta(seconds=61))

    dog.look()
    assert AlarmKind.STUCK not in open_alarms()
    dog.look()

    assert AlarmKind.STUCK in open_alarms()


def test_two_missed_canaries_are_told_and_one_is_not(dog: Dog) -> None:
    now = clock.now()
    Canary.objects.create(due_at=now - timedelta(minutes=1))
    dog.look()
    assert AlarmKind.CANARY not in open_alarms()
    Canary.objects.create(due_at=now - timedelta(minutes=2))

    dog.look()

    assert AlarmKind.CANARY in open_alarms()


def test_an_old_message_in_the_outbox_is_told(dog: Dog) -> None:
    Outbox.objects.create(topic="case", subject_id=uuid7(), created_at=clock.now() - timedelta(minutes=6))

    dog.look()

    assert AlarmKind.OUTBOX in open_alarms()


def test_a_leap_of_the_clock_is_told_instead_of_the_clocks_it_stops(dog: Dog) -> None:
    now = clock.now()
    leap._stop(leap.Stop(now - timedelta(days=365), now, "试验", "test"), 0)
    leap._guard._anchor = None  # this process did not live through it
    dog.look()
    assert AlarmKind.LEAP in open_alarms()

    with scope.acting(scope.system_actor("test")) as actor:
        leap.resume(by=actor)
    dog.look()

    assert AlarmKind.LEAP not in open_alarms()


def test_little_disk_is_told(dog: Dog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog.shutil, "disk_usage", lambda _path: Usage(1 << 40, 1 << 40, 1 << 20))

    dog.look()

    assert AlarmKind.DISK in open_alarms()


@pytest.mark.parametrize("command", ["/nowhere/at/all", "/bin/false", "sleep 60"])
def test_a_command_that_fails_stops_no_watchdog(
    command: str, dog: Dog, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watchdog, "COMMAND_SECONDS", 0.2)
    settings.WANGGE = replace(configured.WANGGE, alarm_command=command)
    Heartbeat.objects.all().delete()

    dog.look()

    assert AlarmKind.WORKER in open_alarms()
    assert any("alarm command" in one.getMessage() for one in caplog.records)
