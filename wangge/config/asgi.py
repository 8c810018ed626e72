"""What the web server calls: files of the web build at once, everything else through Django in a bounded thread pool.

Django's own ASGI handler crosses between threads and loop at every synchronous middleware. Our views are synchronous,
so one hop per request is enough; answers that stream (the live pages) are then sent from the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")
django.setup()

from django.conf import settings  # noqa: E402  # Django must be set up first
from django.core import signals  # noqa: E402
from django.core.handlers.asgi import ASGIRequest  # noqa: E402
from django.core.handlers.base import BaseHandler  # noqa: E402
from django.db import DatabaseError, connections, transaction  # noqa: E402
from django.http import HttpResponse, StreamingHttpResponse  # noqa: E402
from django.http.response import HttpResponseBase  # noqa: E402
from django.urls import set_script_prefix  # noqa: E402

from wangge.areas import selectors as areas  # noqa: E402
from wangge.casework import watching  # noqa: E402
from wangge.casework.services import beats  # noqa: E402
from wangge.command import live  # noqa: E402
from wangge.config import middleware, problems, traffic, urls, web  # noqa: E402
from wangge.kit import memory, proc  # noqa: E402
from wangge.kit.errors import Malformed, Problem, TooLarge  # noqa: E402
from wangge.registry import selectors as registry  # noqa: E402
from wangge.responsibility import selectors as responsibility  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger("wangge.web")

BODY_LIMIT = (settings.WANGGE.upload_limit_mb + 1) * 1024 * 1024
DRAINED_LIMIT = 4 * BODY_LIMIT
# A body must come at 1 kB/s at least: byte by byte a few clients could hold every connection for ever.
BODY_WINDOW_SECONDS = 10
BODY_WINDOW_BYTES = 10 * 1024
CHUNK = 64 * 1024
TRAFFIC_EVERY = 6  # signs of life; the table of routes is larger than they are
SETTLE_SECONDS = (5, 30, 300)  # after the start; the last again and again, since the division and the lists change


class SlowBody(Problem):
    code = "slow_body"
    status = 408
    title_zh = "上传中断"
    title_en = "The upload stalled"


class _Handler(BaseHandler):
    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()


class _Disconnected(Exception):
    pass


_handler = _Handler()
# As many threads as connections: a request that runs never waits for a connection as well.
_threads = ThreadPoolExecutor(max_workers=max(1, settings.WANGGE.pool_size), thread_name_prefix="request")

assert urls.urlpatterns  # a fault in any route stops the start, not the first request

# A web process does not outlive the server process that started it, however that ended.
proc.die_with_parent()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await (_django(scope, receive, send) if _is_dynamic(scope["path"]) else web.serve(scope, send))
    else:
        await send({"type": "websocket.close", "code": 1000})


def _is_dynamic(path: str) -> bool:
    return path.startswith("/api/") or path in {"/healthz", "/metrics"}


async def _lifespan(receive: Receive, send: Send) -> None:
    tasks: list[asyncio.Task[None]] = []
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            live.close_when_stopped()
            tasks = [asyncio.create_task(_settle_memory()), asyncio.create_task(_give_signs_of_life())]
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            for task in tasks:
                task.cancel()
            _threads.shutdown(wait=False, cancel_futures=True)
            return


async def _settle_memory() -> None:
    await asyncio.get_running_loop().run_in_executor(_threads, _warm)
    for seconds in itertools.chain(SETTLE_SECONDS, itertools.repeat(SETTLE_SECONDS[-1])):
        memory.settle()
        await asyncio.sleep(seconds)


async def _give_signs_of_life() -> None:
    """As requests do, through the pool of threads: a process whose threads all hang is not alive."""
    for number in itertools.count():
        await asyncio.get_running_loop().run_in_executor(_threads, _beat, number % TRAFFIC_EVERY == 0)
        await asyncio.sleep(watching.EVERY_SECONDS)


def _beat(with_traffic: bool) -> None:  # run_in_executor passes no keywords
    try:
        with transaction.atomic():
            beats.beat("web")
            if with_traffic:
                beats.note("requests", {"rows": traffic.served.rows()})
    except DatabaseError as error:
        log.warning("no sign of life without the database: %s", type(error).__name__)
    finally:
        connections.close_all()


def _warm() -> None:
    """Read what most requests need, so that the first need not wait; without a database the first one tries again."""
    try:
        areas.atlas()
        registry.find_address("经二路")
        registry.find_place("经二路")
        responsibility.candidates("井盖")
    except DatabaseError:
        log.warning("started without the database")
    finally:
        connections.close_all()


async def _django(scope: Scope, receive: Receive, send: Send) -> None:
    loop = asyncio.get_running_loop()
    with tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, mode="w+b") as body:
        try:
            await _read_body(scope, receive, body)
        except _Disconnected:
            return
        except (Problem, OSError) as problem:
            response: HttpResponseBase = problems.render(problems.translate(problem))
            for name, value in middleware.security_headers().items():
                response[name] = value
        else:
            # Not cancelled when the client leaves: what was begun is committed or rolled back as a whole.
            response = await asyncio.shield(loop.run_in_executor(_threads, _respond, scope, body))
    if response.streaming:
        await _stream(response, receive, send)
        return
    assert isinstance(response, HttpResponse)
    content = response.content
    await _start(response, send)
    for at in range(0, len(content) or 1, CHUNK):
        rest = at + CHUNK < len(content)
        await send({"type": "http.response.body", "body": content[at : at + CHUNK], "more_body": rest})


async def _read_body(scope: Scope, receive: Receive, body: IO[bytes]) -> None:
    """Keep up to the limit; somewhat more is read and dropped, since a client that still sends hears no answer."""
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > DRAINED_LIMIT:
        raise TooLarge
    size = window_size = 0
    now = asyncio.get_running_loop().time
    window_ends = now() + BODY_WINDOW_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(window_ends):
                message = await receive()
        except TimeoutError:
            raise SlowBody from None
        if message["type"] == "http.disconnect":
            raise _Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size - window_size >= BODY_WINDOW_BYTES:
            window_size, window_ends = size, now() + BODY_WINDOW_SECONDS
        if size > DRAINED_LIMIT:
            raise TooLarge
        if size <= BODY_LIMIT:
            body.write(part)
        if not message.get("more_body", False):
            break
    if size > BODY_LIMIT:
        raise TooLarge
    body.seek(0)


def _respond(scope: Scope, body: IO[bytes]) -> HttpResponseBase:
    """In a thread of the pool: the whole of Django, its connection given back at the end."""
    set_script_prefix("/")
    signals.request_started.send(sender=_Handler, scope=scope)
    try:
        try:
            request = ASGIRequest(scope, body)
        except UnicodeDecodeError:
            return problems.render(Malformed())
        started = time.perf_counter()
        response = _handler.get_response(request)
        _count(request, response, time.perf_counter() - started)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # Files and exports: read here, where their connection and file handle belong.
            whole = HttpResponse(b"".join(response), status=response.status_code, headers=dict(response.items()))
            whole.cookies = response.cookies
            response.close()
            return whole
        return response
    finally:
        signals.request_finished.send(sender=_Handler)


def _count(request: ASGIRequest, response: HttpResponseBase, seconds: float) -> None:
    matched = request.resolver_match
    route = f"/{matched.route}" if matched is not None else "other"
    traffic.served.note(method=request.method or "", route=route, status=response.status_code, seconds=seconds)


async def _stream(response: Any, receive: Receive, send: Send) -> None:
    """Send parts as they come until the source ends or the client leaves."""

    async def pump() -> None:
        await _start(response, send)
        async with contextlib.aclosing(aiter(response)) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def until_gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = {asyncio.create_task(pump()), asyncio.create_task(until_gone())}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                log.warning("a stream ended: %s", type(result).__name__)


async def _start(response: HttpResponseBase, send: Send) -> None:
    headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"set-cookie", morsel.OutputString().encode("ascii")) for morsel in response.cookies.values()]
    if not response.streaming and not response.has_header("Content-Length"):
        assert isinstance(response, HttpResponse)
        headers.append((b"content-length", str(len(response.content)).encode("ascii")))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
