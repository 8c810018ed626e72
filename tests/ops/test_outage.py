"""A database that goes away under a running site: plain answers, nothing acknowledged, recovery by itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from wangge.kit import embedded_pg, proc

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@dataclass
class Site:
    address: str
    data_dir: Path

    def get(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, _lower(answer.headers.items()), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, _lower(error.headers.items()), error.read()

    def postgres(self) -> embedded_pg.Server:
        server = embedded_pg.running(self.data_dir / "postgres")
        assert server is not None
        return server


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data_dir = tmp_path_factory.mktemp("outage")
    port, held = proc.reserve_port("127.0.0.1", first=18000)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WANGGE_")}
    environment |= {"WANGGE_DATA_DIR": str(data_dir), "WANGGE_PORT": str(port), "WANGGE_WEB_WORKERS": "1"}
    command = [sys.executable, "-m", "wangge.config.cli"]
    with embedded_pg.using(data_dir / "postgres"):
        subprocess.run([*command, "migrate", "--quiet"], env=environment, cwd=ROOT, check=True, timeout=120)
        server = subprocess.Popen([*command, "serve"], env=environment, cwd=ROOT)
        found = Site(f"http://127.0.0.1:{port}", data_dir)
        try:
            assert proc.wait_until(lambda: _healthy(found), seconds=60, every=0.2)
            yield found
        finally:
            server.terminate()
            server.wait(30)
            held.close()
    embedded_pg.stop(data_dir / "postgres")


def _healthy(site: Site) -> bool:
    try:
        return site.get("/healthz")[0] == 200
    except OSError:
        return False


def assert_unavailable(answer: tuple[int, dict[str, str], bytes]) -> None:
    status, headers, body = answer
    assert status == 503
    assert headers["content-type"] == "application/problem+json"
    assert int(headers["retry-after"]) > 0
    problem = json.loads(body)
    assert problem["code"] == "unavailable"
    assert "没有保存" in problem["detail"]


def test_a_killed_database_gives_plain_answers_and_the_site_recovers_with_it(site: Site) -> None:
    assert site.get("/api/v1/session")[0] == 200
    os.kill(site.postgres().pid, signal.SIGKILL)
    assert proc.wait_until(lambda: embedded_pg.running(site.data_dir / "postgres") is None, seconds=5)

    begun = time.monotonic()
    assert_unavailable(site.get("/api/v1/session"))
    assert time.monotonic() - begun < 10
    status, _, body = site.get("/healthz")
    assert (status, json.loads(body)["database"]) == (503, "down")
    # Pages are files: they come without a database, and say themselves that it is away.
    assert b"<!doctype html>" in site.get("/")[2].lower()

    with embedded_pg.using(site.data_dir / "postgres"):
        assert proc.wait_until(lambda: site.get("/api/v1/session")[0] == 200, seconds=15, every=0.5)
        assert _healthy(site)


def test_a_read_only_database_refuses_writes_and_serves_reads(site: Site) -> None:
    with embedded_pg.using(site.data_dir / "postgres") as server:
        admin = psycopg.connect(server.superuser_url, autocommit=True)
        admin.execute("alter database wangge set default_transaction_read_only = on")
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'wangge_app'")
        try:
            assert site.get("/api/v1/session")[0] == 200
            assert json.loads(site.get("/healthz")[2])["database"] == "read-only"
            # A sign-in writes: the attempt is counted, the session kept.
            assert_unavailable(
                site.get(
                    "/api/v1/session",
                    {"username": "nobody", "password": "not this one"},
                    **{"Content-Type": "application/json"},
                )
            )
        finally:
            admin.execute("alter database wangge reset default_transaction_read_only")
            admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'wangge_app'")
            admin.close()
    assert proc.wait_until(lambda: _healthy(site), seconds=10, every=0.2)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 100_000, 400),
        (b'{"username": "a", "username": "b", "password": "c"}', 400),
        (b'{"username": NaN, "password": "c"}', 400),
        (b'{"username": 1e999, "password": "c"}', 400),
        (b'{"username": "a\\u0000", "password": "c"}', 400),
        (b'{"username": "\\ud800", "password": "c"}', 400),
        (b"\xff\xfe", 400),
        (b'{"username": "a", "password": "c", "is_staff": true}', 422),
        (b"{}", 422),
    ],
)
def test_bad_json_is_refused_with_its_reason_and_never_breaks_the_site(site: Site, body: bytes, status: int) -> None:
    request = urllib.request.Request(
        f"{site.address}/api/v1/session", data=body, headers={"Content-Type": "application/json"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=30)
    with refused.value as answer:
        assert answer.code == status
        assert json.loads(answer.read())["detail"]


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(site: Site) -> None:
    status, headers, body = site.get("/api/v1/session", "x" * (27 * 1024 * 1024))
    assert status == 413
    assert json.loads(body)["code"] == "too_large"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_request_from_another_page_is_refused(site: Site) -> None:
    status, _, body = site.get(
        "/api/v1/session", {"username": "a", "password": "b"}, **{"Sec-Fetch-Site": "cross-site"}
    )
    assert (status, json.loads(body)["code"]) == (403, "csrf_failed")
    status, _, body = site.get("/api/v1/session", {"username": "a", "password": "b"}, Cookie="wangge_csrf=" + "a" * 32)
    assert (status, json.loads(body)["code"]) == (403, "csrf_failed")


def test_every_answer_carries_the_headers_that_bind_the_browser(site: Site) -> None:
    for path in ("/", "/api/v1/session", "/api/v1/nothing", "/healthz", "/assets/gone.js"):
        _, headers, _ = site.get(path)
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
    assert site.get("/api/v1/session")[1]["cache-control"] == "no-store"
