"""A populated grid for tests: buildings, stairways, homes, households, people with tags, and what is sealed of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from tests.factories import District
from wangge.district import population, population_source
from wangge.district.population import Task
from wangge.district.population_people import Resident, Residents
from wangge.district.population_places import Places
from wangge.district.population_source import Terms
from wangge.district.population_things import Things
from wangge.registry.models import ComponentKind, DataClass, TagKind

AS_OF = date(2026, 11, 1)
_TAGS = {"living_alone": DataClass.PERSONAL, "aged": DataClass.PERSONAL, "disabled": DataClass.SENSITIVE}


@dataclass
class Settled:
    """What went in, with the facts of people as they were before sealing."""

    places: Places
    residents: Residents
    things: Things

    def person(self, pk: UUID) -> Resident:
        return next(one for one in self.residents.people if one.id == pk)

    def living_in(self, household: UUID) -> list[Resident]:
        return [one for one in self.residents.people if one.household == household]


def make_kinds() -> None:
    """Three priority groups and three kinds of components, unless they are there."""
    TagKind.objects.bulk_create(
        [
            TagKind(
                code=code, name=code, name_en=code, data_class=data_class, purpose="走访", legal_basis="《测试法》",
                review_months=6, expires_months=24, confirmed=True,
            )
            for code, data_class in _TAGS.items()
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    ComponentKind.objects.bulk_create(
        [ComponentKind(code=f"C-0100{n}", name=name) for n, name in enumerate(("污水井盖", "路灯", "行道树"), start=1)],
        ignore_conflicts=True,
    )


def settle(district: District, grid: str, *, households: int = 12, seed: int = 1) -> Settled:
    """About eight buildings and so many households in a grid of the small district; the same people each time.

    The actor of the moment must see everything.
    """
    make_kinds()
    pos = district.versions[grid].pos
    spec = next(one for one in population_source.specs() if one.pos == pos)
    task = Task(replace(spec, households=households))
    terms: Terms = replace(population_source.terms_now(seed), as_of=AS_OF)
    population.load([task], terms)
    return Settled(*population.rows(task, terms))
