"""The grid member's phone: three taps, and nothing lost without a network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def _position(site: Site) -> dict[str, object]:
    at = matters.point(site)
    return {
        "geolocation": {"longitude": at["lon"], "latitude": at["lat"], "accuracy": 8},
        "permissions": ["geolocation"],
    }


def _report(page: Page, words: str = "") -> None:
    """Photo, category, send: the three taps."""
    page.get_by_test_id("camera").set_input_files(matters.jpeg())
    expect(page.get_by_role("img", name="查看照片 1")).to_be_visible()
    page.get_by_role("radiogroup").get_by_role("radio").first.tap()
    if words:
        page.get_by_placeholder("说明情况").fill(words)
    expect(page.get_by_text("定位误差约 8 米")).to_be_visible()
    page.get_by_test_id("send").tap()


def _cases(site: Site, words: str) -> list[tuple[object, ...]]:
    return site.rows(
        "select c.id::text, round(c.lon::numeric, 4)::float, c.channel, count(a.id) from casework_case c"
        " left join casework_attachment a on a.case_id = c.id where c.description = %s group by c.id",
        words,
    )


def test_a_report_takes_three_taps_and_carries_photo_and_position(site: Site, desk: Desk) -> None:
    page = desk.phone("/field/", by="wangge1", **_position(site))
    page.get_by_role("link", name=re.compile("上报问题")).tap()
    words = matters.title("楼道堆物")
    _report(page, words)
    expect(page.get_by_text(re.compile("已送达 \\d+"))).to_be_visible()
    ((_, lon, channel, photos),) = _cases(site, words)
    assert (lon, channel, photos) == (round(matters.point(site)["lon"], 4), "patrol", 1)


def test_without_a_network_a_report_is_kept_the_page_opens_again_and_it_is_sent_later(site: Site, desk: Desk) -> None:
    page = desk.phone("/field/", by="wangge1", **_position(site))
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()  # from now on the service worker answers for the page
    expect(page.get_by_role("heading", name=re.compile("辛苦了"))).to_be_visible()
    page.get_by_role("link", name=re.compile("上报问题")).tap()
    expect(page.get_by_role("radiogroup").get_by_role("radio").first).to_be_visible()
    words = matters.title("没有信号的地下室")

    desk.excuse("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    _report(page, words)
    expect(page.locator("article").filter(has_text="待发送")).to_have_count(1)
    page.reload()
    kept = page.locator("article").filter(has_text=words[:20])
    expect(kept).to_contain_text("待发送")
    expect(page.get_by_text("当前无网络")).to_be_visible()
    assert _cases(site, words) == []

    page.context.set_offline(False)
    expect(kept).to_contain_text(re.compile("已送达 \\d+"))
    ((_, _, _, photos),) = _cases(site, words)
    assert photos == 1


def test_my_grid_shows_its_map_and_what_is_open_in_it(site: Site, desk: Desk) -> None:
    made = matters.report(site, "网格内的事", category=matters.ROAD, channel="hotline12345")
    page = desk.phone("/field/grid", by="wangge1")
    area = site.person("wangge1").get("/session")["post"]["area"]
    expect(page.get_by_role("heading", name=area["name"])).to_be_visible()
    expect(page.locator("[data-drawn]")).to_have_attribute("data-drawn", re.compile("^[1-9]"))
    page.get_by_role("link").filter(has_text=made["title"]).tap()
    expect(page.get_by_role("heading", name=made["title"])).to_be_visible()
