import datetime as dt

import pytest
import shapely
from shapely.geometry import box

from wangge.areas import selectors, services
from wangge.areas.models import AreaVersion
from wangge.areas.services import LaterVersion, Part
from wangge.areas.tests.conftest import BOXES, DAY
from wangge.audit.models import Entry
from wangge.kit.errors import Invalid, NotFound

LATER = dt.date(2026, 6, 1)
BEFORE = LATER - dt.timedelta(1)
INSIDE = (117.005, 36.605)  # of 甲一网格


def test_a_renamed_area_keeps_its_old_name_for_its_days(small):
    area = small("370199001001").area_id
    services.rename(area_id=area, name="甲新社区", by=None, valid_from=LATER)
    assert selectors.version_at(area, BEFORE).name == "甲社区"
    assert selectors.version_at(area, LATER).name == "甲新社区"
    assert Entry.objects.get(action="areas:area:rename").subject_id == area


def test_a_recoded_area_takes_its_grids_codes_along(small):
    area = small("370199001001").area_id
    services.recode(area_id=area, code="370199001009", by=None, valid_from=LATER)
    assert selectors.by_code("370199001009001", LATER).name == "甲一网格"
    assert selectors.by_code("370199001001001", LATER) is None
    assert selectors.by_code("370199001001001", BEFORE).pos == selectors.by_code("370199001009001", LATER).pos


@pytest.mark.parametrize("code", ["370199001002", "37019900100", "３７０１９９００１００９"])
def test_a_code_that_is_taken_or_malformed_is_refused(small, code):
    with pytest.raises(Invalid):
        services.recode(area_id=small("370199001001").area_id, code=code, by=None, valid_from=LATER)


def test_a_moved_community_gets_a_new_place_with_all_its_grids_and_keeps_the_old_one_for_its_days(small):
    community, grid = small("370199001001"), small("370199001001001")
    services.move(
        area_id=community.area_id, parent_id=small("370199002").area_id, code="370199002009", by=None, valid_from=LATER
    )
    moved, moved_grid = (selectors.version_at(v.area_id, LATER) for v in (community, grid))
    west = small("370199002")
    assert west.pos <= moved.pos <= moved_grid.pos < moved_grid.pos_end <= moved.pos_end <= west.pos_end
    assert moved_grid.code == "370199002009001"
    assert selectors.version_at(grid.area_id, BEFORE).pos == grid.pos
    assert selectors.locate(*INSIDE, at=LATER).version.pos == moved_grid.pos
    assert selectors.locate(*INSIDE, at=BEFORE).version.pos == grid.pos
    assert selectors.area_for_pos(grid.pos, LATER).area_id == grid.area_id


def test_a_place_in_the_tree_is_never_given_twice(small):
    used = set(AreaVersion.objects.values_list("pos", flat=True))
    services.move(
        area_id=small("370199001001").area_id, parent_id=small("370199002").area_id, by=None, valid_from=LATER
    )
    services.move(
        area_id=small("370199001001").area_id,
        parent_id=small("370199001").area_id,
        by=None,
        valid_from=LATER + dt.timedelta(30),
    )
    later = selectors.version_at(small("370199001001").area_id, LATER + dt.timedelta(31))
    assert later.pos not in used


def test_an_area_hangs_only_under_the_level_above(small):
    with pytest.raises(Invalid):
        services.move(area_id=small("370199001001001").area_id, parent_id=small("370199002").area_id, by=None)


HALVES = (box(117.00, 36.60, 117.01, 36.605), box(117.00, 36.605, 117.01, 36.61))


def split_grid(small, *parts, day=LATER):
    return services.split(area_id=small("370199001001001").area_id, parts=parts, by=None, valid_from=day)


def test_a_split_grid_gives_way_to_its_parts_on_its_day(small):
    south, north = split_grid(
        small,
        Part("370199001001003", "甲三网格", HALVES[0], 40),
        Part("370199001001004", "甲四网格", HALVES[1], 60),
    )
    assert selectors.locate(117.005, 36.607, at=LATER).version.area_id == north.area_id
    assert selectors.locate(117.005, 36.607, at=BEFORE).version.code == "370199001001001"
    assert selectors.by_code("370199001001001", LATER) is None
    assert south.pos != selectors.by_code("370199001001001", BEFORE).pos
    assert Entry.objects.get(action="areas:area:split").data["into"][0]["code"] == "370199001001003"


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ((HALVES[0], HALVES[0]), "not the area"),
        ((HALVES[0], box(117.00, 36.604, 117.01, 36.61)), "overlap"),
        ((HALVES[0], None), "boundary"),
    ],
)
def test_parts_must_cover_the_whole_once(small, shapes, said):
    parts = [Part(f"37019900100100{i}", f"部分{i}", shape) for i, shape in enumerate(shapes, start=3)]
    with pytest.raises(Invalid) as caught:
        split_grid(small, *parts)
    assert said in caught.value.detail_en


def test_a_split_community_hands_each_grid_to_one_part(small):
    parts = [
        Part("370199001005", "甲东社区", box(117.00, 36.60, 117.01, 36.61), children=["370199001001001"]),
        Part("370199001006", "甲西社区", box(117.01, 36.60, 117.02, 36.61), children=["370199001001002"]),
    ]
    east, west = services.split(area_id=small("370199001001").area_id, parts=parts, by=None, valid_from=LATER)
    grid = selectors.by_code("370199001001002", LATER)
    assert (grid.parent_id, west.pos <= grid.pos < west.pos_end) == (west.area_id, True)
    with pytest.raises(Invalid):
        services.split(area_id=east.area_id, parts=[Part("370199001007", "a"), Part("370199001008", "b")], by=None)


def test_merged_grids_become_one_with_their_outline_and_households(small):
    olds = [small("370199001001001"), small("370199001001002")]
    made = services.merge(
        area_ids=[v.area_id for v in olds], code="370199001001005", name="甲大网格", by=None, valid_from=LATER
    )
    stored = AreaVersion.objects.at(LATER).get(area_id=made.area_id)
    assert shapely.from_wkb(bytes(stored.boundary)).equals(box(117.00, 36.60, 117.02, 36.61))
    assert selectors.locate(*INSIDE, at=LATER).version.code == "370199001001005"
    assert selectors.version_at(olds[0].area_id, LATER) is None


def test_merged_communities_take_their_grids_along(small):
    olds = [small("370199001001").area_id, small("370199001002").area_id]
    made = services.merge(area_ids=olds, code="370199001005", name="甲乙社区", by=None, valid_from=LATER)
    grid = selectors.by_code("370199001002001", LATER)
    assert made.pos < grid.pos < made.pos_end


def test_only_areas_of_one_parent_merge(small):
    with pytest.raises(Invalid):
        services.merge(
            area_ids=[small("370199001002").area_id, small("370199002001").area_id],
            code="370199001005",
            name="混",
            by=None,
        )


def test_a_change_may_not_run_into_a_later_one(small):
    area = small("370199001001").area_id
    services.rename(area_id=area, name="甲新社区", by=None, valid_from=LATER)
    with pytest.raises(LaterVersion):
        services.rename(area_id=area, name="甲旧社区", by=None, valid_from=BEFORE)


def test_an_area_unknown_on_that_day_cannot_change(small):
    with pytest.raises(NotFound):
        services.rename(area_id=small("370199001001").area_id, name="早", by=None, valid_from=DAY - dt.timedelta(1))


def test_every_day_has_exactly_one_truth_for_each_area(small):
    split_grid(small, Part("370199001001003", "三", HALVES[0]), Part("370199001001004", "四", HALVES[1]))
    services.rename(area_id=small("370199001001").area_id, name="新", by=None, valid_from=LATER)
    for day in (DAY, BEFORE, LATER, LATER + dt.timedelta(400)):
        versions = AreaVersion.objects.at(day)
        assert len({v.area_id for v in versions}) == len(versions) == len(BOXES) + (day >= LATER)
        assert len({v.pos for v in versions}) == len(versions)
