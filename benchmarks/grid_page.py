"""My grid's first page over HTTP with the whole of 市中 registered, against the same with a few grids only.

Both installations run side by side and are asked in turn; the same member of the same grid asks, whose page is the
same. What may differ is only what the other 900,000 people cost.
"""

from __future__ import annotations

import json
import statistics
from contextlib import ExitStack

from benchmarks import _visitors as visitors
from benchmarks._harness import Measured, percentile, progress
from benchmarks._scratch import Installation, installation, web

PATH = "/api/v1/registry/grid"
WARM_UP, REQUESTS, ROUNDS = 30, 150, 3
GOAL = 2.0
MOST_QUERIES = 6


def run() -> list[Measured]:
    with ExitStack() as stack:
        sites: dict[str, tuple[Installation, visitors.Line]] = {}
        queries = []
        people = {}
        for size in ("small", "full"):
            made = stack.enter_context(installation())
            made.wangge("registry", "populate", "--size", size)
            people[size] = _count(made)
            cookie = visitors.people(made)["grid"]["cookie"]
            queries += visitors.queries(made, [(cookie, PATH)])
            sites[size] = (made, visitors.Line(stack.enter_context(web(made, workers=1)), cookie))
        rounds = [{size: _p99(size, line) for size, (_, line) in sites.items()} for _ in range(ROUNDS)]
        pages = {size: json.loads(line.body)["counts"] for size, (_, line) in sites.items()}
    if max(queries) > MOST_QUERIES:
        raise RuntimeError(f"{max(queries)} queries")
    if pages["small"]["persons"] != pages["full"]["persons"]:
        raise RuntimeError(f"not the same page: {pages}")
    return [
        Measured(
            claim="grid_page",
            ours=statistics.median(one["full"] for one in rounds),
            baseline=statistics.median(one["small"] for one in rounds),
            goal=GOAL,
            unit="ms p99",
            sense="at_most",
            detail={"people": people, "queries": max(queries), "page": pages["full"]},
        )
    ]


def _count(made: Installation) -> int:
    with made.connect() as connection:
        row = connection.execute("select count(*) from registry_person").fetchone()
    assert row is not None
    return int(row[0])


def _p99(size: str, line: visitors.Line) -> float:
    taken = [line.timed("GET", PATH) for _ in range(WARM_UP + REQUESTS)][WARM_UP:]
    progress(f"{size}: p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms")
    return percentile(taken, 0.99)
