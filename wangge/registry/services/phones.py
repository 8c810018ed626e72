"""Further phones of a person as rows of their own, so that each of them is found; the first stands with the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from wangge.registry import sealing
from wangge.registry.models import FurtherPhone


def keep_further(phones: Mapping[UUID, Sequence[str]]) -> None:
    """All phones by person; what was kept of these people before goes. Everything is visible to the caller."""
    FurtherPhone.objects.filter(person__in=list(phones)).delete()
    FurtherPhone.objects.bulk_create(
        [
            FurtherPhone(person_id=person, **made._asdict())
            for person, all_of_them in phones.items()
            for made in sealing.further_phones(all_of_them)
        ],
        batch_size=1000,
    )
