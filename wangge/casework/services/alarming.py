"""Who is told at once of a danger to life: the command centre, the unit whose it is, and the street."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wangge.casework.models import Notice, NoticeKind
from wangge.casework.services import notices
from wangge.org import selectors as org
from wangge.org.models import Unit, UnitKind

if TYPE_CHECKING:
    from wangge.casework.services.drafts import Draft

NAME = "险情识别"


def tell(drafts: Iterable[Draft]) -> None:
    """Of drafts that have been written, in the same transaction. Most hold no danger: that costs nothing."""
    dangerous = [draft for draft in drafts if draft.danger is not None]
    if not dangerous:
        return
    command = notices.command()
    Notice.objects.bulk_create(
        Notice(
            case=draft.case,
            kind=NoticeKind.DANGER,
            unit=unit,
            unit_pos=unit.pos,
            at=draft.case.submitted_at,
            by_name=NAME,
            text=draft.danger.reason[: notices.LONGEST],
            text_en=draft.danger.reason_en[: notices.LONGEST],
        )
        for draft in dangerous
        if draft.danger is not None
        for unit in _units(draft, command)
    )


def _units(draft: Draft, command: Unit | None) -> list[Unit]:
    case = draft.case
    street = org.unit_serving(case.subdistrict_pos, UnitKind.SUBDISTRICT) if case.subdistrict_pos else None
    found = (command, case.lead_unit if case.lead_unit_id else None, street)
    return list({unit.pk: unit for unit in found if unit is not None}.values())
