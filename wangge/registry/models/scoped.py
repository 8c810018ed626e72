"""The first lock: which rows an actor sees. Row-level security says the same a second time (0002_rls.py)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from wangge.org.scope import within

if TYPE_CHECKING:
    from wangge.org.scope import Actor, Scope


class OpenPlaceQuerySet(QuerySet[Any]):
    """Places without personal data: no policy of the database binds them."""

    def visible_to(self, actor: Actor) -> OpenPlaceQuerySet:
        """Those in the actor's areas; a department, which serves the whole district, sees all."""
        scope = actor.scope
        return self if scope.all or not scope.areas else self.filter(within("area_pos", scope.areas))


class OpenQuerySet(QuerySet[Any]):
    """Estates and organisations: a directory for everybody who may read places."""

    def visible_to(self, actor: Actor) -> OpenQuerySet:
        return self


class PlacedQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> PlacedQuerySet:
        """Those that lie in the actor's areas."""
        return self if actor.scope.all else self.filter(within("area_pos", actor.scope.areas))


class PersonQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> PersonQuerySet:
        """Who lives or is tied in the actor's areas, or is in the care of their units."""
        scope = actor.scope
        if scope.all:
            return self
        ways: list[Q | Exists] = []
        if scope.areas:
            ways += [within("area_pos", scope.areas), _belongs("Tie", within("area_pos", scope.areas), "valid_to")]
        if scope.units:
            ways.append(_belongs("Tag", within("unit_pos", scope.units), "ended_on"))
        return self.filter(_any_of(ways))


class TieQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> TieQuerySet:
        """Those in the actor's areas, and all of the people they see."""
        if actor.scope.all:
            return self
        return self.filter(within("area_pos", actor.scope.areas) | Q(_of_visible("person_id", actor)))


class TagQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> TagQuerySet:
        """Those of people in the actor's areas, and those in the care of their units."""
        scope = actor.scope
        if scope.all:
            return self
        return self.filter(within("area_pos", scope.areas) | within("unit_pos", scope.units))


class RelationQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> RelationQuerySet:
        """Those of whose two people the actor sees one."""
        if actor.scope.all:
            return self
        return self.filter(Q(_of_visible("person_id", actor)) | Q(_of_visible("other_id", actor)))


class OfPersonQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> OfPersonQuerySet:
        """Those of people whom the actor sees."""
        return self if actor.scope.all else self.filter(_of_visible("person_id", actor))


class CorrectionQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> CorrectionQuerySet:
        """Those of people whom the actor sees, and those that their units answer."""
        if actor.scope.all:
            return self
        return self.filter(within("unit_pos", actor.scope.units) | Q(_of_visible("person_id", actor)))


class OwnQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> OwnQuerySet:
        """One's own; an export also to whoever decides on that area."""
        return self if actor.scope.all else self.filter(_own(self.model, actor.scope))


class OfRunQuerySet(QuerySet[Any]):
    def visible_to(self, actor: Actor) -> OfRunQuerySet:
        """The rows of one's own imports."""
        return self if actor.scope.all else self.filter(run__by_id=actor.scope.own)


def _own(model: type[Model], scope: Scope) -> Q:
    mine = Q(by_id=scope.own)
    placed = any(field.name == "area_pos" for field in model._meta.get_fields())
    return mine | within("area_pos", scope.areas) if placed else mine


def _belongs(name: str, inside: Q, end: str) -> Exists:
    """A current row of the model `name` that lies inside belongs to the person."""
    rows = apps.get_model("registry", name)._default_manager.filter(person_id=OuterRef("pk"))
    return Exists(rows.filter(inside, **{f"{end}__isnull": True}))


def _of_visible(key: str, actor: Actor) -> Exists:
    people = apps.get_model("registry", "Person")._default_manager.get_queryset()
    assert isinstance(people, PersonQuerySet)
    return Exists(people.visible_to(actor).filter(pk=OuterRef(key)))


def _any_of(conditions: Iterable[Q | Exists]) -> Q:
    return reduce(or_, conditions, Q(pk__in=[]))
