"""A plan into files: a row a building, outlines of grids, a report."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from wangge.areas.design import Division, Figures, GridNote
from wangge.areas.design.cells import outlines
from wangge.areas.design.site import Ints, Site
from wangge.areas.design_files import places
from wangge.areas.design_files.reading import Loaded
from wangge.areas.design_files.tables import refused


def beside(plan: Path) -> list[Path]:
    """The files of a plan: itself, its outlines and its report."""
    stem = plan.with_suffix("")
    return [plan, Path(f"{stem}.geojson"), Path(f"{stem}.report.json")]


def check_room(plan: Path, inputs: list[Path]) -> None:
    """Before the search: nothing that is read gets written over, and there is room to write."""
    given = {path.resolve() for path in inputs}
    wrong = []
    for path in beside(plan):
        if path.resolve() in given:
            wrong.append((str(path), "会覆盖输入文件，请另取名", "would be written over the file that is read"))
        elif path.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK) or not path.parent.is_dir():
            wrong.append((str(path), "无法写入", "cannot be written"))
    if wrong:
        raise refused(wrong)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """What is written to the yielded path takes the place of `path` when all is there."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise refused([(str(path), f"无法写入：{error.strerror}", f"cannot be written: {error.strerror}")]) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_plan(path: Path, columns: dict[str, list[str]]) -> None:
    """Parquet or CSV by the ending of the name, whole or not at all."""
    with _whole(path) as part:
        if path.suffix == ".parquet":
            import pyarrow as pa  # late: slow to import
            from pyarrow import parquet

            parquet.write_table(pa.table({name: _typed(values) for name, values in columns.items()}), part)
        else:
            with part.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(columns)
                writer.writerows(zip(*columns.values(), strict=True))


def _typed(values: list[str]) -> list[str] | list[int]:
    """Numbers where all are, so that a plan joins with the table it was made from."""
    if all(value.isdecimal() and (value == "0" or value[0] != "0") for value in values):
        return [int(value) for value in values]
    return values


def write_json(path: Path, document: dict[str, Any]) -> None:
    with _whole(path) as part:
        part.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def features(loaded: Loaded, site: Site, grid: Ints, names: list[str], notes: list[GridNote]) -> dict[str, Any]:
    """The grids with what there is to say of each, drawn from the cells of their buildings. A building whose entrances
    lie in several grids is drawn in each."""
    cells = loaded.cells
    if cells is None:  # neighbours were given, so nothing has been drawn yet
        was = loaded.site
        cells = places.cells_of(was.xy, was.community, loaded.communities, loaded.outlines)
    held = np.unique(np.column_stack([grid, site.building]), axis=0)
    shapes = outlines(cells[held[:, 1]], held[:, 0])
    drawn = [
        {
            "type": "Feature",
            "properties": _properties(note, names, loaded.communities),
            "geometry": json.loads(shapely.to_geojson(loaded.frame.degrees(shape))),
        }
        for note, shape in zip(notes, shapes, strict=True)
    ]
    return {"type": "FeatureCollection", "features": drawn}


def _properties(note: GridNote, names: list[str], communities: list[str]) -> dict[str, Any]:
    document = note.document() | {"grid": names[note.label], "community": communities[note.community]}
    for key in ("label", "compounds_whole", "compounds_part"):
        document.pop(key)
    return document | {
        "compounds_whole": len(note.compounds_whole),
        "compounds_part": len(note.compounds_part),
    }


def report(
    loaded: Loaded, division: Division, figures: Figures, seconds: float, settings: dict[str, Any]
) -> dict[str, Any]:
    return {
        "settings": settings,
        "figures": figures.document(),
        "infeasible": [
            {"community": loaded.communities[one.community], "out_of_band": one.bound, "zh": one.zh, "en": one.en}
            for one in division.infeasible
        ],
        "remarks": [{"zh": zh, "en": en} for zh, en in loaded.remarks],
        "interrupted": division.stopped,
        "seconds": round(seconds, 3),
    }
