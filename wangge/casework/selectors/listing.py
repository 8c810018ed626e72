"""Lists of cases: filtered, in scope, a page at a time by keyset, each page one query."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import orjson
from django.db.models import BooleanField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models import Case as Choice
from django.db.models.functions import Now

from wangge.areas.models import AreaVersion
from wangge.casework.models import Case, CaseQuerySet, Urgency
from wangge.casework.selectors import finding
from wangge.casework.selectors.duties import duties
from wangge.casework.selectors.finding import Filters
from wangge.kit.errors import Invalid, field_error

if TYPE_CHECKING:
    from wangge.org.scope import Actor

MOST = 1000


@dataclass(frozen=True)
class Page:
    """Cases with `todo` (reasons), `subdistrict_name`, `community_name` and `now`; `next` continues the list."""

    items: list[Case]
    next: str | None
    total: int | None


def page(*, actor: Actor, filters: Filters, cursor: str | None = None, limit: int = 30, persons: bool = False) -> Page:
    """One page of a list; `persons` brings the sealed reporters along.

    `total` is told when the page is the whole list; `counts` tells it of longer ones.
    """
    most = max(1, min(limit, MOST))
    parts = _parts(filters)
    names = list(parts)
    reached, after = _after(cursor, names) if cursor else (names[0], None)
    found: list[Case] = []
    for name in names[names.index(reached) :]:
        wanted = most + 1 - len(found)
        if wanted > 0:
            place = after if name == reached else None
            found += _page(actor, parts[name], filters, place, wanted, persons=persons)
    more = len(found) > most
    items = found[:most]
    total = len(items) if cursor is None and not more else None
    return Page(items, _cursor(items[-1], filters.sort, names) if more else None, total)


_DANGER = "danger"


def _parts(filters: Filters) -> dict[str, CaseQuerySet]:
    """The list in the order of its parts: where work waits in the usual order, danger to life comes first."""
    base = finding.filtered(filters)
    waiting = filters.view in {"todo", "queue"} and filters.sort == "-submitted_at"
    if not waiting or filters.urgencies:
        return {filters.sort: base}
    return {_DANGER: base.filter(urgency=Urgency.DANGER), filters.sort: base.exclude(urgency=Urgency.DANGER)}


def walk(*, actor: Actor, filters: Filters, most: int, persons: bool = False) -> Iterator[Case]:
    """The list from its beginning, up to `most` rows, a page in memory at a time."""
    cursor, left = None, most
    while left > 0:
        found = page(actor=actor, filters=filters, cursor=cursor, limit=min(MOST, left), persons=persons)
        yield from found.items
        left -= len(found.items)
        cursor = found.next
        if cursor is None:
            return


def count(*, actor: Actor, view: str, most: int | None = None) -> int:
    """The length of a view's list; `most` stops counting there."""
    chosen = _selection(actor, Filters(view=view))
    return chosen.count() if most is None else chosen.order_by()[:most].count()


def rows(cases: CaseQuerySet, actor: Actor) -> CaseQuerySet:
    """With what a row shows: names, and why it waits for the actor."""
    reasons = {
        f"todo_{position}": Choice(When(duty.when, then=Value(True)), default=False, output_field=BooleanField())
        for position, duty in enumerate(duties(actor))
    }
    return (
        cases.select_related("category", "lead_unit", "area_version")
        .defer(*HEAVY)
        .annotate(
            now=Now(),
            subdistrict_name=Subquery(_name_of("subdistrict_pos")),
            community_name=Subquery(_name_of("community_pos")),
            **reasons,
        )
    )


_HEAVIEST = ("description", "routing", "reporter_phone_index", "token_hash", "area_version__boundary")
HEAVY = (*_HEAVIEST, "reporter_name_encrypted", "reporter_phone_encrypted")


def _name_of(column: str) -> Any:
    """A position outlives no move, so its newest name is that of the area the case lies in."""
    known = AreaVersion.objects.filter(pos=OuterRef(column), superseded_at__isnull=True)
    return known.order_by("-valid_from").values("name")[:1]


def reasons_of(case: Case, actor: Actor) -> list[str]:
    """Why a row made by `rows` waits for the actor."""
    if case.history:
        return []
    return [duty.zh for position, duty in enumerate(duties(actor)) if getattr(case, f"todo_{position}")]


def _selection(actor: Actor, filters: Filters) -> CaseQuerySet:
    base = Case.objects.all()
    parts = [way(base).values("id") for way in finding.branches(actor, filters)]
    if not parts:
        return base.none()
    return Case.objects.filter(pk__in=finding.union_of(parts))


def _page(
    actor: Actor, base: CaseQuerySet, filters: Filters, after: tuple[Any, UUID] | None, size: int, *, persons: bool
) -> Sequence[Case]:
    parts = [ordered(way(base), filters.sort, after)[:size] for way in finding.branches(actor, filters)]
    if not parts:
        return []
    chosen = Case.objects.filter(pk__in=finding.union_of(parts))
    shown = rows(chosen, actor)
    if persons:
        shown = shown.defer(None).defer(*_HEAVIEST)
    return list(shown.order_by(*_order(filters.sort))[:size])


def ordered(part: CaseQuerySet, sort: str, after: tuple[Any, UUID] | None) -> QuerySet[Case, Any]:
    """The ids of a branch in the list's order, from `after` on."""
    clock = finding.clock_of(part)
    if after is not None:
        part = part.filter(_beyond(after, sort, clock))
    order = _order(sort, clock)
    ids: QuerySet[Case, Any] = part.order_by(*order).values(order[0].removeprefix("-"), "id")
    return ids


def _order(sort: str, clock: str = "submitted_at") -> tuple[str, str]:
    if sort == "due_at":
        return "due_at", "id"  # PostgreSQL puts those without a due time last
    return (f"-{clock}", "-id") if sort == "-submitted_at" else (clock, "id")


def _beyond(after: tuple[Any, UUID], sort: str, clock: str) -> Q:
    """What comes after a place in the list. The first condition is what an ordered index can begin at."""
    value, last = after
    if sort == "-submitted_at":
        return Q((f"{clock}__lte", value)) & ~Q((clock, value), ("id__gte", last))
    if sort == "submitted_at":
        return Q((f"{clock}__gte", value)) & ~Q((clock, value), ("id__lte", last))
    if value is None:
        return Q(due_at__isnull=True, id__gt=last)
    return Q(due_at__gt=value) | Q(due_at=value, id__gt=last) | Q(due_at__isnull=True)


def _cursor(case: Case, sort: str, parts: Sequence[str]) -> str:
    value = case.due_at if sort == "due_at" else case.submitted_at
    part = _DANGER if _DANGER in parts and case.urgency == Urgency.DANGER else sort
    text = orjson.dumps([part, value.isoformat() if value else None, str(case.pk)])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _after(cursor: str, parts: Sequence[str]) -> tuple[str, tuple[dt.datetime | None, UUID]]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        made_for, value, last = cast("list[Any]", orjson.loads(text))
        moment = dt.datetime.fromisoformat(value) if value is not None else None
        place = moment, UUID(last)
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise no_cursor() from error
    if made_for not in parts or (moment is None and made_for != "due_at"):
        raise no_cursor()
    if moment is not None and moment.tzinfo is None:
        raise no_cursor()
    return made_for, place


def no_cursor() -> Invalid:
    return Invalid(
        errors=[field_error("query.cursor", "翻页位置无效，请从第一页重新开始", "Not a cursor of this list")]
    )
