"""`wangge worker`: queued jobs, due clocks and the outbox, until SIGTERM; any number of workers may run at once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable

from django.db import DatabaseError, connections, transaction
from procrastinate import exceptions

from wangge.casework import tasks, watching
from wangge.casework.services import beats
from wangge.config import jobs

log = logging.getLogger("wangge.worker")

GRACE_SECONDS = 10.0
RETRY_SECONDS = 2.0
CLOCKS_FIRST_SECONDS = 5.0
OUTBOX_REST_SECONDS = 1.0


def run() -> int:
    """Work until SIGINT or SIGTERM; what has begun is finished or taken back by the next worker.

    A duty that breaks off takes the process with it (exit 1), so that whoever started it starts it again: a worker
    that lives on without its clocks would look well.
    """
    stopping, broken = threading.Event(), threading.Event()
    keepers = {**jobs.KEEPERS, "outbox": _keep_sending, "beat": _keep_beating}
    threads = [
        threading.Thread(target=_kept, args=(keep, stopping, broken), name=name) for name, keep in keepers.items()
    ]
    tasks.calm.clear()  # until the clocks have been looked at: a worker that was killed has some to make up for
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_run_jobs(stopping))
    finally:
        stopping.set()
        tasks.calm.set()
        for thread in threads:
            thread.join(GRACE_SECONDS)
    return int(broken.is_set())


def _kept(keep: Callable[[threading.Event], None], stopping: threading.Event, broken: threading.Event) -> None:
    try:
        keep(stopping)
    except Exception:
        log.exception("the duty %r broke off", threading.current_thread().name)
        broken.set()
    finally:
        connections.close_all()
    if not stopping.is_set():
        broken.set()
        os.kill(os.getpid(), signal.SIGTERM)


def _keep_beating(stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            with transaction.atomic():
                beats.beat("worker")
        except DatabaseError as error:
            log.warning("no sign of life without the database: %s", type(error).__name__)
            connections.close_all()
        stopping.wait(watching.EVERY_SECONDS)
    with contextlib.suppress(DatabaseError):
        beats.leave("worker")


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
    await loop.run_in_executor(None, tasks.calm.wait, CLOCKS_FIRST_SECONDS)
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
