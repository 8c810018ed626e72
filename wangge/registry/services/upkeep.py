"""Somebody orders the work over many rows that otherwise waits for the night or for the command line."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.errors import Conflict
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor
from wangge.registry.selectors import maintenance

RETENTION, RESEAL = "registry:retention:run", "registry:keys:reseal"


class UnderWay(Conflict):
    code = "under_way"
    title_zh = "已在进行，请等它结束"
    title_en = "It is under way: wait until it ends"


@transaction.atomic
def order(task: str, *, by: Actor, at: dt.datetime | None = None) -> None:
    """One at a time; who ordered it stays in the log."""
    if maintenance.ordered(task):
        raise UnderWay
    audit.record(
        subject_type="maintenance", subject_id=uuid7(), action=f"{task}:order", actor=by, data={}, at=at or clock.now()
    )
    try:
        app.configure_task(task, queue="registry", lock=task, queueing_lock=task).defer()
    except AlreadyEnqueued as error:
        raise UnderWay from error
