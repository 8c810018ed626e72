"""Reading areas: the division of a day, which area holds a point, which area a text names."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.utils import timezone
from numpy.typing import ArrayLike, NDArray

from wangge.areas import models
from wangge.areas.atlas import Atlas
from wangge.areas.drawing import draw
from wangge.areas.models import AreaVersion, AreaVersionQuerySet, Level
from wangge.kit.errors import NotFound
from wangge.kit.geo import Answer
from wangge.kit.revision import Revision
from wangge.kit.text import fold
from wangge.kit.tree import AREAS

_KEPT = 4


@dataclass(frozen=True)
class Located:
    """Where a point lies on a level.

    `inside`; `boundary` (on a border: the area with the smallest code that touches it); `overlap` (in several: the
    smallest code, all in `candidates`); `hole` (in no area of the level but within the outline of a higher one:
    `version` is None and `candidates` holds the lowest such outline); `outside`.
    """

    version: AreaVersion | None
    answer: Answer
    candidates: tuple[AreaVersion, ...]


@dataclass(frozen=True)
class Candidate:
    area_version: AreaVersion
    score: float
    reason: dict[str, str]


def current(at: dt.date | None = None) -> AreaVersionQuerySet:
    """The division of the day `at` (default today), boundaries left unread."""
    return AreaVersion.objects.at(at).defer("boundary")


def version_at(area_id: UUID, at: dt.date | None = None) -> AreaVersion | None:
    """The area as it was on the day `at` (default today), or None."""
    return atlas(at).by_area.get(area_id)


def by_code(code: str, at: dt.date | None = None) -> AreaVersion | None:
    return atlas(at).by_code.get(code)


def area_for_pos(pos: int, at: dt.date | None = None) -> AreaVersion | None:
    """The area at this tree position; one that is gone or has moved away since is given as it last was."""
    found = atlas(at).by_pos.get(pos)
    if found is None and pos:
        found = AreaVersion.objects.current().defer("boundary").filter(pos=pos).order_by("-valid_from").first()
    return found


def path(pos: int, at: dt.date | None = None) -> list[AreaVersion]:
    """The areas from the district down to `pos`, for names like 大观园街道 / 纬一路社区 / …."""
    return atlas(at).path(pos)


def ancestors(pos: int) -> tuple[int, int, int]:
    """Positions of the district, subdistrict and community that `pos` lies in."""
    return (
        AREAS.ancestor(pos, Level.DISTRICT),
        AREAS.ancestor(pos, Level.SUBDISTRICT),
        AREAS.ancestor(pos, Level.COMMUNITY),
    )


def locate(lon: float, lat: float, at: dt.date | None = None, level: int = Level.GRID) -> Located:
    """The area of `level` that holds a WGS-84 point; see Located for the one answer each point has."""
    day = atlas(at)
    found = day.level(level)
    place = found.index.place(lon, lat)
    candidates = tuple(found.versions[i] for i in place.candidates)
    if place.index >= 0:
        return Located(candidates[0], place.answer, candidates)
    for above in range(level - 1, -1, -1):
        outline = day.level(above)
        around = outline.index.place(lon, lat)
        if around.index >= 0:
            return Located(None, Answer.HOLE, (outline.versions[around.index],))
    return Located(None, Answer.OUTSIDE, ())


def locate_many(
    lons: ArrayLike, lats: ArrayLike, level: int = Level.GRID, at: dt.date | None = None
) -> NDArray[np.int64]:
    """The tree position of the area of `level` for each WGS-84 point, 0 for none; millions at once."""
    found = atlas(at).level(level)
    return found.positions[found.index.locate(lons, lats)]


def find_by_text(text: str, at: dt.date | None = None) -> list[Candidate]:
    """The areas that `text` names by name, alias or code, best first; empty when it names none."""
    day = atlas(at)
    return [Candidate(day.versions[m.index], m.score, {"zh": m.zh, "en": m.en}) for m in day.finder.find(text[:4000])]


def atlas(at: dt.date | None = None) -> Atlas:
    """The division of a day, kept in this process until the areas change."""
    day = at or timezone.localdate()
    key = (revision.current(), day)
    with _lock:
        kept = _atlases.get(key)
        if kept is not None:
            _atlases.move_to_end(key)
            return kept
    made = Atlas(list(current(day)))
    with _lock:
        _atlases[key] = made
        while len(_atlases) > _KEPT:
            _atlases.popitem(last=False)
    return made


_lock = threading.Lock()
_atlases: OrderedDict[tuple[UUID | None, dt.date], Atlas] = OrderedDict()
revision = Revision(lambda: models.Revision.objects.values_list("token", flat=True).first())


@dataclass(frozen=True)
class Drawing:
    """A gzipped FeatureCollection, and the tag that changes with it."""

    gzipped: bytes
    etag: str


def drawing(level: int, within: UUID | None = None, at: dt.date | None = None) -> Drawing:
    """The areas of a level for a map, made once in a process for each state of the areas; raise NotFound."""
    day = at or timezone.localdate()
    division = atlas(day)
    etag = f'"{revision.current()}-{day}-{level}-{within or ""}"'
    with _lock:
        kept = _drawings.get(etag)
        if kept is not None:
            _drawings.move_to_end(etag)
            return kept
    area = division.by_area.get(within) if within else None
    if within and area is None:
        raise NotFound
    made = Drawing(draw(division, Level(level), area), etag)
    with _lock:
        _drawings[etag] = made
        while len(_drawings) > _DRAWINGS_KEPT:
            _drawings.popitem(last=False)
    return made


_DRAWINGS_KEPT = 48
_drawings: OrderedDict[str, Drawing] = OrderedDict()


def search(
    *, level: int | None = None, parent: UUID | None = None, q: str = "", at: dt.date | None = None
) -> list[AreaVersion]:
    """Areas by level, parent and words (each in the name or at the start of the code), by level and code."""
    day = atlas(at)
    found = day.children_of.get(parent, []) if parent else day.versions
    if level is not None:
        found = [v for v in found if v.level == level]
    if words := [fold(word) for word in q.split()]:
        found = [v for v in found if all(word in fold(v.name) or v.code.startswith(word) for word in words)]
    return list(found)
