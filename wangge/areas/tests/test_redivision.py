"""Communities divided anew from a day on: kept areas go on, courtyards follow, and it can be undone exactly."""

from __future__ import annotations

import datetime as dt

import pytest
from shapely.geometry import box

from wangge.areas import selectors, services
from wangge.areas.models import AreaVersion, Level
from wangge.areas.services import LaterVersion, NewArea, Redrawn
from wangge.areas.services.redivision import BuiltUpon
from wangge.areas.services.versions import writing
from wangge.audit.models import Entry
from wangge.kit.errors import Invalid, NotFound
from wangge.kit.tree import AREAS

DAY = dt.date(2027, 3, 1)
WEST, MIDDLE, EAST, SOUTH, SEAM, NORTH = 116.9, 116.95, 117.0, 36.6, 36.65, 36.7


@pytest.fixture
def courtyards(district):
    """One in the north and one in the south of grid 1."""
    grid = district.versions["grid1"]
    made = []
    for number, south in enumerate((SEAM, SOUTH), start=1):
        shape = box(WEST, south, MIDDLE, south + 0.05)
        pos = AREAS.child(grid.pos, Level.COURTYARD, number)
        made.append(
            AreaVersion(
                area=district.areas["grid1"].__class__.objects.create(level=Level.COURTYARD), parent=grid.area,
                level=Level.COURTYARD, code=f"{grid.code}00{number}", name=f"{number}号院", pos=pos,
                pos_end=AREAS.end(pos, Level.COURTYARD), valid_from=grid.valid_from, recorded_at=grid.recorded_at,
                boundary=shape.wkb, lon=shape.centroid.x, lat=shape.centroid.y,
            )
        )  # fmt: skip
    with writing():
        AreaVersion.objects.bulk_create(made)
    return made


def halves(district, *, keeps="grid1"):
    """A northern and a southern grid instead of a western and an eastern one; the northern one is grid 1."""
    upper, lower = box(WEST, SEAM, EAST, NORTH), box(WEST, SOUTH, EAST, SEAM)
    return [
        Redrawn(
            district.areas["community1"].id,
            [
                NewArea("370199001001003", "北网格", upper, 300, district.areas[keeps].id if keeps else None),
                NewArea("370199001001004", "南网格", lower, 280),
            ],
        )
    ]


def held():
    rows = AreaVersion.objects.current().order_by("area_id", "valid_from")
    fields = ("area_id", "code", "name", "pos", "parent_id", "valid_from", "valid_to", "boundary", "households", "lon")
    return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows.values_list(*fields)]


def test_kept_areas_go_on_new_ones_begin_others_end(district):
    done = services.redivide(parents=halves(district), level=Level.GRID, day=DAY, by=None, source="复核")
    eve, day = selectors.atlas(DAY - dt.timedelta(days=1)), selectors.atlas(DAY)

    assert {v.code for v in eve.children_of[district.areas["community1"].id]} == {"370199001001001", "370199001001002"}
    north, south = sorted(day.children_of[district.areas["community1"].id], key=lambda v: v.code)
    assert (north.area_id, north.pos) == (district.areas["grid1"].id, district.versions["grid1"].pos)
    assert south.pos not in {v.pos for v in eve.versions}
    assert district.areas["grid2"].id not in day.by_area
    assert done.areas == [[north.area_id, south.area_id]]
    assert selectors.locate(116.99, 36.69, at=DAY).version.area_id == north.area_id
    (entry,) = Entry.objects.filter(action="areas:area:redivide")
    assert entry.data["ended"] == [{"code": "370199001001002", "name": "睦和苑二网格"}]


def test_courtyards_follow_to_the_grid_that_holds_them(district, courtyards):
    services.redivide(parents=halves(district), level=Level.GRID, day=DAY, by=None)
    day = selectors.atlas(DAY)
    north, south = (day.by_area[one.area_id] for one in courtyards)

    assert (north.code, north.pos) == ("370199001001003001", courtyards[0].pos)
    assert south.code == "370199001001004001"
    assert day.by_area[south.parent_id].name == "南网格"
    assert day.by_area[south.parent_id].pos <= south.pos < day.by_area[south.parent_id].pos_end


def test_undoing_holds_true_what_was_before(district, courtyards):
    before = held()
    done = services.redivide(parents=halves(district), level=Level.GRID, day=DAY, by=None)
    assert held() != before
    services.undo_redivision(inserted=done.inserted, superseded=done.superseded, by=None)

    assert held() == before
    with pytest.raises(BuiltUpon):
        services.undo_redivision(inserted=done.inserted, superseded=done.superseded, by=None)


def test_what_makes_no_sense_is_refused(district):
    services.redivide(parents=halves(district), level=Level.GRID, day=DAY, by=None)
    with pytest.raises(LaterVersion):
        services.redivide(parents=halves(district), level=Level.GRID, day=dt.date(2027, 1, 1), by=None)
    with pytest.raises(Invalid):
        services.redivide(parents=halves(district, keeps="grid5"), level=Level.GRID, day=DAY, by=None)
    with pytest.raises(NotFound):
        services.redivide(
            parents=[Redrawn(district.areas["grid5"].id, [NewArea("1", "x", None)])], level=Level.GRID, day=DAY, by=None
        )
    taken = [Redrawn(district.areas["community2"].id, [NewArea("370199001001003", "重码", None)])]
    with pytest.raises(Invalid):
        services.redivide(parents=taken, level=Level.GRID, day=DAY, by=None)


def test_many_communities_cost_as_many_queries_as_one_but_for_the_log(district, django_assert_max_num_queries):
    with django_assert_max_num_queries(24):
        services.redivide(parents=halves(district), level=Level.GRID, day=DAY, by=None)
