"""One case or one whistle with everything about it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from wangge.casework.models import Attachment, Case, Clock, Responder, SavedView, TimeRequest, Whistle, WorkOrder
from wangge.casework.selectors import listing
from wangge.casework.selectors.duties import calling_pos
from wangge.kit.errors import NotFound

if TYPE_CHECKING:
    from wangge.org.scope import Actor

_RELATIONS = 100  # children shown with a case


def case_of(case_id: UUID, *, actor: Actor) -> Case:
    """The case with its orders, clocks, whistles and attachments; outside the scope it is not found."""
    responders = Prefetch("responders", Responder.objects.select_related("unit").order_by("due_at", "id"))
    whistles = Whistle.objects.select_related("caller_unit").prefetch_related(responders).order_by("-called_at")
    clocks = Clock.objects.select_related("work_order__unit", "responder__unit").order_by("started_at", "id")
    found = (
        listing.rows(Case.objects.visible_to(actor).filter(pk=case_id), actor)
        .defer(None)
        .defer("area_version__boundary", "reporter_phone_index", "token_hash")
        .select_related("category", "lead_unit", "area_version", "building")
        .prefetch_related(
            Prefetch("work_orders", WorkOrder.objects.select_related("unit").order_by("assigned_at", "id")),
            Prefetch("clocks", clocks),
            Prefetch("whistles", whistles),
            Prefetch("time_requests", TimeRequest.objects.select_related("unit").order_by("asked_at", "id")),
            Prefetch("attachments", Attachment.objects.order_by("uploaded_at", "id")),
        )
        .first()
    )
    if found is None:
        raise NotFound
    return found


def relatives(case: Case, *, actor: Actor) -> list[Case]:
    """Parent, children and the case this one was merged into, as far as the actor may see them."""
    related = Q(parent=case.pk) | Q(pk__in=[one for one in (case.parent_id, case.merged_into_id) if one])
    cases = Case.objects.visible_to(actor).filter(related)
    return list(listing.rows(cases, actor).order_by("submitted_at")[:_RELATIONS])


def whistles(*, actor: Actor, view: str) -> list[Whistle]:
    """`open` and `ended`: all the actor may see; `mine`: called by the actor's unit, or calling it."""
    seen: QuerySet[Whistle] = Whistle.objects.visible_to(actor)
    if view == "ended":
        seen = seen.filter(ended_at__isnull=False).order_by("-ended_at")
    else:
        seen = seen.filter(ended_at__isnull=True).order_by("-called_at")
        if view == "mine":
            seen = concerning(seen, actor)
    return list(_with_parts(seen)[:100])


def open_whistles(*, actor: Actor, most: int) -> list[Whistle]:
    seen = Whistle.objects.visible_to(actor).filter(ended_at__isnull=True)
    return list(_with_parts(seen).order_by("-called_at")[:most])


def whistle_of(whistle_id: UUID, *, actor: Actor) -> Whistle:
    found = _with_parts(Whistle.objects.visible_to(actor).filter(pk=whistle_id)).first()
    if found is None:
        raise NotFound
    return found


def concerning(whistles: QuerySet[Whistle], actor: Actor) -> QuerySet[Whistle]:
    """Those in which the actor's unit has a part."""
    if actor.unit_id is None:
        return whistles.none()
    called = Responder.objects.filter(unit_pos=actor.unit_pos).values("whistle")
    return whistles.filter(Q(caller_pos=calling_pos(actor)) | Q(pk__in=called))


def _with_parts(whistles: QuerySet[Whistle]) -> QuerySet[Whistle]:
    responders = Responder.objects.select_related("unit").order_by("due_at", "id")
    return whistles.select_related("case", "caller_unit").prefetch_related(Prefetch("responders", responders))


def saved_views(actor: Actor) -> list[SavedView]:
    """The person's own filters; a stand-in works with those of whom they act for."""
    return list(SavedView.objects.filter(user_id=actor.on_behalf_of or actor.user_id).order_by("name"))
