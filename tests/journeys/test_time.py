"""Promises on the pages: why due then, more time asked for, notices answered, calendars, monitoring."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import hands, matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey

GRID_TEAM = "select u.code from org_post p join org_unit u on u.id = p.unit_id where p.id = %s"


def _working(site: Site, what: str) -> str:
    """With a department that has acknowledged it."""
    made = matters.dispatched(site, what)
    matters.step(site, made["id"], "acknowledge", by="chengguan1")
    return str(made["id"])


def test_more_time_is_asked_for_granted_and_the_account_adds_up(site: Site, desk: Desk) -> None:
    case_id = _working(site, "管线迁改")
    clerk = desk.open(f"/cases/{case_id}", by="chengguan1")
    dialog = hands.press_step(clerk, "申请延期、挂账")
    dialog.get_by_text("延期（增加工作日）").click()
    dialog.get_by_label("延长工作日").fill("3")
    dialog.get_by_label("理由", exact=True).fill("等待燃气公司停气作业窗口。")
    hands.confirm(dialog, "申请延期、挂账")
    expect(clerk.get_by_text("待审批")).to_be_visible()

    checker = desk.open(f"/cases/{case_id}", by="ducha1")
    dialog = hands.press_step(checker, "同意延期、挂账")
    dialog.get_by_label("理由", exact=True).fill("情况属实。")
    hands.confirm(dialog, "同意延期、挂账")
    expect(checker.get_by_text("已同意")).to_be_visible()

    clerk.reload()
    clerk.get_by_role("button", name="为什么是这个时间").first.click()
    why = clerk.get_by_role("dialog").filter(visible=True)
    expect(why.get_by_role("heading", name="另准 3 个工作日")).to_be_visible()
    expect(why.get_by_text(re.compile("第3日")).last).to_be_visible()
    ((days, moved),) = site.rows(
        "select r.days, r.due_after > r.due_before from casework_timerequest r where r.case_id = %s", case_id
    )
    assert (days, moved) == (3, True)


def test_a_notice_is_answered_once_by_the_unit_it_went_to(site: Site, desk: Desk) -> None:
    case_id = _working(site, "工地扬尘")
    matters.step(site, case_id, "supervise", by="ducha1", reason="居民再次来电，请今日反馈。")
    page = desk.open("/notices", by="chengguan1")
    row = page.get_by_role("listitem").filter(has_text="工地扬尘").first
    expect(row.get_by_text("居民再次来电，请今日反馈。")).to_be_visible()
    row.get_by_role("button", name="答复").click()
    dialog = page.get_by_role("dialog", name="答复").filter(visible=True)
    dialog.get_by_label("答复").fill("已责令停工覆盖，今晚复查。")
    hands.confirm(dialog, "提交")
    expect(row.get_by_text("已责令停工覆盖，今晚复查。")).to_be_visible()
    expect(row.get_by_role("button", name="答复")).to_have_count(0)
    assert site.rows("select answered_name <> '' from casework_notice where case_id = %s", case_id) == [(True,)]


def test_a_grid_member_answers_and_asks_for_time_on_the_phone(site: Site, desk: Desk) -> None:
    ((team,),) = site.rows(GRID_TEAM, site.person("wangge1").get("/session")["post"]["id"])
    made = matters.dispatched(site, "楼道堆物", to=str(team))
    matters.step(site, made["id"], "acknowledge", by="wangge1")
    matters.step(site, made["id"], "supervise", by="ducha1", reason="请说明进度。")

    page = desk.phone("/field/todos", by="wangge1")
    line = page.get_by_role("link").filter(has_text=made["title"])
    expect(line).to_contain_text("督办、问责待答复")
    counted = site.person("wangge1").get("/cases/counts")["todo"]
    assert counted == site.person("wangge1").get("/cases", view="todo", limit=1)["total"]
    line.tap()
    page.get_by_role("button", name="答复").tap()
    page.get_by_role("textbox", name="答复").fill("今日与住户约定清理。")
    page.get_by_role("button", name="提交").tap()
    expect(page.get_by_text("今日与住户约定清理。").first).to_be_visible()

    page.get_by_role("button", name="更多").tap()
    page.get_by_role("button", name="申请延期、挂账").tap()
    page.get_by_role("radio", name="延期（增加工作日）").tap()
    page.get_by_label("延长工作日").fill("1")
    page.get_by_label("说明", exact=True).fill("住户周末才回。")
    with page.expect_response("**/steps/ask_time") as asked:
        page.get_by_role("button", name="确定").tap()
    assert asked.value.ok, asked.value.text()
    assert site.rows("select kind, days from casework_timerequest where case_id = %s", made["id"]) == [("extend", 1)]


def test_calendars_are_shown_tried_out_and_a_year_is_published(site: Site, desk: Desk) -> None:
    page = desk.open("/admin/calendar", by="xitong1")
    page.get_by_role("radio", name=re.compile("^夜班值守")).click()
    expect(page.get_by_role("radio", name=re.compile("^夜班值守"))).to_contain_text("20:00–次日 08:00")
    page.get_by_role("radio", name=re.compile("^机关工作日历")).click()
    page.get_by_role("button", name="计算").click()
    expect(page.get_by_text(re.compile("^到期：")).first).to_be_visible()
    expect(page.get_by_text(re.compile("^合计240分钟"))).to_be_visible()

    year = page.get_by_label("年份").locator("input").or_(page.locator("input[aria-label='年份']")).first
    year.fill("2027")
    year.press("Enter")
    expect(page.get_by_text("2027 年的放假安排尚未录入")).to_be_visible()
    page.get_by_role("button", name="录入 2027 年安排").click()
    dialog = page.get_by_role("dialog", name=re.compile("2027 年放假安排")).filter(visible=True)
    begin, end = dialog.get_by_placeholder("开始").first, dialog.get_by_placeholder("结束").first
    for box in (begin, end):
        box.fill("2027-01-01")
        box.press("Enter")
    dialog.get_by_label("依据").fill("国办发明电〔2026〕12号")
    expect(dialog.get_by_text("放假 1 天，调休上班 0 天")).to_be_visible()
    hands.confirm(dialog, "录入 2027 年安排")
    expect(page.get_by_text("来源：国办发明电〔2026〕12号")).to_be_visible()
    assert site.rows("select source from calendars_calendaryear where year = 2027") == [("国办发明电〔2026〕12号",)]


def test_whoever_monitors_sees_the_worker_alive_and_everybody_reads_the_rules(desk: Desk) -> None:
    for who in ("zhihui1", "xitong1"):
        page = desk.open("/monitoring", by=who)
        worker = page.get_by_role("row").filter(has_text="后台任务")
        expect(worker.get_by_text("正常")).to_be_visible()
    page = desk.open("/rules", by="chengguan1")
    expect(page.get_by_role("cell", name="24个紧急工作时")).to_be_visible()
    expect(page.get_by_text("督办").first).to_be_visible()
