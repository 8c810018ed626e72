"""Imports run in the worker."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
import time
from uuid import UUID

from django.db import DatabaseError, close_old_connections, transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from wangge.intake import services, training_process
from wangge.intake.services import forecast, hotspots, matter, reading, replies, sameness, weights
from wangge.kit import clock
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


@app.periodic(cron="*/5 * * * *")
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


READ_EVERY = 2.0  # seconds between two looks while nothing arrives
_LATE = dt.timedelta(minutes=10)  # a case may be committed so long after it began
_FEW = 20


def keep_read(stop: threading.Event) -> None:
    """Read each new case once, the oldest first, until told to stop; a database that is away is waited for."""
    since: dt.datetime | None = None
    looked = 0.0
    while not stop.is_set():
        try:
            began = clock.now()
            since = max(since or began - reading.WINDOW, began - reading.WINDOW)
            waiting = reading.unread(since=since, most=_FEW)
            for case_id in waiting:
                if stop.is_set():
                    return
                reading.read(case_id)
            if len(waiting) < _FEW:
                since = max(since, began - _LATE)
                if time.monotonic() - looked > 60:
                    matter.take_up_lost()
                    looked = time.monotonic()
                stop.wait(READ_EVERY)
        except DatabaseError as error:
            log.warning("reading waits for the database: %s", error)
            close_old_connections()
            stop.wait(READ_EVERY)
        except Exception:  # a case that cannot be read must not end the duty
            log.exception("reading goes on after a pause")
            stop.wait(30)


@app.task(name="intake:model:train", queue="intake")
def train_model(*, model_id: str) -> None:
    """In a process of its own, so that the clocks of this one are not held up."""
    code = training_process.start(UUID(model_id))
    if code:
        log.error("the training of %s broke off with %s; it is taken up again", model_id, code)


@app.periodic(cron="20 2 * * 0")
@app.task(name="intake:model:weekly", queueing_lock="intake:model:weekly")
def learn_weekly(timestamp: int) -> None:
    """Sundays before dawn, when enough has been closed since."""
    del timestamp
    matter.ask_when_due()


_PRUNED_LOTS = 20


@app.periodic(cron="20 * * * *")
@app.task(name="intake:hotspots:hourly", queueing_lock="intake:hotspots:hourly", queue="intake")
def keep_hotspots(timestamp: int) -> None:
    """Not at the full hour, when the log is sealed and counts are proved."""
    del timestamp
    with scope.acting(scope.system_actor("重复与热点")):
        weights.learn_first()
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
    with contextlib.suppress(exceptions.AlreadyEnqueued), transaction.atomic():
        app.configure_task("intake:hotspots:renew", queueing_lock="intake:hotspots:renew", queue="intake").defer()
