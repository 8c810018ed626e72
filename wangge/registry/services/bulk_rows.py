"""What bulk loading takes: NamedTuples whose fields are the columns, and the lot they come in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID


class EstateRow(NamedTuple):
    id: UUID
    name: str
    area_id: UUID
    kind: str
    built_year: int | None
    pinyin: str


class BuildingRow(NamedTuple):
    id: UUID
    estate_id: UUID | None
    code: str
    name: str
    address: str
    street_number: str
    kind: str
    area_id: UUID
    area_pos: int
    lon: float
    lat: float
    households: int
    floors_above: int | None
    floors_below: int
    built_year: int | None
    lifts: int
    pinyin: str


class BuildingFacts(NamedTuple):
    """For a building known by its address only: `floors_above` is empty there, and nowhere else is it touched."""

    id: UUID
    households: int
    floors_above: int
    floors_below: int
    built_year: int | None
    lifts: int


class EntranceRow(NamedTuple):
    id: UUID
    building_id: UUID
    name: str
    ordinal: int


class DwellingRow(NamedTuple):
    id: UUID
    building_id: UUID
    entrance_id: UUID | None
    label: str
    floor: int | None
    sort_key: str
    use: str
    area_m2: Decimal | None
    area_pos: int
    confirmed: str


class HouseholdRow(NamedTuple):
    id: UUID
    number: str
    kind: str
    dwelling_id: UUID | None
    area_pos: int
    members: int
    since: date | None
    confirmed: str


class PersonRow(NamedTuple):
    id: UUID
    registration: str
    status: str
    sex: str
    birth_year: int | None
    id_kind: str
    no_id_reason: str
    sealed: bytes
    id_key: int | None
    phone_key: int | None
    tail_key: int | None
    name_key: int
    initials_key: int
    birth_key: int | None
    household_id: UUID | None
    household_role: str
    dwelling_id: UUID | None
    area_pos: int
    since: date | None
    source: str
    retention: str
    confirmed: str


class FurtherPhoneRow(NamedTuple):
    id: UUID
    sealed: bytes
    phone_key: int
    tail_key: int
    person_id: UUID


class TieRow(NamedTuple):
    id: UUID
    kind: str
    person_id: UUID | None
    organisation_id: UUID | None
    dwelling_id: UUID | None
    building_id: UUID | None
    premises_id: UUID | None
    role: str
    valid_from: date | None
    valid_to: date | None
    area_pos: int
    source: str
    recorded_at: datetime


class RelationRow(NamedTuple):
    id: UUID
    person_id: UUID
    other_id: UUID
    kind: str


class TagRow(NamedTuple):
    id: UUID
    person_id: UUID
    kind_id: str
    purpose: str
    legal_basis: str
    source: str
    since: date
    review_on: date
    expires_on: date
    unit_id: UUID | None
    unit_pos: int
    area_pos: int


class OrganisationRow(NamedTuple):
    id: UUID
    kind: str
    name: str
    uscc: str | None
    no_uscc_reason: str
    industry: str
    address: str
    sealed: bytes | None
    phone_key: int | None
    employees: int | None
    founded_on: date | None
    area_id: UUID | None
    area_pos: int
    pinyin: str


class EstateServiceRow(NamedTuple):
    id: UUID
    estate_id: UUID
    role: str
    organisation_id: UUID | None
    unit_id: UUID | None
    name: str
    valid_from: date


class PremisesRow(NamedTuple):
    id: UUID
    name: str
    kind: str
    address: str
    building_id: UUID | None
    dwelling_id: UUID | None
    organisation_id: UUID | None
    area_id: UUID
    area_pos: int
    lon: float
    lat: float
    hazards: str
    opened_on: date | None
    pinyin: str


class ComponentRow(NamedTuple):
    id: UUID
    code: str
    kind: str
    name: str
    area_id: UUID
    area_pos: int
    lon: float
    lat: float
    owner_id: UUID | None
    state: str
    installed_on: date | None


class DeviceRow(NamedTuple):
    id: UUID
    code: str
    kind: str
    name: str
    area_id: UUID
    area_pos: int
    lon: float | None
    lat: float | None
    building_id: UUID | None
    dwelling_id: UUID | None
    unit_id: UUID | None
    state: str


@dataclass
class Lot:
    """What goes in together, in the order in which rows need one another."""

    estates: Iterable[EstateRow] = field(default_factory=list)
    buildings: Iterable[BuildingRow] = field(default_factory=list)
    building_facts: Iterable[BuildingFacts] = field(default_factory=list)
    entrances: Iterable[EntranceRow] = field(default_factory=list)
    dwellings: Iterable[DwellingRow] = field(default_factory=list)
    households: Iterable[HouseholdRow] = field(default_factory=list)
    persons: Iterable[PersonRow] = field(default_factory=list)
    further_phones: Iterable[FurtherPhoneRow] = field(default_factory=list)
    relations: Iterable[RelationRow] = field(default_factory=list)
    tags: Iterable[TagRow] = field(default_factory=list)
    organisations: Iterable[OrganisationRow] = field(default_factory=list)
    estate_services: Iterable[EstateServiceRow] = field(default_factory=list)
    premises: Iterable[PremisesRow] = field(default_factory=list)
    ties: Iterable[TieRow] = field(default_factory=list)
    components: Iterable[ComponentRow] = field(default_factory=list)
    devices: Iterable[DeviceRow] = field(default_factory=list)
