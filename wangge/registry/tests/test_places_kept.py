"""Places are added and changed by those who answer for them, over HTTP."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from wangge.audit.models import Entry, Look
from wangge.kit.organisations import credit_check
from wangge.org import scope
from wangge.org.scope import system_actor
from wangge.registry import selectors, services
from wangge.registry.models import (
    Building,
    Component,
    Device,
    Dwelling,
    Estate,
    EstateService,
    FieldRule,
    Household,
    Organisation,
    Person,
    Photo,
    Premises,
    Tie,
)

API = "/api/v1/registry"
USCC = "91379999MA0000001"


@pytest.fixture
def member(people, client_for):
    return client_for(people.grid_member)


def send(client, method, path, body):
    return getattr(client, method)(f"{API}{path}", body, content_type="application/json")


def fields_of(answer):
    assert answer.status_code == 422, answer.content
    return [error["at"] for error in answer.json()["errors"]]


def picture():
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "green").save(out, "PNG")
    return io.BytesIO(out.getvalue())


# --- buildings ---------------------------------------------------------------------------------------------------


def test_a_building_lies_in_the_grid_that_holds_its_point(near, member, district):
    lon, lat = district.point("grid1")
    made = send(member, "post", "/buildings", {"name": "5号楼", "address": "经二路5号", "lon": lon, "lat": lat})

    assert made.status_code == 201, made.content
    row = Building.objects.get(pk=made.json()["id"])
    assert row.area_pos == district.versions["grid1"].pos
    assert row.street_number == "经二路5号"
    assert row.pinyin == "5hl"
    entry = Entry.objects.get(subject_id=row.pk)
    assert (entry.action, entry.actor_name) == ("registry:building:add", "周网格")


@pytest.mark.parametrize(("lon", "lat", "said"), [(117.05, 36.6, "不由您负责"), (100.0, 30.0, "不在任何网格")])
def test_a_point_of_another_grid_or_of_none_is_refused_by_name(near, member, lon, lat, said):
    answer = send(member, "post", "/buildings", {"name": "5号楼", "address": "经二路5号", "lon": lon, "lat": lat})

    assert fields_of(answer) == ["body.lon"]
    assert said in answer.json()["errors"][0]["zh"]


def test_whoever_saw_an_older_version_is_told_who_changed_it(near, people, member, client_for):
    url = f"/buildings/{near.building.id}"
    first = send(client_for(people.community_cadre), "patch", url, {"version": 1, "lifts": 2})
    late = send(member, "patch", url, {"version": 1, "lifts": 3})

    assert first.json()["version"] == 2
    assert late.status_code == 409
    assert (late.json()["by"], late.json()["current_version"]) == ("郑社区", 2)
    assert Building.objects.get(pk=near.building.pk).lifts == 2


def test_what_was_changed_is_confirmed_and_what_was_and_is_stands_in_the_log(near, member):
    FieldRule.objects.create(
        object="building", field="lifts", name="电梯", name_en="lifts", group="structure", owner="grid"
    )
    send(member, "patch", f"/buildings/{near.building.id}", {"version": 1, "lifts": 2})

    assert set(Building.objects.get(pk=near.building.pk).confirmed) == {"structure"}
    assert Entry.objects.get(subject_id=near.building.pk).data["changes"] == {"lifts": [0, 2]}


def test_a_change_of_nothing_is_no_change(near, member):
    answer = send(member, "patch", f"/buildings/{near.building.id}", {"version": 1, "name": "3号楼"})

    assert answer.json()["version"] == 1
    assert not Entry.objects.filter(subject_id=near.building.pk).exists()


def test_a_building_where_people_live_is_not_pulled_down(near, member):
    answer = send(member, "patch", f"/buildings/{near.building.id}", {"version": 1, "pulled_down_on": "2026-01-01"})

    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["people"]) == ("still_lived_in", 2)


def test_a_code_that_is_taken_is_refused(near, member, district):
    lon, lat = district.point("grid1")
    body = {"name": "5号楼", "address": "经二路5号", "lon": lon, "lat": lat, "code": near.building.code}

    assert fields_of(send(member, "post", "/buildings", body)) == ["body.code"]


def test_another_street_s_building_can_neither_be_seen_nor_changed(near, far, member):
    assert member.get(f"{API}/buildings/{far.building.id}").status_code == 404
    assert send(member, "patch", f"/buildings/{far.building.id}", {"version": 1, "lifts": 2}).status_code == 404


@pytest.mark.parametrize("name", ["", " ", "\u0000", "x" * 81, None, 7])
def test_names_that_are_none_are_refused(near, member, name):
    answer = send(member, "patch", f"/buildings/{near.building.id}", {"version": 1, "name": name})
    assert answer.status_code in {400, 422}


# --- dwellings ---------------------------------------------------------------------------------------------------


def test_two_rooms_are_joined_and_their_people_go_along(near, as_member):
    (other,) = services.add_dwellings(
        building_id=near.building.id, entrance_id=near.entrance.id, labels=["302"], by=as_member
    )
    (joined,) = services.replace_dwellings(
        building_id=near.building.id,
        dwelling_ids=[near.dwelling.id, other.id],
        labels=["301-302"],
        reason="两户打通",
        by=as_member,
    )

    assert set(Person.objects.values_list("dwelling_id", flat=True)) == {joined.id}
    assert Household.objects.get().dwelling_id == joined.id
    assert Tie.objects.get(valid_to__isnull=True).dwelling_id == joined.id
    assert Tie.objects.get(valid_to__isnull=False).dwelling_id == near.dwelling.id
    assert Dwelling.objects.filter(ended_on__isnull=False).count() == 2


def test_who_splits_a_room_says_where_its_people_stay(near, member, as_member):
    body = {"dwellings": [str(near.dwelling.id)], "labels": ["301A", "301B"], "reason": "房屋分割"}
    url = f"/buildings/{near.building.id}/dwellings/replace"
    assert fields_of(send(member, "post", url, body)) == ["body.residents_to"]

    made = send(member, "post", url, body | {"residents_to": "301B"})
    assert made.status_code == 201, made.content
    assert Household.objects.get().dwelling.label == "301B"


def test_a_room_where_people_live_does_not_end(near, member):
    answer = member.delete(
        f"{API}/dwellings/{near.dwelling.id}", {"version": 1, "reason": "登记错误"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "still_lived_in")


def test_a_room_changes_its_label_and_its_floor_follows(near, member):
    answer = send(member, "patch", f"/dwellings/{near.dwelling.id}", {"version": 1, "label": "1502", "use": "rented"})

    assert (answer.json()["floor"], answer.json()["use"]) == (15, "rented")


def test_a_use_that_is_none_is_refused(near, member):
    answer = send(member, "patch", f"/dwellings/{near.dwelling.id}", {"version": 1, "use": "castle"})
    assert fields_of(answer) == ["body.use"]


# --- premises, components, devices, organisations ------------------------------------------------------------------


def test_premises_are_where_their_building_is(near, member):
    body = {"name": "便民超市", "kind": "shop", "building": str(near.building.id), "hazards": ["gas"]}
    made = send(member, "post", "/premises", body)

    assert made.status_code == 201, made.content
    row = Premises.objects.get(pk=made.json()["id"])
    assert (row.lon, row.area_pos, row.pinyin) == (near.building.lon, near.building.area_pos, "bmcs")
    assert fields_of(send(member, "post", "/premises", body | {"hazards": ["dragons"]})) == ["body.hazards"]
    assert fields_of(send(member, "post", "/premises", body | {"kind": "castle"})) == ["body.kind"]


def test_a_component_is_of_a_kind_of_the_profile(near, member, district):
    services.load_component_kinds([("C-01001", "供水井盖")])
    lon, lat = district.point("grid1")
    body = {"code": "370199010001", "kind": "C-01001", "lon": lon, "lat": lat}
    made = send(member, "post", "/components", body)

    assert made.status_code == 201, made.content
    assert (made.json()["name"], made.json()["kind_name"]) == ("供水井盖", "供水井盖")
    assert fields_of(send(member, "post", "/components", body | {"code": "2", "kind": "C-99999"})) == ["body.kind"]
    assert fields_of(send(member, "post", "/components", body)) == ["body.code"]
    assert Component.objects.filter(code="370199010001").count() == 1


def test_a_device_in_a_dwelling_is_in_its_building(near, member):
    body = {"code": "AN-1", "kind": "emergency_button", "dwelling": str(near.dwelling.id)}
    made = send(member, "post", "/devices", body)

    assert made.status_code == 201, made.content
    row = Device.objects.get(code="AN-1")
    assert (row.building_id, row.dwelling_id) == (near.building.id, near.dwelling.id)


def test_points_of_other_datums_are_converted(near, member, district):
    lon, lat = district.point("grid1")
    body = {"code": "X1", "kind": "camera", "lon": lon, "lat": lat, "crs": "GCJ02"}
    assert send(member, "post", "/devices", body).status_code == 201

    row = Device.objects.get(code="X1")
    assert row.lon is not None
    assert 0.003 < lon - row.lon < 0.009


@pytest.mark.parametrize(
    ("uscc", "why"),
    [("123", "18 位"), (USCC + "01"[credit_check(USCC) == "0"], "校验"), (None, "原因")],
)
def test_a_code_that_does_not_check_is_refused(near, member, uscc, why):
    answer = send(member, "post", "/organisations", {"name": "测试公司", "kind": "enterprise", "uscc": uscc})

    assert fields_of(answer) == ["body.uscc"]
    assert why in answer.json()["errors"][0]["zh"]


def test_whom_to_call_is_sealed_masked_and_shown_for_a_purpose_that_is_kept(near, member):
    body = {
        "name": "测试公司", "kind": "enterprise", "uscc": USCC + credit_check(USCC), "legal_person": "王经理",
        "phone": "13900001234",
    }  # fmt: skip
    made = send(member, "post", "/organisations", body).json()
    row = Organisation.objects.get(pk=made["id"])

    assert (made["legal_person"], made["phone"]) == ("王**", "139****1234")
    assert b"1234" not in bytes(row.sealed)
    assert "13900001234" not in str(Entry.objects.get(subject_id=row.pk).data)
    url = f"/organisations/{row.pk}/look"
    assert send(member, "post", url, {"purpose": "看"}).status_code == 422
    assert send(member, "post", url, {"purpose": "通知整改燃气隐患"}).json()["phone"] == "13900001234"
    look = Look.objects.get(subject_id=row.pk)
    assert (look.subject_type, look.purpose) == ("organisation", "通知整改燃气隐患")


# --- estates -----------------------------------------------------------------------------------------------------


def test_an_estate_shows_the_three_parties_that_serve_it(near, member, district):
    for role, values in {
        "property_company": {"organisation": str(near.organisation.id), "phone": "0531-82000000"},
        "owners_committee": {"name": "第二届业委会", "contact": "李主任"},
        "residents_committee": {"unit": str(district.units["committee1"].id)},
    }.items():
        made = send(member, "post", f"/estates/{near.estate.id}/services", {"role": role, **values})
        assert made.status_code == 201, made.content
    page = member.get(f"{API}/estates/{near.estate.id}").json()

    assert {one["role"] for one in page["services"]} == {"property_company", "owners_committee", "residents_committee"}
    assert [row["id"] for row in page["buildings"]] == [str(near.building.id)]
    assert "82000000" not in str(page)


def test_a_new_property_company_ends_the_service_of_the_old(near, member):
    url = f"/estates/{near.estate.id}/services"
    send(member, "post", url, {"role": "property_company", "name": "甲物业", "valid_from": "2024-01-01"})
    send(member, "post", url, {"role": "property_company", "name": "乙物业", "valid_from": "2026-01-01"})
    send(member, "post", url, {"role": "courtyard_team", "name": "一队", "valid_from": "2026-01-01"})
    send(member, "post", url, {"role": "courtyard_team", "name": "二队", "valid_from": "2026-01-01"})

    held = {row.name: str(row.valid_to) for row in EstateService.objects.all()}
    assert held == {"甲物业": "2026-01-01", "乙物业": "None", "一队": "None", "二队": "None"}


def test_an_estate_of_another_community_is_read_but_not_changed(near, far, member):
    assert member.get(f"{API}/estates/{far.estate.id}").status_code == 200
    answer = send(member, "patch", f"/estates/{far.estate.id}", {"version": 1, "built_year": 1999})
    assert (answer.status_code, answer.json()["code"]) == (403, "place_elsewhere")


def test_a_renamed_estate_is_found_by_its_new_initials(near, member):
    send(member, "patch", f"/estates/{near.estate.id}", {"version": 1, "name": "重汽花园"})

    assert Estate.objects.get(pk=near.estate.pk).pinyin == "zqhy"
    assert Building.objects.get(pk=near.building.pk).pinyin == "zqhy3hl"


# --- photos and search -------------------------------------------------------------------------------------------


def test_a_photo_is_encoded_anew_and_seen_in_the_grid_alone(near, member, people, client_for):
    made = member.post(
        f"{API}/photos", {"subject_type": "building", "subject_id": str(near.building.id), "file": picture()}
    )
    assert made.status_code == 201, made.content
    url = made.json()["url"]

    shown = member.get(url)
    assert (shown.status_code, shown["Content-Type"], shown.content[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert client_for(people.other_grid_member).get(url).status_code == 404
    assert member.delete(f"{API}/photos/{made.json()['id']}").status_code == 204
    assert not Photo.objects.filter(pk=made.json()["id"]).exists()


def test_what_is_no_picture_is_refused(near, member):
    body = {"subject_type": "building", "subject_id": str(near.building.id), "file": io.BytesIO(b"<svg/>")}
    assert member.post(f"{API}/photos", body).json()["code"] == "not_a_picture"


@pytest.mark.parametrize(
    ("q", "kind"),
    [
        ("睦和苑1", "estate"),
        ("mhy1", "building"),
        ("经二路1号", "building"),
        ("测试商店", "premises"),
        ("cssd", "organisation"),
    ],
)
def test_places_are_found_by_name_initials_and_address(near, far, as_member, q, kind):
    hits = selectors.search_places(q, actor=as_member)

    assert kind in {hit["type"] for hit in hits}
    assert str(far.building.id) not in {str(hit["id"]) for hit in hits}


def test_a_department_reads_places_of_the_whole_district(near, far, people, client_for):
    clerk = client_for(people.department_clerk)

    assert clerk.get(f"{API}/buildings/{far.building.id}").status_code == 200
    assert clerk.get(f"{API}/components").json()["total"] == 2
    assert send(clerk, "patch", f"/buildings/{far.building.id}", {"version": 1, "lifts": 2}).status_code == 403


def test_lists_are_cut_to_the_reader_s_areas(near, far, member, people, client_for):
    for kind in ("premises", "components", "devices"):
        assert member.get(f"{API}/{kind}").json()["total"] == 1, kind
        assert client_for(people.dispatcher).get(f"{API}/{kind}").json()["total"] == 2, kind
    with scope.acting(system_actor("test")):
        assert Component.objects.count() == 2
