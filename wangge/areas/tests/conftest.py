"""A small made-up district: 2 streets, 3 communities, 4 grids in a row, each 0.01° wide, from 117.00 E 36.60 N."""

import datetime as dt
import json

import pytest
from shapely.geometry import box, mapping

from wangge.areas import selectors, services

DAY = dt.date(2026, 1, 1)
ROWS = [
    ("0", "370199", "试点区"),
    ("1", "370199001", "东街道"),
    ("1", "370199002", "西街道"),
    ("2", "370199001001", "甲社区"),
    ("2", "370199001002", "乙社区"),
    ("2", "370199002001", "丙村"),
    ("3", "370199001001001", "甲一网格"),
    ("3", "370199001001002", "甲二网格"),
    ("3", "370199001002001", "乙一网格"),
    ("3", "370199002001001", "丙一网格"),
]
BOXES = {
    "370199": (117.00, 36.60, 117.05, 36.61),
    "370199001": (117.00, 36.60, 117.03, 36.61),
    "370199002": (117.03, 36.60, 117.05, 36.61),
    "370199001001": (117.00, 36.60, 117.02, 36.61),
    "370199001002": (117.02, 36.60, 117.03, 36.61),
    "370199002001": (117.03, 36.60, 117.05, 36.61),
    "370199001001001": (117.00, 36.60, 117.01, 36.61),
    "370199001001002": (117.01, 36.60, 117.02, 36.61),
    "370199001002001": (117.02, 36.60, 117.03, 36.61),
    "370199002001001": (117.03, 36.60, 117.04, 36.61),
}


def sheet(*rows):
    names = ("level", "code", "name", "kind", "parent_code", "households", "valid_from")
    return [dict(zip(names, (*row, "", "", "", "", "", "")[:7], strict=True)) for row in rows]


def geojson(boxes, **members):
    shapes = {code: box(*b) if isinstance(b, tuple) else b for code, b in boxes.items()}
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": mapping(shape)} for code, shape in shapes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()


@pytest.fixture
def small(db):
    """The district drawn and in force since DAY; calling it gives an area's version today by code."""
    services.import_areas(rows=sheet(*ROWS), source="test", by=None, valid_from=DAY)
    services.import_boundaries(data=geojson(BOXES), crs="WGS84", source="test", by=None, status="demonstration")

    def by_code(code, at=None):
        found = selectors.by_code(code, at)
        assert found is not None, code
        return found

    return by_code
