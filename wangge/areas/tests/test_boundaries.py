import datetime as dt

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from wangge.areas import services
from wangge.areas.models import AreaVersion
from wangge.areas.tests.conftest import BOXES, DAY, ROWS, geojson, sheet
from wangge.kit.errors import Invalid
from wangge.kit.geo import Crs, from_wgs84

GRIDS = {code: b for code, b in BOXES.items() if len(code) == 15}


def draw(boxes, **more):
    members = {"crs": more.pop("declared")} if "declared" in more else {}
    return services.import_boundaries(data=geojson(boxes, **members), source="test", by=None, **more)


def shifted(boxes, crs):
    def move(points):
        return np.column_stack(from_wgs84(points[:, 0], points[:, 1], crs))

    return {code: shapely.transform(box(*b), move) for code, b in boxes.items()}


def boundary(code):
    return shapely.from_wkb(bytes(AreaVersion.objects.current().get(code=code).boundary))


@pytest.mark.parametrize("crs", ["GCJ02", "BD09"])
def test_declared_web_map_coordinates_are_converted(small, crs):
    assert draw(shifted(GRIDS, crs), crs=crs).crs is Crs(crs)
    for code, b in GRIDS.items():
        assert boundary(code).hausdorff_distance(box(*b)) < 1e-8


@pytest.mark.parametrize("crs", ["GCJ02", "BD09"])
@pytest.mark.parametrize("declared", [None, "WGS84", "CGCS2000"])
def test_web_map_coordinates_given_out_as_something_else_are_refused(small, crs, declared):
    with pytest.raises(services.DatumDoubtful) as caught:
        draw(shifted(GRIDS, crs), crs=declared)
    (error,) = caught.value.errors
    assert error["at"].startswith("feature ")
    assert "ring 0 vertex" in error["at"]
    assert crs in error["en"]
    assert boundary("370199001001001").equals(box(*GRIDS["370199001001001"]))


def test_wgs84_declared_as_web_map_coordinates_is_refused(small):
    with pytest.raises(services.DatumDoubtful):
        draw(GRIDS, crs="GCJ02")


def test_undeclared_coordinates_are_taken_only_where_the_outlines_vouch_for_them(small):
    assert draw(GRIDS).crs is Crs.WGS84


def test_undeclared_coordinates_without_any_outline_are_refused(db):
    services.import_areas(rows=sheet(*ROWS), source="test", by=None, valid_from=DAY)
    with pytest.raises(services.DatumDoubtful):
        draw(BOXES)
    assert draw(BOXES, declared="CGCS2000").changed == len(BOXES)


def test_undeclared_coordinates_deep_inside_an_outline_are_refused(small):
    deep = {"370199002001": (117.0401, 36.6049, 117.0402, 36.605)}
    with pytest.raises(services.DatumDoubtful):
        draw(deep)


def test_choosing_another_system_than_the_file_declares_is_refused(small):
    with pytest.raises(services.DatumDoubtful):
        draw(GRIDS, crs="WGS84", declared="GCJ02")
    assert draw(GRIDS, crs="CGCS2000", declared="WGS84").changed == 0


def test_swapped_axes_are_named(small):
    with pytest.raises(Invalid) as caught:
        draw({"370199001001001": (36.60, 117.00, 36.61, 117.01)}, crs="WGS84")
    (error,) = caught.value.errors
    assert error["at"] == "feature 0 ring 0 vertex 0"
    assert "swapped" in error["en"]


def test_a_feature_far_from_its_district_is_named(small):
    with pytest.raises(Invalid) as caught:
        draw(GRIDS | {"370199002001001": (118.0, 36.6, 118.01, 36.61)}, crs="WGS84")
    (error,) = caught.value.errors
    assert error["at"].startswith("feature 3 ring 0 vertex")


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ({"370199001001009": (117.0, 36.6, 117.01, 36.61)}, "no area with the code"),
        ({"": (117.0, 36.6, 117.01, 36.61)}, "no area with the code"),
    ],
)
def test_a_feature_of_no_known_area_is_named(small, features, said):
    with pytest.raises(Invalid) as caught:
        draw(features, crs="WGS84")
    assert caught.value.errors[0]["at"] == "feature 0"
    assert said in caught.value.errors[0]["en"]


def test_one_bad_feature_keeps_all_others_out(small):
    moved = {code: (b[0], b[1], b[2], b[3] + 0.0001) for code, b in GRIDS.items()}
    with pytest.raises(Invalid):
        draw(moved | {"370199001001009": (117.0, 36.6, 117.01, 36.61)}, crs="WGS84")
    assert boundary("370199001001001").equals(box(*GRIDS["370199001001001"]))


def test_a_boundary_from_a_later_day_leaves_the_earlier_one_to_its_days(small):
    day = dt.date(2026, 6, 1)
    smaller = {"370199001001001": (117.0, 36.6, 117.009, 36.61)}
    draw(smaller, crs="WGS84", valid_from=day)
    versions = AreaVersion.objects.current().filter(code="370199001001001").order_by("valid_from")
    assert [(v.valid_from, v.valid_to) for v in versions] == [(DAY, day), (day, None)]
    assert shapely.from_wkb(bytes(versions[0].boundary)).equals(box(*GRIDS["370199001001001"]))


def test_an_unknown_status_is_refused(small):
    with pytest.raises(Invalid):
        draw(GRIDS, crs="WGS84", status="perfect")
