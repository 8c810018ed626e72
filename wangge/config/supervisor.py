"""`wangge demo`: the embedded database, a loaded district, web, worker and simulation, from start to clean end."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from wangge.config import bootstrap
from wangge.config import env as environment
from wangge.kit import embedded_pg, proc

STOP_SECONDS = 15
HEALTHY_SECONDS = 60


class DemoError(Exception):
    """The demo cannot start or go on; the message says why."""


class Stop(BaseException):
    """SIGINT or SIGTERM came; not an Exception, so that nothing on the way takes it for a failure."""


def say(text: str) -> None:
    print(text, flush=True)


@contextlib.contextmanager
def step(zh: str, en: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    begun = time.monotonic()
    print(f"▶ {zh} {en} …", flush=True)
    yield
    print(f"  ✓ {time.monotonic() - begun:.1f} s", flush=True)


@dataclass
class _Children:
    """The processes of the demo, each in a session of its own so that Ctrl-C reaches only us."""

    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> None:
        self.running[name] = subprocess.Popen(
            _command(*arguments),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=proc.die_with_parent,
        )

    def ended(self) -> str | None:
        return next((name for name, child in self.running.items() if child.poll() is not None), None)

    def stop(self) -> None:
        """Newest first; who does not end in time is killed with its whole session."""
        for child in reversed(self.running.values()):
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        for child in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, end - time.monotonic()))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self.running.clear()


def demo() -> None:
    """Run the demo until SIGINT or SIGTERM, or until one of its processes ends."""
    os.environ.setdefault("WANGGE_MODE", "demo")
    env = environment.read()
    env.data_dir.mkdir(parents=True, exist_ok=True)
    lock = env.data_dir / "demo.lock"
    held = proc.try_lock(lock)
    if held is None:
        raise DemoError(
            f"演示已在运行 the demo already runs: {lock.read_text(encoding='utf-8').strip() or env.data_dir}"
        )
    with _stop_on_signals(), contextlib.suppress(Stop):
        try:
            _run(env, held)
        finally:
            proc.unlock(held, lock)


def _run(env: environment.Env, lock: int) -> None:
    children = _Children()
    with contextlib.ExitStack() as stack:
        with step("启动数据库", "Starting the database"):
            stack.enter_context(bootstrap.database())
        # Stop is raised wherever the signal finds us; from here on children are ended before the database is.
        stack.callback(children.stop)
        _load_once(env)
        port, held = (env.port, None) if env.port else proc.reserve_port(env.host)
        if held is not None:
            stack.callback(held.close)
        os.environ["WANGGE_PORT"] = str(port)
        address = f"http://{env.host}:{port}/"
        os.pwrite(lock, f"{address} (process {os.getpid()})\n".encode(), 0)
        with step("启动网站、后台任务与实时模拟", "Starting web, worker and simulation"):
            children.start("web", "serve")
            _until_healthy(address, children)
            children.start("worker", "worker")
            children.start("watchdog", "watchdog")
            if env.simulation_per_minute > 0:
                children.start("simulation", "simulate")
        _welcome(address)
        try:
            while (name := children.ended()) is None:
                if not env.database_url:
                    _keep_database(env.data_dir / "postgres", stack)
                time.sleep(0.5)
        except Stop:
            say("\n正在停止 Stopping …")
            raise
        raise DemoError(f"{name} 意外退出 ended unexpectedly (see the messages above)")


def _keep_database(data_dir: Path, stack: contextlib.ExitStack) -> None:
    if embedded_pg.running(data_dir) is None:
        with step("数据库意外停止，正在恢复", "The database was killed; recovering it"):
            stack.callback(embedded_pg.start(data_dir).stop)


def _load_once(env: environment.Env) -> None:
    """Migrations and profile; skipped when the same ones were loaded into this very embedded server."""
    mark = None if env.database_url else env.data_dir / "postgres" / "wangge-loaded"
    known = _fingerprint(env)
    if mark and mark.exists() and mark.read_text(encoding="utf-8") == known:
        return
    with step("更新数据库结构", "Migrating"):
        _do("migrate", "--quiet")
    with step("载入区划与示例人员（首次约需一两分钟）", "Loading the district and a demo population"):
        _do("profile", "load", env.profile, "--population")
    if mark:
        mark.write_text(known, encoding="utf-8")


def _fingerprint(env: environment.Env) -> str:
    folder = Path(env.profile) if "/" in env.profile else environment.ROOT / "profiles" / env.profile
    files = [*folder.rglob("*"), *(environment.ROOT / "profiles" / "base").rglob("*")]
    files += (environment.ROOT / "wangge").glob("*/migrations/*.py")
    files += (environment.ROOT / "wangge" / "district").glob("*.py")
    digest = hashlib.sha256(env.profile.encode())
    for path in sorted(file for file in files if file.is_file()):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _do(*arguments: str) -> None:
    child = subprocess.Popen(_command(*arguments), start_new_session=True, preexec_fn=proc.die_with_parent)
    try:
        code = child.wait()
    except Stop:
        child.terminate()
        child.wait()
        raise
    if code != 0:
        raise DemoError(f"wangge {' '.join(arguments)} 失败 failed (exit {code})")


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "wangge.config.cli", *arguments]


def _until_healthy(address: str, children: _Children) -> None:
    def healthy() -> bool:
        if name := children.ended():
            raise DemoError(f"{name} 未能启动 did not start (see the messages above)")
        try:
            with urllib.request.urlopen(f"{address}healthz", timeout=5) as answer:  # noqa: S310  # our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    if not proc.wait_until(healthy, seconds=HEALTHY_SECONDS, every=0.2):
        raise DemoError(f"{HEALTHY_SECONDS} 秒内没有就绪 not healthy in time: {address}healthz")


def _welcome(address: str) -> None:
    with urllib.request.urlopen(f"{address}api/v1/demo-accounts", timeout=30) as answer:  # noqa: S310  # our own
        accounts = json.loads(answer.read())
    say(f"\n网格 Wangge · {address}")
    say(f"  手机端 phone {address}field/ · 公众端 public {address}report/ · 大屏 wall {address}wall\n")
    _table(
        ("账号", "角色", "单位", "能做什么"),
        *((one["username"], one["role_name"], one["unit"], one["does_zh"]) for one in accounts),
    )
    say("\n  密码均为 wangge-demo · the password of all\n")
    say("按 Ctrl-C 停止 Press Ctrl-C to stop.")


def _table(*rows: tuple[str, ...]) -> None:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (wide - _width(cell)) for cell, wide in zip(row, widths, strict=True))
        say("  " + "  ".join(cells).rstrip())


def _width(text: str) -> int:
    return sum(1 if character.isascii() else 2 for character in text)


@contextlib.contextmanager
def _stop_on_signals() -> Iterator[None]:
    stopping = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if not stopping:  # a second Ctrl-C does not break the clean end of the first
            stopping = True
            raise Stop

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
