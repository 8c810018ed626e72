"""`wangge clocks due`: only the due time on standard output, all the rest on standard error, 2 for bad input."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wangge.calendars import selectors
from wangge.calendars.tests.test_services import load
from wangge.config import cli

GIVEN = ["--limit", "4 working_hours", "--start", "2026-02-13T16:30"]
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_PROFILE", "base")


def due(capsys: Said, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["clocks", "due", *arguments])
    said = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out, said.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (GIVEN, "2026-02-14T13:30:00+08:00"),
        (["--calendar", "office", "--limit", "4工作时", "--start", "2026-02-13T08:30Z"], "2026-02-14T13:30:00+08:00"),
        ([*GIVEN, "--pause", "2026-02-14T09:00..2026-02-14T10:00"], "2026-02-14T14:30:00+08:00"),
        ([*GIVEN, "--pause", "2026-02-13T16:00..2026-02-13T16:45"], "2026-02-14T13:45:00+08:00"),
        ([*GIVEN, "--pause", ""], "2026-02-14T13:30:00+08:00"),
        ([*GIVEN, "--calendar", "night"], "2026-02-14T00:00:00+08:00"),
        ([*GIVEN, "--calendar", "patrol"], "2026-02-13T20:30:00+08:00"),
        ([*GIVEN, "--calendar", "window"], "2026-02-14T11:30:00+08:00"),
        ([*GIVEN, "--profile", "shizhong"], "2026-02-14T13:30:00+08:00"),
    ],
)
def test_only_the_due_time_is_printed(arguments: list[str], expected: str, capsys: Said) -> None:
    assert due(capsys, *arguments) == (0, f"{expected}\n", "")


def test_a_caution_goes_to_standard_error(capsys: Said) -> None:
    code, out, err = due(capsys, "--limit", "5 working_days", "--start", "2026-12-31T16:30")
    assert (code, out) == (0, "2027-01-05T17:00:00+08:00\n")
    assert "2027年放假安排尚未公布" in err
    assert "not published" in err


def test_the_account_is_printed_when_asked_for(capsys: Said) -> None:
    _, out, _ = due(capsys, *GIVEN, "--explain")
    assert out.splitlines()[1] == "2026-02-13 星期五 工作日：计30分钟（16:30–17:00）"
    assert "240 minutes, that is 4 working hours" in out


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--start", "2026-02-13T16:30"], "--limit"),
        (["--limit", "4 working_hours"], "--start"),
        ([*GIVEN, "--limit", "0 working_hours"], "limit"),
        ([*GIVEN, "--limit", "10 years"], "limit"),
        ([*GIVEN, "--limit", "2500 working_days"], "limit"),
        ([*GIVEN, "--start", "13.2.2026"], "start"),
        ([*GIVEN, "--calendar", "moon"], "calendar"),
        ([*GIVEN, "--calendar", "../profile"], "calendar"),
        ([*GIVEN, "--pause", "2026-02-13T17:00..2026-02-13T16:45"], "pause.1"),
        (["--batch", "/nowhere.csv"], "--batch"),
    ],
)
def test_bad_input_names_the_field_and_gives_two(arguments: list[str], field: str, capsys: Said) -> None:
    code, out, err = due(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"{field}: ")
    assert " · " in err


def test_an_unknown_profile_is_refused(capsys: Said) -> None:
    assert due(capsys, *GIVEN, "--profile", "nowhere")[0] == 2


def test_a_broken_calendar_file_is_named(tmp_path: Path, capsys: Said) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "profile.yaml").write_text("name: tiny\nextends: base\n", encoding="utf-8")
    file = tmp_path / "calendars" / "office.yaml"
    for text, place in (
        ('duty: [["9am", "12:00"]]\n', "duty.0"),
        ("years: 3\n", "calendars/office.yaml"),
        ("[", "office.yaml"),
    ):
        file.write_text(text, encoding="utf-8")
        code, _, err = due(capsys, *GIVEN, "--profile", str(tmp_path))
        assert code == 2
        assert place in err.splitlines()[0]


ROWS = """case,calendar,limit,start,pauses
1,office,4 working_hours,2026-02-13T16:30,
2,night,4 工作时,2026-02-13T16:30,2026-02-13T21:00..2026-02-13T21:30;2026-02-13T22:00..2026-02-13T22:30
3,moon,4 工作时,2026-02-13T16:30,
4,office,0 工作时,2026-02-13T16:30,
5,office,4 工作时,2026-02-13,
6,office,4 工作时,2026-02-13T16:30,2026-02-14T10:00..2026-02-14T09:00

7,window,5 工作日,2026-12-31T16:30
"""
DUES = ["2026-02-14T13:30:00+08:00", "2026-02-14T01:00:00+08:00", "", "", "", "", "2027-01-05T17:30:00+08:00"]


def test_rows_of_a_file_are_answered_and_bad_ones_named(tmp_path: Path, capsys: Said) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("\ufeff" + ROWS, encoding="utf-8")
    code, out, err = due(capsys, "--batch", str(file))
    found = list(csv.DictReader(io.StringIO(out)))
    assert [row["due"] for row in found] == DUES
    assert [row["case"] for row in found] == list("1234567")
    places = [" ".join(line.split(":")[0].split()[-2:]) for line in err.splitlines()[:-1]]
    assert (code, places) == (2, ["4 calendar", "5 limit", "6 start", "7 pauses.1"])


def test_a_caution_column_is_added_only_when_asked_for(tmp_path: Path, capsys: Said) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("calendar,limit,start\noffice,5工作日,2026-12-31T16:30\n", encoding="utf-8")
    assert due(capsys, "--batch", str(file))[1].splitlines()[0].endswith(",due")
    header, row = due(capsys, "--batch", str(file), "--caution")[1].splitlines()
    assert header.endswith(",due,caution")
    assert "2027年放假安排尚未公布" in row


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "calendar"),
        (b"calendar,limit\noffice,1\n", "start"),
        (b"calendar,limit,start,due\n", "due"),
        (b"calendar,limit,start," + b"x" * 200_000 + b"\n", "row"),
        (b"calendar,limit,start\0\n", "start"),
        ("calendar,limit,start\noffice,4 工作时,x\n".encode("gb18030"), "--batch"),
    ],
)
def test_a_file_that_is_no_such_sheet_is_refused(content: bytes, field: str, tmp_path: Path, capsys: Said) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(content)
    code, _, err = due(capsys, "--batch", str(file))
    assert (code, err.split(":")[0]) == (2, field)


def test_it_runs_as_a_program_without_django_or_a_database_and_reads_standard_input() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "wangge.config.cli", "clocks", "due", "--batch", "-"]
    environment = {"PATH": os.environ["PATH"], "LANG": "C", "WANGGE_PROFILE": "base"}
    done = subprocess.run(command, input=ROWS.encode(), capture_output=True, env=environment, check=False)
    assert done.returncode == 2
    assert [line.rsplit(",", 1)[1] for line in done.stdout.decode().splitlines()[1:]] == DUES
    imported = {line.rsplit("|", 1)[1].strip() for line in done.stderr.decode().splitlines() if "|" in line}
    assert not imported & {"django", "pydantic", "ninja"}


@pytest.mark.django_db
def test_the_calendars_of_the_database_are_used_when_asked_for(capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    from wangge.config import bootstrap

    monkeypatch.setattr(bootstrap, "django", lambda: None)
    load(duty=[["10:00", "11:00"]])
    selectors.forget()
    assert due(capsys, *GIVEN, "--database")[1] == "2026-02-26T11:00:00+08:00\n"
    assert due(capsys, *GIVEN, "--database", "--calendar", "moon")[0] == 2
