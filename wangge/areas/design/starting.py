"""Going on from an earlier plan: what was cut off or is new is given to a neighbour, grids are added or dissolved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wangge.areas.design.graph import components
from wangge.areas.design.pieces import Part
from wangge.areas.design.site import NONE, Ints, Site


def carried_over(site: Site, part: Part, before: Ints) -> Ints:
    """`before` within the piece with NONE where a label's atoms are cut off from most of its households."""
    label = before[part.atoms].copy()
    if not len(part.edges):
        return label
    same = label[part.edges[:, 0]] == label[part.edges[:, 1]]
    root = components(len(label), part.edges[same])
    weight = np.bincount(root, site.households[part.atoms] + 1e-3, len(label))
    for name in names(label):
        own = np.flatnonzero(label == name)
        main = own[np.argmax(weight[root[own]])]
        label[own[root[own] != root[main]]] = NONE
    return label


def names(label: Ints) -> list[int]:
    """The labels there are, NONE left out."""
    return [int(name) for name in np.unique(label) if name != NONE]


def owners(site: Site, parts: Sequence[Part], labels: Sequence[Ints]) -> dict[int, int]:
    """For each label the piece that holds most of its households."""
    most: dict[int, tuple[int, int]] = {}
    for i, (part, label) in enumerate(zip(parts, labels, strict=True)):
        households = site.households[part.atoms]
        for name in names(label):
            most[name] = max(most.get(name, (NONE, 0)), (int(households[label == name].sum()), -i))
    return {name: -i for name, (_, i) in most.items()}


def dissolve(site: Site, part: Part, label: Ints, count: int) -> Ints:
    """Take the smallest grids away until `count` are left."""
    have = names(label)
    sizes = [int(site.households[part.atoms[label == name]].sum()) for name in have]
    for i in np.argsort(sizes, kind="stable")[: max(len(have) - count, 0)].tolist():
        label = np.where(label == have[i], NONE, label)
    return label


def attach(site: Site, part: Part, label: Ints) -> Ints:
    """Give each atom without a grid to the smallest grid it borders on, from the rim inwards."""
    label = label.copy()
    households = site.households[part.atoms]
    sizes = {name: int(households[label == name].sum()) for name in names(label)}
    both = np.vstack([part.edges, part.edges[:, ::-1]])
    while (open_ := (label[both[:, 0]] == NONE) & (label[both[:, 1]] != NONE)).any():
        rim = both[open_]
        smallest = min(range(len(rim)), key=lambda i: (sizes[int(label[rim[i, 1]])], int(rim[i, 0])))
        atom, name = int(rim[smallest, 0]), int(label[rim[smallest, 1]])
        label[atom] = name
        sizes[name] += int(households[atom])
    return label
