"""What is to be divided, by which rules, and what comes out: plain values, no numerics and no database."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NONE = -1


@dataclass(frozen=True)
class Site:
    """`n` atoms, buildings or entrances, and `m` borders between them; metres in a local projection.

    `edges` are pairs of positions. `shared` is the common border of a pair in metres and `barrier` whether it lies on
    a road, a river or a railway. `area` and `perimeter` are those of an atom's cell. Where compounds, buildings or
    villages mean nothing to the caller, `compound` is all -1, `building` is `arange(n)` and `village` all False.
    """

    ids: tuple[str, ...]
    xy: Floats
    households: Ints
    community: Ints
    compound: Ints
    building: Ints
    edges: Ints
    shared: Floats
    barrier: Flags
    area: Floats
    perimeter: Floats
    village: Flags

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Rules:
    """`grids` is for the whole site; None lets the band decide. `locked` are labels of `start` that stay as they are.

    `move_cost` is the price of an atom that leaves its grid of `start`, in grids out of band: at 0.05 twenty moved
    buildings are worth one more grid within the band.
    """

    low: int = 300
    high: int = 500
    grids: int | None = None
    move_cost: float = 0.0
    seed: int = 0
    locked: frozenset[int] = field(default_factory=frozenset)
    effort: float = 1.0

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Progress:
    """So many of the site's households are in finished communities; `done` reaches `total` once."""

    done: int
    total: int


@dataclass(frozen=True)
class Infeasible:
    """A community whose households admit no division with every grid in band; `bound` grids at the least stay out."""

    community: int
    zh: str
    en: str
    bound: int


@dataclass(frozen=True)
class Division:
    """`grid` holds a label for each atom. Without a start labels run from 0 without gaps, community by community;
    with a start a grid that goes on keeps its label and new ones follow the highest. `stopped` says that the search
    was interrupted: the plan is whole and contiguous, only less good."""

    grid: Ints
    infeasible: list[Infeasible]
    seconds: float
    stopped: bool = False
