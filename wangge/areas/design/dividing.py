"""Dividing a site: connected pieces side by side in threads, each by cutting random trees and then annealing.

The kernels hold no lock, so threads use all cores; a piece's random numbers depend on the seed and on the piece alone,
so the answer is the same on any number of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from wangge.areas.design import pieces, starting
from wangge.areas.design.site import NONE, Division, Ints, Progress, Rules, Site

Tell = Callable[[Progress], None]
Stop = Callable[[], bool]
POLL = 0.1


@dataclass(frozen=True)
class Job:
    """One piece and the number of grids it gets; `names` are the labels its grids have outside."""

    part: pieces.Part
    count: int
    label: Ints | None
    home: Ints
    names: Ints
    seed: int


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
    jobs = _fresh(parts, rules) if start is None else _again(site, parts, rules, start)
    labels, stopped = _run(site, rules, jobs, tell or _silent, stop or _never, threads or os.cpu_count() or 1)
    grid = np.full(len(site), NONE, np.int64) if start is None else np.where(free, NONE, start)
    for job, label in zip(jobs, labels, strict=True):
        grid[job.part.atoms] = job.names[label]
    out = pieces.infeasible(site, parts, [job.count for job in jobs], rules)
    return Division(grid, out, time.perf_counter() - began, stopped)


def _fresh(parts: Sequence[pieces.Part], rules: Rules) -> list[Job]:
    wanted = [pieces.grids_wanted(part.households, len(part.atoms), rules) for part in parts]
    counts = pieces.allot(parts, rules, rules.grids, wanted)
    ends = np.cumsum([0, *counts])
    return [
        Job(part, count, None, np.full(len(part.atoms), NONE, np.int64), ends[i] + np.arange(count), _seed(rules, i))
        for i, (part, count) in enumerate(zip(parts, counts, strict=True))
    ]


def _again(site: Site, parts: Sequence[pieces.Part], rules: Rules, start: Ints) -> list[Job]:
    """Jobs that begin with the labels of `start`. A label found in several pieces goes on in the one with most of its
    households; in the others it is a new grid."""
    old = [starting.carried_over(site, part, start) for part in parts]
    owner = starting.owners(site, parts, old)
    wanted = [
        pieces.grids_wanted(part.households, len(part.atoms), rules, len(starting.names(label)))
        for part, label in zip(parts, old, strict=True)
    ]
    given = None if rules.grids is None else max(rules.grids - len(rules.locked), 1)
    fresh = int(start.max(initial=NONE)) + 1
    jobs = []
    for i, (part, count) in enumerate(zip(parts, pieces.allot(parts, rules, given, wanted), strict=True)):
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
        jobs.append(Job(part, count, local, home, names, _seed(rules, i)))
    return jobs


def _seed(rules: Rules, number: int) -> int:
    return (rules.seed * 1_000_003 + number * 7_919 + 12_345) % 2**63


def _silent(_progress: Progress) -> None:
    return


def _never() -> bool:
    return False


def _run(
    site: Site, rules: Rules, jobs: Sequence[Job], tell: Tell, stop: Stop, threads: int
) -> tuple[list[Ints], bool]:
    """Labels within each piece. After `stop` what is left gets its first contiguous division only."""
    from wangge.areas.design import searching  # late: numba

    labels: list[Ints] = [job.home for job in jobs]
    done, total, stopped = 0, int(site.households.sum()), False

    def one(i: int) -> Ints:
        job = jobs[i]
        piece = searching.piece_of(site, job.part, rules, job.home)
        effort = 0.0 if stopped else rules.effort
        return searching.search(piece, job.count, rules, label=job.label, seed=job.seed, effort=effort)[0]

    with ThreadPoolExecutor(threads, "wangge-design") as pool:
        waiting: dict[Future[Ints], int] = {
            pool.submit(one, i): i for i in sorted(range(len(jobs)), key=lambda i: -len(jobs[i].part.atoms))
        }
        while waiting:
            finished, _ = wait(waiting, POLL, FIRST_COMPLETED)
            stopped = stopped or stop()
            for future in finished:
                i = waiting.pop(future)
                labels[i] = future.result()
                done += jobs[i].part.households
            tell(Progress(done, total))
    return labels, stopped
