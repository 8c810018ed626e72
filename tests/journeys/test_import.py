"""A file of messages through the page: preview, mapping, run, and the same sheet back with what became of each row."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import hands
from tests.journeys.desk import Desk
from tests.journeys.site import Site
from wangge.kit import tables

pytestmark = pytest.mark.journey


def test_a_sheet_is_uploaded_mapped_run_and_returned_with_remarks(site: Site, desk: Desk, tmp_path: Path) -> None:
    batch = uuid.uuid4().hex[:8]
    lines = [
        "工单号,说了什么,何时",
        *(f"{batch}-{n},纬一路社区第1网格道路破损第{n}处,2026-11-0{n} 09:00" for n in (1, 2, 3)),
    ]
    lines.append(f"{batch}-4,纬一路夜间噪音扰民,不是时间")
    file = {"name": "来信.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode("gb18030")}

    page = desk.open("/imports", by="zhihui1")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("共 4 行")).to_be_visible()
    for label, column in (("标题", "说了什么"), ("来源编号", "工单号"), ("发生时间", "何时")):
        hands.choose(page, page.get_by_role("combobox", name=label, exact=True), column)
    page.get_by_role("button", name="按新的对应关系重新预览").click()
    expect(page.get_by_text("有问题的行（1）")).to_be_visible()
    page.get_by_role("button", name="导入 4 行").click()

    expect(page.get_by_text("已完成")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_text("下载结果表").click()
    result = tmp_path / "result.xlsx"
    download.value.save_as(result)
    sheet = tables.read_table(result.read_bytes(), "result.xlsx")
    assert [row[0] for row in sheet.rows] == [f"{batch}-{n}" for n in (1, 2, 3, 4)]
    assert [bool(row[-1]) for row in sheet.rows] == [False, False, False, True]

    assert site.rows("select count(*) from casework_case where source_ref like %s", f"{batch}-%") == [(3,)]
    ((created, failed),) = site.rows("select created, failed from intake_import order by at desc limit 1")
    assert (created, failed) == (3, 1)
    for label, count in (("新建", created), ("失败", failed)):
        expect(page.locator("main")).to_contain_text(label)
        expect(page.locator("main")).to_contain_text(str(count))
