"""`wangge serve`: granian with our ASGI application, refusing a database that could lose what was acknowledged."""

from __future__ import annotations

import os
import sys

import psycopg
from django.conf import settings
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from wangge.config import bootstrap
from wangge.kit import proc

HEADER_MILLISECONDS = 10_000
HEADER_BYTES = 64 * 1024
KILL_SECONDS = 10


def serve() -> int | None:
    """Serve until SIGINT or SIGTERM."""
    env = settings.WANGGE
    if env.production and (unsafe := _unsafe()):
        print(
            f"数据库设置会丢失已确认的数据，拒绝启动：{', '.join(unsafe)}\n"
            f"refusing to serve on a database that may lose what it acknowledged: {', '.join(unsafe)}",
            file=sys.stderr,
        )
        return 1
    if env.port and proc.listening(env.host, env.port):
        print(f"端口 {env.port} 已被占用 port {env.port} is in use", file=sys.stderr)
        return 1
    port, _held = (env.port, None) if env.port else proc.reserve_port(env.host)
    print(f"网格 Wangge http://{env.host}:{port}/", flush=True)
    Server(
        "wangge.config.asgi:application",
        address=env.host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=env.web_workers,
        websockets=False,
        http=HTTPModes.http1,  # a proxy in front speaks HTTP/2 to browsers; here it has no time limit for headers
        # Headers that trickle in are cut off; bodies are by the application.
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=HEADER_BYTES),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
    ).serve()
    return None


def _unsafe() -> list[str]:
    try:
        return bootstrap.unsafe_settings(os.environ.get("WANGGE_DATABASE_URL", settings.WANGGE.database_url))
    except psycopg.OperationalError:
        return []  # the site starts without its database, says so, and recovers with it
