"""Every kind of bad file: refused by row and id, or given a documented meaning."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wangge.areas.design import Rules, divide, measure
from wangge.areas.design_files import entrances, reading, tables
from wangge.areas.tests.design import files

Rows = list[list[Any]]
#        a row of five buildings, 100 m apart
BUILDINGS: Rows = [[f"b{i}", 1, 0, "slab", 100.0 * i, 0.0, 100, 900.0, 120.0] for i in range(5)]
EDGES: Rows = [[f"b{i}", f"b{i + 1}", 30.0, 0] for i in range(4)]
QUICK = Rules(effort=0.05)


def load(folder: Path, buildings: Rows = BUILDINGS, edges: Rows | None = EDGES, **more: Path) -> reading.Loaded:
    one = files.write(folder / "buildings.csv", files.BUILDINGS, buildings)
    two = None if edges is None else files.write(folder / "edges.csv", files.EDGES, edges)
    return reading.read_site(reading.Files(one, two, **more))


def changed(row: int, column: str, value: Any) -> Rows:
    out = [list(r) for r in BUILDINGS]
    out[row][files.BUILDINGS.index(column)] = value
    return out


def square(west: float, east: float) -> dict[str, Any]:
    ring = [[west, 36.0], [east, 36.0], [east, 36.1], [west, 36.1], [west, 36.0]]
    return {"type": "Polygon", "coordinates": [ring]}


def by_degrees(folder: Path, places: list[tuple[float, float]]) -> Path:
    body = [[f"b{i}", lon, lat, 100] for i, (lon, lat) in enumerate(places)]
    return files.write(folder / "degrees.csv", ["id", "lon", "lat", "hh"], body)


@pytest.mark.parametrize(
    ("buildings", "named"),
    [
        (changed(2, "hh", -3), ["row 4", "b2", "-3"]),
        (changed(2, "hh", "NaN"), ["row 4", "b2"]),
        (changed(2, "hh", "many"), ["row 4", "b2", "many"]),
        (changed(2, "hh", 1.5), ["row 4", "b2", "1.5"]),
        (changed(2, "id", "b0"), ["row 4", "b0", "row 2"]),
        (changed(2, "id", ""), ["row 4", "id"]),
        (changed(2, "hh", "1e300"), ["row 4", "b2"]),
        (changed(2, "x", "inf"), ["row 4"]),
        (changed(2, "area", 0), ["row 4", "b2", "area"]),
        ([], ["buildings.csv"]),
    ],
)
def test_a_building_that_cannot_be_is_named(tmp_path: Path, buildings: Rows, named: list[str]) -> None:
    with pytest.raises(tables.BadFile) as refusal:
        load(tmp_path, buildings)
    said = str(refusal.value.errors)
    assert all(word in said for word in named), said
    assert all(error["zh"] and error["en"] for error in refusal.value.errors)


@pytest.mark.parametrize(
    ("edge", "word"),
    [
        (["b0", "b9", 30, 0], "b9"),
        (["b0", "b0", 30, 0], "itself"),
        (["b0", "b1", -1, 0], "-1"),
        (["b0", "b1", 30, "perhaps"], "perhaps"),
    ],
)
def test_a_border_that_cannot_be_is_named(tmp_path: Path, edge: list[Any], word: str) -> None:
    with pytest.raises(tables.BadFile) as refusal:
        load(tmp_path, edges=[*EDGES, edge])
    assert "row 6" in str(refusal.value.errors)
    assert word in str(refusal.value.errors)


def test_a_border_given_twice_counts_once(tmp_path: Path) -> None:
    assert len(load(tmp_path, edges=[*EDGES, ["b1", "b0", 30, 0]]).site.edges) == 4


def test_no_households_are_allowed(tmp_path: Path) -> None:
    assert load(tmp_path, changed(2, "hh", 0)).site.households[2] == 0


def test_degrees_given_as_metres_are_refused(tmp_path: Path) -> None:
    buildings = [[*row[:4], 116.9 + i / 1000, 36.6, *row[6:]] for i, row in enumerate(BUILDINGS)]
    with pytest.raises(tables.BadFile, match="文件有误") as refusal:
        load(tmp_path, buildings)
    assert "lon lat" in str(refusal.value.errors)


def test_metres_given_as_degrees_are_refused(tmp_path: Path) -> None:
    table = by_degrees(tmp_path, [(500_000.0, 4_000_000.0)])
    with pytest.raises(tables.BadFile) as refusal:
        reading.read_site(reading.Files(table))
    assert "row 2" in str(refusal.value.errors)


def test_a_building_outside_every_community_or_in_two_is_named(tmp_path: Path) -> None:
    outlines = files.collection(
        tmp_path / "c.geojson", [({"comm": "east"}, square(117.0, 117.1)), ({"comm": "west"}, square(116.9, 117.01))]
    )
    table = by_degrees(tmp_path, [(117.05, 36.05), (118.0, 36.05), (117.005, 36.05)])
    with pytest.raises(tables.BadFile) as refusal:
        reading.read_site(reading.Files(table, communities=outlines))
    outside, twice = refusal.value.errors
    assert "b1" in outside["en"]
    assert "b2" in twice["en"]
    assert "east" in twice["en"]


def test_outlines_that_cannot_be_laid_over_the_buildings_are_left_aside_where_they_are_not_needed(
    tmp_path: Path,
) -> None:
    far = [[*row[:4], row[4] + 50_000, *row[5:]] for row in BUILDINGS]
    outlines = files.collection(tmp_path / "c.geojson", [({"comm": 1}, square(117.0, 117.1))])
    loaded = load(tmp_path, far, communities=outlines)
    assert any("--crs" in en for _, en in loaded.remarks)
    with pytest.raises(tables.BadFile):
        load(tmp_path, far, None, communities=outlines)


def test_a_building_far_from_the_community_it_names_is_refused(tmp_path: Path) -> None:
    outlines = files.collection(
        tmp_path / "c.geojson", [({"comm": 1}, square(117.0, 117.1)), ({"comm": 2}, square(117.1, 117.2))]
    )
    many = [[f"b{i}", 1, 0, "slab", -100.0 * i - 200, 0.0, 100, 900.0, 120.0] for i in range(40)]
    edges = [[f"b{i}", f"b{i + 1}", 30.0, 0] for i in range(39)]
    assert not load(tmp_path, many, edges, communities=outlines).remarks
    elsewhere = [*many[:39], ["b39", 1, 0, "slab", 2000.0, 0.0, 100, 900.0, 120.0]]
    assert any("b39" in en for _, en in load(tmp_path, elsewhere, edges, communities=outlines).remarks)
    lost = [*many[:39], ["b39", 1, 0, "slab", 90_000.0, 0.0, 100, 900.0, 120.0]]
    with pytest.raises(tables.BadFile) as refusal:
        load(tmp_path, lost, edges, communities=outlines)
    assert "b39" in str(refusal.value.errors)


def test_where_many_lie_off_a_guessed_place_the_guess_is_remarked(tmp_path: Path) -> None:
    outlines = files.collection(tmp_path / "c.geojson", [({"comm": 1}, square(117.0, 117.1))])
    many = [[f"b{i}", 1, 0, "slab", 30.0 * i, 0.0, 100, 900.0, 120.0] for i in range(100)]
    many = [[*row[:5], 9_000.0, *row[6:]] if i < 4 else row for i, row in enumerate(many)]
    edges = [[f"b{i}", f"b{i + 1}", 30.0, 0] for i in range(99)]
    assert any("--crs" in en for _, en in load(tmp_path, many, edges, communities=outlines).remarks)


def test_a_broken_outline_is_named(tmp_path: Path) -> None:
    bow = {"type": "Polygon", "coordinates": [[[117, 36], [117.1, 36.1], [117.1, 36], [117, 36.1], [117, 36]]]}
    outlines = files.collection(tmp_path / "c.geojson", [({"comm": "bow"}, bow)])
    with pytest.raises(tables.BadFile) as refusal:
        reading.read_site(reading.Files(by_degrees(tmp_path, [(117.05, 36.02)]), communities=outlines))
    assert "feature 1" in str(refusal.value.errors)
    assert "117.05" in str(refusal.value.errors)  # the vertex where it crosses itself


def test_buildings_without_neighbours_are_grids_of_their_own(tmp_path: Path) -> None:
    loaded = load(tmp_path, edges=EDGES[:3])
    assert any("b4" in en for _, en in loaded.remarks)
    grid = divide(loaded.site, QUICK).grid
    assert (grid == grid[4]).sum() == 1


def test_pieces_of_a_disconnected_community_are_divided_apart(tmp_path: Path) -> None:
    loaded = load(tmp_path, edges=[EDGES[0], EDGES[2], EDGES[3]])
    division = divide(loaded.site, QUICK)
    assert any("2 separate pieces" in en for _, en in loaded.remarks)
    assert division.grid[1] != division.grid[2]
    assert measure(loaded.site, division.grid, QUICK).contiguous == 2


def test_a_community_smaller_than_the_band_is_one_grid_and_named(tmp_path: Path) -> None:
    loaded = load(tmp_path, BUILDINGS[:2], EDGES[:1])
    division = divide(loaded.site, QUICK)
    assert division.grid.tolist() == [0, 0]
    assert "200" in division.infeasible[0].en


def test_a_building_larger_than_the_band_is_named(tmp_path: Path) -> None:
    loaded = load(tmp_path, changed(1, "hh", 700))
    reasons = divide(loaded.site, QUICK).infeasible
    assert "b1 (700)" in reasons[0].en


def test_households_between_two_numbers_of_grids_are_named(tmp_path: Path) -> None:
    loaded = load(tmp_path, changed(1, "hh", 150))
    division = divide(replace(loaded.site), QUICK)
    assert "550" in division.infeasible[0].zh


def test_barriers_that_cut_a_community_to_dust_leave_it_connected(tmp_path: Path) -> None:
    many = [[f"b{i}", 1, 0, "slab", 100.0 * i, 0.0, 100, 900.0, 120.0] for i in range(12)]
    loaded = load(tmp_path, many, [[f"b{i}", f"b{i + 1}", 30.0, 1] for i in range(11)])
    assert any("12 parts" in en for _, en in loaded.remarks)
    figures = measure(loaded.site, divide(loaded.site, QUICK).grid, QUICK)
    assert figures.contiguous == figures.grids == figures.in_band == figures.straddling == 3


def test_a_missing_column_and_an_unknown_kind_of_file_are_named(tmp_path: Path) -> None:
    table = files.write(tmp_path / "few.csv", ["id", "x", "y"], [["b0", 0, 0]])
    with pytest.raises(tables.BadFile) as refusal:
        reading.read_site(reading.Files(table))
    assert "hh" in str(refusal.value.errors)
    with pytest.raises(tables.BadFile):
        tables.read(tmp_path / "buildings.xls")
    with pytest.raises(tables.BadFile):
        tables.read(tmp_path / "absent.csv")
    (tmp_path / "no.parquet").write_bytes(b"nothing of the kind")
    with pytest.raises(tables.BadFile):
        tables.read(tmp_path / "no.parquet")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.csv.gz", gzip.compress(b"id,x,y,hh\nb0,0,0,1\n" * 9)[:-12]),
        ("no.csv.gz", b"\x1f\x8bnothing"),
        ("twice.csv", b"id,id,x,y,hh\nb0,b1,0,0,1\n"),
        ("deep.geojson", b"[" * 100_000),
        ("list.geojson", b"[1, 2]"),
        ("odd.geojson", b'{"features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": [1]}]}'),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(tables.BadFile) as refusal:
        tables.read(tmp_path / name)
    assert name in str(refusal.value.errors)


def test_a_line_break_within_quotes_belongs_to_the_value(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text('id,name,x,y,hh\nb0,"one\ntwo",0,0,100\n', encoding="utf-8")
    assert reading.read_site(reading.Files(tmp_path / "q.csv")).site.ids == ("b0",)


def test_outlines_must_be_areas_and_there_must_be_one(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [117.05, 36.05]}
    for number, features in enumerate([[], [({"comm": 1}, point)]]):
        outlines = files.collection(tmp_path / f"c{number}.geojson", features)
        with pytest.raises(tables.BadFile) as refusal:
            load(tmp_path, communities=outlines)
        assert f"c{number}.geojson" in str(refusal.value.errors)


def test_barriers_without_a_shape_are_passed_over_and_buildings_without_a_place_refused(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[117.05, 35.0], [117.05, 37.0]]}
    features = [({}, {"type": "LineString", "coordinates": []}), ({}, None), ({}, line)]
    given = files.collection(tmp_path / "lines.geojson", features)  # type: ignore[arg-type]
    table = by_degrees(tmp_path, [(117.04, 36.05), (117.06, 36.05)])
    loaded = reading.read_site(reading.Files(table, barriers=given))
    assert loaded.site.barrier.tolist() == [True]
    placeless = files.collection(tmp_path / "placeless.geojson", [({"id": "b0", "hh": 1}, None)])  # type: ignore[list-item]
    with pytest.raises(tables.BadFile) as refusal:
        reading.read_site(reading.Files(placeless))
    assert "row 1" in str(refusal.value.errors)


def test_a_community_of_two_outlines_is_one(tmp_path: Path) -> None:
    outlines = files.collection(
        tmp_path / "c.geojson", [({"comm": "a"}, square(117.0, 117.1)), ({"comm": "a"}, square(117.2, 117.3))]
    )
    table = by_degrees(tmp_path, [(117.05, 36.05), (117.25, 36.05)])
    assert reading.read_site(reading.Files(table, communities=outlines)).communities == ["a"]


def test_axes_the_other_way_round_and_degrees_as_a_system_are_refused(tmp_path: Path) -> None:
    buildings = [[*row[:4], 36.6, 116.9 + i / 1000, *row[6:]] for i, row in enumerate(BUILDINGS)]
    with pytest.raises(tables.BadFile):
        load(tmp_path, buildings)
    with pytest.raises(tables.BadFile) as refusal:
        reading.read_site(reading.Files(files.write(tmp_path / "m.csv", files.BUILDINGS, BUILDINGS), crs="EPSG:4326"))
    assert "--crs" in str(refusal.value.errors)


def test_an_earlier_plan_that_names_a_building_twice_is_refused(tmp_path: Path) -> None:
    plan = files.write(tmp_path / "plan.csv", ["id", "grid"], [["b0", "1"], ["b0", "2"]])
    with pytest.raises(tables.BadFile) as refusal:
        reading.start_of(plan, ("b0",), ["b0"], [])
    assert "b0" in str(refusal.value.errors)


def test_an_earlier_plan_of_another_place_is_refused(tmp_path: Path) -> None:
    plan = files.write(tmp_path / "plan.csv", ["id", "grid"], [["elsewhere", "1"]])
    with pytest.raises(tables.BadFile):
        reading.start_of(plan, ("b0",), ["b0"], [])


def test_entrances_of_unknown_buildings_are_named(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    table = files.write(tmp_path / "e.csv", ["id", "entrance", "hh"], [["b0", 1, 40], ["b0", 2, 60], ["b8", 1, 5]])
    with pytest.raises(tables.BadFile) as refusal:
        entrances.from_file(loaded.site, table)
    assert "b8" in str(refusal.value.errors)


def test_entrances_take_the_place_of_their_building(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    table = files.write(tmp_path / "e.csv", ["id", "entrance", "hh"], [["b1", 1, 40], ["b1", 2, 70]])
    site = entrances.from_file(loaded.site, table)
    assert len(site) == 6
    assert site.households.tolist() == [100, 40, 70, 100, 100, 100]
    assert np.isclose(site.area.sum(), loaded.site.area.sum())
    whole = np.zeros(6, np.int64)
    assert np.isclose(
        measure(site, whole, QUICK).polsby_popper, measure(loaded.site, np.zeros(5, np.int64), QUICK).polsby_popper
    )


def test_an_earlier_plan_with_more_and_fewer_buildings_goes_on_and_says_so(tmp_path: Path) -> None:
    plan = files.write(tmp_path / "plan.csv", ["id", "grid"], [["b0", "7"], ["b1", "9"], ["gone", "9"]])
    remarks: list[tuple[str, str]] = []
    start, names = reading.start_of(plan, ("b0", "b1-1", "b1-2", "b2"), ["b0", "b1", "b1", "b2"], remarks)
    assert (start.tolist(), names) == ([0, 1, 1, -1], ["7", "9"])
    assert [en[:1] for _, en in remarks] == ["1", "1"]
