"""Tree positions as integers that never have to be renumbered.

A node's position packs the ordinals of its ancestors and itself into one 64-bit integer, so that "inside this
subtree" is `pos <= x < end`, which a B-tree serves. A node that moves gets a new position; what was recorded under
the old one keeps it (the place of its day).
"""

from __future__ import annotations

from dataclasses import dataclass, field


class TreeFull(Exception):
    """A level has no free ordinal below this parent."""


@dataclass(frozen=True)
class Layout:
    """`bits[d]` is the width of the ordinal at depth d (root is depth 0); at most 62 bits in all."""

    bits: tuple[int, ...]
    shifts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shifts", tuple(sum(self.bits[d + 1 :]) for d in range(len(self.bits))))

    def shift(self, depth: int) -> int:
        return self.shifts[depth]

    def child(self, parent: int, depth: int, ordinal: int) -> int:
        """Position of child number `ordinal` (from 1) at `depth` under `parent` (0 above the root)."""
        if not 1 <= ordinal < 1 << self.bits[depth]:
            raise TreeFull(f"ordinal {ordinal} does not fit {self.bits[depth]} bits at depth {depth}")
        return parent + (ordinal << self.shift(depth))

    def end(self, pos: int, depth: int) -> int:
        """First position after the subtree of `pos`."""
        return pos + (1 << self.shift(depth))

    def ancestor(self, pos: int, depth: int) -> int:
        """Position of the ancestor of `pos` at `depth`."""
        shift = self.shifts[depth]
        return pos >> shift << shift


AREAS = Layout((12, 10, 12, 12, 10))
"""district, subdistrict, community/village, terminal grid, courtyard"""

UNITS = Layout((10, 12, 12, 12, 10))
"""organisation units, five levels deep"""
