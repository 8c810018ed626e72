"""Many at once: every row accounted for, nothing doubled, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wangge.audit import selectors as audit
from wangge.casework import invariants, services
from wangge.casework.models import Case, Clock
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import State
from wangge.kit import clock
from wangge.kit.errors import Invalid
from wangge.org import scope
from wangge.org.scope import Actor


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    yield
    assert invariants.run() == []


def item(act: Play, number: int, **more: Any) -> dict[str, Any]:
    lon, lat = act.district.point("grid3")
    return {"key": f"r{number}", "title": "路面垃圾", "lon": lon, "lat": lat, "category_code": "M-01001"} | more


def bulk(by: Actor, items: list[dict[str, Any]], **more: Any) -> list[services.Result]:
    with scope.acting(by):
        return services.submit_many(items, channel="hotline12345", by=by, **more)


def test_every_row_is_accounted_for(act: Play, people: SimpleNamespace, system: Actor) -> None:
    items = [
        item(act, 1),
        item(act, 2, title=""),
        item(act, 3, lon=None, lat=None, address="某处"),
        item(act, 4, category_code="nope"),
        item(act, 5, lat=None),
        item(act, 6, lon=None, lat=None, area_code="370199002001001"),
        item(act, 1),
        item(act, 1, title="内容不同"),
        item(act, 9, surprise=1),
        {"title": "没有键"},
    ]

    results = bulk(people.dispatcher, items)

    assert [one.status for one in results] == [201, 422, 201, 422, 422, 201, 200, 409, 422, 422]
    assert results[2].needs_human == "unplaced"
    assert results[6].case_id == results[0].case_id
    assert results[1].errors[0]["at"] == "title"
    with scope.acting(system):
        assert Case.objects.count() == 3
        assert audit.verify_all().whole
        assert Case.objects.get(pk=results[5].case_id).area_pos == act.district.versions["grid5"].pos


def test_the_same_file_again_makes_nothing_new(act: Play, people: SimpleNamespace) -> None:
    items = [item(act, number) for number in range(20)]
    first = bulk(people.dispatcher, items)

    again = bulk(people.dispatcher, items)

    assert all(one.replay for one in again)
    assert [one.number for one in again] == [one.number for one in first]
    assert [one.case_id for one in again] == [one.case_id for one in first]


def test_a_bulk_case_is_the_same_as_a_single_one(act: Play, people: SimpleNamespace, system: Actor) -> None:
    lon, lat = act.district.point("grid3")
    single = act.submit(people.dispatcher, title="路面垃圾", lon=lon, lat=lat)
    (made,) = bulk(people.dispatcher, [item(act, 1)])

    with scope.acting(system):
        one, other = Case.objects.get(pk=single.pk), Case.objects.get(pk=made.case_id)
        kinds = [sorted(Clock.objects.filter(case=case).values_list("kind", flat=True)) for case in (one, other)]
    names = [field.attname for field in Case._meta.concrete_fields]
    own = {"id", "number", "token_hash", "submitted_at", "registered_at", "due_at"}
    differing = {name for name in names if getattr(one, name) != getattr(other, name)}
    assert differing <= own
    assert kinds[0] == kinds[1]


def test_the_number_of_statements_does_not_grow_with_the_rows(act: Play, people: SimpleNamespace) -> None:
    bulk(people.dispatcher, [item(act, 10_000)])
    with CaptureQueriesContext(connection) as few:
        bulk(people.dispatcher, [item(act, number) for number in range(10)])
    with CaptureQueriesContext(connection) as many:
        bulk(people.dispatcher, [item(act, number) for number in range(100, 300)])

    assert len(many) <= len(few) + 1  # another block of case numbers


def test_coordinates_of_another_system_are_converted(act: Play, people: SimpleNamespace, system: Actor) -> None:
    (made,) = bulk(people.dispatcher, [item(act, 1, crs="GCJ02")])

    with scope.acting(system):
        case = Case.objects.get(pk=made.case_id)
    lon, _ = act.district.point("grid3")
    assert case.lon is not None
    assert 0.003 < abs(case.lon - lon) < 0.01


def test_more_than_a_thousand_are_refused_whole(people: SimpleNamespace) -> None:
    with pytest.raises(Invalid):
        bulk(people.dispatcher, [{"key": str(n), "title": "x"} for n in range(1001)])


def test_auto_dispatch_is_a_choice_of_the_profile(act: Play, people: SimpleNamespace, system: Actor) -> None:
    policy = services.IntakePolicy(auto_dispatch=frozenset({"hotline12345"}))

    (made,) = bulk(people.dispatcher, [item(act, 1)], policy=policy)

    with scope.acting(system):
        assert Case.objects.get(pk=made.case_id).state == State.DISPATCHED


OPENED = datetime(2024, 1, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("closed", "target", "state", "in_time"),
    [
        (OPENED + timedelta(days=1), OPENED + timedelta(days=2), State.CLOSED, True),
        (OPENED + timedelta(days=2), OPENED + timedelta(days=2), State.CLOSED, True),
        (OPENED + timedelta(days=3), OPENED + timedelta(days=2), State.CLOSED, False),
        (OPENED + timedelta(days=3), None, State.CLOSED, None),
        (None, OPENED + timedelta(days=2), State.REGISTERED, None),
    ],
)
def test_history_keeps_its_own_times(
    closed: datetime | None, target: datetime | None, state: State, in_time: bool | None,
    act: Play, people: SimpleNamespace, system: Actor,
) -> None:  # fmt: skip
    given = item(act, 1, submitted_at=OPENED, closed_at=closed, target_at=target)
    with scope.acting(people.dispatcher):
        (made,) = services.submit_history([given], channel="boston311", by=people.dispatcher)

    with scope.acting(system):
        case = Case.objects.get(pk=made.case_id)
        assert not Clock.objects.filter(case=case).exists()
    assert (case.state, case.closed_in_time, case.history) == (state, in_time, True)
    assert (case.submitted_at, case.closed_at, case.due_at) == (OPENED, closed, target)


def test_history_with_impossible_times_says_which(act: Play, people: SimpleNamespace) -> None:
    given = item(act, 1, submitted_at=OPENED, closed_at=OPENED - timedelta(days=1))
    with scope.acting(people.dispatcher):
        (made,) = services.submit_history([given], channel="boston311", by=people.dispatcher)

    assert made.errors[0]["at"] == "closed_at"


def test_keys_older_than_180_days_are_forgotten(act: Play, people: SimpleNamespace, system: Actor) -> None:
    bulk(people.dispatcher, [item(act, 1), item(act, 2)])
    with scope.acting(system):
        later = clock.now() + timedelta(days=180)
        assert services.forget_keys(at=later - timedelta(days=1)) == 0
        assert services.forget_keys(at=later + timedelta(minutes=1)) == 2
