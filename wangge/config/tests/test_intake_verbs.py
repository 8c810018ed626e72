"""`wangge intake learn` and `wangge intake classify`, from files to files."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from wangge.config import cli
from wangge.kit import tables

WORDS = {"环境": ["垃圾", "恶臭", "污水", "扬尘"], "交通": ["公交", "车站", "班次", "堵车"]}


def rows(count: int = 80) -> list[list[str]]:
    made = []
    for i in range(count):
        label = list(WORDS)[i % 2]
        words = WORDS[label]
        made.append(
            [str(i), f"{words[i % 4]}{words[i // 2 % 4]}问题", f"第{i}次反映{words[i // 3 % 4]}", f"{label}/一般"]
        )
    return made


def write(path: Path, content: list[list[str]], encoding: str = "utf-8") -> Path:
    text = "\n".join(",".join(row) for row in [["编号", "标题", "内容", "分类"], *content]) + "\n"
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["intake", *arguments])
    return int(ended.value.code or 0)


def learn(source: Path, model: Path, *more: str) -> int:
    asked = ["--in", str(source), "--text", "标题", "内容", "--label", "分类", "--model", str(model)]
    return run("learn", *asked, "--effort", "0.05", *more)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    assert learn(write(folder / "in.csv", rows()), folder / "m.model") == 0
    return folder / "m.model"


@pytest.mark.parametrize("name", ["in.csv", "in.csv.gz", "in.xlsx"])
@pytest.mark.parametrize("out", ["out.csv", "out.csv.gz", "out.xlsx"])
def test_every_row_comes_back_in_order(model: Path, tmp_path: Path, name: str, out: str) -> None:
    content = [*rows(7), ["7", "", "", "环境/一般"], ["8", "x" * 50_000, "😀", ""]]
    if name.endswith(".xlsx"):
        content[-1][1] = "x" * 30_000
        tables.write_xlsx(tmp_path / name, ["编号", "标题", "内容", "分类"], content)
    else:
        write(tmp_path / name, content)
    asked = [
        "--model",
        str(model),
        "--in",
        str(tmp_path / name),
        "--text",
        "标题",
        "内容",
        "--out",
        str(tmp_path / out),
    ]
    assert run("classify", *asked) == 0
    found = tables.read_table(tmp_path / out, out)
    assert found.columns == ("编号", "标题", "内容", "分类", "label", "probability", "second_label")
    assert [row[0] for row in found.rows] == [row[0] for row in content]
    assert all(row[4] == row[3] for row in found.rows[:7])
    assert found.rows[7][5] == "0.5000"
    assert all(0 < float(row[5]) <= 1 and row[4] != row[6] for row in found.rows)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, out])


def test_a_column_that_is_there_is_kept(model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("label,标题\n旧,垃圾\n", encoding="utf-8")
    asked = [
        "--model",
        str(model),
        "--in",
        str(tmp_path / "in.csv"),
        "--text",
        "标题",
        "--out",
        str(tmp_path / "o.csv"),
    ]
    assert run("classify", *asked) == 0
    with (tmp_path / "o.csv").open(encoding="utf-8-sig") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["label"], row["predicted_label"]) == ("旧", "环境/一般")


def test_gb18030_is_read_and_figures_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert learn(write(tmp_path / "in.csv", rows(), "gb18030"), tmp_path / "m.model") == 0
    told = capsys.readouterr()
    assert "macro-F1" in told.out
    assert "环境/一般" in told.out
    assert "100%" in told.err


def test_the_same_seed_makes_the_same_file(tmp_path: Path, model: Path) -> None:
    assert learn(write(tmp_path / "in.csv", rows()), tmp_path / "m.model") == 0
    assert (tmp_path / "m.model").read_bytes() == model.read_bytes()


def test_what_is_wrong_is_named(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "in.csv", rows())
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(b"\x81\xff\xfe\x00\x81")
    single = write(tmp_path / "single.csv", [[*row[:3], "同一类"] for row in rows()])
    (tmp_path / "in.pdf").write_bytes(b"%PDF")
    out = ["--model", str(tmp_path / "m.model")]
    to = ["--out", str(tmp_path / "o.csv")]
    for arguments, said in [
        (["learn", "--in", str(source), "--text", "正文", "--label", "分类", *out], "编号、标题、内容、分类"),
        (["learn", "--in", str(source), "--text", "标题", "--label", "类别", *out], "类别"),
        (["learn", "--in", str(wrong), "--text", "标题", "--label", "分类", *out], "编码"),
        (["learn", "--in", str(single), "--text", "标题", "--label", "分类", *out], "同一类"),
        (["learn", "--in", str(tmp_path / "in.pdf"), "--text", "标题", "--label", "分类", *out], "in.pdf"),
        (["learn", "--in", str(tmp_path / "no.csv"), "--text", "标题", "--label", "分类", *out], "no.csv"),
        (["learn", "--in", str(source), "--text", "标题", "--label", "分类", "--model", "/no/where/m"], "/no/where/m"),
        (["learn", "--in", str(source), "--text", "标题", "--label", "分类", *out, "--effort", "0"], "--effort"),
        (["classify", "--model", str(source), "--in", str(source), "--text", "标题", *to], "模型"),
        (["classify", "--model", str(model), "--in", str(source), "--text", "标题", "--out", "o.docx"], "o.docx"),
    ]:
        assert run(*arguments) == 1, arguments
        assert said in capsys.readouterr().err
    assert not (tmp_path / "m.model").exists()
    assert not (tmp_path / "o.csv").exists()


def test_what_is_read_is_not_written_over(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, learned = write(tmp_path / "in.csv", rows()), tmp_path / "m.csv"
    learned.write_bytes(model.read_bytes())
    before = source.read_bytes()
    asked = ["classify", "--model", str(learned), "--in", str(source), "--text", "标题", "--out"]

    assert learn(source, source) == 1
    assert run(*asked, str(source)) == 1
    assert run(*asked, str(learned)) == 1

    assert source.read_bytes() == before
    assert learned.read_bytes() == model.read_bytes()
    assert "正是要读的文件" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["learn", "classify"])
def test_help_speaks_both_languages(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(verb, "--help") == 0
    told = capsys.readouterr().out
    assert "表格" in told
    assert "a table" in told
