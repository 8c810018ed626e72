import gzip
import io
import json

import numpy as np
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from shapely.geometry import shape

from wangge.areas import drawing, selectors
from wangge.areas.models import AreaVersion
from wangge.areas.policies import Perm
from wangge.areas.tests.conftest import geojson
from wangge.kit.geo import from_wgs84
from wangge.kit.tables import write_xlsx

API = "/api/v1"


@pytest.fixture
def reader(district, people, client_for):
    return client_for(people.grid_member)


@pytest.fixture
def importer(district, people, client_for):
    """Somebody whose role may import areas."""
    post = district.posts["system_admin"]
    role = post.role
    role.permissions = [*role.permissions, Perm.IMPORT]
    role.save(update_fields=["permissions"])
    return client_for(people.system_admin)


def get(client, path, **query):
    response = client.get(f"{API}{path}", query)
    assert response.status_code == 200, response.content
    return response.json()


def test_strangers_see_no_areas(stranger, district):
    for path in ("/areas", "/areas/geojson?level=3", "/areas/locate?lon=117&lat=36.6", "/areas/find?q=a"):
        assert stranger.get(API + path).status_code == 401


def test_the_tree_is_walked_level_by_level(reader):
    (root,) = get(reader, "/areas", level=0)["items"]
    streets = get(reader, "/areas", parent=root["id"])["items"]
    assert [s["level"] for s in streets] == [1] * root["children"]
    assert {s["parent_id"] for s in streets} == {root["id"]}
    one = get(reader, f"/areas/{streets[0]['id']}")
    assert [step["name"] for step in one["path"]] == [root["name"], streets[0]["name"]]


def test_pages_of_areas_join_without_gap(reader):
    first = get(reader, "/areas", limit=4)
    second = get(reader, "/areas", limit=100, cursor=first["next"])
    whole = get(reader, "/areas")
    assert first["items"] + second["items"] == whole["items"]
    assert (second["next"], whole["total"]) == (None, len(whole["items"]))


def test_areas_are_found_by_words_of_their_name_and_by_code(reader):
    assert [a["name"] for a in get(reader, "/areas", q="乐山 社区")["items"]] == ["乐山社区"]
    assert {a["code"][:9] for a in get(reader, "/areas", q="370199002")["items"]} == {"370199002"}
    assert get(reader, "/areas", q="没有这个")["items"] == []


def test_an_unknown_area_is_not_found(reader):
    assert reader.get(f"{API}/areas/00000000-0000-7000-8000-000000000000").status_code == 404


def test_a_point_is_placed_on_every_level(reader):
    found = get(reader, "/areas/locate", lon=116.92, lat=36.65)
    assert found["answer"] == "inside"
    assert (found["grid"]["code"], found["community"]["code"]) == ("370199001001001", "370199001001")
    assert (found["subdistrict"]["name"], found["district"]["code"]) == ("大观园街道", "370199")


def test_a_point_outside_has_no_place(reader):
    found = get(reader, "/areas/locate", lon=0, lat=0)
    assert (found["answer"], found["grid"], found["candidates"]) == ("outside", None, [])


@pytest.mark.parametrize("query", ["lon=nan&lat=1", "lon=181&lat=1", "lon=1", "lon=1&lat=1&crs=MARS"])
def test_what_is_no_point_is_refused(reader, query):
    assert reader.get(f"{API}/areas/locate?{query}").status_code == 422


def test_many_points_are_placed_in_the_declared_datum(reader):
    x, y = from_wgs84([116.92, 0.0], [36.65, 0.0], "GCJ02")
    body = {"points": [[x[0], y[0]], [x[1], y[1]]], "crs": "GCJ02"}
    response = reader.post(f"{API}/areas/locate", body, content_type="application/json")
    assert response.json() == {"codes": ["370199001001001", None]}


def test_a_text_finds_areas_with_a_reason(reader):
    best = get(reader, "/areas/find", q="大观园街道睦和苑社区门口")[0]
    assert (best["code"], best["score"]) == ("370199001001", 1.0)
    assert best["reason"]["zh"]
    assert [step["name"] for step in best["path"]] == ["试点区", "大观园街道", "睦和苑社区"]


def test_the_map_is_sent_gzipped_once_and_then_not_again(reader):
    response = reader.get(f"{API}/areas/geojson?level=3", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    features = json.loads(gzip.decompress(response.content))["features"]
    assert {f["properties"]["level"] for f in features} == {3}
    assert set(features[0]["properties"]) == {"id", "code", "name", "level"}
    plain = reader.get(f"{API}/areas/geojson?level=3")
    assert plain.json()["features"] == features
    again = reader.get(f"{API}/areas/geojson?level=3", headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_map_can_be_cut_to_one_area(reader):
    street = get(reader, "/areas", q="370199002", level=1)["items"][0]
    codes = {f["properties"]["code"] for f in get(reader, "/areas/geojson", level=3, within=street["id"])["features"]}
    assert codes == {"370199002001001"}


def test_neighbours_stay_neighbours_when_simplified():
    zigzag = [(1 + (0.001 if i % 2 else 0), i / 40) for i in range(41)]
    left = shapely.Polygon([(0, 1), (0, 0), *zigzag])
    right = shapely.Polygon([(2, 0), (2, 1), *reversed(zigzag)])
    simple = drawing.simplified(np.array([left, right], dtype=object), np.array([1, 1]), 0.05)
    assert shapely.coverage_is_valid(simple)
    assert shapely.get_num_coordinates(simple).sum() < 20
    assert shapely.union_all(simple).geom_type == "Polygon"


def test_shapes_that_overlap_are_drawn_as_they_are():
    shapes = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], dtype=object)
    assert (drawing.simplified(shapes, np.array([1, 1]), 0.1) == shapes).all()


def upload(client, name, data, **fields):
    return client.post(f"{API}/areas/import", {"file": SimpleUploadedFile(name, data), **fields})


ROW = b"level,code,name\n1,370199003,\xe6\x96\xb0\xe8\xa1\x97\xe9\x81\x93\n"


def test_only_whoever_may_import_areas_does(reader):
    assert upload(reader, "a.csv", ROW).status_code == 403


def test_a_sheet_is_tried_and_then_imported(importer):
    tried = upload(importer, "a.csv", ROW, dry_run="true")
    assert tried.json() == {"created": 1, "changed": 0, "unchanged": 0, "errors": []}
    assert not AreaVersion.objects.filter(code="370199003").exists()
    assert upload(importer, "a.csv", ROW).json()["created"] == 1
    assert selectors.by_code("370199003").name == "新街道"


def test_excel_is_read_too(importer):
    out = io.BytesIO()
    write_xlsx(out, ["层级", "编码", "名称"], [["街道", "370199003", "新街道"]])
    assert upload(importer, "a.xlsx", out.getvalue()).json()["created"] == 1


def test_a_faulty_sheet_is_refused_row_by_row_and_a_dry_run_lists_the_same(importer):
    data = b"level,code,name\n1,370199003,x\n1,37019900,y\n7,1,z\n"
    response = upload(importer, "a.csv", data)
    assert response.status_code == 422
    assert [e["at"] for e in response.json()["errors"]] == ["row 3", "row 4"]
    assert upload(importer, "a.csv", data, dry_run="true").json()["errors"] == response.json()["errors"]
    assert not AreaVersion.objects.filter(code="370199003").exists()


def test_boundaries_are_imported_and_faults_named_by_vertex(importer):
    square = {"370199001001001": (116.9, 36.6, 116.95, 36.69)}
    assert upload(importer, "b.geojson", geojson(square), crs="WGS84").json()["changed"] == 1
    stored = AreaVersion.objects.current().get(code="370199001001001").boundary
    assert shapely.from_wkb(bytes(stored)).equals(shapely.box(*square["370199001001001"]))
    broken = geojson(square).replace(b"36.69", b"NaN")
    response = upload(importer, "b.geojson", broken, crs="WGS84")
    assert response.status_code == 422
    assert "feature 0 ring 0 vertex" in response.json()["errors"][0]["at"]
    assert shape(json.loads(geojson(square))["features"][0]["geometry"]).is_valid
