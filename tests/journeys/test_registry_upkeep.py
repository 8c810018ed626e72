"""The register kept in order: rooms joined, doubles merged, what is over ended, and the work of administrators."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import homes
from tests.journeys.desk import Desk
from tests.journeys.homes import MEMBER
from tests.journeys.site import Person, Site

pytestmark = pytest.mark.journey

CADRE = "shequ1"
SYLLABLES = "甲乙丙丁戊己庚辛壬癸"


def _name() -> str:
    """Somebody whom no other run of this journey made."""
    digits = str(uuid.uuid4().int)[:5]
    return "欧阳" + "".join(SYLLABLES[int(digit)] for digit in digits)


def _resident(by: Person, room: str, **values: Any) -> dict[str, Any]:
    given = {"id_kind": "none", "no_id_reason": "证件遗失", "registration": "floating"}
    made: dict[str, Any] = by.post("/registry/persons", given | {"dwelling": room, "two_people": True} | values)
    return made


def _say(page: Page, dialog: str | re.Pattern[str], button: str, *, reason: str = "") -> None:
    shown = page.get_by_role("dialog", name=dialog)
    expect(shown.get_by_text("将会发生")).to_be_visible()
    if reason:
        shown.get_by_label("理由").fill(reason)
    shown.get_by_role("button", name=button, exact=True).click()
    expect(shown).to_be_hidden()


def test_two_rooms_become_one_and_their_people_move_over(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    cadre, mark = site.person(CADRE), uuid.uuid4().hex[:4].upper()
    building = home.building["id"]
    entrance = cadre.post(f"/registry/buildings/{building}/entrances", {"name": f"{mark}单元", "ordinal": 90})
    labels = [f"{mark}-1", f"{mark}-2"]
    rooms = cadre.post(f"/registry/buildings/{building}/dwellings", {"entrance": entrance["id"], "labels": labels})
    somebody = _resident(cadre, rooms[0]["id"], name=_name())

    page = desk.open(f"/registry/buildings/{building}", by=CADRE)
    page.get_by_role("button", name="拆分、合并").click()
    for room in rooms:
        page.locator(f"[data-room='{room['id']}']").click()
        expect(page.locator(f"[data-room='{room['id']}']")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="合并", exact=True).click()
    dialog = page.get_by_role("dialog", name=re.compile("^合并 "))
    dialog.get_by_label("新房号").fill(f"{mark}-0")
    expect(dialog.get_by_text(f"0 户、1 人连同产权、租赁关系转到 {mark}-0")).to_be_visible()
    _say(page, re.compile("^合并 "), "合并", reason="业主打通两套")
    joined = page.get_by_role("button", name=re.compile(f"{mark}-0"))
    expect(joined).to_be_visible()
    expect(page.locator(f"[data-room='{rooms[0]['id']}']")).to_be_hidden()
    assert cadre.get(f"/registry/persons/{somebody['id']}")["dwelling"]["name"] == f"{mark}-0"

    joined.click()
    page.get_by_role("link", name=re.compile("欧")).first.click()
    expect(page.get_by_role("heading", name="人员卡片")).to_be_visible()


def test_a_person_registered_twice_becomes_one_record(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    cadre, name, born = site.person(CADRE), _name(), "1971-03-05"
    number = homes.number("19710305", uuid.uuid4().int % 900 + 50)
    first = _resident(cadre, home.room["id"], name=name, birth=born, phones=["13900000011"])
    second = _resident(
        cadre, home.room["id"], name=name, birth=born, phones=["13900000012"], id_kind="resident_id", id_number=number,
        no_id_reason=None,
    )  # fmt: skip
    page = desk.open("/registry/doubles", by=CADRE)
    merge = f"/registry/persons/{first['id']}/merge/{second['id']}"
    page.locator(f"a[href='{merge}']").click()
    expect(page.get_by_role("columnheader", name="保留这条")).to_be_visible()
    phones = page.get_by_role("row", name=re.compile("^电话"))
    expect(phones.get_by_text("两边都保留")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^证件号码")).get_by_text("补入")).to_be_visible()

    page.get_by_role("button", name="对照完整信息").click()
    look = page.get_by_role("dialog", name="查看完整信息")
    look.get_by_label("查看目的").fill("核对是否重复登记")
    look.get_by_role("button", name="查看", exact=True).click()
    expect(page.get_by_role("row", name=re.compile("^姓名")).get_by_text(name).first).to_be_visible()
    page.get_by_role("button", name="立即隐藏").click()
    expect(page.get_by_text(name)).to_have_count(0)

    page.get_by_role("button", name="合并", exact=True).click()
    _say(page, "合并这两条登记？", "合并", reason="入户看过身份证，是同一人")
    expect(page.get_by_role("heading", name="人员卡片")).to_be_visible()
    expect(page.get_by_text("目的：核对是否重复登记").first).to_be_visible()
    whole = homes.whole(site, first["id"])
    assert (whole["id_number"], set(whole["phones"])) == (number, {"13900000011", "13900000012"})
    listed = site.person(CADRE).get("/registry/doubles")
    assert first["id"] not in {one["id"] for group in listed for one in group["people"]}


def test_two_numbers_are_two_people_and_the_page_says_so(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    cadre, serial = site.person(CADRE), uuid.uuid4().int % 800 + 50
    numbers = [homes.number("19660102", serial), homes.number("19660102", serial + 1)]
    one, other = (
        _resident(cadre, home.room["id"], name=_name(), id_kind="resident_id", id_number=number, no_id_reason=None)
        for number in numbers
    )
    page = desk.open(f"/registry/persons/{one['id']}/merge/{other['id']}", by=CADRE)
    expect(page.get_by_role("alert").filter(has_text="证件号码不同")).to_be_visible()
    expect(page.get_by_role("button", name="合并", exact=True)).to_be_hidden()


def test_a_household_a_relation_and_a_service_end_after_saying_what_happens(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    cadre = site.person(CADRE)
    one, other = (_resident(cadre, home.room["id"], name=_name()) for _ in range(2))
    household = cadre.post(
        "/registry/households",
        {"dwelling": home.room["id"], "kind": "family", "members": [{"person": one["id"], "role": "head"}]},
    )
    cadre.post(f"/registry/persons/{one['id']}/relations", {"other": other["id"], "kind": "carer"})

    page = desk.open(f"/registry/persons/{one['id']}", by=CADRE)
    page.get_by_role("button", name=re.compile("^解除关系：照护人")).click()
    _say(page, re.compile("^解除关系"), "解除")
    expect(page.get_by_role("button", name=re.compile("^解除关系"))).to_be_hidden()

    page.goto(f"/registry/households/{household['id']}")
    page.get_by_role("button", name="注销户").click()
    _say(page, "注销户", "注销户", reason="重复立户")
    expect(page.get_by_text(re.compile("已注销")).first).to_be_visible()
    expect(page.get_by_role("button", name="编入成员")).to_be_hidden()

    area = cadre.get("/session")["post"]["area"]["id"]
    (estate, *_) = cadre.get("/registry/estates", area=area)["items"]
    team = f"庭院服务队{uuid.uuid4().hex[:4]}"
    service = {"role": "courtyard_team", "name": team, "valid_from": "2026-01-01"}
    cadre.post(f"/registry/estates/{estate['id']}/services", service)
    page.goto(f"/registry/estates/{estate['id']}")
    page.get_by_role("button", name=f"终止服务：{team}").click()
    _say(page, f"终止服务：{team}", "终止")
    expect(page.get_by_role("button", name=f"终止服务：{team}")).to_be_hidden()
    expect(page.get_by_text(team)).to_be_visible()


def test_the_system_administrator_erases_what_is_due_and_checks_the_proof(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    cadre = site.person(CADRE)
    gone = _resident(cadre, home.room["id"], name=_name(), since="2020-01-01")
    leaving = {"version": gone["version"], "status": "moved_out", "on": "2023-01-01"}
    cadre.post(f"/registry/persons/{gone['id']}/leave", leaving)

    page = desk.open("/registry/retention", by="xitong1")
    page.get_by_role("button", name="立即删除到期数据").click()
    _say(page, "删除到期数据？", "删除 1 条")
    proof = page.get_by_role("listitem").filter(has_text="SM3").first
    expect(proof.get_by_text("已迁出人员")).to_be_visible(timeout=60_000)
    proof.get_by_role("button", name="核对").click()
    expect(proof.get_by_text("与日志一致")).to_be_visible()
    assert site.rows("select status from registry_person where id = %s", gone["id"]) == [("erased",)]


def test_the_security_administrator_sees_keys_and_no_people(site: Site, desk: Desk) -> None:
    page = desk.open("/registry/keys", by="anquan1")
    row = page.get_by_role("table", name="密钥使用情况").get_by_role("row").nth(1)
    expect(row.get_by_text("现用")).to_be_visible()
    expect(row.get_by_text(re.compile("^人员"))).to_be_visible()
    expect(page.get_by_role("button", name="重新加密")).to_be_disabled()
    expect(page.get_by_role("link", name="我的网格")).to_be_hidden()
    page.goto("/registry/retention")
    expect(page.get_by_text("您的岗位不能打开这个页面")).to_be_visible()


def test_on_the_phone_one_sees_who_looked(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    homes.whole(site, home.resident["id"])
    page = desk.phone(f"/field/registry/persons/{home.resident['id']}", by=MEMBER)
    expect(page.get_by_text("目的：核对演示资料").first).to_be_visible()


def test_the_form_about_a_resident_says_what_is_known_already(site: Site, desk: Desk) -> None:
    home = homes.find(site)
    cadre = site.person(CADRE)
    somebody = _resident(cadre, home.room["id"], name=_name(), phones=["19900001234"])

    page = desk.open(f"/registry/persons/{somebody['id']}", by=CADRE)
    page.get_by_role("button", name="修改", exact=True).click()

    form = page.get_by_role("dialog", name="修改人员")
    expect(form.get_by_text(re.compile(r"已登记：199\*+1234"))).to_be_visible()
    assert "19900001234" not in page.content()
