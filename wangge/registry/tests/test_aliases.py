import datetime as dt
from uuid import UUID, uuid4

import pytest

from wangge.areas import selectors as divisions
from wangge.areas import services as areas
from wangge.areas.tests.conftest import BOXES, DAY, ROWS, geojson, sheet
from wangge.audit import selectors as audit
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope
from wangge.registry import selectors, services
from wangge.registry.models import AliasState, PlaceAlias
from wangge.registry.places import learning
from wangge.registry.selectors import aliases
from wangge.registry.selectors.found_places import gazetteer
from wangge.registry.services.aliases import AliasAmbiguous, AliasSettled
from wangge.registry.tests.test_places import BUILDINGS, rows

AT = dt.datetime(2026, 11, 2, 2, tzinfo=dt.UTC)


@pytest.fixture
def places(db):
    areas.import_areas(rows=sheet(*ROWS), source="test", by=None, valid_from=DAY)
    areas.import_boundaries(data=geojson(BOXES), crs="WGS84", source="test", by=None)
    services.load_buildings(rows(*BUILDINGS))


def person(number):
    return scope.Actor(
        UUID(int=number), f"员{number}", None, 0, "", None, frozenset(), frozenset(), scope.EVERYTHING
    )  # fmt: skip


def correct(address, *, by=1, code="370199001002001", case=None):
    area = divisions.by_code(code)
    return services.learn_from_correction(
        address=address, story="", area_id=area.area_id, case_id=case or uuid4(), by=person(by), at=AT
    )


@pytest.mark.parametrize(
    ("address", "story", "phrase"),
    [
        ("东街道老电影院3号楼2单元", "", "老电影院"),
        ("我住在老电影院附近，电话13812345678", "", "老电影院"),
        ("", "反映老机床厂宿舍门口路面塌陷", "老机床厂宿舍"),
        ("", "没有说在哪里", ""),
        ("13812345678", "110101199003078515", ""),
    ],
)
def test_the_words_that_named_a_place(places, address, story, phrase):
    assert learning.phrase_of(address, story, gazetteer()) == phrase


def test_enough_people_correcting_alike_make_an_alias_and_texts_are_placed_by_it(places):
    assert not selectors.find_place("老电影院3号楼").candidates
    assert correct("老电影院3号楼").state == AliasState.PROPOSED
    assert correct("老电影院5号楼").state == AliasState.PROPOSED  # two matters, one person
    alias = correct("老电影院门口", by=2)
    assert alias.state == AliasState.ACTIVE
    found = selectors.find_place("老电影院门口有垃圾")
    assert found.sure
    assert found.best.path[-1] == "乙一网格"
    assert [e.action for e in audit.log_of(subject_type="place_alias", subject_id=alias.pk)] == [
        "registry:alias:propose",
        "registry:alias:accept",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "楼道", "不详", "同上", "本小区3号楼", "小区门口", "学校旁边", "地下车库", "手机店对面", "公园里", "菜市场",
        "张三家", "王大爷家门口", "来电人不愿透露", "我们小区", "居民楼1单元",
    ],
)  # fmt: skip
def test_what_is_said_of_every_place_is_the_name_of_none(places, address):
    assert learning.phrase_of(address, "", gazetteer()) == ""
    assert correct(address) is None


def test_one_phrase_corrected_to_two_streets_is_the_name_of_neither(places):
    for by in (1, 2, 3):
        first = correct("老电影院", by=by)
    assert first.state == AliasState.ACTIVE
    second = correct("老电影院", by=4, code="370199002001001")
    assert PlaceAlias.objects.get(pk=first.pk).state == AliasState.PROPOSED
    assert not selectors.find_place("老电影院").sure
    for by in (5, 6, 7):
        second = correct("老电影院", by=by, code="370199002001001")
    assert second.state == AliasState.PROPOSED
    assert second.conflict == first.target_name
    with pytest.raises(AliasAmbiguous):
        services.decide_alias(alias_id=second.pk, step="accept", reason="就是那里", by=person(9))


def test_a_phrase_that_matters_of_other_streets_say_too_waits_for_a_person(places):
    area = divisions.by_code("370199001002001")
    for by in (1, 2, 3):
        alias = services.learn_from_correction(
            address="老电影院", story="", area_id=area.area_id, case_id=uuid4(), by=person(by), at=AT,
            told_elsewhere=lambda phrase, street: phrase == "老电影院",
        )  # fmt: skip
    assert alias.state == AliasState.PROPOSED
    services.decide_alias(alias_id=alias.pk, step="accept", reason="只有一处", by=person(9))
    assert selectors.find_place("老电影院").sure


def test_the_same_matter_counts_once(places):
    case = uuid4()
    for by in (1, 2, 3, 4):
        alias = correct("老电影院", by=by, case=case)
    assert alias.state == AliasState.PROPOSED


def test_a_person_decides_with_a_reason_and_may_take_it_back(places):
    alias = correct("老电影院3号楼")
    with pytest.raises(Invalid):
        services.decide_alias(alias_id=alias.pk, step="accept", reason=" ", by=person(9))
    services.decide_alias(alias_id=alias.pk, step="accept", reason="居民都这样叫", by=person(9))
    assert selectors.find_place("老电影院").candidates
    with pytest.raises(AliasSettled):
        services.decide_alias(alias_id=alias.pk, step="reject", reason="再想想", by=person(9))
    services.decide_alias(alias_id=alias.pk, step="retire", reason="已拆除", by=person(9))
    assert not selectors.find_place("老电影院").candidates
    (row,), total = aliases.aliases()
    assert (row["state"], row["reason"], row["actions"], total) == ("retired", "已拆除", ["accept"], 1)
    with pytest.raises(NotFound):
        services.decide_alias(alias_id=uuid4(), step="accept", reason="x", by=person(9))


def test_a_rejected_phrase_is_not_made_an_alias_by_more_corrections(places):
    alias = correct("老电影院")
    services.decide_alias(alias_id=alias.pk, step="reject", reason="另有其处", by=person(9))
    for by in (2, 3, 4):
        correct("老电影院", by=by)
    assert PlaceAlias.objects.get().state == AliasState.REJECTED


def test_a_phrase_that_names_a_place_in_another_street_never_becomes_an_alias(places):
    for by in (1, 2, 3):
        alias = correct("和苑小区", by=by, code="370199002001001")
    assert alias.state == AliasState.PROPOSED
    assert "和苑小区" in alias.conflict
    with pytest.raises(AliasAmbiguous):
        services.decide_alias(alias_id=alias.pk, step="accept", reason="就是那里", by=person(9))
    assert selectors.find_place("和苑小区2号楼").best.code == "A-2"
