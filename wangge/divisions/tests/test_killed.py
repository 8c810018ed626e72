"""A worker killed in the middle of a plan's day has done nothing; the next one does everything, once."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from wangge.audit.models import Entry
from wangge.casework.models import Case
from wangge.casework.tests.conftest import act, fresh_memory, lists, picture  # noqa: F401 - fixtures
from wangge.divisions.models import DivisionNotice, Plan
from wangge.divisions.services import deciding, effect
from wangge.org import scope
from wangge.org.models import Post, Unit
from wangge.org.scope import system_actor
from wangge.registry.models import Building

ROOT = Path(__file__).parents[3]
_KILLED = """
import datetime as dt, os, signal, sys
import django; django.setup()
import time_machine
from wangge.divisions.services import effect
module, name, moment = sys.argv[1], sys.argv[2], dt.datetime.fromisoformat(sys.argv[3])
target = __import__(module, fromlist=["x"])
setattr(target, name, lambda *given, **more: os.kill(os.getpid(), signal.SIGKILL))
with time_machine.travel(moment):
    effect.take_effect(at=moment)
"""
# Where it dies: after the registry has moved, after the teams have, after the cases have, before the very end.
POINTS = [
    ("wangge.divisions.services.effect", "_teams"),
    ("wangge.casework.services.redivision", "_record"),
    ("wangge.responsibility.services", "follow_division"),
    ("wangge.divisions.services.effect", "record"),
]


def state() -> tuple[Any, ...]:
    with scope.acting(system_actor("test")):
        return (
            sorted(Building.objects.values_list("code", "area_pos")),
            sorted(Case.objects.values_list("number", "area_pos", "version")),
            sorted(Unit.objects.values_list("code", "active", "name")),
            sorted(Post.objects.values_list("pk", "unit_id", "valid_to")),
            Entry.objects.count(),
            DivisionNotice.objects.count(),
            list(Plan.objects.values_list("state", flat=True)),
        )


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_on_the_day_has_done_nothing_and_the_next_does_it_once(make_plan, people, district, act):  # noqa: F811
    plan = make_plan("community1", grids=3)
    cases = [act.submit(lon=116.9 + 0.1 * share, lat=36.65, title=f"事项{share}") for share in (0.1, 0.3, 0.5, 0.9)]
    day = timezone.localdate() + dt.timedelta(days=3)
    with scope.acting(people.subdistrict_dispatcher) as by:
        deciding.propose(plan_id=plan.pk, valid_from=day, reason="年度复核", by=by)
    with scope.acting(people.leader) as by:
        deciding.approve(plan_id=plan.pk, by=by)
    moment = dt.datetime.combine(day, dt.time(0, 5), tzinfo=timezone.get_current_timezone())
    before = state()
    for module, name in POINTS:
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, module, name, moment.isoformat()], cwd=ROOT, env=os.environ,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == -9, (name, done.stderr.decode()[-2000:])
        assert state() == before, name

    with time_machine.travel(moment):
        assert [one.pk for one in effect.take_effect(at=moment)] == [plan.pk]
        after = state()
        assert after != before
        assert after[-1] == ["in_force"]
        assert effect.take_effect(at=moment) == []
        assert state() == after
    assert len(cases) == 4
