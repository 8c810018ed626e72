import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wangge.areas import services as areas
from wangge.areas.tests.conftest import BOXES, DAY, ROWS, geojson, sheet
from wangge.kit.errors import Invalid
from wangge.registry import selectors, services
from wangge.registry.models import Building, Estate

# code, estate, name, address, grid, lon, lat
BUILDINGS = [
    ("A-1", "和苑小区", "1号楼", "东街道经四路198号和苑小区1号楼", "370199001001001", 117.001, 36.601),
    ("A-2", "和苑小区", "2号楼", "东街道经四路198号和苑小区2号楼", "370199001001001", 117.002, 36.601),
    ("A-12", "和苑小区", "12号楼", "东街道经四路198号和苑小区12号楼", "370199001001002", 117.012, 36.601),
    ("B-1", "新村小区", "1号楼", "东街道纬二路5号新村小区1号楼", "370199001002001", 117.021, 36.602),
    ("C-1", "新村小区", "1号楼", "西街道南辛路9号新村小区1号楼", "370199002001001", 117.031, 36.603),
    ("P-1", "", "甲社区党群服务中心", "东街道经四路200号甲社区党群服务中心", "370199001001001", 117.003, 36.605),
]


def rows(*given):
    names = ("code", "estate", "name", "address", "grid_code", "lon", "lat")
    return [dict(zip(names, row, strict=True)) | {"kind": "residential", "households": 10} for row in given]


@pytest.fixture
def places(db):
    areas.import_areas(rows=sheet(*ROWS), source="test", by=None, valid_from=DAY)
    areas.import_boundaries(data=geojson(BOXES), crs="WGS84", source="test", by=None)
    services.load_buildings(rows(*BUILDINGS))


@pytest.mark.parametrize(
    ("text", "code", "score"),
    [
        ("东街道经四路198号和苑小区2号楼3单元漏水", "A-2", 1.0),
        ("和苑小区2号楼楼道灯不亮", "A-2", 0.9),
        ("和苑小区十二号楼", "A-12", 0.9),
        ("西街道新村小区1号楼", "C-1", 0.9),
        ("甲社区党群服务中心门口", "P-1", 0.85),
        ("我在经四路200号附近", "P-1", 0.8),
        ("纬二路5号门前", "B-1", 0.8),
    ],
)
def test_a_text_finds_its_building(places, text, code, score):
    best = selectors.find_address(text)[0]
    assert (best.building.code, best.score) == (code, score)
    assert best.reason["zh"]


def test_a_compound_alone_is_a_place_but_no_building(places):
    best = selectors.find_address("和苑小区门口有垃圾")[0]
    assert (best.building, best.score, best.text) == (None, 0.6, "和苑小区")
    assert best.where == "东街道甲社区"
    assert 117.001 < best.lon < 117.012


def test_two_compounds_of_one_name_are_both_offered_until_the_street_is_named(places):
    assert [c.score for c in selectors.find_address("新村小区1号楼")] == [0.9, 0.9]
    both = {c.building.code: c.score for c in selectors.find_address("东街道新村小区1号楼")}
    assert both == {"B-1": 0.9, "C-1": 0.45}


def test_a_house_number_of_several_buildings_is_worth_less(places):
    assert {c.score for c in selectors.find_address("经四路198号")} == {0.56}


ROAD = [
    ("R-10", "", "甲楼", "东街道环山路10号", "370199001001001", 117.001, 36.601),
    ("R-20", "", "乙楼", "东街道环山路20号", "370199001001001", 117.001, 36.602),
    ("R-30", "", "丙楼", "东街道环山路30号", "370199001001002", 117.012, 36.601),
    ("R-60", "", "丁楼", "东街道环山路60号", "370199001001001", 117.001, 36.603),
    ("R-66", "", "戊楼", "东街道环山路66号", "370199001002001", 117.021, 36.602),
    ("R-90", "", "己楼", "东街道环山路90号", "370199001001001", 117.001, 36.604),
    ("R-91", "", "庚楼", "东街道环山路91号", "370199001002001", 117.021, 36.603),
]


@pytest.mark.parametrize(
    ("text", "where", "by"),
    [
        ("环山路14号", "东街道甲社区甲一网格", "环山路10号"),  # one grid on both sides
        ("我住在环山路16号门口", "东街道甲社区甲一网格", "环山路20号"),
        ("东街道环山路26号", "东街道甲社区", "环山路30号"),  # two grids of one community
        ("环山路2号", "东街道甲社区", "环山路10号"),  # nothing known below
        ("环山路64号", None, None),  # two communities
        ("环山路88号", None, None),  # the other side of the road is another community's
        ("环山路200号", None, None),  # nothing within twenty
        ("北环山路14号", None, None),  # perhaps another road
        ("环山路14号和纬二路7号之间", None, None),  # two roads
        ("某路14号", None, None),
    ],
)
def test_an_unknown_house_number_is_placed_by_its_neighbours_on_the_road(places, text, where, by):
    services.load_buildings(rows(*ROAD))
    found = selectors.near_number(text)
    assert (found.where if found else None) == where
    if found:
        assert found.building is None
        assert found.score == 0.5
        assert by in found.reason["zh"]
        assert by in found.reason["en"]


@pytest.mark.parametrize("text", ["", "楼", "A3区某小区1号楼", "没有这个地方"])
def test_a_text_that_names_no_place_finds_none(places, text):
    assert selectors.find_address(text) == []


def test_a_part_of_a_name_suggests_compounds(places):
    assert [c.text for c in selectors.search_estates("和苑")] == ["和苑小区"]
    assert [c.score for c in selectors.find_address("新村")] == [0.5, 0.5]
    assert selectors.search_estates("") == []


@pytest.mark.parametrize(
    ("point", "metres", "code"),
    [
        ((117.001, 36.601), 10, "A-1"),
        ((117.0016, 36.601), 60, "A-2"),
        ((117.0014, 36.601), 60, "A-1"),
        ((117.005, 36.601), 100, None),
        ((0.0, 0.0), 100, None),
    ],
)
def test_the_nearest_building_is_found_within_the_distance(places, point, metres, code):
    found = selectors.building_near(*point, metres)
    assert (found.code if found else None) == code


def test_loading_again_changes_and_does_not_double(places):
    ids = dict(Building.objects.values_list("code", "pk"))
    changed = ("A-1", "和苑小区", "甲1号楼", "东街道经四路198号和苑小区甲1号楼", "370199001001002", 117.011, 36.601)
    services.load_buildings(rows(changed, *BUILDINGS[1:]))
    assert dict(Building.objects.values_list("code", "pk")) == ids
    assert Estate.objects.count() == 3
    assert Building.objects.get(code="A-1").name == "甲1号楼"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("X-1", "", "楼", "某路1号", "370199001001009", 117.0, 36.6), "no grid"),
        (("X-1", "", "楼", "某路1号", "370199001001", 117.0, 36.6), "no grid"),
        (("X-1", "", "", "某路1号", "370199001001001", 117.0, 36.6), "empty"),
        (("X-1", "", "楼", "某路1号", "370199001001001", "nan", 36.6), "longitude"),
        (("X-1", "", "楼", "某路1号", "370199001001001", "东", 36.6), "longitude"),
        (("A-1", "", "楼", "某路1号", "370199001001001", 117.0, 36.6), "also in row 2"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_loaded(places, row, said):
    Building.objects.all().delete()
    with pytest.raises(Invalid) as caught:
        services.load_buildings(rows(BUILDINGS[0], row))
    (error,) = caught.value.errors
    assert error["at"] == "row 3"
    assert said in error["en"]
    assert not Building.objects.exists()


def test_five_thousand_buildings_take_a_moment_and_are_found_with_few_queries(places):
    many = [
        (f"M-{e}-{n}", f"家园{e}区", f"{n}号楼", f"东街道大路{e}号家园{e}区{n}号楼", "370199001001001", 117.001, 36.601)
        for e in range(100, 350)
        for n in range(1, 21)
    ]
    started = time.perf_counter()
    assert services.load_buildings(rows(*many)) == 5000
    assert time.perf_counter() - started < 10
    selectors.find_address("家园300区")
    with CaptureQueriesContext(connection) as queries:
        best = selectors.find_address("东街道家园300区7号楼")[0]
    assert best.building.code == "M-300-7"
    assert len(queries) == 1
