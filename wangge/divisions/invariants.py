"""Run the named queries of `invariants.sql`: what they return must not be."""

from __future__ import annotations

from pathlib import Path

from wangge.kit import invariants as kit
from wangge.kit.invariants import Invariant, Violation
from wangge.org import scope

__all__ = ["Invariant", "Violation", "invariants", "run"]
_FILE = Path(__file__).with_suffix(".sql")


def invariants() -> tuple[Invariant, ...]:
    return kit.read(_FILE)


def run() -> list[Violation]:
    """Everything that is wrong, at most kit's MOST of each kind, as of one moment."""
    with scope.acting(scope.system_actor("invariants")):
        return kit.violations(_FILE)
