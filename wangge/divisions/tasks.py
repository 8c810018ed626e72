"""What the worker does for plans: designing them when asked, and carrying out what was approved on its day."""

from __future__ import annotations

import logging
from uuid import UUID

from procrastinate.contrib.django import app

from wangge.divisions.services import designing, effect

log = logging.getLogger("wangge.divisions")


@app.task(name=designing.DESIGN, queue="divisions", retry=2)
def design(*, plan_id: str) -> None:
    designing.run(plan_id=UUID(plan_id))


@app.periodic(cron="* * * * *")
@app.task(name="divisions:tend", queueing_lock="divisions:tend")
def tend(timestamp: int) -> None:
    """Plans whose day has come take effect; plans whose designer was killed are taken up."""
    del timestamp
    lost = designing.take_up_lost()  # first: a day that fails is tried each minute, and nothing waits for it
    if lost:
        log.warning("plans taken up again: %s", lost)
    for plan in effect.take_effect():
        log.info("plan %s is in force: %s", plan.pk, plan.done)
