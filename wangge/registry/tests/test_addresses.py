import pytest

from wangge.kit.text import fold
from wangge.registry.addresses import building_numbers, street_number, street_numbers_in


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("市中区大观园街道经四路198号纬一路小区1号楼", "经四路198号"),
        ("山东省济南市市中区建设路85-3号", "建设路85-3号"),
        ("济南市市中区泺源大街 12 号", "泺源大街12号"),
        ("市中区英雄山路东段７号", "英雄山路7号"),
        ("市中区白马山街道白马家园3号楼", ""),
        ("市中区舜玉小区", ""),
        ("", ""),
    ],
)
def test_road_and_house_number_of_an_address(address, key):
    assert street_number(address) == key


def test_running_text_may_mean_any_ending_of_the_road():
    assert "经四路198号" in street_numbers_in("我住在经四路198号附近")
    assert street_numbers_in("没有门牌") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("纬一路小区3号楼", {"3"}),
        ("3#楼下", {"3"}),
        ("12栋2单元", {"12"}),
        ("十二号楼", {"12"}),
        ("二十三栋", {"23"}),
        ("三号楼和五号楼", {"3", "5"}),
        ("B座大厅", {"b"}),
        ("经四路198号", set()),
        ("楼道里", set()),
        ("三楼", {"3"}),
    ],
)
def test_building_numbers_in_text(text, numbers):
    assert building_numbers(fold(text)) == numbers
