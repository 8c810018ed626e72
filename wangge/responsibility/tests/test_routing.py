from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import District
from wangge.kit.ids import uuid7
from wangge.org import selectors as org
from wangge.org.models import Unit, UnitKind
from wangge.org.scope import Actor
from wangge.responsibility import book, routing, selectors, services
from wangge.responsibility.models import Category
from wangge.responsibility.tests.conftest import DAY, Publish, line

NOON = dt.datetime(2026, 5, 1, 4, tzinfo=dt.UTC)
GENERAL = line("10", "C-01001")
PARENT = line("20", "C-01", lead_unit="370199-zjj")
GRANDPARENT = line("30", "C", lead_unit="370199-jtj")
STREET = line("40", "C-01001", area_code="370199001", lead_unit="370199001-js")
COMMUNITY = line("50", "C-01001", area_code="370199001002", lead_unit="370199001002-jw")
GRID = line("60", "C-01001", area_code="370199001002001", lead_unit="370199001002001-wg")
PARENT_IN_GRID = line("70", "C-01", area_code="370199001002001", lead_unit="370199-zjj")
LOWER_RUNG = line("80", "C-01001", level="3", lead_rule="grid")
TWIN = line("11", "C-01001", lead_unit="370199-zjj")


@pytest.mark.parametrize(
    ("lines", "place", "item", "lead", "problem"),
    [
        ([GENERAL], "grid3", "10", "370199-cgj", None),
        ([PARENT], "grid3", "20", "370199-zjj", None),
        ([GRANDPARENT], "grid3", "30", "370199-jtj", None),
        ([GRANDPARENT, PARENT, GENERAL], "grid3", "10", "370199-cgj", None),
        ([GENERAL, STREET], "grid3", "40", "370199001-js", None),
        ([GENERAL, STREET], "grid5", "10", "370199-cgj", None),  # in the other street
        ([STREET], "grid5", None, None, "hole"),
        ([STREET, PARENT], "grid5", "20", "370199-zjj", None),
        ([GENERAL, STREET, COMMUNITY, GRID], "grid3", "60", "370199001002001-wg", None),
        ([GENERAL, STREET, COMMUNITY, GRID], "grid4", "50", "370199001002-jw", None),
        ([GENERAL, STREET, COMMUNITY, GRID], "community2", "50", "370199001002-jw", None),
        ([GENERAL, STREET, COMMUNITY, GRID], "street1", "40", "370199001-js", None),
        ([GENERAL, PARENT_IN_GRID], "grid3", "10", "370199-cgj", None),  # the category itself before its parent
        ([GENERAL, LOWER_RUNG], "grid3", "80", "370199001002001-wg", None),
        ([TWIN, GENERAL], "grid3", "10", "370199-cgj", "overlap"),
        ([TWIN, GENERAL, STREET], "grid3", "40", "370199001-js", None),
        ([], "grid3", None, None, "hole"),
    ],
)
def test_exactly_one_line_is_chosen(
    lines: list[dict[str, Any]],
    place: str,
    item: str | None,
    lead: str | None,
    problem: str | None,
    publish: Publish,
    categories: dict[str, Category],
    district: District,
) -> None:
    publish(lines)
    found = selectors.route(category_id=categories["C-01001"].id, area_pos=district.versions[place].pos, at=DAY)
    assert (found.entry.item if found.entry else None) == item
    assert (found.lead_unit.code if found.lead_unit else None) == lead
    assert found.problem == problem
    if item:
        assert item in found.clause
        assert any(f"第 {item} 项" in step["zh"] for step in found.explanation["steps"])
        assert all(step["en"] for step in found.explanation["steps"])
        assert found.explanation["considered"][0]["chosen"] is True


@pytest.mark.parametrize(
    ("rule", "place", "lead"),
    [
        ("grid", "grid3", "370199001002001-wg"),
        ("community", "grid3", "370199001002-jw"),
        ("subdistrict", "grid3", "370199001-js"),
        ("subdistrict", "grid5", "370199002-js"),
        ("grid", "community2", "370199001002-jw"),  # placed only to its community: the committee acts
        ("grid", "street1", "370199001-js"),
        ("community", "street1", "370199001-js"),
        ("grid", "district", None),
    ],
)
def test_rules_name_the_unit_that_serves_the_place(
    rule: str, place: str, lead: str | None, publish: Publish, categories: dict[str, Category], district: District
) -> None:
    publish([line("1", "M-02001", lead_rule=rule)])
    found = selectors.route(category_id=categories["M-02001"].id, area_pos=district.versions[place].pos, at=DAY)
    assert (found.lead_unit.code if found.lead_unit else None) == lead
    assert found.problem == (None if lead else "hole")


def test_an_unplaced_matter_still_goes_to_a_named_unit(publish: Publish, categories: dict[str, Category]) -> None:
    publish([line("1", "M-02001"), line("2", "M-02002", lead_rule="subdistrict")])
    assert selectors.route(category_id=categories["M-02001"].id, area_pos=0, at=DAY).problem is None
    lost = selectors.route(category_id=categories["M-02002"].id, area_pos=0, at=DAY)
    assert lost.problem == "hole"
    assert "地点未定" in lost.explanation["steps"][-1]["zh"]


def test_a_route_carries_supports_first_actor_level_and_limits(
    publish: Publish, categories: dict[str, Category], district: District
) -> None:
    publish([
        line("1", "M-02001", supports="unit:370199-zjj|subdistrict|unit:370199-cgj", first_actor="grid", level="0",
             limits="handle 4 working_hours; handle 7 working_days 处罚; whole 20 natural_days")
    ])  # fmt: skip
    found = selectors.route(category_id=categories["M-02001"].id, area_pos=district.versions["grid3"].pos, at=DAY)
    assert [unit.code for unit in found.support_units] == ["370199-zjj", "370199001-js"]  # not the lead again
    assert found.first_unit is not None
    assert found.first_unit.code == "370199001002001-wg"
    assert found.level == 0
    assert found.limits == [
        {"step": "handle", "value": 4, "unit": "working_hours"},
        {"step": "handle", "value": 7, "unit": "working_days", "label": "处罚"},
        {"step": "whole", "value": 20, "unit": "natural_days"},
    ]


def test_escalation_finds_the_line_of_the_next_rung(
    publish: Publish, categories: dict[str, Category], district: District
) -> None:
    lowest = line("1", "M-02001", level="3", lead_rule="grid")
    middle = line("2", "M-02001", level="1", lead_rule="subdistrict")
    publish([lowest, middle, line("3", "M-02001", level="0")])
    where = {"category_id": categories["M-02001"].id, "area_pos": district.versions["grid3"].pos, "at": DAY}
    items = [selectors.route(**where, level=level).entry.item for level in (None, 2, 1, 0)]
    assert items == ["1", "2", "2", "3"]


def test_a_ruling_wins_over_the_list_until_a_later_ruling(
    publish: Publish, categories: dict[str, Category], district: District, arbiter: Actor
) -> None:
    publish([GENERAL, GRID])
    category, pos = categories["C-01001"].id, district.versions["grid3"].pos
    ruling = {"category_id": category, "reason": "实际养护单位为住建局", "case_id": uuid7(), "by": arbiter}
    services.add_precedent(**ruling, area_id=None, lead_unit_id=district.units["housing"].id, at=NOON)
    found = selectors.route(category_id=category, area_pos=pos, at=DAY)
    assert found.lead_unit == district.units["housing"]
    assert found.problem is None
    assert "权属裁定" in found.clause
    assert "实际养护单位为住建局" in found.explanation["steps"][1]["zh"]
    assert found.limits  # the limits of the line stay
    services.add_precedent(
        **ruling, area_id=None, lead_unit_id=district.units["transport"].id, at=NOON + dt.timedelta(days=10)
    )
    assert selectors.route(category_id=category, area_pos=pos, at=DAY).lead_unit == district.units["transport"]
    before = selectors.route(category_id=category, area_pos=pos, at=dt.date(2026, 5, 5))
    assert before.lead_unit == district.units["housing"]
    assert selectors.route(category_id=category, area_pos=pos, at=dt.date(2026, 4, 1)).precedent is None


def test_a_ruling_for_one_place_holds_only_there(
    publish: Publish, categories: dict[str, Category], district: District, arbiter: Actor
) -> None:
    publish([GENERAL])
    services.add_precedent(
        category_id=categories["C-01"].id, area_id=district.areas["community2"].id, reason="路段移交",
        lead_unit_id=district.units["housing"].id, case_id=uuid7(), by=arbiter, at=NOON,
    )  # fmt: skip
    category = categories["C-01001"].id
    inside = selectors.route(category_id=category, area_pos=district.versions["grid3"].pos, at=DAY)
    outside = selectors.route(category_id=category, area_pos=district.versions["grid1"].pos, at=DAY)
    assert inside.lead_unit == district.units["housing"]
    assert outside.lead_unit == district.units["urban"]


def test_a_ruling_for_a_unit_that_is_gone_falls_back_to_the_list(
    publish: Publish, categories: dict[str, Category], district: District, arbiter: Actor
) -> None:
    publish([GENERAL])
    services.add_precedent(
        category_id=categories["C-01001"].id, area_id=None, reason="路段移交",
        lead_unit_id=district.units["housing"].id, case_id=uuid7(), by=arbiter, at=NOON,
    )  # fmt: skip
    Unit.objects.filter(pk=district.units["housing"].pk).update(active=False)
    found = selectors.route(category_id=categories["C-01001"].id, area_pos=district.versions["grid1"].pos, at=DAY)
    assert found.lead_unit == district.units["urban"]


def test_each_day_is_routed_by_the_list_of_that_day(
    publish: Publish, categories: dict[str, Category], district: District
) -> None:
    publish([GENERAL], version="2025-1", valid_from="2025-01-01")
    publish([line("10", "C-01001", lead_unit="370199-zjj")], version="2026-1", valid_from="2026-03-01")
    where = {"category_id": categories["C-01001"].id, "area_pos": district.versions["grid1"].pos}
    leads = {
        day: selectors.route(**where, at=dt.date.fromisoformat(day)).lead_unit
        for day in ("2024-12-31", "2025-01-01", "2026-02-28", "2026-03-01")
    }
    assert [unit.code if unit else None for unit in leads.values()] == [
        None, "370199-cgj", "370199-cgj", "370199-zjj"
    ]  # fmt: skip


def test_a_category_nobody_knows_is_a_problem(publish: Publish) -> None:
    publish([GENERAL])
    with pytest.raises(selectors.NoSuchCategory):
        selectors.route(category_id=uuid7(), area_pos=0, at=DAY)


@pytest.mark.parametrize("kind", [UnitKind.SUBDISTRICT, UnitKind.COMMUNITY, UnitKind.GRID_TEAM])
def test_units_in_memory_serve_as_the_database_says(kind: UnitKind, district: District) -> None:
    Unit.objects.filter(pk=district.units["team3"].pk).update(active=False)
    book.announce_write()
    held = book.current()
    for version in district.versions.values():
        assert held.unit_serving(version.pos, kind) == org.unit_serving(version.pos, kind)


def test_routing_costs_no_query_and_little_time(
    publish: Publish, categories: dict[str, Category], district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish([GENERAL, STREET, COMMUNITY, GRID, PARENT])
    read = book.current()
    monkeypatch.setattr(book, "current", lambda: read)  # as after the commit: nothing is re-read for seconds
    where = {"category_id": categories["C-01001"].id, "area_pos": district.versions["grid3"].pos, "at": DAY}
    routing.route(**where)
    with CaptureQueriesContext(connection) as queries:
        best = min(_microseconds(where) for _ in range(5))
    assert len(queries) == 0
    assert best < 300  # some 25 µs on a quiet machine


def _microseconds(where: dict[str, Any]) -> float:
    start = time.perf_counter()
    for _ in range(200):
        routing.route(**where)
    return (time.perf_counter() - start) / 200 * 1e6
