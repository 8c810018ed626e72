"""A whole Wangge for the journeys: its own database with the 市中 district, web and worker, an HTTP client."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg import sql

ROOT = Path(__file__).parents[2]
PASSWORD = "wangge-demo"
OWNER, APP = "wangge_owner", "wangge_app"


class Refused(AssertionError):
    """The site answered with an error; `status` and `body` are what it said."""

    def __init__(self, method: str, path: str, status: int, body: Any) -> None:
        super().__init__(f"{method} {path} → {status} {json.dumps(body, ensure_ascii=False)[:600]}")
        self.status, self.body = status, body


@dataclass
class Person:
    """One browser's cookies, as a script would hold them."""

    address: str
    jar: CookieJar = field(default_factory=CookieJar)

    def __post_init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def _token(self) -> str:
        return next((cookie.value or "" for cookie in self.jar if cookie.name == "wangge_csrf"), "")

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Any:
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1{path}", data=data, method=method)
        if raw is None and data is not None:
            request.add_header("Content-Type", "application/json")
        if method != "GET":
            request.add_header("X-CSRFToken", self._token())
            request.add_header("Origin", self.address)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with self.opener.open(request, timeout=60) as reply:
                content = reply.read()
                return json.loads(content) if "json" in reply.headers.get("Content-Type", "") and content else content
        except urllib.error.HTTPError as error:
            content = error.read()
            try:
                said = json.loads(content)
            except ValueError:
                said = content.decode(errors="replace")
            raise Refused(method, path, error.code, said) from error

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path + (f"?{urlencode(query)}" if query else ""))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, {} if body is None else body, headers=headers)

    def upload(self, path: str, file: bytes, name: str, **fields: str) -> Any:
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: application/octet-stream\r\n\r\n".encode()
            + file
            + b"\r\n"
        )
        raw = b"".join(parts) + f"--{edge}--\r\n".encode()
        return self.call("POST", path, raw=raw, headers={"Content-Type": f"multipart/form-data; boundary={edge}"})

    def sign_in(self, username: str) -> Person:
        self.get("/session")
        self.post("/session", {"username": username, "password": PASSWORD})
        return self


@dataclass
class Site:
    address: str
    superuser_url: str
    environment: dict[str, str]
    people: dict[str, Person] = field(default_factory=dict)
    signing_in: threading.Lock = field(default_factory=threading.Lock)

    def person(self, username: str) -> Person:
        """Signed in once, remembered."""
        with self.signing_in:
            if username not in self.people:
                self.people[username] = Person(self.address).sign_in(username)
        return self.people[username]

    def stranger(self) -> Person:
        visitor = Person(self.address)
        visitor.get("/session")
        return visitor

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What the database holds, above every rule."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def run(self, *arguments: str) -> str:
        """A `wangge` command on this site's database."""
        done = subprocess.run(
            [sys.executable, "-m", "wangge.config.cli", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, f"wangge {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for pattern in (
        "wangge/*/migrations/*.py", "wangge/district/*.py", "wangge/registry/sealing.py", "profiles/**/*",
        "tests/journeys/site.py",
    ):  # fmt: skip
        for file in sorted(ROOT.glob(pattern)):
            if file.is_file():
                digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def _template(server: str, address: Any, environment: dict[str, str], name: str) -> None:
    """A loaded district to copy from, made again only when migrations or profiles have changed."""
    fingerprint = _fingerprint()
    with psycopg.connect(server, autocommit=True) as admin:
        found = admin.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [name]
        ).fetchone()
        if found and found[0] == fingerprint:
            return
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        admin.execute(
            sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )
        for command in (("migrate",), ("profile", "load", "shizhong", "--population")):
            done = subprocess.run(
                [sys.executable, "-m", "wangge.config.cli", *command],
                env=environment,
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"wangge {' '.join(command)}:\n{done.stdout}\n{done.stderr}"
        admin.execute(sql.SQL("comment on database {} is {}").format(sql.Identifier(name), sql.Literal(fingerprint)))


FIELD_KEY = "5a" * 32  # the copy must open what the template has sealed


def _environment(address: Any, database: str, port: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WANGGE_") or k.startswith("WANGGE_TEST_")}
    return kept | {
        "WANGGE_MODE": "demo",
        "WANGGE_FIELD_KEY": FIELD_KEY,
        "WANGGE_DATABASE_URL": address(database=database, role=APP),
        "WANGGE_DATABASE_OWNER_URL": address(database=database, role=OWNER),
        "WANGGE_DATA_DIR": str(ROOT / "var" / "test" / f"site-{database}"),
        "WANGGE_PORT": str(port),
        "WANGGE_WEB_WORKERS": "1",
    }


@contextlib.contextmanager
def running(server: str, address: Any, port: int, suffix: str = "") -> Iterator[Site]:
    """Copy the template, start web and worker, wait until healthy, stop both."""
    template, database = f"wangge_site_template{suffix}", f"wangge_site{suffix}"
    _template(server, address, _environment(address, template, port), template)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
        admin.execute(
            sql.SQL("create database {} owner {} template {}").format(
                sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(template)
            )
        )
    environment = _environment(address, database, port)
    log = Path(environment["WANGGE_DATA_DIR"])
    log.mkdir(parents=True, exist_ok=True)
    site = Site(f"http://127.0.0.1:{port}", address(database=database), environment)
    with contextlib.ExitStack() as stack:
        for name in ("serve", "worker"):
            out = stack.enter_context((log / f"{name}.log").open("wb"))
            child = subprocess.Popen(
                [sys.executable, "-m", "wangge.config.cli", name], env=environment, cwd=ROOT, stdout=out, stderr=out
            )
            stack.callback(_end, child)
        _until_healthy(site.address, log)
        yield site


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(20)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _until_healthy(address: str, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=2) as reply:
            if reply.status == 200:
                return
        time.sleep(0.2)
    raise AssertionError(f"the site did not start:\n{(log / 'serve.log').read_text()[-3000:]}")
