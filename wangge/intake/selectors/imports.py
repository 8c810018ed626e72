"""Reading imports."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from wangge.intake.models import Import
from wangge.kit.errors import NotFound
from wangge.org.scope import Actor


def owner_of(by: Actor) -> UUID:
    """Whose imports these are: who stands in for somebody goes on with theirs, and they find what was brought in."""
    return by.scope.own or by.user_id


def imports(*, by: Actor) -> QuerySet[Import]:
    """Newest first: one's own, or everybody's for those who see the whole district."""
    runs = Import.objects.order_by("-at")
    return runs if by.scope.all else runs.filter(by_id=owner_of(by))


def import_of(import_id: UUID, *, by: Actor) -> Import:
    run = imports(by=by).filter(id=import_id).first()
    if run is None:
        raise NotFound
    return run
