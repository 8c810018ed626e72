"""What the worker does for the registry: exports when they are asked for, ends of time limits by night."""

from __future__ import annotations

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from wangge.registry.services import exports, retention

log = logging.getLogger("wangge.registry")


@app.task(name="registry:export:make", queue="registry", retry=3)
def make_export(*, export_id: str) -> None:
    exports.make_export(export_id=UUID(export_id))


@app.periodic(cron="20 * * * *")
@app.task(name="registry:hourly", queueing_lock="registry:hourly")
def hourly(timestamp: int) -> None:
    """Files of exports whose time is over."""
    del timestamp
    log.info("exports expired: %s", exports.expire_exports())


@app.periodic(cron="50 3 * * *")
@app.task(name="registry:nightly", queueing_lock="registry:nightly")
def nightly(timestamp: int) -> None:
    """What is no longer to be kept."""
    del timestamp
    for job in retention.run():
        log.info("retention: %s of %s erased", job.done, job.detail["class"])
