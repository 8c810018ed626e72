"""A department's clerk: take on, refuse with the rule cited, finish with proof."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys import hands, matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def test_an_order_is_acknowledged_and_handled_with_a_photo(site: Site, desk: Desk) -> None:
    made = matters.dispatched(site, "占道经营")
    page = desk.open("/todos", by="chengguan1")
    page.get_by_role("link", name=made["title"]).click()
    hands.take(page, "签收")
    expect(page.get_by_text("操作成功").or_(page.get_by_text("已办理")).first).to_be_visible()

    dialog = hands.press_step(page, "办理完成")
    dialog.get_by_role("button", name="办理完成", exact=True).click()
    expect(dialog.get_by_text("请填写结果说明")).to_be_visible()
    dialog.get_by_label("结果说明").fill("现场已清理，商户已签承诺书。")
    hands.add_photo(dialog, matters.jpeg("处置后.jpg"))
    hands.confirm(dialog, "办理完成")

    expect(hands.state_of(page)).to_contain_text("待核查")
    expect(page.get_by_role("heading", name="处置照片")).to_be_visible()
    assert site.rows("select phase from casework_attachment where case_id = %s", made["id"]) == [("handle",)]


def test_an_order_is_sent_back_with_the_clause(site: Site, desk: Desk) -> None:
    made = matters.dispatched(site, "不属于本单位的事项")
    page = desk.open(f"/cases/{made['id']}", by="chengguan1")
    dialog = hands.press_step(page, "退单")
    dialog.get_by_text("不属于本单位职责").click()
    dialog.get_by_label("依据条款").fill("《权责清单》第 12 条")
    dialog.get_by_label("理由", exact=True).fill("该路段由住建部门养护。")
    hands.confirm(dialog, "退单")

    expect(page.get_by_text("已退回").first).to_be_visible()
    assert site.rows("select state, send_backs from casework_case where id = %s", made["id"]) == [("registered", 1)]
