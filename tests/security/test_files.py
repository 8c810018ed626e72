"""Promises 4 to 7 over HTTP: what files bring along stays outside."""

from __future__ import annotations

import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests.security.conftest import API, Send
from wangge.areas.models import AreaVersion
from wangge.casework.models import Attachment, Case
from wangge.casework.tests.conftest import Play
from wangge.casework.tests.test_attachments import photo
from wangge.intake.services import run_chunks
from wangge.kit import tables
from wangge.kit.tests.test_images import png_claiming
from wangge.org import scope
from wangge.org.scope import Actor

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor | None], Client]
FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "＝1+1", '=HYPERLINK("http://x","点我")', "=cmd|' /C calc'!A0"]


def post_file(client: Client, path: str, data: bytes, name: str, **fields: str) -> Any:
    return client.post(f"{API}{path}", {"file": SimpleUploadedFile(name, data), **fields})


# --- 4: formulas ----------------------------------------------------------------------------------------------------


def test_formulas_come_in_through_an_import_and_leave_through_an_export_as_text(
    client_for: ClientFor, people: SimpleNamespace, act: Play
) -> None:
    client = client_for(people.dispatcher)
    titles = [f"{one}号" for one in FORMULAS]
    sheet = io.BytesIO()
    tables.write_xlsx(sheet, ["编号", "标题"], [[str(n), title] for n, title in enumerate(titles)])
    made = post_file(client, "/intake/imports", sheet.getvalue(), "热线.xlsx", channel="hotline12345")
    assert made.status_code == 201, made.content
    run_id = made.json()["id"]
    assert client.post(f"{API}/intake/imports/{run_id}/run").status_code == 202
    run_chunks(import_id=run_id, by=people.dispatcher)

    result = tables.read_table(client.get(f"{API}/intake/imports/{run_id}/result.xlsx").content, "a.xlsx")
    assert [row[1] for row in result.rows] == titles
    exported = client.get(f"{API}/cases/export.xlsx").content
    column = [row[1] for row in tables.read_table(exported, "a.xlsx").rows]
    assert sorted(column) == sorted(title.strip() for title in titles)
    for page in zipfile.ZipFile(io.BytesIO(exported)).namelist():
        assert b"<f>" not in zipfile.ZipFile(io.BytesIO(exported)).read(page)


# --- 5: bombs -------------------------------------------------------------------------------------------------------


def workbook(*cells: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    for cell in cells:
        page.write_string(cell, "标题")
    book.close()
    return out.getvalue()


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


BOMBS: dict[str, Callable[[], tuple[bytes, str]]] = {
    "zip of zeros": lambda: (zipped(xl__worksheets__sheet1=b"0" * (110 << 20)), "a.xlsx"),
    "two cells in opposite corners": lambda: (workbook("A1", "XFD1048576"), "a.xlsx"),
    "a hundred full columns": lambda: (workbook("A1", "CV1048576"), "a.xlsx"),
    "gzip of commas": lambda: (gzip.compress("标题,b\n".encode() + b",\n" * (80 << 20), 1), "a.csv.gz"),
    "gzip of one wide row": lambda: (gzip.compress("标题".encode() + b"," * (150 << 20), 1), "a.csv.gz"),
    "gzip beyond the limit": lambda: (gzip.compress(b"x" * (201 << 20), 1), "a.csv.gz"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_within_five_seconds(
    bomb: Callable[[], tuple[bytes, str]], client_for: ClientFor, people: SimpleNamespace, act: Play
) -> None:
    data, name = bomb()
    assert len(data) < 2 << 20
    client = client_for(people.dispatcher)
    begun = time.process_time()
    answer = post_file(client, "/intake/imports", data, name, channel="hotline12345")
    assert time.process_time() - begun < 5  # of our own work: the machine may be busy with others'
    assert answer.status_code == 422, answer.content[:300]
    assert answer.json()["code"] == "table_unreadable"


def test_a_bomb_among_boundaries_is_refused(client_for: ClientFor, people: SimpleNamespace) -> None:
    data = gzip.compress(b'{"type": "FeatureCollection", "features": [' + b" " * (60 << 20), 1)
    answer = post_file(client_for(people.system_admin), "/areas/import", data, "a.geojson.gz", crs="WGS84")
    assert (answer.status_code, "50 MB" in answer.json()["detail"]) == (422, True)


# --- 6: pictures ----------------------------------------------------------------------------------------------------

NO_PICTURES = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "page": b"<!doctype html><script>alert(1)</script>",
    "gif and script": b"GIF89a/*\x00\x00*/=1;alert(1)",
    "pixel flood": png_claiming(60_000, 60_000),
    "program": b"\x7fELF" + b"\x00" * 60,
    "xml with an entity": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
}


@pytest.mark.parametrize("path", ["/attachments", "/public/attachments"])
@pytest.mark.parametrize("data", NO_PICTURES.values(), ids=NO_PICTURES)
def test_what_only_claims_to_be_a_picture_is_refused(
    path: str, data: bytes, client_for: ClientFor, people: SimpleNamespace, act: Play
) -> None:
    client = client_for(people.dispatcher if path == "/attachments" else None)
    answer = post_file(client, path, data, "现场.jpg")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_picture")


def test_the_place_in_a_residents_photo_and_the_script_behind_it_go_no_further(
    send: Send, client_for: ClientFor, people: SimpleNamespace, act: Play
) -> None:
    sent = photo() + b"<script>alert(1)</script>"
    made = post_file(client_for(None), "/public/attachments", sent, "../../现场<b>.html")
    assert made.status_code == 201, made.content
    with scope.applied(scope.EVERYTHING):
        row = Attachment.objects.get(pk=made.json()["id"])
    report = {"title": "楼道堆物", "attachments": [str(row.pk)]}
    assert send(None, "POST", "/public/reports", report).status_code == 201
    client = client_for(people.dispatcher)
    for variant in ("picture", "thumbnail"):
        answer = client.get(f"{API}/attachments/{row.pk}/{variant}")
        assert answer.status_code == 200
        assert not Image.open(io.BytesIO(answer.content)).getexif()
        assert b"script" not in answer.content
        assert b"PhoneMaker" not in answer.content
        assert "/" not in answer["Content-Disposition"]
        assert "<" not in answer["Content-Disposition"]


@pytest.mark.parametrize("variant", ["picture", "thumbnail", "sealed"])
def test_a_download_says_what_it_is_and_may_run_nothing(
    variant: str, client_for: ClientFor, people: SimpleNamespace, act: Play
) -> None:
    client = client_for(people.dispatcher)
    made = post_file(client, "/attachments", photo(), 'a".html').json()["id"]
    act.submit(attachment_ids=(made,))
    answer = client.get(f"{API}/attachments/{made}/{variant}?purpose=核实现场")
    assert answer["X-Content-Type-Options"] == "nosniff"
    if answer.status_code == 200:
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Content-Type"] in {"image/jpeg", "application/octet-stream"}
        kind = answer["Content-Disposition"].partition(";")[0]
        assert kind == ("attachment" if variant == "sealed" else "inline")
        assert '"' not in answer["Content-Disposition"].partition("''")[2]


@pytest.mark.parametrize("variant", ["../picture", "..%2f..%2fsecret", "picture%00", "original", "PICTURE", ""])
def test_no_path_leads_from_an_attachment_to_another_file(
    variant: str, client_for: ClientFor, people: SimpleNamespace, act: Play
) -> None:
    client = client_for(people.dispatcher)
    made = post_file(client, "/attachments", photo(), "a.jpg").json()["id"]
    assert client.get(f"{API}/attachments/{made}/{variant}").status_code in {404, 422}


# --- 7: boundaries --------------------------------------------------------------------------------------------------

SQUARE = [[116.91, 36.61], [116.94, 36.61], [116.94, 36.64], [116.91, 36.64], [116.91, 36.61]]


def feature(ring: list[Any], code: str = "370199001001001") -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code, "level": 4}, "geometry": geometry}


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "crs": "WGS84", "features": features}).encode()


BOUNDARIES = {
    "NaN": (collection(feature([*SQUARE[:2], [float("nan"), 36.64], *SQUARE[3:]])), "feature 0 ring 0 vertex 2"),
    "1e999": (
        collection(feature(SQUARE)).replace(b"[116.94, 36.64]", b"[1e999, 36.64]"), "feature 0 ring 0 vertex 2"
    ),
    "crosses itself": (
        collection(feature([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]])), "feature 0 ring 0 vertex"
    ),
    "swapped axes": (collection(feature([[y, x] for x, y in SQUARE])), "feature 0 ring 0 vertex 0"),
    "not closed": (collection(feature([*SQUARE[:4], [116.92, 36.62]])), "feature 0 ring 0 vertex 4"),
    "text for a number": (collection(feature([["x", 1], *SQUARE[1:]])), "feature 0 ring 0 vertex 0"),
    "second feature": (collection(feature(SQUARE), feature([])), "feature 1 ring 0"),
    "deep": (b'{"type": "FeatureCollection", "features": ' + b"[" * 100_000, "document"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "at"), BOUNDARIES.values(), ids=BOUNDARIES)
def test_a_bad_boundary_is_named_by_ring_and_vertex_and_changes_nothing(
    data: bytes, at: str, client_for: ClientFor, people: SimpleNamespace
) -> None:
    before = AreaVersion.objects.count()
    answer = post_file(client_for(people.system_admin), "/areas/import", data, "a.geojson", crs="")
    assert answer.status_code == 422, answer.content[:300]
    assert answer.json()["errors"][0]["at"].startswith(at)
    assert AreaVersion.objects.count() == before


def test_undeclared_coordinates_are_never_guessed(client_for: ClientFor, people: SimpleNamespace) -> None:
    """Half a kilometre east, as Chinese web maps are, and nothing said about it."""
    shifted = collection(feature([[x + 0.0061 + 0.03, y] for x, y in SQUARE])).replace(b'"crs": "WGS84", ', b"")
    answer = post_file(client_for(people.system_admin), "/areas/import", shifted, "a.geojson")
    assert answer.status_code == 422
    assert not Case.objects.exists()


def test_a_send_of_a_case_with_coordinates_beyond_the_earth_is_refused(
    send: Send, people: SimpleNamespace, act: Play
) -> None:
    for lon, lat in ((181, 0), (0, 91), (-181, 0), (117, None), (1e300, 1)):
        for path in ("/cases", "/public/reports"):
            body = {"title": "垃圾没清", "lon": lon, "lat": lat}
            assert send(people.dispatcher, "POST", path, body).status_code == 422, (path, lon, lat)
