"""Which grid of a plan goes on as which area of the division before: by the households they share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Shares = dict[tuple[int, Key], tuple[int, int]]


def shares(labels: Sequence[int], was: Sequence[Key | None], households: Sequence[int]) -> Shares[Key]:
    """Households and atoms that a planned grid has of each area before."""
    found: dict[tuple[int, Key], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for label, area, count in zip(labels, was, households, strict=True):
        if area is not None:
            held, atoms = found[label, area]
            found[label, area] = (held + count, atoms + 1)
    return dict(found)


def match(labels: Sequence[int], was: Sequence[Key | None], households: Sequence[int]) -> dict[int, Key]:
    """Each planned grid with the area it continues, the largest share first, each area once.

    A share counts when it is at least half of the planned grid or half of the area: an area does not go on in a
    corner of what it was. Buildings decide where nobody lives.
    """
    pairs = shares(labels, was, households)
    new, old = _news(labels, households), _olds(pairs)
    ordered = sorted(pairs.items(), key=lambda pair: (*(-n for n in pair[1]), pair[0][0], str(pair[0][1])))
    kept: dict[int, Key] = {}
    taken: set[Key] = set()
    for (label, area), share in ordered:
        if label in kept or area in taken:
            continue
        if any(_half(share, whole) for whole in (new[label], old[area])):
            kept[label] = area
            taken.add(area)
    return kept


def heirs(labels: Sequence[int], was: Sequence[Key | None], households: Sequence[int]) -> dict[Key, int]:
    """For each area before, the planned grid that gets most of its households."""
    best: dict[Key, tuple[tuple[int, int], int]] = {}
    for (label, area), share in sorted(shares(labels, was, households).items(), key=lambda pair: pair[0][0]):
        if area not in best or share > best[area][0]:
            best[area] = (share, label)
    return {area: label for area, (_, label) in best.items()}


def _news(labels: Sequence[int], households: Sequence[int]) -> dict[int, tuple[int, int]]:
    totals: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for label, count in zip(labels, households, strict=True):
        held, atoms = totals[label]
        totals[label] = (held + count, atoms + 1)
    return totals


def _olds(pairs: Shares[Key]) -> dict[Key, tuple[int, int]]:
    totals: dict[Key, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (_, area), (held, atoms) in pairs.items():
        before = totals[area]
        totals[area] = (before[0] + held, before[1] + atoms)
    return totals


def _half(share: tuple[int, int], whole: tuple[int, int]) -> bool:
    """Of the households; of the atoms where there are none."""
    return 2 * share[0] >= whole[0] if whole[0] else 2 * share[1] >= whole[1]
