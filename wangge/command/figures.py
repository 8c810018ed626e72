"""What the wall shows in numbers, however it was counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from wangge.appraisal.selectors.now import Street

__all__ = ["Figures", "Street", "share"]


@dataclass
class Figures:
    """Counted at `at`. Shares are from 0 to 1, None when there is nothing to divide by."""

    at: dt.datetime
    submitted: int
    closed: int
    on_the_spot: int
    open: int
    overdue: int
    cards: Counter[str]
    states: Counter[str]
    channels: Counter[str]
    categories: Counter[tuple[str, str]]  # code and name
    hours: list[int]
    rates: dict[str, float | None]
    streets: defaultdict[int, Street] = field(default_factory=lambda: defaultdict(Street))  # by position


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
