"""The list as a sheet: the same rows, text only, persons masked, and kept in the log."""

from __future__ import annotations

import io
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from wangge.audit.models import Entry
from wangge.casework import export
from wangge.casework.selectors import listing
from wangge.casework.tests.conftest import Play
from wangge.org.scope import Actor

ClientFor = Callable[[Actor | None], Client]


def sheet(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/cases/export.xlsx{query}")
    assert answer.status_code == 200
    header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_sheet_is_the_list(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    act.dispatched()
    act.submit(title="路面塌陷", category_code="C-01001")
    client = client_for(people.subdistrict_dispatcher)
    listed = [row["number"] for row in client.get("/api/v1/cases?state=registered").json()["items"]]

    rows = sheet(client, "?state=registered")
    assert [row["案件编号"] for row in rows] == listed
    assert rows[0]["状态"] == "已立案"
    assert rows[0]["所属区域"] == "大观园街道 / 睦和苑社区 / 睦和苑一网格"
    assert rows[0]["待办事项"] == "待派单"


@pytest.mark.parametrize("title", ["=1+1", "+CMD|' /C calc'!A0", "-1", "@SUM(A1)", "＝1+1", "\t=1"])
def test_formulas_stay_text(title: str, act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    act.submit(title=title + "有垃圾")

    assert sheet(client_for(people.dispatcher))[0]["标题"].strip() == (title + "有垃圾").strip()


def test_persons_are_masked(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    act.submit(reporter_name="王小明", reporter_phone="13812345678")
    row = sheet(client_for(people.dispatcher))[0]

    assert (row["反映人"], row["联系电话"]) == ("王**", "138****5678")


def test_an_export_is_kept_in_the_log(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    act.submit()
    sheet(client_for(people.dispatcher), "?channel=hotline12345")

    entry = Entry.objects.get(action="casework:case:exported")
    assert entry.actor_id == people.dispatcher.user_id
    assert entry.data == {"rows": 1, "filters": {"view": "all", "channel": "hotline12345", "sort": "-submitted_at"}}


def test_it_needs_its_own_permission(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    assert client_for(people.arbiter).get("/api/v1/cases/export.xlsx").status_code == 403


def test_it_is_read_page_by_page_and_ends_at_the_limit(
    act: Play, people: SimpleNamespace, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        act.submit()
    monkeypatch.setattr(listing, "MOST", 2)
    assert len(sheet(client_for(people.dispatcher))) == 5
    monkeypatch.setattr(export, "MOST_ROWS", 3)
    assert len(sheet(client_for(people.dispatcher))) == 3
