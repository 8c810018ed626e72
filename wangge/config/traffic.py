"""How many requests this process answered, by route, and how long they took: for /metrics."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

MOST_ROUTES = 2000  # methods may be anything; the table must not grow with them
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Row = tuple[str, str, str, int, float]
"""Method, route template, class of status (2xx), how many, seconds in all."""


@dataclass
class Traffic:
    _counts: dict[tuple[str, str, str], list[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, *, method: str, route: str, status: int, seconds: float) -> None:
        key = (method if method in METHODS else "other", route, f"{status // 100}xx")
        with self._lock:
            if key not in self._counts and len(self._counts) >= MOST_ROUTES:
                key = ("other", "other", key[2])
            count = self._counts.setdefault(key, [0, 0.0])
            count[0] += 1
            count[1] += seconds

    def rows(self) -> list[Row]:
        with self._lock:
            return [(*key, int(count), round(seconds, 4)) for key, (count, seconds) in sorted(self._counts.items())]


served = Traffic()
"""Of this process."""
