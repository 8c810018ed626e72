"""What is said of people and households, over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from wangge.kit.schema import In, Named, Out
from wangge.registry.schemas.places import Day, Line, TagMark, Version

Text = Annotated[str, Field(max_length=300)]
Short = Annotated[Line, Field(max_length=40)]
Said = Annotated[Line, Field(max_length=80)]
Role = Annotated[Line, Field(max_length=16)]
Purpose = Annotated[Line, Field(max_length=200)]


class Facts(In):
    """Checked by services.facts, which names what is wrong in both languages."""

    name: Text | None = None
    id_kind: Short | None = None
    id_number: Annotated[str, Field(max_length=60)] | None = None
    no_id_reason: Text | None = None
    birth: Day | None = None
    sex: Literal["female", "male", "unknown"] | None = None
    phones: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20)] | None = None
    registered_address: Text | None = None
    ethnicity: Text | None = None
    workplace: Text | None = None
    note: Text | None = None


class PersonIn(Facts):
    registration: Short
    dwelling: UUID | None = None
    area: UUID | None = None
    role: Short = ""
    household: UUID | None = None
    household_role: Role = "other"
    since: Day | None = None
    source: Short = ""
    two_people: bool = False  # compared with whoever has the same name and day of birth


class PersonChange(Facts):
    version: Version
    registration: Short | None = None
    household_role: Role | None = None
    source: Short = ""
    propose: bool = False  # what a department owns is proposed to it


class Move(In):
    version: Version
    dwelling_id: UUID
    on: Day | None = None
    role: Short = ""
    household: UUID | None = None
    household_role: Role = "other"
    source: Short = ""


class Leave(In):
    version: Version
    status: Short
    on: Day | None = None
    reason: Said = ""


class PersonLookIn(In):
    purpose: Purpose
    fields: Annotated[list[Short], Field(min_length=1, max_length=20)]


class Groups(In):
    groups: Annotated[list[Short], Field(min_length=1, max_length=20)]
    source: Short = ""


class Merge(In):
    version: Version
    other: UUID
    reason: Said


class TagIn(In):
    kind: Short
    source: Said
    detail: Text = ""
    since: Day | None = None
    unit: UUID | None = None
    purpose: Annotated[Line, Field(max_length=160)] = ""
    legal_basis: Annotated[Line, Field(max_length=160)] = ""
    expires_on: Day | None = None


class TagReview(In):
    source: Said = ""
    detail: Text | None = None
    unit: UUID | None = None


class TagEnd(In):
    reason: Said
    on: Day | None = None


class RelationIn(In):
    other: UUID
    kind: Short


class TieIn(In):
    """Who owns, rents, works or is responsible, at one of the three; who lives there moves in instead."""

    kind: Literal["owns", "rents", "works", "responsible"]
    dwelling: UUID | None = None
    building: UUID | None = None
    premises: UUID | None = None
    role: Short = ""
    since: Day | None = None
    source: Short = ""


class TieEnd(In):
    on: Day | None = None


class Member(In):
    person: UUID
    role: Role = "other"


class HouseholdIn(In):
    dwelling: UUID
    kind: Literal["family", "collective"] = "family"
    number: Short = ""
    since: Day | None = None
    members: Annotated[tuple[Member, ...], Field(max_length=50)] = ()


class HouseholdChange(In):
    """Ended when `ended_on` is given; another head when `head` is; else members, kind, dwelling."""

    version: Version
    kind: Literal["family", "collective"] | None = None
    dwelling: UUID | None = None
    head: UUID | None = None
    former_role: Role = "other"
    add: Annotated[tuple[Member, ...], Field(max_length=50)] = ()
    remove: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()
    ended_on: Day | None = None
    reason: Said = ""


class SearchIn(In):
    q: Annotated[Line, Field(min_length=1, max_length=80)]
    area: UUID | None = None
    kind: Literal["all", "person", "place"] = "all"
    purpose: Annotated[Line, Field(max_length=80)] = ""  # of searches by a whole number; said once a session of work


class PersonRow(Out):
    id: UUID
    name: str
    sex: str
    birth_year: int | None
    age_band: str
    registration: str
    registration_name: str
    status: str
    status_name: str
    household_role: str
    role_name: str
    tags: list[TagMark]
    phone: str
    stale: bool
    version: int


class PersonPage(Out):
    items: list[PersonRow]
    next: str | None
    total: int | None


class Twice(Out):
    """Perhaps one person: what makes one think so, and the records."""

    why: str
    reason: dict[str, str]
    people: list[PersonRow]


class TagOut(Out):
    id: UUID
    kind: str
    name: str
    purpose: str
    legal_basis: str
    source: str
    since: dt.date
    review_on: dt.date
    expires_on: dt.date
    unit: Named | None


class ProposedOut(Out):
    """A correction that waits for its answer: the field and who proposed it, not the values."""

    id: UUID
    field: str
    field_name: str
    field_name_en: str
    unit: Named
    by_name: str
    at: dt.datetime


class ResidentOut(PersonRow):
    id_kind: str
    id_number: str
    no_id_reason: str
    address: str
    dwelling: Named | None
    building: Named | None
    household: dict[str, Any] | None
    ties: list[dict[str, Any]]
    relations: list[dict[str, Any]]
    tags: list[TagOut]  # type: ignore[assignment]  # the page says more of each than a row
    confirmed: dict[str, Any]
    corrections: list[ProposedOut]
    can: dict[str, bool]


class HouseholdOut(Out):
    id: UUID
    number: str
    kind: str
    kind_name: str
    version: int
    members: list[PersonRow]
    dwelling: dict[str, Any] | None
    since: dt.date | None
    ended_on: dt.date | None
    confirmed: dict[str, Any]


class Event(Out):
    at: dt.datetime
    kind: str
    text: str
    text_en: str
    by: str


class PersonLookOut(Out):
    at: dt.datetime
    actor_name: str
    unit: str
    purpose: str
    fields: list[str]


class Hit(Out):
    type: str
    id: UUID
    title: str
    subtitle: str
    reason: dict[str, str]
    lon: float | None
    lat: float | None
