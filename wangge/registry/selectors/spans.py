"""The part of an area that somebody may see, as SQL; and what there counts as stale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion
from wangge.kit.errors import NotFound
from wangge.org.scope import Actor, Interval
from wangge.registry.models import FieldRule
from wangge.registry.selectors.readers import fresh_days

LIVING = "('living_here', 'absent')"


@dataclass(frozen=True)
class Span:
    """`area` as far as the reader sees it: `low` and `high` bound it, and a B-tree serves them."""

    area: AreaVersion
    low: int
    high: int

    def inside(self, column: str) -> str:
        return f"{column} >= {int(self.low)} and {column} < {int(self.high)}"

    @property
    def interval(self) -> Interval:
        return (self.low, self.high)


def span_of(area_id: UUID | None, *, actor: Actor) -> Span:
    """The area, by default the reader's own, cut to what they see; NotFound where that is nothing.

    A department has no area of its own and may ask for any: row-level security leaves it the people in its care.
    """
    scope = actor.scope
    if area_id is not None:
        area = areas.version_at(area_id)
    elif scope.areas and not scope.all:
        area = areas.area_for_pos(scope.areas[0][0])
    else:
        area = next((v for v in areas.atlas().versions if v.level == 0), None)
    if area is None:
        raise NotFound
    if scope.all or not scope.areas:
        return Span(area, area.pos, area.pos_end)
    cuts = [(max(start, area.pos), min(end, area.pos_end)) for start, end in scope.areas]
    cut = next((one for one in cuts if one[0] < one[1]), None)
    if cut is None:
        raise NotFound
    return Span(area, *cut)


@dataclass(frozen=True)
class Staleness:
    """By object and group: how many days what was found true stays so."""

    days: Mapping[str, Mapping[str, int]]
    today: dt.date

    def sql(self, subject: str, alias: str) -> tuple[str, list[Any]]:
        """Condition, with its values: some group of the row's fields was not found true within its days."""
        parts, values = [], list[Any]()
        for group, days in self.days.get(subject, {}).items():
            parts.append(f"coalesce(left({alias}.confirmed #>> %s, 10), '') < %s")
            values += [[group, "at"], (self.today - dt.timedelta(days=days)).isoformat()]
        return "(" + " or ".join(parts) + ")" if parts else "false", values

    def of(self, subject: str, confirmed: Mapping[str, Any]) -> bool:
        return any(
            str((confirmed.get(group) or {}).get("at", ""))[:10] < (self.today - dt.timedelta(days=days)).isoformat()
            for group, days in self.days.get(subject, {}).items()
        )


def staleness(*subjects: str, today: dt.date) -> Staleness:
    rules: dict[str, list[FieldRule]] = {}
    for rule in FieldRule.objects.filter(object__in=subjects):
        rules.setdefault(rule.object, []).append(rule)
    return Staleness({subject: fresh_days(held) for subject, held in rules.items()}, today)
