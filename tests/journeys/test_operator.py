"""The command centre's operator: from sign-in to dispatch, lists, and being second."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from tests.journeys import hands, matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def test_a_demo_card_signs_in(desk: Desk) -> None:
    page = desk.open("/")
    page.locator(".accounts button").filter(has_text="派单").filter(has_text="指挥中心").first.click()
    expect(page.get_by_role("heading", name="我的待办", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/todos$"))


def test_a_new_case_shows_similar_ones_nearby_and_a_double_click_makes_one(site: Site, desk: Desk) -> None:
    page = desk.open("/cases/new", by="zhihui1")
    title = matters.title("经二路门前道路破损")
    page.get_by_label("标题").fill(title)
    hands.pick_category(page, page.locator("main"), "道路破损")
    with page.expect_request(lambda request: "/cases/nearby" in request.url) as asked:
        hands.click_map(page, "在地图上点选位置")
    expect(page.get_by_text("已选：")).to_be_visible()
    where = parse_qs(urlsplit(asked.value.url).query)
    other = matters.report(
        site, "道路破损", category=matters.ROAD, lon=float(where["lon"][0]), lat=float(where["lat"][0])
    )
    page.get_by_label("标题").fill(title + "，影响通行")
    expect(page.get_by_role("link", name=other["title"]).first).to_be_visible()

    page.get_by_label("地址").fill("经二路 12 号门前")
    hands.add_photo(page.locator("main"), matters.jpeg())
    page.get_by_role("button", name="提交", exact=True).dblclick()

    expect(page.get_by_role("heading", name=title + "，影响通行")).to_be_visible()
    expect(page.get_by_role("button", name="查看照片 1")).to_be_visible()
    assert site.rows("select count(*) from casework_case where title = %s", title + "，影响通行") == [(1,)]


def test_a_matter_is_accepted_registered_and_dispatched_by_buttons(site: Site, desk: Desk) -> None:
    made = matters.report(site, "无法定位的事项", lon=None, lat=None, address="具体地点待核实", channel="hotline12345")
    page = desk.open(f"/cases/{made['id']}", by="zhihui1")
    expect(hands.state_of(page)).to_contain_text("待受理")
    hands.take(page, "受理")
    expect(hands.state_of(page)).to_contain_text("待立案")

    dialog = hands.press_step(page, "立案")
    hands.pick_category(page, dialog, "道路破损")
    hands.pick(page, dialog.get_by_label("所在网格"), "纬一路社区第1网格")
    hands.confirm(dialog, "立案")
    expect(hands.state_of(page)).to_contain_text("已立案")

    hands.take(page, "派单", 办理要求="请尽快到场查看。")
    expect(hands.state_of(page)).to_contain_text("处置中")
    expect(page.get_by_role("heading", name="处置工单")).to_be_visible()
    ((state, orders),) = site.rows(
        "select c.state, count(w.id) from casework_case c join casework_workorder w on w.case_id = c.id"
        " where c.id = %s group by 1",
        made["id"],
    )
    assert state == "dispatched"
    assert orders >= 1


def test_a_filtered_list_is_saved_as_a_view_and_exported(site: Site, desk: Desk, tmp_path: Path) -> None:
    made = matters.report(site, "筛选与导出", category=matters.ROAD, channel="hotline12345")
    page = desk.open("/cases", by="zhihui1")
    page.get_by_role("searchbox").or_(page.get_by_label("关键词")).first.fill(made["title"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("link", name=made["title"])).to_be_visible()

    name = matters.title("我的视图")
    page.get_by_role("button", name="保存为视图").click()
    page.get_by_role("dialog").get_by_role("textbox").fill(name)
    page.get_by_role("dialog").get_by_role("button", name="保存", exact=True).click()
    own = page.get_by_role("button", name=name, exact=True)
    expect(own).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="全部", exact=True).click()
    expect(own).to_have_attribute("aria-pressed", "false")
    own.click()
    expect(page.get_by_role("row")).to_have_count(2)

    with page.expect_download() as download:
        page.get_by_text("导出 Excel").click()
    file = tmp_path / "cases.xlsx"
    download.value.save_as(file)
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert made["title"] in rows[1]
    page.get_by_role("button", name=f"删除视图 {name}").click()
    expect(own).to_have_count(0)


def test_the_second_of_two_sees_who_was_first(site: Site, desk: Desk) -> None:
    made = matters.report(site, "两人同时派单", category=matters.ROAD, channel="hotline12345")
    page = desk.open(f"/cases/{made['id']}", by="zhihui1")
    dialog = hands.press_step(page, "派单")
    first = matters.step(
        site, made["id"], "dispatch", by="jiedao1", lead_unit=matters.unit(site, matters.DEPARTMENT)["id"]
    )
    who = first["log"][-1]["actor_name"]
    desk.excuse("409")
    dialog.get_by_role("button", name="派单", exact=True).click()
    alert = page.get_by_role("alert").filter(has_text="这件案件刚刚被他人更新")
    expect(alert).to_contain_text(who)
    expect(alert).to_contain_text("派单")
    alert.get_by_role("button", name="重新加载").click()
    expect(hands.state_of(page)).to_contain_text("处置中")
    assert site.rows("select count(*) from casework_workorder where case_id = %s and lead", made["id"]) == [(1,)]
