"""The test database: real roles, real row-level security, kept between runs while the migrations are the same.

WANGGE_TEST_SERVER_URL names a server by a superuser's address; without it the embedded one is started under
var/test. WANGGE_TEST_DB names the database (default test_wangge).
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
DATABASE = os.environ.get("WANGGE_TEST_DB", "test_wangge") + (f"_{WORKER}" if WORKER else "")
OWNER, APP = "wangge_owner", "wangge_app"
KEPT = ("django_migrations", "django_content_type", "auth_permission")

_embedded = None
if "WANGGE_TEST_SERVER_URL" not in os.environ:
    from wangge.kit import embedded_pg

    _embedded = embedded_pg.start(ROOT / "var" / "test" / "pg")
    os.environ["WANGGE_TEST_SERVER_URL"] = _embedded.superuser_url  # the workers of xdist inherit it
SERVER = os.environ["WANGGE_TEST_SERVER_URL"]


def address(*, database: str, role: str | None = None) -> str:
    """The test server's address for another database and role (who share the superuser's password)."""
    parts = urlsplit(SERVER)
    netloc = parts.netloc
    if role:
        _, _, host = parts.netloc.rpartition("@")
        netloc = f"{role}:{parts.password}@{host}" if parts.password else f"{role}@{host}"
    return urlunsplit((parts.scheme, netloc, f"/{database}", parts.query, ""))


for _name in [name for name in os.environ if name.startswith("WANGGE_") and not name.startswith("WANGGE_TEST_")]:
    del os.environ[_name]
os.environ["WANGGE_MODE"] = "development"
os.environ["WANGGE_DATABASE_URL"] = address(database=DATABASE, role=APP)
os.environ["WANGGE_DATABASE_OWNER_URL"] = address(database=DATABASE, role=OWNER)
os.environ["WANGGE_DATA_DIR"] = str(ROOT / "var" / "test" / f"data-{DATABASE}")
os.environ["WANGGE_POOL_SIZE"] = "0"  # a test's transaction lives on one connection
os.environ["DJANGO_SETTINGS_MODULE"] = "wangge.config.settings"

import django  # noqa: E402 - the environment comes first
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402

django.setup()

from wangge.kit import grants  # noqa: E402

# How long one example takes says how busy the machine is; CI tries the same examples at every run.
hypothesis.settings.register_profile("wangge", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("wangge")

pytest_plugins = ["tests.personas"]


def pytest_unconfigure() -> None:
    if _embedded is not None:
        _embedded.stop()


def _superuser(database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(address(database=database), autocommit=True)


def _fingerprint() -> str:
    """Of everything that shapes the schema; written on the database as its comment."""
    files = [*sorted(ROOT.glob("wangge/*/migrations/*.py")), ROOT / "wangge/kit/grants.py", Path(__file__)]
    files.append(ROOT / "wangge/org/rls.py")
    digest = hashlib.sha256(django.__version__.encode())
    for file in files:
        if file.exists():
            digest.update(file.as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _roles(admin: psycopg.Connection[tuple[object, ...]]) -> None:
    password = urlsplit(SERVER).password
    for role in (OWNER, APP):
        name = sql.Identifier(role)
        if not admin.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
            admin.execute(sql.SQL("create role {} login nosuperuser nobypassrls").format(name))
        if password:
            admin.execute(sql.SQL("alter role {} password {}").format(name, sql.Literal(password)))


def _claim(admin: psycopg.Connection[tuple[object, ...]]) -> None:
    """Two test runs on one database would spoil each other: the second waits, then gives up."""
    for _ in range(600):
        row = admin.execute("select pg_try_advisory_lock(hashtext(%s))", [DATABASE]).fetchone()
        if row and row[0]:
            return
        time.sleep(0.2)
    pytest.exit(f"database {DATABASE} is in use by another test run; set WANGGE_TEST_DB to another name", 2)


def _create(admin: psycopg.Connection[tuple[object, ...]], fingerprint: str) -> None:
    name = sql.Identifier(DATABASE)
    admin.execute(sql.SQL("drop database if exists {} with (force)").format(name))
    admin.execute(
        sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(name, sql.Identifier(OWNER))
    )
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    grants.grant(connections["owner"])
    connections["owner"].close()
    admin.execute(sql.SQL("comment on database {} is {}").format(name, sql.Literal(fingerprint)))


def _wipe() -> None:
    """Empty every table, as a superuser with triggers off: the log refuses deletion even by its owner."""
    with _superuser(DATABASE) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            """
            do $$ declare t text; filled boolean; begin
              for t in select tablename from pg_tables where schemaname = current_schema() and tablename <> all(%s) loop
                execute format('select exists (select from %%I)', t) into filled;
                if filled then execute format('delete from %%I', t); end if;
              end loop; end $$
            """.replace("%s", "array['" + "','".join(KEPT) + "']").replace("%%", "%")
        )


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Overrides pytest-django's: migrated by the owner, used by the application role."""
    with _superuser("postgres") as admin, django_db_blocker.unblock():
        admin.execute("select pg_advisory_lock(hashtext('wangge roles'))")
        _roles(admin)
        admin.execute("select pg_advisory_unlock(hashtext('wangge roles'))")
        _claim(admin)
        fingerprint = _fingerprint()
        row = admin.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [DATABASE]
        ).fetchone()
        if row is None or row[0] != fingerprint:
            _create(admin, fingerprint)
        _wipe()
        TransactionTestCase._fixture_teardown = lambda _self: _wipe()
        settings.WANGGE.data_dir.mkdir(parents=True, exist_ok=True)
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()


@pytest.fixture
def superuser(django_db_setup: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Outside the test's transaction and above every rule: for tampering, and for looking at what was committed."""
    with _superuser(DATABASE) as connection:
        yield connection
