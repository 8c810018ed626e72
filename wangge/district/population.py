"""The made-up population of a district, put into the registry: in full, for a demonstration, or small for tests.

What is made depends on the seed and the profile alone, grid by grid; what is there already stays as it is, so a run
that was cut short or a larger one after a smaller one doubles nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Literal

import django
from django.db import connection

from wangge.district import (
    population_people,
    population_places,
    population_relations,
    population_source,
    population_things,
)
from wangge.district.population_names import Ids
from wangge.district.population_people import SOURCE, Resident, Residents
from wangge.district.population_places import GridSpec, Places
from wangge.district.population_source import Terms
from wangge.district.population_things import Things
from wangge.kit.errors import Conflict
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import Person
from wangge.registry.services import bulk, counting, placing
from wangge.registry.services.bulk_rows import FurtherPhoneRow, Lot, PersonRow

SEED = 370103
Size = Literal["full", "small", "demo"]
Say = Callable[[str], None]

_PER_HOUSEHOLD = 2.54
_SMALL, _DEMO, _DEMO_WHOLE = 2_000, 20_000, 11_500  # people; the last of them in grids populated in full
_GRIDS_A_LOT = 16


class AlreadyPeopled(Conflict):
    code = "already_peopled"
    title_zh = "库中已有其他来源的人员"
    title_en = "There are people of another source"


@dataclass(frozen=True)
class Task:
    """One grid and how much of it: all, or the first so many households of its first building."""

    spec: GridSpec
    most: int | None = None


@dataclass
class Populated:
    """`changed` is False where this very population was made before."""

    changed: bool
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def quiet(_text: str) -> None:
    pass


def populate(*, size: Size, seed: int = SEED, processes: int = 1, say: Say = quiet) -> Populated:
    """Make all that is missing of the population; with more than one process each lot is a transaction of its own."""
    begun = time.monotonic()
    with _alone():
        with scope.acting(scope.system_actor("wangge registry populate")):
            if bulk.was_populated(size=size, seed=seed):
                return Populated(changed=False)
            _refuse_others()
            tasks, terms = choose(population_source.specs(), size), population_source.terms_now(seed)
        result = Populated(changed=True)
        say(f"{len(tasks)} 个网格 grids")
        for done, counts in enumerate(_lots(tasks, terms, processes), start=1):
            result.counts.update(counts)
            _tell(say, min(done * _GRIDS_A_LOT, len(tasks)), len(tasks), result.counts, begun)
        with scope.acting(scope.system_actor("wangge registry populate")):
            placing.renew_book()
            bulk.note_population(size=size, seed=seed, counts=result.counts)
            counting.tally()
    result.seconds = round(time.monotonic() - begun, 1)
    return result


def choose(grids: Sequence[GridSpec], size: Size) -> list[Task]:
    """In full, all; small, the first few; for a demonstration the first street or two and a household elsewhere."""
    if size == "full":
        return [Task(spec) for spec in grids]
    whole = _first(grids, _SMALL if size == "small" else _DEMO_WHOLE)
    tasks = [Task(spec) for spec in whole]
    others = grids[len(whole) :]
    if size == "demo" and others:
        each = max(1, round((_DEMO - _DEMO_WHOLE) / _PER_HOUSEHOLD / len(others)))
        tasks += [Task(spec, each) for spec in others]
    return tasks


def _first(grids: Sequence[GridSpec], people: int) -> list[GridSpec]:
    """As many as surely hold no more people, but one at least."""
    found: list[GridSpec] = []
    expected = 0.0
    for spec in grids:
        expected += spec.households * _PER_HOUSEHOLD * 1.03
        if found and expected > people:
            break
        found.append(spec)
    return found


def rows(task: Task, terms: Terms) -> tuple[Places, Residents, Things]:
    """Everything of one grid, before sealing."""
    spec, seed, as_of = task.spec, terms.seed, terms.as_of
    places = population_places.make(spec, seed=seed, as_of=as_of, most=task.most)
    residents = population_people.make(spec, places, seed=seed, as_of=as_of, terms=terms.tags, most=task.most)
    things = population_things.make(
        spec, places, residents.alone, seed=seed, as_of=as_of, kinds=terms.components, whole=task.most is None
    )
    return places if task.most is None else _beginning(places, residents), residents, things


def _beginning(places: Places, residents: Residents) -> Places:
    """Only the stairways in which somebody lives, or did."""
    lived_in = {tie.dwelling_id for tie in residents.ties}
    stairs = {(d.building_id, d.entrance_id) for d in places.dwellings if d.id in lived_in}
    buildings, entrances = {building for building, _ in stairs}, {entrance for _, entrance in stairs}
    built = [building for building in places.buildings if building.id in buildings]
    estates = {building.estate_id for building in built}
    return Places(
        [estate for estate in places.estates if estate.id in estates],
        built,
        [facts for facts in places.facts if facts.id in buildings],
        [entrance for entrance in places.entrances if entrance.id in entrances],
        [d for d in places.dwellings if (d.building_id, d.entrance_id) in stairs],
    )


def lot_of(tasks: Iterable[Task], terms: Terms) -> Lot:
    """Rows of several grids, sealed."""
    lot = Lot()
    made = [(task.spec, *rows(task, terms)) for task in tasks]
    lot.estates = [row for _, places, _, _ in made for row in places.estates]
    lot.buildings = [row for _, places, _, _ in made for row in places.buildings]
    lot.building_facts = [row for _, places, _, _ in made for row in places.facts]
    lot.entrances = [row for _, places, _, _ in made for row in places.entrances]
    lot.dwellings = [row for _, places, _, _ in made for row in places.dwellings]
    lot.households = [row for _, _, residents, _ in made for row in residents.households]
    lot.persons = (_sealed(person, spec) for spec, _, residents, _ in made for person in residents.people)
    lot.further_phones = (
        row for spec, _, residents, _ in made for row in _further_phones(residents.people, spec, terms.seed)
    )
    lot.relations = (
        row for spec, _, residents, _ in made for row in population_relations.make(residents.people, spec, terms.seed)
    )
    lot.ties = [row for _, _, residents, _ in made for row in residents.ties]
    lot.tags = [row for _, _, residents, _ in made for row in residents.tags]
    lot.organisations = [row for _, _, _, things in made for row in things.organisations]
    lot.estate_services = [row for _, _, _, things in made for row in things.services]
    lot.premises = [row for _, _, _, things in made for row in things.premises]
    lot.components = [row for _, _, _, things in made for row in things.components]
    lot.devices = [row for _, _, _, things in made for row in things.devices]
    return lot


def _sealed(person: Resident, spec: GridSpec) -> PersonRow:
    sealed, facts = sealing.seal(person.id, person.facts, spec.community_pos), person.facts
    return PersonRow(
        person.id, person.registration, person.status, "male" if person.male else "female",
        facts.birth.year if facts.birth else None, facts.id_kind, facts.no_id_reason, sealed.sealed, sealed.id_key,
        sealed.phone_key, sealed.tail_key, sealed.name_key, sealed.initials_key, sealed.birth_key, person.household,
        person.role, person.dwelling, spec.pos, person.since, SOURCE, "resident", person.confirmed,
    )  # fmt: skip


def _further_phones(people: Iterable[Resident], spec: GridSpec, seed: int) -> Iterator[FurtherPhoneRow]:
    ids = Ids(f"{seed}:{spec.code}:phone-ids", spec.index * 20_000 + 16_000)
    for person in people:
        for made in sealing.further_phones(person.facts.phones, ids.next):
            yield FurtherPhoneRow(*made, person.id)


def load(tasks: Sequence[Task], terms: Terms) -> dict[str, int]:
    """One lot, one transaction; also called in processes of their own."""
    with scope.acting(scope.system_actor("wangge registry populate")):
        return bulk.load(lot_of(tasks, terms))


def _lots(tasks: Sequence[Task], terms: Terms, processes: int) -> Iterator[dict[str, int]]:
    lots = [tasks[first : first + _GRIDS_A_LOT] for first in range(0, len(tasks), _GRIDS_A_LOT)]
    if processes == 1:
        for some in lots:
            yield load(some, terms)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=django.setup) as pool:
        yield from pool.map(load, lots, [terms] * len(lots))


def _tell(say: Say, done: int, grids: int, counts: Counter[str], begun: float) -> None:
    if done == grids or done % (_GRIDS_A_LOT * 20) == 0:
        taken = time.monotonic() - begun
        say(f"  {done}/{grids} 网格 grids · {counts['persons']:,} 人 people · {taken:.0f} s")


def _refuse_others() -> None:
    if Person.objects.exclude(source=SOURCE).exists():
        raise AlreadyPeopled(
            "人房信息中已有登记或导入的人员，不能混入虚构人口；请另建数据库",
            "people were registered or imported here; made-up ones are not mixed with them: use another database",
        )


@contextmanager
def _alone() -> Iterator[None]:
    """One run at a time in a database."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext('wangge population'))")
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(hashtext('wangge population'))")
