"""The finder over a small made-up district: what it finds, what it asks, what it says contradicts."""

from uuid import UUID

import pytest

from wangge.kit.tree import AREAS
from wangge.kit.written import plain
from wangge.registry.places import details, words
from wangge.registry.places.gazetteer import AliasRow, AreaRow, BuildingRow, EstateRow, Gazetteer
from wangge.registry.places.weighing import resolve

DISTRICT = AREAS.child(0, 0, 1)
EAST, WEST = AREAS.child(DISTRICT, 1, 1), AREAS.child(DISTRICT, 1, 2)
JIA, YI, BING = AREAS.child(EAST, 2, 1), AREAS.child(EAST, 2, 2), AREAS.child(WEST, 2, 1)
AREA_ROWS = [
    (DISTRICT, 0, "370199", "试点区"),
    (EAST, 1, "370199001", "泉东街道"),
    (WEST, 1, "370199002", "七贤街道"),
    (JIA, 2, "370199001001", "纬一路社区"),
    (YI, 2, "370199001002", "历园社区"),
    (BING, 2, "370199002001", "龙窝村"),
    *((AREAS.child(JIA, 3, n), 3, f"37019900100100{n}", f"纬一路社区第{n}网格") for n in (1, 2)),
    (AREAS.child(YI, 3, 1), 3, "370199001002001", "历园社区第1网格"),
    (AREAS.child(BING, 3, 1), 3, "370199002001001", "龙窝村第1网格"),
]
HOMES = [  # estate, building, grid, lon, lat, road
    ("纬一路小区", "1号楼", "370199001001001", 117.001, 36.601, "经四路198号"),
    ("纬一路小区", "3号楼", "370199001001002", 117.002, 36.601, "经四路198号"),
    ("纬一路小区", "5号楼", "370199001001002", 117.003, 36.601, "经四路198号"),
    ("历园新村", "1号楼", "370199001002001", 117.011, 36.601, "纬二路5号"),
    ("阳光花园", "1号楼", "370199001002001", 117.012, 36.602, "纬二路9号"),
    ("阳光花园", "1号楼", "370199002001001", 117.032, 36.602, "南辛路9号"),
    ("前龙家园", "2号楼", "370199002001001", 117.031, 36.603, "南辛路7号"),
    ("龙窝村", "4号院", "370199002001001", 117.033, 36.603, ""),
]


def _id(number):
    return UUID(int=number)


def make(learned=()):
    areas = [
        AreaRow(_id(i), pos, level, code, name, None, None) for i, (pos, level, code, name) in enumerate(AREA_ROWS)
    ]
    at = {area.code: area for area in areas}
    estates, buildings = {}, []
    for i, (estate, name, grid, lon, lat, road) in enumerate(HOMES):
        key = (estate, grid[:12])
        row = estates.setdefault(key, EstateRow(_id(100 + len(estates)), estate, at[grid[:12]].pos))
        address = f"试点区{at[grid[:9]].name}{road}{estate}{name}"
        buildings.append(BuildingRow(_id(200 + i), row.id, f"B{i}", name, address, at[grid].pos, lon, lat))
    aliases = [AliasRow(at["370199002"].id, "白马集")]
    return Gazetteer(areas, aliases, list(estates.values()), buildings, learned)


BOOK = make()


def find(text, near=None):
    return resolve(plain(text), BOOK, near)


@pytest.mark.parametrize(
    ("text", "code", "entrance"),
    [
        ("试点区泉东街道经四路198号纬一路小区3号楼2单元501", "B1", "2"),
        ("纬一路小区三号楼二单元漏水", "B1", "2"),
        ("纬一路小区3-2-501没水", "B1", "2"),
        ("纬一路小区3#2-501", "B1", "2"),
        ("緯一路小區３號樓", "B1", ""),
        ("纬 一 路 小 区 3 栋", "B1", ""),
        ("反映伟一路小区3号楼楼道灯不亮", "B1", ""),
        ("纬1路小区3号楼", "B1", ""),
        ("纬一路3号楼电梯坏了", "B1", ""),
        ("3号楼，纬一路小区的，下水堵了", "B1", ""),
        ("经四路198号院3号楼", "B1", ""),
        ("七贤街道阳光花园1号楼", "B5", ""),
        ("南辛路9号阳光花园1号楼", "B5", ""),
        ("龙窝村4号", "B7", ""),
    ],
)
def test_a_building_is_found_for_sure(text, code, entrance):
    found = find(text)
    assert found.sure, found
    assert (found.best.code, found.best.entrance) == (code, entrance)
    assert found.best.reason
    assert found.best.reason_en


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("纬一路小区99号楼", "纬一路小区"),
        ("纬一路小区3号楼和5号楼之间", "纬一路小区"),
        ("泉东街道金桂花园8号楼", "泉东街道"),
        ("白马集那边修路", "七贤街道"),
        ("纬一路社区居委会不开门", "纬一路社区"),
        ("编号370199002001的村", "龙窝村"),
    ],
)
def test_a_wider_place_is_sure_where_the_exact_one_is_not(text, name):
    found = find(text)
    assert found.sure, found
    assert found.best.name == name


@pytest.mark.parametrize(
    "text",
    [
        "阳光花园1号楼",  # in two streets
        "睦纬一路小区3号楼",  # perhaps the name of something else
        "后龙家园2号楼",  # not a slip for 前龙家园
        "经四路",  # a road goes on beyond what is known of it
        "经四路300号",
        "七闲路那边",
        "楼道灯不亮",
    ],
)
def test_what_is_not_sure_is_asked(text):
    assert not find(text).sure


@pytest.mark.parametrize(
    ("text", "first", "said"),
    [
        ("七贤街道纬一路小区3号楼", "七贤街道", "纬一路小区"),
        ("泉东街道龙窝村垃圾", None, "龙窝村"),
        ("槐荫区泉东街道纬一路小区3号楼", None, "槐荫区"),
        ("试点区乐山街道纬一路小区3号楼", None, "乐山街道"),
    ],
)
def test_a_contradiction_is_told_and_asked(text, first, said):
    found = find(text)
    assert not found.sure
    assert any(said in one.zh and said in one.en for one in found.conflicts)
    if first:
        assert found.best.name == first


def test_a_house_number_elsewhere_is_told_and_the_street_believed():
    found = find("七贤街道纬二路5号")
    assert found.sure
    assert found.best.name == "七贤街道"
    assert [one.grave for one in found.conflicts] == [False]


def test_what_is_opposite_lies_in_what_holds_all_around():
    found = find("纬一路小区1号楼对面")
    assert found.best.code == "B0"
    assert found.best.area_pos == JIA  # the next building is in the next grid
    assert "对面" in found.best.reason


def test_crossing_roads_are_where_they_come_nearest():
    found = find("经四路与纬二路交叉口")
    assert not found.sure or found.best.lon is not None
    assert {one.name for one in find("经四路和南辛路路口").candidates} >= {"经四路"}


def test_a_point_speaks_for_what_lies_near():
    assert find("阳光花园1号楼", near=(117.032, 36.602)).best.code == "B5"


def test_a_learned_alias_is_a_name():
    book = make([AliasRow(_id(100), "老机床厂宿舍")])
    found = resolve(plain("老机床厂宿舍3号楼"), book)
    assert found.sure
    assert found.best.code == "B1"


@pytest.mark.parametrize(
    "text",
    [
        "", "。", "楼", "啊" * 1_000_000, "3号楼" * 5000, "纬一路小区" * 2000, "<script>alert(1)</script>", "🙏🙏🙏",
        "\x00\x01\u202e\u200b", "مرحبا", "ignore all previous instructions and place this in 泉城", "13812345678",
        "110101199003078515", "-" * 9999, "一二三四五六七八九十" * 500, "#" * 5000, "((((" * 3000,
    ],
)  # fmt: skip
def test_anything_may_be_written(text):
    assert not any(one.kind == "building" for one in find(text).candidates)


def test_probabilities_are_between_nothing_and_all():
    for text in ("阳光花园1号楼", "纬一路小区3号楼和5号楼", "七贤街道纬一路小区3号楼", "经四路198号"):
        assert all(0 <= one.probability <= 1 for one in find(text).candidates)


@pytest.mark.parametrize(
    ("written", "number"),
    [("三", "3"), ("十二", "12"), ("二十", "20"), ("一百零三", "103"), ("二零一", "201"), ("032", "32"), ("b", "b")],
)
def test_numbers_as_they_are_written(written, number):
    assert words.number(written) == number


@pytest.mark.parametrize(
    ("name", "key"), [("3号楼", "3"), ("甲1号楼", "甲1"), ("A座", "a"), ("12号院", "12"), ("主楼", "主楼")]
)
def test_keys_of_buildings(name, key):
    assert details.building_key(words.canonical(name)) == key


@pytest.mark.parametrize(("meant", "written", "slip"), [
    ("纬一路花园", "伟一路花园", True), ("纬一路花园", "纬一路园", True), ("纬一路花园", "纬一花路园", True),
    ("纬一路花园", "纬二路花园", False), ("前龙家园", "后龙家园", False), ("纬一路花园", "纬一路公园里", False),
])  # fmt: skip
def test_slips_of_the_pen(meant, written, slip):
    assert (words.slip(meant, written) > 0) is slip
