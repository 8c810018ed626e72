"""What every benchmark shares: one claim, one baseline in the same run, one line of JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

SHARED = Path(os.environ.get("WANGGE_TEST_SHARED", Path(__file__).parents[2] / "shared" / "data"))
"""Data sets that lie beside the repository and are read in place."""


@dataclass(frozen=True)
class Measured:
    """`ratio` is ours ÷ baseline. `goal` is what `judged` must reach (`at_least`) or not exceed (`at_most`)."""

    claim: str
    ours: float
    baseline: float
    goal: float
    unit: str
    judged: Literal["ours", "ratio"] = "ratio"
    sense: Literal["at_least", "at_most"] = "at_least"
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline if self.baseline else float("inf")

    @property
    def passed(self) -> bool:
        value = self.ours if self.judged == "ours" else self.ratio
        return value >= self.goal if self.sense == "at_least" else value <= self.goal

    def line(self) -> str:
        rounded = {"ours": _round(self.ours), "baseline": _round(self.baseline), "ratio": _round(self.ratio)}
        return json.dumps(asdict(self) | rounded | {"pass": self.passed}, ensure_ascii=False)


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def progress(text: str) -> None:
    """For the person waiting; standard output holds nothing but results."""
    print(text, file=sys.stderr, flush=True)


def best_seconds(run: Callable[[], object], *, times: int = 5) -> float:
    """The shortest of several runs: noise only ever adds."""
    shortest = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        run()
        shortest = min(shortest, time.perf_counter() - started)
    return shortest


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]
