"""Who reads, and so what of a person they are shown; and how fresh what is known is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils import timezone

from wangge.org.models import Unit, UnitKind
from wangge.org.scope import Actor
from wangge.registry.models import DataClass, FieldRule, Person, Tag

CHILD_YEARS = 14  # GB/T 35273: under 14 a person's data is sensitive as such
CLOSE = frozenset({UnitKind.GRID_TEAM, UnitKind.COMMUNITY})
_AGE_BANDS = ((7, "0-6"), (14, "7-13"), (18, "14-17"), (60, "18-59"), (80, "60-79"))


class Reach(StrEnum):
    """How a person came into somebody's sight."""

    GRID = "grid"  # lives where the reader's grid or community is
    ABOVE = "above"  # in a street, or the district
    TIED = "tied"  # owns, works or is responsible there, and lives elsewhere
    PARTNER = "partner"  # in the care of the reader's department


@dataclass(frozen=True)
class Reader:
    """Somebody with the rules by which a person's fields are shown to them."""

    actor: Actor
    today: dt.date
    rules: Mapping[str, FieldRule]
    partner_fields: frozenset[str]

    def reach(self, area_pos: int) -> Reach:
        scope = self.actor.scope
        if scope.covers_area(area_pos):
            return Reach.GRID if self.actor.unit_kind in CLOSE and not scope.all else Reach.ABOVE
        return Reach.TIED if scope.areas else Reach.PARTNER

    def shows(self, reach: Reach, field: str) -> bool:
        return reach is not Reach.PARTNER or field in self.partner_fields

    def shows_tag(self, tag: Tag, reach: Reach) -> bool:
        """What is sensitive, to the grid and the community of the person and to the unit in charge."""
        mine = not self.actor.scope.all and self.actor.scope.covers_unit(tag.unit_pos)
        if reach is Reach.PARTNER:
            return mine
        return mine or reach is Reach.GRID or tag.kind.data_class not in {DataClass.SENSITIVE, DataClass.MINOR}

    def is_child(self, birth_year: int | None) -> bool:
        """By the year alone, so that whoever may still be 13 counts as a child."""
        return birth_year is not None and self.today.year - birth_year <= CHILD_YEARS

    def age_band(self, birth_year: int | None) -> str | None:
        if birth_year is None:
            return None
        age = self.today.year - birth_year
        return next((band for limit, band in _AGE_BANDS if age < limit), "80+")

    @cached_property
    def days_by_group(self) -> dict[str, int]:
        return fresh_days(self.rules.values())

    def stale(self, person: Person) -> bool:
        return any(not fresh(person.confirmed, group, days, self.today) for group, days in self.days_by_group.items())


def reader_of(actor: Actor, at: dt.datetime | None = None) -> Reader:
    rules = rules_of("person")
    partner: frozenset[str] = frozenset()
    if actor.unit_id and not actor.scope.areas and not actor.scope.all:
        code = Unit.objects.filter(pk=actor.unit_id).values_list("code", flat=True).first()
        partner = frozenset(name for name, rule in rules.items() if code in rule.partners)
    return Reader(actor, timezone.localdate(at), rules, partner)


def rules_of(subject: str) -> dict[str, FieldRule]:
    """The rules of an object's fields, by field."""
    return {rule.field: rule for rule in FieldRule.objects.filter(object=subject)}


def fresh_days(rules: Iterable[FieldRule]) -> dict[str, int]:
    """By group: how many days what was found true stays so, the shortest of its fields."""
    days: dict[str, int] = {}
    for rule in rules:
        days[rule.group] = min(rule.fresh_days, days.get(rule.group, rule.fresh_days))
    return days


def fresh(confirmed: Mapping[str, Any], group: str, days: int, today: dt.date) -> bool:
    """Whether the group was found true within its days; `confirmed` as every object of the registry holds it."""
    held = confirmed.get(group)
    if not held:
        return False
    return dt.date.fromisoformat(str(held["at"])[:10]) >= today - dt.timedelta(days=days)
