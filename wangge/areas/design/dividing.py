"""Dividing a site: connected pieces side by side in threads, each by cutting random trees and then annealing.

The kernels hold no lock, so threads use all cores; a piece's random numbers depend on the seed and on the piece alone,
so the answer is the same on any number of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Self

import numpy as np

from wangge.areas.design import exchanging, measuring, pieces, starting
from wangge.areas.design.site import NONE, Division, Ints, Progress, Rules, Site

Tell = Callable[[Progress], None]
Stop = Callable[[], bool]
POLL = 0.1


@dataclass(frozen=True)
class Job:
    """One piece and the number of grids it gets. `label` is where the search begins, NONE anywhere for a fresh start;
    `names` are the labels its grids have outside when they go on from an earlier plan."""

    part: pieces.Part
    load: pieces.Load
    count: int
    label: Ints | None
    home: Ints
    names: Ints | None
    seed: int
    thorough: bool = False


@dataclass(frozen=True)
class Found:
    """The best division of a piece."""

    label: Ints
    out: int


def divide(
    site: Site,
    rules: Rules,
    *,
    start: Ints | None = None,
    tell: Tell | None = None,
    stop: Stop | None = None,
    threads: int | None = None,
) -> Division:
    """Contiguous grids within the band as far as can be; the same for a seed on any number of threads."""
    began = time.perf_counter()
    free = np.ones(len(site), bool)
    if start is not None and rules.locked:
        free = ~np.isin(start, sorted(rules.locked))
    parts = pieces.pieces(site, free)
    with Crew(site, rules, threads or os.cpu_count() or 1, tell or _silent, stop or _never) as crew:
        if start is None:
            jobs = _fresh(site, parts, rules)
            found = crew.run(jobs)
            jobs, found = exchanging.exchange(crew, jobs, found, rules)
        else:
            jobs = _again(site, parts, rules, start)
            found = crew.run(jobs)
    grid = np.full(len(site), NONE, np.int64) if start is None else np.where(free, NONE, start)
    used = 0
    for job, one in zip(jobs, found, strict=True):
        grid[job.part.atoms] = one.label + used if job.names is None else job.names[one.label]
        used += job.count
    if start is not None:
        grid = measuring.going_on(
            start, grid, taken=max(rules.locked, default=NONE)
        )  # grids may have changed places on the way
    out = pieces.infeasible(site, parts, [job.count for job in jobs], rules)
    return Division(grid, out, time.perf_counter() - began, crew.stopped)


def _fresh(site: Site, parts: Sequence[pieces.Part], rules: Rules) -> list[Job]:
    loads = [pieces.load_of(site, part, rules) for part in parts]
    counts = pieces.allot(loads, rules, rules.grids, [pieces.grids_wanted(load, rules) for load in loads])
    return [
        Job(part, load, count, None, np.full(len(part.atoms), NONE, np.int64), None, _seed(rules, i))
        for i, (part, load, count) in enumerate(zip(parts, loads, counts, strict=True))
    ]


def _again(site: Site, parts: Sequence[pieces.Part], rules: Rules, start: Ints) -> list[Job]:
    """Jobs that begin with the labels of `start`. A label found in several pieces goes on in the one with most of its
    households; in the others it is a new grid."""
    old = [starting.carried_over(site, part, start) for part in parts]
    owner = starting.owners(site, parts, old)
    loads = [pieces.load_of(site, part, rules) for part in parts]
    wanted = [_going_on(site, part, load, label, rules) for part, load, label in zip(parts, loads, old, strict=True)]
    given = None if rules.grids is None else max(rules.grids - len(rules.locked), 1)
    fresh = max(int(start.max(initial=NONE)), *rules.locked, NONE) + 1
    jobs = []
    for i, (part, count) in enumerate(zip(parts, pieces.allot(loads, rules, given, wanted), strict=True)):
        label = starting.attach(site, part, starting.dissolve(site, part, old[i], count))
        kept, place = np.unique(label, return_inverse=True)
        names = np.concatenate([kept[kept != NONE], np.full(count, NONE, np.int64)])[:count]
        new = np.array([name == NONE or owner[int(name)] != i for name in names.tolist()])
        names[new] = fresh + np.arange(int(new.sum()))
        fresh += int(new.sum())
        local = None if (kept == NONE).any() else place.reshape(-1).astype(np.int64)
        home = np.full(len(label), NONE, np.int64)
        before = start[part.atoms]
        for place_, name in enumerate(names.tolist()):
            home[before == name] = place_
        home[(home == NONE) & (before != NONE)] = count  # its grid is gone: wherever it goes it has moved
        jobs.append(Job(part, loads[i], count, local, home, names, _seed(rules, i)))
    return jobs


def _going_on(site: Site, part: pieces.Part, load: pieces.Load, label: Ints, rules: Rules) -> int:
    """As many grids as the piece has, unless another number leaves fewer of them out of band than are now."""
    have = starting.names(label)
    sizes = [int(site.households[part.atoms[label == name]].sum()) for name in have]
    out = sum(not rules.low <= size <= rules.high for size in sizes)
    wanted = pieces.grids_wanted(load, rules, len(have))
    return len(have) if have and out <= pieces.least_out(load, wanted, rules) else wanted


def _seed(rules: Rules, number: int) -> int:
    return (rules.seed * 1_000_003 + number * 7_919 + 12_345) % 2**63


def _silent(_progress: Progress) -> None:
    return


def _never() -> bool:
    return False


class Crew:
    """Threads that work on jobs, the largest first. After `stop` what is left gets its first contiguous division."""

    def __init__(self, site: Site, rules: Rules, threads: int, tell: Tell, stop: Stop) -> None:
        from wangge.areas.design import searching  # late: numba

        self._searching = searching
        self._site, self._rules, self._tell, self._stop = site, rules, tell, stop
        self._pool = ThreadPoolExecutor(threads, "wangge-design")
        self.stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_error: object) -> None:
        self.stopped = self.stopped or kind is not None  # an error or Ctrl-C: whoever still works ends at once
        self._pool.shutdown(cancel_futures=True)

    def run(self, jobs: Sequence[Job], *, quiet: bool = False) -> list[Found]:
        largest_first = sorted(range(len(jobs)), key=lambda i: (-len(jobs[i].part.atoms), i))
        waiting = {self._pool.submit(self._one, jobs[i]): i for i in largest_first}
        found: dict[int, Found] = {}
        done, total = 0, sum(job.part.households for job in jobs)
        while waiting:
            finished, _ = wait(waiting, POLL, FIRST_COMPLETED)
            self.stopped = self.stopped or self._stop()
            for future in finished:
                i = waiting.pop(future)
                found[i] = future.result()
                done += jobs[i].part.households
            if not quiet:
                self._tell(Progress(done, total))
        self.stopped = self.stopped or self._stop()
        return [found[i] for i in range(len(jobs))]

    def _one(self, job: Job) -> Found:
        rules = self._rules
        piece = self._searching.piece_of(self._site, job.part, rules, job.home)
        effort = 0.0 if self.stopped else rules.effort
        wish = self._searching.Wish(job.count, job.seed, effort, job.thorough)
        label = self._searching.search(piece, wish, rules, job.label)
        return Found(label, self._searching.out_of_band(piece, label, job.count, rules))
