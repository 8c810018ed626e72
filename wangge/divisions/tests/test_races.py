"""Two who act at the same moment, each over a connection of their own."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from wangge.areas.models import AreaVersion, Level
from wangge.audit.models import Entry
from wangge.divisions.models import Plan, Publication
from wangge.divisions.services import deciding, editing
from wangge.kit.errors import Problem
from wangge.org import scope
from wangge.org.scope import system_actor

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """What became of each: "done", or the code of the problem."""
    ready = threading.Barrier(len(acts))
    found = [""] * len(acts)

    def run(place: int) -> None:
        ready.wait()
        try:
            acts[place]()
            found[place] = "done"
        except Problem as problem:
            found[place] = problem.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return sorted(found)


def test_of_two_who_approve_at_once_one_does(make_plan, people, staff):
    plan = make_plan("community1", grids=3)
    day = timezone.localdate() + dt.timedelta(days=3)
    with scope.acting(people.subdistrict_dispatcher) as by:
        deciding.propose(plan_id=plan.pk, valid_from=day, reason="年度复核", by=by)

    def approve(by: Any) -> None:
        with scope.acting(by):
            deciding.approve(plan_id=plan.pk, by=by)

    assert at_once(lambda: approve(people.leader), lambda: approve(staff.second_leader)) == ["done", "plan_state"]
    with scope.acting(system_actor("test")):
        assert Entry.objects.filter(action="divisions:plan:approve").count() == 1
        assert Publication.objects.count() == 1
        begun = AreaVersion.objects.current().filter(level=Level.GRID, valid_from=day)
        assert begun.count() == 3


def test_of_two_edits_of_one_version_one_is_kept_and_the_other_told(make_plan, people, staff, district):
    plan = make_plan("street1", grids=6)

    def edit(by: Any, key: str) -> None:
        with scope.acting(by):
            editing.edit(plan_id=plan.pk, community_id=district.areas[key].id, step="add", version=1, by=by, fields={})

    one, other = people.subdistrict_dispatcher, staff.street_leader
    assert at_once(lambda: edit(one, "community1"), lambda: edit(other, "community1")) == ["conflict", "done"]
    assert at_once(lambda: edit(one, "community2")) == ["done"]
    with scope.acting(system_actor("test")):
        assert Plan.objects.get(pk=plan.pk).figures["grids"] == 8


def test_withdrawn_while_it_is_approved_it_is_one_of_the_two(make_plan, people):
    plan = make_plan("community1", grids=3)
    with scope.acting(people.subdistrict_dispatcher) as by:
        day = timezone.localdate() + dt.timedelta(days=3)
        deciding.propose(plan_id=plan.pk, valid_from=day, reason="年度复核", by=by)

    def withdraw() -> None:
        with scope.acting(people.subdistrict_dispatcher) as by:
            deciding.withdraw(plan_id=plan.pk, reason="再看看", by=by)

    def approve() -> None:
        with scope.acting(people.leader) as by:
            deciding.approve(plan_id=plan.pk, by=by)

    assert at_once(withdraw, approve) == ["done", "plan_state"]
    with scope.acting(system_actor("test")):
        state = Plan.objects.get(pk=plan.pk).state
        assert Publication.objects.exists() == (state == "published")
