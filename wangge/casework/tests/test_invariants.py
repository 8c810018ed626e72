"""What must always hold: random people take random steps and it does; broken on purpose, it is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

import psycopg
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from wangge.audit import selectors as audit
from wangge.casework import invariants, services
from wangge.casework.models import Case, Responder, Whistle
from wangge.casework.tests.conftest import Play, almighty
from wangge.casework.tests.test_workflow import actor_for, in_state, inputs
from wangge.casework.workflow import State, Step, steps_from
from wangge.kit import clock
from wangge.kit.errors import Problem
from wangge.org import scope
from wangge.org.scope import Actor, system_actor

PEOPLE = (
    "grid_member", "community_cadre", "dispatcher", "subdistrict_dispatcher", "department_clerk",
    "other_department_clerk", "supervisor", "arbiter",
)  # fmt: skip
SYSTEM = system_actor("test")
ONWARD = {
    State.SUBMITTED: Step.REGISTER, State.ACCEPTED: Step.REGISTER, State.REGISTERED: Step.DISPATCH,
    State.DISPATCHED: Step.HANDLE, State.HANDLED: Step.VERIFY, State.VERIFIED: Step.CLOSE, State.CLOSED: Step.REOPEN,
    State.REOPENED: Step.DISPATCH, State.CARRIED_OVER: Step.RESUME,
}  # fmt: skip


# Drawn without looking at the cases: what they have become also hangs on their random ids.
T = TypeVar("T")
CHOICE = st.integers(0, 10_000)


def pick(among: Sequence[T], choice: int) -> T:
    return among[choice % len(among)]


class Life(RuleBasedStateMachine):
    """A few cases, many people, steps in any order; most of the time steps the state allows."""

    taken: ClassVar[set[tuple[str, str]]] = set()

    play: Play

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.cases: list[Case] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(states=st.lists(st.sampled_from(sorted(State)), min_size=2, max_size=3))
    def begin_in_the_middle(self, states: list[State]) -> None:
        self.cases += [in_state(self.play, State(state)) for state in states]

    @precondition(lambda self: len(self.cases) < 5)
    @rule(
        channel=st.sampled_from(["hotline12345", "patrol", "letter"]),
        category=st.sampled_from(["M-01001", "C-01001", "M-09999", None]),
        placed=st.booleans(),
        phone=st.sampled_from(["", "13800000000"]),
    )
    def submit(self, channel: str, category: str | None, placed: bool, phone: str) -> None:
        lon, lat = self.play.district.point("grid1") if placed else (None, None)
        self.cases.append(
            self.play.submit(channel=channel, category_code=category, lon=lon, lat=lat, reporter_phone=phone)
        )

    @precondition(lambda self: self.cases)
    @rule(which=CHOICE, what=CHOICE, other=CHOICE, who=st.sampled_from(PEOPLE), mighty=st.booleans())
    def anybody_tries_anything(self, which: int, what: int, other: int, who: str, mighty: bool) -> None:
        by = getattr(self.play.people, who)
        self.take(self.current(which), pick(sorted(Step), what), almighty(by) if mighty else by, other)

    @precondition(lambda self: self.cases)
    @rule(which=CHOICE, what=CHOICE, other=CHOICE, gently=st.booleans())
    def somebody_does_what_is_possible(self, which: int, what: int, other: int, gently: bool) -> None:
        case = self.current(which)
        possible = set(steps_from(State(case.state))) - ({Step.CANCEL, Step.MERGE} if gently else set())
        step = pick(sorted(possible) or [Step.REOPEN], what)
        self.take(case, step, actor_for(self.play, State(case.state), step), other)

    @precondition(lambda self: self.cases)
    @rule(which=CHOICE, times=st.integers(1, 6))
    def somebody_moves_it_on(self, which: int, times: int) -> None:
        """Along the main line, so that the later states are reached as well."""
        for _ in range(times):
            case = self.current(which)
            step = ONWARD.get(State(case.state))
            if step is not None:
                self.take(case, step, actor_for(self.play, State(case.state), step), 0)

    def take(self, case: Case, step: Step, by: Actor, other: int) -> None:
        if self.attempt(lambda: self.play.step(case, step, by, **self.given(step, by, other))):
            self.taken.add((case.state, step))

    @rule(which=CHOICE, who=st.sampled_from(PEOPLE), verb=st.sampled_from(list(services.WhistleVerb)))
    def whistle(self, which: int, who: str, verb: str) -> None:
        with scope.acting(SYSTEM):
            open_ones = list(Whistle.objects.filter(case__in=self.cases).order_by("called_at"))
            if not open_ones:
                return
            one = pick(open_ones, which)
            responder = Responder.objects.get(whistle=one)
        by = almighty(getattr(self.play.people, who))
        fields: dict[str, Any] = {"responder_id": str(responder.pk), "grade": 4, "contribution": "已派员"}

        def act() -> None:
            with scope.acting(by):
                services.whistle_step(whistle_id=one.pk, verb=verb, by=by, **fields)

        self.attempt(act)

    @precondition(lambda self: self.cases)
    @rule(which=CHOICE, late=st.booleans())
    def time_passes(self, which: int, late: bool) -> None:
        case = self.current(which)
        with scope.acting(SYSTEM):
            now = clock.now()
            due = case.clocks.filter(next_at__isnull=False)
            due.update(next_at=now, **({"due_at": now - timedelta(seconds=1)} if late else {}))
        services.fire_due()

    @invariant()
    def sound(self) -> None:
        assert invariants.run() == []
        with scope.acting(SYSTEM):
            for case in self.cases:
                assert audit.verify_chain("case", case.pk).whole

    def current(self, which: int) -> Case:
        with scope.acting(SYSTEM):
            return Case.objects.get(pk=pick(self.cases, which).pk)

    def given(self, step: Step, by: Actor, other: int) -> dict[str, Any]:
        if step in (Step.MERGE, Step.LINK):
            return {"into": str(pick(self.cases, other).pk), "reason": "同一件事"}
        with scope.acting(by):
            fields = inputs(self.play, step, by)
        if step in (Step.RATE, Step.CALL_BACK):
            fields["rating"] = 1 + other % 5
            fields["resolved"] = other % 3 > 0
        if step is Step.ASK_TIME and other % 2:
            return {"kind": "extend", "extend_days": 1 + other % 10, "reason": "等料"}
        return fields

    def attempt(self, body: Callable[[], object]) -> bool:
        try:
            body()
        except Problem:  # refused: then nothing may have changed, which `sound` looks at
            return False
        return True


@pytest.mark.slow
def test_whatever_people_do_in_whatever_order_it_holds(act: Play) -> None:
    machine = type("Life", (Life,), {"play": act})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    # Every pair is tried in test_workflow; this only says that the machine did not stand still.
    assert len(Life.taken) > 10, sorted(Life.taken)


_REQUEST = """
insert into casework_timerequest (id, case_id, kind, state, days, reason, unit_id, unit_pos, asked_at, asked_by,
                                  asked_name, decided_by, decided_name, decision_reason)
select gen_random_uuid(), c.id, 'extend', '{state}', 3, 'x', c.lead_unit_id, 1, now(), c.submitter_id, 'x',
       c.submitter_id, 'x', '' from casework_case c limit 1;
"""
BREAKS = {
    "open_case_without_clock": "update casework_clock set state = 'met', next_at = null",
    "ended_case_with_clock": "update casework_case set state = 'closed'",
    "due_clock_unfired": "update casework_clock set next_at = clock_timestamp() - interval '2 minutes'",
    "live_clock_never_looked_at": "update casework_clock set next_at = null",
    "paused_outside_carry_over": "update casework_clock set state = 'paused'",
    "outbox_unsent": "update audit_outbox set created_at = clock_timestamp() - interval '6 minutes'",
    "case_outside_tree": "update casework_case set area_pos = area_pos + 1",
    "unplaced_without_queue": "update casework_case set state = 'accepted', area_pos = 0",
    "gap_in_log": "delete from audit_entry where number = 1",
    "case_without_log": "delete from audit_entry",
    "case_without_search": "delete from casework_search",
    "order_without_party": "delete from casework_party",
    "two_leads_open": "update casework_workorder set lead = true",
    "open_order_in_wrong_state": "update casework_case set state = 'registered'",
    "dispatched_with_nothing_to_wait_for": "update casework_workorder set state = 'done'",
    "open_order_without_clock": "delete from casework_clock where kind = 'handle'",
    "merged_into_nothing": "update casework_case set state = 'merged'",
    "state_not_as_logged": "update casework_case set state = 'verified'",
    "key_without_case": "update casework_idempotencykey set case_id = '{other}'",
    "request_nobody_can_decide": _REQUEST.replace("{state}", "asked") + "update casework_case set state = 'registered'",
    "request_decided_by_its_asker": _REQUEST.replace("{state}", "granted"),
    "attachment_lost": "update casework_attachment set uploaded_at = now() - interval '25 hours'",
}


@pytest.fixture
def dispatched(act: Play, people: SimpleNamespace, db: None) -> Case:
    """A dispatched case with a helper, made under a key, and an upload not yet claimed."""
    case = act.submit(key=("user:1", "k"))
    with scope.acting(people.department_clerk):
        act.picture(people.department_clerk)
    return act.step(case, Step.DISPATCH, people.dispatcher)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_on_purpose_is_found(
    name: str, dispatched: Case, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    assert invariants.run() == []

    superuser.execute("set session_replication_role = replica")
    superuser.execute(BREAKS[name].format(other=uuid4()))

    assert name in {violation.name for violation in invariants.run()}


def test_every_invariant_says_in_both_languages_what_is_wrong() -> None:
    names = [one.name for one in invariants.invariants()]
    assert len(names) == len(set(names)) >= 20
    assert set(BREAKS) <= set(names)
    assert all(one.zh and one.en and one.sql.strip().startswith("select") for one in invariants.invariants())
