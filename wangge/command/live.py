"""Live pages: one LISTEN for all streams of a process, entries read from the log, scope asked anew for each.

A notification carries only a number. The entries since are read once for everybody; each stream then gets those
its person may see at that moment. Whoever signs out, is dismissed or loses the right is cut off within seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from types import FrameType
from typing import Any, TypeVar
from uuid import UUID

import orjson
import psycopg
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection, transaction
from django.http import StreamingHttpResponse

from wangge.command.policies import WATCH
from wangge.kit.errors import TooMany
from wangge.kit.text import visible
from wangge.org import http, scope
from wangge.org.scope import Actor, Scope

log = logging.getLogger("wangge.live")

HEARTBEAT = 15.0
CHECK_EVERY = 3.0  # a stream nobody may watch any longer ends within this and a moment
CHECKED_FOR = 1.0  # how long a check holds for events that come in a row
MOST_STREAMS_EACH = 8
MOST_STREAMS = 2000
MOST_WAITING = 1000  # events a slow reader may be behind before it must come again
MOST_REPLAYED = 1000
GATHER = 0.03  # seconds in which what comes together is told together
_LATE_COMMITS = 500  # numbers are given out before the commit: look back this far for those that came late
_CLOSE = None

Result = TypeVar("Result")


@dataclass(frozen=True)
class Event:
    seq: int
    action: str
    case_id: UUID
    number: str
    state: str
    title: str
    lon: float | None
    lat: float | None
    area_pos: int
    submitter_id: UUID | None
    unit_positions: list[int]
    urgency: str

    def seen_by(self, scope: Scope) -> bool:
        """As the case itself: by its place, its submitter, or a unit's part in it."""
        return (
            scope.covers_area(self.area_pos)
            or (scope.own is not None and scope.own == self.submitter_id)
            or any(scope.covers_unit(pos) for pos in self.unit_positions)
        )

    def encoded(self) -> bytes:
        kind = self.action.split(":")[1]
        data = orjson.dumps(
            {
                "seq": self.seq, "action": self.action, "case_id": self.case_id, "number": self.number,
                "state": self.state, "lon": self.lon, "lat": self.lat, "title": visible(self.title),
                "urgency": self.urgency,
            }
        )  # fmt: skip
        return b"id: %d\nevent: %s\ndata: %s\n\n" % (self.seq, kind.encode(), data)


_EVENTS = """
select e.seq, e.action, c.id, c.number, c.state, c.title, c.lon, c.lat, c.area_pos, c.submitter_id,
       array(select p.unit_pos from casework_party p where p.case_id = c.id), c.urgency
  from (select seq, action, subject_id from audit_entry
         where seq > %s and subject_type = 'case' and seq <> all(%s) order by seq desc limit %s) e
  join casework_case c on c.id = e.subject_id
 where e.action ~ '^casework:(case|whistle|clock):'
 order by e.seq
"""


_NAMES = tuple(one.name for one in fields(Event))


def events_after(seq: int, *, but: Sequence[int] = (), most: int = MOST_REPLAYED) -> list[Event]:
    """The newest `most` entries about cases after `seq`, oldest first."""
    with scope.applied(scope.EVERYTHING), connection.cursor() as cursor:
        cursor.execute(_EVENTS, [seq, list(but), most])
        return [Event(**dict(zip(_NAMES, row, strict=True))) for row in cursor.fetchall()]


def newest_seqs() -> list[int]:
    """The latest numbers of the log, in order."""
    with connection.cursor() as cursor:
        cursor.execute("select seq from audit_entry order by seq desc limit %s", [_LATE_COMMITS])
        return [seq for (seq,) in cursor.fetchall()][::-1]


def _who(request: http.Request) -> Actor | None:
    """Whose request it is by now: the session as the database has it, the person's posts of this moment."""
    if request.headers.get("Authorization") is None:
        request.session = SessionStore(request.session.session_key)
    request.actor = None
    with contextlib.suppress(http.BadCredential), transaction.atomic():
        http.identify(request)
    return request.actor


@dataclass(eq=False)
class Watcher:
    """One open stream. `actor` is who watches, as of `checked_at`."""

    request: http.Request
    actor: Actor
    checked_at: float
    waiting: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def check(self) -> bool:
        """Ask again who this is and whether they may watch; in a thread of its own."""
        actor = _who(self.request)
        if actor is None or not actor.may(WATCH):
            return False
        self.actor = actor
        self.checked_at = time.monotonic()
        return True

    def tell(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.seen_by(self.actor.scope):
                self._put(event.encoded())

    def close(self) -> None:
        while True:
            try:
                self.waiting.put_nowait(_CLOSE)
            except asyncio.QueueFull:
                self.waiting.get_nowait()
            else:
                return

    def _put(self, part: bytes) -> None:
        try:
            self.waiting.put_nowait(part)
        except asyncio.QueueFull:
            self.close()  # it comes again with the last number it has read


class Hub:
    """The streams of one event loop, and what they share: the connection that listens, and the thread that reads."""

    def __init__(self) -> None:
        self.watchers: set[Watcher] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._tasks: list[asyncio.Task[None]] = []
        self._told: list[int] = []  # the latest numbers already dealt with, in order

    async def join(self, watcher: Watcher) -> None:
        self.watchers.add(watcher)
        if not self._tasks:
            listening = asyncio.Event()
            self._told = await self.read(newest_seqs)
            self._tasks = [
                asyncio.create_task(self._listen(listening)),
                asyncio.create_task(self._keep_checking()),
            ]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(listening.wait(), 5)

    async def leave(self, watcher: Watcher) -> None:
        self.watchers.discard(watcher)
        if not self.watchers:
            tasks, self._tasks = self._tasks, []
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def read(self, function: Callable[..., Result], *given: Any, **named: Any) -> Result:
        """In the hub's one thread, whose connection goes back to the pool each time."""

        def work() -> Result:
            try:
                return function(*given, **named)
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _listen(self, listening: asyncio.Event) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as line:
                    await line.execute("listen wangge")
                    listening.set()
                    while True:
                        await self._catch_up()  # at first what came while nobody listened
                        async for _ in line.notifies(stop_after=1):
                            pass
                        await asyncio.sleep(GATHER)
                        async for _ in line.notifies(timeout=0):
                            pass
            except (psycopg.Error, DatabaseError, OSError) as error:
                log.warning("live: the database is away (%s)", type(error).__name__)
                await asyncio.sleep(1)

    async def _catch_up(self) -> None:
        newest = self._told[-1] if self._told else 0
        fresh = await self.read(events_after, newest - _LATE_COMMITS, but=self._told)
        if not fresh:
            return
        self._told = sorted([*self._told, *(event.seq for event in fresh)])[-2 * MOST_REPLAYED :]
        await self._check(CHECKED_FOR)
        for watcher in list(self.watchers):
            watcher.tell(fresh)

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(CHECK_EVERY / 3)
            try:
                await self._check(CHECK_EVERY)
            except DatabaseError as error:
                log.warning("live: rights cannot be checked (%s)", type(error).__name__)

    async def _check(self, older_than: float) -> None:
        due = [one for one in self.watchers if time.monotonic() - one.checked_at > older_than]
        if not due:
            return
        for watcher in await self.read(_turned_away, due):
            self.watchers.discard(watcher)
            watcher.close()


def _turned_away(watchers: Sequence[Watcher]) -> list[Watcher]:
    return [watcher for watcher in watchers if not watcher.check()]


def _address() -> dict[str, Any]:
    """Where the default connection goes, for one of our own."""
    known = connection.get_connection_params()
    return {
        name: known[name] for name in known if name not in {"context", "cursor_factory", "pool", "prepare_threshold"}
    }


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def _hub() -> Hub:
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def close_when_stopped() -> None:
    """In a web process: a signal to stop ends its streams first, because the server waits for open answers."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)

        def stop(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(_close_all)
            if callable(before):
                before(number, frame)

        signal.signal(number, stop)  # the loop's own handler is woken beside it


def _close_all() -> None:
    for hub in _hubs.values():
        for watcher in hub.watchers:
            watcher.close()


def response(request: http.Request) -> StreamingHttpResponse:
    """The stream for whoever the request has been found to come from."""
    actor = request.actor
    assert actor is not None
    watching = [one for hub in _hubs.values() for one in hub.watchers]
    if (
        len(watching) >= MOST_STREAMS
        or sum(one.actor.user_id == actor.user_id for one in watching) >= MOST_STREAMS_EACH
    ):
        raise TooMany(
            "打开的实时页面过多，请关闭一些后再试",
            "Too many live pages are open; close some",
            headers={"Retry-After": "30"},
        )
    watcher = Watcher(request, actor, time.monotonic())
    streamed = StreamingHttpResponse(
        _parts(watcher, _last_seen(request)), content_type="text/event-stream; charset=utf-8"
    )
    streamed["Cache-Control"] = "no-store"
    streamed["X-Accel-Buffering"] = "no"  # a proxy in front passes parts on as they come
    return streamed


def _last_seen(request: http.Request) -> int | None:
    given = request.headers.get("Last-Event-ID", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


async def _parts(watcher: Watcher, last_seen: int | None) -> AsyncIterator[bytes]:
    hub = _hub()
    await hub.join(watcher)
    try:
        yield b"retry: 2000\n: welcome\n\n"
        if last_seen is not None:
            for event in await hub.read(events_after, last_seen):
                if event.seen_by(watcher.actor.scope):
                    yield event.encoded()
        while True:
            try:
                part = await asyncio.wait_for(watcher.waiting.get(), HEARTBEAT)
            except TimeoutError:
                part = b": still here\n\n"
            if part is _CLOSE:
                return
            yield part
    finally:
        await hub.leave(watcher)
