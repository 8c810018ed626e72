"""A whole installation of its own for a benchmark: PostgreSQL with every safety on, the 市中 profile, a web server."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks._harness import progress
from wangge.kit import embedded_pg, proc

PROFILE = "shizhong"
COMMAND = [sys.executable, "-c", "from wangge.config.cli import main; main()"]


@dataclass(frozen=True)
class Installation:
    server: embedded_pg.Server
    data_dir: Path
    environment: dict[str, str]

    def connect(self) -> psycopg.Connection[Any]:
        """As the owner of the tables, whom row-level security does not slow down."""
        return psycopg.connect(self.server.owner_url, autocommit=True)

    def wangge(self, *words: str) -> None:
        subprocess.run([*COMMAND, *words], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def python(self, code: str) -> str:
        """Run code under the application's own role; what it prints."""
        prelude = "import django; django.setup()\n"
        done = subprocess.run(
            [sys.executable, "-c", prelude + code], env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()


@contextlib.contextmanager
def installation() -> Iterator[Installation]:
    """Made in a temporary folder and removed again."""
    folder = Path(tempfile.mkdtemp(prefix="wangge-bench-"))
    try:
        with embedded_pg.using(folder / "postgres") as server:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")}
            environment |= {
                "WANGGE_DATA_DIR": str(folder),
                "WANGGE_DATABASE_URL": server.app_url,
                "WANGGE_SEARCHES_PER_MINUTE": "0",  # asked without a pause by one person
                "WANGGE_DATABASE_OWNER_URL": server.owner_url,
                "DJANGO_SETTINGS_MODULE": "wangge.config.settings",
            }
            made = Installation(server, folder, environment)
            progress("migrate, load the profile")
            made.wangge("migrate")
            made.wangge("profile", "load", PROFILE)
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def web(made: Installation, *, workers: int = 2) -> Iterator[int]:
    """A running web server's port."""
    port, held = proc.reserve_port("127.0.0.1")
    environment = made.environment | {"WANGGE_PORT": str(port), "WANGGE_WEB_WORKERS": str(workers)}
    server = subprocess.Popen([*COMMAND, "serve"], env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)
        held.close()


def _wait(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
            return
        time.sleep(0.1)
    raise RuntimeError("the web server did not answer")
