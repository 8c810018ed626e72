"""A community divided anew: designed, changed from the list, proposed, approved by another, undone before its day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import hands
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey

STREET, LEADER, CADRE, MEMBER = "jiedao1", "qulingdao1", "shequ1", "wangge1"
GRIDS = 3
DESIGNING_MS = 240_000  # the first design of a machine compiles
REASON = "复核调整：网格户数不均"


@pytest.fixture
def community(site: Site) -> dict[str, Any]:
    """Where the cadre and the grid member of the demonstration work, so that both are told."""
    cadre = site.person(CADRE)
    area: dict[str, Any] = cadre.get(f"/areas/{cadre.get('/session')['post']['area']['id']}")
    return area


@pytest.fixture
def division(site: Site) -> Iterator[None]:
    """Whatever a journey leaves of its plans is taken back: today's division is what it was, and so is tomorrow's."""
    before = _in_force(site)
    yield
    for plan in site.person(STREET).get("/divisions/plans")["items"]:
        if plan["state"] == "published":
            site.person(LEADER).post(f"/divisions/plans/{plan['id']}/steps/undo", {"reason": "测试后恢复"})
        if plan["state"] == "proposed":
            site.person(STREET).post(f"/divisions/plans/{plan['id']}/steps/withdraw", {"reason": "测试后恢复"})
        site.person(STREET).post(f"/divisions/plans/{plan['id']}/steps/discard", {"reason": "测试后恢复"})
    for username in (CADRE, MEMBER):
        for notice in site.person(username).get("/divisions/notices")["items"]:
            site.person(username).post(f"/divisions/notices/{notice['id']}/read")
    assert _in_force(site) == before


def _in_force(site: Site) -> list[Any]:
    """Every area with the days for which it holds."""
    return site.rows(
        "select area_id, code, name, pos, valid_from, valid_to from areas_areaversion where superseded_at is null"
        " order by area_id, valid_from"
    )


def test_a_plan_from_its_design_to_its_undoing(
    site: Site, desk: Desk, community: dict[str, Any], division: None
) -> None:
    page = desk.open("/divisions", by=STREET)
    plan = _designed(site, page, community)
    _changed_from_the_list(site, page, plan, community)
    proposed = _proposed(site, page, plan)

    leader = desk.open(f"/divisions/{plan}/publish", by=LEADER)
    _preview_is(leader, proposed)
    dialog = hands.press_plan(leader, "批准发布")
    hands.confirm(dialog, "批准发布")
    expect(leader.get_by_text("已写入网格，到日自动生效")).to_be_visible()
    _preview_is(leader, proposed)
    coded = {grid["code"] for grid in proposed["grids"]}
    written = site.rows(
        "select v.code from areas_areaversion v join areas_area a on a.id = v.area_id and a.level = 3"
        " where v.code like %s and v.superseded_at is null and v.valid_to is null",
        f"{community['code']}%",
    )
    assert {code for (code,) in written} == coded

    _told(desk, "即将调整")
    dialog = hands.press_plan(leader, "撤销发布")
    dialog.get_by_label("理由").fill("再议")
    hands.confirm(dialog, "撤销发布")
    expect(leader.get_by_text("提请人不能自己审批")).to_be_visible()
    assert site.person(STREET).get(f"/divisions/plans/{plan}")["state"] == "draft"
    _told(desk, "调整已撤销")


def _told(desk: Desk, kind: str) -> None:
    """The cadre at the console, who has read it then; the grid member on the phone."""
    page = desk.open("/notices", by=CADRE)
    news = page.get_by_role("region", name="网格调整通知").get_by_role("article").filter(has_text=kind)
    expect(news.first).to_be_visible()
    unread = news.get_by_role("button", name="知道了")
    many = unread.count()
    unread.first.click()
    expect(unread).to_have_count(many - 1)
    expect(news.filter(has_text="已阅于").first).to_be_visible()
    phone = desk.phone("/field/", by=MEMBER)
    expect(
        phone.get_by_role("region", name="网格调整通知").get_by_role("article").filter(has_text=kind).first
    ).to_be_visible()


def _designed(site: Site, page: Page, community: dict[str, Any]) -> str:
    page.get_by_role("button", name="新建方案").first.click()
    dialog = page.get_by_role("dialog", name="新建方案")
    street = site.person(STREET).get("/session")["post"]["area"]["name"]
    expect(dialog.get_by_label("方案名称")).to_have_attribute("placeholder", re.compile(street))
    expect(dialog.get_by_label("户数下限")).to_have_value(re.compile(r"^\d+$"))
    hands.pick(page, dialog.get_by_label("划分哪里"), community["name"])
    expect(dialog.get_by_label("方案名称")).to_have_attribute("placeholder", re.compile(community["name"]))
    dialog.get_by_text("指定网格个数").click()
    dialog.get_by_role("spinbutton", name="网格个数").fill(str(GRIDS))
    dialog.get_by_role("button", name="开始划分").click()
    page.wait_for_url(re.compile(r"/divisions/[0-9a-f-]{36}"))
    expect(page.get_by_role("navigation", name="方案的各部分")).to_be_visible(timeout=DESIGNING_MS)
    plan = page.url.rsplit("/", 1)[1]
    made = site.person(STREET).get(f"/divisions/plans/{plan}")
    assert (made["state"], made["figures"]["grids"]) == ("draft", GRIDS)
    assert [row["area"]["name"] for row in made["communities"]] == [community["name"]]
    return plan


def _changed_from_the_list(site: Site, page: Page, plan: str, community: dict[str, Any]) -> None:
    """Without the mouse on the map: a building at the edge goes next door, and back."""
    path = f"/divisions/plans/{plan}/communities/{community['id']}"
    page.locator("aside").get_by_role("button", name=re.compile(community["name"])).first.click()
    before = site.person(STREET).get(path, borders="true")
    drawn = page.get_by_test_id("plan-map")
    expect(drawn).to_have_attribute("data-buildings", str(len(before["atoms"])))
    expect(drawn).to_have_attribute("data-grids", str(GRIDS))
    edge, to = _at_the_edge(before)

    _tick(page, before, edge)
    dialog = _moving(page, _grid(before, to)["name"])
    gain = _grid(before, to)["households"] + edge["households"]
    expect(dialog.get_by_role("region", name="完成后")).to_contain_text(f"{gain:,}")
    hands.confirm(dialog, "划入")
    expect(_row(page, before, to)).to_contain_text(f"{gain:,} 户")
    after = site.person(STREET).get(path)
    assert _grid(after, to)["households"] == gain
    assert after["version"] == before["version"] + 1

    page.get_by_role("toolbar").get_by_role("button", name="撤销", exact=True).click()
    expect(_row(page, before, to)).to_contain_text(f"{_grid(before, to)['households']:,} 户")
    undone = site.person(STREET).get(path)
    assert [atom["grid"] for atom in undone["atoms"]] == [atom["grid"] for atom in before["atoms"]]


def _proposed(site: Site, page: Page, plan: str) -> dict[str, Any]:
    page.get_by_role("link", name="预览与发布").click()
    day = page.get_by_label("生效日期").input_value()
    preview: dict[str, Any] = site.person(STREET).get(f"/divisions/plans/{plan}/preview", valid_from=day)
    _preview_is(page, preview)
    dialog = hands.press_plan(page, "提请审批")
    dialog.get_by_label("理由").fill(REASON)
    hands.confirm(dialog, "提请审批")
    expect(page.get_by_text("等待另一人审批")).to_be_visible()
    expect(page.get_by_role("button", name="批准发布")).to_have_count(0)
    return preview


def _preview_is(page: Page, preview: dict[str, Any]) -> None:
    """Every count on the page is the one that the server works out."""
    expect(page.locator("[data-count]")).to_have_count(len(preview["counts"]))
    for name, count in preview["counts"].items():
        expect(page.locator(f"[data-count={name}] dd")).to_have_text(f"{count:,}")


def _grid(document: dict[str, Any], label: int) -> dict[str, Any]:
    return next(grid for grid in document["grids"] if grid["label"] == label)


def _row(page: Page, document: dict[str, Any], label: int) -> Locator:
    return page.get_by_role("list", name="网格").locator(f"[data-label='{label}']")


def _tick(page: Page, document: dict[str, Any], atom: dict[str, Any]) -> None:
    """Open the building's grid in the list and tick the building."""
    row = _row(page, document, atom["grid"])
    row.get_by_role("button", name=re.compile(_grid(document, atom["grid"])["name"])).first.click()
    row.locator("label").filter(
        has_text=re.compile(rf"{re.escape(atom['name'])}\s*{atom['households']} 户$")
    ).first.click()
    expect(page.get_by_text("已选 1 栋")).to_be_visible()


def _moving(page: Page, name: str) -> Locator:
    page.get_by_role("toolbar").get_by_role("button", name="划入", exact=True).click()
    dialog = page.get_by_role("dialog", name="划入", exact=True)
    dialog.get_by_role("radio", name=re.compile(rf"^{re.escape(name)}")).locator("xpath=ancestor::label").click()
    return dialog


def _at_the_edge(document: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """A building with households that can go to a neighbouring grid without breaking its own."""
    atoms, borders = document["atoms"], [(a, b) for a, b, _ in document["borders"]]
    labels = [atom["grid"] for atom in atoms]
    for a, b in [*borders, *((b, a) for a, b in borders)]:
        if labels[a] != labels[b] and atoms[a]["households"] and _whole_without(a, labels, borders):
            return atoms[a], labels[b]
    raise AssertionError("no building can move alone")


def _whole_without(place: int, labels: list[int], borders: list[tuple[int, int]]) -> bool:
    rest = {at for at, label in enumerate(labels) if label == labels[place] and at != place}
    if not rest:
        return False
    reached, edge = set(), [min(rest)]
    while edge:
        at = edge.pop()
        reached.add(at)
        edge += [b if a == at else a for a, b in borders if at in (a, b) and {a, b} <= rest and not {a, b} <= reached]
    return reached == rest
