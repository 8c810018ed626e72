"""`wangge intake hotspots` on files good and odd."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from wangge.config import hotspot_verbs
from wangge.intake.tests.test_hotspots import SMOKE


def run(path: Path, *words: str) -> int:
    parser = argparse.ArgumentParser()
    hotspot_verbs.add_hotspots(parser)
    return hotspot_verbs.hotspots(parser.parse_args(["--in", str(path), *words]))


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "messages.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


HEAD = "留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数\n"


def test_the_columns_of_a_stream_are_guessed(
    file: Callable[[str], Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = "".join(f"{n},U{n},{title},2019/7/{n + 1} 10:00:00,{body},0,2\n" for n, (title, body) in enumerate(SMOKE))
    out, marked = tmp_path / "spots.csv", tmp_path / "rows.csv"

    assert run(file(HEAD + rows), "--out", str(out), "--rows", str(marked)) == 0

    printed = capsys.readouterr().out
    assert "睦和苑" in printed
    assert "4 件、4 人；2019-07-01 至 2019-07-04" in printed
    assert len(out.read_text(encoding="utf-8-sig").splitlines()) == 2
    assert len(marked.read_text(encoding="utf-8-sig").splitlines()) == 5


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (HEAD + "1,U,只有一条,昨天,没有时间,x,y\n", [], "没有热点"),
        (HEAD + "1,U,同一句话,2019/1/1,同一句话,0,0\n" * 30, [], ""),
        (HEAD, [], ""),
        ("a,b\n1,2\n", [], "认不出文字列"),
        (HEAD + "1,U,a,b,c,0,0\n", ["--text", "没有"], "没有这一列"),
        (HEAD + "1,U,a,b,c,0,0\n", ["--top", "0"], "至少"),
    ],
)
def test_odd_files_get_a_sane_answer(
    file: Callable[[str], Path], capsys: pytest.CaptureFixture[str], text: str, words: list[str], said: str
) -> None:
    assert run(file(text), *words) in (0, hotspot_verbs.WRONG)

    assert said in "".join(capsys.readouterr())


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.csv") == hotspot_verbs.WRONG

    assert "none.csv" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--rows"])
def test_what_is_read_is_not_written_over_and_a_wrong_place_is_said_before_any_work(
    file: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    path = file(HEAD + "1,U,a,2019/1/1,b,0,0\n")
    before = path.read_bytes()

    assert run(path, option, str(path)) == hotspot_verbs.WRONG
    assert run(path, option, str(tmp_path / "none" / "a.csv")) == hotspot_verbs.WRONG

    assert path.read_bytes() == before
    assert f"{option}: " in capsys.readouterr().err


def test_a_message_of_a_million_characters_is_read(file: Callable[[str], Path]) -> None:
    assert run(file(HEAD + f"1,U,{'啊' * 1_000_000},2019/1/1,b,0,0\n")) == 0
