"""The lists and ready-made cases of casework's own tests, and a client that speaks JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from wangge.casework.tests.conftest import act, fresh_memory, lists, picture  # noqa: F401 - fixtures
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor

Send = Callable[..., Any]
API = "/api/v1"


@pytest.fixture
def send(client_for: Callable[[Actor | None], Client]) -> Send:
    """`send(who, "POST", "/cases", body)` as the actor who (None: a stranger); `raw` goes as it is."""

    def run(
        who: Actor | Client | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        **headers: str,
    ) -> Any:
        client = who if isinstance(who, Client) else client_for(who)
        data = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        sent = {"Idempotency-Key": str(uuid7())} | {name.replace("_", "-"): value for name, value in headers.items()}
        return client.generic(method, f"{API}{path}", data, content_type="application/json", headers=sent)

    return run
