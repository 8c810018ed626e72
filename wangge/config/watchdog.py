"""`wangge watchdog`: not the thing it watches. Looks every few seconds, sets canaries, raises and clears alarms.

What it finds goes into the log (CRITICAL), into a row for the monitoring page, and to WANGGE_ALARM_COMMAND. When the
database itself is away it is the only one who can say so: log and command need no database.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
import math
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from wangge.appraisal.selectors import cells
from wangge.casework import watching
from wangge.casework.models import AlarmKind
from wangge.casework.selectors import monitor
from wangge.casework.services import beats, leap
from wangge.config import bootstrap, doctor
from wangge.org import scope

log = logging.getLogger("wangge.watchdog")

EVERY_SECONDS = 5.0
CANARY_EVERY = timedelta(minutes=1)
CANARIES_MISSED = 2
OUTBOX_AGE = timedelta(minutes=5)
BACKLOG_AGE = timedelta(minutes=10)
SETTINGS_EVERY = 60  # looks
PRUNE_EVERY = 720
COMMAND_SECONDS = 10
LOOK_SECONDS = 20.0
NAME = "看门狗"


@dataclass(frozen=True)
class Trouble:
    kind: AlarmKind
    zh: str
    en: str


HANGS = Trouble(AlarmKind.DATABASE, "数据库没有回答", "the database does not answer")


@dataclass
class Dog:
    """What one watchdog remembers between looks."""

    begun: datetime | None = None
    looks: int = 0
    open: set[AlarmKind] = field(default_factory=set)
    unsafe: tuple[str, ...] = ()
    stuck: frozenset[UUID] = frozenset()

    def look(self) -> None:
        """One look at everything; raises nothing that a watchdog could not bear."""
        try:
            with scope.acting(scope.system_actor(NAME)):
                beats.beat("watchdog")
                troubles = list(self._troubles())
                self._keep_alarms(troubles)
        except DatabaseError as error:
            connections.close_all()
            words = str(error).splitlines()[0] if str(error) else type(error).__name__
            self.bark(Trouble(AlarmKind.DATABASE, f"数据库不可用：{words}", f"the database is away: {words}"))
        self.looks += 1

    def _troubles(self) -> Iterator[Trouble]:
        clocks = monitor.clocks()
        now = clocks.now
        self.begun = self.begun or now
        beats.set_canary(_next_minute(now))
        yield from self._workers(now)
        yield from self._clocks(clocks)
        unsent, oldest = monitor.outbox()
        if oldest is not None and now - oldest > OUTBOX_AGE:
            yield Trouble(AlarmKind.OUTBOX, f"{unsent} 条消息未送出", f"{unsent} messages wait to leave")
        backlog = cells.currency()
        if backlog.as_of is not None and now - backlog.as_of > BACKLOG_AGE:
            said = f"{backlog.waiting}+"
            yield Trouble(AlarmKind.BACKLOG, f"{said} 个案件待计入考核", f"{said} cases wait to be counted")
        yield from _disk(settings.WANGGE.data_dir)
        yield from self._settings()
        if self.looks % PRUNE_EVERY == PRUNE_EVERY - 1:
            beats.prune()

    def _workers(self, now: datetime) -> Iterator[Trouble]:
        """Given half a minute after our own start: all may have been started together."""
        assert self.begun is not None
        living = [one for one in monitor.lives(now=now) if one.role == "worker" and one.alive]
        if not living and now - self.begun > watching.GONE_AFTER:
            yield Trouble(AlarmKind.WORKER, "没有后台任务在运行，时限不会触发", "no worker is alive: no clock fires")
        canary = monitor.canaries(now=now, within=min(timedelta(hours=1), now - self.begun))
        if canary.missed >= CANARIES_MISSED:
            yield Trouble(
                AlarmKind.CANARY,
                f"连续 {canary.missed} 个试验时限未触发",
                f"{canary.missed} canary timers in a row were not fired",
            )

    def _clocks(self, clocks: monitor.Clocks) -> Iterator[Trouble]:
        """A clock is stuck when two looks find it so: one that was made overdue is fired before the second."""
        before, self.stuck = self.stuck, monitor.stuck() if clocks.stuck else frozenset()
        standing = monitor.standing()
        if standing["stopped"]:
            hours = standing.get("hours", 0)
            yield Trouble(
                AlarmKind.LEAP,
                f"数据库时钟跳变 {hours} 小时，时限已停止触发；核对时间后执行 wangge clocks resume",
                f"the database's clock leapt by {hours} h; no clock fires until `wangge clocks resume`",
            )
        elif before & self.stuck:
            yield Trouble(
                AlarmKind.STUCK,
                f"{clocks.stuck} 个时限到期一分钟以上未触发",
                f"{clocks.stuck} clocks have been due for more than a minute",
            )

    def _settings(self) -> Iterator[Trouble]:
        if self.looks % SETTINGS_EVERY == 0:
            with contextlib.suppress(psycopg.Error):
                self.unsafe = tuple(bootstrap.unsafe_settings(_address()))
        if self.unsafe:
            said = ", ".join(self.unsafe)
            yield Trouble(AlarmKind.SETTINGS, f"断电会丢数据：{said}", f"a power cut would lose data: {said}")

    def _keep_alarms(self, troubles: list[Trouble]) -> None:
        """The database answers, so it can be told, and its own alarm is over."""
        present = {one.kind for one in troubles}
        for one in troubles:
            if beats.raise_alarm(one.kind, one.zh, one.en) or one.kind not in self.open:
                self.bark(one)
        for kind in AlarmKind:
            if kind not in present and (beats.clear_alarm(kind) | (kind in self.open)):
                self._calm(kind)

    def bark(self, trouble: Trouble) -> None:
        if trouble.kind not in self.open:
            self.open.add(trouble.kind)
            log.critical("告警 ALARM %s: %s · %s", trouble.kind.value, trouble.zh, trouble.en)
            _run_command(trouble.kind, "raised", trouble.zh, trouble.en)

    def _calm(self, kind: AlarmKind) -> None:
        self.open.discard(kind)
        log.warning("告警解除 alarm over: %s", kind.value)
        _run_command(kind, "cleared", kind.label, kind.value)


def run() -> None:
    """Watch until SIGINT or SIGTERM. A look that does not come back is itself an alarm: the database hangs."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    dog = Dog()
    looks = ThreadPoolExecutor(1, thread_name_prefix="look")
    looking: Future[None] | None = None
    while not stopping.is_set():
        looking = looking or looks.submit(dog.look)
        try:
            looking.result(timeout=LOOK_SECONDS)
            looking = None
        except TimeoutError:
            dog.bark(HANGS)
        stopping.wait(EVERY_SECONDS)
    looks.shutdown(wait=False, cancel_futures=True)
    with contextlib.suppress(DatabaseError), transaction.atomic():
        beats.leave("watchdog")


def resume() -> None:
    """For `wangge clocks resume`: an operator at the machine says that the database's time is right."""
    actor = scope.system_actor(f"命令行 {getpass.getuser()}")
    with scope.acting(actor):
        leap.resume(by=actor)


def _disk(folder: Path) -> Iterator[Trouble]:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < doctor.DISK_BAD:
        left = f"{free / (1 << 20):.0f} MiB"
        yield Trouble(AlarmKind.DISK, f"磁盘仅剩 {left}", f"only {left} of disk left")


def _next_minute(now: datetime) -> datetime:
    """Every watchdog names the same moment, so that there is one canary a minute however many watch."""
    step = CANARY_EVERY.total_seconds()
    return datetime.fromtimestamp(math.ceil(now.timestamp() / step) * step, tz=now.tzinfo)


def _address() -> str:
    return str(settings.WANGGE.database_url)


def _run_command(kind: AlarmKind, state: str, zh: str, en: str) -> None:
    """By its words, never through a shell; it is given COMMAND_SECONDS."""
    words = shlex.split(settings.WANGGE.alarm_command)
    if not words:
        return
    try:
        done = subprocess.run(
            [*words, kind.value, state, zh, en], stdin=subprocess.DEVNULL, timeout=COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.critical("the alarm command failed: %s", type(error).__name__)
        return
    if done.returncode:
        log.critical("the alarm command ended with %s", done.returncode)
