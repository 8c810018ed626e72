"""People are found by number, phone, tail, name and initials, in sight alone, and not by trying around."""

from __future__ import annotations

import json

import pytest

from tests.registry_rows import id_number, make_tag
from wangge.kit.pace import Pace
from wangge.org import http, scope
from wangge.registry.models import FieldRule

pytestmark = pytest.mark.django_db
NUMBER = id_number(11)


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch):
    monkeypatch.setattr(http, "_searches", Pace(60))


@pytest.fixture
def search(client_for):
    def ask(who, q, **more):
        body = json.dumps({"q": q, "kind": "person"} | more)
        answer = client_for(who).post("/api/v1/registry/search", body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


@pytest.mark.parametrize(
    ("q", "reason"),
    [
        (NUMBER, "证件号码一致"),
        (NUMBER[:6] + NUMBER[8:17], "证件号码一致"),  # the 15 digits of before
        (NUMBER.lower(), "证件号码一致"),
        ("13900000001", "电话一致"),
        ("139 0000-0001", "电话一致"),
        ("0001", "电话尾号 0001"),
        ("王测试", "姓名一致"),
        ("WCS", "姓名拼音首字母"),
    ],
)
def test_a_person_is_found_each_way_with_the_reason(near, people, search, q, reason):
    (hit,) = search(people.grid_member, q)
    assert (hit["id"], hit["title"], hit["reason"]["zh"]) == (str(near.head.pk), "王**", reason)
    assert hit["subtitle"] == "睦和苑一网格 大观园街道经二路1号3号楼1单元301"
    assert hit["lon"]


@pytest.mark.parametrize("q", ["王测", "李四", "0002", "13900000009", id_number(13), "W", "王", "1390"])
def test_parts_and_strangers_find_nobody(near, people, search, q):
    assert search(people.grid_member, q) == []


@pytest.mark.parametrize("q", [id_number(21), "13900000002", "0002", "王测试"])
def test_beyond_ones_sight_nobody_is_found(far, people, search, q):
    assert search(people.grid_member, q) == []
    assert len(search(people.other_grid_member, q)) == 1
    assert len(search(people.dispatcher, q)) == 1


def test_names_are_found_within_an_area(near, far, people, search, district):
    assert len(search(people.dispatcher, "王测试")) == 2
    (hit,) = search(people.dispatcher, "王测试", area=str(district.areas["street2"].pk))
    assert hit["id"] == str(far.head.pk)
    assert "301" not in hit["subtitle"].rpartition("号楼")[2]


def test_a_partner_finds_those_in_its_care_by_what_it_shares(near, far, people, search, district, system):
    urban = district.units["urban"]
    with scope.acting(system):
        for field in ("name", "phones", "id_number"):
            partners = [urban.code] if field == "name" else []
            FieldRule.objects.create(
                object="person", field=field, name=field, name_en=field, group="identity", owner="grid",
                partners=partners,
            )  # fmt: skip
        make_tag(near.head, unit=urban, unit_pos=urban.pos)
    assert [hit["id"] for hit in search(people.department_clerk, "王测试")] == [str(near.head.pk)]
    assert search(people.department_clerk, NUMBER) == []
    assert search(people.other_department_clerk, "王测试") == []


@pytest.mark.parametrize("q", [NUMBER, "13900000001", NUMBER.lower()])
def test_a_whole_number_is_refused_in_an_address(near, people, client_for, q):
    answer = client_for(people.grid_member).get("/api/v1/registry/search", {"q": q})
    assert answer.status_code == 422
    assert q not in answer.content.decode()


def test_the_rest_may_stand_in_an_address(near, people, client_for):
    answer = client_for(people.grid_member).get("/api/v1/registry/search", {"q": "0001"})
    assert [hit["type"] for hit in answer.json()] == ["person"]


def test_searching_has_a_pace(near, people, client_for, settings):
    client = client_for(people.grid_member)
    answers = [client.get("/api/v1/registry/search", {"q": f"{n:04}"}).status_code for n in range(62)]
    assert answers.index(429) == 60


def test_who_may_read_places_alone_finds_no_people(near, people, client_for):
    client = client_for(people.system_admin)
    assert client.get("/api/v1/registry/search", {"q": "0001"}).status_code == 403
