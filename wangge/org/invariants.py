"""The invariants of an app, run by one who sees everything: its named queries return what must not be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wangge.kit import invariants as kit
from wangge.kit.invariants import Invariant, Violation
from wangge.org import scope


@dataclass(frozen=True)
class Proof:
    """Of one `invariants.sql`."""

    file: Path

    def invariants(self) -> tuple[Invariant, ...]:
        return kit.read(self.file)

    def run(self) -> list[Violation]:
        """Everything that is wrong, at most kit's MOST of each kind, as of one moment."""
        with scope.acting(scope.system_actor("invariants")):
            return kit.violations(self.file)
