"""The league opened to its cases, weights tried out and published by another, an appeal decided, a bulletin issued."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import hands, matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def _dialog(page: Page, title: str) -> Locator:
    dialog = page.get_by_role("dialog", name=title).filter(visible=True)
    expect(dialog).to_be_visible()
    return dialog


def test_a_figure_of_the_league_opens_the_cases_behind_it(site: Site, desk: Desk) -> None:
    made = matters.handled(site, "护栏缺失")
    unit = matters.unit(site, matters.DEPARTMENT)
    page = desk.open("/appraisal?kind=department&scheme=none", by="ducha1")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=unit["short_name"], exact=True))
    row.locator("a.value").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(unit["short_name"])
    page.get_by_role("link", name=made["number"]).click()
    expect(page).to_have_url(f"{site.address}/cases/{made['id']}")


def test_weights_are_tried_out_drafted_and_published_by_another(site: Site, desk: Desk) -> None:
    page = desk.open("/appraisal/schemes?scheme=subdistrict_monthly", by="ducha1")
    page.get_by_label("解决率 权重").fill("25")
    page.get_by_label("解决率 权重").blur()
    expect(page.get_by_text("合计 105，应为 100")).to_be_visible()
    page.get_by_label("返工率 权重").fill("5")
    page.get_by_label("返工率 权重").blur()
    expect(page.get_by_text("合计 100", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="试算结果").get_by_role("row")).not_to_have_count(0)
    page.get_by_role("button", name="存为草稿").click()
    dialog = _dialog(page, "存为草稿")
    dialog.get_by_label("理由").fill("更看重解决问题。")
    hands.confirm(dialog, "存为草稿")
    expect(page.get_by_text("草稿", exact=True).first).to_be_visible()

    leader = desk.open("/appraisal/schemes?scheme=subdistrict_monthly", by="qulingdao1")
    leader.get_by_role("button", name="发布", exact=True).click()
    dialog = _dialog(leader, "发布")
    dialog.get_by_label("理由").fill("同意，下月起按此评分。")
    hands.confirm(dialog, "发布")
    expect(leader.get_by_role("button", name="发布", exact=True)).to_have_count(0)
    query = "select v.state from appraisal_schemeversion v where v.reason = %s"
    assert site.rows(query, "更看重解决问题。") == [("published",)]


def test_a_department_appeals_and_the_arbiter_decides(site: Site, desk: Desk) -> None:
    matters.handled(site, "井盖松动")
    unit = matters.unit(site, matters.DEPARTMENT)
    page = desk.open(f"/appraisal/points/{unit['id']}/response_rate?kind=department", by="chengguan1")
    page.get_by_role("button", name="提出申诉").click()
    dialog = _dialog(page, "提出申诉")
    dialog.get_by_label("申诉理由").fill("系统故障当日无法签收，已附说明。")
    hands.confirm(dialog, "提交申诉")

    arbiter = desk.open("/appraisal/appeals", by="caijue1")
    arbiter.get_by_role("button", name="去裁决").or_(arbiter.get_by_text("去裁决")).first.click()
    arbiter.get_by_role("button", name="裁决", exact=True).click()
    dialog = _dialog(arbiter, "裁决")
    hands.choose(arbiter, dialog.get_by_label("裁决"), "部分成立")
    dialog.get_by_label("更正说明").fill("当日系统故障属实。")
    dialog.get_by_label("理由").fill("查故障记录，情况属实。")
    hands.confirm(dialog, "裁决")
    expect(arbiter.get_by_text("部分成立", exact=True)).to_be_visible()

    page.goto("/appraisal?kind=department&scheme=none")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=unit["short_name"], exact=True))
    expect(row.get_by_text("申诉更正")).to_be_visible()


def test_a_bulletin_is_made_issued_by_the_leader_and_printed(site: Site, desk: Desk) -> None:
    page = desk.open("/bulletins", by="ducha1")
    page.get_by_role("button", name="编制通报").click()
    dialog = _dialog(page, "编制通报")
    month = dialog.get_by_label("月份")
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai"))
    month.fill(f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}")
    month.press("Enter")
    dialog.get_by_role("button", name="编制通报", exact=True).click()
    expect(page.get_by_text("待签发").first).to_be_visible()

    leader = desk.open(page.url.removeprefix(site.address), by="qulingdao1")
    leader.get_by_role("button", name="签发", exact=True).click()
    leader.get_by_role("dialog").get_by_role("button", name="签发", exact=True).click()
    expect(leader.get_by_text("已签发").first).to_be_visible()
    with leader.expect_download() as got:
        leader.get_by_text("下载 PDF").click()
    printed = got.value.path().read_bytes()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 10_000
