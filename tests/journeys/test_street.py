"""A street whistles two departments; they come, do their part, are graded, and only the caller ends it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import hands, matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def _card(page: Page, title: str) -> None:
    page.get_by_role("button").filter(has_text=title).first.click()
    expect(page.get_by_role("dialog", name="吹哨详情")).to_be_visible()


def test_a_whistle_from_the_call_to_the_end(site: Site, desk: Desk) -> None:
    made = matters.dispatched(site, "夜市油烟与占道")
    street = desk.open(f"/cases/{made['id']}", by="jiedao1")
    department = desk.open("/whistles", by="chengguan1")
    water = desk.open("/whistles", by="gongshui1")

    dialog = hands.press_step(street, "吹哨")
    dialog.get_by_text("联合执法").click()
    box = dialog.get_by_label("呼叫单位")
    hands.pick(street, box, "综合行政执法局")
    hands.pick(street, box, "供水服务分公司")
    street.keyboard.press("Escape")
    dialog.get_by_label("需要什么支持").fill("今晚八点联合整治，请派员到场。")
    hands.confirm(dialog, "吹哨")
    expect(street.get_by_role("heading", name="吹哨报到")).to_be_visible()

    for page in (department, water):
        _card(page, made["title"])
        hands.take(page, "报到")
        dialog = hands.press_step(page, "协同处置")
        dialog.get_by_label("协同处置情况").fill("已到场，劝离摊位六处。")
        hands.confirm(dialog, "协同处置")

    whistle = street.locator("article.whistle")
    expect(whistle.get_by_text("已完成")).to_have_count(2)
    for _ in range(2):
        dialog = hands.press_step(street, "评价")
        dialog.locator(".el-radio").first.click()
        dialog.locator(".el-rate__item").nth(4).click()
        hands.confirm(dialog, "评价")
    hands.take(street, "结束吹哨", 结果="各部门到场处置完毕。")
    expect(whistle.get_by_text("已结束")).to_be_visible()
    ended = site.rows("select ended_at is not null from casework_whistle where case_id = %s", made["id"])
    assert ended == [(True,)]
