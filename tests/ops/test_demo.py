"""`wangge demo` as a visitor starts, stops and kills it: it comes up, says where, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wangge.kit import embedded_pg, proc

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FIRST_START_SECONDS = 300
LATER_START_SECONDS = 15
STOP_SECONDS = 30
ADDRESS = re.compile(r"网格 Wangge · (http://\S+)")


@dataclass
class Demo:
    """One data folder, started again and again."""

    data_dir: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.data_dir.parent / "demo.log"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")}
        return kept | {"WANGGE_DATA_DIR": str(self.data_dir), "WANGGE_SIMULATION_PER_MINUTE": "6"}

    def start(self, seconds: float) -> str:
        """Its address, once it says that it is ready."""
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wangge.config.cli", "demo"],
                env=self.environment(),
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        ready = proc.wait_until(lambda: "Ctrl-C" in self.said() or self.process.poll() is not None, seconds=seconds)
        found = ADDRESS.search(self.said())
        assert ready, self.said()
        assert found, self.said()
        return found[1]

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def interrupt(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def processes(self) -> list[int]:
        """Everything that was started for this folder: it is in their environment."""
        mark = f"WANGGE_DATA_DIR={self.data_dir}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    variables = (entry / "environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if mark in variables and proc.alive(int(entry.name)):
                    found.append(int(entry.name))
        return found

    def assert_nothing_left(self) -> None:
        assert self.processes() == []
        assert {path.name for path in self.data_dir.iterdir()} <= {"postgres", "postgres.log", "attachments", "imports"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    one = Demo(tmp_path_factory.mktemp("demo") / "var")
    yield one
    for pid in one.processes():
        os.kill(pid, signal.SIGKILL)
    if one.process is not None:
        one.process.wait(STOP_SECONDS)
    embedded_pg.stop(one.data_dir / "postgres")


def get(address: str, path: str) -> object:
    with urllib.request.urlopen(address + path, timeout=30) as answer:
        return json.loads(answer.read())


def test_the_first_start_shows_its_address_an_account_per_role_and_ends_clean(demo: Demo) -> None:
    begun = time.monotonic()
    address = demo.start(FIRST_START_SECONDS)
    print(f"first start {time.monotonic() - begun:.1f} s")
    assert get(address, "healthz") == {"status": "ok", "database": "ok"}
    accounts = get(address, "api/v1/demo-accounts")
    assert isinstance(accounts, list)
    assert len({account["role"] for account in accounts}) >= 14
    for account in accounts:
        assert account["username"] in demo.said()

    second = subprocess.run(
        [sys.executable, "-m", "wangge.config.cli", "demo"],
        env=demo.environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert address in second.stderr

    server = embedded_pg.running(demo.data_dir / "postgres")
    assert server is not None
    assert demo.interrupt() == 0
    assert not server.socket_dir.exists()
    demo.assert_nothing_left()


def test_a_later_start_is_quick_and_a_killed_database_comes_back(demo: Demo) -> None:
    begun = time.monotonic()
    address = demo.start(60)
    seconds = time.monotonic() - begun
    print(f"later start {seconds:.1f} s, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert seconds <= LATER_START_SECONDS * busy

    server = embedded_pg.running(demo.data_dir / "postgres")
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)

    def recovered() -> bool:
        again = embedded_pg.running(demo.data_dir / "postgres")
        return again is not None and again.pid != server.pid

    assert proc.wait_until(recovered, seconds=30, every=0.2)
    assert proc.wait_until(lambda: _healthy(address), seconds=30, every=0.2)


def _healthy(address: str) -> bool:
    try:
        return get(address, "healthz") == {"status": "ok", "database": "ok"}
    except OSError:
        return False


def test_a_killed_demo_takes_its_processes_along_and_starts_again(demo: Demo) -> None:
    assert demo.process is not None
    demo.process.kill()
    demo.process.wait(STOP_SECONDS)

    def only_the_database() -> bool:
        server = embedded_pg.running(demo.data_dir / "postgres")
        assert server is not None
        family = {server.pid, *proc.in_folder(demo.data_dir / "postgres")}
        return set(demo.processes()) <= family

    assert proc.wait_until(only_the_database, seconds=STOP_SECONDS, every=0.2)
    demo.start(60)
    assert demo.interrupt() == 0
    demo.assert_nothing_left()
