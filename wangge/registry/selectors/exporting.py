"""Whom an export holds and what its cells say: as much as whoever asks is shown on the pages, no more."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.kit import crypto, masks
from wangge.kit.errors import NotFound
from wangge.org.models import UnitKind
from wangge.org.scope import Actor, within
from wangge.registry import sealing
from wangge.registry.models import DataClass, Export, Person, PersonStatus, Tag
from wangge.registry.policies import Perm
from wangge.registry.selectors.readers import Reach, Reader

PAGE = 500
HERE = (PersonStatus.LIVING_HERE, PersonStatus.ABSENT)
_PROTECTED = (DataClass.SENSITIVE, DataClass.MINOR)
_CLOSE = frozenset({UnitKind.GRID_TEAM, UnitKind.COMMUNITY})

FIELDS: Mapping[str, tuple[str, str]] = {
    "name": ("姓名", "Name"),
    "id_kind": ("证件类型", "Kind of document"),
    "id_number": ("证件号码", "Number of the document"),
    "sex": ("性别", "Sex"),
    "birth": ("出生日期", "Date of birth"),
    "birth_year": ("出生年份", "Year of birth"),
    "phones": ("联系电话", "Phones"),
    "registration": ("人口类型", "Registration"),
    "status": ("在住状态", "Status"),
    "household_role": ("与户主关系", "Household role"),
    "grid": ("所属网格", "Grid"),
    "dwelling": ("居住地址", "Address"),
    "registered_address": ("户籍地址", "Registered address"),
    "ethnicity": ("民族", "Ethnicity"),
    "workplace": ("工作单位", "Workplace"),
    "tags": ("标签", "Tags"),
}
SEALED = frozenset({"name", "id_number", "birth", "phones", "registered_address", "ethnicity", "workplace"})


@dataclass(frozen=True)
class Filters:
    """Whom the list is to hold; empty: everybody in sight."""

    area: str = ""  # id
    building: str = ""  # id
    registration: tuple[str, ...] = ()
    sex: str = ""
    age_from: int | None = None
    age_to: int | None = None
    tags: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in ("", (), None)}


def filters_of(kept: Mapping[str, Any]) -> Filters:
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
    return Filters(**plain)


def people(*, filters: Filters, actor: Actor, today: dt.date | None = None) -> QuerySet[Person]:
    """Who lives here, is in the actor's sight and fits; an area out of sight is NotFound."""
    found: QuerySet[Person] = Person.objects.visible_to(actor).filter(status__in=HERE)
    if filters.area:
        version = areas.version_at(UUID(filters.area))
        if version is None or not actor.scope.covers_area(version.pos):
            raise NotFound
        found = found.filter(area_pos__gte=version.pos, area_pos__lt=version.pos_end)
    if filters.building:
        found = found.filter(dwelling__building_id=UUID(filters.building))
    if filters.registration:
        found = found.filter(registration__in=filters.registration)
    if filters.sex:
        found = found.filter(sex=filters.sex)
    year = (today or timezone.localdate()).year
    if filters.age_from is not None:
        found = found.filter(birth_year__lte=year - filters.age_from)
    if filters.age_to is not None:
        found = found.filter(birth_year__gte=year - filters.age_to)
    for code in filters.tags:
        found = found.filter(Exists(_tags_in_sight(actor).filter(person_id=OuterRef("pk"), kind_id=code)))
    return found


def _tags_in_sight(actor: Actor) -> QuerySet[Tag]:
    """So that nobody picks out by a tag whom the page does not show it of."""
    tags: QuerySet[Tag] = Tag.objects.filter(ended_on__isnull=True)
    if actor.unit_kind in _CLOSE and not actor.scope.all:
        return tags
    return tags.filter(~Q(kind__data_class__in=_PROTECTED) | within("unit_pos", actor.scope.units))


def rows(*, found: QuerySet[Person], fields: Sequence[str], reader: Reader) -> Iterator[tuple[Person, list[str]]]:
    """Each person with their cells, a page in memory at a time."""
    last = UUID(int=0)
    while True:
        page = list(
            found.filter(pk__gt=last)
            .select_related("dwelling__building", "dwelling__entrance")
            .order_by("pk")
            .distinct()[:PAGE]
        )
        tags = _tags_of(page) if "tags" in fields else {}
        for person in page:
            yield person, cells(person, fields, reader, tags.get(person.pk, ()))
        if len(page) < PAGE:
            return
        last = page[-1].pk


def opens(fields: Iterable[str], actor: Actor) -> list[str]:
    """Which of the fields come out unmasked, of people `shown_whole`; the rest need no trace of their own."""
    return sorted(SEALED & set(fields)) if actor.may(Perm.PERSON_LOOK) else []


def _tags_of(page: Sequence[Person]) -> dict[UUID, list[Tag]]:
    held: dict[UUID, list[Tag]] = defaultdict(list)
    wanted = Tag.objects.filter(person__in=page, ended_on__isnull=True).select_related("kind").order_by("kind_id")
    for tag in wanted:
        held[tag.person_id].append(tag)
    return held


def cells(person: Person, fields: Sequence[str], reader: Reader, tags: Sequence[Tag]) -> list[str]:
    """What the reader is shown of each field, as text."""
    reach = reader.reach(person.area_pos)
    facts = sealing.open_(person) if SEALED & set(fields) else None
    said = []
    for field in fields:
        if not reader.shows(reach, field):
            said.append("")
        elif field == "tags":
            said.append("、".join(tag.kind.name for tag in tags if reader.shows_tag(tag, reach)))
        elif facts is not None and field in SEALED:
            said.append(_sealed(field, facts, reader, reach, person))
        else:
            said.append(_open(field, person, reach))
    return said


def shown_whole(person: Person, reader: Reader) -> bool:
    """As a look would: never of who lives elsewhere; of a child, for the grid and the community alone."""
    if not reader.actor.may(Perm.PERSON_LOOK):
        return False
    match reader.reach(person.area_pos):
        case Reach.GRID:
            return True
        case Reach.TIED:
            return False
        case _:
            return not reader.is_child(person.birth_year)


def _sealed(field: str, facts: sealing.PersonFacts, reader: Reader, reach: Reach, person: Person) -> str:
    whole = shown_whole(person, reader)
    if field == "phones":
        return "、".join(facts.phones if whole else map(crypto.mask_phone, facts.phones))
    if field == "birth":
        return "" if facts.birth is None else facts.birth.isoformat() if whole else f"{facts.birth.year}"
    value = str(getattr(facts, field))
    if whole:
        return value
    if field == "name":
        return "**" if reach is not Reach.GRID and reader.is_child(person.birth_year) else crypto.mask_name(value)
    if field == "id_number":
        return masks.mask_number(value)
    return masks.mask_address(value) if field == "registered_address" else "*" * min(len(value), 3)


def _open(field: str, person: Person, reach: Reach) -> str:
    if field == "grid":
        version = areas.area_for_pos(person.area_pos)
        return version.name if version else ""
    if field == "dwelling":
        if person.dwelling is None:
            return ""
        door = f"{person.dwelling.entrance.name if person.dwelling.entrance else ''}{person.dwelling.label}"
        return person.dwelling.building.address + (door if reach is Reach.GRID else "")
    if field in {"sex", "registration", "status"}:
        return str(getattr(person, f"get_{field}_display")())
    value = getattr(person, field)
    return "" if value is None else str(value)


def exports_for(actor: Actor) -> QuerySet[Export]:
    """One's own, and for who decides those of their areas; newest first."""
    found = Export.objects.visible_to(actor)
    if not actor.may(Perm.EXPORT_APPROVE):
        found = Export.objects.filter(by_id=actor.user_id)
    return found.order_by("-created_at", "-pk")
