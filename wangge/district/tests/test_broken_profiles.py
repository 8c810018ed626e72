# ruff: noqa: E501 - one broken file a line: the table is read across
"""A broken profile names file, line and field, and changes nothing."""

import gzip
import json
import shutil

import pytest
from shapely.geometry import box, mapping

from wangge.areas.models import AreaVersion
from wangge.district import check, demo, load
from wangge.district.models import LoadedProfile
from wangge.district.read_faults import ProfileInvalid
from wangge.org.models import Post, Role, Unit
from wangge.responsibility.models import Category, ResponsibilityList
from wangge.responsibility.services import ListInForce

HEAD = """name: tiny
extends: base
district: {code: "370199", name: 试点区}
center: [117.0, 36.6]
demo: {street: "370199001", community: "370199001001", grid: "370199001001001"}
"""
AREAS = """level,code,name,kind,parent_code,households,valid_from
0,370199,试点区,district,,,2021-01-01
1,370199001,东街道,subdistrict,370199,,2021-01-01
2,370199001001,甲社区,community,370199001,,2021-01-01
3,370199001001001,甲社区第1网格,terminal,370199001001,120,2021-01-01
3,370199001001002,甲社区第2网格,terminal,370199001001,90,2021-01-01
"""
ENTRY = "item,category,area_code,list_kind,level,lead_rule,lead_unit,supports,first_actor,clause,limits,note\n"
LINE = "试-1,M-06010,{area},basic,1,subdistrict,{lead},{supports},grid,第试-1项,{limits},\n"
BUILDINGS = "code,estate,name,address,kind,grid_code,lon,lat,households\n"


@pytest.fixture
def folder(tmp_path):
    """A small profile that is whole; tests break it."""
    path = tmp_path / "tiny"
    (path / "responsibility").mkdir(parents=True)
    (path / "calendars").mkdir()
    (path / "profile.yaml").write_text(HEAD, encoding="utf-8")
    (path / "areas.csv").write_text(AREAS, encoding="utf-8")
    return path


def entry(area="", lead="", supports="", limits=""):
    return ENTRY + LINE.format(area=area, lead=lead, supports=supports, limits=limits)


def geojson(**changes):
    document = {
        "type": "FeatureCollection",
        "crs": "WGS84",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": "370199001001001", "level": 3} | changes,
                "geometry": mapping(box(117.0, 36.6, 117.01, 36.61)),
            }
        ],
    }
    return json.dumps(document).encode()


BROKEN = [
    # what is wrong, file, its content, the place named
    ("not YAML", "profile.yaml", HEAD + "marks: [", "tiny/profile.yaml:6"),
    ("a key twice", "profile.yaml", HEAD + "name: again\n", "tiny/profile.yaml:6 name"),
    ("an unknown key", "profile.yaml", HEAD + "colour: red\n", "tiny/profile.yaml:6 colour"),
    ("an unknown setting", "profile.yaml", HEAD + "settings:\n  speed: 3\n", "tiny/profile.yaml:7 settings.speed"),
    ("a wrong district code", "profile.yaml", HEAD.replace('"370199"', '"3701"'), "tiny/profile.yaml:3 district.code"),
    ("no district", "profile.yaml", "name: tiny\nextends: base\ncenter: [117.0, 36.6]\n", "tiny/profile.yaml:1 district"),
    ("an unknown parent", "profile.yaml", HEAD.replace("extends: base", "extends: nowhere"), "tiny/profile.yaml:2 extends"),
    ("an unknown calendar", "profile.yaml", HEAD + "settings: {calendar: lunar}\n", "tiny/profile.yaml:0 settings.calendar"),
    ("a missing column", "areas.csv", "level,code,name\n0,370199,试点区\n", "tiny/areas.csv:1 valid_from"),
    ("an unknown column", "areas.csv", AREAS.replace("kind", "sort", 1), "tiny/areas.csv:1 sort"),
    ("a wrong level", "areas.csv", AREAS.replace("\n3,370199001001002", "\n7,370199001001002"), "tiny/areas.csv:6 level"),
    ("a short code", "areas.csv", AREAS.replace("3,370199001001002,", "3,37019900100102,"), "tiny/areas.csv:6 code"),
    ("full-width digits", "areas.csv", AREAS.replace("370199001001002,甲", "３70199001001002,甲"), "tiny/areas.csv:6 code"),
    ("a foreign parent", "areas.csv", AREAS.replace("terminal,370199001001,90", "terminal,370199001002,90"), "tiny/areas.csv:6 parent_code"),
    ("a code twice", "areas.csv", AREAS.replace("370199001001002", "370199001001001"), "tiny/areas.csv:6 level"),
    ("a date that is none", "areas.csv", AREAS.replace("90,2021-01-01", "90,2021-02-30"), "tiny/areas.csv:6 valid_from"),
    ("a cell too many", "areas.csv", AREAS.replace("90,2021-01-01", "90,2021-01-01,x"), "tiny/areas.csv:6"),
    ("no UTF-8", "areas.csv", AREAS.encode("gb18030"), "tiny/areas.csv:2"),
    ("another district's row", "areas.csv", AREAS.replace("0,370199,", "0,370198,"), "tiny/areas.csv:0 code"),
    ("damaged gzip", "boundaries.geojson.gz", b"\x1f\x8bnot gzip", "tiny/boundaries.geojson.gz:0"),
    ("a boundary of no area", "boundaries.geojson.gz", gzip.compress(geojson(code="370199001001009")), "feature 0 code"),
    ("a boundary of another level", "boundaries.geojson.gz", gzip.compress(geojson(level=2)), "feature 0 level"),
    ("an unknown category", "responsibility/entries.csv", entry().replace("M-06010", "M-99999"), "entries.csv:2 category"),
    ("an entry for no area", "responsibility/entries.csv", entry(area="370199009"), "entries.csv:2 area_code"),
    ("a lead that is not there", "responsibility/entries.csv", entry().replace("subdistrict,,", "unit,370199-none,"), "entries.csv:2 lead_unit"),
    ("a lead beside a rule", "responsibility/entries.csv", entry(lead="370199-cgj"), "entries.csv:2 lead_unit"),
    ("a support that is not there", "responsibility/entries.csv", entry(supports="unit:370199-none"), "entries.csv:2 supports"),
    ("a support without sense", "responsibility/entries.csv", entry(supports="everybody"), "entries.csv:2 supports"),
    ("a limit without sense", "responsibility/entries.csv", entry(limits="handle soon"), "entries.csv:2 limits"),
    ("a second owner", "responsibility/entries.csv", entry() + LINE.format(area="", lead="", supports="", limits="").replace("试-1,", "试-2,"), "entries.csv:3 category"),
    ("a leaf without owner", "categories.csv", "code,kind,name,leaf,evidence_required,on_the_spot,urgency,confirmed,parent_code\nX-1,matter,新事项,true,false,false,normal,false,M-06\n", "categories.csv:2 code"),
    ("a leaf as parent", "categories.csv", "code,kind,name,leaf,evidence_required,on_the_spot,urgency,confirmed,parent_code\nM-06,matter,市容环境类,true,false,false,normal,false,M\n", "categories.csv"),
    ("a unit below nobody", "units.csv", "code,name,short_name,kind,parent_code\n370199-x,某局,某局,department,370199-none\n", "tiny/units.csv:2 parent_code"),
    ("units in a circle", "units.csv", "code,name,short_name,kind,parent_code\n370199-x,甲,甲,department,370199-y\n370199-y,乙,乙,department,370199-x\n", "tiny/units.csv:2 parent_code"),
    ("two units for one grid", "units.csv", "code,name,short_name,kind,parent_code,area_code\n370199-x,甲队,甲队,grid_team,370199001001-jw,370199001001001\n", "tiny/areas.csv:5 area_code"),
    ("a strange kind of unit", "units.csv", "code,name,short_name,kind,parent_code\n370199-x,甲,甲,club,370199-qz\n", "tiny/units.csv:2 kind"),
    ("an unknown permission", "roles.yaml", "helper:\n  name: 帮手\n  name_en: Helper\n  scope: own\n  permissions:\n    - casework:case:fly\n", "tiny/roles.yaml:1 helper.permissions"),
    ("an administrator doing business", "roles.yaml", "super:\n  name: 超管\n  name_en: Super\n  scope: all\n  separation: system\n  permissions: [casework:case:close]\n", "tiny/roles.yaml:1 super.permissions"),
    ("the audit in other hands", "roles.yaml", "peeper:\n  name: 某\n  name_en: Peeper\n  scope: all\n  permissions: [audit:log:read]\n", "tiny/roles.yaml:1 peeper.permissions"),
    ("an unknown scope", "roles.yaml", "helper:\n  name: 帮手\n  name_en: Helper\n  scope: galaxy\n  permissions: []\n", "tiny/roles.yaml:4 scope"),
    ("an account without role", "demo_accounts.yaml", "- {username: a1, role: king, unit: 370199-qz, does_zh: 某, does_en: some}\n", "tiny/demo_accounts.yaml:1 role"),
    ("an account without unit", "demo_accounts.yaml", "- {username: a1, role: arbiter, unit: 370199-no, does_zh: 某, does_en: some}\n", "tiny/demo_accounts.yaml:1 unit"),
    ("a day of another year", "calendars/office.yaml", "years:\n  2026:\n    days_off: {元旦: [2025-01-01]}\n", "years.2026"),
    ("duty at no hour", "calendars/office.yaml", 'duty: [["9am", "12:00"]]\n', "tiny/calendars/office.yaml:1 duty.0.0"),
    ("a time zone that is none", "calendars/office.yaml", "timezone: Asia/Jinan\n", "tiny/calendars/office.yaml:1 timezone"),
    ("duty the wrong way round", "calendars/office.yaml", 'name: 某\nduty: [["17:00", "13:00"]]\n', "tiny/calendars/office.yaml:2 duty"),
    ("a weekday that is none", "calendars/window.yaml", "week: {someday: []}\n", "tiny/calendars/window.yaml:1 week.someday"),
    ("a week without duty", "calendars/patrol.yaml", "week: {mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: []}\n", "tiny/calendars/patrol.yaml:1 week"),
    ("a night into the morning's duty", "calendars/night.yaml", 'week:\n  sun: [["07:30", "09:00"]]\n', "tiny/calendars/night.yaml:1 week"),
    ("days of a calendar that is not there", "calendars/window.yaml", "days_of: lunar\n", "tiny/calendars/window.yaml:0 days_of"),
    ("days of a calendar without its own", "calendars/night.yaml", "works_through: false\ndays_of: window\n", "tiny/calendars/night.yaml:0 days_of"),
    ("years where holidays are worked", "calendars/night.yaml", "years:\n  2026:\n    days_off: {元旦: [2026-01-01]}\n", "tiny/calendars/night.yaml:0 years"),
    ("a calendar in a file of another name", "calendars/other.yaml", 'code: mine\nname: 某\ntimezone: Asia/Shanghai\nduty: [["09:00", "12:00"]]\nsource: 某\n', "tiny/calendars/other.yaml:0 code"),
    ("a unit on a calendar that is not there", "units.csv", "code,name,short_name,kind,parent_code,calendar\n370199-x,某局,某局,department,370199-qz,lunar\n", "tiny/units.csv:2 calendar"),
    ("an alias of no area", "aliases.csv", "area_code,alias\n370199099,老地方\n", "tiny/aliases.csv:2 area_code"),
    ("a building in no grid", "buildings.csv.gz", gzip.compress((BUILDINGS + "b1,,1号楼,东街道1号,,370199001001009,117.0,36.6,5\n").encode()), "tiny/buildings.csv.gz:2 grid_code"),
    ("a building off the earth", "buildings.csv.gz", gzip.compress((BUILDINGS + "b1,,1号楼,东街道1号,,370199001001001,36.6,117.0,5\n").encode()), "tiny/buildings.csv.gz:2 lon"),
    ("punch-cards", "profile.yaml", HEAD + "settings:\n  daily_punch_card: true\n", "tiny/profile.yaml:7 settings.daily_punch_card"),
    ("a points league", "roles.yaml", "helper:\n  name: 帮手\n  name_en: Helper\n  scope: own\n  permissions:\n    - appraisal:points:award\n", "tiny/roles.yaml:6 helper.permissions.0"),
    ("log-in rankings", "profile.yaml", HEAD + "settings: {login_ranking: monthly}\n", "settings.login_ranking"),
    ("online time", "areas.csv", AREAS.replace("households", "online_minutes"), "tiny/areas.csv:1 online_minutes"),
    ("role that claims a channel", "channels.csv", "code,name,name_en,claimed_by\nwish,微心愿,Wishes,grid_member|nobody\n", "channels.csv:2 claimed_by"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "content", "place"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_fault_is_named_by_file_line_and_field(folder, file, content, place):
    (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ProfileInvalid) as caught:
        check.check(folder)
    places = [error["at"] for error in caught.value.errors]
    assert any(place in named for named in places), places
    assert all(error["zh"] and error["en"] for error in caught.value.errors)


def test_forbidden_features_are_refused_with_the_rule(folder):
    (folder / "profile.yaml").write_text(HEAD + "settings: {points: 5}\n", encoding="utf-8")
    with pytest.raises(ProfileInvalid) as caught:
        check.check(folder)
    assert any("国办函〔2026〕12号" in error["zh"] for error in caught.value.errors)


def test_several_faults_are_named_at_once(folder):
    (folder / "areas.csv").write_text(AREAS.replace("90,2021", "-1,2021").replace("120,", "x,"), encoding="utf-8")
    with pytest.raises(ProfileInvalid) as caught:
        check.check(folder)
    assert [error["at"] for error in caught.value.errors] == [
        "tiny/areas.csv:5 households",
        "tiny/areas.csv:6 households",
    ]


def test_there_must_be_such_a_profile():
    with pytest.raises(ProfileInvalid, match="1 处有误"):
        check.check("atlantis")


def counts():
    models = (AreaVersion, Unit, Role, Category, ResponsibilityList, LoadedProfile)
    return [model.objects.count() for model in models]


def test_a_small_profile_loads_and_grows(db, folder):
    assert load.load(folder).changed
    assert not load.load(folder).changed
    (folder / "areas.csv").write_text(
        AREAS + "3,370199001001003,甲社区第3网格,terminal,370199001001,80,2026-01-01\n", encoding="utf-8"
    )
    assert load.load(folder).changed
    assert AreaVersion.objects.current().filter(level=3).count() == 3
    assert Unit.objects.get(code="370199001001003-wg").area is not None


def test_a_profile_that_names_no_place_for_a_demonstration_loads_without_it(db, folder):
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith("demo:"))
    assert head != HEAD
    (folder / "profile.yaml").write_text(head, encoding="utf-8")

    assert load.load(folder, population=True).counts["people"] > 20
    shown = {account.username: account.unit for account in demo.accounts()}
    assert "wangge1" not in shown  # of the grid that is not named
    assert shown["zhihui1"] == Unit.objects.get(code="370199-zhzx").name
    assert Post.objects.filter(role__code="grid_member", unit__code="370199001001001-wg").exists()


def test_a_broken_profile_changes_nothing(db, folder):
    load.load(folder)
    before = counts()
    (folder / "areas.csv").write_text(
        AREAS + "3,370199001001003,丙,terminal,370199001001,x,2026-01-01\n", encoding="utf-8"
    )
    with pytest.raises(ProfileInvalid):
        load.load(folder)
    assert counts() == before


def test_what_only_the_database_refuses_changes_nothing_either(db, folder):
    head = "version: 试-1\nrevision: ''\n"
    (folder / "responsibility" / "list.yaml").write_text(head, encoding="utf-8")
    load.load(folder)
    before = counts()
    (folder / "areas.csv").write_text(
        AREAS + "3,370199001001003,甲社区第3网格,terminal,370199001001,80,2026-01-01\n", encoding="utf-8"
    )
    (folder / "responsibility" / "entries.csv").write_text(entry(area="370199001"), encoding="utf-8")
    with pytest.raises(ListInForce):
        load.load(folder)
    assert counts() == before


def test_one_database_is_one_district(db, folder, tmp_path):
    load.load(folder)
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    for name in ("profile.yaml", "areas.csv"):
        text = (
            (other / name).read_text(encoding="utf-8").replace("370199", "370198").replace("name: tiny", "name: other")
        )
        (other / name).write_text(text, encoding="utf-8")
    with pytest.raises(load.OtherDistrict):
        load.load(other)
