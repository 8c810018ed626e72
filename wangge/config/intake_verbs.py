"""`wangge intake learn` and `wangge intake classify`: a text classifier from files to files; needs no database."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from wangge.config import outputs
from wangge.kit.errors import Invalid, field_error

if TYPE_CHECKING:
    from wangge.kit.learning import Model
    from wangge.kit.tables import Table

READ = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
WRITTEN = (".csv", ".csv.gz", ".xlsx")
LOT = 2_000
LONGEST_CELL = 32_767  # of a workbook
ADDED = ("label", "probability", "second_label")
WORK = {
    "reading": "读取 reading",
    "checking": "交叉检验 checking on examples left out",
    "learning": "训练 learning",
    "done": "完成 done",
}


def add_learn(parser: argparse.ArgumentParser) -> None:
    """The options of `learn`."""
    _add_input(parser)
    add = parser.add_argument
    add("--label", required=True, metavar="COL", help="分类所在的列，可写“一级/二级/三级” · the column of labels")
    add("--model", type=Path, required=True, metavar="OUT", help="写出的模型文件 · the model file to write")
    add("--seed", type=int, default=0, metavar="N", help="随机种子，同种子同结果 · the same seed, the same model")
    add("--effort", type=float, default=1.0, metavar="X", help="训练力度，缺省 1，小则快 · below 1 quicker and coarser")
    parser.epilog = "原文或已用空格分好的词都可以；见 docs/howto/learning.md · raw text, or words split by blanks"


def add_classify(parser: argparse.ArgumentParser) -> None:
    """The options of `classify`."""
    add = parser.add_argument
    add("--model", type=Path, required=True, metavar="M", help="learn 写出的模型 · a model written by learn")
    _add_input(parser)
    add(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"写出的表格（{'、'.join(WRITTEN)}）：原有各列加 {'、'.join(ADDED)} · the rows with three columns more",
    )
    parser.epilog = "每一行按原来的顺序写出；见 docs/howto/learning.md · every row comes back in its order"


def _add_input(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--in", dest="source", type=Path, required=True, metavar="FILE", help="表格：CSV、Excel，可 .gz · a table"
    )
    parser.add_argument(
        "--text", nargs="+", required=True, metavar="COL", help="文字所在的列，可多列，标题在前 · columns of text"
    )


def learn(options: argparse.Namespace) -> int:
    """Train, save, and tell how good it is on examples that were left out."""
    outputs.check("--model", options.model, read=[options.source])
    if not 0 < options.effort <= 10:
        raise outputs.refused("--effort", "应大于 0，不超过 10", "must be above 0 and at most 10")
    table = _read(options.source)
    text, (label,) = _columns(table, "--text", options.text), _columns(table, "--label", [options.label])
    from wangge.kit import learning

    model = learning.learn(
        _texts(table.rows, text), [row[label] for row in table.rows], seed=options.seed, effort=options.effort,
        tell=_tell,
    )  # fmt: skip
    with outputs.writing("--model", options.model) as beside:
        model.save(beside)
    for zh, en in model.warnings:
        print(f"注意：{zh} · {en}", file=sys.stderr)
    _print_figures(model)
    return 0


def classify(options: argparse.Namespace) -> int:
    """Write the table again with the label of every row, its probability and the second label."""
    outputs.check("--out", options.out, read=[options.source, options.model])
    if _ending(options.out, WRITTEN) is None:
        raise outputs.refused(
            "--out",
            f"不能写出 {options.out.name}：只支持 {'、'.join(WRITTEN)}",
            f"{options.out.name} cannot be written: use {', '.join(WRITTEN)}",
        )
    from wangge.kit import learning

    model = learning.load(options.model)
    table = _read(options.source)
    text = _columns(table, "--text", options.text)
    columns = [*table.columns, *(_free(name, table.columns) for name in ADDED)]
    with outputs.writing("--out", options.out) as beside:
        _write(beside, options.out, columns, _classified(model, table, text))
    return 0


def _classified(model: Model, table: Table, text: Sequence[int]) -> Iterator[list[str]]:
    for at in range(0, len(table.rows), LOT):
        rows = table.rows[at : at + LOT]
        found = model.predict(_texts(rows, text))
        for row, (first, second), shares in zip(rows, found.top.tolist(), found.probabilities, strict=True):
            yield [*row, model.labels[first], f"{shares[first]:.4f}", model.labels[second]]
        _bar(min(1.0, (at + LOT) / len(table.rows)), "分类 classifying")


def _texts(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> list[str]:
    return ["\n".join(row[column] for column in columns) for row in rows]


def _read(path: Path) -> Table:
    from wangge.kit import tables

    if _ending(path, [*READ, *(f"{ending}.gz" for ending in READ)]) is None:
        raise outputs.refused(
            "--in",
            f"不能读取 {path.name}：只支持 {'、'.join(READ)}，也可以是它们的 .gz",
            f"{path.name} cannot be read: use {', '.join(READ)}, or one of them as .gz",
        )
    csv.field_size_limit(tables.MAX_OPENED)  # a message may be long; the file is held to its bound before
    try:
        return tables.read_table(path, path.name)
    except OSError as error:
        raise outputs.refused(
            "--in", f"打不开 {path}：{error.strerror}", f"cannot open {path}: {error.strerror}"
        ) from error


def _columns(table: Table, option: str, names: Sequence[str]) -> list[int]:
    there = "、".join(table.columns)
    if missing := [name for name in names if name not in table.columns]:
        raise Invalid(
            "文件里没有要用的列",
            "the file lacks a column",
            errors=[
                field_error(option, f"没有列“{name}”，文件里有：{there}", f"no column {name!r}; there are: {there}")
                for name in missing
            ],
        )
    return [table.columns.index(name) for name in names]


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name = f"predicted_{name}"
    return name


def _ending(path: Path, allowed: Sequence[str]) -> str | None:
    return next((ending for ending in allowed if path.name.lower().endswith(ending)), None)


def _write(beside: Path, path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    if _ending(path, [".xlsx"]):
        from wangge.kit import tables

        tables.write_xlsx(beside, columns, ([cell[:LONGEST_CELL] for cell in row] for row in rows))
        return
    zipped = _ending(path, [".gz"]) is not None
    with gzip.open(beside, "wb") if zipped else beside.open("wb") as raw, _text(cast(IO[bytes], raw)) as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)


def _text(raw: IO[bytes]) -> IO[str]:
    return io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="")


def _tell(share: float, what: str) -> None:
    _bar(share, WORK.get(what, what))


def _bar(share: float, what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{share:4.0%} {what}\x1b[K", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
    else:
        print(f"{share:4.0%} {what}", file=sys.stderr, flush=True)


def _print_figures(model: Model) -> None:
    f = model.figures
    kind = "已分词 split" if model.split else "原文 raw"
    print(f"样本 examples {f.examples} · 分类 labels {len(model.labels)} · {kind}")
    print("以下各数来自没有参与训练的样本（交叉检验） · from examples left out:")
    print(f"macro-F1 {f.macro_f1:.4f} · 正确率 accuracy {f.accuracy:.4f} · 概率误差 calibration error {f.ece:.4f}")
    print("查准 precision  查全 recall  F1      样本 examples  分类 label")
    for one in f.labels:
        print(f"{one.precision:14.3f}  {one.recall:11.3f}  {one.f1:.3f}  {one.support:13d}  {one.label}")
