"""Duplicates into one; promises made to each caller outlive it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from wangge.audit import selectors as audit
from wangge.casework import invariants
from wangge.casework.models import Case, Clock
from wangge.casework.services import Blocked
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import State, Step
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope
from wangge.org.scope import Actor


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    yield
    assert invariants.run() == []


def test_the_hotline_promise_is_kept_by_closing_the_other(act: Play, people: SimpleNamespace, system: Actor) -> None:
    duplicate, main = act.submit(), act.dispatched()
    merged = act.step(duplicate, Step.MERGE, people.dispatcher, into=str(main.pk), reason="同一处垃圾")
    assert (merged.state, merged.merged_into_id) == (State.MERGED, main.pk)
    with scope.acting(system):
        assert Clock.objects.get(case=duplicate, kind="whole").state == "running"

    clerk = people.department_clerk
    with scope.acting(clerk):
        evidence = act.picture(clerk)
    act.step(main, Step.HANDLE, clerk, result="已清运", attachments=[evidence])
    act.step(main, Step.VERIFY, people.supervisor)
    act.step(main, Step.CLOSE, people.supervisor)

    with scope.acting(system):
        assert Clock.objects.get(case=duplicate, kind="whole").state == "met"
        assert Case.objects.get(pk=duplicate.pk).closed_in_time is True
        last = audit.log_of(subject_type="case", subject_id=main.pk)
    assert any(entry.action == "casework:case:merged_in" for entry in last)


def test_a_patrol_finding_promises_nothing_to_anybody(act: Play, people: SimpleNamespace, system: Actor) -> None:
    duplicate, main = act.submit(channel="patrol"), act.submit()

    act.step(duplicate, Step.MERGE, people.dispatcher, into=str(main.pk), reason="同一处")

    with scope.acting(system):
        assert set(Clock.objects.filter(case=duplicate).values_list("state", flat=True)) == {"cancelled"}


def test_a_case_merges_neither_into_itself_nor_into_an_ended_or_unseen_one(act: Play, people: SimpleNamespace) -> None:
    case, ended = act.submit(), act.closed()
    lon, lat = act.district.point("grid5")
    elsewhere = act.submit(lon=lon, lat=lat)

    for into in (case, ended):
        with pytest.raises(Invalid):
            act.step(case, Step.MERGE, people.dispatcher, into=str(into.pk), reason="同一件事")
    with pytest.raises(NotFound):
        act.step(case, Step.MERGE, people.subdistrict_dispatcher, into=str(elsewhere.pk), reason="同一件事")


def test_a_parent_with_open_children_is_not_merged_away(act: Play, people: SimpleNamespace) -> None:
    parent, child, main = act.submit(), act.submit(), act.submit()
    act.step(child, Step.LINK, people.dispatcher, into=str(parent.pk))

    with pytest.raises(Blocked):
        act.step(parent, Step.MERGE, people.dispatcher, into=str(main.pk), reason="同一件事")
    with pytest.raises(Invalid):  # a child cannot be a parent
        act.step(main, Step.LINK, people.dispatcher, into=str(child.pk))
