"""What the worker does for the registry: exports and imports when asked for, ends of time limits by night."""

from __future__ import annotations

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from wangge.kit.errors import Problem
from wangge.org import scope
from wangge.org import selectors as org
from wangge.registry.services import counting, division, exports, imports, retention, rotation, upkeep
from wangge.registry.services.imports import running as imports_running

log = logging.getLogger("wangge.registry")

KEEP_FILES_DAYS = 30  # sheets that were imported


@app.task(name="registry:export:make", queue="registry", retry=3)
def make_export(*, export_id: str) -> None:
    exports.make_export(export_id=UUID(export_id))


@app.task(name="registry:import:run", queue="registry", retry=3)
def run_import(*, import_id: str, user_id: str, post_id: str | None) -> None:
    """Run an import, or go on with it, as the person who started it; why it stopped is written on the import."""
    run_id = UUID(import_id)
    with scope.acting(scope.system_actor("导入")):
        who = org.person(UUID(user_id))
    if who is None:
        imports.stop(import_id=run_id, message="发起导入的账号已不存在")
        return
    actor = org.actor_in(who, who.position(post_id=UUID(post_id) if post_id else None))
    try:
        imports_running.run_lots(import_id=run_id, by=actor)
    except imports_running.ImportBusy as busy:
        log.info("import %s: %s", run_id, busy.detail_en)
    except Problem as problem:
        log.warning("import %s stopped: %s", run_id, problem.detail_en)
        imports.stop(import_id=run_id, message=problem.detail_zh)


def defer_import(import_id: UUID, user_id: UUID, post_id: UUID | None) -> None:
    """Queue `run_import` in the caller's transaction."""
    app.configure_task("registry:import:run", queue="registry").defer(
        import_id=str(import_id), user_id=str(user_id), post_id=str(post_id) if post_id else None
    )


@app.periodic(cron="*/5 * * * *")
@app.task(name="registry:follow", queueing_lock="registry:follow")
def follow(timestamp: int) -> None:
    """What lies in an area goes where the division of the day puts it."""
    del timestamp
    done = division.follow_if_changed()
    if done is not None and done.total:
        log.info("moved with the division: %s; in no area: %s", done.moved, done.unplaced)


@app.periodic(cron="20 * * * *")
@app.task(name="registry:hourly", queueing_lock="registry:hourly")
def hourly(timestamp: int) -> None:
    """Files of exports whose time is over."""
    del timestamp
    log.info("exports expired: %s", exports.expire_exports())


@app.periodic(cron="*/10 * * * *")
@app.task(name="registry:count", queueing_lock="registry:count")
def count(timestamp: int) -> None:
    """The people of each building, and once an hour the statistics."""
    del timestamp
    log.info("buildings tallied: %s; statistics made: %s", counting.tally(), counting.publish())


@app.periodic(cron="50 3 * * *")
@app.task(name="registry:nightly", queueing_lock="registry:nightly")
def nightly(timestamp: int) -> None:
    """What is no longer to be kept."""
    del timestamp
    log.info("files of imports deleted: %s", imports.forget_files(days=KEEP_FILES_DAYS))
    erase_what_is_due()


@app.task(name=upkeep.RETENTION, retry=3)
def erase_what_is_due() -> None:
    for job in retention.run():
        log.info("retention: %s of %s erased", job.done, job.detail["class"])


@app.task(name=upkeep.RESEAL, retry=3)
def reseal() -> None:
    """Under the keys this process was started with; a run that was cut short goes on where it stood."""
    log.info("sealed anew: %s", rotation.reseal().done)
    with scope.acting(scope.system_actor("换钥")):
        indexed = rotation.reindexed()
    if not indexed:
        log.info("indexed anew: %s", rotation.reindex().done)
