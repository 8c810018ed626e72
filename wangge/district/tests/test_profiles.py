"""Both shipped districts pass the same tests: a district is a profile."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
import shapely
from django.db import connection, transaction

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.areas.numbering import number_grids
from wangge.calendars import selectors as calendars
from wangge.district import check, demo, load, read
from wangge.district.models import LoadedProfile
from wangge.org import scope
from wangge.org.models import Channel, Post, Role, Unit, UnitKind, User
from wangge.registry.models import Building
from wangge.responsibility import selectors as responsibility
from wangge.responsibility.models import Category, Entry

# streets, communities and villages, terminal grids
SIZES = {"shizhong": (17, 216, 3170), "lixia": (13, 139, 1214)}
CODES = {"shizhong": "370103", "lixia": "370102"}
TODAY = dt.date(2026, 11, 21)


@pytest.fixture(scope="module", params=list(SIZES))
def loaded(request, django_db_setup, django_db_blocker):
    """The profile loaded with its population once for all tests of the module, and rolled back."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            result = load.load(request.param, population=True)
            with scope.acting(scope.system_actor("test")):
                yield SimpleNamespace(name=request.param, result=result, profile=read.read(request.param))
            transaction.set_rollback(True)
        connection.close()


def versions(level):
    return AreaVersion.objects.at(TODAY).filter(level=level).order_by("code")


def shapes(level):
    return [shapely.from_wkb(bytes(boundary)) for boundary in versions(level).values_list("boundary", flat=True)]


def test_it_has_its_official_streets_and_communities_and_its_grids(loaded):
    found = tuple(versions(level).count() for level in (Level.SUBDISTRICT, Level.COMMUNITY, Level.GRID))
    assert found == SIZES[loaded.name]
    assert versions(Level.DISTRICT).get().code == CODES[loaded.name]


def test_codes_grow_by_three_digits_a_level(loaded):
    for level, digits in ((Level.SUBDISTRICT, 9), (Level.COMMUNITY, 12), (Level.GRID, 15)):
        parents = set(versions(level - 1).values_list("code", flat=True))
        for code in versions(level).values_list("code", flat=True):
            assert re.fullmatch(rf"[0-9]{{{digits}}}", code)
            assert code[:-3] in parents


def test_grids_are_numbered_from_one_by_the_rule(loaded):
    by_community = {}
    for code, boundary in versions(Level.GRID).values_list("code", "boundary"):
        by_community.setdefault(code[:12], []).append(shapely.from_wkb(bytes(boundary)))
    assert len(by_community) == SIZES[loaded.name][1]
    for polygons in by_community.values():
        assert number_grids(polygons) == list(range(len(polygons)))
    last = dict.fromkeys(by_community, 0)
    for code in versions(Level.GRID).values_list("code", flat=True):
        last[code[:12]] += 1
        assert int(code[12:]) == last[code[:12]]


@pytest.mark.parametrize("level", [Level.SUBDISTRICT, Level.COMMUNITY, Level.GRID])
def test_a_level_covers_the_district_without_gap_or_overlap(loaded, level):
    polygons = shapes(level)
    (outline,) = shapes(Level.DISTRICT)
    assert all(shape.geom_type == "Polygon" and shape.is_valid for shape in polygons)
    assert shapely.coverage_is_valid(polygons)
    assert shapely.coverage_union_all(polygons).equals(outline)


def test_every_boundary_is_marked_as_a_demonstration(loaded):
    assert set(AreaVersion.objects.at(TODAY).values_list("boundary_status", flat=True)) == {"demonstration"}


def test_every_grid_has_people_a_team_and_a_building(loaded):
    grids = versions(Level.GRID)
    households = list(grids.values_list("households", flat=True))
    assert min(households) >= 50
    assert max(households) <= 500
    ids = set(grids.values_list("area_id", flat=True))
    assert set(Unit.objects.filter(kind=UnitKind.GRID_TEAM, active=True).values_list("area_id", flat=True)) == ids
    assert set(Building.objects.values_list("area_id", flat=True)) == ids


def test_a_building_lies_in_the_grid_it_names(loaded):
    sample = list(Building.objects.order_by("code").values_list("lon", "lat", "area_pos"))[::50]
    found = areas.locate_many([lon for lon, _, _ in sample], [lat for _, lat, _ in sample])
    assert found.tolist() == [pos for _, _, pos in sample]


def test_every_matter_at_every_place_has_exactly_one_owner(loaded):
    report = responsibility.check_owners(TODAY)
    assert (report.holes, report.overlaps, report.dangling) == ([], [], [])
    assert report.checked == report.categories * report.places
    assert report.categories >= 403 + 110


def test_the_national_codes_are_whole_and_marked_unconfirmed(loaded):
    national = Category.objects.filter(leaf=True, source="GB/T 47678.5-2026")
    assert (national.filter(code__startswith="C-").count(), national.filter(code__startswith="M-").count()) == (
        153,
        250,
    )
    assert not Category.objects.filter(confirmed=True).exists()
    assert all(category.keywords for category in Category.objects.filter(leaf=True))


def test_every_line_of_the_list_cites_its_item_and_is_unconfirmed(loaded):
    for entry in Entry.objects.select_related("list"):
        assert f"权责清单第{entry.item}项" in entry.clause
        assert "待区级确认" in entry.note
        assert not entry.list.confirmed


def test_a_line_for_a_street_comes_before_the_line_for_the_district(loaded):
    for entry in Entry.objects.exclude(area=None).select_related("area"):
        version = AreaVersion.objects.at(TODAY).get(area=entry.area)
        route = responsibility.route(category_id=entry.category_id, area_pos=version.pos, at=TODAY)
        assert route.entry == entry


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("楼下闻到煤气味，怀疑燃气泄漏", "R-0704"),
        ("一直拖欠工资不发", "R-0101"),
        ("楼道里堆放杂物堵住了", "M-06036"),
        ("家里暖气不热", "R-0705"),
        ("共享单车堆积在路口", "M-09011"),
        ("有人在公共绿地私搭乱建砌墙", "M-06001"),
    ],
)
def test_everyday_words_are_understood(loaded, text, code):
    understood = responsibility.understand(text)
    assert understood is not None
    assert understood.code == code


def test_danger_has_two_urgent_hours(loaded):
    dangers = Entry.objects.filter(category__urgency="danger").select_related("category")
    assert dangers.count() >= 30
    for entry in dangers:
        first = next(limit for limit in entry.limits if limit["step"] == "handle")
        assert (first["unit"], first["value"] <= 4) == ("urgent_hours", True)


def test_water_power_gas_and_heat_have_twenty_four_hours(loaded):
    for code in ("R-0701", "R-0702", "R-0703", "R-0705"):
        entry = Entry.objects.get(category__code=code, area=None)
        assert {"step": "whole", "value": 24, "unit": "natural_hours"} in entry.limits


def test_the_calendar_knows_2020_to_2026_and_not_2027(loaded):
    office = calendars.load("office")
    assert office.years == frozenset(range(2020, 2027))
    assert not office.is_working(dt.date(2026, 10, 1))
    assert office.is_working(dt.date(2026, 10, 10))  # 国庆节调休


def test_all_roles_and_channels_are_there(loaded):
    assert set(Role.objects.values_list("code", flat=True)) == {
        "grid_member", "grid_lead", "community_cadre", "subdistrict_dispatcher", "subdistrict_leader",
        "department_clerk", "department_leader", "district_operator", "district_supervisor", "arbiter",
        "district_leader", "system_admin", "security_admin", "audit_admin",
    }  # fmt: skip
    assert {"patrol", "hotline12345", "public", "letter", "round_table", "camera", "alarm", "enterprise"} <= set(
        Channel.objects.values_list("code", flat=True)
    )


def test_every_permission_of_casework_is_held_by_some_role(loaded):
    held = {permission for role in Role.objects.all() for permission in role.permissions}
    assert check.known_permissions() - held == set()


def test_the_population_has_an_account_for_each_role_and_a_member_for_each_grid(loaded):
    shown = demo.accounts()
    assert len({account.role_name for account in shown}) == Role.objects.count()
    assert Post.objects.filter(role__code="grid_member").values("unit").distinct().count() == SIZES[loaded.name][2]
    assert all(user.name.endswith("（演示）") for user in User.objects.all())
    assert User.objects.get(username="wangge1").check_password(demo.PASSWORD)


def test_loading_again_changes_nothing(loaded):
    before = {model: model.objects.count() for model in (AreaVersion, Unit, Entry, Building, User, Post, LoadedProfile)}
    again = load.load(loaded.name, population=True)
    assert not again.changed
    assert {model: model.objects.count() for model in before} == before


def test_it_loads_within_a_minute(loaded):
    assert loaded.result.seconds < 60
