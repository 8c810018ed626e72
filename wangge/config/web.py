"""The built web application: pages, hashed assets, the phone page's service worker; and the health address."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import mimetypes
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from wangge.config import middleware

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
PAGES = ("field", "report")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class _File:
    """One file of the build in the encodings it was written in, with the headers of its answer."""

    bodies: dict[str, bytes]  # by content encoding; "" is the plain one
    headers: tuple[tuple[bytes, bytes], ...]
    etag: bytes


class _Build:
    """The files of the web build in memory (some megabytes); read again when the build was renewed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamp = 0
        self.files: dict[str, _File] = {}

    def current(self) -> dict[str, _File]:
        stamp = 0
        with contextlib.suppress(OSError):
            stamp = (self.folder / "index.html").stat().st_mtime_ns
        if stamp != self.stamp:
            self.files = {} if stamp == 0 else _read(self.folder)
            self.stamp = stamp
        return self.files


def _read(folder: Path) -> dict[str, _File]:
    suffixes = tuple(suffix for _, suffix in ENCODINGS)
    files = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.endswith((*suffixes, ".map")):
            files["/" + path.relative_to(folder).as_posix()] = _file(path, folder)
    return files


def _file(path: Path, folder: Path) -> _File:
    bodies = {"": path.read_bytes()}
    for encoding, suffix in ENCODINGS:
        packed = path.with_name(path.name + suffix)
        if packed.exists() and packed.stat().st_mtime >= path.stat().st_mtime:
            bodies[encoding] = packed.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    scripts = _inline_script_sources(bodies[""]) if path.suffix == ".html" else ""
    etag = f'"{hashlib.sha256(bodies[""]).hexdigest()[:20]}"'
    hashed = path.relative_to(folder).parts[0] == "assets"
    headers = {
        "Content-Type": kind,
        "Cache-Control": FOREVER if hashed else ASK_FIRST,
        "ETag": etag,
        "Vary": "Accept-Encoding",
        **middleware.security_headers(scripts=scripts),
    }
    if path.name == "sw.js":
        headers["Service-Worker-Allowed"] = f"/{path.relative_to(folder).parent.as_posix()}/"
    return _File(bodies, tuple((k.lower().encode(), v.encode()) for k, v in headers.items()), etag.encode())


def _inline_script_sources(page: bytes) -> str:
    found = _INLINE_SCRIPT.findall(page.decode("utf-8"))
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in found if script)
    return " ".join(f"'sha256-{digest}'" for digest in digests)


_build = _Build(settings.STATIC_ROOT)


async def serve(scope: MutableMapping[str, Any], send: Send) -> None:
    """Answer a request for a page or a file, without Django and without the database."""
    method, path = scope["method"], scope["path"]
    request = dict(scope["headers"])
    if method not in {"GET", "HEAD"}:
        await _send(send, 405, [(b"allow", b"GET, HEAD")], b"", head=False)
        return
    files = _build.current()
    file = files.get(path) or files.get(_page_for(path))
    if file is None:
        status, page = (503, _NOT_BUILT) if not files else (404, _NOT_FOUND)
        await _send(send, status, _plain_headers(), page.encode(), head=method == "HEAD")
        return
    if file.etag in request.get(b"if-none-match", b""):
        await _send(send, 304, list(file.headers), b"", head=True)
        return
    accepted = request.get(b"accept-encoding", b"").decode("latin-1")
    for encoding, _ in ENCODINGS:
        if encoding in accepted and encoding in file.bodies:
            headers = [*file.headers, (b"content-encoding", encoding.encode())]
            await _send(send, 200, headers, file.bodies[encoding], head=method == "HEAD")
            return
    await _send(send, 200, list(file.headers), file.bodies[""], head=method == "HEAD")


def _page_for(path: str) -> str:
    """The page whose script draws `path`; an address that looks like a file has none."""
    if "." in path.rpartition("/")[2] or path.startswith("/assets/"):
        return ""
    top = path.split("/")[1]
    return f"/{top}/index.html" if top in PAGES else "/index.html"


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, head: bool) -> None:
    if status != 304:
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


def _plain_headers() -> list[tuple[bytes, bytes]]:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", **middleware.security_headers()}
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _page(title: str, *paragraphs: str) -> str:
    text = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><h1>{html.escape(title)}</h1>{text}</html>"
    )


_NOT_BUILT = _page(
    "网页尚未构建",
    "接口（/api/v1）照常可用。请在代码目录运行 make web，然后刷新本页。",
    "The web pages are not built yet. Run `make web` in the source folder and reload. The API works meanwhile.",
)
_NOT_FOUND = _page("没有这个页面", "请检查地址。", "There is no such page.")


def health(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers a write-capable connection, else 503; asked by load balancers and by `wangge demo`.

    A connection of its own, so that the answer does not wait behind requests for one of the pool.
    """
    entry = settings.DATABASES["default"]
    state = "ok"
    try:
        with psycopg.connect(
            dbname=entry["NAME"],
            user=entry["USER"],
            password=entry["PASSWORD"] or None,
            host=entry["HOST"] or None,
            port=entry["PORT"] or None,
            connect_timeout=2,
            **{key: value for key, value in entry["OPTIONS"].items() if key != "pool"},
        ) as connection:
            row = connection.execute("select pg_is_in_recovery() or current_setting('transaction_read_only')::bool")
            if row.fetchone() == (True,):
                state = "read-only"
    except psycopg.Error:
        state = "down"
    response = JsonResponse({"status": "ok" if state == "ok" else "unavailable", "database": state})
    response.status_code = 200 if state == "ok" else 503
    response["Cache-Control"] = "no-store"
    return response
