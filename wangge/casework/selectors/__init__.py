"""Reading cases: what a person must do, lists, one case with everything about it, similar ones nearby."""

from wangge.casework.selectors.counting import Counts, counts
from wangge.casework.selectors.finding import Filters
from wangge.casework.selectors.listing import Page, page, reasons_of, rows, walk
from wangge.casework.selectors.nearby import Similar, nearby
from wangge.casework.selectors.single import case_of, open_whistles, saved_views, whistle_of, whistles

__all__ = [
    "Counts",
    "Filters",
    "Page",
    "Similar",
    "case_of",
    "counts",
    "nearby",
    "open_whistles",
    "page",
    "reasons_of",
    "rows",
    "saved_views",
    "walk",
    "whistle_of",
    "whistles",
]
