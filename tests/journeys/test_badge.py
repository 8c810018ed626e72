"""The number on the badge is the length of the list, whoever looks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey

PEOPLE = [
    "wanggezhang1", "shequ1", "jiedao1", "jiedaolingdao1", "chengguan1", "chengguanlingdao1", "gongshui1", "zhihui1",
    "ducha1", "caijue1", "qulingdao1",
]  # fmt: skip


def _length(site: Site, username: str) -> int:
    seen, cursor = 0, ""
    while True:
        query = {"view": "todo", "limit": 100} | ({"cursor": cursor} if cursor else {})
        page = site.person(username).get("/cases", **query)
        seen += len(page["items"])
        cursor = page["next"]
        if not cursor:
            return seen


@pytest.fixture(scope="module")
def busy(site: Site) -> None:
    """Something to do for everybody who can have something to do."""
    matters.report(site, "待派单", category=matters.ROAD, channel="hotline12345")
    matters.report(site, "待受理", lon=None, lat=None, address="地点不详", channel="hotline12345")
    made = matters.dispatched(site, "待签收")
    matters.dispatched(site, "待签收", to=matters.WATER)
    matters.handled(site, "待核查")
    matters.step(
        site, made["id"], "whistle", by="jiedao1", kind="joint", message="请到场。",
        unit_ids=[matters.unit(site, matters.WATER)["id"]],
    )  # fmt: skip


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("username", PEOPLE)
def test_the_badge_equals_the_list(username: str, site: Site, desk: Desk) -> None:
    page = desk.open("/todos", by=username)
    expected = _length(site, username)
    tab = page.get_by_role("tab", name=re.compile("^待办"))
    expect(tab).to_have_text(re.compile(f"待办\\s*{expected}$"))
    link = page.get_by_role("navigation").get_by_role("link", name=re.compile("^我的待办")).first
    expect(link).to_have_text(re.compile(f"我的待办\\s*{expected or ''}$"))
    if expected:
        expect(page.get_by_role("row")).to_have_count(1 + min(expected, 30))
        expect(page.get_by_role("status").filter(has_text=f"共 {expected} 条")).to_be_visible()
    else:
        expect(page.get_by_text("待办已清空")).to_be_visible()


@pytest.mark.usefixtures("busy")
def test_the_phone_tells_the_same_number(site: Site, desk: Desk) -> None:
    page = desk.phone("/field/todos", by="wangge1")
    expected = _length(site, "wangge1")
    if expected:
        expect(page.get_by_role("tab", name=re.compile("我的待办"))).to_contain_text(str(expected))
    assert site.person("wangge1").get("/cases/counts")["todo"] == expected
