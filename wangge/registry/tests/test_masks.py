"""What each role is shown of a person, over HTTP: masked, whole by a look with a purpose, nothing beyond its sight."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.registry_rows import id_number, make_person, make_tag, make_tie
from wangge.audit.models import Entry, Look
from wangge.kit.pace import Pace
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.api import looking as api
from wangge.registry.models import FieldRule, Person, TagKind
from wangge.registry.sealing import PersonFacts

pytestmark = pytest.mark.django_db
NUMBER, PHONE = id_number(11), "13900000001"


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch):
    monkeypatch.setattr(api, "_looks", Pace(3600))


@pytest.fixture
def home(near, district, system):
    """The head of grid 1 is in the care of the urban department, which is shown names and phones."""
    urban = district.units["urban"]
    with scope.acting(system):
        FieldRule.objects.bulk_create(
            FieldRule(
                object="person", field=field, name=field, name_en=field, group="identity", owner="grid",
                partners=[urban.code] if field in {"name", "phones"} else [],
            )
            for field in ("name", "id_number", "phones", "birth", "dwelling")
        )  # fmt: skip
        make_tag(near.head, "in_need", unit=urban, unit_pos=urban.pos)
        make_tag(near.head, "illness")
        TagKind.objects.filter(code="illness").update(data_class="sensitive")
        TagKind.objects.filter(code="in_need").update(partners=[urban.code])
    return near


@pytest.fixture
def get(client_for):
    def ask(who, path):
        return client_for(who).get(f"/api/v1/registry{path}")

    return ask


@pytest.fixture
def post(client_for):
    def send(who, path, body, method="post"):
        call = getattr(client_for(who), method)
        return call(f"/api/v1/registry{path}", json.dumps(body, default=str), content_type="application/json")

    return send


# role: name, number, phone, birth year, address to the door, groups shown
SHOWN = {
    "grid_member": ("王**", NUMBER[:3], "139****0001", 1980, True, {"in_need", "illness"}),
    "community_cadre": ("王**", NUMBER[:3], "139****0001", 1980, True, {"in_need", "illness"}),
    "subdistrict_dispatcher": ("王**", NUMBER[:3], "139****0001", None, False, {"in_need"}),
    "dispatcher": ("王**", NUMBER[:3], "139****0001", None, False, {"in_need"}),
    "department_clerk": ("王**", "", "139****0001", None, None, {"in_need"}),
}


@pytest.mark.parametrize("role", SHOWN)
def test_each_role_is_shown_its_part(home, people, get, role):
    name, number, phone, year, door, groups = SHOWN[role]
    shown = get(getattr(people, role), f"/persons/{home.head.pk}").json()
    assert (shown["name"], shown["phone"], shown["birth_year"]) == (name, phone, year)
    assert shown["id_number"][:3] == number
    assert {tag["kind"] for tag in shown["tags"]} == groups
    if door is None:
        assert (shown["address"], shown["household"], shown["ties"]) == ("", None, [])
    else:
        assert shown["address"].endswith("301") is door
    assert NUMBER not in str(shown)
    assert PHONE not in str(shown)
    assert "王测试" not in str(shown)


@pytest.mark.parametrize("role", ["other_grid_member", "other_subdistrict_dispatcher", "other_department_clerk"])
@pytest.mark.parametrize("path", ["", "/timeline", "/looks"])
def test_beyond_ones_sight_a_person_does_not_exist_and_asking_is_kept(home, people, get, role, path):
    assert get(getattr(people, role), f"/persons/{home.head.pk}{path}").status_code == 404
    kept = Entry.objects.get(action="org:access:not_found")
    assert kept.data["ids"] == {"person_id": str(home.head.pk)}


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "audit_admin"])
def test_no_administrator_sees_people(home, people, get, role):
    assert get(getattr(people, role), f"/persons/{home.head.pk}").status_code == 403


def test_a_child_is_named_to_its_grid_and_community_alone(home, people, get):
    child = f"/persons/{home.child.pk}"
    assert get(people.grid_member, child).json()["name"] == "王**"
    assert get(people.subdistrict_dispatcher, child).json()["name"] == "**"


def test_a_tie_in_my_grid_makes_somebody_visible_but_not_whole(home, far, people, get, post, system):
    assert get(people.grid_member, f"/persons/{far.head.pk}").status_code == 404
    with scope.acting(system):
        make_tie(far.head, home.dwelling, "owns")
    shown = get(people.grid_member, f"/persons/{far.head.pk}").json()
    assert (shown["name"], shown["can"]["change"], shown["address"].endswith("301")) == ("王**", False, False)
    look = post(people.grid_member, f"/persons/{far.head.pk}/look", {"purpose": "核实产权人", "fields": ["phones"]})
    assert look.status_code == 403


def test_a_look_gives_what_was_asked_and_is_shown_to_the_person(home, people, get, post):
    body = {"purpose": "上门核实身份", "fields": ["id_number", "phones"]}
    answer = post(people.grid_member, f"/persons/{home.head.pk}/look", body)
    assert answer.json() == {"id_number": NUMBER, "phones": [PHONE]}
    (shown,) = get(people.community_cadre, f"/persons/{home.head.pk}/looks").json()
    assert (shown["actor_name"], shown["purpose"]) == ("周网格", "上门核实身份")
    assert shown["fields"] == ["id_number", "phones"]


@pytest.mark.parametrize("purpose", ["", "   ", "看看", "....", "1111", "查 一"])
def test_a_purpose_must_say_something(home, people, post, purpose):
    body = {"purpose": purpose, "fields": ["name"]}
    assert post(people.grid_member, f"/persons/{home.head.pk}/look", body).status_code == 422
    assert not Look.objects.exists()


@pytest.mark.parametrize("fields", [[], ["sealed"], ["id_key"]])
def test_only_known_fields_are_looked_at(home, people, post, fields):
    body = {"purpose": "上门核实身份", "fields": fields}
    assert post(people.grid_member, f"/persons/{home.head.pk}/look", body).status_code == 422


def test_a_partner_looks_at_what_is_shared_alone(home, people, post):
    path = f"/persons/{home.head.pk}/look"
    ok = post(people.department_clerk, path, {"purpose": "发放救助金", "fields": ["name", "phones"]})
    assert ok.json() == {"name": "王测试", "phones": [PHONE]}
    refused = post(people.department_clerk, path, {"purpose": "发放救助金", "fields": ["id_number"]})
    assert (refused.status_code, refused.json()["fields"]) == (403, ["id_number"])


def test_reading_alone_gives_no_look(home, people, post):
    body = {"purpose": "上门核实身份", "fields": ["name"]}
    assert post(people.dispatcher, f"/persons/{home.head.pk}/look", body).status_code == 403


def test_looks_have_a_pace(home, people, post, monkeypatch):
    monkeypatch.setattr(api, "LOOKS_PER_HOUR", 2)
    body = {"purpose": "上门核实身份", "fields": ["name"]}
    answers = [post(people.grid_member, f"/persons/{home.head.pk}/look", body) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_the_timeline_tells_what_changed_and_never_a_value(home, people, get, post):
    path = f"/persons/{home.head.pk}"
    changed = post(people.grid_member, path, {"version": 1, "phones": ["13700001111"]}, "patch")
    assert changed.status_code == 200, changed.content
    told = get(people.grid_member, f"{path}/timeline").json()
    texts = [event["text"] for event in told]
    assert "更改资料：联系电话" in texts
    assert any(text.startswith("居住：大观园街道经二路1号3号楼（睦和苑社区睦和苑一网格）") for text in texts)
    assert any(text.startswith("列入“in_need”") for text in texts)
    assert "13700001111" not in str(told)
    partner = get(people.department_clerk, f"{path}/timeline").json()
    assert {event["kind"] for event in partner} == {"tag"}


def test_a_dwelling_and_a_household_show_their_people_masked(home, people, get):
    page = get(people.grid_member, f"/dwellings/{home.dwelling.pk}").json()
    assert [one["name"] for one in page["residents"]] == ["王**", "王**"]
    assert [len(one["members"]) for one in page["households"]] == [2]
    assert page["ties"][0]["who"]["name"] == "王**"
    card = get(people.grid_member, f"/households/{home.household.pk}").json()
    assert [one["household_role"] for one in card["members"]] == ["head", "child"]
    assert card["dwelling"]["type"] == "dwelling"
    assert get(people.other_grid_member, f"/households/{home.household.pk}").status_code == 404
    assert get(people.other_grid_member, f"/dwellings/{home.dwelling.pk}").status_code == 404


def test_a_list_takes_as_many_queries_for_twenty_as_for_two(home, people, client_for, system):
    client = client_for(people.grid_member)

    def queries():
        with CaptureQueriesContext(connection) as seen:
            for path in ("persons", f"households/{home.household.pk}", f"dwellings/{home.dwelling.pk}"):
                assert client.get(f"/api/v1/registry/{path}").status_code == 200
        return len(seen)

    queries()
    few = queries()
    with scope.acting(system):
        for serial in range(18):
            facts = PersonFacts(name="赵多", id_kind="none", no_id_reason="测试", birth=date(1970, 1, 1 + serial))
            make_tag(make_person(home.household, facts, role="other"))
    assert queries() == few


def test_a_department_lists_whom_it_cares_for(home, people, get):
    listed = get(people.department_clerk, "/persons").json()["items"]
    assert [one["id"] for one in listed] == [str(home.head.pk)]
    assert get(people.other_department_clerk, "/persons").json()["items"] == []
    assert get(people.subdistrict_dispatcher, "/persons?tag=illness").json()["items"] == []
    assert len(get(people.grid_member, "/persons?tag=illness").json()["items"]) == 1


def test_a_person_is_registered_moved_and_tagged_over_http(home, people, get, post, system):
    body = {
        "name": "孙七", "id_kind": "resident_id", "id_number": id_number(500), "registration": "floating",
        "dwelling": home.dwelling.pk, "household": home.household.pk, "household_role": "tenant", "since": "2026-01-01",
    }  # fmt: skip
    made = post(people.grid_member, "/persons", body)
    assert made.status_code == 201, made.content
    person = made.json()
    assert (person["name"], person["role_name"], person["version"]) == ("孙*", "租客", 1)
    twice = post(people.grid_member, "/persons", body)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_registered")
    path = f"/persons/{person['id']}"
    assert post(people.grid_member, path, {"version": 9, "workplace": "菜场"}, "patch").status_code == 409
    assert post(people.grid_member, path, {"version": 1, "is_staff": True}, "patch").status_code == 422
    tagged = post(people.grid_member, f"{path}/tags", {"kind": "illness", "source": "本人告知"})
    assert tagged.status_code == 201, tagged.content
    tag = tagged.json()["tags"][0]["id"]
    assert post(people.grid_member, f"{path}/tags/{tag}", {"source": "上门走访"}, "patch").status_code == 200
    assert post(people.grid_member, f"{path}/tags/{tag}", {"reason": "已康复"}, "delete").json()["tags"] == []
    confirmed = post(people.grid_member, f"{path}/confirm", {"groups": ["identity"]})
    assert confirmed.json()["confirmed"]["identity"]["fresh"] is True
    left = post(people.grid_member, f"{path}/leave", {"version": 1, "status": "moved_out", "on": "2026-02-01"})
    assert left.json()["status_name"] == "已迁出"
    with scope.acting(system):
        assert sealing.open_(Person.objects.get(pk=person["id"])).name == "孙七"
