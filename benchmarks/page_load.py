"""How soon the pages show something, and how much they load first, in the system's Chromium with an empty cache.

The baseline is a page of one line, served from memory to the same browser in the same run: what the browser itself
takes. Time to the drawn map counts from the navigation to the first frame with every one of the 3,170 grids.
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import statistics
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks._harness import Measured, progress
from benchmarks._scratch import PROFILE, installation, web
from tests import browser as browsers

TIMES = 7
LARGEST_KB = 400
SLOWEST_PAINT = 15
SLOWEST_MAP = 80
PATIENCE_MS = 120_000
PERSON, PASSWORD = "zhihui1", "wangge-demo"
EMPTY = b"<!doctype html><meta charset=utf-8><title>-</title><p>-"


def run() -> Iterator[Measured]:
    with installation() as made, browsers.launched() as browser:
        demo = replace(made, environment=made.environment | {"WANGGE_MODE": "demo"})
        demo.wangge("profile", "load", PROFILE, "--population")
        with web(demo, workers=1) as port, _empty_page() as empty:
            address = f"http://127.0.0.1:{port}"
            progress("an empty page, the sign-in page, the to-dos, the map, by turns")
            nothing, sign_in, todos, drawn = [], [], [], []
            for _ in range(TIMES):
                nothing.append(_mark(browser, empty, "/", "first-contentful-paint"))
                sign_in.append(_mark(browser, address, "/sign-in", "first-contentful-paint"))
                todos.append(_mark(browser, address, "/todos", "first-contentful-paint", by=PERSON))
                drawn.append(_mark(browser, address, "/areas", "map-drawn", by=PERSON))
            baseline = statistics.median(nothing)
            spread = {"runs": TIMES, "empty_page_ms": _round(nothing)}
            for claim, values, goal in (
                ("page_load_sign_in", sign_in, SLOWEST_PAINT),
                ("page_load_todos", todos, SLOWEST_PAINT),
                ("page_load_map_drawn", drawn, SLOWEST_MAP),
            ):
                yield Measured(
                    claim,
                    statistics.median(values),
                    baseline,
                    goal,
                    "ms",
                    sense="at_most",
                    detail=spread | {"ours_ms": _round(values)},
                )
            yield _size(browser, address)


def _size(browser: Browser, address: str) -> Measured:
    """Everything static that signing in and reading one's to-dos loads."""
    context = browser.new_context(base_url=address)
    loaded: set[str] = set()
    context.on("request", lambda request: loaded.add(request.url) if "/api/" not in request.url else None)
    page = context.new_page()
    page.goto("/sign-in")
    page.locator(".accounts button").first.wait_for()
    _sign_in(context, address)
    page.goto("/todos")
    page.get_by_role("tab").first.wait_for()
    page.wait_for_load_state("load")
    files = {url: _bytes(url) for url in sorted(loaded)}
    context.close()
    packed, plain = (sum(sizes[index] for sizes in files.values()) for index in (0, 1))
    largest = {url.removeprefix(address): size[0] for url, size in files.items()}
    return Measured(
        "page_load_size",
        packed / 1000,
        plain / 1000,
        LARGEST_KB,
        "kB gzip",
        judged="ours",
        sense="at_most",
        detail={"files": len(files), "largest": dict(sorted(largest.items(), key=lambda one: -one[1])[:8])},
    )


def _bytes(url: str) -> tuple[int, int]:
    """As sent with gzip, and opened."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as reply:
        body = reply.read()
        packed = reply.headers.get("Content-Encoding") == "gzip"
    return len(body), len(gzip.decompress(body)) if packed else len(body)


def _mark(browser: Browser, address: str, path: str, name: str, *, by: str | None = None) -> float:
    """Milliseconds from the navigation to the mark, with nothing cached."""
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    try:
        if by:
            _sign_in(context, address)
        page = context.new_page()
        page.goto(path)
        return _entry(page, name)
    finally:
        context.close()


def _entry(page: Page, name: str) -> float:
    at: float = page.evaluate(
        """(name) => new Promise((resolve) => {
          const seen = new PerformanceObserver((list) => {
            const found = list.getEntriesByName(name)[0]
            if (found) resolve(found.startTime)
          })
          for (const type of ['paint', 'mark']) seen.observe({type, buffered: true})
        })""",
        name,
    )
    return at


def _sign_in(context: BrowserContext, address: str) -> None:
    context.request.get("/api/v1/session")
    token = next(cookie["value"] for cookie in context.cookies() if cookie.get("name") == "wangge_csrf")
    answer = context.request.post(
        "/api/v1/session",
        data={"username": PERSON, "password": PASSWORD},
        headers={"X-CSRFToken": str(token), "Origin": address},
    )
    if not answer.ok:
        raise RuntimeError(f"{PERSON} could not sign in: {answer.status}")


@contextlib.contextmanager
def _empty_page() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(EMPTY)))
            self.end_headers()
            self.wfile.write(EMPTY)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _round(values: list[float]) -> list[int]:
    return [round(value) for value in values]
