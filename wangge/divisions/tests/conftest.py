"""A street of the small district with enough buildings to be divided, and plans of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests import factories
from tests.factories import District
from wangge.divisions.models import Plan
from wangge.divisions.services import designing, plans
from wangge.kit.ids import uuid7
from wangge.org import scope, selectors
from wangge.org.models import User
from wangge.org.scope import Actor, system_actor
from wangge.registry.models import Building, Estate

BUILDINGS = 24
HOUSEHOLDS = 50
MORE_PEOPLE = {
    "street_leader": ("秦街道", "subdistrict_leader", "office1"),
    "second_leader": ("尤区长", "district_leader", "government"),
}


def make_buildings(district: District, *, each: int = HOUSEHOLDS, count: int = BUILDINGS) -> list[Building]:
    """In communities 1 and 2: rows of buildings from west to east, half in either grid; compounds of four."""
    made: list[Building] = []
    for community, south, grids in (("community1", 36.6, ("grid1", "grid2")), ("community2", 36.5, ("grid3", "grid4"))):
        estate = None
        for n in range(count):
            column, row = divmod(n, 4)
            if n % 4 == 0:
                estate = Estate.objects.create(name=f"{community}苑{column + 1}", area=district.areas[community])
            lon = 116.9 + 0.1 * (column + 0.5) / (count // 4)
            version = district.versions[grids[0] if lon < 116.95 else grids[1]]
            made.append(
                Building(
                    estate=estate, code=f"{version.code}-{count}-{n:03d}", name=f"{n + 1}号楼", address="大观园街道",
                    area=version.area, area_pos=version.pos, lon=lon, lat=south + 0.1 * (row + 0.5) / 4,
                    households=each,
                )
            )  # fmt: skip
    Building.objects.bulk_create(made)
    return made


@pytest.fixture
def buildings(district: District) -> list[Building]:
    with scope.acting(system_actor("test")):
        return make_buildings(district)


@pytest.fixture
def staff(district: District) -> Any:
    """More people: a leader of the street, a second district leader."""
    from types import SimpleNamespace

    found = {}
    for key, (name, role, unit) in MORE_PEOPLE.items():
        user = User.objects.create(username=key, name=name, password=factories.password_hash())
        factories.make_post(district, user, role=role, unit=unit).save()
        found[key] = selectors.actor_for(user)
    return SimpleNamespace(**found)


Make = Callable[..., Plan]


@pytest.fixture
def make_plan(district: District, buildings: list[Building], people: Any) -> Make:
    """A plan as the street's dispatcher makes it, designed at once."""

    def make(area: str = "street1", *, by: Actor | None = None, low: int = 300, high: int = 500, **asked: Any) -> Plan:
        actor = by or people.subdistrict_dispatcher
        with scope.acting(actor):
            plan = plans.create(
                name="2027 年网格划分", area_id=district.areas[area].id, low=low, high=high, by=actor, **asked
            )
        return designed(plan.pk)

    return make


def designed(plan_id: UUID) -> Plan:
    designing.run(plan_id=plan_id)
    with scope.acting(system_actor("test")):
        return Plan.objects.get(pk=plan_id)


def nobody() -> UUID:
    return uuid7()


@pytest.fixture
def send(client_for):
    def call(actor: Any, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body, default=str) if body is not None else ""
        return client_for(actor).generic(method, f"/api/v1/divisions{path}", data, content_type="application/json")

    return call
