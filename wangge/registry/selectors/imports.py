"""Reading imports: one's own, how far they are, and the rows that wait for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from wangge.kit import crypto, masks
from wangge.kit.errors import NotFound
from wangge.org.scope import Actor
from wangge.registry.models import Import, ImportRow, ImportState, TagKind

LOCK = "hashtextextended('registry import ' || %s::text, 0)"
"""Held by whoever runs an import, until their process ends."""
HIDDEN = "***"


def imports(*, by: Actor) -> QuerySet[Import]:
    """Newest first."""
    found: QuerySet[Import] = Import.objects.visible_to(by).order_by("-created_at", "-id")
    return found


def import_of(import_id: UUID, *, by: Actor) -> Import:
    run = imports(by=by).filter(id=import_id).first()
    if run is None:
        raise NotFound
    return run


def rows(run: Import, *, outcome: str = "", after: int = 0, limit: int = 50) -> list[ImportRow]:
    """In the order of the sheet; one more than `limit` when there are more."""
    found = ImportRow.objects.filter(run=run, row__gt=after)
    if outcome:
        found = found.filter(outcome=outcome)
    return list(found.order_by("row")[: limit + 1])


def running(import_id: UUID) -> bool:
    """Whether somebody is at it now."""
    with connection.cursor() as cursor:
        cursor.execute(f"select pg_try_advisory_xact_lock_shared({LOCK})", [str(import_id)])
        (free,) = cursor.fetchone()
    return not free


def state_of(run: Import) -> ImportState:
    """As it is: what says it runs but whose process is gone was interrupted."""
    state = ImportState(run.state)
    return ImportState.PAUSED if state is ImportState.RUNNING and run.next_row and not running(run.id) else state


def tag_names() -> list[str]:
    """Of the groups in use, for the list in a template."""
    return list(TagKind.objects.filter(active=True).order_by("code").values_list("name", flat=True))


def _mask_birth(value: str) -> str:
    return f"{value[:4]}-**-**"


_MASKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "name": crypto.mask_name,
        "id_number": masks.mask_number,
        "phone": crypto.mask_phone,
        "birth": _mask_birth,
        "address": masks.mask_address,
        "registered_address": masks.mask_address,
        "workplace": lambda value: masks.keep_ends(value, 2, 2),
        "note": lambda _: HIDDEN,
        "legal_person": crypto.mask_name,
        "contact": crypto.mask_name,
    }
)
OPEN_NAMES = frozenset({"organisations", "premises", "components", "devices"})
"""Kinds whose name and address belong to no person."""


def shown(kind: str, field: str, value: str, *, elsewhere: bool) -> str:
    """A known value as the importer may see it: masked, and nothing of who lives outside their areas."""
    if elsewhere and kind == "residents":
        return HIDDEN
    if kind in OPEN_NAMES and field in {"name", "address"}:
        return value
    mask = _MASKS.get(field)
    return mask(value) if mask and value else value


def page(found: Sequence[ImportRow], limit: int) -> tuple[Sequence[ImportRow], str | None]:
    """A page and where the next begins."""
    return found[:limit], str(found[limit - 1].row) if len(found) > limit else None
