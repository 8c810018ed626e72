import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.kit.geo import Crs, UnknownCrs, from_wgs84, parse_crs, to_wgs84

# (from, to, lon, lat, lon, lat): pairs published with the eviltransform and coordtransform libraries.
PUBLISHED = [
    ("WGS84", "GCJ02", 121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    ("WGS84", "GCJ02", 113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    ("WGS84", "GCJ02", 116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
    ("WGS84", "GCJ02", 116.404, 39.915, 116.41024449916938, 39.91640428150164),
    ("GCJ02", "BD09", 116.404, 39.915, 116.41036949371029, 39.92133699351021),
]
METRE = 1 / 111_000


@pytest.mark.parametrize(("source", "target", "lon", "lat", "to_lon", "to_lat"), PUBLISHED)
def test_published_pairs_agree_both_ways(source, target, lon, lat, to_lon, to_lat):
    wgs = to_wgs84(lon, lat, source)
    assert from_wgs84(*wgs, target) == pytest.approx((to_lon, to_lat), abs=1e-8)
    back = to_wgs84(to_lon, to_lat, target)
    assert from_wgs84(*back, source) == pytest.approx((lon, lat), abs=1e-8)


@given(st.floats(73.7, 135), st.floats(18.2, 53.5), st.sampled_from(["GCJ02", "BD09"]))
def test_there_and_back_is_the_same_place_to_a_millimetre(lon, lat, crs):
    there = from_wgs84(lon, lat, crs)
    assert to_wgs84(*there, crs) == pytest.approx((lon, lat), abs=METRE / 1000)


def test_at_jinan_the_web_map_datum_lies_half_a_kilometre_east():
    lon, _ = from_wgs84(117.0, 36.65, Crs.GCJ02)
    assert (lon - 117.0) * 111_320 * np.cos(np.radians(36.65)) == pytest.approx(521, abs=2)


def test_cgcs2000_is_taken_as_wgs84():
    assert to_wgs84(117.0, 36.65, "CGCS2000") == (117.0, 36.65)


def test_outside_china_nothing_is_shifted():
    assert to_wgs84(-118.2, 34.05, "GCJ02") == (-118.2, 34.05)


def test_arrays_convert_as_single_points_do():
    lon, lat = np.array([116.98, 117.03]), np.array([36.60, 36.68])
    x, y = to_wgs84(lon, lat, "BD09")
    for i in range(2):
        assert (x[i], y[i]) == pytest.approx(to_wgs84(lon[i], lat[i], "BD09"), abs=1e-12)
    empty = to_wgs84([], [], "GCJ02")
    assert empty[0].size == 0


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("wgs84", Crs.WGS84),
        ("EPSG:4326", Crs.WGS84),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", Crs.WGS84),
        ("urn:ogc:def:crs:EPSG::4490", Crs.CGCS2000),
        ("GCJ-02", Crs.GCJ02),
        ("bd09ll", Crs.BD09),
    ],
)
def test_datums_are_known_by_their_usual_names(name, crs):
    assert parse_crs(name) is crs


@pytest.mark.parametrize("name", ["", "EPSG:3857", "北京54"])
def test_other_datums_are_refused(name):
    with pytest.raises(UnknownCrs):
        parse_crs(name)
