"""Made-up towns for tests and benchmarks: compounds of slabs and towers, villages, roads; any size, any seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from wangge.areas.design import Site, adjacency

BLOCK = 90.0  # metres between compounds' centres


@dataclass(frozen=True)
class Town:
    """How towns differ from one another."""

    communities: int = 12
    households: int = 1_700
    village_share: float = 0.3
    spread: float = 1.0  # how unlike each other compounds are
    road_every: int = 2  # a road along every n-th row of blocks


def make(town: Town, seed: int) -> Site:
    chance = np.random.default_rng(seed)
    parts = [_community(town, chance, number) for number in range(town.communities)]
    return joined(parts)


def joined(parts: list[Site]) -> Site:
    """Sites side by side as one; communities, compounds and buildings get new numbers."""
    sizes = np.cumsum([0, *(len(p) for p in parts)])
    n = int(sizes[-1])
    compounds = np.cumsum([0, *(int(p.compound.max()) + 1 for p in parts)])
    communities = np.cumsum([0, *(int(p.community.max()) + 1 for p in parts)])
    cat = np.concatenate
    return Site(
        ids=tuple(str(i) for i in range(n)),
        xy=cat([p.xy + np.array([5_000.0 * (i % 40), 5_000.0 * (i // 40)]) for i, p in enumerate(parts)]),
        households=cat([p.households for p in parts]),
        community=cat([p.community + c for p, c in zip(parts, communities[:-1], strict=True)]),
        compound=cat(
            [np.where(p.compound < 0, -1, p.compound + c) for p, c in zip(parts, compounds[:-1], strict=True)]
        ),
        building=cat([p.building + s for p, s in zip(parts, sizes[:-1], strict=True)]),
        edges=cat([p.edges + s for p, s in zip(parts, sizes[:-1], strict=True)]),
        shared=cat([p.shared for p in parts]),
        barrier=cat([p.barrier for p in parts]),
        area=cat([p.area for p in parts]),
        perimeter=cat([p.perimeter for p in parts]),
        village=cat([p.village for p in parts]),
    )


def _community(town: Town, chance: np.random.Generator, number: int) -> Site:
    wide = int(chance.integers(2, 5))
    village_like = chance.random() < town.village_share
    wanted = town.households * chance.lognormal(0, 0.45)
    points, households, compound, village = [], [], [], []
    block, total = 0, 0.0
    while total < wanted or block < wide:
        is_village = village_like and chance.random() < 0.8
        count = int(chance.integers(20, 110)) if is_village else max(1, int(chance.gamma(1.2, 7 * town.spread)))
        centre = np.array([(block % wide + 0.5) * BLOCK * 2, (block // wide + 0.5) * BLOCK * 2])
        points.append(centre + chance.uniform(-BLOCK * 0.9, BLOCK * 0.9, (count, 2)))
        tall = not is_village and chance.random() < 0.4
        size = (
            chance.integers(1, 5, count)
            if is_village
            else chance.integers(60, 180, count)
            if tall
            else chance.integers(10, 75, count)
        )
        households.append(size)
        compound.append(np.full(count, block))
        village.append(np.full(count, is_village))
        total += float(size.sum())
        block += 1
    xy = np.vstack(points)
    high = -(-block // wide) * BLOCK * 2
    outline = shapely.box(0, 0, wide * BLOCK * 2, high)
    roads = [
        shapely.linestrings([[0, y * BLOCK * 2], [wide * BLOCK * 2, y * BLOCK * 2]])
        for y in range(town.road_every, -(-block // wide), town.road_every)
    ]
    borders = adjacency(xy, outline, roads)
    n = len(xy)
    return Site(
        tuple(str(i) for i in range(n)), xy, np.concatenate(households).astype(np.int64), np.zeros(n, np.int64),
        np.concatenate(compound).astype(np.int64), np.arange(n), borders.edges, borders.shared, borders.barrier,
        borders.area, borders.perimeter, np.concatenate(village),
    )  # fmt: skip


def part(site: Site, atoms: np.ndarray) -> Site:
    """These atoms of a site and the borders between them."""
    place = np.full(len(site), -1)
    place[atoms] = np.arange(len(atoms))
    inner = (place[site.edges] >= 0).all(axis=1)
    return Site(
        tuple(site.ids[i] for i in atoms), site.xy[atoms], site.households[atoms], site.community[atoms],
        site.compound[atoms], np.arange(len(atoms)), place[site.edges[inner]], site.shared[inner],
        site.barrier[inner], site.area[atoms], site.perimeter[atoms], site.village[atoms],
    )  # fmt: skip
