"""`wangge worker`: queued jobs, due clocks and the outbox, until SIGTERM; any number of workers may run at once."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading

from django.db import DatabaseError, connections
from procrastinate import exceptions

from wangge.config import jobs

log = logging.getLogger("wangge.worker")

GRACE_SECONDS = 10.0
RETRY_SECONDS = 2.0
OUTBOX_REST_SECONDS = 1.0


def run() -> None:
    """Work until SIGINT or SIGTERM; what has begun is finished or taken back by the next worker."""
    stopping = threading.Event()
    keepers = {**jobs.KEEPERS, "outbox": _keep_sending}
    threads = [threading.Thread(target=keep, args=(stopping,), name=name) for name, keep in keepers.items()]
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_run_jobs(stopping))
    finally:
        stopping.set()
        for thread in threads:
            thread.join(GRACE_SECONDS)


def _keep_sending(stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            if jobs.send_outbox():
                continue
        except DatabaseError as error:
            log.warning("the outbox waits for the database: %s", type(error).__name__)
            connections.close_all()
            stopping.wait(RETRY_SECONDS)
        stopping.wait(OUTBOX_REST_SECONDS)
    connections.close_all()


async def _run_jobs(stopping: threading.Event) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    while not stop.is_set():
        working = asyncio.create_task(_work())
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            stopping.set()
            working.cancel()
        try:
            await working
        except asyncio.CancelledError:
            break
        except (exceptions.ProcrastinateException, OSError) as error:
            log.warning("the job queue waits for the database: %s", type(error).__name__)
            await asyncio.wait({stopped}, timeout=RETRY_SECONDS)


async def _work() -> None:
    app = jobs.worker_app()
    async with app.open_async():
        await app.run_worker_async(
            name="wangge", concurrency=2, install_signal_handlers=False, shutdown_graceful_timeout=GRACE_SECONDS
        )
