"""One way to read a table, whatever it is kept in: parquet, CSV or GeoJSON become columns of plain values."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from wangge.kit.errors import Invalid, field_error

MOST_NAMED = 20
NOTHING = shapely.Polygon()  # a feature without a place


@dataclass(frozen=True)
class Table:
    """Columns by lower-case name; `shapes` where the file has geometry, empty ones included. Rows are named as a person
    counts them."""

    path: Path
    columns: dict[str, list[Any]]
    shapes: list[Any] | None
    first_row: int

    def __len__(self) -> int:
        return len(self.shapes) if self.shapes is not None else len(next(iter(self.columns.values()), []))

    def row(self, i: int) -> str:
        return f"{self.path.name} 第 {i + self.first_row} 行 row {i + self.first_row}"

    def find(self, *names: str) -> str | None:
        return next((name for name in names if name in self.columns), None)

    def values(self, *names: str) -> list[Any]:
        """The column under the first of these names that there is."""
        found = self.find(*names)
        if found is None:
            shown = "/".join(names)
            raise refused([(self.path.name, f"缺少列 {shown}", f"column {shown} is missing")])
        return self.columns[found]


class BadFile(Invalid):
    """A file of the designer that cannot be used as it is."""

    code = "design_file"


def refused(found: Iterable[tuple[str, str, str]]) -> BadFile:
    """Names the first of what is wrong, and how many there are."""
    errors = [field_error(*one) for one in found]
    more = len(errors) - MOST_NAMED
    if more > 0:
        errors = [*errors[:MOST_NAMED], field_error("…", f"另有 {more} 处", f"{more} more")]
    return BadFile("文件有误", "The file has mistakes", errors=errors)


def read(path: Path) -> Table:
    """A table by the ending of its name."""
    endings = "".join(path.suffixes[-2:]).lower()
    try:
        if endings.endswith(".parquet"):
            return _parquet(path)
        if endings.endswith((".csv", ".csv.gz")):
            return _csv(path)
        if endings.endswith((".geojson", ".json", ".geojson.gz", ".json.gz")):
            return _geojson(path)
    except OSError as error:
        raise refused([(path.name, f"无法读取：{error.strerror or error}", f"cannot be read: {error}")]) from error
    raise refused([(path.name, "只支持 .parquet .csv .geojson", "only .parquet, .csv and .geojson are read")])


def _parquet(path: Path) -> Table:
    import pyarrow as pa  # late: slow to import
    from pyarrow import parquet

    with path.open("rb") as stream:
        try:
            table = parquet.read_table(stream)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise refused([(path.name, "不是 parquet 文件", f"not a parquet file: {error}")]) from error
    return Table(path, {name.lower(): table[name].to_pylist() for name in table.column_names}, None, 1)


def _opened(path: Path) -> str:
    data = path.read_bytes()
    try:
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise refused([(path.name, "压缩文件已损坏", f"the compressed file is damaged: {error}")]) from error
    except UnicodeDecodeError as error:
        raise refused([(path.name, "不是 UTF-8 文本", f"not UTF-8 text: {error}")]) from error


def _csv(path: Path) -> Table:
    try:
        rows = list(csv.reader(io.StringIO(_opened(path), newline="")))
    except csv.Error as error:
        raise refused([(path.name, "不是 CSV 文件", f"not a CSV file: {error}")]) from error
    if not rows:
        raise refused([(path.name, "文件是空的", "the file is empty")])
    names = [name.strip().lower() for name in rows[0]]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise refused((path.name, f"列 {name} 重复", f"column {name} appears twice") for name in twice)
    wrong = [i for i, row in enumerate(rows[1:]) if row and len(row) != len(names)]
    if wrong:
        at = f"{path.name} 第 {wrong[0] + 2} 行 row {wrong[0] + 2}"
        raise refused([(at, "列数与表头不同", "has another number of columns than the heading")])
    body = [row for row in rows[1:] if row]
    return Table(path, {name: [row[i] for row in body] for i, name in enumerate(names)}, None, 2)


def _geojson(path: Path) -> Table:
    try:
        features = json.loads(_opened(path))["features"]
        shapes = [shapely.from_geojson(json.dumps(f["geometry"])) if f["geometry"] else NOTHING for f in features]
        properties = [dict(f.get("properties") or {}) for f in features]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, shapely.errors.GEOSException) as error:
        raise refused([(path.name, "不是 GeoJSON 要素集合", f"not a GeoJSON collection: {error}")]) from error
    broken = [
        (f"{path.name} 第 {i + 1} 个要素 feature {i + 1}", f"图形有误：{why}", f"the shape is wrong: {why}")
        for i, shape in enumerate(shapes)
        for why in [_fault(shape)]
        if why
    ]
    if broken:
        raise refused(broken)
    names = {name for one in properties for name in one}
    return Table(path, {name.lower(): [one.get(name) for one in properties] for name in names}, shapes, 1)


def _fault(shape: Any) -> str | None:
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return "坐标不是数 a coordinate is no number"
    return None if shapely.is_valid(shape) else str(shapely.is_valid_reason(shape))


def numbers(table: Table, *names: str, id_of: list[str] | None = None) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column of numbers; what is none is refused by row and, where known, id."""
    values = table.values(*names)
    try:
        out = np.array(values, np.float64)
    except (TypeError, ValueError):
        out = np.array([_number(value) for value in values], np.float64)
    bad = np.flatnonzero(~np.isfinite(out)).tolist()
    if bad:
        raise refused(
            (table.row(i), f"{_named(id_of, i)}{names[0]} 不是数：{values[i]}", f"{names[0]} is no number: {values[i]}")
            for i in bad
        )
    return out


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _named(ids: list[str] | None, i: int) -> str:
    return f"{ids[i]}：" if ids else ""


def texts(table: Table, *names: str) -> list[str]:
    """A column of names: whole numbers are written without a point whatever the file made of them."""
    values = table.values(*names)
    if all(type(value) is int for value in values):
        return [str(value) for value in values]
    empty = [i for i, value in enumerate(values) if value is None or value == "" or value != value]
    if empty:
        raise refused((table.row(i), f"{names[0]} 为空", f"{names[0]} is empty") for i in empty)
    return [_text(value) for value in values]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
