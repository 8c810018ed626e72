"""What the worker does: jobs queued in the transaction that wants them, periodic jobs, and duties that never end.

Each app's `tasks.py` registers its jobs on procrastinate's Django app; services defer them by name.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from uuid import UUID

import procrastinate
from django.core.management import call_command
from procrastinate.contrib.django import app

from wangge.appraisal import invariants as counted
from wangge.appraisal import tasks as appraisal
from wangge.audit import services as audit
from wangge.casework import attachments, invariants
from wangge.casework import services as cases
from wangge.casework import tasks as casework
from wangge.casework.services import beats
from wangge.divisions import invariants as divisions
from wangge.intake import tasks as intake
from wangge.kit.invariants import Violation
from wangge.org import scope
from wangge.org import services as org
from wangge.registry import invariants as registry

log = logging.getLogger("wangge.worker")

CONFIRM_SECONDS = 90
FINISHED_JOBS_HOURS = 24 * 30

KEEPERS: Mapping[str, Callable[[threading.Event], None]] = {
    "clocks": casework.keep_clocks,
    "reckoning": casework.keep_reckoned,
    "counts": appraisal.keep_counts,
    "reading": intake.keep_read,
}
"""Duties that watch the time themselves, until the event says stop."""


def send_outbox() -> int:
    """Deliver what committed transactions left; how much was delivered."""
    casework.calm.wait(casework.PATIENCE)
    settled = audit.settle_outbox(casework.unheard())
    return settled + audit.send_outbox(casework.OUTBOX)


@app.periodic(cron="0 * * * *")
@app.task(name="config:hourly", queueing_lock="config:hourly")
def hourly(timestamp: int) -> None:
    """Seal the log, then prove the rules that casework, the registry and the counts keep."""
    del timestamp
    audit.anchor()
    beats.prune()
    found = _breaches()
    if found:
        time.sleep(CONFIRM_SECONDS)
        for place, breach in _breaches().items():
            if place in found:
                log.error("invariant broken: %s", breach)


def _breaches() -> dict[tuple[str, UUID], Violation]:
    """What is about to be put right does not count: only what is found a second time is told."""
    with scope.acting(scope.system_actor("定时核对")):
        found = [*invariants.run(), *registry.run(), *counted.run(), *divisions.run()]
    return {(one.name, one.subject_id): one for one in found}


@app.periodic(cron="30 3 * * *")
@app.task(name="config:nightly", queueing_lock="config:nightly")
def nightly(timestamp: int) -> None:
    """Forget ended sessions, old sign-in attempts, uploads nobody claimed, old keys and jobs done long ago."""
    del timestamp
    call_command("clearsessions")
    attachments.prune()
    with scope.acting(scope.system_actor("夜间清理")):
        cases.forget_keys()
    org.forget_attempts()
    app.configure_task("builtin:procrastinate.builtin_tasks.remove_old_jobs").defer(
        max_hours=FINISHED_JOBS_HOURS, remove_failed=True, remove_cancelled=True, remove_aborted=True
    )


def worker_app() -> procrastinate.App:
    """The app on connections of its own, which can listen for new jobs as Django's cannot."""
    return app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's has it
