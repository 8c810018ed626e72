"""The only writer of areas."""

from wangge.areas.services.aliases import set_aliases
from wangge.areas.services.boundaries import DatumDoubtful, Drawn, import_boundaries
from wangge.areas.services.changes import LaterVersion, Part, merge, move, recode, rename, split
from wangge.areas.services.files import Done, import_file
from wangge.areas.services.imports import Imported, import_areas
from wangge.areas.services.redivision import NewArea, Redivided, Redrawn, redivide, undo_redivision
from wangge.areas.services.rows import records

__all__ = [
    "DatumDoubtful",
    "Done",
    "Drawn",
    "Imported",
    "LaterVersion",
    "NewArea",
    "Part",
    "Redivided",
    "Redrawn",
    "import_areas",
    "import_boundaries",
    "import_file",
    "merge",
    "move",
    "recode",
    "records",
    "redivide",
    "rename",
    "set_aliases",
    "split",
    "undo_redivision",
]
