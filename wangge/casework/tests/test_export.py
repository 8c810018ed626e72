"""The list as a sheet: the same rows, text only, persons masked, and kept in the log."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from wangge.audit.models import Entry
from wangge.casework import export
from wangge.casework.selectors import Filters, listing
from wangge.casework.tests.conftest import Play
from wangge.org import scope
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


def test_the_sheet_says_who_took_it_when_and_by_which_filters(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    act.submit(title="路面有垃圾")
    area = act.district.areas["street1"].pk
    query = f"?channel=hotline12345&q=垃圾&area={area}&category=M-01001&state=registered,handled&sort=due_at"
    answer = client_for(people.dispatcher).get(f"/api/v1/cases/export.xlsx{query}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    said = {str(name): str(text) for name, text in book.get_sheet_by_name("导出说明").to_python()}
    entry = Entry.objects.get(action="casework:case:exported")

    assert book.sheet_names == ["案件", "导出说明"]
    assert (said["导出人"], said["所在单位"], said["行数"]) == ("王调度", "区网格化指挥中心", "1")
    assert said["导出编号"] == str(entry.subject_id)
    assert said["导出时间"] == f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}"
    assert {name.removeprefix("筛选："): text for name, text in said.items() if "筛选" in name} == {
        "范围": "全部", "状态": "已立案、待核查", "分类": "M-01001 暴露垃圾", "区域": "大观园街道",
        "渠道": "12345 热线", "关键词": "垃圾", "排序": "办理期限由近到远",
    }  # fmt: skip


def test_each_printed_page_names_who_took_it(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    act.submit()
    standing_in = replace(people.dispatcher, name="甲&乙", on_behalf_of=people.leader.user_id)
    with scope.acting(standing_in):
        data = export.workbook(actor=standing_in, filters=Filters())
    page = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    entry = Entry.objects.get(action="casework:case:exported")

    header, footer = (re.search(f"<{name}>(.*)</{name}>", page) for name in ("oddHeader", "oddFooter"))
    assert header is not None
    assert footer is not None
    for margin in (header[1], footer[1]):
        assert "甲&amp;&amp;乙（代韩区长） 区网格化指挥中心" in margin
        assert str(entry.subject_id) in margin


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
