"""Maps show what they should: grids really drawn, facts of the one clicked, the owner of the place clicked."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.journeys import hands, matters
from tests.journeys.desk import Desk
from tests.journeys.site import Site

pytestmark = pytest.mark.journey

GRIDS = 3170


def test_every_grid_of_the_district_is_drawn_and_a_click_shows_its_facts(site: Site, desk: Desk) -> None:
    page = desk.open("/areas", by="zhihui1")
    canvas = page.get_by_test_id("areas-map")
    expect(canvas).to_have_attribute("data-drawn", re.compile("^\\d+$"))
    assert int(canvas.get_attribute("data-drawn") or 0) >= GRIDS
    expect(page.get_by_text(f"{GRIDS} 个终端网格")).to_be_visible()

    with page.expect_response("**/areas/locate*") as located:
        canvas.locator("canvas").click()
    grid = located.value.json()["grid"]
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text(grid["code"])
    expect(facts).to_contain_text(grid["name"])
    ((level,),) = site.rows(
        "select a.level from areas_areaversion v join areas_area a on a.id = v.area_id where v.code = %s limit 1",
        grid["code"],
    )
    assert level == 3


def test_a_click_answers_whose_a_matter_is(site: Site, desk: Desk) -> None:
    page = desk.open("/responsibility", by="zhihui1")
    hands.pick_category(page, page.locator(".finder"), "道路破损")
    with page.expect_request("**/responsibility/owner*") as asked:
        hands.click_map(page, "在地图上点选位置")
    given = {name: values[0] for name, values in parse_qs(urlsplit(asked.value.url).query).items()}
    owner = site.person("zhihui1").get("/responsibility/owner", **given)
    assert given["category"] == matters.ROAD
    expect(page.locator(".finder .lead")).to_have_text(owner["lead_unit"]["name"])
    expect(page.locator(".finder")).to_contain_text(owner["clause"])
