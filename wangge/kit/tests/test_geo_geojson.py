import gzip
import json

import pytest
from shapely.geometry import box, mapping

from wangge.kit.errors import Invalid
from wangge.kit.geo import Crs, UnknownCrs, from_wgs84
from wangge.kit.geo.geojson import convert, misfit, read

SQUARE = [[117.0, 36.6], [117.1, 36.6], [117.1, 36.7], [117.0, 36.7], [117.0, 36.6]]


def collection(*geometries, **members):
    features = [{"type": "Feature", "properties": {"code": str(i)}, "geometry": g} for i, g in enumerate(geometries)]
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def faults(data):
    with pytest.raises(Invalid) as caught:
        read(data)
    assert caught.value.status == 422
    return [(e["at"], e["en"]) for e in caught.value.errors]


def test_a_good_file_is_read_also_gzipped():
    data = collection(polygon(SQUARE), mapping(box(0, 0, 1, 1)), crs="CGCS2000", status="surveyed")
    for given in (data, gzip.compress(data)):
        found = read(given)
        assert [f.at for f in found.items] == ["feature 0", "feature 1"]
        assert found.items[0].geometry.equals(box(117.0, 36.6, 117.1, 36.7))
        assert (found.declared, found.status) == (Crs.CGCS2000, "surveyed")


@pytest.mark.parametrize(
    ("crs", "expected"),
    [
        (None, None),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, Crs.WGS84),
        ({"type": "name", "properties": {"name": "EPSG:4490"}}, Crs.CGCS2000),
        ("GCJ-02", Crs.GCJ02),
    ],
)
def test_the_coordinate_system_is_read_where_it_is_declared(crs, expected):
    assert read(collection(polygon(SQUARE), crs=crs)).declared is expected


@pytest.mark.parametrize("crs", ["EPSG:3857", {"type": "link"}, 4326])
def test_an_unknown_coordinate_system_is_refused(crs):
    with pytest.raises(UnknownCrs):
        read(collection(polygon(SQUARE), crs=crs))


BOWTIE = [[117.0, 36.6], [117.1, 36.7], [117.1, 36.6], [117.0, 36.7], [117.0, 36.6]]
GAUSS = [500000, 4050000]
SWAPPED = [[36.6, 117.0], [36.6, 117.1], [36.7, 117.1], [36.6, 117.0]]
HOLE_OUTSIDE = [[118.0, 36.6], [118.1, 36.6], [118.1, 36.7], [118.0, 36.6]]


@pytest.mark.parametrize(
    ("geometry", "at", "said"),
    [
        (polygon(SQUARE[:-1]), "feature 0 ring 0 vertex 3", "not closed"),
        (polygon(SQUARE[:2]), "feature 0 ring 0", "4 positions"),
        (polygon(), "feature 0", "no rings"),
        (polygon(SQUARE, "ring"), "feature 0 ring 1", "array"),
        (polygon(SQUARE, HOLE_OUTSIDE), "feature 0 ring 1 vertex 0", "Hole lies outside shell"),
        (polygon(SWAPPED), "feature 0 ring 0 vertex 0", "swapped"),
        (polygon([GAUSS, *SQUARE[1:4], GAUSS]), "feature 0 ring 0 vertex 0", "out of the range"),
        (polygon([*SQUARE[:2], ["117", 36], *SQUARE[3:]]), "feature 0 ring 0 vertex 2", "finite"),
        (polygon([*SQUARE[:2], [True, 36], *SQUARE[3:]]), "feature 0 ring 0 vertex 2", "finite"),
        (polygon([*SQUARE[:2], [117], *SQUARE[3:]]), "feature 0 ring 0 vertex 2", "finite"),
        (
            {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE[:-1]]]},
            "feature 0 polygon 1 ring 0 vertex 3",
            "not closed",
        ),
        ({"type": "Point", "coordinates": [1, 2]}, "feature 0", "not an area"),
        (None, "feature 0", "geometry"),
    ],
)  # fmt: skip
def test_each_fault_is_named_by_feature_ring_and_vertex(geometry, at, said):
    ((place, text),) = faults(collection(geometry))
    assert place == at
    assert said in text


def test_a_self_intersection_is_named_by_the_edge_that_crosses():
    ((place, text),) = faults(collection(polygon(SQUARE), polygon(BOWTIE)))
    assert place in {"feature 1 ring 0 vertex 0", "feature 1 ring 0 vertex 2"}
    assert text == "Self-intersection"


def test_all_faults_are_reported_at_once():
    assert len(faults(collection(polygon(SQUARE[:-1]), polygon(SQUARE[:2]), None))) == 3


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_named_by_vertex(number):
    data = collection(polygon(SQUARE)).replace(b"117.1, 36.7", f"{number}, 36.7".encode())
    assert faults(data) == [("feature 0 ring 0 vertex 2", "must be two finite numbers [lon, lat]")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "FeatureCollection"),
        (b'{"type":"FeatureCollection","features":[]}', "no features"),
        (b'{"type":"FeatureCollection","type":"x"}', "twice"),
        (b"[" * 100_000, "deeper"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b"\x1f\x8b123", "damaged"),
        (gzip.compress(b"0" * (51 * 1024 * 1024)), "50 MB"),
    ],
)
def test_what_is_no_geojson_is_refused(data, said):
    ((place, text),) = faults(data)
    assert place in {"document", "features"}
    assert said in text


def test_converting_moves_a_shape_back_to_where_it_is():
    shape = box(117.0, 36.6, 117.01, 36.61)
    x, y = from_wgs84([117.0, 117.01], [36.6, 36.61], "GCJ02")
    shifted = box(x[0], y[0], x[1], y[1])
    # Not exactly: two corners of the box do not stem from corners of the shape.
    assert convert(shifted, Crs.GCJ02).symmetric_difference(shape).area < 0.01 * shape.area
    assert convert(shape, Crs.CGCS2000) is shape


def test_misfit_is_the_share_of_area_outside():
    assert misfit([box(0, 0, 2, 1), box(0, 0, 1, 1)], [box(0, 0, 1, 1)] * 2) == pytest.approx(1 / 3)
    assert misfit([box(0, 0, 1, 1)], [box(0, 0, 2, 2)]) == 0.0
