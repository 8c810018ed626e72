"""The wall on the screen it was made for: nothing cut off, and live."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey

OVERFLOWING = """() => [document.documentElement, document.body,
    ...document.querySelectorAll('.card, .card .body, .heads li')]
  .filter((box) => box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1)
  .map((box) => `${box.className || box.tagName} ${box.textContent.trim().slice(0, 12)}: `
    + `${box.scrollWidth}×${box.scrollHeight} in ${box.clientWidth}×${box.clientHeight}`)"""


def _crowded(site: Site) -> None:
    """Whistles, channels and stages enough to fill every card."""
    for index in range(5):
        made = matters.dispatched(site, f"联合整治夜市占道经营和油烟扰民第{index}处")
        units = [matters.unit(site, code)["id"] for code in (matters.DEPARTMENT, matters.WATER)]
        matters.step(
            site, made["id"], "whistle", by="jiedao1", kind="beyond_powers", unit_ids=units, message="请到场处置。"
        )
    for channel in ("patrol", "letter", "round_table", "leader", "hotline12345", "media"):
        matters.report(site, f"来自{channel}的事项", category=matters.ROAD, channel=channel)


def _wall(desk: Desk, width: int, height: int) -> Page:
    page = desk.open("/wall", by="qulingdao1", viewport={"width": width, "height": height})
    expect(page.get_by_test_id("wall-map")).to_have_attribute("data-drawn", re.compile("^[1-9]"))
    expect(page.locator(".calls li").first).to_be_visible()
    return page


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (3840, 2160), (1366, 768)])
def test_nothing_is_cut_off(width: int, height: int, site: Site, desk: Desk) -> None:
    if not site.rows("select 1 from casework_whistle where ended_at is null offset 4 limit 1"):
        _crowded(site)
    page = _wall(desk, width, height)
    assert page.locator(".streets tbody tr").count() == 17
    assert page.evaluate(OVERFLOWING) == []


def test_a_new_case_appears_by_itself(site: Site, desk: Desk) -> None:
    page = desk.open("/wall", by="qulingdao1", viewport={"width": 1920, "height": 1080})
    expect(page.get_by_text("实时更新中")).to_be_visible()
    mark = f"window.mark = '{uuid.uuid4()}'"
    said = page.evaluate(mark)
    made = matters.report(site, "大屏应立即显示", category=matters.ROAD, channel="hotline12345")
    expect(page.locator(".ticker").get_by_text(made["title"])).to_be_visible()
    assert page.evaluate("window.mark") == said
