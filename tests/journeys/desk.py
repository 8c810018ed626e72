"""People at their browsers: pages opened as somebody, and everything that must not happen meanwhile."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, WebError

from tests.journeys.site import Site

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
OWN = ("data:", "blob:", "about:", "chrome-error:")


@dataclass
class Desk:
    site: Site
    browser: Browser
    faults: list[str] = field(default_factory=list)
    excused: list[re.Pattern[str]] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str, *, by: str | None = None, **options: Any) -> Page:
        """A page of a browser of its own, signed in as `by`."""
        settings = {"viewport": WIDE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "base_url": self.site.address}
        context = self.browser.new_context(**(settings | options))
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        if by is not None:
            context.add_cookies(self._cookies(by))
        context.on("console", self._said)
        context.on("weberror", self._threw)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)
        page = context.new_page()
        page.goto(path)
        return page

    def phone(self, path: str, *, by: str | None = None, **options: Any) -> Page:
        settings = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
        return self.open(path, by=by, **(settings | options))

    def excuse(self, pattern: str) -> None:
        """A fault this journey provokes on purpose."""
        self.excused.append(re.compile(pattern))

    def close(self) -> None:
        for context in self.contexts:
            with contextlib.suppress(Exception):  # a browser that died is reported by the test itself
                context.close()

    def unexcused(self) -> list[str]:
        return [fault for fault in self.faults if not any(pattern.search(fault) for pattern in self.excused)]

    def _cookies(self, username: str) -> list[Any]:
        return [
            {"name": cookie.name, "value": cookie.value or "", "url": self.site.address}
            for cookie in self.site.person(username).jar
        ]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _threw(self, error: WebError) -> None:
        self.faults.append(f"exception: {error.error}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.address, *OWN)):
            self.faults.append(f"external host: {urlsplit(request.url).netloc}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"answer: {response.status} {response.request.method} {response.url}")

    def _failed(self, request: Request) -> None:
        # Leaving a page aborts what it still waits for, its live stream first of all.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"request failed: {request.failure} {request.url}")
