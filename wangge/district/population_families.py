"""Who lives together: sizes, roles, ages and sexes of a household that could be. Pure, and without names."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

HEAD, SPOUSE, CHILD, PARENT, GRANDCHILD, OTHER = "head", "spouse", "child", "parent", "grandchild", "other"
OLDEST = 103
_SIZES = (0.25, 0.295, 0.25, 0.118, 0.057, 0.03)  # one to six; with collective households 2.535 on average
_CUMULATIVE = tuple(accumulate(_SIZES))
_COLLECTIVE = 0.004
_ELDER_ALONE = 0.04  # of all households
_TWINS = 0.015
_YOUNGEST_PARENT = 20


@dataclass(frozen=True, slots=True)
class Member:
    """`age` in whole years. A child `twin` was born on the day of the child before it."""

    role: str
    male: bool
    age: int
    twin: bool = False
    paternal: bool = True  # bears the family name of the head's father


def family(rng: random.Random) -> list[Member]:
    """The head first; of one to six."""
    draw = rng.random() * _CUMULATIVE[-1]
    size = next(at for at, edge in enumerate(_CUMULATIVE, start=1) if draw <= edge)
    if size == 1:
        return [_single(rng)]
    if size == 2:
        return _two(rng)
    return _generations(rng, size)


def is_collective(rng: random.Random) -> bool:
    return rng.random() < _COLLECTIVE


def collective(rng: random.Random) -> list[Member]:
    """A dormitory: of one sex, of working age."""
    male = rng.random() < 0.55
    return [
        Member(HEAD if not at else OTHER, male, rng.randint(19, 52), paternal=False) for at in range(rng.randint(4, 12))
    ]


def _single(rng: random.Random) -> Member:
    if rng.random() < _ELDER_ALONE / _SIZES[0]:
        return Member(HEAD, rng.random() < 0.35, min(65 + int(rng.expovariate(1 / 10)), OLDEST))
    return Member(HEAD, rng.random() < 0.55, rng.randint(22, 64))


def _two(rng: random.Random) -> list[Member]:
    draw = rng.random()
    if draw < 0.7:
        age = rng.randint(24, 45) if rng.random() < 0.35 else min(52 + int(rng.expovariate(1 / 11)), 95)
        return _couple(rng, age)
    if draw < 0.9:
        head = Member(HEAD, rng.random() < 0.3, rng.randint(28, 60))
        return [head, _child(rng, head.age)]
    male = rng.random() < 0.5
    head = Member(HEAD, male, rng.randint(20, 38))
    return [head, Member(OTHER, male, rng.randint(20, 38), paternal=False)]


def _couple(rng: random.Random, age: int) -> list[Member]:
    male = rng.random() < 0.68
    older = rng.randint(-2, 5) * (1 if male else -1)
    return [Member(HEAD, male, age), Member(SPOUSE, not male, max(22, min(age - older, OLDEST)), paternal=False)]


def _generations(rng: random.Random, size: int) -> list[Member]:
    """A couple with children, and from four on perhaps with parents; now and then seen from the grandparents."""
    if size == 4 and rng.random() < 0.12:
        return _of_grandparents(rng)
    parents = (
        (0, 0, 0, 0, 0, 1, 2)[size] + (size in {3, 4} and rng.random() < 0.25) + (size == 5 and rng.random() < 0.5)
    )
    children = size - 2 - parents
    couple = _couple(rng, rng.randint(25 + 3 * (children > 1), 56 if children else 62))
    youngest = min(member.age for member in couple)
    members = couple
    for _ in range(children):
        members = (
            [*members, _child(rng, youngest)] if not _twin(rng, members) else [*members, _same_day(rng, members[-1])]
        )
    for number in range(parents):
        members = [*members, _parent(rng, members[0].age, male=number == 1)]
    return members


def _twin(rng: random.Random, members: list[Member]) -> bool:
    return members[-1].role == CHILD and rng.random() < _TWINS


def _same_day(rng: random.Random, sibling: Member) -> Member:
    return Member(CHILD, rng.random() < 0.5, sibling.age, twin=True)


def _of_grandparents(rng: random.Random) -> list[Member]:
    couple = _couple(rng, rng.randint(52, 72))
    son = _child(rng, min(min(member.age for member in couple), 56), least=22)
    return [*couple, son, Member(GRANDCHILD, rng.random() < 0.5, rng.randint(0, son.age - _YOUNGEST_PARENT - 1))]


def _child(rng: random.Random, parent: int, least: int = 0) -> Member:
    """Grown-up children mostly live elsewhere."""
    eldest = parent - _YOUNGEST_PARENT - 1
    usual = parent - rng.randint(23, 34)
    age = max(least, min(eldest, max(usual, 0)))
    return Member(CHILD, rng.random() < 0.51, max(age, 0))


def _parent(rng: random.Random, child: int, *, male: bool) -> Member:
    return Member(PARENT, male, min(child + rng.randint(_YOUNGEST_PARENT + 1, 31), OLDEST), paternal=male)
