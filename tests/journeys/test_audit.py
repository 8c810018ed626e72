"""The log: for the audit administrator, and for nobody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys import matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey


def test_the_audit_administrator_reads_the_log_and_checks_the_chain(site: Site, desk: Desk) -> None:
    matters.report(site, "留痕的事项", category=matters.ROAD, channel="hotline12345")
    page = desk.open("/audit", by="shenji1")
    expect(page.locator("tbody tr").first).to_be_visible()
    page.get_by_role("button", name="校验哈希链").click()
    expect(page.get_by_text("哈希链无断裂")).to_be_visible()
    page.get_by_placeholder("操作，如").fill("casework:case:submit")
    expect(page.locator("tbody tr").first).to_contain_text("casework:case:submit")
    page.get_by_role("tab", name="查看个人信息的记录").click()
    expect(page.get_by_text("谁、何时、为什么看了受保护的信息").first).to_be_visible()


@pytest.mark.parametrize("username", ["zhihui1", "chengguan1", "jiedao1", "xitong1", "qulingdao1"])
def test_everybody_else_gets_no_page(username: str, desk: Desk) -> None:
    page = desk.open("/audit", by=username)
    expect(page.get_by_text("您的岗位不能打开这个页面")).to_be_visible()
    expect(page.get_by_role("link", name="审计日志")).to_have_count(0)
