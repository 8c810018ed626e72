"""The shipped calendars, as files and as loaded; units on calendars of their own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.calendars.models import Calendar
from wangge.district import calendar_files, load
from wangge.org.models import Unit

HEAD = """name: tiny
extends: base
district: {code: "370199", name: 试点区}
center: [117.0, 36.6]
serving_units:
  grid: {suffix: wg, kind: grid_team, name: "{area}队伍", short_name: "{area}", calendar: patrol}
"""
AREAS = """level,code,name,kind,parent_code,households,valid_from
0,370199,试点区,district,,,2021-01-01
1,370199001,东街道,subdistrict,370199,,2021-01-01
2,370199001001,甲社区,community,370199001,,2021-01-01
3,370199001001001,甲社区第1网格,terminal,370199001001,120,2021-01-01
"""
UNITS = "code,name,short_name,kind,parent_code,calendar\n370199-zf,值守,值守,department,370199-qz,night\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "tiny"
    path.mkdir()
    for name, text in (("profile.yaml", HEAD), ("areas.csv", AREAS), ("units.csv", UNITS)):
        (path / name).write_text(text, encoding="utf-8")
    return path


@pytest.mark.django_db
def test_files_and_database_give_the_same_calendars_and_units_their_own(folder: Path) -> None:
    load.load(folder)
    assert Unit.objects.get(code="370199-zf").calendar == "night"
    assert Unit.objects.get(code="370199001001001-wg").calendar == "patrol"
    assert Unit.objects.get(code="370199001-js").calendar == "office"
    assert calendar_files.codes(str(folder)) == ["night", "office", "patrol", "window"]
    assert set(Calendar.objects.filter(confirmed=False).values_list("code", flat=True)) == {"night", "patrol", "window"}
    start = dt.datetime(2026, 2, 13, 16, 30, tzinfo=dt.UTC)
    for code in calendar_files.codes(str(folder)):
        kept, shipped = calendars.load(code), calendar_files.calendar(str(folder), code)
        assert (kept.duty, dict(kept.week), kept.years) == (shipped.duty, dict(shipped.week), shipped.years)
        assert (dict(kept.exceptions), kept.names) == (dict(shipped.exceptions), shipped.names)
        for unit in arithmetic.Unit:
            limit = arithmetic.Limit(Decimal(9), unit.value)
            assert arithmetic.due(start, limit, kept).at == arithmetic.due(start, limit, shipped).at
