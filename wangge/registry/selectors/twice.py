"""Who stands in the register twice, as far as the names, days of birth and phones tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from wangge.areas import selectors as areas
from wangge.kit.errors import NotFound
from wangge.org.scope import Actor, within
from wangge.registry import sealing
from wangge.registry.models import Person, PersonStatus
from wangge.registry.sealing import PersonFacts
from wangge.registry.selectors import people
from wangge.registry.selectors.readers import reader_of

MOST = 200
Known = tuple[Person, PersonFacts]
_REASONS = {
    "birth": {"zh": "姓名和出生日期相同", "en": "same name and day of birth"},
    "phone": {"zh": "姓名和电话相同", "en": "same name and phone"},
}


def groups(*, actor: Actor, area_id: UUID | None = None) -> list[dict[str, Any]]:
    """Those whose records the actor keeps; two different numbers of documents are two people and are not listed."""
    kept = Person.objects.visible_to(actor).exclude(status=PersonStatus.ERASED)
    if not actor.scope.all:
        kept = kept.filter(within("area_pos", actor.scope.areas))
    if area_id is not None:
        area = areas.version_at(area_id)
        if area is None or not actor.scope.covers_area(area.pos):
            raise NotFound
        kept = kept.filter(area_pos__gte=area.pos, area_pos__lt=area.pos_end)
    reader, listed, told = reader_of(actor), [], set[frozenset[UUID]]()
    for code, column, same in (("birth", "birth_key", _born), ("phone", "phone_key", _called)):
        for found in _alike(kept, column, same):
            ids = frozenset(person.pk for person, _ in found)
            if any(ids <= one for one in told):
                continue
            told.add(ids)
            listed.append(
                {"why": code, "reason": _REASONS[code], "people": people.rows([one for one, _ in found], reader)}
            )
    return listed[:MOST]


def _alike(kept: QuerySet[Any], column: str, same: Callable[[PersonFacts], Any]) -> Iterator[list[Known]]:
    """An index hit is a candidate: opened, and compared by what it says."""
    keys = kept.filter(**{f"{column}__isnull": False}).values(column).annotate(n=Count("pk")).filter(n__gt=1)
    hits = kept.filter(**{f"{column}__in": [one[column] for one in keys.order_by(column)[:MOST]]})
    by_text: dict[Any, list[Known]] = defaultdict(list)
    for person in hits.order_by("pk"):
        facts = sealing.open_(person)
        by_text[(sealing.folded(facts.name), same(facts))].append((person, facts))
    for found in by_text.values():
        if len(found) > 1 and not _told_apart(facts for _, facts in found):
            yield found


def _born(facts: PersonFacts) -> Any:
    return facts.birth


def _called(facts: PersonFacts) -> Any:
    return facts.phones[0] if facts.phones else None


def _told_apart(all_facts: Iterable[PersonFacts]) -> bool:
    """Each has a number and no two have the same; or each a day of birth of their own."""
    facts = list(all_facts)
    numbers = [one.id_number for one in facts]
    births = [one.birth for one in facts]
    return (all(numbers) and len(set(numbers)) == len(facts)) or (all(births) and len(set(births)) == len(facts))
