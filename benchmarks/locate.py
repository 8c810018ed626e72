"""A million points against the 3,170 terminal grids of 市中, on one core, against Shapely on the same points.

The baseline is Shapely at its best: an STRtree over prepared polygons, then `intersects_xy` on all hits at once.
Every answer is compared with it. Two sets of points: over the bounding box, and only within the district, where
no point is cheap because it is outside.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import shapely

from benchmarks._harness import Measured, best_seconds, progress
from wangge.kit.geo import GridIndex, compile_now

POINTS = 1_000_000
GOAL = 3e6
PROFILE = Path(__file__).parents[1] / "profiles" / "shizhong" / "boundaries.geojson.gz"


def run() -> list[Measured]:
    grids = profile_grids()
    progress(f"{len(grids)} grids, {int(shapely.get_num_coordinates(grids).sum())} vertices")
    compile_now()
    index = GridIndex(list(grids))
    index.warm()
    west, south, east, north = shapely.total_bounds(grids)
    chance = np.random.default_rng(20261121)
    x, y = chance.uniform(west, east, 4 * POINTS), chance.uniform(south, north, 4 * POINTS)
    within = index.locate(x, y) >= 0
    return [
        measure("locate", index, x[:POINTS], y[:POINTS]),
        measure("locate_within", index, x[within][:POINTS], y[within][:POINTS]),
    ]


def measure(claim: str, index: GridIndex, x: np.ndarray, y: np.ndarray) -> Measured:
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    ours = best_seconds(lambda: index.locate(x, y))
    baseline = best_seconds(lambda: index.locate_exactly(x, y), times=2)
    same = int((index.locate(x, y) == index.locate_exactly(x, y)).sum())
    assert same == len(x), f"{len(x) - same} answers differ from Shapely's"
    detail = {"points": len(x), "equal": same, "inside": round(float((index.locate(x, y) >= 0).mean()), 4)}
    return Measured(
        claim=claim, ours=len(x) / ours, baseline=len(x) / baseline, goal=GOAL, unit="points/s", judged="ours",
        detail=detail,
    )  # fmt: skip


def profile_grids() -> np.ndarray:
    with gzip.open(PROFILE, "rb") as stream:
        features = json.load(stream)["features"]
    grids = [f for f in features if f["properties"]["level"] == 3]
    grids.sort(key=lambda f: f["properties"]["code"])
    return shapely.from_geojson([json.dumps(f["geometry"]) for f in grids])
