"""The worker's part: clocks that run out, and messages that must leave."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.db import DatabaseError, close_old_connections

from wangge.audit.models import Outbox
from wangge.casework.services import firing

log = logging.getLogger("wangge.casework")

BATCH = 400
SHORTEST_SLEEP = 0.1
LONGEST_SLEEP = timedelta(seconds=2)  # a clock may be started meanwhile that runs out sooner

Receiver = Callable[[Outbox], None]
RECEIVERS: dict[str, list[Receiver]] = {"case": [], "whistle": [], "clock": []}
"""Who is told of what left here; apps above add theirs when they are ready."""


def deliver(message: Outbox) -> None:
    """To every receiver of the topic; one that fails keeps the message for another try."""
    for receiver in RECEIVERS[message.topic]:
        receiver(message)


OUTBOX: Mapping[str, Receiver] = dict.fromkeys(RECEIVERS, deliver)
"""For audit.services.send_outbox."""


def keep_clocks(stop: threading.Event) -> None:
    """Fire what is due until told to stop; a database that is away is waited for."""
    while not stop.is_set():
        try:
            if firing.fire_due(BATCH) >= BATCH:
                continue
            pause = firing.seconds_until(firing.next_due(), at_most=LONGEST_SLEEP)
        except DatabaseError as error:
            log.warning("clocks wait for the database: %s", error)
            close_old_connections()
            pause = LONGEST_SLEEP.total_seconds()
        # What falls due within a moment is worth taking together: a round has a price of its own.
        stop.wait(max(pause, SHORTEST_SLEEP))
