"""Promise 15 and what else arrives on the line before any route is asked."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests import small_site
from tests.small_site import SmallSite, Visitor
from wangge.kit.ids import uuid7

pytestmark = pytest.mark.slow
CUT_SECONDS = 15
CASE = {"title": "楼下有垃圾", "category": "M-01001"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSite]:
    with small_site.running(tmp_path_factory.mktemp("wire"), worker=False) as made:
        yield made


@pytest.fixture(scope="module")
def dispatcher(site: SmallSite) -> Visitor:
    return site.visitor("dispatcher")


def raw(site: SmallSite, request: bytes, *, seconds: float = 10) -> bytes:
    """What comes back for these very bytes."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=seconds) as line:
        line.sendall(request)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
            if b"\r\n\r\n" in b"".join(parts) and b"content-length: 0" in b"".join(parts):
                break
        return b"".join(parts)


def get(site: SmallSite, path: str, *headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{site.port}", "Connection: close", *headers]
    return raw(site, "\r\n".join([*lines, "", ""]).encode("latin-1"))


def took_to_report(who: Visitor) -> float:
    begun = time.monotonic()
    status, _, body = who.send("POST", "/cases", CASE, Idempotency_Key=str(uuid7()))
    assert status == 201, body
    return time.monotonic() - begun


# --- 15: slow clients ---


def test_clients_that_send_a_byte_a_second_are_cut_and_hold_nobody_up(site: SmallSite, dispatcher: Visitor) -> None:
    took_to_report(dispatcher)
    cut: list[float] = []

    def trickle(start: bytes) -> None:
        begun = time.monotonic()
        with socket.create_connection(("127.0.0.1", site.port)) as line:
            line.settimeout(1)
            try:
                line.sendall(start)
                while time.monotonic() - begun < 3 * CUT_SECONDS:
                    line.sendall(b"a")
                    try:
                        if not line.recv(4096):
                            break
                        if b"a" not in start[-4:]:  # an answer, then the end of the line
                            break
                    except TimeoutError:
                        continue
            except OSError:
                pass
        cut.append(time.monotonic() - begun)

    headers = b"POST /api/v1/cases HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a"
    body = b"POST /api/v1/cases HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
    slow = [threading.Thread(target=trickle, args=(start,)) for start in (headers, body) * 40]
    for one in slow:
        one.start()
    time.sleep(1)
    reports = [took_to_report(dispatcher) for _ in range(5)]
    for one in slow:
        one.join()
    assert max(reports) < 5
    assert len(cut) == 80
    assert max(cut) < CUT_SECONDS


@pytest.mark.parametrize("size", [200_000, 1_000_000, 10_000_000])
def test_huge_headers_are_refused(site: SmallSite, dispatcher: Visitor, size: int) -> None:
    answer = b""
    with contextlib.suppress(OSError):  # cut off before we had sent it all
        answer = get(site, "/api/v1/session", "X-Huge: " + "a" * size)
    assert answer == b"" or answer.split(b" ")[1] in {b"400", b"413", b"431"}, answer[:200]
    took_to_report(dispatcher)


def test_thousands_of_headers_are_refused(site: SmallSite) -> None:
    try:
        answer = get(site, "/api/v1/session", *[f"X-{n}: a" for n in range(5000)])
    except OSError:
        return
    assert answer == b"" or answer.split(b" ")[1] in {b"400", b"413", b"431"}, answer[:200]


def test_two_hundred_idle_live_pages_do_not_keep_a_report_waiting(site: SmallSite, dispatcher: Visitor) -> None:
    lines: list[socket.socket] = []
    try:
        for n in range(25):
            watcher = site.visitor(f"watcher{n}")
            for _ in range(8):
                line = socket.create_connection(("127.0.0.1", site.port), timeout=20)
                cookie = watcher.headers()["Cookie"]
                request = f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: {cookie}\r\n\r\n"
                line.sendall(request.encode())
                lines.append(line)
        opened = [line.recv(4096) for line in lines]
        assert [one[:15] for one in opened] == [b"HTTP/1.1 200 OK"] * 200
        reports = [took_to_report(dispatcher) for _ in range(10)]
    finally:
        for line in lines:
            line.close()
    assert sorted(reports)[5] < 2
    assert max(reports) < 5


def test_one_person_cannot_take_all_the_live_pages(site: SmallSite) -> None:
    watcher = site.visitor("watcher25")
    lines: list[socket.socket] = []
    answers = []
    for _ in range(9):
        line = socket.create_connection(("127.0.0.1", site.port), timeout=20)
        cookie = watcher.headers()["Cookie"]
        line.sendall(f"GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        answers.append(line.recv(4096)[9:12])
        lines.append(line)
    for line in lines:
        line.close()
    assert answers == [b"200"] * 8 + [b"429"]


# --- paths, hosts, requests in two minds ---


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/assets/../../../etc/passwd", "/assets/..%2f..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/%00", "//etc/passwd", "/assets/..\\..\\settings.py", "/.env", "/.git/config",
        "/wangge/config/settings.py",
        "/assets/", "/static/../settings.py", "/api/v1/../../etc/passwd", "/index.html%00.js", "/assets/index.js.map",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_pages(site: SmallSite, path: str) -> None:
    answer = get(site, path)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"root:" not in body
    assert b"SECRET_KEY" not in body
    assert b"[core]" not in body
    status = head.split(b" ")[1]
    assert status in {b"200", b"400", b"404", b"503"}
    if status == b"200":  # the console's page, which says itself that there is nothing here
        assert b"<!doctype html>" in body.lower()


@pytest.mark.parametrize("path", ["/", "/field/", "/report/", "/api/v1/session", "/api/v1/nothing", "/api/v1/cases"])
def test_every_answer_binds_the_browser(site: SmallSite, path: str) -> None:
    head = get(site, path).partition(b"\r\n\r\n")[0].decode("latin-1").lower()
    policy = next(line for line in head.split("\r\n") if line.startswith("content-security-policy:"))
    assert "object-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    script = next(part for part in policy.split(";") if "script-src" in part)
    assert "unsafe-inline" not in script
    assert "http" not in script.replace("content-security-policy", "")
    assert "x-content-type-options: nosniff" in head
    assert "access-control-allow-origin" not in head


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
def test_another_name_for_our_address_gets_no_data(site: SmallSite, host: str) -> None:
    request = f"GET /api/v1/session HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    answer = raw(site, request.encode())
    assert answer.split(b" ")[1] == b"400"
    assert b"evil" not in answer


@pytest.mark.parametrize(
    "request_line",
    [
        b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET /api/v1/session HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET http://169.254.169.254/latest HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\nConnection: close\r\n\r\n",
        b"GET /api/v1/session\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /api/v1/cases/\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_harms_nobody(
    site: SmallSite, dispatcher: Visitor, request_line: bytes
) -> None:
    try:
        answer = raw(site, request_line, seconds=CUT_SECONDS)
    except OSError:
        answer = b""
    assert answer == b"" or int(answer.split(b" ")[1]) in {200, 400, 401, 404, 405, 408, 411, 422, 501, 505}, answer
    assert b"ami-id" not in answer
    took_to_report(dispatcher)


def test_a_whole_report_goes_through_all_the_same(dispatcher: Visitor) -> None:
    key = str(uuid7())
    first: tuple[Any, ...] = dispatcher.send("POST", "/cases", CASE, Idempotency_Key=key)
    again: tuple[Any, ...] = dispatcher.send("POST", "/cases", CASE, Idempotency_Key=key)
    assert (first[0], first[2]) == (again[0], again[2])
