"""Towns as files, for tests of the command."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from wangge.areas.design import Site

BUILDINGS = ["id", "comm", "compound", "type", "x", "y", "hh", "area", "perim"]
EDGES = ["a", "b", "shared", "barrier"]


def rows(site: Site) -> tuple[list[list[Any]], list[list[Any]]]:
    buildings = [
        [
            site.ids[i], site.community[i], site.compound[i], "village" if site.village[i] else "slab",
            site.xy[i, 0], site.xy[i, 1], site.households[i], site.area[i], site.perimeter[i],
        ]
        for i in range(len(site))
    ]  # fmt: skip
    edges = [
        [site.ids[a], site.ids[b], shared, int(barrier)]
        for (a, b), shared, barrier in zip(site.edges.tolist(), site.shared, site.barrier, strict=True)
    ]
    return buildings, edges


def write(path: Path, heading: list[str], body: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([heading, *body])
    return path


def collection(path: Path, features: list[tuple[dict[str, Any], dict[str, Any]]]) -> Path:
    document = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": p, "geometry": g} for p, g in features],
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
