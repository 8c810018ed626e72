"""The small district of `tests.factories` behind a real web server, a worker and a database that may be killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.factories import PASSWORD
from wangge.kit import embedded_pg, proc

ROOT = Path(__file__).parents[1]
WATCHERS = 26  # people who may each keep a few live pages open

_POPULATE = f"""
import django; django.setup()
from tests import factories
from wangge.casework.tests.conftest import make_lists
from wangge.org.models import Post, User
made = factories.make_district()
make_lists(made)
users = [User(username=f"watcher{{n}}", name="值守", password=factories.password_hash()) for n in range({WATCHERS})]
User.objects.bulk_create(users)
Post.objects.bulk_create(
    factories.make_post(made, user, role="district_operator", unit="command") for user in users
)
"""


class Away(Exception):
    """The site did not answer, or not to the end."""


@dataclass
class Visitor:
    """One browser: its cookies, its token; a new connection for each request."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        return sent | {"X-CSRFToken": self.cookies.get("wangge_csrf", ""), "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; Away when there is no whole answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            line.request(method, path if path == "/healthz" else f"/api/v1{path}", data, self.headers() | named)
            answer = line.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Away(type(error).__name__) from error
        finally:
            line.close()
        for morsel in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = morsel.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, content

    def sign_in(self, username: str) -> Visitor:
        self.send("GET", "/session")
        status, _, body = self.send("POST", "/session", {"username": username, "password": PASSWORD})
        assert status == 200, body
        return self


@dataclass
class SmallSite:
    data_dir: Path
    port: int
    environment: dict[str, str]
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def visitor(self, username: str | None = None) -> Visitor:
        made = Visitor(self.port)
        return made.sign_in(username) if username else made

    def start(self, name: str, *, called: str = "", **environment: str) -> None:
        """`serve`, `worker` or `watchdog`; over a dead one as well. `called` tells several of a kind apart."""
        called = called or name
        log = (self.data_dir / f"{called}.log").open("ab")
        self.children[called] = subprocess.Popen(
            [sys.executable, "-m", "wangge.config.cli", name], env=self.environment | environment, cwd=ROOT,
            stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip

    def kill(self, name: str) -> None:
        """As the kernel does when memory runs out: the process and all it started."""
        child = self.children[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def healthy(self) -> bool:
        try:
            return self.visitor().send("GET", "/healthz")[0] == 200
        except Away:
            return False

    def until_healthy(self, seconds: float = 60) -> None:
        assert proc.wait_until(self.healthy, seconds=seconds, every=0.1), self.log()

    def postgres(self) -> embedded_pg.Server:
        server = embedded_pg.running(self.data_dir / "postgres")
        assert server is not None
        return server

    def admin(self) -> psycopg.Connection[tuple[Any, ...]]:
        """On the site's database, above every rule."""
        return psycopg.connect(self.postgres().url("postgres"), autocommit=True)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.admin() as connection:
            return connection.execute(query, parameters).fetchall()

    def broken_invariants(self) -> str:
        """What `wangge check invariants` says is wrong."""
        done = subprocess.run(
            [sys.executable, "-m", "wangge.config.cli", "check", "invariants"], env=self.environment, cwd=ROOT,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def log(self, called: str = "serve") -> str:
        return (self.data_dir / f"{called}.log").read_text(errors="replace")[-3000:]


@contextlib.contextmanager
def running(data_dir: Path, *, worker: bool = True, web_workers: int = 1) -> Iterator[SmallSite]:
    """Migrated, populated, healthy; all of it is gone afterwards."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port, held = proc.reserve_port("127.0.0.1", first=18400)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")}
    environment |= {
        "WANGGE_DATA_DIR": str(data_dir),
        "WANGGE_PORT": str(port),
        "WANGGE_WEB_WORKERS": str(web_workers),
        "DJANGO_SETTINGS_MODULE": "wangge.config.settings",
        "PYTHONPATH": str(ROOT),
    }
    site = SmallSite(data_dir, port, environment)
    with contextlib.ExitStack() as stack:
        stack.callback(held.close)
        stack.callback(embedded_pg.stop, data_dir / "postgres")
        server = stack.enter_context(embedded_pg.using(data_dir / "postgres"))
        site.environment["WANGGE_DATABASE_URL"] = server.app_url
        site.environment["WANGGE_DATABASE_OWNER_URL"] = server.owner_url
        for command in (["-m", "wangge.config.cli", "migrate", "--quiet"], ["-c", _POPULATE]):
            subprocess.run([sys.executable, *command], env=site.environment, cwd=ROOT, check=True, timeout=120)
        stack.callback(lambda: [site.kill(name) for name in site.children])
        for name in ("serve", "worker") if worker else ("serve",):
            site.start(name)
        site.until_healthy()
        yield site
