"""Areas over HTTP: the tree, the map, which area holds a point, and imports."""

from __future__ import annotations

import gzip
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import numpy as np
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from wangge.areas import selectors, services
from wangge.areas.models import AreaVersion, Level
from wangge.areas.policies import Perm
from wangge.audit.chain import ActorLike
from wangge.kit import geo
from wangge.kit.errors import Invalid, NotFound, TooLarge
from wangge.kit.geo.geojson import MAX_BYTES
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out

router = Router(tags=["areas"])
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
LevelNumber = Annotated[int, Field(ge=Level.DISTRICT, le=Level.COURTYARD)]


class Request(HttpRequest):
    """Below `requires` somebody has signed in."""

    actor: ActorLike


class AreaRow(Out):
    id: UUID
    level: int
    code: str
    name: str
    kind: str
    parent_id: UUID | None
    households: int | None
    area_km2: float | None
    lon: float | None
    lat: float | None
    children: int
    boundary_status: str


class AreaPage(Out):
    items: list[AreaRow]
    next: str | None
    total: int


class Step(Out):
    id: UUID
    level: int
    name: str


class AreaOut(AreaRow):
    valid_from: date
    valid_to: date | None
    source: str
    path: list[Step]


class LocatedOut(Out):
    answer: str
    grid: AreaRow | None
    community: AreaRow | None
    subdistrict: AreaRow | None
    district: AreaRow | None
    candidates: list[AreaRow]


class PointsIn(In):
    points: Annotated[list[tuple[Longitude, Latitude]], Field(max_length=200_000)]
    crs: geo.Crs = geo.Crs.WGS84
    level: LevelNumber = Level.GRID


class PointsOut(Out):
    codes: list[str | None]


class FoundOut(AreaRow):
    score: float
    reason: dict[str, str]
    path: list[Step]


class Fault(Out):
    at: str
    zh: str
    en: str


class AreaImportOut(Out):
    created: int
    changed: int
    unchanged: int
    errors: list[Fault]


class AreaQuery(In):
    level: LevelNumber | None = None
    parent: UUID | None = None
    q: Annotated[str, Field(max_length=80)] = ""
    at: date | None = None
    cursor: Annotated[str, Field(pattern=r"^[0-9]{0,8}$")] = ""
    limit: Annotated[int, Field(ge=1, le=100)] = 100


@router.get("/areas", response=AreaPage)
@requires()
def list_areas(request: Request, query: Query[AreaQuery]) -> Any:
    found = selectors.search(level=query.level, parent=query.parent, q=query.q, at=query.at)
    start = int(query.cursor or 0)
    stop = start + query.limit
    return {
        "items": _rows(found[start:stop], query.at),
        "next": str(stop) if stop < len(found) else None,
        "total": len(found),
    }


@router.get("/areas/geojson")
@requires()
def areas_geojson(
    request: Request, level: LevelNumber, within: UUID | None = None, at: date | None = None
) -> HttpResponse:
    """A FeatureCollection of the areas of a level: simplified, gzipped, with an ETag."""
    drawn = selectors.drawing(level, within, at)
    headers = {"ETag": drawn.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Cookie"}
    if drawn.etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(drawn.gzipped), content_type="application/geo+json", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return HttpResponse(drawn.gzipped, content_type="application/geo+json", headers=headers)


@router.get("/areas/locate", response=LocatedOut)
@requires()
def locate(
    request: Request,
    lon: Longitude,
    lat: Latitude,
    crs: geo.Crs = geo.Crs.WGS84,
    at: date | None = None,
) -> Any:
    """The grid that holds the point and what it belongs to; where no grid does, the lowest outline around it."""
    x, y = geo.to_wgs84(lon, lat, crs)
    located = selectors.locate(float(x), float(y), at)
    lowest = located.version or next(iter(located.candidates), None)
    by_level = {row["level"]: row for row in _rows(selectors.path(lowest.pos, at) if lowest else [], at)}
    return {
        "answer": located.answer,
        "grid": by_level.get(Level.GRID),
        "community": by_level.get(Level.COMMUNITY),
        "subdistrict": by_level.get(Level.SUBDISTRICT),
        "district": by_level.get(Level.DISTRICT),
        "candidates": _rows(list(located.candidates), at),
    }


@router.post("/areas/locate", response=PointsOut)
@requires()
def locate_many(request: Request, body: PointsIn) -> Any:
    """The code of the area that holds each point, null for none."""
    points = np.array(body.points, dtype=np.float64).reshape(-1, 2)
    x, y = geo.to_wgs84(points[:, 0], points[:, 1], body.crs)
    codes = {pos: v.code for pos, v in selectors.atlas().by_pos.items()}
    return {"codes": [codes.get(pos) for pos in selectors.locate_many(x, y, body.level).tolist()]}


@router.get("/areas/find", response=list[FoundOut])
@requires()
def find(request: Request, q: Annotated[str, Field(max_length=2000)]) -> Any:
    """Areas that the text names, best first."""
    found = selectors.find_by_text(q)[:20]
    rows = _rows([c.area_version for c in found], None)
    return [
        row | {"score": c.score, "reason": c.reason, "path": _steps(c.area_version.pos, None)}
        for row, c in zip(rows, found, strict=True)
    ]


@router.get("/areas/{uuid:area_id}", response=AreaOut)
@requires()
def one_area(request: Request, area_id: UUID, at: date | None = None) -> Any:
    version = selectors.version_at(area_id, at)
    if version is None:
        raise NotFound
    more = {"valid_from": version.valid_from, "valid_to": version.valid_to, "source": version.source}
    return _rows([version], at)[0] | more | {"path": _steps(version.pos, at)}


@router.post("/areas/import", response=AreaImportOut)
@requires(Perm.IMPORT)
def import_areas(
    request: Request,
    file: File[UploadedFile],
    crs: Form[str] = "",
    status: Form[Literal["", "demonstration", "declared", "surveyed"]] = "",
    valid_from: Form[date | None] = None,
    dry_run: Form[bool] = False,
) -> Any:
    """A sheet of areas (.csv, .xlsx) or their boundaries (.geojson): all or nothing, each fault named.

    A dry run answers 200 with the faults it found; an import with faults is refused with them (422).
    """
    if (file.size or 0) > MAX_BYTES:
        raise TooLarge("文件超过 50 MB，请分批导入", "larger than 50 MB; split it")
    try:
        done = services.import_file(
            data=file.read(), filename=file.name or "", crs=crs or None, status=status, valid_from=valid_from,
            dry_run=dry_run, by=request.actor,
        )  # fmt: skip
    except Invalid as problem:
        if not dry_run:
            raise
        return {"created": 0, "changed": 0, "unchanged": 0, "errors": problem.errors}
    return {"created": done.created, "changed": done.changed, "unchanged": done.unchanged, "errors": []}


def _rows(versions: list[AreaVersion], at: date | None) -> list[dict[str, Any]]:
    children = selectors.atlas(at).children_of
    return [
        {
            "id": v.area_id, "level": v.level, "code": v.code, "name": v.name, "kind": v.kind,
            "parent_id": v.parent_id, "households": v.households, "area_km2": v.area_km2, "lon": v.lon,
            "lat": v.lat, "children": len(children.get(v.area_id, ())), "boundary_status": v.boundary_status,
        }
        for v in versions
    ]  # fmt: skip


def _steps(pos: int, at: date | None) -> list[dict[str, Any]]:
    return [{"id": v.area_id, "level": v.level, "name": v.name} for v in selectors.path(pos, at)]
