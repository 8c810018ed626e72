import csv

import pytest

from wangge.config import cli

AREAS = """level,code,name,kind,parent_code
0,370199,试点区,district,
1,370199001,泉东街道,subdistrict,370199
2,370199001001,甲社区,community,370199001
3,370199001001001,甲社区第1网格,grid,370199001001
"""
BUILDINGS = """code,estate,name,address,kind,grid_code,lon,lat,households
B1,和园小区,3号楼,试点区泉东街道经四路8号和园小区3号楼,residential,370199001001001,117.001,36.601,10
"""


@pytest.fixture
def profile(tmp_path):
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    (tmp_path / "buildings.csv").write_text(BUILDINGS, encoding="utf-8")
    return str(tmp_path)


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    return ended.value.code


def test_a_text_is_found_and_shown(profile, capsys):
    assert run("areas", "find", "和园小区三号楼，电话13812345678", "--profile", profile) == 0
    shown = capsys.readouterr().out
    assert "和园小区3号楼" in shown
    assert "甲社区第1网格" in shown
    assert "可以确定" in shown
    assert "13812345678" not in shown


def test_a_sheet_gets_its_columns(profile, tmp_path, capsys):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("id,text\n1,和园小区3号楼漏水13812345678\n2,不知道在哪\n3,\n", encoding="utf-8")
    assert run("areas", "find", "--profile", profile, "--in", str(source), "--text", "text", "--out", str(out)) == 0
    with out.open(encoding="utf-8-sig", newline="") as stream:
        first, second, third = csv.DictReader(stream)
    assert (first["kind"], first["code"], first["street"], first["asked"]) == ("building", "B1", "泉东街道", "no")
    assert "13812345678" not in first["text"]
    assert (second["place"], second["asked"], third["asked"]) == ("", "yes", "yes")


def test_a_sheet_is_not_written_over_and_a_long_cell_is_read(profile, tmp_path, capsys):
    source = tmp_path / "in.csv"
    source.write_text(f"id,text\n1,{'啊' * 1_000_000}\n", encoding="utf-8")
    before = source.read_bytes()
    asked = ("areas", "find", "--profile", profile, "--in", str(source), "--text", "text", "--out")
    assert run(*asked, str(source)) == 2
    assert source.read_bytes() == before
    assert run(*asked, str(tmp_path / "out.csv")) == 0
    assert run(*asked, str(tmp_path / "none" / "out.csv")) == 2
    assert "out.csv" in capsys.readouterr().err
    assert run("areas", "parse", "--model", str(source), "--in", str(source)) == 2
    assert "pickle" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("areas", "find", "x", "--profile", "no-such-profile"),
        ("areas", "find", "--profile", "shizhong"),
        ("areas", "find", "--profile", "shizhong", "--in", "none.csv", "--text", "a", "--out", "b.csv"),
        ("areas", "parse", "--in", "none.txt"),
        ("areas", "parse", "--learn", "none.txt", "--model", "m.npz"),
    ],
)
def test_what_is_missing_is_said(arguments, capsys):
    assert run(*arguments) == 2
    assert capsys.readouterr().err


def test_parts_are_learned_and_said(tmp_path, capsys):
    examples, model, said = tmp_path / "a.txt", tmp_path / "m.npz", tmp_path / "said.txt"
    line = "".join(
        f"{sign} {tag}\n" for sign, tag in zip("经十路8号", ["B-road", "M-road", "E-road", "B-no", "E-no"], strict=True)
    )
    examples.write_text((line + "\n") * 6, encoding="utf-8")
    assert run("areas", "parse", "--learn", str(examples), "--model", str(model)) == 0
    assert run("areas", "parse", "--model", str(model), "--in", str(examples), "--out", str(said)) == 0
    assert said.read_text(encoding="utf-8").splitlines()[:5] == line.splitlines()
    assert "f1 1.0000" in capsys.readouterr().err
