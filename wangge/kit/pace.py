"""How often somebody does something, counted in memory: nothing is written for a use that is granted."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from wangge.kit.errors import TooMany

_MOST_KEPT = 10_000


@dataclass
class _Uses:
    at: deque[float] = field(default_factory=deque)
    told_at: float | None = None


@dataclass(frozen=True)
class Refused:
    """Too many uses. `wait`: seconds until one more is granted; `news`: the first refusal within a window."""

    wait: float
    news: bool


def too_many(refused: Refused, zh: str, en: str) -> TooMany:
    """429 that says after how long to come again: {wait} in the texts, and in the head of the answer."""
    seconds = math.ceil(refused.wait)
    waits = (f"{seconds} 秒", f"{seconds} seconds") if seconds < 120 else (
        f"{math.ceil(seconds / 60)} 分钟", f"{math.ceil(seconds / 60)} minutes"
    )  # fmt: skip
    return TooMany(
        zh.format(wait=waits[0]),
        en.format(wait=waits[1]),
        headers={"Retry-After": str(seconds)},
        retry_after=seconds,
    )


class Pace:
    """Uses in a sliding window of `seconds`, by key, in this process."""

    def __init__(self, seconds: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._uses: dict[Hashable, _Uses] = {}

    def use(self, key: Hashable, limit: int) -> Refused | None:
        """Count one use of `key`; None when it is within the limit. A refused use does not count."""
        with self._lock:
            now = self._now()
            if len(self._uses) >= _MOST_KEPT:
                self._forget_idle(now)
            uses = self._uses.setdefault(key, _Uses())
            while uses.at and uses.at[0] <= now - self._seconds:
                uses.at.popleft()
            if len(uses.at) < limit:
                uses.at.append(now)
                return None
            news = uses.told_at is None or uses.told_at <= now - self._seconds
            if news:
                uses.told_at = now
            return Refused(uses.at[0] + self._seconds - now, news)

    def _forget_idle(self, now: float) -> None:
        since = now - self._seconds
        self._uses = {key: uses for key, uses in self._uses.items() if uses.at and uses.at[-1] > since}
