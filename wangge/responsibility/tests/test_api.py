from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from tests.factories import District
from wangge.org.models import Role
from wangge.org.scope import Actor
from wangge.responsibility.models import Category
from wangge.responsibility.policies import Perm
from wangge.responsibility.tests.conftest import Publish, line

API = "/api/v1"


@pytest.fixture
def reader(dispatcher: Actor, client_for: Callable[[Actor | None], Client]) -> Client:
    """The operator of the command centre, who may read and check the lists."""
    role = Role.objects.get(code="district_operator")
    role.permissions = [*role.permissions, str(Perm.READ), str(Perm.CHECK)]
    role.save()
    return client_for(replace(dispatcher, permissions=frozenset(role.permissions)))


def test_the_category_tree_is_cached_by_its_etag(reader: Client, categories: dict[str, Category]) -> None:
    first = reader.get(f"{API}/categories")
    assert first.status_code == 200
    tree = {node["code"]: node for node in first.json()}
    assert [child["code"] for child in tree["C"]["children"]] == ["C-01"]
    assert [leaf["code"] for leaf in tree["C"]["children"][0]["children"]] == ["C-01001", "C-01002"]
    again = reader.get(f"{API}/categories", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_entries_are_filtered_and_paged(reader: Client, publish: Publish) -> None:
    publish([
        line("1", "C-01001"),
        line("2", "C-01002", lead_rule="subdistrict", supports="unit:370199-cgj", list_kind="supporting"),
        line("3", "M-02001", lead_unit="370199-zjj", area_code="370199001", clause="市容条例"),
    ])  # fmt: skip

    def items(query: str) -> list[str]:
        response = reader.get(f"{API}/responsibility/entries?{query}")
        assert response.status_code == 200, response.content
        return [row["item"] for row in response.json()["items"]]

    assert items("") == ["1", "2", "3"]
    assert items("category=C") == ["1", "2"]
    assert items("category=C-01002") == ["2"]
    assert items("unit=370199-cgj") == ["1", "2"]
    assert items("unit=nobody") == []
    assert items("category=nothing") == []
    assert items("list_kind=supporting") == ["2"]
    assert items("q=市容") == ["3"]
    page = reader.get(f"{API}/responsibility/entries?limit=2").json()
    assert (page["total"], page["next"]) == (3, "2")
    assert items("limit=2&cursor=2") == ["3"]
    row = reader.get(f"{API}/responsibility/entries?category=M-02001").json()["items"][0]
    assert row["area"] == {"code": "370199001", "name": "大观园街道"}
    assert row["lead_unit"]["name"] == "区住房和城乡建设局"


def test_who_owns_this_is_answered_for_an_area_and_for_a_point(
    reader: Client, publish: Publish, district: District
) -> None:
    publish([line("1", "C-01001"), line("2", "C-01001", area_code="370199001", lead_rule="subdistrict")])
    by_area = reader.get(f"{API}/responsibility/owner?category=C-01001&area={district.areas['grid5'].id}").json()
    assert (by_area["problem"], by_area["lead_unit"]["code"], by_area["entry"]["item"]) == (None, "370199-cgj", "1")
    lon, lat = district.point("grid1")
    by_point = reader.get(f"{API}/responsibility/owner?category=C-01001&lon={lon}&lat={lat}").json()
    assert (by_point["lead_unit"]["code"], by_point["area"]["name"]) == ("370199001-js", "睦和苑一网格")
    assert by_point["explanation"]["steps"]
    hole = reader.get(f"{API}/responsibility/owner?category=R-0301&lon={lon}&lat={lat}").json()
    assert (hole["problem"], hole["lead_unit"], hole["entry"]) == ("hole", None, None)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("category=C-99&lon=117&lat=36.6", 404),
        ("category=C-01001", 422),
        ("category=C-01001&lon=117", 422),
        ("category=C-01001&lon=999&lat=36", 422),
        ("category=C-01001&area=01890000-0000-7000-8000-000000000000", 404),
    ],
)
def test_questions_without_answer_are_problems(query: str, status: int, reader: Client, publish: Publish) -> None:
    publish([line("1", "C-01001")])
    response = reader.get(f"{API}/responsibility/owner?{query}")
    assert response.status_code == status
    assert response.json()["title"]


def test_lists_and_the_check_are_shown(reader: Client, publish: Publish) -> None:
    publish([line("1", "C")], version="2025", valid_from="2025-01-01")
    publish([line("1", "C"), line("2", "C")])
    lists = reader.get(f"{API}/responsibility/lists").json()
    assert [(row["version"], row["entries"], row["in_force"]) for row in lists] == [
        ("2026-1", 2, True),
        ("2025", 1, False),
    ]
    report = reader.get(f"{API}/responsibility/check?at=2026-06-01").json()
    assert (report["places"], report["overlaps_total"], report["overlaps"][0]["items"]) == (5, 2, ["1", "2"])
    assert report["holes"][0]["area"] == "全区"


@pytest.mark.parametrize("path", ["entries", "lists", "check", "owner?category=C"])
def test_the_lists_need_their_permission(
    path: str, audit_admin: Actor, client_for: Callable[[Actor | None], Client], stranger: Client, publish: Publish
) -> None:
    assert client_for(audit_admin).get(f"{API}/responsibility/{path}").status_code == 403
    assert stranger.get(f"{API}/responsibility/{path}").status_code == 401


def test_without_a_list_in_force_the_browser_is_told(reader: Client, categories: dict[str, Category]) -> None:
    assert reader.get(f"{API}/responsibility/entries").status_code == 404
