"""`wangge areas design`, from files to files."""

from __future__ import annotations

import csv
import json
import signal
from pathlib import Path

import pytest

from wangge.areas.design import Site
from wangge.areas.tests.design import files, towns
from wangge.config import cli, design_verbs


@pytest.fixture(scope="module")
def town() -> Site:
    return towns.make(towns.Town(communities=3), 4)


@pytest.fixture
def given(town: Site, tmp_path: Path) -> list[str]:
    buildings, edges = files.rows(town)
    one = files.write(tmp_path / "buildings.csv", files.BUILDINGS, buildings)
    two = files.write(tmp_path / "edges.csv", files.EDGES, edges)
    return ["--buildings", str(one), "--edges", str(two), "--effort", "0.1"]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["areas", "design", *arguments])
    return int(ended.value.code or 0)


def plan(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8") as stream:
        return {row["id"]: row["grid"] for row in csv.DictReader(stream)}


def test_writes_a_plan_outlines_and_a_report(given: list[str], town: Site, tmp_path: Path) -> None:
    assert run(*given, "--out", str(tmp_path / "plan.csv")) == 0
    grids = plan(tmp_path / "plan.csv")
    assert list(grids) == list(town.ids)
    drawn = json.loads((tmp_path / "plan.geojson").read_text(encoding="utf-8"))
    assert {f["properties"]["grid"] for f in drawn["features"]} == set(grids.values())
    report = json.loads((tmp_path / "plan.report.json").read_text(encoding="utf-8"))
    assert report["figures"]["contiguous"] == report["figures"]["grids"] == len(set(grids.values()))
    assert not report["interrupted"]


def test_parquet_gives_back_numbers_for_numbers(given: list[str], town: Site, tmp_path: Path) -> None:
    from pyarrow import parquet

    assert run(*given, "--out", str(tmp_path / "plan.parquet")) == 0
    table = parquet.read_table(tmp_path / "plan.parquet")
    assert table["id"].to_pylist() == [int(name) for name in town.ids]
    assert str(table.schema.field("grid").type) == "int64"
    parquet.write_table(table, tmp_path / "again.parquet")
    assert run(*given, "--from", str(tmp_path / "again.parquet"), "--out", str(tmp_path / "next.parquet")) == 0


def test_the_same_seed_gives_the_same_file(given: list[str], tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        assert run(*given, "--seed", "5", "--out", str(tmp_path / name)) == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_goes_on_from_a_plan_and_keeps_names_and_locks(given: list[str], tmp_path: Path) -> None:
    assert run(*given, "--out", str(tmp_path / "plan.csv")) == 0
    before = plan(tmp_path / "plan.csv")
    again = ["--from", str(tmp_path / "plan.csv"), "--lock", "0", "2", "--out", str(tmp_path / "next.csv")]
    assert run(*given, *again, "--seed", "8") == 0
    after = plan(tmp_path / "next.csv")
    for locked in ("0", "2"):
        assert {b for b, g in before.items() if g == locked} == {b for b, g in after.items() if g == locked}
    report = json.loads((tmp_path / "next.report.json").read_text(encoding="utf-8"))
    assert report["figures"]["moved"] == 0


def test_a_lock_on_a_grid_that_is_not_there_is_named(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*given, "--out", str(tmp_path / "plan.csv")) == 0
    again = ["--from", str(tmp_path / "plan.csv"), "--lock", "no-such", "--out", str(tmp_path / "next.csv")]
    assert run(*given, *again) == design_verbs.WRONG
    assert "no-such" in capsys.readouterr().err


def test_large_buildings_are_split_by_entrance(given: list[str], town: Site, tmp_path: Path) -> None:
    assert run(*given, "--entrances", "60", "--band", "84", "139", "--out", str(tmp_path / "plan.csv")) == 0
    with (tmp_path / "plan.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == sum(max(-(-int(h) // 60), 1) for h in town.households)
    assert {row["id"] for row in rows} == set(town.ids)


def test_courtyards_lie_within_their_grid(given: list[str], tmp_path: Path) -> None:
    assert run(*given, "--courtyards", "60", "140", "--out", str(tmp_path / "plan.csv")) == 0
    with (tmp_path / "plan.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len({(row["grid"], row["courtyard"]) for row in rows}) == len({row["courtyard"] for row in rows})


def test_without_edges_neighbours_are_derived(given: list[str], tmp_path: Path) -> None:
    bare = [*given[:2], "--effort", "0.1", "--out", str(tmp_path / "plan.csv")]
    assert run(*bare) == 0
    report = json.loads((tmp_path / "plan.report.json").read_text(encoding="utf-8"))
    assert report["figures"]["contiguous"] == report["figures"]["grids"]
    assert any("hull" in remark["en"] for remark in report["remarks"])


def test_interrupted_it_writes_the_best_so_far(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupts = iter([signal.SIGINT])

    def once(_progress: object) -> None:
        for one in interrupts:
            signal.raise_signal(one)

    monkeypatch.setattr(design_verbs, "_bar", once)
    before = signal.getsignal(signal.SIGINT)
    assert run(*given, "--out", str(tmp_path / "plan.csv")) == 0
    assert signal.getsignal(signal.SIGINT) == before
    report = json.loads((tmp_path / "plan.report.json").read_text(encoding="utf-8"))
    assert report["interrupted"]
    assert report["figures"]["contiguous"] == report["figures"]["grids"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--band", "500", "300"], "--band"),
        (["--grids", "0"], "--grids"),
        (["--lock", "1"], "--lock"),
        (["--effort", "-1"], "--effort"),
    ],
)
def test_options_that_cannot_be_are_named(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    assert run(*given, *arguments, "--out", str(tmp_path / "plan.csv")) == design_verbs.WRONG
    assert word in capsys.readouterr().err
    assert not (tmp_path / "plan.csv").exists()


def test_no_input_is_written_over_and_the_place_is_tried_first(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outlines = files.collection(tmp_path / "town.geojson", [])
    before = outlines.read_bytes()
    assert run(*given, "--barriers", str(outlines), "--out", str(tmp_path / "town.csv")) == design_verbs.WRONG
    assert run(*given, "--out", str(tmp_path / "buildings.csv")) == design_verbs.WRONG
    assert outlines.read_bytes() == before
    assert run(*given, "--out", str(tmp_path / "nowhere" / "plan.csv")) == design_verbs.WRONG
    (tmp_path / "plan.report.json").mkdir()
    assert run(*given, "--out", str(tmp_path / "plan.csv")) == design_verbs.WRONG
    assert not (tmp_path / "plan.csv").exists()
    said = capsys.readouterr().err
    assert "town.geojson" in said
    assert "nowhere" in said


def test_a_number_of_grids_that_cannot_be_is_remarked(given: list[str], tmp_path: Path) -> None:
    assert run(*given, "--grids", "1", "--out", str(tmp_path / "plan.csv")) == 0
    report = json.loads((tmp_path / "plan.report.json").read_text(encoding="utf-8"))
    assert report["figures"]["grids"] == 3
    assert any("1 grids asked for, 3 made" in remark["en"] for remark in report["remarks"])
