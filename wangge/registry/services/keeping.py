"""What every verb about people and households does: lock, compare versions, write down what happened."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from wangge.audit import services as audit
from wangge.kit.errors import Forbidden, Invalid, NotFound, field_error
from wangge.kit.text import has_control
from wangge.org.scope import Actor
from wangge.registry.models import Dwelling, Household, Person, PersonStatus
from wangge.registry.services.first import stale


class NotYours(Forbidden):
    code = "lives_elsewhere"
    title_zh = "此人不住在您的辖区，资料由居住地网格维护"
    title_en = "Lives elsewhere: the grid of the home keeps the record"


def person_for_change(person_id: UUID, *, version: int | None, by: Actor) -> Person:
    """The person, locked, when the actor sees them and keeps their record; NotFound, Conflict or NotYours."""
    person: Person | None = (
        Person.objects.visible_to(by)
        .select_for_update(of=("self",))
        .exclude(status=PersonStatus.ERASED)
        .filter(pk=person_id)
        .first()
    )
    if person is None:
        raise NotFound
    if version is not None and person.version != version:
        raise stale(person)
    if not by.scope.covers_area(person.area_pos):
        raise NotYours
    return person


def household_for_change(household_id: UUID, *, version: int | None, by: Actor) -> Household:
    household: Household | None = (
        Household.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=household_id).first()
    )
    if household is None:
        raise NotFound
    if version is not None and household.version != version:
        raise stale(household)
    return household


def dwelling_in_scope(dwelling_id: UUID, *, by: Actor) -> Dwelling:
    """A dwelling that is still there, with its building."""
    dwelling: Dwelling | None = (
        Dwelling.objects.visible_to(by).select_related("building", "entrance").filter(pk=dwelling_id).first()
    )
    if dwelling is None:
        raise NotFound
    if dwelling.ended_on is not None:
        raise Invalid(errors=[field_error("body.dwelling", "这处房屋已注销", "this dwelling is no more")])
    return dwelling


def note(person: Person, verb: str, *, by: Actor, at: dt.datetime, **data: Any) -> None:
    """One entry in the person's chain; `data` holds names of fields, ids and reasons, never a value of theirs."""
    audit.record(
        subject_type="person",
        subject_id=person.pk,
        action=f"registry:{verb}",
        actor=by,
        area_pos=person.area_pos,
        data=data,
        at=at,
    )


def note_household(household: Household, verb: str, *, by: Actor, at: dt.datetime, **data: Any) -> None:
    audit.record(
        subject_type="household",
        subject_id=household.pk,
        action=f"registry:household:{verb}",
        actor=by,
        area_pos=household.area_pos,
        data=data,
        at=at,
    )


def found_true(groups: Iterable[str], *, by: Actor, at: dt.datetime, source: str) -> dict[str, Any]:
    """What `confirmed` of a row gains when these groups of fields were found true."""
    entry = {"at": at.isoformat(timespec="seconds"), "unit": str(by.unit_id) if by.unit_id else None, "source": source}
    return dict.fromkeys(groups, entry)


_IMPORTS = "hashtext('wangge registry import')"


def hold_numbers(*, all_of_them: bool = False) -> None:
    """Before whoever registers numbers locks anything: an import, which takes thousands, excludes everybody else.

    Shared by those who register one; asked for before rows are locked, so that nobody waits in a circle.
    """
    shared = "" if all_of_them else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"select pg_advisory_xact_lock{shared}({_IMPORTS})")


def hold_number(key: int) -> None:
    """Until the transaction ends nobody else registers the same number, by hand or by a sheet."""
    hold_numbers()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [key])


# A mobile phone, and an identity card of 18 or 15 with its date, also written in groups.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
    r"|\d{6}[ -]?(?:1[89]|20)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}[\dXx]?)(?![0-9A-Za-z])"
)


NO_NUMBER = ("请勿写入证件号码或电话，此处明文留存", "no numbers of people here: it is kept in the open")


def holds_number(text: str) -> bool:
    """Whether somebody's number stands in words that are kept in the open, or in a log that nobody can mend."""
    return _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def without_number(at: str, text: str) -> str:
    if holds_number(text):
        raise Invalid(errors=[field_error(at, *NO_NUMBER)])
    return text


def stated(at: str, text: str, *, least: int = 2, most: int = 80) -> str:
    """A reason or source in words; Invalid when it says nothing, or too much."""
    words = without_number(at, text.strip())
    if len(words) < least or len(set(words)) < 2 or has_control(words):
        raise Invalid(errors=[field_error(at, "请写明原因", "say why in a few words")])
    if len(words) > most:
        raise Invalid(errors=[field_error(at, f"不超过 {most} 字", f"at most {most} characters")])
    return words
