from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.factories import District
from wangge.areas.models import AreaVersion
from wangge.areas.services.versions import writing
from wangge.kit.ids import uuid7
from wangge.org.models import Unit
from wangge.org.scope import Actor
from wangge.responsibility import routing, selectors, services
from wangge.responsibility.models import Category, Precedent
from wangge.responsibility.tests.conftest import CATEGORIES, DAY, Publish, line

LEAVES = [row["code"] for row in CATEGORIES if row["leaf"]]
GRIDS = ["grid1", "grid2", "grid3", "grid4", "grid5"]
EVERYTHING = [line(f"9{number}", code) for number, code in enumerate(("C", "M-02", "R-03"))]


def test_a_complete_list_has_neither_hole_nor_overlap(publish: Publish, district: District) -> None:
    publish(EVERYTHING)
    report = selectors.check_owners(DAY)
    assert report.whole
    assert report.dangling == []
    assert (report.places, report.categories, report.checked) == (5, len(LEAVES), 5 * len(LEAVES))


def test_a_planted_hole_is_found_with_its_place_and_days(publish: Publish, district: District) -> None:
    publish([*EVERYTHING[1:], line("1", "C-01001"), line("2", "C-01002", area_code="370199001")])
    (hole,) = selectors.check_owners(DAY).holes
    assert (hole.category_code, hole.area, hole.places) == ("C-01002", "杆石桥街道", 1)
    assert (hole.date_from, hole.date_to) == (DAY, None)


def test_a_hole_not_filling_an_area_is_named_by_its_ends(publish: Publish, district: District) -> None:
    ends = [line("2", "C-01002", area_code="370199001001001"), line("3", "C-01002", area_code="370199002")]
    publish([*EVERYTHING[1:], line("1", "C-01001"), *ends])
    (hole,) = selectors.check_owners(DAY).holes
    assert (hole.area, hole.places) == ("睦和苑二网格 至 纬二路第二网格", 3)


def test_a_planted_overlap_is_found_with_its_items(publish: Publish, district: District) -> None:
    publish([
        *EVERYTHING,
        line("1", "C-01001", area_code="370199001"),
        line("2", "C-01001", area_code="370199001"),
        line("3", "C-01001", area_code="370199001002"),  # covers half of the overlap
    ])  # fmt: skip
    report = selectors.check_owners(DAY)
    assert report.holes == []
    (overlap,) = report.overlaps
    assert (overlap.category_code, overlap.area, overlap.places, overlap.items) == (
        "C-01001", "睦和苑社区", 2, ("1", "2"),
    )  # fmt: skip


def test_a_place_nobody_serves_is_a_hole(publish: Publish, district: District) -> None:
    Unit.objects.filter(pk=district.units["team4"].pk).update(active=False)
    publish([*EVERYTHING, line("1", "M-02001", lead_rule="grid", first_actor="grid")])
    report = selectors.check_owners(DAY)
    (hole,) = report.holes
    assert (hole.category_code, hole.area, hole.items) == ("M-02001", "纬二路第二网格", ("1",))
    assert [(d.item, d.part) for d in report.dangling] == [("1", "first")]


def test_units_that_are_gone_are_named(publish: Publish, district: District, arbiter: Actor) -> None:
    publish(
        [*EVERYTHING, line("1", "M-02001", lead_unit="370199-zjj"), line("2", "M-02002", supports="unit:370199-jtj")]
    )
    services.add_precedent(
        category_id=Category.objects.get(code="R-0301").id, area_id=None, lead_unit_id=district.units["housing"].id,
        reason="路段移交", case_id=uuid7(), by=arbiter, at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    Unit.objects.filter(code__in=["370199-zjj", "370199-jtj"]).update(active=False)
    report = selectors.check_owners(DAY)
    assert {(d.item, d.part) for d in report.dangling} == {("1", "lead"), ("2", "support"), ("R-0301", "precedent")}
    assert [hole.category_code for hole in report.holes] == ["M-02001"]


def test_a_gap_between_lists_and_the_change_to_the_next_are_seen(publish: Publish, district: District) -> None:
    publish(EVERYTHING)
    publish([*EVERYTHING, line("1", "C-01001"), line("2", "C-01001")], version="2026-2", valid_from="2026-09-01")
    report = selectors.check_owners(DAY)
    assert report.checked == 2 * 5 * len(LEAVES)
    assert [(found.date_from, found.date_to) for found in report.overlaps] == [(dt.date(2026, 9, 1), None)]
    before = selectors.check_owners(dt.date(2025, 12, 1))
    assert {(hole.date_from, hole.date_to) for hole in before.holes} == {(dt.date(2025, 12, 1), dt.date(2026, 1, 1))}
    assert {hole.area for hole in before.holes} == {"全区"}
    assert [(gap.date_from, gap.date_to) for gap in before.unlisted] == [(dt.date(2025, 12, 1), dt.date(2026, 1, 1))]
    assert report.unlisted == []


def test_a_day_before_the_first_list_is_not_whole_though_no_place_exists_yet(
    publish: Publish, district: District
) -> None:
    publish(EVERYTHING)
    early = dt.date(2019, 6, 1)  # the areas begin in 2020, the list in 2026
    with writing():
        AreaVersion.objects.filter(valid_to=None).update(valid_from=dt.date(2026, 1, 1))
    report = selectors.check_owners(early)
    assert not report.whole
    assert report.holes == []
    (gap,) = report.unlisted
    assert (gap.date_from, gap.date_to) == (early, dt.date(2026, 1, 1))
    assert gap.zh == "2019-06-01 起至 2026-01-01（不含）没有生效的权责清单"
    assert gap.en == "no responsibility list is in force from 2019-06-01 to before 2026-01-01"


def test_without_any_list_the_check_says_so(district: District) -> None:
    (gap,) = selectors.check_owners(DAY).unlisted
    assert (gap.date_from, gap.date_to) == (DAY, None)


def test_a_ruling_fills_a_hole_and_settles_an_overlap(publish: Publish, district: District, arbiter: Actor) -> None:
    publish([*EVERYTHING[1:], line("1", "C-01001"), line("2", "C-01001")])
    for code in ("C-01001", "C-01002"):
        services.add_precedent(
            category_id=Category.objects.get(code=code).id, area_id=district.areas["street1"].id, reason="裁定",
            lead_unit_id=district.units["urban"].id, case_id=uuid7(), by=arbiter,
            at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
        )  # fmt: skip
    report = selectors.check_owners(DAY)
    assert [(f.category_code, f.area) for f in report.holes] == [("C-01002", "杆石桥街道")]
    assert [(f.category_code, f.area) for f in report.overlaps] == [("C-01001", "杆石桥街道")]


lines = st.lists(
    st.builds(
        dict,
        category=st.sampled_from([row["code"] for row in CATEGORIES]),
        area_code=st.sampled_from([""] * 4 + [spec.code for spec in factories.AREA_SPECS]),
        level=st.sampled_from(["0", "1", "3"]),
        lead_rule=st.sampled_from(["unit", "unit", "subdistrict", "community", "grid"]),
        lead_unit=st.sampled_from(["370199-cgj", "370199-zjj"]),
    ),
    max_size=25,
)
rulings = st.lists(
    st.tuples(
        st.sampled_from(LEAVES),
        st.sampled_from([None, "street1", "community2", "grid3"]),
        st.sampled_from(["urban", "housing"]),
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines, rulings, st.sets(st.sampled_from(["housing", "team2", "committee3", "office2"]), max_size=2))
def test_route_and_check_agree_on_every_place_and_category(
    publish: Publish,
    district: District,
    arbiter: Actor,
    rows: list[dict[str, Any]],
    ruled: list[tuple[str, str | None, str]],
    gone: set[str],
) -> None:
    publish([line(f"{n:03}", **row) for n, row in enumerate(rows)], version=str(uuid7()))
    Unit.objects.update(active=True)
    Unit.objects.filter(pk__in=[district.units[key].pk for key in gone]).update(active=False)
    Precedent.objects.all().delete()
    for code, area, unit in ruled:
        services.add_precedent(
            category_id=Category.objects.get(code=code).id, area_id=district.areas[area].id if area else None,
            lead_unit_id=district.units[unit].id, reason="裁定", case_id=uuid7(), by=arbiter,
            at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
        )  # fmt: skip
    report = selectors.check_owners(DAY)
    wrong = {
        (kind, found.category_code, grid)
        for kind, findings in (("hole", report.holes), ("overlap", report.overlaps))
        for found in findings
        for grid in GRIDS
        if found.pos_from <= district.versions[grid].pos <= found.pos_to
    }
    for code in LEAVES:
        category = selectors.category(code)
        assert category is not None
        for grid in GRIDS:
            found = routing.route(category_id=category.id, area_pos=district.versions[grid].pos, at=DAY)
            assert (found.lead_unit is None) is (found.problem == "hole")
            assert {kind for kind, c, g in wrong if (c, g) == (code, grid)} == ({found.problem} - {None})


def test_the_report_is_the_same_every_time(publish: Publish, district: District) -> None:
    publish([*EVERYTHING, line("1", "C-01001"), line("2", "C-01001")])
    assert selectors.check_owners(DAY) == selectors.check_owners(DAY)
