"""What people write, understood: suggestions taken or not, the same matter joined, danger, search, advice."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import hands, matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey

READ = "**/api/v1/understand"


def _write(page: Page, title: str) -> dict[str, Any]:
    """Write a title and wait for what the server reads in it."""
    with page.expect_response(READ) as answer:
        page.get_by_label("标题").fill(title)
    read: dict[str, Any] = answer.value.json()
    return read


def _once_read(site: Site, case_id: str) -> dict[str, Any]:
    """What the worker read in a case, once it has."""
    for _ in range(240):
        found = site.rows("select 1 from intake_reading where case_id = %s", case_id)
        if found:
            kept: dict[str, Any] = site.person("zhihui1").get(f"/cases/{case_id}/reading")
            return kept
        time.sleep(0.25)
    raise AssertionError("the worker has not read the case")


def _category(page: Page) -> Locator:
    return page.locator("main .el-cascader input").first


def test_search_is_one_key_away_and_marks_what_it_found(site: Site, desk: Desk) -> None:
    made = matters.report(site, "雨后积水没过路缘石", category=matters.ROAD, channel="hotline12345")
    page = desk.open("/todos", by="zhihui1")
    expect(page.get_by_role("heading", name="我的待办", level=1)).to_be_visible()
    page.keyboard.press("/")
    box = page.get_by_role("textbox", name="搜索案件")
    expect(box).to_be_focused()
    with page.expect_response("**/api/v1/search?*"):
        box.fill("积水 路缘石")
    row = page.get_by_role("article").filter(has_text=made["number"])
    expect(row.locator("mark").first).to_be_visible()
    assert "积水" in "".join(row.locator("mark").all_text_contents())
    with page.expect_response("**/api/v1/search?*"):
        box.fill("绝不会有的词语甲乙丙丁")
    expect(page.get_by_text("没有找到“绝不会有的词语甲乙丙丁”")).to_be_visible()


def test_a_suggestion_is_taken_by_key_and_never_by_itself(site: Site, desk: Desk) -> None:
    page = desk.open("/cases/new", by="zhihui1")
    read = _write(page, matters.title("门前道路坑洼破损，影响行人"))
    names = [one["category"]["name"] for one in read["matter"]["candidates"]]
    panel = page.get_by_role("region", name="类别").get_by_role("button")
    expect(panel.first).to_contain_text(names[0])
    expect(panel.first).to_have_attribute("aria-pressed", "false")
    expect(_category(page)).to_have_value("")
    page.keyboard.press("Alt+1")
    expect(panel.first).to_have_attribute("aria-pressed", "true")
    expect(_category(page)).to_have_value(names[0])
    _write(page, matters.title("门前污水外溢"))
    expect(_category(page)).to_have_value(names[0])


def test_danger_is_said_loudly_and_can_be_called_wrong(site: Site, desk: Desk) -> None:
    page = desk.open("/cases/new", by="zhihui1")
    read = _write(page, "三楼燃气泄漏，有人晕倒")
    alarm = page.get_by_role("alert").filter(has_text="可能危及生命")
    expect(alarm).to_contain_text(read["urgency"]["words"][0])
    alarm.get_by_role("button", name="按危险等级上报").click()
    expect(page.get_by_role("radio", name="危险")).to_be_checked()
    alarm.get_by_role("button", name="误报").click()
    expect(alarm).to_have_count(0)


def test_the_same_matter_is_joined_and_its_caller_kept(site: Site, desk: Desk) -> None:
    first = matters.report(
        site, "小区北门夜市油烟噪音扰民到凌晨", channel="hotline12345", description="夜市油烟和噪音影响休息。"
    )
    _once_read(site, first["id"])
    page = desk.open("/cases/new", by="zhihui1")
    _write(page, first["title"])
    found = page.get_by_role("region", name="可能是同一件").get_by_role("listitem").filter(has_text=first["number"])
    found.get_by_role("button", name="就是这件").click()
    page.get_by_label("地址").fill("小区北门")
    page.get_by_label("联系电话").fill("13800000001")
    with page.expect_response(re.compile(rf"/cases/[0-9a-f-]+/same/{first['id']}$")) as joined:
        page.get_by_role("button", name=f"提交并并入 {first['number']}").click()
    assert joined.value.ok
    expect(page).to_have_url(re.compile(f"/cases/{first['id']}$"))
    expect(page.get_by_text("已并入本件的 1 件")).to_be_visible()


def test_advice_on_a_reply_is_shown_and_holds_up_nothing(site: Site, desk: Desk) -> None:
    made = matters.dispatched(site, "路面塌陷待修")
    matters.step(site, made["id"], "acknowledge", by="chengguan1")
    page = desk.open(f"/cases/{made['id']}", by="chengguan1")
    dialog = hands.press_step(page, "办理完成")
    with page.expect_response("**/reply-advice"):
        dialog.get_by_label("结果说明").fill("您反映的问题已收悉，我们将高度重视，感谢您的支持。")
    advice = dialog.get_by_role("region", name="答复建议")
    expect(advice).to_contain_text("仅供参考")
    expect(advice.get_by_role("listitem").filter(has_text="不套话").first).to_be_visible()
    hands.add_photo(dialog, matters.jpeg())
    hands.confirm(dialog, "办理完成")
    expect(hands.state_of(page)).to_contain_text("待核查")


SMOKE = (
    "睦和苑小区3号楼底商烧烤店油烟扰民", "投诉睦和苑小区烧烤店油烟扰民", "睦和苑小区烧烤油烟太大，没有烟道",
    "睦和苑小区烧烤店夜里油烟扰民", "睦和苑小区烧烤店油烟直排",
)  # fmt: skip


def _spot(site: Site) -> dict[str, Any]:
    """The hot spot of the smoke, once the worker has found it."""
    for at, title in enumerate(SMOKE):
        made = matters.report(
            site, title, channel="hotline12345", reporter_phone=f"1390000000{at}",
            description="睦和苑小区烧烤店没有烟道，每晚油烟直排，业主不敢开窗。",
        )  # fmt: skip
        _once_read(site, made["id"])
    site.person("zhihui1").post("/hotspots/renew")
    for _ in range(240):
        found = site.person("zhihui1").get("/hotspots", days=7, top=20)["items"]
        for one in found:
            if "油烟" in one["title"]:
                spot: dict[str, Any] = one
                return spot
        time.sleep(0.25)
    raise AssertionError("no hot spot was found")


def test_a_hot_spot_is_explained_and_put_on_the_agenda(site: Site, desk: Desk) -> None:
    spot = _spot(site)
    page = desk.open("/hotspots", by="zhihui1")
    page.get_by_role("button", name=spot["title"]).click()
    drawer = page.get_by_role("dialog", name=spot["title"])
    expect(drawer.get_by_text("由这些加权合成")).to_be_visible()
    expect(drawer.get_by_role("link").first).to_be_visible()
    drawer.get_by_role("button", name="列入圆桌会议").click()
    asked = page.get_by_role("dialog", name="列入圆桌会议")
    asked.get_by_label("理由").fill("一周内多户反映，请城管和环保共同研究。")
    with page.expect_response("**/steps/agenda") as done:
        asked.get_by_role("button", name="确定").click()
    assert done.value.ok
    page.goto("/hotspots/agenda")
    expect(page.get_by_role("heading", name=spot["title"])).to_be_visible()
    expect(page.get_by_text("一周内多户反映")).to_be_visible()


def test_training_is_asked_for_and_its_version_is_listed(site: Site, desk: Desk) -> None:
    page = desk.open("/models", by="xitong1")
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and "/intake/models" in answer.url
    ) as begun:
        page.get_by_role("button", name="训练新版本").click()
    version = begun.value.json()["version"]
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name=str(version), exact=True))
    # How it ends depends on how many cases other journeys have closed; that it was begun is told at once.
    expect(row).to_contain_text(re.compile("训练中|待启用|使用中|已停用|失败"))
