"""A resident whose report was merged follows the work, not the other person's words."""

from __future__ import annotations

from types import SimpleNamespace

from tests.security.conftest import Send
from wangge.casework.models import Case
from wangge.casework.tests.conftest import Play, almighty
from wangge.casework.workflow import Step
from wangge.org import scope
from wangge.org.scope import Actor


def test_a_merged_report_shows_its_own_words_and_the_others_progress(
    act: Play, people: SimpleNamespace, send: Send, system: Actor
) -> None:
    survivor = act.submit(title="三单元李某家漏水")
    report = send(None, "POST", "/public/reports", {"title": "楼道顶棚滴水"}).json()
    with scope.acting(system):
        mine = Case.objects.get(number=report["number"])
    act.step(mine, Step.MERGE, almighty(people.dispatcher), into=survivor.pk, reason="同一事项")
    act.step(survivor, Step.DISPATCH, people.dispatcher, support_units=[])

    shown = send(None, "GET", f"/public/reports/{report['token']}")

    seen = shown.json()
    assert (seen["number"], seen["title"], seen["state"]) == (report["number"], "楼道顶棚滴水", "dispatched")
    assert [step["text"] for step in seen["steps"]] == ["已收到您反映的问题", "已与同一事项合并办理", "已派给责任单位"]
    assert survivor.number not in shown.content.decode()
    assert "李某" not in shown.content.decode()
