"""The worker's part: clocks that run out, and messages that must leave."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError, close_old_connections

from wangge.audit.models import Outbox
from wangge.casework.services import firing, reckoning

log = logging.getLogger("wangge.casework")

BATCH = 400
SHORTEST_SLEEP = 0.1
LONGEST_SLEEP = timedelta(seconds=2)  # a clock may be started meanwhile that runs out sooner

calm = threading.Event()
"""Unset while more clocks are due than one round takes: the other duties of the process make way for them."""
calm.set()
PATIENCE = 10.0  # seconds after which the others go on all the same, piece by piece

Receiver = Callable[[Outbox], None]
RECEIVERS: dict[str, list[Receiver]] = {"case": [], "whistle": [], "clock": []}
"""Who is told of what left here; apps above add theirs when they are ready."""


def deliver(message: Outbox) -> None:
    """To every receiver of the topic; one that fails keeps the message for another try."""
    for receiver in RECEIVERS[message.topic]:
        receiver(message)


def unheard() -> list[str]:
    """Topics that nobody receives."""
    return [topic for topic, receivers in RECEIVERS.items() if not receivers]


OUTBOX: Mapping[str, Receiver] = dict.fromkeys(RECEIVERS, deliver)
"""For audit.services.send_outbox."""


def keep_clocks(stop: threading.Event) -> None:
    """Fire what is due until told to stop; a database that is away is waited for."""
    while not stop.is_set():
        try:
            if firing.fire_due(BATCH) >= BATCH:
                calm.clear()
                continue
            calm.set()
            pause = firing.seconds_until(firing.next_due(), at_most=LONGEST_SLEEP)
        except DatabaseError as error:
            log.warning("clocks wait for the database: %s", error)
            close_old_connections()
            pause = LONGEST_SLEEP.total_seconds()
        # What falls due within a moment is worth taking together: a round has a price of its own.
        stop.wait(max(pause, SHORTEST_SLEEP))


RECKON_EVERY = 5.0


def keep_reckoned(stop: threading.Event) -> None:
    """Open promises follow a calendar or rules that have changed, once every process has seen the change."""
    seen: dict[str, tuple[UUID, float]] = {}
    while not stop.is_set():
        try:
            for change in reckoning.pending():
                version, since = seen.get(change.name, (None, 0.0))
                if version != change.version:
                    seen[change.name] = (change.version, time.monotonic())
                elif time.monotonic() - since >= reckoning.SETTLED_AFTER:
                    _follow(change, stop)
        except DatabaseError as error:
            log.warning("reckoning waits for the database: %s", error)
            close_old_connections()
        stop.wait(RECKON_EVERY)


def _follow(change: reckoning.Change, stop: threading.Event) -> None:
    total = 0
    for changed in reckoning.follow(change):
        total += changed
        if stop.is_set():  # another worker, or this one later, begins again: what is done is found unchanged
            return
    log.info("%s: %d promises worked out again", change.name, total)
