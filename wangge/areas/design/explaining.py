"""Each grid in words: how large it is, which compounds it holds, what cuts through it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from wangge.areas.design.measuring import contiguous, shapes
from wangge.areas.design.pieces import barrier_parts
from wangge.areas.design.site import NONE, Ints, Rules, Site

Band = Literal["under", "in", "over"]


@dataclass(frozen=True)
class GridNote:
    """`label` is that of the plan. `compounds_whole` and `compounds_part` are names of compounds, villages included."""

    label: int
    community: int
    households: int
    band: Band
    atoms: int
    buildings: int
    compounds_whole: tuple[int, ...]
    compounds_part: tuple[int, ...]
    barrier: bool
    contiguous: bool
    polsby_popper: float
    zh: str
    en: str

    def document(self) -> dict[str, Any]:
        return asdict(self)


def explain(site: Site, grid: Ints, rules: Rules) -> list[GridNote]:
    """One note a grid, in the order of the labels."""
    names, label = np.unique(grid, return_inverse=True)
    label = label.reshape(-1).astype(np.int64)
    part, whole, form = barrier_parts(site), contiguous(site, label), shapes(site, label)
    sizes = dict(zip(*(x.tolist() for x in np.unique(site.compound, return_counts=True)), strict=True))
    order = np.argsort(label, kind="stable")
    notes = []
    for g, atoms in enumerate(np.split(order, np.cumsum(np.bincount(label))[:-1])):
        compounds = dict(zip(*(x.tolist() for x in np.unique(site.compound[atoms], return_counts=True)), strict=True))
        compounds.pop(NONE, None)
        households = int(site.households[atoms].sum())
        note = GridNote(
            label=int(names[g]),
            community=int(site.community[atoms[0]]),
            households=households,
            band="under" if households < rules.low else "over" if households > rules.high else "in",
            atoms=len(atoms),
            buildings=len(np.unique(site.building[atoms])),
            compounds_whole=tuple(c for c, n in compounds.items() if n == sizes[c]),
            compounds_part=tuple(c for c, n in compounds.items() if n < sizes[c]),
            barrier=len(np.unique(part[atoms])) > 1,
            contiguous=bool(whole[g]),
            polsby_popper=round(float(form[g]), 4),
            zh="",
            en="",
        )
        notes.append(_worded(note, rules))
    return notes


def _worded(note: GridNote, rules: Rules) -> GridNote:
    bands = {
        "in": (f"在 {rules.low}–{rules.high} 户之间", f"within {rules.low}–{rules.high}"),
        "under": (f"比下限少 {rules.low - note.households} 户", f"{rules.low - note.households} below the band"),
        "over": (f"比上限多 {note.households - rules.high} 户", f"{note.households - rules.high} above the band"),
    }
    zh = [f"{note.households} 户，{bands[note.band][0]}", f"{note.buildings} 栋楼"]
    en = [f"{note.households} households, {bands[note.band][1]}", f"{note.buildings} buildings"]
    if note.compounds_whole:
        zh.append(f"{len(note.compounds_whole)} 个完整小区")
        en.append(f"{len(note.compounds_whole)} whole compounds")
    if note.compounds_part:
        zh.append(f"{len(note.compounds_part)} 个小区的一部分")
        en.append(f"parts of {len(note.compounds_part)} compounds")
    if note.barrier:
        zh.append("跨道路、河流或铁路")
        en.append("crosses a road, river or railway")
    if not note.contiguous:
        zh.append("不相连")
        en.append("not contiguous")
    return GridNote(**{**asdict(note), "zh": "；".join(zh), "en": "; ".join(en)})
