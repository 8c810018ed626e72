from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.factories import District
from wangge.responsibility import services
from wangge.responsibility.models import Category, ResponsibilityList

DAY = dt.date(2026, 6, 1)

CATEGORIES: list[dict[str, Any]] = [
    {"code": "C", "kind": "component", "name": "管理部件", "leaf": False},
    {"code": "C-01", "kind": "component", "name": "市政公用设施", "parent_code": "C", "leaf": False},
    {"code": "C-01001", "kind": "component", "name": "供水井盖", "parent_code": "C-01", "leaf": True,
     "keywords": "自来水井盖|水务井盖"},
    {"code": "C-01002", "kind": "component", "name": "污水井盖", "parent_code": "C-01", "leaf": True,
     "keywords": "下水道盖|污水盖板"},
    {"code": "M-02", "kind": "matter", "name": "市容环境", "leaf": False},
    {"code": "M-02001", "kind": "matter", "name": "暴露垃圾", "parent_code": "M-02", "leaf": True,
     "keywords": "垃圾成堆|垃圾没人清|垃圾堆放"},
    {"code": "M-02002", "kind": "matter", "name": "占道经营", "parent_code": "M-02", "leaf": True,
     "keywords": "摆摊|流动摊贩|占道"},
    {"code": "R-03", "kind": "request", "name": "噪音扰民", "leaf": False},
    {"code": "R-0301", "kind": "request", "name": "施工噪音", "parent_code": "R-03", "leaf": True,
     "keywords": "夜间施工|工地噪音"},
    {"code": "R-0302", "kind": "request", "name": "广场舞噪音", "parent_code": "R-03", "leaf": True,
     "keywords": "广场舞|音响扰民"},
]  # fmt: skip


def line(item: str, category: str, **fields: Any) -> dict[str, Any]:
    """A row of entries.csv: by default the urban management bureau's, for the whole district."""
    row = {
        "item": item,
        "category": category,
        "area_code": "",
        "list_kind": "basic",
        "level": "1",
        "lead_rule": "unit",
        "lead_unit": "370199-cgj",
        "supports": "",
        "first_actor": "unit",
        "clause": f"职责清单第{item}项",
        "limits": "handle 4 working_hours",
        "note": "",
    } | fields
    if row["lead_rule"] != "unit":
        row["lead_unit"] = ""
    return row


Publish = Callable[..., ResponsibilityList]


@pytest.fixture
def categories(district: District) -> dict[str, Category]:
    services.load_categories(CATEGORIES)
    return {category.code: category for category in Category.objects.all()}


@pytest.fixture
def publish(categories: dict[str, Category]) -> Publish:
    """Publish a list with these lines."""

    def make(
        entries: Iterable[dict[str, Any]], version: str = "2026-1", valid_from: str = "2026-01-01"
    ) -> ResponsibilityList:
        header = {"version": version, "title": "试点区权责清单", "valid_from": valid_from}
        return services.load_list(header, list(entries))

    return make
