"""Whose data must be kept for now: people with a matter that is still open. Told to the retention of the registry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.db.models.functions import Coalesce
from django.utils import timezone

from wangge.casework.models import Case
from wangge.casework.workflow import OPEN
from wangge.kit import crypto
from wangge.registry import sealing
from wangge.registry.models import Person, Tie, TieKind


def people_with_open_matters(ids: Collection[UUID]) -> set[UUID]:
    """Who told of an open matter, known by the phone; and who lived in a building when one began there.

    Everything is visible to the caller.
    """
    return _by_phone(ids) | _by_building(ids)


def _by_phone(ids: Collection[UUID]) -> set[UUID]:
    owners: dict[bytes, set[UUID]] = {}
    for person in Person.objects.filter(pk__in=ids).only("id", "sealed", "id_kind", "no_id_reason"):
        for phone in sealing.open_(person).phones if person.sealed else ():
            for index in crypto.blind_indexes(phone):
                owners.setdefault(index, set()).add(person.pk)
    cases = Case.objects.filter(state__in=OPEN, reporter_phone_index__in=list(owners))
    told = cases.values_list("reporter_phone_index", flat=True) if owners else ()
    return {person for index in told if index is not None for person in owners[bytes(index)]}


def _by_building(ids: Collection[UUID]) -> set[UUID]:
    stays = list(
        Tie.objects.filter(person__in=ids, kind=TieKind.LIVES)
        .annotate(home=Coalesce("building_id", "dwelling__building_id"))
        .values_list("person_id", "home", "valid_from", "valid_to")
    )
    begun: dict[UUID, list[dt.date]] = {}
    cases = Case.objects.filter(state__in=OPEN, building__in={home for _, home, _, _ in stays if home})
    for building, at in cases.values_list("building_id", "submitted_at"):
        begun.setdefault(building, []).append(timezone.localdate(at))
    return {
        person
        for person, home, since, until in stays
        if any((since or dt.date.min) <= day <= (until or dt.date.max) for day in begun.get(home, ()))
    }
