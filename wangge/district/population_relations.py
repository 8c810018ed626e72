"""Who is whose spouse, parent or guardian in the households of a grid, out of their roles: a pure function.

Who stands above another is older by what a parent must be, so that no loop can come of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from wangge.district import population_families as families
from wangge.district.population_names import Ids
from wangge.district.population_people import Resident
from wangge.district.population_places import GridSpec
from wangge.registry.services.bulk_rows import RelationRow

_ADULT = 18
_YOUNGEST_PARENT = 15


def make(people: Iterable[Resident], spec: GridSpec, seed: int) -> Iterator[RelationRow]:
    """The same each time, for people in the order in which they were made."""
    ids = Ids(f"{seed}:{spec.code}:relation-ids", spec.index * 20_000 + 12_000)
    for _, members in itertools.groupby(people, lambda person: person.household):
        for one, other, kind in _within(list(members)):
            yield RelationRow(ids.next(), one.id, other.id, kind)


def _within(members: Sequence[Resident]) -> Iterator[tuple[Resident, Resident, str]]:
    """The person, who the other is to them, and as what."""
    by_role: dict[str, list[Resident]] = {}
    for member in members:
        by_role.setdefault(member.role, []).append(member)
    couple = by_role.get(families.HEAD, []) + by_role.get(families.SPOUSE, [])
    children = by_role.get(families.CHILD, [])
    if families.SPOUSE in by_role:
        yield couple[0], couple[1], "spouse"
    for child in children:
        yield from _of_parents(child, couple)
    for head in by_role.get(families.HEAD, []):
        yield from _of_parents(head, by_role.get(families.PARENT, []))
    for grandchild in by_role.get(families.GRANDCHILD, []):
        yield from _of_parents(grandchild, children)
        if grandchild.age < _ADULT:  # brought up by the grandparents with whom it lives
            yield from ((grandchild, one, "guardian") for one in couple[:1])


def _of_parents(child: Resident, parents: Sequence[Resident]) -> Iterator[tuple[Resident, Resident, str]]:
    for parent in parents:
        if parent.age >= child.age + _YOUNGEST_PARENT:
            yield child, parent, "parent"
            if child.age < _ADULT:
                yield child, parent, "guardian"
