"""Reading categories and lists; who owns a matter; what a text is about."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from wangge.responsibility import book
from wangge.responsibility.checking import Dangling, Finding, Report, check_owners
from wangge.responsibility.danger import Danger
from wangge.responsibility.hearing import (
    Matter,
    candidates,
    keyword_scores,
    level_of,
    matter,
    path_of,
    understand,
    vocabulary_of,
)
from wangge.responsibility.models import Category, CategoryKind, Entry, ResponsibilityList
from wangge.responsibility.reading_rules import MatterFile
from wangge.responsibility.routing import NoSuchCategory, Route, route
from wangge.responsibility.understanding import SURE, Understood

__all__ = [
    "SURE",
    "Danger",
    "Dangling",
    "Finding",
    "Matter",
    "MatterFile",
    "NoSuchCategory",
    "Report",
    "Route",
    "Understood",
    "candidates",
    "category",
    "category_codes",
    "category_tree",
    "check_owners",
    "danger",
    "entries",
    "entry",
    "in_force",
    "keyword_scores",
    "level_of",
    "lists",
    "matter",
    "path_of",
    "request_tree",
    "revision",
    "route",
    "rules",
    "understand",
    "unit_name",
    "vocabulary_of",
]


def category(code: str) -> Category | None:
    return _by_code(book.current()).get(code)


@functools.lru_cache(maxsize=2)
def _by_code(held: book.Book) -> dict[str, Category]:
    return {category.code: category for category in held.categories.values()}


def category_codes(category_id: UUID) -> tuple[str, ...]:
    """The code of the category, then those above it up to the root."""
    held = book.current()
    return tuple(held.categories[one].code for one in held.chains.get(category_id, ()) if one in held.categories)


def danger(title: str, description: str = "") -> Danger | None:
    """The danger to life that the text tells of."""
    return book.current().reading.danger.read(title, description)


def rules() -> MatterFile:
    """When the model learns and is used, and how sure is sure enough."""
    return book.current().reading.matter


def revision() -> str:
    """Changes with the categories: their ETag."""
    return str(book.current().signature[0])


def category_tree() -> list[dict[str, Any]]:
    """All categories in use as a tree, by code."""
    return _tree(c for c in book.current().categories.values() if c.active)


def request_tree() -> list[dict[str, Any]]:
    """What a resident may choose from: requests, or everything where the profile has no requests."""
    active = [c for c in book.current().categories.values() if c.active]
    requests = [c for c in active if c.kind == CategoryKind.REQUEST]
    return _tree(requests or active)


def _tree(categories: Iterable[Category]) -> list[dict[str, Any]]:
    nodes: dict[UUID, dict[str, Any]] = {}
    parents: dict[UUID, UUID | None] = {}
    for category in categories:
        parents[category.id] = category.parent_id
        nodes[category.id] = {
            "id": category.id,
            "code": category.code,
            "kind": category.kind,
            "name": category.name,
            "name_en": category.name_en,
            "leaf": category.leaf,
            "evidence_required": category.evidence_required,
            "on_the_spot": category.on_the_spot,
            "urgency": category.urgency,
            "confirmed": category.confirmed,
            "children": [],
        }
    roots: list[dict[str, Any]] = []
    for id_, node in nodes.items():
        above = nodes.get(parents[id_]) if parents[id_] is not None else None  # type: ignore[arg-type]  # checked
        (roots if above is None else above["children"]).append(node)
    return roots


def lists() -> list[tuple[ResponsibilityList, int]]:
    """Every version with the number of its lines, the newest first."""
    rows = ResponsibilityList.objects.annotate(lines=Count("entries")).order_by("-valid_from", "-id")
    return [(row, row.lines) for row in rows]


def in_force(day: dt.date) -> ResponsibilityList | None:
    return book.current().list_on(day)


def entry(entry_id: UUID) -> Entry:
    return Entry.objects.select_related("category", "lead_unit").get(pk=entry_id)


def unit_name(code: str) -> str:
    found = book.current().by_code.get(code)
    return found.name if found else ""


def entries(
    *, list_id: UUID, category_code: str = "", unit: str = "", list_kind: str = "", text: str = ""
) -> QuerySet[Entry]:
    """Lines of one list; a category stands for what is below it, a unit (id or code) for lead or support."""
    held = book.current()
    rows = Entry.objects.filter(list=list_id).select_related("category", "area", "lead_unit").order_by("item")
    if category_code:
        chosen = category(category_code)
        below = [id_ for id_, chain in held.chains.items() if chosen is not None and chosen.id in chain]
        rows = rows.filter(category__in=below)
    if unit:
        found = held.by_code.get(unit) or next((u for u in held.units.values() if str(u.id) == unit), None)
        if found is None:
            return rows.none()
        rows = rows.filter(Q(lead_unit=found) | Q(supports__contains=[{"rule": "unit", "code": found.code}]))
    if list_kind:
        rows = rows.filter(list_kind=list_kind)
    if text:
        rows = rows.filter(
            Q(item__icontains=text)
            | Q(clause__icontains=text)
            | Q(category__name__icontains=text)
            | Q(note__icontains=text)
        )
    return rows
