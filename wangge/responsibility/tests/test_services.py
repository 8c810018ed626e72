from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import District
from wangge.audit import services as audit
from wangge.kit.errors import Invalid
from wangge.responsibility import selectors, services
from wangge.responsibility.models import Category, Entry, ResponsibilityList
from wangge.responsibility.tests.conftest import CATEGORIES, DAY, Publish, line

Edit = Callable[[list[dict[str, Any]]], Any]


def test_loading_categories_again_changes_nothing(categories: dict[str, Category]) -> None:
    assert len(categories) == len(CATEGORIES)
    assert categories["C-01001"].parent_id == categories["C-01"].id
    assert categories["C-01001"].keywords == ["自来水井盖", "水务井盖"]
    assert services.load_categories(CATEGORIES) == 0
    changed = [row | ({"name": "自来水井盖"} if row["code"] == "C-01001" else {}) for row in CATEGORIES]
    assert services.load_categories(changed) == 1
    assert Category.objects.get(code="C-01001").id == categories["C-01001"].id


@pytest.mark.parametrize(
    ("row", "at"),
    [
        ({"code": "", "kind": "matter", "name": "无编码", "leaf": "true"}, "row 11 code"),
        ({"code": "X", "kind": "matter", "name": "", "leaf": "true"}, "row 11 name"),
        ({"code": "X", "kind": "thing", "name": "某事", "leaf": "true"}, "row 11 kind"),
        ({"code": "X", "kind": "matter", "name": "某事", "leaf": "maybe"}, "row 11 leaf"),
        ({"code": "X", "kind": "matter", "name": "某事", "leaf": "true", "parent_code": "M-99"}, "row 11 parent_code"),
        (
            {"code": "X", "kind": "matter", "name": "某事", "leaf": "true", "parent_code": "M-02001"},
            "row 11 parent_code",
        ),
        ({"code": "X", "kind": "matter", "name": "某事", "leaf": "false", "parent_code": "X"}, "row 11 parent_code"),
        ({"code": "C-01", "kind": "matter", "name": "重复", "leaf": "false"}, "row 11 code"),
    ],
)
def test_a_wrong_category_is_named_and_nothing_is_stored(row: dict[str, Any], at: str, district: District) -> None:
    with pytest.raises(Invalid) as caught:
        services.load_categories([*CATEGORIES, row])
    assert at in [error["at"] for error in caught.value.errors]
    assert not Category.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"category": "C-99"}, "category"),
        ({"area_code": "370199009"}, "area_code"),
        ({"list_kind": "extra"}, "list_kind"),
        ({"level": "7"}, "level"),
        ({"lead_rule": "nobody"}, "lead_rule"),
        ({"lead_unit": ""}, "lead_unit"),
        ({"lead_unit": "370199-none"}, "lead_unit"),
        ({"supports": "unit"}, "supports"),
        ({"supports": "unit:370199-none"}, "supports"),
        ({"first_actor": "mayor"}, "first_actor"),
        ({"clause": ""}, "clause"),
        ({"limits": "handle soon"}, "limits"),
        ({"limits": "handle 0 working_hours"}, "limits"),
        ({"limits": "handle 1.5 working_days"}, "limits"),
        ({"limits": "dream 1 working_days"}, "limits"),
        ({"item": ""}, "item"),
        ({"item": "1"}, "item"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_published(fields: dict[str, Any], field: str, publish: Publish) -> None:
    with pytest.raises(Invalid) as caught:
        publish([line("1", "C-01001"), line("2", "C-01002") | fields])
    assert f"row 2 {field}" in [error["at"] for error in caught.value.errors]
    assert all(error["zh"] and error["en"] for error in caught.value.errors)
    assert not ResponsibilityList.objects.exists()


@pytest.mark.parametrize("header", [{"version": ""}, {"title": ""}, {"valid_from": "1 January"}, {"valid_from": ""}])
def test_a_wrong_header_is_named(header: dict[str, str], categories: dict[str, Category]) -> None:
    good = {"version": "1", "title": "清单", "valid_from": "2026-01-01"}
    with pytest.raises(Invalid) as caught:
        services.load_list(good | header, [])
    assert [error["at"] for error in caught.value.errors] == [f"row 0 {next(iter(header))}"]


def test_publishing_the_same_again_changes_nothing(publish: Publish) -> None:
    lines = [line("2", "C-01001", supports="subdistrict"), line("10", "C-01002", limits="handle 0.5 urgent_hours")]
    first = publish(lines)
    entries = set(Entry.objects.values_list("id", flat=True))
    assert publish(lines[::-1]).id == first.id
    assert set(Entry.objects.values_list("id", flat=True)) == entries


def test_a_list_in_force_cannot_be_altered_but_one_to_come_can(publish: Publish) -> None:
    publish([line("1", "C-01001")])
    with pytest.raises(services.ListInForce):
        publish([line("1", "C-01001", clause="另一依据")])
    publish([line("1", "C-01001")], version="2099", valid_from="2099-01-01")
    publish([line("2", "C-01001")], version="2099", valid_from="2099-01-01")
    assert list(Entry.objects.filter(list__version="2099").values_list("item", flat=True)) == ["2"]


def test_a_new_list_ends_the_one_before(publish: Publish) -> None:
    old, new = publish([], "a", "2025-01-01"), publish([], "b", "2026-01-01")
    between = publish([], "c", "2025-07-01")
    same_day = publish([], "d", "2026-01-01")
    for row in (old, new, between):
        row.refresh_from_db()
    assert [str(row.valid_to) for row in (old, between, new, same_day)] == [
        "2025-07-01", "2026-01-01", "2026-01-01", "None",
    ]  # fmt: skip
    held = {day: selectors.in_force(dt.date.fromisoformat(day)) for day in ("2025-06-30", "2025-12-31", "2026-01-01")}
    assert list(held.values()) == [old, between, same_day]


def test_publishing_is_in_the_log(publish: Publish) -> None:
    published = publish([line("1", "C-01001")])
    report = audit.verify_chain("responsibility_list", published.id)
    assert (report.entries, report.whole) == (1, True)


def test_thousands_of_lines_are_published_and_checked_in_seconds(district: District) -> None:
    rows = [{"code": f"M-{n:04}", "kind": "matter", "name": f"事项{n}", "leaf": True} for n in range(500)]
    services.load_categories(rows)
    lines = [
        line(f"{n}-{k}", f"M-{n:04}", area_code=code)
        for n in range(500)
        for k, code in enumerate(("", "370199001", "370199001001", "370199002", "370199001001001", "370199002001"))
    ]
    header = {"version": "1", "title": "清单", "valid_from": "2026-01-01"}
    assert services.load_list(header, lines).entries.count() == 3000
    assert selectors.check_owners(DAY).whole
