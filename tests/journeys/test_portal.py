"""A resident: says it once, follows it with a token, and is asked whether it is solved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys import matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def test_a_resident_reports_follows_and_rates(site: Site, desk: Desk) -> None:
    at = matters.point(site)
    page = desk.phone(
        "/report/",
        geolocation={"longitude": at["lon"], "latitude": at["lat"], "accuracy": 12},
        permissions=["geolocation"],
    )
    title = matters.title("人行道地砖破损")
    page.locator("input[name=title]").fill(title)
    page.locator("textarea[name=description]").fill("盲道缺了好几块砖，老人容易绊倒。")
    page.locator("input[type=file]").set_input_files(matters.jpeg())
    expect(page.get_by_text("正在上传")).to_have_count(0)
    page.get_by_role("button", name="使用我的位置").tap()
    expect(page.get_by_text("已定位，误差约 12 米")).to_be_visible()
    page.get_by_role("button", name="提交", exact=True).tap()
    token = page.get_by_test_id("token")
    expect(token).to_be_visible()
    secret = token.inner_text()

    ((case_id, state, photos),) = site.rows(
        "select c.id::text, c.state, count(a.id) from casework_case c join casework_attachment a on a.case_id = c.id"
        " where c.title = %s group by c.id",
        title,
    )
    assert photos == 1
    if state != "registered":
        area = site.person("wangge1").get("/session")["post"]["area"]["id"]
        matters.step(site, case_id, "register", by="zhihui1", category=matters.ROAD, area=area)
    matters.dispatch_and_handle(site, case_id)
    matters.step(site, case_id, "verify", by="ducha1", result="现场核查，已修复。")

    other = desk.phone(f"/report/#/t/{secret}")
    expect(other.get_by_role("heading", name=title)).to_be_visible()
    expect(other.get_by_text("待回访")).to_be_visible()
    other.get_by_test_id("rate-resolved").get_by_text("已解决", exact=True).tap()
    other.get_by_test_id("rate-result").locator(".van-rate__item").nth(4).tap()
    other.get_by_role("button", name="提交评价").tap()
    expect(other.get_by_text("您的评价：5 分")).to_be_visible()
    assert site.rows("select rating, resolved from casework_case where id = %s", case_id) == [(5, True)]


def test_a_made_up_token_tells_nothing(desk: Desk) -> None:
    desk.excuse("404")
    page = desk.phone("/report/#/t/not-a-token-of-anybody")
    expect(page.get_by_role("alert")).to_be_visible()
