"""The registry at the desk and on the phone: seen by few, masked, looked at for a purpose, and gone at sign-out."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import homes
from tests.journeys.desk import Desk
from tests.journeys.homes import MEMBER
from tests.journeys.site import PASSWORD, Site

pytestmark = pytest.mark.journey

KEPT = """async () => {
  const databases = []
  for (const {name} of await indexedDB.databases()) {
    const base = await new Promise((done) => { indexedDB.open(name).onsuccess = (event) => done(event.target.result) })
    for (const store of base.objectStoreNames) {
      databases.push(await new Promise((done) => {
        base.transaction(store).objectStore(store).getAll().onsuccess = (event) => done(event.target.result) }))
    }
    base.close()
  }
  const cached = []
  for (const key of await caches.keys()) {
    for (const request of await (await caches.open(key)).keys()) cached.push(request.url)
  }
  return JSON.stringify([{...localStorage}, {...sessionStorage}, databases, cached, document.cookie, location.href,
    document.body.innerText])
}"""


def _sign_in(page: Page) -> None:
    """With a session of its own, since the journey ends it."""
    page.get_by_role("textbox", name="账号").fill(MEMBER)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def _look(page: Page, name: str) -> None:
    page.get_by_role("button", name="查看完整信息").click()
    dialog = page.get_by_role("dialog", name="查看完整信息")
    dialog.get_by_role("button", name="查看", exact=True).click()
    expect(dialog.get_by_text("请写明目的")).to_be_visible()
    dialog.get_by_label("查看目的").fill("入户走访核对")
    dialog.get_by_role("button", name="查看", exact=True).click()
    expect(page.locator("[data-full=name]")).to_have_text(name)


def test_a_person_is_looked_at_for_a_purpose_and_nothing_stays_behind(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    facts = homes.whole(site, home.resident["id"])
    personal = [facts["name"], facts["id_number"], *facts["phones"]]
    page = desk.open("/sign-in?to=/registry")
    _sign_in(page)
    expect(page.get_by_role("heading", level=1, name="网格")).to_be_visible()
    title = f"{home.building['estate'] or ''} {home.building['name']}".strip()
    page.get_by_role("link", name=title, exact=True).click()
    page.locator(f"[data-room='{home.room['id']}']").click()
    page.locator(f"a.person[href='/registry/persons/{home.resident['id']}']").click()
    expect(page.get_by_role("heading", name="人员卡片")).to_be_visible()
    shown = page.locator("main").inner_text()
    assert not [value for value in personal if value in shown]

    _look(page, facts["name"])
    expect(page.get_by_text(facts["id_number"])).to_be_visible()
    expect(page.get_by_role("timer")).to_have_text(re.compile("[1-6]?[0-9] 秒后隐藏"))
    expect(page.get_by_text("目的：入户走访核对").first).to_be_visible()
    kept = page.evaluate(KEPT.replace("document.body.innerText", "''"))
    assert not [value for value in personal if value in kept]

    page.locator("button.me").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    kept = page.evaluate(KEPT)
    assert not [value for value in [*personal, home.resident["name"]] if value in kept]


def test_on_the_phone_a_resident_is_registered_and_confirmed_in_the_room(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    page = desk.phone("/field/sign-in?next=/registry")
    _sign_in(page)
    page.locator(f"a[href$='/registry/buildings/{home.building['id']}']").click()
    entrance = page.get_by_role("button", name=home.entrance, exact=True)
    board = page.get_by_role("region", name=re.compile("楼盘表"))
    expect(board).to_be_visible()
    if entrance.count():
        entrance.click()
    page.locator(f"[data-room='{home.room['id']}']").click()
    page.get_by_role("button", name="登记人员").click()
    page.get_by_label("姓名").fill("欧阳测试")
    number = homes.number("19840312", uuid.uuid4().int % 900 + 50)
    page.get_by_label("居民身份证").fill(number)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name="保存")).to_be_hidden()
    expect(page.get_by_text(re.compile(r"^欧")).first).to_be_visible()
    page.get_by_role("button", name="情况属实").click()
    expect(page.get_by_text("已确认")).to_be_visible()

    page.goto("/field/me")
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("sign-in"))
    kept = page.evaluate(KEPT)
    assert not [value for value in ("欧阳测试", number) if value in kept]


def test_a_sheet_that_contradicts_the_register_is_decided_field_by_field(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    number = homes.number("19790630", uuid.uuid4().int % 900 + 50)
    known = site.person(MEMBER).post(
        "/registry/persons",
        {
            "name": "司徒冲突", "id_kind": "resident_id", "id_number": number, "phones": ["13900000001"],
            "registration": "registered", "dwelling": home.room["id"],
        },
    )  # fmt: skip
    lines = [
        "姓名,证件号码,联系电话,人口类型,楼栋编码,单元,房号",
        f"司徒冲突,{number},13900000002,户籍人口,{home.building['code']},{home.entrance},{home.room['label']}",
    ]
    sheet = {"name": f"{uuid.uuid4().hex[:6]}.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    page = desk.open("/registry/imports", by="shequ1")
    page.get_by_label("数据来源").fill("派出所人口台账")
    page.locator("input[type=file]").set_input_files(sheet)
    page.get_by_role("button", name="导入 1 行").click()
    expect(page.get_by_text("有冲突待处理")).to_be_visible()
    row = page.get_by_role("article", name="第 2 行")
    expect(row.get_by_role("columnheader", name="表中内容")).to_be_visible()
    expect(row).to_contain_text("派出所人口台账")
    row.get_by_role("button", name="用表中内容").click()
    expect(row).to_be_hidden()
    expect(page.get_by_text("已完成")).to_be_visible()
    after = site.person(MEMBER).post(
        f"/registry/persons/{known['id']}/look", {"purpose": "核对裁定结果", "fields": ["phones"]}
    )
    assert "13900000002" in json.dumps(after)


def test_the_checker_decides_what_may_be_asked_of_grid_members(site: Site, desk: Desk) -> None:
    asker = site.person("chengguan1")
    area = site.person(MEMBER).get("/session")["post"]["area"]["id"]
    title = f"临街商户垃圾桶数量摸底 {uuid.uuid4().hex[:6]}"
    asker.post(
        "/registry/requests",
        {
            "title": title, "object": "premises", "fields": ["垃圾桶数量"], "purpose": "安排清运车辆和频次",
            "area": area, "times_per_year": 4, "begins_on": "2026-12-01", "ends_on": "2027-11-30",
        },
    )  # fmt: skip
    page = desk.open("/registry/burden", by="ducha1")
    row = page.get_by_role("listitem").filter(has_text=title)
    row.get_by_role("button", name="审核").click()
    dialog = page.get_by_role("dialog", name="审核")
    dialog.get_by_label("理由").fill("现有资料中没有，准予收集一次")
    dialog.get_by_role("button", name="确定").click()
    expect(dialog).to_be_hidden()
    expect(row.get_by_text("准予", exact=True)).to_be_visible()
    assert title in json.dumps(site.person(MEMBER).get("/registry/requests"), ensure_ascii=False)
