"""The part of a profile about time: limits, cards, ladders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wangge.casework.timing_file import ClocksFile
from wangge.district.read_faults import ProfileError

if TYPE_CHECKING:
    from wangge.district.read import _Lines, _Reading

CLOCKS = "clocks.yaml"


@dataclass
class ClocksPart:
    """`rules` None where no folder has the file: then the rules in force stay."""

    rules: ClocksFile | None = None
    lines: _Lines | None = None

    def fault(self, path: tuple[str | int, ...], zh: str, en: str) -> ProfileError:
        label, line = self.lines.find(path, CLOCKS) if self.lines is not None else (CLOCKS, 0)
        return ProfileError(label, line, ".".join(map(str, path)), zh, en)


def read_clocks(reading: _Reading) -> ClocksPart:
    if not reading._files(CLOCKS):
        return ClocksPart()
    merged = reading._merged(CLOCKS)
    if merged is None:
        return ClocksPart()
    return ClocksPart(reading._model(ClocksFile, *merged), merged[1])
