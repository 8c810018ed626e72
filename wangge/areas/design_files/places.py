"""Where things lie: one local projection in metres for buildings, communities and barriers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from wangge.areas.design.cells import adjacency, drawn
from wangge.areas.design.graph import components
from wangge.areas.design.pieces import barrier_parts, within_communities
from wangge.areas.design.site import Flags, Floats, Ints, Site
from wangge.areas.design_files import tables
from wangge.areas.design_files.tables import Table, numbers, refused, texts

if TYPE_CHECKING:
    from wangge.areas.design_files.reading import Files

DEGREES = "OGC:CRS84"
AGREE = 0.95  # of the buildings must lie in a community for metres to be taken from the communities' centre
AROUND = 30.0  # metres about the buildings of a community without an outline
A_FEW, A_FEW_SHARE = 3, 0.01  # buildings that may be far off by mistake
FAR = 100.0  # metres beyond the outline: more is no matter of drawing
DUST = 8  # parts a community falls into before it is remarked upon


@dataclass(frozen=True)
class Frame:
    """Buildings in metres; `to_degrees` is None where the place on earth is not known, `guessed` where nobody said."""

    xy: Floats
    to_degrees: Transformer | None
    guessed: bool = False

    def metres(self, shapes: list[Any]) -> list[Any]:
        """Shapes in degrees as shapes in metres."""
        assert self.to_degrees is not None
        return [_moved(shape, self.to_degrees, inverse=True) for shape in shapes]

    def degrees(self, shape: Any) -> Any:
        return shape if self.to_degrees is None else _moved(shape, self.to_degrees, inverse=False)


def _moved(shape: Any, transformer: Transformer, *, inverse: bool) -> Any:
    direction = "INVERSE" if inverse else "FORWARD"
    return shapely.transform(
        shape, lambda p: np.column_stack(transformer.transform(p[:, 0], p[:, 1], direction=direction))
    )


def frame(table: Table, files: Files) -> Frame:
    """Degrees are projected; metres stay, and are found on earth by --crs or by the communities."""
    if table.shapes is not None:
        empty = np.flatnonzero(shapely.is_empty(table.shapes)).tolist()
        if empty:
            raise refused((table.row(i), "没有位置", "has no place") for i in empty)
        centres = shapely.get_coordinates(shapely.centroid(table.shapes))
        return _of_degrees(table, centres)
    if table.find("lon") and table.find("lat"):
        return _of_degrees(table, np.column_stack([numbers(table, "lon"), numbers(table, "lat")]))
    xy = np.column_stack([numbers(table, "x"), numbers(table, "y")])
    if len(xy) > 1 and np.abs(xy).max() <= 180 and np.ptp(xy, axis=0).max() < 5:
        zh, en = "x y 像是经纬度，不是米：请把列名改为 lon lat", "x y look like degrees, not metres: name them lon lat"
        raise refused([(table.path.name, zh, en)])
    if files.crs:
        return Frame(xy, _transformer(files.crs))
    return Frame(xy, _about_communities(xy, files) if files.communities else None, guessed=True)


def _transformer(crs: str) -> Transformer:
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise refused([("--crs", f"不认识坐标系 {crs}", f"unknown system {crs}")]) from error
    if not system.is_projected:
        raise refused([("--crs", f"{crs} 不是以米计的投影坐标系", f"{crs} is no projected system in metres")])
    return Transformer.from_crs(system, DEGREES, always_xy=True)


def _local(lon: float, lat: float) -> Transformer:
    return _transformer(f"+proj=laea +lat_0={lat} +lon_0={lon} +ellps=GRS80 +units=m")


def _of_degrees(table: Table, points: Floats) -> Frame:
    off = np.flatnonzero((np.abs(points[:, 0]) > 180) | (np.abs(points[:, 1]) > 90)).tolist()
    if off:
        raise refused((table.row(i), "不是经纬度", f"no longitude and latitude: {points[i].tolist()}") for i in off)
    lon, lat = (float(v) for v in np.median(points, axis=0))
    to_degrees = _local(lon, lat)
    x, y = to_degrees.transform(points[:, 0], points[:, 1], direction="INVERSE")
    return Frame(np.column_stack([x, y]), to_degrees)


def _shapes(table: Table) -> list[Any]:
    """The file's shapes, which must be in degrees."""
    if table.shapes is None:
        raise refused([(table.path.name, "社区和屏障须为 GeoJSON", "communities and barriers must be GeoJSON")])
    for i, shape in enumerate(table.shapes):
        west, south, east, north = shapely.bounds(shape)  # no numbers where there is no shape, and no complaint
        if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
            raise refused([(table.row(i), "坐标应为经纬度", "coordinates must be longitude and latitude")])
    return table.shapes


def _about_communities(xy: Floats, files: Files) -> Transformer | None:
    """Metres east and north of the communities' common centre, if the buildings then lie in the communities."""
    assert files.communities is not None
    shapes = _outlines(tables.read(files.communities))
    whole = shapely.union_all(shapes)
    guess = _local(whole.centroid.x, whole.centroid.y)
    lon, lat = guess.transform(xy[:, 0], xy[:, 1])
    shapely.prepare(whole)
    return guess if float(shapely.contains_xy(whole, lon, lat).mean()) >= AGREE else None


def outlines(files: Files, frame: Frame, *, named: bool, remarks: list[tuple[str, str]]) -> dict[str, Any]:
    """Communities by name, in metres; none when there is no file. Where they cannot be laid over buildings that are
    `named` by community and have borders they are not needed, which is remarked."""
    if files.communities is None:
        return {}
    table = tables.read(files.communities)
    shapes = _outlines(table)
    if frame.to_degrees is None and named and files.edges is not None:
        zh = "楼栋坐标与社区对不上，社区边界未用：可用 --crs 说明楼栋坐标系"
        remarks.append((zh, "outlines left aside: buildings do not lie in them; --crs says the buildings' system"))
        return {}
    if frame.to_degrees is None:
        zh = "楼栋坐标与社区对不上：请用 --crs 说明楼栋坐标系，或给出 lon lat"
        en = "buildings do not lie in the communities: say their system with --crs, or give lon lat"
        raise refused([(files.buildings.name, zh, en)])
    parts: dict[str, list[Any]] = {}
    for name, shape in zip(texts(table, "comm", "community", "code", "id"), frame.metres(shapes), strict=True):
        parts.setdefault(name, []).append(shape)
    return {name: own[0] if len(own) == 1 else shapely.union_all(own) for name, own in parts.items()}


def _outlines(table: Table) -> list[Any]:
    """Areas in degrees, at least one."""
    shapes = _shapes(table)
    flat = [i for i, shape in enumerate(shapes) if not shapely.area(shape)]
    if flat:
        raise refused((table.row(i), "社区边界应为面", "the outline of a community must be a polygon") for i in flat)
    if not shapes:
        raise refused([(table.path.name, "没有一个社区", "there is no community")])
    return shapes


def barriers(files: Files, frame: Frame) -> list[Any]:
    """Lines in metres; features without a shape, as clipping leaves them, are passed over."""
    if files.barriers is None:
        return []
    shapes = [shape for shape in _shapes(tables.read(files.barriers)) if not shapely.is_empty(shape)]
    if frame.to_degrees is None:
        zh, en = "有屏障文件时须用 --crs 说明楼栋坐标系", "with barriers say the buildings' system with --crs"
        raise refused([(files.barriers.name, zh, en)])
    return frame.metres(shapes)


def off_outlines(
    table: Table, ids: list[str], frame: Frame, named: list[str], shapes: dict[str, Any]
) -> list[tuple[str, str]]:
    """Buildings that name their community: far from every outline is refused, in that of another one is remarked. Where
    the place on earth is a guess and many are off, the guess is, not the buildings."""
    xy = frame.xy
    own = np.array([shapes[name] for name in named], dtype=object)
    away = shapely.distance(own, shapely.points(xy))
    off = np.flatnonzero(away > FAR)
    hits = holders(xy[off], list(shapes.values()))
    least = shapely.distance(shapely.union_all(list(shapes.values())), shapely.points(xy[off]))
    wrong = [
        (table.row(i), f"{ids[i]} 不在任何社区内，相距 {least[k]:.0f} 米", f"{ids[i]} is {least[k]:.0f} m off them all")
        for k, i in enumerate(off.tolist())
        if least[k] > FAR
    ]
    if frame.guessed and len(wrong) > max(A_FEW, A_FEW_SHARE * len(ids)):
        zh = f"{len(wrong)} 栋在所有社区边界之外：楼栋坐标系是推测的，可用 --crs 说明"
        return [(zh, f"{len(wrong)} lie off all outlines: their system is a guess, --crs says it")]
    if wrong:
        raise refused(wrong)
    elsewhere = [ids[i] for i, inside in zip(off.tolist(), hits, strict=True) if inside]
    if not elsewhere:
        return []
    shown = "、".join(elsewhere[:10])
    zh = f"{len(elsewhere)} 栋位于别的社区边界内，按所填社区划分：{shown}"
    return [(zh, f"{len(elsewhere)} lie within another community's outline and go by the one they name: {shown}")]


def holders(xy: Floats, shapes: list[Any]) -> list[list[int]]:
    """For each point the shapes it lies in."""
    point, shape = shapely.STRtree(shapes).query(shapely.points(xy), predicate="intersects")
    found: list[list[int]] = [[] for _ in range(len(xy))]
    for i, k in sorted(zip(point.tolist(), shape.tolist(), strict=True)):
        found[i].append(k)
    return found


Drawn = tuple[Ints, Floats, Flags, Floats, Floats, Any]


def adjacency_of(
    xy: Floats,
    community: Ints,
    names: list[str],
    shapes: dict[str, Any],
    lines: list[Any],
    remarks: list[tuple[str, str]],
) -> Drawn:
    """Neighbours within each community from Voronoi cells of its buildings."""
    if not shapes:
        zh = "没有社区边界：以楼栋的外包轮廓代替"
        remarks.append((zh, "no outlines of communities: a hull about their buildings is taken instead"))
    area, perimeter = np.zeros(len(xy)), np.zeros(len(xy))
    cells = np.empty(len(xy), object)
    edges, shared, barrier = [np.zeros((0, 2), np.int64)], [np.zeros(0)], [np.zeros(0, bool)]
    for own, outline in _by_community(xy, community, names, shapes):
        one = adjacency(xy[own], outline, lines)
        edges.append(own[one.edges].reshape(-1, 2))
        shared.append(one.shared)
        barrier.append(one.barrier)
        area[own], perimeter[own], cells[own] = one.area, one.perimeter, one.cells
    return np.concatenate(edges), np.concatenate(shared), np.concatenate(barrier), area, perimeter, cells


def cells_of(xy: Floats, community: Ints, names: list[str], shapes: dict[str, Any]) -> Any:
    """The Voronoi cell of each building within its community."""
    cells = np.empty(len(xy), object)
    for own, outline in _by_community(xy, community, names, shapes):
        cells[own] = drawn(xy[own], outline)[1]
    return cells


def _by_community(xy: Floats, community: Ints, names: list[str], shapes: dict[str, Any]) -> Iterator[tuple[Ints, Any]]:
    """The buildings of each with its outline, or a hull about them where none is given."""
    for number, name in enumerate(names):
        own = np.flatnonzero(community == number)
        outline = shapes.get(name)
        if outline is None:
            outline = shapely.buffer(shapely.convex_hull(shapely.multipoints(xy[own])), AROUND)
        yield own, outline


def remarks(site: Site, names: list[str]) -> list[tuple[str, str]]:
    """What is unusual but has a meaning: see the how-to."""
    found = []
    inner = within_communities(site)
    across = int((~inner).sum())
    if across:
        found.append((f"{across} 条相邻关系跨社区，不计", f"{across} borders between communities do not count"))
    touched = np.zeros(len(site), bool)
    touched[site.edges[inner].ravel()] = True
    single = np.bincount(site.community, minlength=len(names)) == 1
    alone = np.flatnonzero(~touched & ~single[site.community]).tolist()
    if alone:
        named = "、".join(site.ids[i] for i in alone[:10])
        found.append((f"{len(alone)} 栋没有相邻楼栋，各成一格：{named}", f"{len(alone)} without neighbours: {named}"))
    root, part = components(len(site), site.edges[inner]), barrier_parts(site)
    for number, name in enumerate(names):
        own = site.community == number
        islands, pieces = len(np.unique(root[own])), len(np.unique(part[own]))
        if islands > 1:
            zh, en = (
                f"社区 {name} 不相连，分为 {islands} 块分别划分",
                f"community {name} lies in {islands} separate pieces",
            )
            found.append((zh, en))
        if pieces - islands >= DUST:
            zh = f"社区 {name} 被道路、河流或铁路切成 {pieces} 块，网格难免跨越"
            found.append((zh, f"barriers cut community {name} into {pieces} parts: grids will have to cross them"))
    return found
