"""One grid more here, one less there: where atoms do not pack into their number of grids, its neighbours are tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from wangge.areas.design.pieces import harm, least_out
from wangge.areas.design.site import Rules

if TYPE_CHECKING:
    from wangge.areas.design.dividing import Crew, Found, Job

Tried = dict[tuple[int, int], "tuple[Job, Found]"]
RELUCTANCE = 0.01  # a step that gains nothing is not taken
PASSES = 6
HANDFUL = 10  # pieces: so few may be tried more than once
LEAST_DONORS = 6
ANOTHER = 987_654_321  # added to the seed, so that trying again is not doing the same again


def exchange(crew: Crew, jobs: list[Job], found: list[Found], rules: Rules) -> tuple[list[Job], list[Found]]:
    """Fewer grids out of band; as many in all as before when a number was asked for."""
    for turn in range(PASSES):
        stuck = [i for i, job in enumerate(jobs) if found[i].out > _least(job, rules)]
        handful = len(stuck) <= HANDFUL
        if not stuck or crew.stopped or (turn and not handful):
            break
        for i in stuck:
            jobs[i] = replace(jobs[i], seed=jobs[i].seed + ANOTHER, thorough=handful)
        tried = _try(crew, jobs, [(i, step) for i in stuck for step in (-1, 0, 1)])
        if rules.grids is not None:
            wish = [_best(found, tried, i)[1] for i in stuck]
            tried |= _try(crew, jobs, _donors(jobs, set(stuck), -sum(wish), rules))
        chosen = _chosen(found, tried, balanced=rules.grids is not None)
        for i, step in chosen:
            jobs[i], found[i] = tried[i, step]
    return jobs, found


def _least(job: Job, rules: Rules) -> int:
    """Large atoms side by side may share a grid that is out of band anyhow."""
    return min(least_out(job.load, job.count, rules), 1) if job.load.large else least_out(job.load, job.count, rules)


def _try(crew: Crew, jobs: Sequence[Job], steps: list[tuple[int, int]]) -> Tried:
    steps = [(i, step) for i, step in steps if 1 <= jobs[i].count + step <= jobs[i].load.most]
    changed = [replace(jobs[i], count=jobs[i].count + step) for i, step in steps]
    return dict(zip(steps, zip(changed, crew.run(changed, quiet=True), strict=True), strict=True))


def _gain(found: Sequence[Found], tried: Tried, i: int, step: int) -> float:
    return found[i].out - tried[i, step][1].out - RELUCTANCE * (1 + abs(step))


def _best(found: Sequence[Found], tried: Tried, i: int) -> tuple[float, int]:
    return max([(0.0, 0)] + [(_gain(found, tried, i, step), step) for step in (-1, 0, 1) if (i, step) in tried])


def _donors(jobs: Sequence[Job], stuck: set[int], missing: int, rules: Rules) -> list[tuple[int, int]]:
    """Other pieces that can best take what the stuck ones give or give what they take; twice as many as needed."""
    if not missing:
        return []
    step = 1 if missing > 0 else -1
    others = sorted((harm(job.load, job.count, step, rules), i) for i, job in enumerate(jobs) if i not in stuck)
    return [(i, step) for cost, i in others[: max(2 * abs(missing), LEAST_DONORS)] if cost < 1]


def _chosen(found: Sequence[Found], tried: Tried, *, balanced: bool) -> list[tuple[int, int]]:
    """The steps that gain most together; `balanced`: that add up to nothing."""
    ways: dict[int, tuple[float, tuple[tuple[int, int], ...]]] = {0: (0.0, ())}
    for i in sorted({i for i, _ in tried}):
        after = dict(ways)
        for offset, (gain, steps) in ways.items():
            for step in (-1, 0, 1):
                if (i, step) in tried:
                    better = gain + _gain(found, tried, i, step)
                    place = offset + step if balanced else 0
                    if place not in after or better > after[place][0]:
                        after[place] = (better, (*steps, (i, step)))
        ways = after
    return list(ways[0][1])
