"""What a community is made of, as arrays: packed for the database and opened again without reading it row by row.

Metres are those of a flat projection around `origin` (lon, lat): exact enough over the few kilometres of a community,
and turned back to degrees by the same two factors.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from wangge.kit.geo.measure import METRES_PER_DEGREE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
DIGITS = 7  # of a degree: a centimetre


@dataclass(frozen=True)
class Flat:
    """A projection to metres around a point, and back."""

    lon: float
    lat: float

    @property
    def _east(self) -> float:
        return METRES_PER_DEGREE * math.cos(math.radians(self.lat))

    def points(self, lons: Floats, lats: Floats) -> Floats:
        return np.column_stack([(lons - self.lon) * self._east, (lats - self.lat) * METRES_PER_DEGREE])

    def metres(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda p: self.points(p[:, 0], p[:, 1]))

    def degrees(self, shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
        def back(p: Floats) -> Floats:
            points = np.column_stack([p[:, 0] / self._east + self.lon, p[:, 1] / METRES_PER_DEGREE + self.lat])
            return np.round(points, DIGITS)

        return list(shapely.transform(np.array(shapes, dtype=object), back))


@dataclass(frozen=True)
class Frozen:
    """The atoms of one community in order; `compound` counts in `compounds`, `cells` are polygons in metres."""

    compounds: tuple[str, ...]
    lons: Floats
    lats: Floats
    households: Ints
    compound: Ints
    building: Ints
    village: Flags
    edges: Ints
    shared: Floats
    barrier: Flags
    area: Floats
    perimeter: Floats
    cells: NDArray[np.object_]
    outline: BaseGeometry  # of the community, in metres
    origin: tuple[float, float]

    def __len__(self) -> int:
        return len(self.lons)

    @property
    def flat(self) -> Flat:
        return Flat(*self.origin)

    @property
    def xy(self) -> Floats:
        return self.flat.points(self.lons, self.lats)


_TEXTS = ("compounds",)
_SHAPES = ("cells", "outline")
_ARRAYS = tuple(f.name for f in fields(Frozen) if f.name not in {*_TEXTS, *_SHAPES, "origin"})


def pack(site: Frozen) -> bytes:
    texts = orjson.dumps({**{name: getattr(site, name) for name in _TEXTS}, "origin": site.origin})
    shapes = shapely.to_wkb(np.array([*site.cells, site.outline], dtype=object), byte_order=1)
    held = io.BytesIO()
    np.savez_compressed(
        held,
        allow_pickle=False,
        texts=np.frombuffer(texts, dtype=np.uint8),
        shapes=np.frombuffer(b"".join(shapes), dtype=np.uint8),
        lengths=np.array([len(one) for one in shapes], dtype=np.int64),
        **{name: getattr(site, name) for name in _ARRAYS},
    )
    return held.getvalue()


def open_(packed: bytes | memoryview) -> Frozen:
    with np.load(io.BytesIO(bytes(packed)), allow_pickle=False) as held:
        texts = orjson.loads(held["texts"].tobytes())
        ends = np.cumsum(held["lengths"])
        raw = held["shapes"].tobytes()
        begins = [0, *ends[:-1].tolist()]
        wkb = [raw[begin:end] for begin, end in zip(begins, ends.tolist(), strict=True)]
        shapes = shapely.from_wkb(np.array(wkb, dtype=object))
        return Frozen(
            compounds=tuple(texts["compounds"]),
            cells=np.array(shapes[:-1], dtype=object),
            outline=shapes[-1],
            origin=tuple(texts["origin"]),
            **{name: held[name] for name in _ARRAYS},
        )
