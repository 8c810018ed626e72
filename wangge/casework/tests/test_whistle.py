"""A whistle: called by a street or community, answered by the units named, graded and ended by the caller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from wangge.audit import selectors as audit
from wangge.audit.models import Outbox
from wangge.casework import invariants, services, tasks
from wangge.casework.models import Case, Clock, Party, Responder, ResponderState, Whistle
from wangge.casework.services import Blocked, StandsWrong
from wangge.casework.tests.conftest import Play, almighty
from wangge.casework.workflow import State, Step
from wangge.kit import clock
from wangge.kit.errors import Forbidden, Invalid, NotFound
from wangge.org import scope
from wangge.org.scope import Actor


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    yield
    assert invariants.run() == []


def called(act: Play, *units: str, kind: str = "joint", by: Actor | None = None) -> tuple[Case, Whistle]:
    case = act.dispatched()
    who = by or act.people.subdistrict_dispatcher
    ids = [str(act.district.units[key].pk) for key in units]
    case = act.step(case, Step.WHISTLE, who, kind=kind, unit_ids=ids, message="请派员到场", reason=None)
    with scope.acting(scope.system_actor("test")):
        return case, Whistle.objects.select_related("caller_unit").get(case=case)


def blow(whistle: Whistle, verb: str, by: Actor, **fields: Any) -> Whistle:
    with scope.acting(by):
        return services.whistle_step(whistle_id=whistle.pk, verb=verb, by=by, **fields)


def responder(whistle: Whistle, key: str, act: Play) -> Responder:
    with scope.acting(scope.system_actor("test")):
        return Responder.objects.get(whistle=whistle, unit=act.district.units[key])


def test_from_call_to_end(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case, whistle = called(act, "housing")
    clerk, caller = people.other_department_clerk, people.subdistrict_dispatcher
    with scope.acting(clerk):
        assert Case.objects.filter(pk=case.pk).exists()  # whoever is called sees the case

    blow(whistle, "report_in", clerk)
    blow(whistle, "contribute", clerk, contribution="已组织抢修")
    one = responder(whistle, "housing", act)
    blow(whistle, "grade", caller, responder_id=str(one.pk), grade=5, grade_comment="及时")
    ended = blow(whistle, "end", caller, outcome="已解决")

    one.refresh_from_db  # noqa: B018 - read again below, in scope
    one = responder(whistle, "housing", act)
    assert (one.state, one.late, one.grade) == (ResponderState.DONE, False, 5)
    assert ended.ended_at is not None
    with scope.acting(system):
        actions = [entry.action for entry in audit.log_of(subject_type="case", subject_id=case.pk)]
        assert audit.verify_chain("case", case.pk).whole
        assert Clock.objects.get(responder=one).state == "met"
        assert Party.objects.get(case=case, unit=act.district.units["office1"]).role == "caller"
        leaving = list(Outbox.objects.filter(subject_id=case.pk).order_by("id").values_list("topic", "payload"))
    assert actions[-4:] == [f"casework:whistle:{verb}" for verb in ("report_in", "contribute", "grade", "end")]
    assert [payload["verb"] for topic, payload in leaving if topic == "whistle"] == [
        "report_in", "contribute", "grade", "end",
    ]  # fmt: skip
    assert {topic for topic, _ in leaving} <= set(tasks.OUTBOX)  # a topic nobody takes would wait for ever


def test_the_case_waits_for_the_whistle_and_goes_on_when_it_ends(act: Play, people: SimpleNamespace) -> None:
    case, whistle = called(act, "housing")
    clerk = people.department_clerk
    with scope.acting(clerk):
        evidence = act.picture(clerk)
    case = act.step(case, Step.HANDLE, clerk, result="已清运", attachments=[evidence])
    assert case.state == State.DISPATCHED

    blow(whistle, "end", people.subdistrict_dispatcher)

    with scope.acting(people.dispatcher):
        assert Case.objects.get(pk=case.pk).state == State.HANDLED


def test_only_streets_and_communities_whistle(act: Play, people: SimpleNamespace) -> None:
    housing = str(act.district.units["housing"].pk)
    case, nobody = act.dispatched(), replace(people.community_cadre, permissions=frozenset())

    with pytest.raises(StandsWrong):
        act.step(case, Step.WHISTLE, almighty(people.dispatcher), kind="joint", unit_ids=[housing], message="请到场")
    with pytest.raises(Forbidden):
        act.step(case, Step.WHISTLE, nobody, kind="joint", unit_ids=[housing], message="请到场")


def test_a_grid_lead_calls_for_the_community(act: Play, people: SimpleNamespace) -> None:
    member = people.grid_member
    lead = replace(member, permissions=member.permissions | {"casework:whistle:call"})

    _, whistle = called(act, "housing", by=lead)

    assert whistle.caller_unit.code == "370199001001-jw"


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        ("emergency", timedelta(minutes=30), timedelta(minutes=30)),
        ("joint", timedelta(hours=4), timedelta(hours=4)),
        ("beyond_powers", timedelta(hours=24), timedelta(hours=49)),
    ],
)
def test_each_kind_has_its_own_time_to_come(kind: str, least: timedelta, most: timedelta, act: Play) -> None:
    _, whistle = called(act, "housing", kind=kind)

    given = responder(whistle, "housing", act).due_at - whistle.called_at

    assert least <= given <= most


def test_coming_late_is_flagged(act: Play, people: SimpleNamespace) -> None:
    _, whistle = called(act, "housing", kind="emergency")

    blow(whistle, "report_in", people.other_department_clerk, at=clock.now() + timedelta(minutes=31))

    assert responder(whistle, "housing", act).late is True


def test_only_the_unit_called_speaks_for_itself(act: Play, people: SimpleNamespace) -> None:
    _, whistle = called(act, "housing")

    with pytest.raises(StandsWrong):
        blow(whistle, "report_in", people.department_clerk)
    with pytest.raises(NotFound):
        blow(whistle, "report_in", people.other_grid_member)


def test_only_the_caller_grades_and_only_who_came(act: Play, people: SimpleNamespace) -> None:
    _, whistle = called(act, "housing")
    one = responder(whistle, "housing", act)

    with pytest.raises(Blocked):
        blow(whistle, "grade", people.subdistrict_dispatcher, responder_id=str(one.pk), grade=5)
    blow(whistle, "report_in", people.other_department_clerk)
    with pytest.raises(StandsWrong):
        blow(whistle, "grade", people.community_cadre, responder_id=str(one.pk), grade=5)
    with pytest.raises(Invalid):
        blow(whistle, "grade", people.subdistrict_dispatcher, responder_id=str(one.pk), grade=6)


def test_only_the_caller_or_a_checker_ends_it(act: Play, people: SimpleNamespace) -> None:
    _, whistle = called(act, "housing")

    with pytest.raises(Forbidden):
        blow(whistle, "end", people.other_department_clerk)
    with pytest.raises(StandsWrong):
        blow(whistle, "end", people.community_cadre)
    assert blow(whistle, "end", people.supervisor).ended_at is not None
    with pytest.raises(Blocked):
        blow(whistle, "report_in", people.other_department_clerk)


def test_a_case_cannot_end_while_a_whistle_is_open(act: Play, people: SimpleNamespace) -> None:
    case, _ = called(act, "housing")

    with pytest.raises(Blocked) as caught:
        act.step(case, Step.CANCEL, people.dispatcher, reason="误报")

    assert caught.value.extra["whistles"] == 1
