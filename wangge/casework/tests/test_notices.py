"""Notices: by the ladder and by people, answered by the unit they went to, on its to-do list until then."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from wangge.audit import selectors as audit
from wangge.casework import selectors, services
from wangge.casework.models import Case, Notice
from wangge.casework.tests.conftest import Play, almighty
from wangge.casework.tests.test_clocks import run_out
from wangge.casework.workflow import Step
from wangge.org import scope
from wangge.org.scope import Actor

ClientFor = Callable[[Actor | None], Client]


def listed(client: Client, view: str, **query: Any) -> Any:
    answer = client.get("/api/v1/notices", {"view": view, **query})
    assert answer.status_code == 200, answer.json()
    return answer.json()


def answer(client: Client, notice: str, text: str) -> Any:
    path = f"/api/v1/notices/{notice}/answer"
    return client.post(path, json.dumps({"answer": text}), content_type="application/json")


@pytest.fixture
def supervised(act: Play, people: SimpleNamespace) -> Case:
    """The department has let the deadline of its order pass."""
    case = act.dispatched()
    run_out(case, "acknowledge")
    services.fire_due()
    return case


def test_the_unit_finds_it_among_its_duties_and_answers_once(
    supervised: Case, people: SimpleNamespace, client_for: ClientFor
) -> None:
    clerk = people.department_clerk
    client = client_for(clerk)
    with scope.acting(clerk):
        page = selectors.page(actor=clerk, filters=selectors.Filters(view="todo"))
        assert len(page.items) == selectors.counts(actor=clerk).todo == 1
        assert "督办、问责待答复" in selectors.reasons_of(page.items[0], clerk)

    page = listed(client, "mine")
    assert {one["kind"]: one["can_answer"] for one in page["items"]} == {"remind": False, "supervise": True}
    waiting = listed(client, "unanswered")
    assert (waiting["total"], len(waiting["items"])) == (1, 1)
    notice = waiting["items"][0]
    assert notice["case"]["number"] == supervised.number
    assert notice["answer_due_at"] is not None
    assert (notice["promise"], notice["by_system"]) == ("acknowledge", True)
    assert notice["text_en"].startswith("Past due")

    answered = answer(client, notice["id"], "人手不足，今日 18 时前办结")

    assert answered.status_code == 200, answered.json()
    assert (answered.json()["answered_name"], answered.json()["can_answer"]) == (clerk.name, False)
    assert listed(client, "unanswered")["total"] == 0
    again = answer(client, notice["id"], "再答一次")
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    with scope.acting(clerk):
        page = selectors.page(actor=clerk, filters=selectors.Filters(view="todo"))
        assert all("督办、问责待答复" not in selectors.reasons_of(one, clerk) for one in page.items)
        last = audit.log_of(subject_type="case", subject_id=supervised.pk)[-1]
        assert audit.verify_chain("case", supervised.pk).whole
    assert (last.action, last.data["reason"]) == ("casework:notice:answer", "人手不足，今日 18 时前办结")


@pytest.mark.parametrize(
    ("who", "kind", "text", "status", "code"),
    [
        ("department_clerk", "supervise", "a", 422, "invalid"),
        ("department_clerk", "remind", "已在办理", 409, "no_answer_needed"),
        ("subdistrict_dispatcher", "supervise", "代为答复", 403, "stands_wrong"),
        ("other_grid_member", "supervise", "代为答复", 404, "not_found"),
        ("supervisor", "supervise", "代为答复", 403, None),
        (None, "supervise", "代为答复", 401, None),
    ],
)
def test_nobody_else_answers_and_not_with_nothing(
    who: str | None, kind: str, text: str, status: int, code: str | None, supervised: Case, people: SimpleNamespace,
    client_for: ClientFor,
) -> None:  # fmt: skip
    with scope.acting(scope.system_actor("test")):
        notice = Notice.objects.get(case=supervised, kind=kind)

    answered = answer(client_for(getattr(people, who) if who else None), str(notice.pk), text)

    assert answered.status_code == status, answered.json()
    assert code is None or answered.json()["code"] == code


def test_a_person_s_reminder_and_supervision_reach_the_units_that_act(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    by = almighty(people.supervisor)
    act.step(case, Step.REMIND, by, reason="居民再次来电")
    act.step(case, Step.SUPERVISE, by, reason="请今日反馈")

    with scope.acting(by):
        told = {one.kind: one for one in Notice.objects.filter(case=case)}
    assert {kind: (one.text, one.by_id == by.user_id) for kind, one in told.items()} == {
        "remind": ("居民再次来电", True), "supervise": ("请今日反馈", True),
    }  # fmt: skip
    assert told["remind"].answer_due_at is None
    assert told["supervise"].answer_due_at is not None
    assert {one.unit_id for one in told.values()} == {people.department_clerk.unit_id}


def test_the_list_goes_on_from_its_cursor(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    case = act.dispatched()
    for number in range(5):
        act.step(case, Step.REMIND, almighty(people.supervisor), reason=f"第 {number} 次")
    client = client_for(people.department_clerk)

    first = listed(client, "mine", limit=2)
    second = listed(client, "mine", limit=2, cursor=first["next"])
    third = listed(client, "mine", limit=2, cursor=second["next"])

    said = [one["text"] for page in (first, second, third) for one in page["items"]]
    assert said == [f"第 {number} 次" for number in reversed(range(5))]
    assert (first["total"], second["total"], third["next"]) == (5, None, None)
    assert client.get("/api/v1/notices?view=mine&cursor=bm9uZQ").status_code == 422


def test_the_notices_of_one_case(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    cases = [act.dispatched(), act.dispatched()]
    for case in cases:
        act.step(case, Step.REMIND, almighty(people.supervisor), reason=f"案件 {case.number}")
    found = listed(client_for(people.department_clerk), "all", case=str(cases[0].pk))
    assert ([one["text"] for one in found["items"]], found["total"]) == ([f"案件 {cases[0].number}"], 1)


def test_a_notice_outlives_its_case_until_it_is_answered(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    run_out(case, "acknowledge", timedelta(hours=1))
    services.fire_due()
    clerk = people.department_clerk
    act.step(case, Step.CANCEL, almighty(people.supervisor), reason="重复立案")

    with scope.acting(clerk):
        page = selectors.page(actor=clerk, filters=selectors.Filters(view="todo"))
    assert [one.pk for one in page.items] == [case.pk]
