"""The figures of a plan, community by community and added up: one community is worked out anew at every edit.

`wangge.areas.design` is imported here when first used: web and worker start without the numerics.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import orjson
import shapely
import shapely.geometry
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.divisions import matching
from wangge.divisions.site import Frozen

if TYPE_CHECKING:
    from wangge.areas import design

Document = dict[str, Any]
_SUMS = (
    "grids", "in_band", "contiguous", "compounds", "compounds_split", "straddling", "buildings_spanning", "moved",
    "moved_households", "households", "atoms", "buildings",
)  # fmt: skip


@dataclass(frozen=True)
class Described:
    """`grids` one document for each label in use, `total` that of the community."""

    grids: list[Document]
    total: Document
    drawn: bytes


def rules_of(*, low: int, high: int, given: Mapping[str, Any], **more: Any) -> design.Rules:
    """What the designer is asked for; `given` are the plan's rules."""
    from wangge.areas import design

    asked: dict[str, Any] = {"low": low, "high": high, "move_cost": given.get("move_cost", 0.0)}
    return design.Rules(**asked | {"seed": given.get("seed", 0), "grids": given.get("grids")} | more)


def site_of(frozen: Sequence[Frozen]) -> design.Site:
    """Communities as one site, in order; each has its own numbers for compounds and buildings."""
    from wangge.areas import design

    sizes = [len(one) for one in frozen]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    compounds = np.concatenate([[0], np.cumsum([len(one.compounds) for one in frozen])[:-1]]).astype(np.int64)
    buildings = np.concatenate([[0], np.cumsum([int(one.building.max(initial=-1)) + 1 for one in frozen])[:-1]])

    def joined(parts: Iterable[NDArray[Any]]) -> Any:
        return np.concatenate(list(parts))

    return design.Site(
        ids=tuple(str(index) for index in range(sum(sizes))),
        xy=joined(one.xy for one in frozen),
        households=joined(one.households for one in frozen),
        community=np.repeat(np.arange(len(frozen), dtype=np.int64), sizes),
        compound=joined(
            np.where(one.compound < 0, -1, one.compound + at) for one, at in zip(frozen, compounds, strict=True)
        ),
        building=joined(one.building + int(at) for one, at in zip(frozen, buildings, strict=True)),
        edges=joined(one.edges.reshape(-1, 2) + at for one, at in zip(frozen, starts, strict=True)),
        shared=joined(one.shared for one in frozen),
        barrier=joined(one.barrier for one in frozen),
        area=joined(one.area for one in frozen),
        perimeter=joined(one.perimeter for one in frozen),
        village=joined(one.village for one in frozen),
    )


def describe(
    frozen: Frozen,
    labels: Sequence[int],
    was: Sequence[UUID | None],
    rules: design.Rules,
    *,
    before: Sequence[Mapping[str, Any]] = (),
    names: Mapping[UUID, tuple[str, str]] | None = None,
) -> Described:
    """Every grid and the community as they are divided now. `before` are the grids' own documents, whose names and
    locks go on; `names` code and name of the areas that grids may continue."""
    from wangge.areas import design

    site, grid = site_of([frozen]), np.asarray(labels, dtype=np.int64)
    kept = matching.match(labels, was, frozen.households.tolist())
    total = design.measure(site, grid, rules).document()
    # What is compared with areas that go on is what people will see: who moves is who gets another area.
    moved = [kept.get(label) != one for label, one in zip(labels, was, strict=True)]
    held = {one["label"]: one for one in before}
    grids = [
        _grid(note, frozen, held.get(note.label, {}), kept.get(note.label), names or {}, grid, moved)
        for note in design.explain(site, grid, rules)
    ]
    total |= {
        "moved": sum(moved),
        "moved_share": round(sum(moved) / max(len(moved), 1), 6),
        "moved_households": sum(n for n, one in zip(frozen.households.tolist(), moved, strict=True) if one),
        "households": int(frozen.households.sum()),
        "atoms": len(frozen),
        "buildings": int(frozen.building.max(initial=-1)) + 1,
        "sizes": [one["households"] for one in grids],
    }
    return Described(grids, total, draw(frozen, grid))


def draw(frozen: Frozen, grid: NDArray[np.int64]) -> bytes:
    """The outline of each grid by its label, as JSON."""
    from wangge.areas import design

    shapes = [_polygonal(shape) for shape in frozen.flat.degrees(design.outlines(frozen.cells, grid))]
    labels = np.unique(grid).tolist()
    return orjson.dumps(
        {str(label): shapely.geometry.mapping(shape) for label, shape in zip(labels, shapes, strict=True)}
    )


def _polygonal(shape: BaseGeometry) -> BaseGeometry:
    """Rounded to centimetres a narrow corner may touch itself."""
    if shape.is_valid and shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    parts = [
        one for one in shapely.get_parts(shapely.make_valid(shape)) if one.geom_type in {"Polygon", "MultiPolygon"}
    ]
    return shapely.union_all(parts)


def _grid(
    note: design.GridNote,
    frozen: Frozen,
    before: Mapping[str, Any],
    was: UUID | None,
    names: Mapping[UUID, tuple[str, str]],
    grid: NDArray[np.int64],
    moved: Sequence[bool],
) -> Document:
    code, name = names.get(was, ("", "")) if was else ("", "")
    was_before = before.get("was") or {}
    if was is not None and not name and was_before.get("id") == str(was):
        code, name = was_before["code"], was_before["name"]
    return {
        "label": note.label,
        "name": before.get("given") or name or f"新网格 {note.label + 1}",
        "given": before.get("given", ""),
        "locked": bool(before.get("locked", False)),
        "was": {"id": str(was), "code": code, "name": name} if was else None,
        "households": note.households,
        "buildings": note.buildings,
        "atoms": note.atoms,
        "band": note.band,
        "barrier": note.barrier,
        "contiguous": note.contiguous,
        "polsby_popper": note.polsby_popper,
        "compounds": [frozen.compounds[one] for one in note.compounds_whole],
        "compounds_part": [frozen.compounds[one] for one in note.compounds_part],
        "moved": sum(one for one, label in zip(moved, grid.tolist(), strict=True) if label == note.label),
        "note": {"zh": note.zh, "en": note.en},
    }


def total(parts: Iterable[Mapping[str, Any]]) -> Document:
    """The figures of a plan from those of its communities."""
    all_ = [part for part in parts if part]
    found: Document = {name: sum(int(part.get(name) or 0) for part in all_) for name in _SUMS}
    sizes = [size for part in all_ for size in part.get("sizes", ())]
    grids = max(found["grids"], 1)
    mean = sum(sizes) / len(sizes) if sizes else 0.0
    shape = sum(part["polsby_popper"] * part["grids"] for part in all_) / grids
    return found | {
        "communities": len(all_),
        "cv": round(statistics.pstdev(sizes) / mean, 6) if mean else 0.0,
        "polsby_popper": round(shape, 6),
        "in_band_share": round(found["in_band"] / grids, 6),
        "compounds_split_share": round(found["compounds_split"] / max(found["compounds"], 1), 6),
        "straddling_share": round(found["straddling"] / grids, 6),
        "moved_share": round(found["moved"] / max(found["atoms"], 1), 6),
    }
