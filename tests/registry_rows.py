"""Rows of the registry for tests: a home with somebody in it, and what stands around it, in any grid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from uuid import UUID

from tests.factories import District
from wangge.areas.models import Level
from wangge.kit import clock, crypto, labels
from wangge.kit.ids import uuid7
from wangge.kit.tree import AREAS
from wangge.org.models import Unit
from wangge.registry import sealing
from wangge.registry.models import (
    Building,
    Component,
    Correction,
    Device,
    Dwelling,
    Entrance,
    Estate,
    Household,
    Organisation,
    Person,
    Photo,
    Premises,
    Relation,
    Tag,
    TagKind,
    Tie,
)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DAY = date(2025, 3, 1)


def id_number(serial: int, *, born: date = date(1980, 5, 17), area: str = "379999") -> str:
    """A valid number that nobody has: no place bears the area code."""
    body = f"{area}{born:%Y%m%d}{serial:03}"
    total = reduce(lambda sum_, pair: sum_ + int(pair[0]) * pair[1], zip(body, _WEIGHTS, strict=True), 0)
    return body + "10X98765432"[total % 11]


@dataclass
class Home:
    """One of everything in one grid."""

    estate: Estate
    building: Building
    entrance: Entrance
    dwelling: Dwelling
    household: Household
    head: Person
    child: Person
    tie: Tie
    relation: Relation
    organisation: Organisation
    premises: Premises
    component: Component
    device: Device
    photo: Photo

    @property
    def ids(self) -> dict[str, UUID]:
        """By the names that routes give them."""
        return {
            "estate_id": self.estate.id,
            "building_id": self.building.id,
            "dwelling_id": self.dwelling.id,
            "household_id": self.household.id,
            "person_id": self.head.id,
            "relation_id": self.relation.id,
            "organisation_id": self.organisation.id,
            "premises_id": self.premises.id,
            "component_id": self.component.id,
            "device_id": self.device.id,
            "photo_id": self.photo.id,
        }


def make_home(district: District, grid: str, *, serial: int = 1, label: str = "301") -> Home:
    """A home with a head and a child of four years; the actor of the moment must see everything."""
    version = district.versions[grid]
    community = next(v for v in district.versions.values() if v.pos == AREAS.ancestor(version.pos, Level.COMMUNITY))
    lon, lat = district.point(grid)
    here = {"area_id": version.area_id, "area_pos": version.pos, "lon": lon, "lat": lat}
    estate = Estate.objects.create(name=f"睦和苑{serial}", area_id=community.area_id)
    building = Building.objects.create(
        estate=estate, code=f"T-{grid}-{serial}", name="3号楼", address=f"大观园街道经二路{serial}号3号楼",
        pinyin=f"mhy{serial}3hl", floors_above=6, **here,
    )  # fmt: skip
    entrance = Entrance.objects.create(building=building, name="1单元")
    parsed = labels.parse(label)
    dwelling = Dwelling.objects.create(
        building=building, entrance=entrance, label=label, floor=parsed.floor, sort_key=parsed.key[:40],
        use="home", area_pos=version.pos,
    )  # fmt: skip
    household = Household.objects.create(
        number=f"H-{grid}-{serial}", dwelling=dwelling, area_pos=version.pos, members=2, since=DAY
    )
    head = make_person(
        household, sealing.PersonFacts(
            name="王测试", id_kind="resident_id", id_number=id_number(serial * 10 + 1), birth=date(1980, 5, 17),
            phones=(f"1390000{serial:04}",),
        ), role="head",
    )  # fmt: skip
    child = make_person(
        household, sealing.PersonFacts(
            name="王小试", id_kind="resident_id", birth=date(2022, 5, 17),
            id_number=id_number(serial * 10 + 2, born=date(2022, 5, 17)),
        ), role="child",
    )  # fmt: skip
    organisation = Organisation.objects.create(
        kind="enterprise", name=f"测试商店{serial}", no_uscc_reason="正在办理", area_id=version.area_id,
        area_pos=version.pos, pinyin="cssd",
    )  # fmt: skip
    return Home(
        estate, building, entrance, dwelling, household, head, child,
        tie=make_tie(head, dwelling),
        relation=Relation.objects.create(person=child, other=head, kind="parent"),
        organisation=organisation,
        premises=Premises.objects.create(
            name="测试商店", kind="shop", building=building, organisation=organisation, pinyin="cssd", **here
        ),
        component=Component.objects.create(code=f"C-{grid}-{serial}", kind="C-0101", **here),
        device=Device.objects.create(code=f"D-{grid}-{serial}", kind="smoke", building=building, **here),
        photo=Photo.objects.create(
            subject_type="building", subject_id=building.id, area_pos=version.pos, path="registry/none.jpg",
            thumbnail="registry/none.thumb.jpg", width=8, height=8, taken_by=uuid7(), taken_at=clock.now(),
        ),
    )  # fmt: skip


def make_person(household: Household, facts: sealing.PersonFacts, *, role: str) -> Person:
    """Lives with the household, in its dwelling."""
    pk = uuid7()
    community = AREAS.ancestor(household.area_pos, Level.COMMUNITY)
    sealed = sealing.seal(pk, facts, community)
    return Person.objects.create(
        id=pk, registration="registered", sex="female", birth_year=facts.birth.year if facts.birth else None,
        id_kind=facts.id_kind, household=household, household_role=role, dwelling=household.dwelling,
        area_pos=household.area_pos, since=DAY, source="test",
        **{name: getattr(sealed, name) for name in sealed.__slots__},
    )  # fmt: skip


def make_tie(person: Person, dwelling: Dwelling, kind: str = "lives") -> Tie:
    return Tie.objects.create(
        kind=kind, person=person, dwelling=dwelling, area_pos=dwelling.area_pos, valid_from=DAY, source="test",
        recorded_at=clock.now(),
    )  # fmt: skip


def make_tag(person: Person, kind: str = "living_alone", *, unit: object = None, unit_pos: int = -1) -> Tag:
    """With a kind of that code, made if it is not there."""
    known, _ = TagKind.objects.get_or_create(
        code=kind,
        defaults={"name": kind, "name_en": kind, "purpose": "走访", "legal_basis": "《测试法》", "confirmed": True},
    )
    return Tag.objects.create(
        person=person, kind=known, purpose=known.purpose, legal_basis=known.legal_basis, source="test", since=DAY,
        review_on=DAY + timedelta(days=365), expires_on=DAY + timedelta(days=3650), unit=unit, unit_pos=unit_pos,
        area_pos=person.area_pos,
    )  # fmt: skip


def make_correction(person: Person, *, unit: Unit) -> Correction:
    """Somebody found the name otherwise, which the unit keeps."""
    pk = uuid7()
    held = crypto.encrypt('{"known": "王测试", "given": "王更正"}', context=f"correction:{pk}")
    return Correction.objects.create(
        id=pk, person=person, field="name", sealed=held, reason="走访", unit=unit, unit_pos=unit.pos, by_id=uuid7(),
        by_name="周网格", at=clock.now(),
    )  # fmt: skip
