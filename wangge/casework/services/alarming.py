"""Who is told at once of a danger to life: the command centre, the unit whose it is, and the street."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from wangge.casework.models import Case, Notice, NoticeKind
from wangge.casework.services import notices
from wangge.org import selectors as org
from wangge.org.models import Unit, UnitKind

if TYPE_CHECKING:
    from wangge.casework.services.drafts import Draft

NAME = "险情识别"


def tell(drafts: Iterable[Draft]) -> None:
    """Of drafts that have been written, in the same transaction. Most hold no danger: that costs nothing."""
    for draft in drafts:
        if draft.danger is not None:
            tell_of(draft.case, draft.danger.reason, draft.danger.reason_en, draft.case.submitted_at)


def tell_of(
    case: Case, text: str, text_en: str, at: datetime, *, by_name: str = NAME, by_id: UUID | None = None
) -> None:
    Notice.objects.bulk_create(
        Notice(
            case=case,
            kind=NoticeKind.DANGER,
            unit=unit,
            unit_pos=unit.pos,
            at=at,
            by_name=by_name,
            by_id=by_id,
            text=text[: notices.LONGEST],
            text_en=text_en[: notices.LONGEST],
        )
        for unit in _units(case)
    )


def _units(case: Case) -> list[Unit]:
    street = org.unit_serving(case.subdistrict_pos, UnitKind.SUBDISTRICT) if case.subdistrict_pos else None
    found = (notices.command(), case.lead_unit if case.lead_unit_id else None, street)
    return list({unit.pk: unit for unit in found if unit is not None}.values())
