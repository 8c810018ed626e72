"""The demonstration's people as actors: somebody of a unit, somebody with a role, the member of a grid."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from wangge.org import selectors as org
from wangge.org.models import Post
from wangge.org.scope import Actor

# Who speaks for a unit, best first.
_SPEAKERS = (
    "department_clerk",
    "subdistrict_dispatcher",
    "community_cadre",
    "grid_member",
    "grid_lead",
    "district_operator",
    "department_leader",
    "subdistrict_leader",
)


class Cast:
    """Loaded once; `actor` turns a post into the Actor it is now."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.by_unit: dict[UUID, dict[str, list[tuple[UUID, UUID]]]] = defaultdict(lambda: defaultdict(list))
        self.by_role: dict[str, list[tuple[UUID, UUID]]] = defaultdict(list)
        self.by_grid: dict[UUID, tuple[UUID, UUID]] = {}
        columns = ("user_id", "id", "unit_id", "role__code", "area_id", "unit__area_id")
        for user, post, unit, role, own, served in Post.objects.filter(user__is_active=True).values_list(*columns):
            area = own or served
            self.by_unit[unit][role].append((user, post))
            self.by_role[role].append((user, post))
            if role == "grid_member" and area is not None:
                self.by_grid.setdefault(area, (user, post))

    def of_unit(self, unit_id: UUID, roles: Iterable[str] = _SPEAKERS) -> Actor | None:
        for role in roles:
            people = self.by_unit[unit_id][role]
            if people:
                return self.actor(self.rng.choice(people))
        return None

    def with_role(self, role: str) -> Actor | None:
        people = self.by_role[role]
        return self.actor(self.rng.choice(people)) if people else None

    def member_of(self, grid_id: UUID) -> Actor | None:
        person = self.by_grid.get(grid_id)
        return self.actor(person) if person else None

    def actor(self, person: tuple[UUID, UUID]) -> Actor | None:
        user, post = person
        who = org.person(user)
        return org.actor_in(who, who.position(post_id=post)) if who else None
