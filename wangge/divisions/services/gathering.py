"""What a plan starts from: the communities of its area with their atoms, and how those lie to each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from wangge.areas import selectors as areas
from wangge.areas.atlas import Atlas
from wangge.areas.models import AreaVersion, Level
from wangge.divisions.models import AtomKind, Barrier, Plan
from wangge.divisions.site import Flat, Frozen
from wangge.kit.errors import Conflict
from wangge.registry.selectors import division as registry
from wangge.registry.selectors.division import Atom

_HULL_METRES = 60.0  # around the buildings of a community nobody has drawn


class NothingThere(Conflict):
    code = "nothing_to_divide"
    title_zh = "该区域没有可划分的楼栋"
    title_en = "There are no buildings to divide in this area"


@dataclass
class Gathered:
    """A community with its atoms in order; `outline` in degrees, None where it was never drawn."""

    area: AreaVersion
    outline: BaseGeometry | None
    atoms: list[Atom] = field(default_factory=list)
    was: list[UUID | None] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)

    @property
    def households(self) -> list[int]:
        return [max(atom.households, 0) for atom in self.atoms]


def container(level: int) -> Level:
    """What is divided to make areas of this level: communities into grids, grids into courtyards."""
    return Level.GRID if level == Level.COURTYARD else Level.COMMUNITY


def gather(plan: Plan) -> list[Gathered]:
    """Under an unrestricted scope. Communities without any building are left out; NothingThere when all are."""
    whole = areas.version_at(plan.area_id)
    if whole is None:
        raise NothingThere("该区域已不在现行区划中", "the area is no longer part of the division")
    wanted = container(plan.level)
    inside = [v for v in areas.atlas().versions if v.level == wanted and whole.pos <= v.pos < whole.pos_end]
    ordered = sorted(inside, key=lambda v: v.pos)
    drawn = _outlines(ordered)
    found = {v.pos: Gathered(v, drawn.get(v.area_id)) for v in ordered}
    starts = np.array([v.pos for v in ordered], dtype=np.int64)
    for atom in registry.atoms((whole.pos, whole.pos_end), entrances=plan.atoms == AtomKind.ENTRANCE):
        at = int(np.searchsorted(starts, atom.area_pos, side="right")) - 1
        if at >= 0 and atom.area_pos < ordered[at].pos_end:
            found[ordered[at].pos].atoms.append(atom)
    filled = [one for one in found.values() if one.atoms]
    if not filled:
        raise NothingThere
    for one in filled:
        one.was = before(one.atoms, plan.level)
    return filled


def before(atoms: Sequence[Atom], level: int, day: dt.date | None = None) -> list[UUID | None]:
    """The area of `level` that each atom lies in on `day`, by the map; by the registry where nobody has drawn."""
    division = areas.atlas(day)
    found = areas.locate_many([a.lon for a in atoms], [a.lat for a in atoms], level=level, at=day).tolist()
    held = [division.by_pos.get(pos) for pos in found]
    return [v.area_id if v else _registered(atom, level, division) for v, atom in zip(held, atoms, strict=True)]


def _registered(atom: Atom, level: int, division: Atlas) -> UUID | None:
    known = division.by_area.get(atom.area_id)
    return atom.area_id if known is not None and known.level == level else None


def _outlines(versions: Sequence[AreaVersion]) -> dict[UUID, BaseGeometry]:
    rows = AreaVersion.objects.filter(pk__in=[v.pk for v in versions], boundary__isnull=False)
    stored = dict(rows.values_list("area_id", "boundary"))
    shapes = shapely.from_wkb([bytes(one or b"") for one in stored.values()])
    return dict(zip(stored, shapes, strict=True))


def barriers(gathered: Sequence[Gathered]) -> list[BaseGeometry]:
    """Lines near any of the communities, in degrees."""
    lons = [atom.lon for one in gathered for atom in one.atoms]
    lats = [atom.lat for one in gathered for atom in one.atoms]
    near = Barrier.objects.filter(
        west__lte=max(lons) + 0.01, east__gte=min(lons) - 0.01, south__lte=max(lats) + 0.01, north__gte=min(lats) - 0.01
    )
    return list(shapely.from_wkb([bytes(line) for line in near.values_list("line", flat=True)]))


def freeze(one: Gathered, lines: Sequence[BaseGeometry]) -> Frozen:
    """Who borders on whom, worked out from the cells around the points."""
    from wangge.areas import design  # late: numba behind it is slow to load, and only who designs needs it

    lons = np.array([atom.lon for atom in one.atoms])
    lats = np.array([atom.lat for atom in one.atoms])
    flat = Flat(float(lons.mean()), float(lats.mean()))
    xy = flat.points(lons, lats)
    if one.outline is None:
        outline = shapely.MultiPoint(xy).convex_hull.buffer(_HULL_METRES)
        one.notes.append({"zh": "社区没有边界，按楼栋外围估计", "en": "No boundary: taken from around the buildings"})
    else:
        outline = flat.metres(one.outline)
    borders = design.adjacency(xy, outline, [flat.metres(line) for line in lines])
    estates = {atom.estate_id: atom.estate for atom in one.atoms if atom.estate_id is not None}
    places = {estate: index for index, estate in enumerate(estates)}
    buildings: dict[UUID, int] = {}
    for atom in one.atoms:
        buildings.setdefault(atom.building_id, len(buildings))
    return Frozen(
        compounds=tuple(estates.values()),
        lons=lons,
        lats=lats,
        households=np.array(one.households, dtype=np.int64),
        compound=np.array([places[a.estate_id] if a.estate_id else -1 for a in one.atoms], dtype=np.int64),
        building=np.array([buildings[atom.building_id] for atom in one.atoms], dtype=np.int64),
        village=np.array([atom.village for atom in one.atoms], dtype=bool),
        edges=borders.edges,
        shared=borders.shared,
        barrier=borders.barrier,
        area=borders.area,
        perimeter=borders.perimeter,
        cells=np.array(borders.cells, dtype=object),
        outline=outline,
        origin=(flat.lon, flat.lat),
    )


def freeze_all(
    gathered: Sequence[Gathered], lines: Sequence[BaseGeometry], tell: Callable[[int], None]
) -> list[Frozen]:
    frozen = []
    for index, one in enumerate(gathered):
        near = lines
        if one.outline is not None and lines:
            near = [line for line in lines if shapely.intersects(line, one.outline)]
        frozen.append(freeze(one, near))
        tell(index + 1)
    return frozen
