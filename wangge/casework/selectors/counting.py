"""The numbers beside the menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from wangge.casework.models import Case, Whistle
from wangge.casework.selectors import listing
from wangge.casework.selectors.finding import ENDED
from wangge.casework.selectors.single import concerning

if TYPE_CHECKING:
    from wangge.org.scope import Actor

ENOUGH = 10_000  # lists of the past are counted no further


@dataclass(frozen=True)
class Counts:
    todo: int
    done: int
    mine: int
    queue: int
    whistles: int
    cards: dict[str, int]


def counts(*, actor: Actor) -> Counts:
    """`todo` is the length of the to-do list, always: it is counted by the list's own query."""
    cards = (
        Case.objects.visible_to(actor)
        .filter(card__in=["yellow", "red"])
        .exclude(state__in=ENDED)
        .aggregate(yellow=Count("pk", filter=Q(card="yellow")), red=Count("pk", filter=Q(card="red")))
    )
    return Counts(
        todo=listing.count(actor=actor, view="todo"),
        done=listing.count(actor=actor, view="done", most=ENOUGH),
        mine=listing.count(actor=actor, view="mine", most=ENOUGH),
        queue=listing.count(actor=actor, view="queue"),
        whistles=concerning(Whistle.objects.visible_to(actor).filter(ended_at__isnull=True), actor).count(),
        cards=cards,
    )
