import datetime as dt
import time

import pytest

from wangge.areas import selectors, services
from wangge.areas.models import Area, AreaVersion, BoundaryStatus
from wangge.areas.tests.conftest import BOXES, DAY, ROWS, geojson, sheet
from wangge.audit.models import Entry
from wangge.kit.errors import Invalid

LATER = dt.date(2026, 6, 1)


def import_rows(*rows, **more):
    return services.import_areas(rows=sheet(*rows), source="test", by=None, **{"valid_from": DAY} | more)


def test_rows_become_a_tree(small):
    grid = small("370199001001002")
    assert [v.name for v in selectors.path(grid.pos)] == ["试点区", "东街道", "甲社区", "甲二网格"]
    district, street, community = selectors.ancestors(grid.pos)
    assert selectors.area_for_pos(community).code == "370199001001"
    assert (selectors.area_for_pos(street).code, selectors.area_for_pos(district).code) == ("370199001", "370199")
    assert small("370199").pos <= grid.pos < small("370199").pos_end
    assert not small("370199002").pos <= grid.pos < small("370199002").pos_end


def test_an_import_is_logged_once(small):
    assert Entry.objects.filter(action="areas:area:import").count() == 1
    assert Entry.objects.filter(action="areas:boundary:import").count() == 1


def test_importing_the_same_sheet_again_changes_nothing(small):
    before = AreaVersion.objects.count()
    assert import_rows(*ROWS) == services.Imported(created=0, changed=0, unchanged=len(ROWS))
    drawn = services.import_boundaries(data=geojson(BOXES), crs="CGCS2000", source="test", by=None)
    assert (drawn.changed, drawn.unchanged) == (0, len(BOXES))
    assert AreaVersion.objects.count() == before
    assert Entry.objects.filter(action="areas:area:import").count() == 1


def test_a_changed_row_makes_a_version_from_its_day_on(small):
    assert import_rows(("2", "370199001001", "甲新社区", "", "", "120", LATER.isoformat())).changed == 1
    assert small("370199001001", LATER).name == "甲新社区"
    assert small("370199001001", LATER - dt.timedelta(1)).name == "甲社区"
    assert small("370199001001", LATER).households == 120


def test_a_changed_row_of_the_same_day_is_a_correction_that_keeps_the_old_record(small):
    import_rows(("2", "370199001001", "甲新社区"))
    area_id = small("370199001001").area_id
    assert small("370199001001").name == "甲新社区"
    assert set(AreaVersion.objects.filter(area_id=area_id).values_list("name", flat=True)) == {"甲社区", "甲新社区"}
    assert AreaVersion.objects.at(DAY).get(area_id=area_id).name == "甲新社区"


def test_what_was_known_at_an_earlier_moment_can_be_read(small):
    moment = AreaVersion.objects.get(code="370199001001", superseded_at=None).recorded_at
    import_rows(("2", "370199001001", "甲新社区"))
    known = AreaVersion.objects.known_at(moment).valid_on(DAY).get(code="370199001001")
    assert known.name == "甲社区"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("9", "370199", "区"), "level"),
        (("1", "37019900", "街道"), "9 ASCII digits"),
        (("1", "３７０１９９００１", "街道"), "9 ASCII digits"),
        (("1", "370199003", ""), "name"),
        (("1", "370199003", "街\x07道"), "control"),
        (("1", "370199003", "街" * 81), "too long"),
        (("1", "370199003", "街道", "", "370102"), "begin with"),
        (("1", "370102003", "街道"), "no area 370102"),
        (("1", "370199003", "街道", "", "", "十户"), "households"),
        (("1", "370199003", "街道", "", "", "", "2026-02-30"), "ISO date"),
        (("1", "370199003", "街道", "", "", "", "2020-01-01"), "no area 370199"),
        (("2", "370199001001", "甲社区", "", "", "", "2020-01-01"), "no area"),
        (("0", "370199", "试点区", "", "", "", "2020-01-01"), "cannot be earlier"),
        (("1", "370199003", "街道", "一种太长太长太长太长太长太长太长的类型"), "kind"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_imported(small, row, said):
    before = AreaVersion.objects.count()
    with pytest.raises(Invalid) as caught:
        import_rows(("1", "370199009", "好街道"), row)
    (error,) = caught.value.errors
    assert error["at"] == "row 3"
    assert said in error["en"]
    assert AreaVersion.objects.count() == before


def test_every_wrong_row_is_named_at_once(db):
    with pytest.raises(Invalid) as caught:
        import_rows(("0", "x", "区"), ("1", "y", "街"), ("0", "370199", "区"), ("0", "370199", "区"))
    assert [e["at"] for e in caught.value.errors] == ["row 2", "row 3", "row 5"]


def test_parents_and_children_may_come_in_any_order(db):
    assert import_rows(*reversed(ROWS)).created == len(ROWS)


def test_headings_may_be_chinese_and_unknown_ones_are_refused():
    made = services.records(["层级", "编码", "名称", "户数"], [["街道", "370199001", "东街道", "3"]])
    assert made == [{"level": "街道", "code": "370199001", "name": "东街道", "households": "3"}]
    with pytest.raises(Invalid) as caught:
        services.records(["level", "编号"], [])
    assert [e["at"] for e in caught.value.errors] == ["column 编号", "column code", "column name"]


def test_three_thousand_areas_take_a_moment(db):
    rows = [("0", "370199", "区")]
    for s in range(1, 18):
        rows.append(("1", f"370199{s:03d}", f"街道{s}"))
        for c in range(1, 13):
            rows.append(("2", f"370199{s:03d}{c:03d}", f"社区{s}-{c}"))
            rows += [("3", f"370199{s:03d}{c:03d}{g:03d}", f"网格{g}") for g in range(1, 17)]
    started = time.perf_counter()
    assert import_rows(*rows).created == len(rows) > 3400
    assert time.perf_counter() - started < 10
    assert Area.objects.count() == len(rows)


def test_boundaries_bring_label_point_area_and_status(small):
    grid = small("370199001001001")
    assert grid.boundary_status == BoundaryStatus.DEMONSTRATION
    assert 117.00 < grid.lon < 117.01
    assert 36.60 < grid.lat < 36.61
    assert grid.area_km2 == pytest.approx(0.8937 * 1.1099, rel=0.01)


def test_aliases_are_added_once_and_unknown_codes_refused(small):
    assert services.set_aliases(pairs=[("370199001001", "老甲家")]) == 1
    assert services.set_aliases(pairs=[("370199001001", "老甲家")]) == 0
    assert selectors.find_by_text("老甲家门口")[0].area_version.code == "370199001001"
    with pytest.raises(Invalid) as caught:
        services.set_aliases(pairs=[("1", "某处")])
    assert caught.value.errors[0]["at"] == "row 2"
