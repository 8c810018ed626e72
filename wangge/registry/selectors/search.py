"""Finding people by number, phone, the last four digits of it, name or initials: always to the end, never a part.

Every way goes through blind indexes, and every hit is opened and compared. Names are looked up in the communities in
sight; row-level security says who of those found is in sight at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from wangge.areas import selectors as areas
from wangge.areas.models import Level
from wangge.kit import identity, phones, pinyin
from wangge.kit.errors import NotFound
from wangge.kit.identity import BadNumber, DocumentKind
from wangge.kit.phones import BadPhone
from wangge.org.scope import Actor, Interval
from wangge.registry import sealing
from wangge.registry.models import Dwelling, FurtherPhone, Person, PersonStatus
from wangge.registry.sealing import PersonFacts
from wangge.registry.selectors import people
from wangge.registry.selectors.finding import search_places
from wangge.registry.selectors.readers import Reach, Reader, reader_of
from wangge.registry.wording import AREA_CODE

MOST = 50
_TAIL = re.compile(r"[0-9]{4}")
_INITIALS = re.compile(r"[A-Za-z]{2,6}")
_CHINESE = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af·•・]{2,20}")
# As a Chinese keyboard writes them when nobody looks: １１０ is 110.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DIGITS = re.compile(r"[0-9A-Za-z()\- +]*[0-9][0-9A-Za-z()\- +]{5,}")


@dataclass(frozen=True)
class Way:
    """One way to look: by which index, and what of an opened person must then agree."""

    field: str
    zh: str
    en: str
    wanted: Q
    agrees: Callable[[PersonFacts], bool]


def is_exact(q: str) -> bool:
    """Whether the text is a number of somebody's: such a one must not stand in an address."""
    return _DIGITS.fullmatch(_plain(q)) is not None


def _plain(q: str) -> str:
    return q.translate(_FULL_WIDTH).strip()


def search(q: str, *, actor: Actor, area_id: UUID | None = None, kind: str = "all") -> list[dict[str, Any]]:
    """People first, then places."""
    inside = _inside(area_id, actor)
    found = search_people(q, actor=actor, inside=inside) if kind in {"all", "person"} else []
    if kind in {"all", "place"} and not (is_exact(q) and found):
        found += search_places(q, actor=actor, inside=inside)
    return found


def search_people(q: str, *, actor: Actor, inside: Interval | None = None) -> list[dict[str, Any]]:
    """At most fifty; a partner finds those in its care, by the fields it shares."""
    ways = ways_of(_plain(q), actor=actor, inside=inside)
    if not ways:
        return []
    reader = reader_of(actor)
    hits: dict[UUID, tuple[Person, Way]] = {}
    for way in ways:
        for person in _candidates(way, actor, inside):
            if reader.shows(reader.reach(person.area_pos), way.field) and way.agrees(sealing.open_(person)):
                hits.setdefault(person.pk, (person, way))
    return _documents(list(hits.values())[:MOST], reader)


def ways_of(q: str, *, actor: Actor, inside: Interval | None) -> list[Way]:
    if _TAIL.fullmatch(q):
        return _by_tail(q)
    if _INITIALS.fullmatch(q):
        return [_by_initials(q.lower(), _communities(actor, inside))]
    if _CHINESE.fullmatch(q):
        return [_by_name(q, _communities(actor, inside))]
    if not is_exact(q):
        return [_by_name(q, _communities(actor, inside))] if len(q) >= 2 and not q.isdigit() else []
    return [*_by_phone(q), *_by_number(q)]


def _by_tail(tail: str) -> list[Way]:
    keys = sealing.tail_keys(tail)
    agrees = lambda facts: any(phone.endswith(tail) for phone in facts.phones)  # noqa: E731 - said once, here
    ways = (Q(tail_key__in=keys), *_further(Q(tail_key__in=keys)))
    return [Way("phones", f"电话尾号 {tail}", f"phone ends in {tail}", wanted, agrees) for wanted in ways]


def _further(wanted: Q) -> list[Q]:
    """Who has it as a further phone, if anybody. Asked before and for itself: joined by "or", no index would serve."""
    held = list(FurtherPhone.objects.filter(wanted).values_list("person_id", flat=True)[: MOST * 2])
    return [Q(pk__in=held)] if held else []


def _by_initials(initials: str, communities: Iterable[int]) -> Way:
    wanted = Q(initials_key__in=sealing.initials_keys(communities, initials))
    agrees = lambda facts: pinyin.of_name(sealing.folded(facts.name) or "·").initials == initials  # noqa: E731
    return Way("name", "姓名拼音首字母", "initials of the name", wanted, agrees)


def _by_name(name: str, communities: Iterable[int]) -> Way:
    wanted = Q(name_key__in=sealing.name_keys(communities, name))
    agrees = lambda facts: sealing.folded(facts.name) == sealing.folded(name)  # noqa: E731
    return Way("name", "姓名一致", "the name", wanted, agrees)


def _by_phone(q: str) -> list[Way]:
    try:
        number = phones.parse(q, area_code=AREA_CODE).number
    except BadPhone:
        return []
    keys = sealing.phone_keys(number)
    agrees = lambda facts: number in facts.phones  # noqa: E731
    ways = (Q(phone_key__in=keys), *_further(Q(phone_key__in=keys)))
    return [Way("phones", "电话一致", "the phone", wanted, agrees) for wanted in ways]


def _by_number(q: str) -> list[Way]:
    number = _normal_number(q)
    agrees = lambda facts: facts.id_number == number  # noqa: E731
    return [Way("id_number", "证件号码一致", "the number", Q(id_key__in=sealing.id_keys(number)), agrees)]


def _normal_number(q: str) -> str:
    kind = identity.guess_kind(q)
    if kind in {None, DocumentKind.NONE}:
        return re.sub(r"[\s\-()]", "", q).upper()
    assert kind is not None
    try:
        return identity.parse(kind=kind, number=q, today=_today()).number
    except BadNumber:
        return q.upper()


def _today() -> date:
    return timezone.localdate()


def _candidates(way: Way, actor: Actor, inside: Interval | None) -> list[Person]:
    found = Person.objects.visible_to(actor).filter(way.wanted).exclude(status=PersonStatus.ERASED)
    if inside is not None:
        found = found.filter(area_pos__gte=inside[0], area_pos__lt=inside[1])
    return list(found[: MOST * 2])


def _communities(actor: Actor, inside: Interval | None) -> list[int]:
    """Positions of the communities that the area, or else the actor's scope, touches; for a partner all."""
    intervals = (inside,) if inside else actor.scope.areas
    every = [v for v in areas.atlas().versions if v.level == Level.COMMUNITY]
    if not intervals:
        return [v.pos for v in every]
    return [v.pos for v in every if any(start < v.pos_end and v.pos < end for start, end in intervals)]


def _inside(area_id: UUID | None, actor: Actor) -> Interval | None:
    if area_id is None:
        return None
    area = areas.version_at(area_id)
    if area is None or (actor.scope.areas and not _touches(area.pos, area.pos_end, actor)):
        raise NotFound
    return area.pos, area.pos_end


def _touches(start: int, end: int, actor: Actor) -> bool:
    return any(begin < end and start < stop for begin, stop in actor.scope.areas)


def _documents(hits: list[tuple[Person, Way]], reader: Reader) -> list[dict[str, Any]]:
    homes = Dwelling.objects.select_related("building", "entrance").in_bulk(
        [person.dwelling_id for person, _ in hits if person.dwelling_id]
    )
    found = []
    for person, way in hits:
        home = homes.get(person.dwelling_id) if person.dwelling_id else None
        here = areas.area_for_pos(person.area_pos)
        near = reader.reach(person.area_pos) is Reach.GRID
        found.append(
            {
                "type": "person",
                "id": person.pk,
                "field": way.field,
                "title": people.row(person, reader, ())["name"],
                "subtitle": " ".join(
                    part
                    for part in (here.name if here else "", people.address(home, whole=near) if home else "")
                    if part
                ),
                "reason": {"zh": way.zh, "en": way.en},
                "lon": home.building.lon if home else None,
                "lat": home.building.lat if home else None,
            }
        )
    return found
