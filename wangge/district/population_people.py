"""The households and residents of a grid, what ties them to its homes, the groups they belong to: pure functions."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from wangge.district import population_families as families
from wangge.district import population_names as names
from wangge.district.population_families import Member
from wangge.district.population_names import Ids, Numbers
from wangge.district.population_places import GridSpec, Home, Places, confirmed_note
from wangge.registry.sealing import PersonFacts
from wangge.registry.services.bulk_rows import HouseholdRow, TagRow, TieRow

SOURCE = "演示数据"
_ETHNIC = ("回族", "满族", "蒙古族", "朝鲜族", "苗族")
_MOVED_HERE = 0.05  # of households: from another home of the building
_ADULT = 18


@dataclass(frozen=True)
class TagTerms:
    """A priority group of the profile: what each tag repeats, and the department in charge."""

    code: str
    purpose: str
    legal_basis: str
    review_months: int
    expires_months: int
    unit_id: UUID | None = None
    unit_pos: int = -1


@dataclass(frozen=True, slots=True)
class Resident:
    """A person before sealing."""

    id: UUID
    facts: PersonFacts
    registration: str
    status: str
    male: bool
    age: int
    household: UUID
    role: str
    dwelling: UUID
    since: dt.date
    confirmed: str


@dataclass
class Residents:
    """Of one grid, in the order of its homes."""

    households: list[HouseholdRow] = field(default_factory=list)
    people: list[Resident] = field(default_factory=list)
    ties: list[TieRow] = field(default_factory=list)
    tags: list[TagRow] = field(default_factory=list)
    alone: list[Home] = field(default_factory=list)  # where an elder lives alone


@dataclass
class _Grid:
    """What the making of one grid's people needs at hand."""

    spec: GridSpec
    as_of: dt.date
    terms: Mapping[str, TagTerms]
    rng: random.Random
    ids: Ids
    numbers: Numbers
    recorded_at: dt.datetime
    notes: Sequence[str]
    near: Mapping[UUID, Sequence[Home]]  # by building
    made: Residents = field(default_factory=Residents)


def make(
    spec: GridSpec, places: Places, *, seed: int, as_of: dt.date, terms: Mapping[str, TagTerms], most: int | None = None
) -> Residents:
    """The first `most` households, or all; fewer are the beginning of more."""
    rng = random.Random(f"{seed}:{spec.code}:people")  # noqa: S311  # to be the same each time
    grid = _Grid(
        spec, as_of, terms, rng,
        Ids(f"{seed}:{spec.code}:people-ids", spec.index * 20_000 + 8_000), Numbers(rng, spec.index),
        dt.datetime.combine(as_of, dt.time(2), dt.UTC),
        [confirmed_note(spec, as_of - dt.timedelta(days=days), ("identity", "contact", "living", "work"))
         for days in (12, 40, 80, 140, 260, 500)],
        {building: list(homes) for building, homes in itertools.groupby(places.homes, lambda home: home.building_id)},
    )  # fmt: skip
    for number, home in enumerate(itertools.islice(_each_household(places), most), start=1):
        _settle(grid, number, home)
    return grid.made


def _each_household(places: Places) -> Iterator[Home]:
    for home in places.homes:
        yield from itertools.repeat(home, home.households)


def _settle(grid: _Grid, number: int, home: Home) -> None:
    """One household with everything that hangs on it."""
    rng = grid.rng
    together = families.is_collective(rng)
    members = families.collective(rng) if together else families.family(rng)
    registration = _registration(rng, rented=home.use == "rented" or together)
    household, since = grid.ids.next(), grid.as_of - dt.timedelta(days=int(9000 * rng.random() ** 2) + 30)
    confirmed = grid.notes[int(len(grid.notes) * rng.random() ** 1.6)]
    people = [
        _resident(grid, home, one, household=household, registration=registration, since=since, confirmed=confirmed)
        for one in _born(grid, members, family=not together)
    ]
    made = grid.made
    made.households.append(
        HouseholdRow(
            household, f"{grid.spec.code}-{number:04}", "collective" if together else "family", home.id,
            grid.spec.pos, len(people), since, confirmed,
        )
    )  # fmt: skip
    made.people += people
    _tie(grid, home, people, since)
    alone = len(people) == 1 and people[0].age >= 65
    if alone:
        made.alone.append(home)
    no_work = registration == "registered" and rng.random() < 0.006
    for person in people:
        _tag(grid, person, alone=alone, no_work=no_work and _ADULT <= person.age < 60)


def _registration(rng: random.Random, *, rented: bool) -> str:
    draw = rng.random()
    floating, away, registered = (0.68, 0.89, 0.996) if rented else (0.03, 0.22, 0.997)
    if draw < floating:
        return "floating"
    if draw < away:
        return "away"
    return "registered" if draw < registered else "overseas"


@dataclass(frozen=True, slots=True)
class _Named:
    member: Member
    name: str
    birth: dt.date


def _born(grid: _Grid, members: Sequence[Member], *, family: bool) -> Iterator[_Named]:
    """Names and days of birth: children bear the father's family name, twins share a day."""
    rng = grid.rng
    ours, father = names.family_name(rng), ""
    previous = grid.as_of
    for member in members:
        if member.role in {families.HEAD, families.SPOUSE}:
            own = ours if member.role == families.HEAD and family else names.family_name(rng)
            father = own if member.male or not father else father
        else:
            own = _inherited(member, ours, father, rng)
        birth = previous if member.twin else _birthday(rng, grid.as_of, member.age)
        previous = birth
        yield _Named(member, own + names.given_name(rng), birth)


def _inherited(member: Member, ours: str, father: str, rng: random.Random) -> str:
    if member.role in {families.CHILD, families.GRANDCHILD}:
        return father
    return ours if member.paternal else names.family_name(rng)


def _birthday(rng: random.Random, as_of: dt.date, age: int) -> dt.date:
    """A day on which somebody of that age was born."""
    latest = _years_before(as_of, age)
    return latest - dt.timedelta(days=rng.randrange(360))


def _years_before(day: dt.date, years: int) -> dt.date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def _resident(
    grid: _Grid, home: Home, one: _Named, *, household: UUID, registration: str, since: dt.date, confirmed: str
) -> Resident:
    rng, member = grid.rng, one.member
    kind, number, reason, name = _document(grid, one, overseas=registration == "overseas")
    phones = (grid.numbers.phone(),) if rng.random() < _reachable(member.age) else ()
    second = (grid.numbers.phone(),) if phones and rng.random() < 0.06 else ()
    facts = PersonFacts(
        name, kind, number, one.birth, phones + second,
        registered_address=_registered_at(rng, home, registration),
        ethnicity="" if registration == "overseas" else "汉族" if rng.random() < 0.974 else rng.choice(_ETHNIC),
        workplace=f"{names.brand(rng)}公司" if 22 <= member.age < 60 and rng.random() < 0.3 else "",
        no_id_reason=reason,
    )  # fmt: skip
    status = "absent" if registration != "floating" and rng.random() < 0.035 else "living_here"
    came = max(since, one.birth)
    return Resident(
        grid.ids.next(), facts, registration, status, member.male, member.age, household, member.role, home.id, came,
        confirmed,
    )  # fmt: skip


def _document(grid: _Grid, one: _Named, *, overseas: bool) -> tuple[str, str, str, str]:
    """Kind, number, the reason where there is none, and the name that stands on it."""
    rng, numbers = grid.rng, grid.numbers
    if overseas:
        if rng.random() < 0.3:
            return "hk_macao_permit", numbers.permit(), "", one.name
        return "foreign_passport", numbers.foreign_passport(), "", names.latin_name(rng)
    if one.member.age < 1 and rng.random() < 0.3:
        return "none", "", "新生儿，尚未办理户口登记", one.name
    if rng.random() < 0.0008:
        return "none", "", "证件遗失，正在补办", one.name
    return "resident_id", numbers.resident_id(one.birth, male=one.member.male), "", one.name


def _reachable(age: int) -> float:
    return 0.0 if age < 10 else 0.45 if age < _ADULT else 0.97 if age < 75 else 0.8


def _registered_at(rng: random.Random, home: Home, registration: str) -> str:
    if registration == "registered":
        return home.address
    if registration == "overseas":
        return ""
    return f"{rng.choice(names.PROVINCES)}{rng.choice(names.ROADS)}{rng.randint(1, 300)}号"


def _tie(grid: _Grid, home: Home, people: Sequence[Resident], since: dt.date) -> None:
    """All live there; the head owns or rents it; some lived or are registered next door."""
    rng = grid.rng
    head = people[0]
    other = rng.choice(grid.near[home.building_id])
    moved = rng.random() < _MOVED_HERE and other.id != home.id
    for person in people:
        grid.made.ties.append(_at(grid, "lives", person, home, person.since))
        if moved and person.since == since:
            before = max(since - dt.timedelta(days=rng.randint(200, 3000)), person.facts.birth or since)
            grid.made.ties.append(_at(grid, "lives", person, other, before, since))
    if head.registration == "away" and rng.random() < 0.2 and other.id != home.id:
        grid.made.ties.append(_at(grid, "registered", head, other, None))
    if head.age >= _ADULT and (home.use == "rented" or rng.random() < 0.85):
        grid.made.ties.append(_at(grid, "rents" if home.use == "rented" else "owns", head, home, since))


def _at(
    grid: _Grid, kind: str, person: Resident, home: Home, since: dt.date | None, until: dt.date | None = None
) -> TieRow:
    role = person.role if kind == "lives" else ""
    return TieRow(
        grid.ids.next(), kind, person.id, None, home.id, None, None, role, since, until, grid.spec.pos, SOURCE,
        grid.recorded_at,
    )  # fmt: skip


def _tag(grid: _Grid, person: Resident, *, alone: bool, no_work: bool) -> None:
    """By rule: who lives alone in old age, who is eighty, and by the shares that a district knows."""
    rng, age = grid.rng, person.age
    in_it = {
        "living_alone": alone,
        "aged": age >= 80,
        "disabled": rng.random() < (0.012 if age < 60 else 0.05),
        "veteran": person.male and age >= 20 and rng.random() < 0.025,
        "in_need": rng.random() < 0.009,
        "zero_employment": no_work,
        "disabled_elder": age >= 75 and rng.random() < 0.07,
        "left_behind_child": age < 16 and rng.random() < 0.004,
        "severe_mental": age >= _ADULT and rng.random() < 0.003,
        "community_correction": _ADULT <= age < 65 and rng.random() < 0.0006,
        "chronic_disease": age >= 50 and rng.random() < 0.05,
        "pregnant": not person.male and 22 <= age < 43 and rng.random() < 0.012,
        "orphan": age < _ADULT and rng.random() < 0.0005,
        "released": 20 <= age < 65 and rng.random() < 0.0006,
        "drug_rehabilitation": 20 <= age < 60 and rng.random() < 0.0004,
    }
    for code, true in in_it.items():
        if true and (terms := grid.terms.get(code)):
            grid.made.tags.append(_tagged(grid, person, terms))


def _tagged(grid: _Grid, person: Resident, terms: TagTerms) -> TagRow:
    known = min(33 * terms.review_months, 30 * terms.expires_months - 1)  # a few reviews are overdue
    since = grid.as_of - dt.timedelta(days=grid.rng.randint(1, known))
    return TagRow(
        grid.ids.next(), person.id, terms.code, terms.purpose, terms.legal_basis, SOURCE, since,
        since + dt.timedelta(days=30 * terms.review_months), since + dt.timedelta(days=30 * terms.expires_months),
        terms.unit_id, terms.unit_pos, grid.spec.pos,
    )  # fmt: skip
