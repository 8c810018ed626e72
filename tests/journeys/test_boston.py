"""Thirty thousand requests of another city come in as history; its own ON TIME is the answer key for ours."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest

from tests.shared_data import shared
from wangge.areas import services as areas
from wangge.casework.models import Case
from wangge.intake import fields, services
from wangge.kit.text import nfc
from wangge.org import scope
from wangge.org.models import Channel
from wangge.responsibility import services as responsibility

FILE = "requests311/boston_2011_first30k.csv.gz"
MAPPING = {
    "source_ref": "case_enquiry_id",
    "title": "case_title",
    "description": "closure_reason",
    "occurred_at": "open_dt",
    "target_at": "target_dt",
    "closed_at": "closed_dt",
    "category": "type",
    "area": "neighborhood",
    "address": "location",
    "lon": "longitude",
    "lat": "latitude",
}

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def _areas(names: list[str], by: scope.Actor) -> dict[str, str]:
    """A district of neighbourhoods without outlines; the code of each."""
    codes = {name: f"250001{index:03d}" for index, name in enumerate(names, start=1)}
    rows = [
        {
            "level": "0",
            "code": "250001",
            "name": "Boston",
            "kind": "",
            "parent_code": "",
            "households": "",
            "valid_from": "2000-01-01",
        }
    ]
    rows += [
        {
            "level": "1",
            "code": code,
            "name": name,
            "kind": "",
            "parent_code": "250001",
            "households": "",
            "valid_from": "2000-01-01",
        }
        for name, code in codes.items()
    ]
    areas.import_areas(rows=rows, source="Boston open data", by=by)
    return codes


def _categories(types: list[str]) -> dict[str, str]:
    codes = {name: f"B-{index:04d}" for index, name in enumerate(types, start=1)}
    common = {
        "kind": "request",
        "name_en": "",
        "keywords": "",
        "evidence_required": "false",
        "on_the_spot": "false",
        "urgency": "normal",
        "source": "Boston open data",
        "confirmed": "false",
    }
    rows = [{"code": "B", "name": "Boston", "parent_code": "", "leaf": "false", **common}]
    rows += [
        {"code": code, "name": name[:60], "parent_code": "B", "leaf": "true", **common} for name, code in codes.items()
    ]
    responsibility.load_categories(rows)
    return codes


def test_closed_in_time_equals_the_citys_own_answer_on_every_row(db, system, capsys):
    data = shared(FILE).read_bytes()
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(data).decode("utf-8-sig"))))
    hoods = sorted({nfc(r["neighborhood"].strip()) for r in rows} - {""})
    types = sorted({nfc(r["type"].strip()) for r in rows})
    with scope.acting(system):
        Channel.objects.create(code="boston", name="波士顿 311", name_en="Boston 311")
        options = fields.Options(
            history=True,
            crs="WGS84",
            timezone="America/New_York",
            categories=_categories(types),
            areas=_areas(hoods, system),
        )
        seen = services.preview(
            data=data, filename="boston.csv.gz", channel="boston", mapping=MAPPING, options=options, by=system
        )
        assert seen.problems == []
        services.start(import_id=seen.run.id, by=system)
    done = services.run_chunks(import_id=seen.run.id, by=system)
    assert (done.total, done.created, done.failed) == (30_000, 30_000, 0), json.dumps(
        list(done.rows.filter(outcome="failed").values("row", "errors")[:5]), ensure_ascii=False
    )
    expected = {r["case_enquiry_id"]: r["ontime"] for r in rows if r["closed_dt"] and r["target_dt"] and r["ontime"]}
    with scope.acting(system):
        ours = dict(
            Case.objects.filter(channel="boston", history=True, state="closed", due_at__isnull=False).values_list(
                "source_ref", "closed_in_time"
            )
        )
        placed = Case.objects.filter(channel="boston").exclude(area=None).count()
        typed = Case.objects.filter(channel="boston").exclude(category=None).count()
    wrong = [ref for ref, said in expected.items() if ours[ref] is not (said == "ONTIME")]
    with capsys.disabled():
        agreed = len(expected) - len(wrong)
        print(f"\nBoston: {agreed} of {len(expected)} closed rows with a target agree; {placed} placed, {typed} typed")
    assert wrong == []
    assert typed == 30_000
    assert placed == sum(bool(r["neighborhood"].strip()) for r in rows)
