"""Counts are exact at every moment: before the reckoner came, after it, and when all is counted again."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from wangge.appraisal import invariants
from wangge.appraisal.measures import Measure, Spread, Vector, bin_of, edge_of
from wangge.appraisal.models import Changed, Kind
from wangge.appraisal.selectors import behind, cells
from wangge.appraisal.selectors import now as ready
from wangge.appraisal.services import proving, reckoning
from wangge.appraisal.tests import reference
from wangge.casework.models import Case, Clock
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture
from wangge.casework.tests.test_invariants import Life
from wangge.casework.workflow import Step
from wangge.kit import clock
from wangge.org import scope
from wangge.org.scope import Actor, system_actor
from wangge.responsibility.models import Category

__all__ = ["act", "fresh_memory", "lists", "picture"]
FROM, UNTIL = dt.date(2020, 1, 1), dt.date(2100, 1, 1)
SYSTEM = system_actor("test")
KINDS = ("unit", "community", "subdistrict", "district")


def total(**given: Any) -> Vector:
    return cells.totals(**({"start": FROM, "end": UNTIL, "by": "district"} | given)).get(0, Vector())


def reckon_all() -> None:
    while reckoning.reckon():
        pass


def same_as_the_reference() -> None:
    """Totals of every owner and class, spreads, and the standing numbers of every area."""
    with scope.acting(SYSTEM):
        now = clock.now()
        expected = reference.count(now)
        found: Counter[Any] = Counter()
        bins: Counter[Any] = Counter()
        for kind in KINDS:
            for (owner, stratum), vector in cells.totals(start=FROM, end=UNTIL, by=kind, classes=True).items():
                found.update({(kind, str(owner), stratum, measure): n for measure, n in vector.items() if n})
            for owner, spread in cells.spreads(start=FROM, end=UNTIL, by=kind).items():
                for name, histogram in spread.items():
                    bins.update({(kind, str(owner), name, at): n for at, n in enumerate(histogram.bins, 1) if n})
        for owner in ("0", *{owner for kind, owner, *_ in expected.totals if kind == "matter" and owner != "0"}):
            unit = None if owner == "0" else UUID(owner)
            for matter, vector in cells.matters(start=FROM, end=UNTIL, unit=unit).items():
                found.update({("matter", owner, matter, measure): n for measure, n in vector.items() if n})
        wanted: Counter[Any] = Counter()
        for (kind, owner, _, stratum, measure), n in expected.totals.items():
            wanted[kind, owner, stratum, measure] += n
        assert found == wanted
        wanted.clear()
        for (kind, owner, _, name, at), n in expected.spreads.items():
            wanted[kind, owner, name, at] += n
        assert bins == wanted
        standing(expected, now)


def standing(expected: reference.Reference, now: dt.datetime) -> None:
    owners = {0} | {owner for owner, _, _ in expected.standing}
    for owner in owners:
        kind = Kind.DISTRICT if owner == 0 else Kind.SUBDISTRICT
        numbers = ready.numbers(kind=kind, owner=owner, streets=[], now=now)
        found = {
            (owner, aspect, key): n
            for aspect, keys in numbers.standing.items() if aspect != "late"
            for key, n in keys.items() if n
        }  # fmt: skip
        assert found == {one: n for one, n in expected.standing.items() if one[0] == owner and n}
        assert numbers.overdue == expected.overdue[owner]


def test_a_closed_case_is_counted_before_and_after_the_reckoner(act: Play) -> None:
    act.closed()
    before = total()
    assert reckoning.reckon() > 0
    assert reckoning.reckon() == 0
    assert total() == before
    assert before[Measure.CLOSED] == before[Measure.SUBMITTED] == before[Measure.DUE_KEPT] == 1
    same_as_the_reference()


def test_preventive_work_is_no_complaint(act: Play) -> None:
    act.submit(channel="prevention")
    act.submit()
    reckon_all()

    assert total()[Measure.SUBMITTED] == 1
    same_as_the_reference()


def test_opening_again_takes_back_what_was_closed(act: Play, people: SimpleNamespace) -> None:
    case = act.closed()
    reckon_all()
    act.step(case, Step.REOPEN, people.supervisor, reason="没有解决")
    for _ in range(2):
        assert (total()[Measure.CLOSED], total()[Measure.REOPENED]) == (0, 1)
        reckon_all()


def test_a_promise_that_outlives_a_merge_is_decided_by_the_other_case(act: Play, people: SimpleNamespace) -> None:
    keeps = act.verified()
    merged = act.step(act.submit(), Step.MERGE, people.dispatcher, into=keeps.pk, reason="同一件事")
    reckon_all()
    assert (total()[Measure.SUBMITTED], total()[Measure.DUE]) == (1, 0)

    act.step(keeps, Step.CLOSE, people.supervisor)  # the log says nothing more of the merged one

    assert total()[Measure.DUE_KEPT] == 2
    reckon_all()
    assert total()[Measure.DUE_KEPT] == 2
    with scope.acting(SYSTEM):
        assert Clock.objects.get(case=merged, kind="whole").state == "met"


def test_kinds_of_matter_are_counted_one_level_below_the_root(act: Play) -> None:
    with scope.acting(SYSTEM):
        above = None
        for code, name in (("M", "管理事项"), ("M-06", "市容环境类")):
            above = Category.objects.create(code=code, kind="matter", name=name, parent=above, leaf=False)
        Category.objects.filter(code="M-01001").update(parent=above)
    act.closed()
    act.submit()
    act.submit(category_code=None, title="说不清楚的事")
    urban = act.district.units["urban"].pk
    for _ in range(2):
        district, unit = (cells.matters(start=FROM, end=UNTIL, unit=one) for one in (None, urban))
        assert {code: (one[Measure.SUBMITTED], one[Measure.CLOSED]) for code, one in district.items()} == {
            "M-06": (2, 1), "": (1, 0),
        }  # fmt: skip
        assert set(unit) == {"M-06"}
        classes = cells.totals(start=FROM, end=UNTIL, by="district", classes=True)
        assert {name for _, name in classes} == {"M:normal", ":normal"}
        reckon_all()
    same_as_the_reference()
    assert proving.check(limit=10) == []


def test_history_counts_nowhere(act: Play) -> None:
    case = act.submit()
    reckon_all()
    with scope.acting(SYSTEM):
        Case.objects.filter(pk=case.pk).update(history=True)
        Changed.objects.create(case_id=case.pk)
    assert not total()
    for _ in range(2):
        reckon_all()
        assert not total()
        with scope.acting(SYSTEM):
            Changed.objects.create(case_id=case.pk)


def test_a_period_is_its_months_and_the_days_around_them(act: Play) -> None:
    cases = [act.submit() for _ in range(4)]
    days = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 2, 28), dt.date(2026, 3, 5)]
    with scope.acting(SYSTEM):
        for case, day in zip(cases, days, strict=True):
            at = dt.datetime.combine(day, dt.time(0, 30), reference.LOCAL)
            Case.objects.filter(pk=case.pk).update(submitted_at=at)
    for _ in range(2):
        for start in (dt.date(2025, 12, 15), *days, dt.date(2026, 3, 6)):
            for end in (*days, dt.date(2026, 3, 6), dt.date(2026, 4, 1)):
                expected = sum(start <= day < end for day in days)
                assert total(start=start, end=end)[Measure.SUBMITTED] == expected, (start, end)
        assert total(start=dt.date(2025, 12, 29), end=dt.date(2026, 1, 5))[Measure.SUBMITTED] == 2  # a week
        reckon_all()


def test_the_cases_behind_a_figure(act: Play, people: SimpleNamespace) -> None:
    closed = [act.closed() for _ in range(3)]
    act.submit()
    urban = act.district.units["urban"].pk
    of = {"owner": urban, "by": "unit", "start": FROM, "end": UNTIL, "measures": [Measure.CLOSED]}
    for _ in range(2):
        with scope.acting(people.supervisor):
            first = behind.cases_of(**of, actor=people.supervisor, limit=2)
            rest = behind.cases_of(**of, actor=people.supervisor, limit=2, cursor=first.next)
        assert [one.case_id for one in first.items + rest.items] == [case.pk for case in reversed(closed)]
        assert (len(first.items), rest.next) == (2, None)
        assert first.items[0].counts == {Measure.CLOSED: 1}
        with scope.acting(people.other_department_clerk):  # has no part in them
            hidden = behind.cases_of(**of, actor=people.other_department_clerk).items
        assert [one.case_id for one in hidden] == [None] * 3
        assert hidden[0].number == closed[-1].number
        area = act.district.versions["community1"].pos
        with scope.acting(people.supervisor):
            there = {**of, "owner": area, "by": "community"}
            assert len(behind.cases_of(**there, actor=people.supervisor).items) == 3
            assert len(behind.cases_of(**{**there, "owner": 0, "by": "district"}, actor=people.supervisor).items) == 3
        reckon_all()


def test_when_a_great_deal_waits_the_counts_are_those_of_a_while_ago(
    act: Play, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    act.submit()
    reckon_all()
    act.submit()
    assert cells.currency() == cells.Currency(exact=True, waiting=1)
    assert total()[Measure.SUBMITTED] == 2
    monkeypatch.setattr(cells, "MOST_WAITING", 0)
    assert total()[Measure.SUBMITTED] == 1
    found = cells.currency()
    assert not found.exact
    assert found.as_of is not None


def test_a_broken_count_is_found_and_made_again(act: Play) -> None:
    case = act.closed()
    reckon_all()
    assert invariants.run() == []
    with connection.cursor() as cursor:
        cursor.execute(
            "update appraisal_cell set n = appraisal_add(n, array[1]) where kind = 'district' and period = 'D'"
        )
    assert {one.name for one in invariants.run()} == {"months_not_their_days"}
    assert {one.subject for one in proving.check(limit=10)} == {"0"}
    assert reckoning.rebuild() == 1
    assert invariants.run() == []
    with scope.acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("update casework_case set closed_in_time = false")
    assert {one.subject for one in proving.check(limit=10)} == {str(case.pk)}
    assert reckoning.rebuild() == 1
    assert proving.check(limit=10) == []


@pytest.mark.parametrize("minutes", [0, 1, 2, 59, 60, 1439, 1440, 100_000, 525_600])
def test_a_bin_is_at_most_five_per_cent_too_high(minutes: int) -> None:
    assert max(minutes, 1) <= edge_of(bin_of(minutes)) <= max(minutes, 1) * 1.05 + 1e-9


def test_quantiles_are_read_from_the_bins(act: Play) -> None:
    act.closed()
    closing = cells.spreads(start=FROM, end=UNTIL, by="district")[0][Spread.CLOSING]
    assert closing.count == 1
    assert closing.quantile(0.5) == closing.quantile(0.9) == 1.0


class Counted(Life):
    """The machine of random lives, with somebody who reckons now and then; all counts hold after every step."""

    @rule(lot=st.integers(1, 12))
    def somebody_reckons(self, lot: int) -> None:
        reckoning.reckon(lot)

    @invariant()
    def sound(self) -> None:
        same_as_the_reference()


@pytest.mark.slow
def test_whatever_happens_the_counts_are_exact(act: Play) -> None:
    machine = type("CountedLife", (Counted,), {"play": act})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8, stateful_step_count=25, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    reckon_all()
    same_as_the_reference()
    kept = {kind: cells.totals(start=FROM, end=UNTIL, by=kind, classes=True) for kind in KINDS}
    assert proving.check(limit=10) == []
    assert invariants.run() == []
    reckoning.rebuild()
    assert {kind: cells.totals(start=FROM, end=UNTIL, by=kind, classes=True) for kind in KINDS} == kept


def test_counts_are_open_and_what_is_kept_of_cases_is_not(act: Play, people: SimpleNamespace) -> None:
    act.submit()
    reckon_all()
    actor: Actor = people.other_department_clerk
    with scope.acting(actor), connection.cursor() as cursor:
        cursor.execute("select count(*) from appraisal_counted")
        assert cursor.fetchone()[0] == 0
    with scope.acting(actor):
        assert total()[Measure.SUBMITTED] == 1
