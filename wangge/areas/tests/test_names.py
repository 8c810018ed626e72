from types import SimpleNamespace
from uuid import UUID

import pytest

from wangge.areas.names import Finder, forms
from wangge.kit.tree import AREAS

DISTRICT = AREAS.child(0, 0, 1)


def area(number, level, code, name, pos):
    return SimpleNamespace(area_id=UUID(int=number), level=level, code=code, name=name, pos=pos)


def subdistrict(ordinal):
    return AREAS.child(DISTRICT, 1, ordinal)


AREA_ROWS = [
    area(1, 0, "370103", "市中区", DISTRICT),
    area(2, 1, "370103002", "大观园街道", subdistrict(1)),
    area(3, 1, "370103021", "党家街道", subdistrict(2)),
    area(4, 2, "370103002001", "纬一路社区居民委员会", AREAS.child(subdistrict(1), 2, 1)),
    area(5, 2, "370103021200", "党家村", AREAS.child(subdistrict(2), 2, 1)),
    area(6, 2, "370103002002", "新村社区", AREAS.child(subdistrict(1), 2, 2)),
    area(7, 2, "370103021201", "新村社区", AREAS.child(subdistrict(2), 2, 2)),
]
FINDER = Finder(AREA_ROWS, {UUID(int=4): ["睦和苑"]})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("大观园街道纬一路社区门口有垃圾", "370103002001"),
        ("纬一路社区", "370103002001"),
        ("纬一路社区居委会不开门", "370103002001"),
        ("大观园街道办事处", "370103002"),
        ("大观园街办", "370103002"),
        ("睦和苑三号楼", "370103002001"),
        ("编号370103021200的村", "370103021200"),
        ("党家街道修路", "370103021"),
        ("党家村修路", "370103021200"),
        ("党家街道新村社区", "370103021201"),
        ("大观园街道新村社区", "370103002002"),
        ("大 观 园 街 道", "370103002"),
        ("市中区有个坑", "370103"),
    ],
)
def test_a_named_area_is_found(text, code):
    assert AREA_ROWS[FINDER.find(text)[0].index].code == code


@pytest.mark.parametrize("text", ["A3区某小区", "", "纬一路12号门口", "西地省C市", "13703030021", "370103002099"])
def test_text_that_names_no_area_finds_none(text):
    assert FINDER.find(text) == []


def test_one_name_in_two_subdistricts_is_worth_less_until_the_subdistrict_is_named():
    both = FINDER.find("新村社区停水")
    assert {AREA_ROWS[m.index].code for m in both} == {"370103002002", "370103021201"}
    assert {m.score for m in both} == {0.5}
    assert FINDER.find("党家街道新村社区停水")[0].score == 1.0


def test_a_community_of_another_subdistrict_than_the_named_one_is_doubted():
    scores = {AREA_ROWS[m.index].code: m.score for m in FINDER.find("党家街道纬一路社区")}
    assert scores["370103021"] > scores["370103002001"]


def test_a_long_text_is_searched_quickly():
    import time

    started = time.perf_counter()
    FINDER.find("大观园街道" * 20_000)
    assert time.perf_counter() - started < 5


def test_a_bare_stem_stays_a_suggestion_even_beside_its_subdistrict():
    (best,) = (m for m in FINDER.find("党家街道的党家有人吵架") if AREA_ROWS[m.index].level == 2)
    assert best.score == 0.7


def test_forms_of_a_name():
    assert set(forms("纬一路社区居民委员会")) == {"纬一路社区居民委员会", "纬一路社区", "纬一路"}
    assert {"大观园街道办", "大观园街办"} <= set(forms("大观园街道"))
