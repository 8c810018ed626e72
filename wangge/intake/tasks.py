"""Imports run in the worker."""

from __future__ import annotations

import contextlib
import logging
from uuid import UUID

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from wangge.intake import services
from wangge.intake.services import forecast, hotspots, replies, sameness, weights
from wangge.kit.errors import Problem
from wangge.org import scope, selectors

log = logging.getLogger("wangge.intake")


@app.task(name="intake:import:run", queue="intake", retry=3)
def run_import(*, import_id: str, user_id: str, post_id: str | None) -> None:
    """Run or resume an import as the person who started it; a failure is written on the import itself."""
    with scope.acting(scope.system_actor("导入")):
        who = selectors.person(UUID(user_id))
    if who is None:
        services.fail(import_id=UUID(import_id), message="发起导入的账号已不存在")
        return
    actor = selectors.actor_in(who, who.position(post_id=UUID(post_id) if post_id else None))
    try:
        services.run_chunks(import_id=UUID(import_id), by=actor)
    except Problem as problem:
        log.warning("import %s stopped: %s", import_id, problem.detail_en)
        services.fail(import_id=UUID(import_id), message=problem.detail_zh)


def defer_import(import_id: UUID, user_id: UUID, post_id: UUID | None) -> None:
    """Queue `run_import` in the caller's transaction."""
    app.configure_task("intake:import:run", queue="intake").defer(
        import_id=str(import_id), user_id=str(user_id), post_id=str(post_id) if post_id else None
    )


@app.periodic(cron="* * * * *")
@app.task(name="intake:replies:score", queue="intake", queueing_lock="intake:replies:score")
def score_replies(timestamp: int = 0) -> None:
    """Score what units replied since the last time, for the counts of units."""
    del timestamp
    while replies.score_new() == replies.LOT:
        pass


@app.periodic(cron="20 5 * * 1")
@app.task(name="intake:forecast:make", queue="intake", queueing_lock="intake:forecast:make")
def make_forecast(timestamp: int = 0) -> None:
    """Each Monday: what the week is expected to bring."""
    del timestamp
    forecast.make()


def defer_forecast() -> None:
    """Once is enough: a second wish while the first waits changes nothing."""
    with contextlib.suppress(exceptions.AlreadyEnqueued), transaction.atomic():
        app.configure_task("intake:forecast:make", queue="intake", queueing_lock="intake:forecast:make").defer()


_PRUNED_LOTS = 20


@app.periodic(cron="20 * * * *")
@app.task(name="intake:hotspots:hourly", queueing_lock="intake:hotspots:hourly", queue="intake")
def keep_hotspots(timestamp: int) -> None:
    """Not at the full hour, when the log is sealed and counts are proved."""
    del timestamp
    renew_hotspots()
    with scope.acting(scope.system_actor("重复与热点")):
        for _ in range(_PRUNED_LOTS):
            if not sameness.prune():
                break


@app.periodic(cron="50 2 * * *")
@app.task(name="intake:same:learn", queueing_lock="intake:same:learn", queue="intake")
def learn_sameness(timestamp: int) -> None:
    del timestamp
    with scope.acting(scope.system_actor("重复与热点")):
        weights.learn()


@app.task(name="intake:hotspots:renew", queueing_lock="intake:hotspots:renew", queue="intake")
def renew_hotspots() -> None:
    with scope.acting(scope.system_actor("热点监测")):
        done = hotspots.renew()
    counts = (done.seen, len(done.found), len(done.kept), len(done.alerted))
    log.info("hot spots: %d matters, %d new, %d go on, %d alerts", *counts)


def defer_hotspots() -> None:
    """Queue it in the caller's transaction; once is enough."""
    app.configure_task("intake:hotspots:renew", queueing_lock="intake:hotspots:renew", queue="intake").defer()
