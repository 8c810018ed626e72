"""Score sheets of real whistles: each point lost leads to the entry of the log that shows the fact."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import pytest

from wangge.appraisal import periods
from wangge.appraisal.selectors import five_steps
from wangge.appraisal.tests.rulebook import rulebook
from wangge.audit.models import Entry
from wangge.casework import services
from wangge.casework.models import Case, Responder, Whistle
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture
from wangge.casework.workflow import Step
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.models import User
from wangge.org.scope import Actor, system_actor

__all__ = ["act", "fresh_memory", "lists", "picture", "rulebook"]
pytestmark = pytest.mark.usefixtures("rulebook")
SYSTEM = system_actor("test")
DECADE = periods.parse("2020-01-01..2029-12-31")


@pytest.fixture
def called(act: Play, people: SimpleNamespace) -> Whistle:
    """The first street calls the city managers and housing to a matter."""
    units = [str(act.district.units[key].pk) for key in ("urban", "housing")]
    case = act.step(
        act.dispatched(address="经二路1号"), Step.WHISTLE, people.subdistrict_dispatcher, kind="joint",
        unit_ids=units, message="请派员到场联合处置占道堆物",
    )  # fmt: skip
    with scope.acting(SYSTEM):
        return Whistle.objects.get(case=case)


def verb(whistle: Whistle, name: str, by: Actor, **fields: object) -> None:
    with scope.acting(by):
        services.whistle_step(whistle_id=whistle.pk, verb=name, by=by, **fields)


@pytest.fixture
def ended(called: Whistle, people: SimpleNamespace, act: Play) -> Whistle:
    """The city managers come, help and get four; housing never comes and its time has run out."""
    with scope.acting(SYSTEM):
        late = called.called_at - dt.timedelta(hours=1)
        Responder.objects.filter(whistle=called, unit=act.district.units["housing"]).update(due_at=late)
        came = Responder.objects.get(whistle=called, unit=act.district.units["urban"])
    verb(called, "report_in", people.department_clerk)
    verb(called, "contribute", people.department_clerk, contribution="已联合清理并与商户立约")
    verb(called, "grade", people.subdistrict_dispatcher, responder_id=str(came.pk), grade=4)
    verb(called, "end", people.subdistrict_dispatcher, outcome="已清理完毕")
    return called


def sheets(whistle: Whistle, actor: Actor) -> dict[str, dict]:
    with scope.acting(actor):
        document = five_steps.case_document(case_id=whistle.case_id, actor=actor)
    (one,) = document["whistles"]
    return {sheet["unit"]["name"]: sheet for sheet in one["sheets"]}


def test_each_unit_of_an_ended_whistle_has_its_sheet(ended: Whistle, people: SimpleNamespace):
    found = sheets(ended, people.supervisor)

    assert {name: sheet["score"] for name, sheet in found.items()} == {
        "大观园街道办事处": 100, "城市管理局": 95, "住房和城乡建设局": 60,
    }  # fmt: skip


def test_a_deduction_names_the_entry_of_the_log_behind_it(ended: Whistle, people: SimpleNamespace):
    found = sheets(ended, people.supervisor)

    (low,) = [one for step in found["城市管理局"]["steps"] for one in step["taken"]]
    (never,) = [one for step in found["住房和城乡建设局"]["steps"] for one in step["taken"]]
    with scope.acting(SYSTEM):
        graded = Entry.objects.get(seq=low["proofs"][0]["seq"])
        end = Entry.objects.get(seq=never["proofs"][0]["seq"])
    assert (low["code"], graded.action, graded.data["grade"]) == ("low", "casework:whistle:grade", 4)
    assert (never["code"], end.action) == ("never", "casework:whistle:end")


def test_who_was_not_asked_for_long_enough_is_not_charged_for_not_coming(
    called: Whistle, people: SimpleNamespace, act: Play
):
    verb(called, "end", people.subdistrict_dispatcher, outcome="误报")

    assert sheets(called, people.supervisor)["住房和城乡建设局"]["score"] == 100


def test_a_reopened_matter_counts_against_those_who_came(ended: Whistle, people: SimpleNamespace, act: Play):
    clerk = people.department_clerk
    with scope.acting(SYSTEM):
        case = Case.objects.get(pk=ended.case_id)
    act.step(case, Step.ACKNOWLEDGE, clerk)
    with scope.acting(clerk):
        evidence = [act.picture(clerk)]
    act.step(case, Step.HANDLE, clerk, result="已清运", attachments=evidence)
    act.step(case, Step.VERIFY, people.supervisor, result="已核")
    act.step(case, Step.CLOSE, people.supervisor)
    act.step(case, Step.REOPEN, people.supervisor, reason="又堆上了")

    found = sheets(ended, people.supervisor)
    assert found["城市管理局"]["score"] == 85
    assert found["住房和城乡建设局"]["score"] == 60


def test_a_whistle_that_runs_has_no_sheet(called: Whistle, people: SimpleNamespace):
    with scope.acting(people.supervisor):
        document = five_steps.case_document(case_id=called.case_id, actor=people.supervisor)

    assert document["whistles"] == []


def test_the_sheets_of_a_case_are_for_who_sees_the_case(ended: Whistle, people: SimpleNamespace):
    stranger = people.other_subdistrict_dispatcher
    with pytest.raises(NotFound), scope.acting(stranger):
        five_steps.case_document(case_id=ended.case_id, actor=stranger)


def test_a_period_has_means_of_units_and_the_sheets_of_one(ended: Whistle, people: SimpleNamespace, act: Play):
    housing = act.district.units["housing"].pk
    with scope.acting(people.supervisor):
        document = five_steps.period_document_of(period=DECADE, unit=housing, actor=people.supervisor)

    assert document["matters"] == 1
    assert {one["unit"]["name"]: one["mean"] for one in document["responders"]} == {
        "城市管理局": 95.0, "住房和城乡建设局": 60.0,
    }  # fmt: skip
    assert all(one["best"] is None and one["why"] for one in document["responders"])
    assert [one["score"] for one in document["sheets"]] == [60]


def test_no_person_stands_in_a_sheet(ended: Whistle, people: SimpleNamespace):
    with scope.acting(people.supervisor):
        documents = [
            five_steps.case_document(case_id=ended.case_id, actor=people.supervisor),
            five_steps.period_document_of(period=DECADE, unit=ended.caller_unit_id, actor=people.supervisor),
        ]
    text = json.dumps(documents, ensure_ascii=False, default=str)

    with scope.acting(SYSTEM):
        persons = list(User.objects.values_list("id", "name"))
    assert not [name for person, name in persons if str(person) in text or name in text]
