"""Somebody other than the handler verifies, asks the resident, closes; and opens again what was not solved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys import hands, matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def test_a_case_is_verified_called_back_closed_and_reopened(site: Site, desk: Desk) -> None:
    made = matters.handled(site, "人行道破损")
    page = desk.open("/todos", by="ducha1")
    page.get_by_role("link", name=made["title"]).click()
    hands.take(page, "核查通过", 结果说明="现场复查，已修复。")
    expect(hands.state_of(page)).to_contain_text("待回访")

    dialog = hands.press_step(page, "回访")
    dialog.locator(".el-switch").click()
    dialog.get_by_text("已解决", exact=True).click()
    for rate in dialog.locator(".el-rate").all():
        rate.locator(".el-rate__item").nth(4).click()
    dialog.get_by_label("结果说明").or_(dialog.get_by_label("理由")).first.fill("反映人表示满意。")
    hands.confirm(dialog, "回访")
    hands.take(page, "办结")
    expect(hands.state_of(page)).to_contain_text("已办结")

    dialog = hands.press_step(page, "重办")
    dialog.get_by_label("理由").fill("雨后再次塌陷。")
    hands.confirm(dialog, "重办")
    expect(hands.state_of(page)).to_contain_text("重办")
    assert site.rows("select state, reopens from casework_case where id = %s", made["id"]) == [("reopened", 1)]
