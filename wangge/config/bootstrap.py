"""What comes before Django: a database to talk to, under the two roles."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import psycopg

from wangge.config import env as environment
from wangge.kit import embedded_pg


@contextlib.contextmanager
def database() -> Iterator[None]:
    """Name a database in the environment: the configured one, else the embedded server for as long as it is used."""
    env = environment.read()
    if env.database_url:
        yield
        return
    env.data_dir.mkdir(parents=True, exist_ok=True)
    with embedded_pg.using(env.data_dir / "postgres") as server:
        os.environ["WANGGE_DATABASE_URL"] = server.app_url
        os.environ["WANGGE_DATABASE_OWNER_URL"] = server.owner_url
        yield


def django() -> None:
    """Set Django up; only after the environment is complete."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wangge.config.settings")
    import django as framework

    framework.setup()


def unsafe_settings(url: str) -> list[str]:
    """Settings of the server that could lose what was acknowledged, as `name=value`."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        found = connection.execute(
            "select name, setting from pg_settings where name = any(%s)", [list(embedded_pg.SAFE)]
        ).fetchall()
    return [f"{name}={setting}" for name, setting in found if setting in {"off", "local"}]
