"""The worker's part: keeping the counts, and the bulletins of weeks and months that have ended."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, close_old_connections
from procrastinate.contrib.django import app

from wangge.appraisal.services import alarms, bulletins, reckoning
from wangge.casework import tasks as casework
from wangge.org import scope

log = logging.getLogger("wangge.appraisal")

REST_SECONDS = 1.0  # readers count what waits themselves, so nobody waits for this
RETRY_SECONDS = 2.0


def keep_counts(stop: threading.Event) -> None:
    """Count what the log spoke of until told to stop; a database that is away is waited for."""
    while not stop.is_set():
        casework.calm.wait(casework.PATIENCE)  # alarms first
        try:
            if reckoning.reckon() >= reckoning.LOT:
                continue
            rest = REST_SECONDS
        except DatabaseError as error:
            log.warning("counts wait for the database: %s", error)
            close_old_connections()
            rest = RETRY_SECONDS
        stop.wait(rest)


@app.periodic(cron="10 4 * * *")
@app.task(name="appraisal:gaming", queueing_lock="appraisal:gaming")
def look_for_gaming(timestamp: int) -> None:
    """What looks made up in the figures of the months that are not settled."""
    del timestamp
    log.info("alarms raised: %s", len(alarms.look()))


@app.periodic(cron="20 6 * * *")
@app.task(name="appraisal:bulletins", queueing_lock="appraisal:bulletins")
def make_bulletins(timestamp: int) -> None:
    """Each morning: what ended yesterday, or was missed while the worker was down, is made once."""
    del timestamp
    with scope.acting(scope.system_actor(bulletins.PRESS)):
        made = bulletins.make_due()
    if made:
        log.info("bulletins made: %s", made)
