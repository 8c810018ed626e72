"""What is said of places, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field

from wangge.kit.schema import In, Named, Out
from wangge.kit.text import has_control

Coordinates = Literal["WGS84", "CGCS2000", "GCJ02", "BD09"]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Version = Annotated[int, Field(ge=1, le=2_000_000_000)]
Year = Annotated[int, Field(ge=1000, le=2100)]
Day = Annotated[dt.date, Field(ge=dt.date(1000, 1, 1), le=dt.date(2200, 1, 1))]


def _clean(text: str) -> str:
    if has_control(text):
        raise ValueError("含有控制字符 · holds control characters")
    return text


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_stripped), AfterValidator(_clean)]
Name = Annotated[Line, Field(min_length=1, max_length=80)]
LongName = Annotated[Line, Field(min_length=1, max_length=120)]
Address = Annotated[Line, Field(max_length=160)]
Code = Annotated[Line, Field(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z_./-]+$")]
Kind = Annotated[Line, Field(max_length=24)]
Purpose = Annotated[Line, Field(min_length=4, max_length=200)]
Reason = Annotated[Line, Field(min_length=2, max_length=80)]
Metres = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]


class _Change(In):
    """Of a change only what is given counts; `version` is the one the page showed."""

    version: Version


class _Point(In):
    lon: Longitude | None = None
    lat: Latitude | None = None
    crs: Coordinates = "WGS84"
    area: UUID | None = None


class EstateIn(In):
    name: Name
    area: UUID
    kind: Kind = "housing"
    built_year: Year | None = None
    renewed_year: Year | None = None


class EstateChange(_Change):
    name: Name = ""
    area: UUID | None = None
    kind: Kind = ""
    built_year: Year | None = None
    renewed_year: Year | None = None


class _Building(_Point):
    estate: UUID | None = None
    kind: Kind = ""
    households: Annotated[int, Field(ge=0, le=10_000)] = 0
    floors_above: Annotated[int, Field(ge=0, le=200)] | None = None
    floors_below: Annotated[int, Field(ge=0, le=20)] = 0
    built_year: Year | None = None
    lifts: Annotated[int, Field(ge=0, le=100)] = 0
    pulled_down_on: Day | None = None


class BuildingIn(_Building):
    name: Name
    address: Annotated[Address, Field(min_length=2)]
    code: Code | None = None


class BuildingChange(_Building, _Change):
    name: Name = ""
    address: Annotated[Address, Field(min_length=2)] = ""
    code: Code = ""


class EntranceIn(In):
    name: Annotated[Line, Field(min_length=1, max_length=40)]
    ordinal: Annotated[int, Field(ge=1, le=200)] = 1
    lon: Longitude | None = None
    lat: Latitude | None = None


class DwellingsIn(In):
    entrance: UUID | None = None
    labels: Annotated[list[str], Field(min_length=1, max_length=500)]
    use: Kind = "unknown"


class DwellingChange(_Change):
    label: Annotated[Line, Field(min_length=1, max_length=40)] = ""
    entrance: UUID | None = None
    floor: Annotated[int, Field(ge=-9, le=200)] | None = None
    use: Kind = ""
    area_m2: Metres | None = None


class DwellingEnd(_Change):
    reason: Reason
    on: Day | None = None


class DwellingsReplaced(In):
    """Join or split: these end, those begin."""

    dwellings: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    labels: Annotated[list[str], Field(min_length=1, max_length=20)]
    residents_to: Annotated[str, Field(max_length=40)] | None = None
    reason: Reason
    on: Day | None = None


class _Premises(_Point):
    address: Address = ""
    building: UUID | None = None
    dwelling: UUID | None = None
    organisation: UUID | None = None
    hazards: Annotated[list[Kind], Field(max_length=10, default_factory=list)]
    opened_on: Day | None = None
    closed_on: Day | None = None


class PremisesIn(_Premises):
    name: LongName
    kind: Kind


class PremisesChange(_Premises, _Change):
    name: LongName = ""
    kind: Kind = ""


class _Component(_Point):
    name: Annotated[Line, Field(max_length=80)] = ""
    owner: UUID | None = None
    state: Kind = "intact"
    installed_on: Day | None = None


class ComponentIn(_Component):
    code: Code
    kind: Kind


class ComponentChange(_Component, _Change):
    code: Code = ""
    kind: Kind = ""


class _Device(_Point):
    name: Annotated[Line, Field(max_length=80)] = ""
    building: UUID | None = None
    dwelling: UUID | None = None
    unit: UUID | None = None
    state: Kind = "in_use"


class DeviceIn(_Device):
    code: Annotated[Line, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_./:-]+$")]
    kind: Kind


class DeviceChange(_Device, _Change):
    code: Annotated[Line, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_./:-]+$")] = ""
    kind: Kind = ""


class _Organisation(In):
    uscc: Annotated[str, Field(max_length=40)] | None = None
    no_uscc_reason: Annotated[Line, Field(max_length=80)] = ""
    industry: Annotated[Line, Field(max_length=8)] = ""
    address: Address = ""
    employees: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    founded_on: Day | None = None
    ended_on: Day | None = None
    area: UUID | None = None
    legal_person: Annotated[Line, Field(max_length=60)] = ""
    contact: Annotated[Line, Field(max_length=60)] = ""
    phone: Annotated[Line, Field(max_length=40)] = ""


class OrganisationIn(_Organisation):
    name: LongName
    kind: Kind


class OrganisationChange(_Organisation, _Change):
    name: LongName = ""
    kind: Kind = ""


class ServiceIn(In):
    role: Kind
    organisation: UUID | None = None
    unit: UUID | None = None
    name: Annotated[Line, Field(max_length=80)] = ""
    contact: Annotated[Line, Field(max_length=60)] = ""
    phone: Annotated[Line, Field(max_length=40)] = ""
    valid_from: Day | None = None


class ServiceEnd(In):
    on: Day | None = None


class ContactLook(In):
    purpose: Purpose


class GridArea(Out):
    id: UUID
    name: str
    code: str
    level: int


class TagMark(Out):
    kind: str
    name: str


class TagCount(TagMark):
    count: int


class BuildingRow(Out):
    id: UUID
    code: str
    name: str
    estate: str | None
    address: str
    lon: float
    lat: float
    dwellings: int
    households: int
    persons: int
    stale: int


class GridOut(Out):
    area: GridArea
    counts: dict[str, int]
    tags: list[TagCount]
    stale: dict[str, int]
    buildings: list[BuildingRow]


class BuildingPage(Out):
    items: list[BuildingRow]
    next: str | None
    total: int | None


class BuildingOut(Out):
    id: UUID
    code: str
    name: str
    estate: Named | None
    address: str
    kind: str
    lon: float
    lat: float
    area: Named
    households: int
    floors_above: int | None
    floors_below: int
    built_year: int | None
    lifts: int
    pulled_down_on: dt.date | None
    version: int


class Room(Out):
    id: UUID
    label: str
    floor: int | None
    use: str
    use_name: str
    households: int
    persons: int
    tags: list[TagMark]
    stale: bool
    vacant: bool


class Floor(Out):
    floor: int | None
    label: str
    dwellings: list[Room]


class BoardEntrance(Out):
    id: UUID | None
    name: str
    floors: list[Floor]


class BoardOut(Out):
    building: BuildingOut
    entrances: list[BoardEntrance]


class DwellingRow(Out):
    id: UUID
    label: str
    floor: int | None
    use: str
    version: int


class ThingPage(Out):
    """`items` have the fields of their kind."""

    items: list[dict[str, Any]]
    next: str | None
    total: int | None


class PhotoOut(Out):
    id: UUID
    url: str
    thumbnail_url: str
    width: int
    height: int
    taken_at: dt.datetime


class ContactOut(Out):
    legal_person: str = ""
    contact: str = ""
    phone: str = ""


class FieldRuleOut(Out):
    object: str
    field: str
    name: str
    name_en: str
    group: str
    owner: str
    fresh_days: int
    data_class: str


class TagKindOut(Out):
    code: str
    name: str
    name_en: str
    data_class: str
    purpose: str
    legal_basis: str
    review_months: int
    expires_months: int
    confirmed: bool


class Word(Out):
    code: str
    name: str
    name_en: str = ""


class VocabularyOut(Out):
    """Codes and words for the forms of places."""

    estate_kinds: list[Word]
    premises_kinds: list[Word]
    hazards: list[Word]
    device_kinds: list[Word]
    component_kinds: list[Word]
    component_states: list[Word]
    device_states: list[Word]
    dwelling_uses: list[Word]
    organisation_kinds: list[Word]
    estate_roles: list[Word]
