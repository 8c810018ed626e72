"""Boundaries from GeoJSON: all features or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import shapely
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from wangge.areas.models import AreaVersion, BoundaryStatus, Level
from wangge.areas.services.rows import Faults
from wangge.areas.services.versions import Batch, recorded, writing
from wangge.audit import services as audit
from wangge.audit.chain import ActorLike, Tip
from wangge.kit import clock
from wangge.kit.errors import Invalid, field_error
from wangge.kit.geo import geojson
from wangge.kit.geo.datums import Crs, parse_crs
from wangge.kit.geo.measure import areas_km2
from wangge.kit.ids import uuid7

_SHARE = 0.002  # of the area outside its outline: less is drawing, not a shift
_BY_EVIDENCE = 2.0


class DatumDoubtful(Invalid):
    """The coordinates are not, or not certainly, in the coordinate system they should be in."""

    code = "datum_doubtful"
    title_zh = "坐标系存疑"
    title_en = "The coordinate system is in doubt"


@dataclass(frozen=True)
class Drawn:
    changed: int
    unchanged: int
    crs: Crs


def import_boundaries(
    *,
    data: bytes,
    source: str,
    by: ActorLike | None,
    crs: str | None = None,
    at: dt.datetime | None = None,
    valid_from: dt.date | None = None,
    status: str = "",
) -> Drawn:
    """Give areas the boundaries of a GeoJSON file; raise Invalid naming feature, ring and vertex, writing nothing.

    Features name their area by `code`. The coordinate system is the `crs` given or the file's own `crs` member and
    is converted to WGS-84; where both are missing the file is taken only if the outlines known so far show that it
    is WGS-84. A file that fits those outlines better under another system than the declared one is refused. Without
    `valid_from` the boundary is a correction of what the area is today; with it the area has it from that day on.
    """
    read = geojson.read(data)
    declared = parse_crs(crs) if crs else read.declared
    if crs and read.declared and _datum(parse_crs(crs)) != _datum(read.declared):
        zh = f"选择的坐标系与文件中声明的 {read.declared} 不一致"
        raise DatumDoubtful(zh, f"the file itself declares {read.declared}", errors=[field_error("crs", zh, "differs")])
    stated = _status(status or read.status)
    day = valid_from or timezone.localdate()
    with writing():
        moment = at or clock.now()
        targets = _targets(read.items, day)
        used = _checked_datum([f for f, _ in targets], [v for _, v in targets], declared, day)
        batch = Batch(moment, source[:120])
        shapes = [geojson.convert(feature.geometry, used) for feature, _ in targets]
        for (_, version), fields in zip(targets, fields_of(shapes, stated), strict=True):
            if version.boundary is None or bytes(version.boundary) != fields["boundary"]:
                batch.revise(version, valid_from=valid_from or version.valid_from, **fields)
        batch.write()
        drawn = Drawn(len(batch.superseded), len(targets) - len(batch.superseded), used)
        if batch.inserts:
            audit.record(
                subject_type="area_import",
                subject_id=uuid7(),
                action="areas:boundary:import",
                actor=by,
                data={"source": source[:120], "counts": recorded(batch.inserts), "crs": used, "changed": drawn.changed},
                at=moment,
                after=Tip(),
            )
        return drawn


def fields_of(shapes: Sequence[BaseGeometry], status: BoundaryStatus) -> list[dict[str, object]]:
    """The columns of a version that follow from its boundary."""
    inside = shapely.point_on_surface(list(shapes))
    return [
        {
            "boundary": shapely.to_wkb(shape, byte_order=1),
            "boundary_status": status,
            "lon": round(float(shapely.get_x(point)), 7),
            "lat": round(float(shapely.get_y(point)), 7),
            "area_km2": round(float(size), 6),
        }
        for shape, point, size in zip(shapes, inside, areas_km2(shapes), strict=True)
    ]


def _datum(crs: Crs) -> Crs:
    return Crs.WGS84 if crs is Crs.CGCS2000 else crs


def _status(text: str) -> BoundaryStatus:
    if not text:
        return BoundaryStatus.DECLARED
    if text not in BoundaryStatus.values or text == BoundaryStatus.NONE:
        zh = "边界状态应为 demonstration、declared 或 surveyed"
        raise Invalid(zh, "unknown boundary status", errors=[field_error("status", zh, "unknown boundary status")])
    return BoundaryStatus(text)


def _targets(features: Sequence[geojson.Feature], day: dt.date) -> list[tuple[geojson.Feature, AreaVersion]]:
    """Each feature with the area it draws, as that is on `day`."""
    codes = [feature.properties.get("code") for feature in features]
    wanted = {str(code) for code in codes if isinstance(code, str | int)}
    known = {v.code: v for v in AreaVersion.objects.at(day).filter(code__in=wanted)}
    faults, seen, targets = Faults(), dict[str, str](), []
    for feature, code in zip(features, codes, strict=True):
        text = str(code) if isinstance(code, str | int) else ""
        version = known.get(text)
        level = feature.properties.get("level")
        if version is None:
            faults.add(feature.at, f"没有编码为“{text}”的区域，请先导入区域表", f"no area with the code {text!r}")
        elif level is not None and str(level) != str(version.level):
            faults.add(feature.at, f"{text} 是{version.get_level_display()}，与 level 不符", "the level does not match")
        elif seen.setdefault(text, feature.at) != feature.at:
            faults.add(feature.at, f"{text} 与 {seen[text]} 重复", f"{text} is also {seen[text]}")
        else:
            targets.append((feature, version))
    faults.stop("边界数据有误，未导入任何内容", "the boundaries have faults; nothing was imported")
    return targets


def _outlines(versions: Sequence[AreaVersion], day: dt.date) -> list[BaseGeometry | None]:
    """For each version the smallest drawn area above it (for a district, itself as drawn so far)."""
    drawn = {v.area_id: v for v in AreaVersion.objects.at(day).filter(level__lt=Level.GRID, boundary__isnull=False)}
    parents = dict(AreaVersion.objects.at(day).filter(level__lt=Level.GRID).values_list("area_id", "parent_id"))
    shapes = {area_id: shapely.from_wkb(bytes(v.boundary or b"")) for area_id, v in drawn.items()}
    found: list[BaseGeometry | None] = []
    for version in versions:
        above: UUID | None = version.parent_id if version.level else version.area_id
        while above is not None and above not in shapes:
            above = parents.get(above)
        found.append(shapes[above] if above is not None else None)
    return found


def _checked_datum(
    features: Sequence[geojson.Feature], versions: Sequence[AreaVersion], declared: Crs | None, day: dt.date
) -> Crs:
    """The system to convert from: coordinates are held against the outlines known, as each system would have them."""
    outlines = _outlines(versions, day)
    pairs = [(f, o) for f, o in zip(features, outlines, strict=True) if o is not None]
    assumed = declared or Crs.WGS84
    if not pairs:
        if declared is None:
            raise _undeclared(features[0])
        return declared
    _refuse_elsewhere(pairs, assumed)
    own = _misfit(pairs, assumed)
    if declared is not None and own <= _SHARE:
        return declared
    others = {crs: _misfit(pairs, crs) for crs in (Crs.WGS84, Crs.GCJ02, Crs.BD09) if crs is not _datum(assumed)}
    other, best = min(others.items(), key=lambda item: item[1])
    if own > _SHARE and best * _BY_EVIDENCE < own:
        raise _doubtful(pairs, assumed, other, own, declared=declared is not None)
    if declared is None and not (best > _SHARE and own * _BY_EVIDENCE < best):
        raise _undeclared(features[0])
    return assumed


def _misfit(pairs: Sequence[tuple[geojson.Feature, BaseGeometry]], crs: Crs) -> float:
    return geojson.misfit([geojson.convert(f.geometry, crs) for f, _ in pairs], [o for _, o in pairs])


def _refuse_elsewhere(pairs: Sequence[tuple[geojson.Feature, BaseGeometry]], assumed: Crs) -> None:
    """Features that do not even touch the outline they belong into: swapped axes, or another place."""
    faults = Faults()
    for feature, outline in pairs:
        shape = geojson.convert(feature.geometry, assumed)
        if shapely.intersects(shape, outline):
            continue
        ring, vertex = geojson.outside_vertex(shape, outline)
        at = f"{feature.at} {ring} vertex {vertex}"
        turned = shapely.transform(feature.geometry, lambda points: points[:, ::-1])
        if shapely.intersects(turned, outline):
            faults.add(at, "经纬度写反了：应为 [经度, 纬度]", "the axes are swapped: write [lon, lat]")
        elif shapely.distance(shape, outline) > 0.05:
            faults.add(at, "不在上级区域范围内", "lies outside the area it belongs into")
    faults.stop("边界数据有误，未导入任何内容", "the boundaries have faults; nothing was imported")


def _doubtful(
    pairs: Sequence[tuple[geojson.Feature, BaseGeometry]], assumed: Crs, other: Crs, share: float, *, declared: bool
) -> DatumDoubtful:
    beyond = [float(shapely.area(shapely.difference(geojson.convert(f.geometry, assumed), o))) for f, o in pairs]
    feature, outline = pairs[beyond.index(max(beyond))]
    ring, vertex = geojson.outside_vertex(geojson.convert(feature.geometry, assumed), outline)
    said = "声明" if declared else "未声明坐标系，按"
    zh = f"{said}为 {assumed} 时有 {share:.1%} 的面积落在上级边界之外，按 {other} 转换后明显更吻合。请核对并声明坐标系"
    en = f"as {assumed}, {share:.1%} of the area lies outside; as {other} it fits far better: check the datum"
    return DatumDoubtful(zh, en, errors=[field_error(f"{feature.at} {ring} vertex {vertex}", zh, en)])


def _undeclared(feature: geojson.Feature) -> DatumDoubtful:
    zh = "未声明坐标系，也无法从已有边界判断。请选择 WGS84、CGCS2000、GCJ02 或 BD09"
    en = "the coordinate system is undeclared and the outlines known so far cannot tell: choose one"
    return DatumDoubtful(zh, en, errors=[field_error(f"{feature.at} ring 0 vertex 0", zh, en)])
