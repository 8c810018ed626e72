"""From filters and a scope to SQL that stays as fast at a million cases as at ten thousand.

A scope is a choice of ways to a case: its place, its submitter, a unit's part in it. One OR over the three would
leave no index to use, so each way becomes a branch of its own that walks an ordered index and stops after a page;
the union of the branches is cut to the page again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now
from django.utils import timezone

from wangge.audit.models import Entry
from wangge.casework.models import Case, CaseQuerySet, Party, Search
from wangge.casework.selectors.duties import duties
from wangge.kit import queries
from wangge.kit.errors import Invalid, field_error
from wangge.kit.geo.measure import box_around
from wangge.kit.tree import AREAS, UNITS
from wangge.org import scope
from wangge.registry.models import Building

if TYPE_CHECKING:
    from wangge.org.scope import Actor, Interval

Branch = Callable[[CaseQuerySet], CaseQuerySet]
ENDED = ["closed", "cancelled", "merged"]  # as written in the partial indexes: the planner compares the text
_NUMBER_DIGITS = 6  # fewer digits are looked for in the text
AT_THE_DOOR_METRES = 40.0


@dataclass(frozen=True)
class Filters:
    """What a list shows. Several states, urgencies or cards are alternatives."""

    view: str = "all"
    states: tuple[str, ...] = ()
    category: str = ""
    area: UUID | None = None
    unit: UUID | None = None
    building: UUID | None = None
    channel: str = ""
    urgencies: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    overdue: bool = False
    q: str = ""
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    sort: str = "-submitted_at"


_RESOLVE = """
select 'area', v.pos, v.pos_end, null::uuid from (
  select pos, pos_end from areas_areaversion where area_id = %(area)s and superseded_at is null
   order by valid_from desc limit 1) v
union all select 'unit', pos, pos_end, null from org_unit where id = %(unit)s
union all (
  with recursive below as (
    select id from responsibility_category where code = %(category)s
    union all select c.id from responsibility_category c join below on c.parent_id = below.id)
  select 'category', null, null, id from below)
"""


def filtered(filters: Filters) -> CaseQuerySet:
    """The cases the filters leave, before view, scope and order."""
    cases = Case.objects.all()
    if filters.states:
        cases = (
            cases.filter(state=filters.states[0])
            if len(filters.states) == 1
            else cases.filter(state__in=filters.states)
        )
    if filters.channel:
        cases = cases.filter(channel=filters.channel)
    if filters.urgencies:
        cases = cases.filter(urgency__in=filters.urgencies)
    if filters.cards:
        cases = cases.filter(card__in=filters.cards).exclude(state__in=ENDED)
    if filters.overdue:
        cases = cases.exclude(state__in=ENDED).filter(due_at__lt=Now())
    if filters.first_day:
        cases = cases.filter(submitted_at__gte=_midnight(filters.first_day))
    if filters.last_day:
        cases = cases.filter(submitted_at__lt=_midnight(filters.last_day + dt.timedelta(days=1)))
    if filters.building:
        cases = _at_building(cases, filters.building)
    if filters.area or filters.unit or filters.category:
        cases = _resolved(cases, filters)
    if filters.sort == "due_at" and not filters.states and filters.view == "all":
        cases = cases.exclude(state__in=ENDED)  # a due time orders only what is still to be done
    return matching(cases, filters.q) if filters.q.strip() else cases


def _at_building(cases: CaseQuerySet, building_id: UUID) -> CaseQuerySet:
    """Placed in the building, or by a point at its door; looked for in its grid, which an index serves."""
    building = Building.objects.filter(pk=building_id).first()
    if building is None:
        raise Invalid(errors=[field_error("query.building", "没有这栋楼", "There is no such building")])
    west, south, east, north = box_around(building.lon, building.lat, AT_THE_DOOR_METRES)
    return cases.filter(
        Q(building_id=building_id) | Q(building_id=None, lon__range=(west, east), lat__range=(south, north)),
        area_pos=building.area_pos,
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=timezone.get_default_timezone())


def _resolved(cases: CaseQuerySet, filters: Filters) -> CaseQuerySet:
    """Area, unit and category from what the client names to what the indexes hold, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_RESOLVE, {"area": filters.area, "unit": filters.unit, "category": filters.category or None})
        found = cursor.fetchall()
    kinds = {kind for kind, *_ in found}
    wanted = {"area": filters.area, "unit": filters.unit, "category": filters.category}
    missing = [name for name, value in wanted.items() if value and name not in kinds]
    if missing:
        raise Invalid(errors=[field_error(f"query.{name}", "没有这一项", "There is no such one") for name in missing])
    for kind, pos, end, _ in found:
        if kind == "area":
            cases = inside((pos, end))(cases)
        if kind == "unit":
            part = Party.objects.filter(case=OuterRef("pk"), unit_pos__gte=pos, unit_pos__lt=end)
            cases = cases.filter(Exists(part))
    categories = [one for kind, _, _, one in found if kind == "category"]
    if len(categories) == 1:
        return cases.filter(category=categories[0])
    return cases.filter(category__in=categories) if categories else cases


def number_of(text: str) -> str | None:
    """The number, or the beginning of one, that is asked for; None where words are."""
    wanted = text.strip()
    return wanted if wanted.isascii() and wanted.isdigit() and len(wanted) >= _NUMBER_DIGITS else None


def matching(cases: CaseQuerySet, text: str) -> CaseQuerySet:
    """By number (whole or its beginning), else by words as `kit.queries` reads them; phrases by their pairs."""
    wanted = number_of(text[: queries.LONGEST])
    if wanted is not None:
        after = str(int(wanted) + 1).zfill(len(wanted))
        return cases.filter(number__gte=wanted, number__lt=after)
    query = queries.parse(text)
    if query.empty:
        return cases.none()
    match = RawSQL("tokens @@ %s::tsquery", [queries.condition(query)], output_field=BooleanField())
    return cases.filter(Exists(Search.objects.filter(match, case=OuterRef("pk"))))


_TOLD_LOOKED_AT = 500


def told_elsewhere(phrase: str, street: int) -> bool:
    """Whether a matter of another street says the phrase, in whoever's sight it lies; of so many that may, not all."""
    wanted = queries.parse(f'"{phrase}"')
    if wanted.empty:
        return True
    held = RawSQL("select casework_with_words(%s::tsquery, %s)", [queries.condition(wanted), _TOLD_LOOKED_AT])
    others = Case.objects.filter(pk__in=held).exclude(subdistrict_pos__in=(0, street))
    letters = queries.letters_of(phrase)
    with scope.unrestricted():
        texts = list(others.values_list("title", "description", "address"))
    return any(letters in queries.letters_of(one) for text in texts for one in text)


def inside(interval: Interval) -> Branch:
    """Cases in one node of the area tree, by an equality an ordered index serves wherever the node is a level."""
    start, end = interval
    for depth, column in ((1, "subdistrict_pos"), (2, "community_pos")):
        if AREAS.end(start, depth) == end and AREAS.ancestor(start, depth) == start:
            return lambda cases: cases.filter(**{column: start})
    return lambda cases: cases.filter(area_pos__gte=start, area_pos__lt=end)


def with_part(interval: Interval, *, few: bool = False) -> Branch:
    """Cases in which a unit of the interval has a part.

    The party carries the case's time as `since`, so that its index, which knows the unit, gives the list's order too.
    `few`: the filters leave so few cases that it is better to walk those and look at each one's parties.
    """
    start, end = interval
    if end == start + 1 and not few:
        return lambda cases: cases.alias(unit=F("parties__unit_pos")).annotate(since=_SINCE).filter(unit=start)
    if UNITS.end(start, 1) == end and not few:
        return lambda cases: (
            cases.alias(tree=F("parties__tree_pos"))
            .annotate(since=_SINCE)
            .filter(tree=start >> UNITS.shift(1))
            .distinct()  # several units of the tree may have a part in one case
        )
    its_own = Party.objects.filter(case=OuterRef("pk"), unit_pos__gte=start, unit_pos__lt=end)
    return lambda cases: cases.filter(Exists(its_own))


_SINCE = F("parties__submitted_at")


def clock_of(part: QuerySet[Case, Any]) -> str:
    """What a branch calls the time of submission: its own column where it walks the parties."""
    return "since" if "since" in part.query.annotations else "submitted_at"


def scoped(actor: Actor, *, few: bool = False) -> list[Branch]:
    """The ways by which the actor sees cases; together exactly `Case.objects.visible_to(actor)`."""
    scope = actor.scope
    if scope.all:
        return [lambda cases: cases]
    ways = [inside(interval) for interval in scope.areas]
    ways += [with_part(interval, few=few) for interval in scope.units]
    if scope.own is not None:
        ways.append(lambda cases: cases.filter(submitter_id=scope.own))
    return ways


def branches(actor: Actor, filters: Filters) -> list[Branch]:
    """The ways to the rows of a view."""
    view = filters.view
    if view == "todo":
        return [_waiting(actor, duty.when) for duty in duties(actor)]
    if view == "mine":
        return [lambda cases: cases.filter(submitter_id=actor.user_id).visible_to(actor)]
    if view == "done":
        return [lambda cases: cases.filter(pk__in=touched_by(actor)).visible_to(actor)]
    if view == "queue":
        return [_in_queue(way) for way in scoped(actor, few=True)]
    return scoped(actor, few=bool(filters.states) and not set(filters.states) & set(ENDED))


def _waiting(actor: Actor, when: Q) -> Branch:
    return lambda cases: cases.filter(when, history=False).visible_to(actor)


def _in_queue(way: Branch) -> Branch:
    return lambda cases: way(cases.exclude(needs_human="").exclude(state__in=ENDED))


def touched_by(actor: Actor) -> Any:
    """Ids of the cases on which the actor took a step."""
    return Entry.objects.filter(actor_id=actor.user_id, subject_type="case").values("subject_id").distinct()


_NOTHING = "select null::uuid where false"


def union_of(parts: Sequence[QuerySet[Case, Any]], *, timed: bool = False) -> RawSQL:
    """The ids of all parts; `timed`: as (id, submitted_at). Each keeps its own order and limit, which Django's union
    would drop."""
    sql: list[str] = []
    params: list[Any] = []
    for position, part in enumerate(parts):
        try:
            text, values = part.query.sql_with_params()
        except EmptyResultSet:  # Django sees that it can hold nothing
            continue
        time = f", part{position}.{clock_of(part)} submitted_at" if timed else ""
        sql.append(f"select part{position}.id{time} from ({text}) part{position}")  # noqa: S608 - text is Django's own
        params += values
    nothing = "select null::uuid as id, null::timestamptz as submitted_at where false" if timed else _NOTHING
    return RawSQL(" union ".join(sql) or nothing, params)  # noqa: S611 - values are parameters
