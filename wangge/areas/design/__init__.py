"""Dividing communities into contiguous grids of households within a band. No database, no Django; see the how-to
`docs/howto/grid-design.md`. Importing this is cheap: numba is loaded when something is divided."""

from wangge.areas.design.cells import Adjacency, adjacency, outlines
from wangge.areas.design.dividing import divide
from wangge.areas.design.explaining import GridNote, explain
from wangge.areas.design.measuring import Figures, measure
from wangge.areas.design.site import Division, Infeasible, Progress, Rules, Site

__all__ = [
    "Adjacency",
    "Division",
    "Figures",
    "GridNote",
    "Infeasible",
    "Progress",
    "Rules",
    "Site",
    "adjacency",
    "divide",
    "explain",
    "measure",
    "outlines",
]
