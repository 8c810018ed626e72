"""Run as a program: the first sheet of a workbook on standard input, as marshalled rows on standard output.

It stands alone, so that it starts at once and whatever a file does to it happens to nobody else.
"""

from __future__ import annotations

import datetime as dt
import io
import marshal
import resource
import sys
import zipfile

READ, DAMAGED, NO_SHEET, TOO_LARGE = 0, 3, 4, 5
MEMORY = 2 * 1024**3


def main(most_cells: int) -> int:
    """Read, and say by the exit code what became of it; without memory the process is aborted."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError, CalamineWorkbook, ZipError

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        if not workbook.sheet_names:
            return NO_SHEET
        name = workbook.sheet_names[0]
        sheet = workbook.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > most_cells:
            return TOO_LARGE
        rows = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, ZipError, zipfile.BadZipFile):
        return DAMAGED
    except MemoryError:
        return TOO_LARGE
    sys.stdout.buffer.write(marshal.dumps((name, rows)))
    return READ


def _plain(cell: object) -> object:
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return cell if isinstance(cell, bool | int | float | str) else "" if cell is None else str(cell)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
