"""An import under way: lot by lot, each with how far it has come; after a kill it goes on where it stood."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator
from uuid import UUID

from django.db import DatabaseError, connection

from wangge.kit import clock, memory
from wangge.kit.errors import Conflict
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import Import, ImportRow, ImportState
from wangge.registry.selectors.imports import LOCK
from wangge.registry.services.imports import files
from wangge.registry.services.imports import rows as rows_of
from wangge.registry.services.imports import things_writing as things
from wangge.registry.services.imports.changing import ChangedMeanwhile
from wangge.registry.services.imports.checking import Sheet
from wangge.registry.services.imports.files import Row
from wangge.registry.services.imports.places import References, gather
from wangge.registry.services.imports.preparing import Recipe, prepared_lots
from wangge.registry.services.imports.rooms import Rooms
from wangge.registry.services.imports.rows import Told
from wangge.registry.services.imports.writing import Origin, write
from wangge.registry.services.keeping import hold_numbers

LOT = 2000
FEW = 5000  # rows below which other processes cost more than they save
TRIES = 3
Progress = Callable[[Import], None]


class ImportBusy(Conflict):
    code = "import_busy"
    title_zh = "这次导入正在进行"
    title_en = "This import is running"


@contextlib.contextmanager
def _alone(import_id: UUID) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"select pg_try_advisory_lock({LOCK})", [str(import_id)])
        (got,) = cursor.fetchone()
    if not got:
        raise ImportBusy(import_id=str(import_id))
    try:
        yield
    finally:
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:  # a lost connection holds no lock
            cursor.execute(f"select pg_advisory_unlock({LOCK})", [str(import_id)])


def run_lots(*, import_id: UUID, by: Actor, progress: Progress | None = None) -> Import:
    """Import every row behind `next_row`, a lot to a transaction; after a kill call it again."""
    with _alone(import_id):
        with scope.acting(by), scope.unrestricted():  # `start` has checked whose it is
            run = Import.objects.select_for_update().get(id=import_id)
            if run.state == ImportState.PAUSED:  # a job tried again after a failure
                run.state = ImportState.RUNNING
                run.save(update_fields=["state"])
            references = gather(run.kind, by.scope)
            decided = rows_of.decided(run)
        try:
            _run(run, references, decided, by, progress)
        except BaseException:
            _pause(import_id)
            raise
        with scope.acting(by), scope.unrestricted():
            return _finish(import_id, by)


def _run(run: Import, references: References, decided: set[int], by: Actor, progress: Progress | None) -> None:
    columns, rows = files.read(rows_of.file_of(run), context=rows_of.file_context(run.id))
    waiting = itertools.islice(rows, run.next_row, None)
    lots: Iterator[list[Row]] = iter(lambda: list(itertools.islice(waiting, LOT)), [])
    sheet = Sheet(run.kind, columns, run.mapping)
    rooms = Rooms()
    if run.kind == "residents":
        parallel = run.total - run.next_row > FEW
        for given, ready in prepared_lots(lots, Recipe(columns, run.mapping, references), parallel=parallel):
            fresh = [one for one in ready if one.number not in decided]
            run = _commit(
                run, given, sheet, rooms, by, functools.partial(write, fresh, rooms=rooms, column=run.mapping)
            )
            if progress:
                progress(run)
        return
    for given in lots:
        fresh_rows = [one for one in given if one[0] not in decided]
        work = functools.partial(things.write, fresh_rows, sheet=sheet, references=references, rooms=rooms)
        run = _commit(run, given, sheet, rooms, by, work)
        if progress:
            progress(run)


def _commit(run: Import, given: list[Row], sheet: Sheet, rooms: Rooms, by: Actor, work: Callable[..., Told]) -> Import:
    """One lot and how far the import has come, in one transaction; tried again when somebody was faster."""
    for _ in range(TRIES):
        try:
            with memory.uncollected(), scope.acting(by), scope.unrestricted():
                return _lot(run, given, sheet, by, work)
        except ChangedMeanwhile:
            rooms.forget()
        except BaseException:
            rooms.forget()
            raise
    raise ChangedMeanwhile


def _lot(run: Import, given: list[Row], sheet: Sheet, by: Actor, work: Callable[..., Told]) -> Import:
    locked: Import = Import.objects.select_for_update().get(id=run.id)
    if locked.next_row != run.next_row or locked.state != ImportState.RUNNING:
        raise ImportBusy(import_id=str(run.id))
    hold_numbers(all_of_them=True)  # another sheet, or somebody by hand, may bring the same person
    at = clock.now()
    told = work(origin=Origin(run.source, at, by, run.id))
    doubtful = {one.number for one in told.doubts}
    cells = {number: sheet.cells(row) for number, row in given if row is not None and number in doubtful}
    source = {number: held["source"] for number, held in cells.items() if held.get("source")}
    remarked = doubtful | {number for number, _ in told.failed} if run.total > rows_of.LONG else set()
    whole = {number: row for number, row in given if row is not None and number in remarked}
    rows_of.keep(locked, told, cells, source, whole)
    locked.next_row += len(given)
    locked.created += len(told.created)
    locked.changed += told.changed
    locked.failed += len(told.failed)
    locked.conflicts += len(told.doubts)
    locked.same += len(given) - len(told.created) - told.changed - len(told.failed) - len(told.doubts)
    locked.save(update_fields=["next_row", "created", "changed", "failed", "conflicts", "same"])
    counts = {"created": len(told.created), "changed": told.changed, "failed": len(told.failed)}
    rows_of.note(locked, "lot", by, {"rows": [given[0][0], given[-1][0]], **counts})
    return locked


def _finish(import_id: UUID, by: Actor) -> Import:
    run: Import = Import.objects.select_for_update().get(id=import_id)
    open_rows = ImportRow.objects.filter(run=run, outcome__in=(rows_of.CONFLICT, rows_of.DOUBLE)).exists()
    run.state = ImportState.CONFLICTS if open_rows else ImportState.DONE
    run.finished_at = clock.now()
    run.total = run.next_row  # of a long workbook it was what the sheet itself said
    run.save(update_fields=["state", "finished_at", "total"])
    names = ("total", "created", "changed", "same", "conflicts", "failed")
    rows_of.note(run, "finished", by, {name: getattr(run, name) for name in names})
    return run


def _pause(import_id: UUID) -> None:
    """What was written stands; the connection may be gone, and then the state is seen by the free lock."""
    with contextlib.suppress(DatabaseError), scope.unrestricted():
        Import.objects.filter(id=import_id, state=ImportState.RUNNING).update(state=ImportState.PAUSED)
