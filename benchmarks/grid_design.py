"""The grid designer on a whole district, on towns it was not tuned to and on a city, against METIS in the same run.

The district is `shared/data/griddesign` (WANGGE_TEST_SHARED names another folder), else a made-up one of 208
communities. METIS divides every community into as many grids as ours has there, households as weights of atoms and
common borders as weights of edges, contiguity asked for. Times are processor seconds of all threads with the machine
code at hand; what the first run on a machine costs is in the detail of `grid_design_cpu`. Figures by the definitions
of docs/howto/grid-design.md. A table of everything goes to standard error.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pymetis

from benchmarks._harness import SHARED, Measured, progress
from wangge.areas.design import Division, Figures, Rules, Site, divide, measure
from wangge.areas.design.graph import components
from wangge.areas.design_files import entrances, reading
from wangge.areas.tests.design import towns

FOLDER = SHARED / "griddesign"
BAND = Rules(300, 500)
FINE = Rules(84, 139)
FINE_GRIDS = 3170
ENTRANCE = 60  # households: larger buildings have several entrances
CHANGED = 0.06
CITY = 10
TOWNS = (towns.Town(communities=60), towns.Town(communities=60, households=2_600, village_share=0.1, spread=2.0))


@dataclass(frozen=True)
class Outcome:
    name: str
    figures: Figures
    metis: Figures
    cpu: float
    wall: float
    metis_cpu: float
    bound: int
    grid: np.ndarray


def run() -> list[Measured]:
    cold = compile_afresh()
    site = district()
    progress(f"{len(site)} buildings, {int(site.households.sum())} households; first run on a machine: {cold:.0f} s")
    divide(site, replace(BAND, effort=0.001))  # the machine code is at hand from here on
    results = []
    coarse = outcome("300-500", site, BAND)
    results += of_band(coarse, cold)
    fine_rules = replace(FINE, grids=round(FINE_GRIDS * int(site.households.sum()) / 354_759))
    results += of_fine(outcome("84-139", site, fine_rules))
    results += of_entrances(outcome("entrances", entrances.by_size(site, ENTRANCE), fine_rules), site)
    results += of_change(site, coarse.grid)
    for number, town in enumerate(TOWNS):
        results += of_town(outcome(f"town {number + 1}", towns.make(town, 20261121 + number), BAND))
    results += of_city(site)
    return results


def district() -> Site:
    buildings = sorted(FOLDER.glob("buildings_*.parquet"))
    if not buildings:
        return towns.make(towns.Town(communities=208), 370103)
    edges = buildings[0].with_name(buildings[0].name.replace("buildings", "edges"))
    return reading.read_site(reading.Files(buildings[0], edges)).site


def outcome(name: str, site: Site, rules: Rules) -> Outcome:
    cpu, wall = time.process_time(), time.perf_counter()
    division = divide(site, rules)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    started = time.process_time()
    metis = by_metis(site, division, rules)
    metis_cpu = time.process_time() - started
    ours, theirs = measure(site, division.grid, rules), measure(site, metis, rules)
    bound = ours.grids - sum(one.bound for one in division.infeasible)
    for label, figures, seconds in (("Wangge", ours, cpu), ("METIS", theirs, metis_cpu)):
        progress(line(name, label, figures, seconds))
    return Outcome(name, ours, theirs, cpu, wall, metis_cpu, bound, division.grid)


def line(name: str, label: str, f: Figures, seconds: float) -> str:
    return (
        f"{name:>10} {label:<6} in band {f.in_band}/{f.grids} ({f.in_band_share:.2%}) contiguous {f.contiguous} "
        f"cv {f.cv:.3f} pp {f.polsby_popper:.3f} split {f.compounds_split_share:.1%} "
        f"straddling {f.straddling_share:.1%} spanning {f.buildings_spanning} {seconds:.1f} CPU s"
    )


def by_metis(site: Site, division: Division, rules: Rules) -> np.ndarray:
    """Each community into as many parts as ours, the best of several ways; labels run on."""
    grid = np.zeros(len(site), np.int64)
    used = 0
    inner = site.community[site.edges[:, 0]] == site.community[site.edges[:, 1]]
    edges, lengths = site.edges[inner], site.shared[inner]
    for number in np.unique(site.community).tolist():
        own = np.flatnonzero(site.community == number)
        rows = np.flatnonzero(site.community[edges[:, 0]] == number)
        parts = len(np.unique(division.grid[own]))
        place = np.full(len(site), -1)
        place[own] = np.arange(len(own))
        both = np.vstack([place[edges[rows]], place[edges[rows]][:, ::-1]])
        if parts > 1:
            grid[own] = best_of_metis(site.households[own], both, np.tile(lengths[rows], 2), parts, rules)
        grid[own] += used
        used += parts
    return grid


def best_of_metis(
    households: np.ndarray, both: np.ndarray, lengths: np.ndarray, parts: int, rules: Rules
) -> np.ndarray:
    """Recursive and k-way, borders weighed by length and alike: most grids in band, then most of them contiguous."""
    order = np.lexsort((both[:, 1], both[:, 0]))
    start = np.searchsorted(both[order, 0], np.arange(len(households) + 1)).tolist()
    near, long = both[order, 1].tolist(), np.maximum(lengths[order].round().astype(int), 1).tolist()
    whole = bool(len(near)) and connected(len(households), both)
    found = []
    for recursive in (True, False):
        for weights in (long, [1] * len(long)):
            _, label = pymetis.part_graph(
                parts, xadj=start, adjncy=near, vweights=households.tolist(), eweights=weights,
                recursive=recursive, contiguous=None if recursive else whole,
            )  # fmt: skip
            label = np.asarray(label)
            sums = np.bincount(label, households, parts)
            same = both[label[both[:, 0]] == label[both[:, 1]]]
            pieces = len(np.unique(components(len(households), same)))
            found.append((int(((sums < rules.low) | (sums > rules.high)).sum()), pieces, len(found), label))
    return min(found)[3]


def connected(n: int, edges: np.ndarray) -> bool:
    return not components(n, edges).any()


Sense = Literal["at_least", "at_most"]


def figure(claim: str, ours: float, baseline: float, goal: float, unit: str, sense: Sense, **more: object) -> Measured:
    return Measured(claim, ours, baseline, goal, unit, judged="ours", sense=sense, detail=dict(more))


def of_band(o: Outcome, cold: float) -> list[Measured]:
    f, m = o.figures, o.metis
    return [
        figure(
            "grid_design_in_band",
            f.in_band_share,
            m.in_band_share,
            o.bound / f.grids,
            "share",
            "at_least",
            grids=f.grids,
            in_band=f.in_band,
        ),
        figure("grid_design_contiguous", f.contiguous, m.contiguous, f.grids, "grids", "at_least"),
        figure(
            "grid_design_cpu",
            o.cpu,
            o.metis_cpu,
            5,
            "CPU s",
            "at_most",
            wall=round(o.wall, 2),
            first_run=round(cold, 1),
        ),
        figure(
            "grid_design_compounds_split", f.compounds_split_share, m.compounds_split_share, 0.03, "share", "at_most"
        ),
        figure("grid_design_straddling", f.straddling_share, m.straddling_share, 0.17, "share", "at_most"),
        figure("grid_design_shape", f.polsby_popper, m.polsby_popper, 0.60, "Polsby–Popper", "at_least"),
        figure("grid_design_cv", f.cv, m.cv, 0.12, "cv", "at_most"),
    ]


def of_fine(o: Outcome) -> list[Measured]:
    f, m = o.figures, o.metis
    return [
        figure("grid_design_fine_in_band", f.in_band_share, m.in_band_share, 0.93, "share", "at_least", grids=f.grids),
        figure("grid_design_fine_contiguous", f.contiguous, m.contiguous, f.grids, "grids", "at_least"),
        figure("grid_design_fine_cpu", o.cpu, o.metis_cpu, 20, "CPU s", "at_most", wall=round(o.wall, 2)),
    ]


def of_entrances(o: Outcome, site: Site) -> list[Measured]:
    f, m = o.figures, o.metis
    large = int((site.households > ENTRANCE).sum())
    detail = {"large": large, "cpu": round(o.cpu, 1), "contiguous": f.contiguous}
    return [
        figure("grid_design_entrances_in_band", f.in_band_share, m.in_band_share, 1.0, "share", "at_least", **detail),
        figure(
            "grid_design_entrances_spanning",
            f.buildings_spanning,
            m.buildings_spanning,
            300 / 1707 * large,
            "buildings",
            "at_most",
            large=large,
        ),
    ]


def of_change(site: Site, before: np.ndarray) -> list[Measured]:
    """6 % of the buildings have half to one and a half times as many households, a tenth of them none any more."""
    chance = np.random.default_rng(20261121)
    hit = np.flatnonzero(chance.random(len(site)) < CHANGED)
    households = site.households.copy()
    households[hit] = np.round(households[hit] * chance.uniform(0.5, 1.5, len(hit))).astype(np.int64)
    households[hit[: len(hit) // 10]] = 0
    later = replace(site, households=households)
    rules = replace(BAND, move_cost=0.1)
    division = divide(later, rules, start=before)
    f = measure(later, division.grid, rules, before=before)
    left = measure(later, before, rules)
    metis = measure(later, by_metis(later, division, rules), rules, before=before)
    progress(line("changed", "left", left, 0) + f"; ours moves {f.moved}, METIS anew {metis.moved}")
    return [
        figure(
            "grid_design_moved",
            f.moved_share or 0.0,
            metis.moved_share or 0.0,
            0.005,
            "share",
            "at_most",
            before=left.in_band_share,
        ),
        figure(
            "grid_design_moved_in_band",
            f.in_band_share,
            metis.in_band_share,
            0.98,
            "share",
            "at_least",
            contiguous=f.contiguous,
            grids=f.grids,
        ),
    ]


def of_town(o: Outcome) -> list[Measured]:
    """Made up by a generator the designer was not tuned to."""
    f, m = o.figures, o.metis
    claim = f"grid_design_{o.name.replace(' ', '_')}"
    detail = {"cv": f.cv, "shape": f.polsby_popper, "split": f.compounds_split_share, "straddling": f.straddling_share}
    return [
        figure(f"{claim}_in_band", f.in_band, m.in_band, o.bound, "grids", "at_least", cpu=round(o.cpu, 2), **detail),
        figure(f"{claim}_contiguous", f.contiguous, m.contiguous, f.grids, "grids", "at_least"),
    ]


def of_city(site: Site) -> list[Measured]:
    city = towns.joined([site] * CITY)
    cpu = time.process_time()
    seconds = timed(lambda: divide(city, BAND, threads=2))
    cpu = round(time.process_time() - cpu, 1)  # a busy machine shows in the difference
    metis = timed(lambda: by_metis(city, divide(city, replace(BAND, effort=0.001), threads=2), BAND))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return [
        figure("grid_design_city", seconds, metis, 60, "s", "at_most", buildings=len(city), cpu=cpu),
        figure("grid_design_city_memory", memory, memory, 4, "GiB", "at_most"),
    ]


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def compile_afresh() -> float:
    """Processor seconds of the first division on a machine that has no machine code yet."""
    program = "from wangge.areas.tests.design import towns; from wangge.areas.design import divide, Rules;"
    program += "divide(towns.make(towns.Town(communities=1), 1), Rules(effort=0.01))"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", program], check=True, env=os.environ | {"NUMBA_CACHE_DIR": folder})
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
