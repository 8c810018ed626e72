"""Real threads on real connections: one wins, the other is told who and what; one key is one case."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection

from wangge.casework import invariants, services
from wangge.casework.models import Case
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import State, Step
from wangge.kit.errors import Conflict, Invalid
from wangge.org import scope
from wangge.org.scope import Actor

pytestmark = pytest.mark.django_db(transaction=True)
Superuser = psycopg.Connection[tuple[object, ...]]


def at_once(*bodies: Callable[[], Any]) -> list[Any]:
    """Run each on its own connection from the same moment; an expected failure is a result too."""
    gate = Barrier(len(bodies))

    def run(body: Callable[[], Any]) -> Any:
        try:
            gate.wait()
            return body()
        except (Conflict, Invalid) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(run, bodies))


def submitted(by: Actor, key: str, title: str = "楼下有垃圾") -> services.Submitted:
    with scope.acting(by):
        return services.submit(
            title=title, channel="hotline12345", category_code="M-01001", by=by, key=("user:1", key),
            address="睦和苑社区",
        )  # fmt: skip


def test_two_dispatchers_at_once(act: Play, people: SimpleNamespace) -> None:
    case = act.submit()
    first, second = people.dispatcher, people.subdistrict_dispatcher

    results = at_once(
        *[lambda by=by: act.step(case, Step.DISPATCH, by, version=case.version) for by in (first, second)]
    )

    won = [one for one in results if isinstance(one, Case)]
    lost = [one for one in results if isinstance(one, Conflict)]
    assert len(won) == len(lost) == 1
    winner = first if isinstance(results[0], Case) else second
    assert lost[0].extra["by"] == winner.name
    assert lost[0].extra["action"] == "casework:case:dispatch"
    with scope.acting(first):
        assert Case.objects.get(pk=case.pk).version == case.version + 1
    assert invariants.run() == []


def test_the_same_key_from_many_at_once_is_one_case(act: Play, people: SimpleNamespace, superuser: Superuser) -> None:
    results = at_once(*[lambda: submitted(people.dispatcher, "k1") for _ in range(8)])

    assert len({one.case.pk for one in results}) == 1
    assert len({(one.case.number, one.token) for one in results}) == 1
    assert sum(not one.replay for one in results) == 1
    assert superuser.execute("select count(*) from casework_case").fetchone() == (1,)


def test_the_same_key_with_another_body_is_refused(act: Play, people: SimpleNamespace, superuser: Superuser) -> None:
    submitted(people.dispatcher, "k2")

    with pytest.raises(services.IdempotencyMismatch) as caught:
        submitted(people.dispatcher, "k2", title="另一件事")

    assert caught.value.status == 409
    assert superuser.execute("select count(*) from casework_case").fetchone() == (1,)


def test_a_refused_request_leaves_its_key_free(act: Play, people: SimpleNamespace, superuser: Superuser) -> None:
    with pytest.raises(Invalid), scope.acting(people.dispatcher):
        services.submit(
            title="楼下有垃圾", channel="letter", category_code="no-such", by=people.dispatcher, key=("user:1", "k3")
        )

    assert submitted(people.dispatcher, "k3").replay is False
    assert superuser.execute("select count(*) from casework_idempotencykey").fetchone() == (1,)


def test_numbers_are_never_given_twice(act: Play, people: SimpleNamespace, superuser: Superuser) -> None:
    at_once(*[lambda n=n: [submitted(people.dispatcher, f"n{n}-{i}") for i in range(40)] for n in range(4)])

    row = superuser.execute("select count(*), count(distinct number) from casework_case").fetchone()
    assert row == (160, 160)


def test_crossing_merges_do_not_wait_for_each_other_for_ever(act: Play, people: SimpleNamespace) -> None:
    one, other = act.submit(), act.submit()

    results = at_once(
        lambda: act.step(one, Step.MERGE, people.dispatcher, into=str(other.pk), reason="同一件事"),
        lambda: act.step(other, Step.MERGE, people.dispatcher, into=str(one.pk), reason="同一件事"),
    )

    assert sum(isinstance(result, Case) for result in results) == 1
    with scope.acting(people.dispatcher):
        assert sorted(Case.objects.values_list("state", flat=True)) == [State.MERGED, State.REGISTERED]
    assert invariants.run() == []


def test_nothing_is_left_of_a_step_that_fails(act: Play, people: SimpleNamespace, superuser: Superuser) -> None:
    case = act.dispatched()
    before = superuser.execute("select count(*) from audit_entry").fetchone()

    with pytest.raises(Invalid):  # the evidence is missing, found out after the order was looked at
        act.step(case, Step.HANDLE, people.department_clerk, result="已清运")

    assert superuser.execute("select count(*) from audit_entry").fetchone() == before
    with scope.acting(people.dispatcher):
        assert Case.objects.get(pk=case.pk).version == case.version
