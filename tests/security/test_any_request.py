"""Requests made up from the API's own description: whatever comes, no answer is a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

from tests.security.conftest import API
from wangge.casework.tests.conftest import Play
from wangge.config.api import api
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES_EACH = 3  # of some sixty operations
DOCUMENT = orjson.loads(orjson.dumps(api.get_openapi_schema(), default=str, option=orjson.OPT_NON_STR_KEYS))
OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()]
HELD = {"POST /api/v1/session", "DELETE /api/v1/session"}  # would sign the sender out, or take a second for argon2


def names(operations: list[Any]) -> list[Any]:
    return [pytest.param(one, id=one.label.replace("/", "·")) for one in operations if one.label not in HELD]


@pytest.mark.filterwarnings("ignore")  # the generator's own
@pytest.mark.parametrize("operation", names(OPERATIONS))
def test_no_request_breaks_the_site(
    operation: Any, act: Play, people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    clients = {name: client_for(getattr(people, name)) for name in ("dispatcher", "security_admin", "system_admin")}
    cases = [str(act.submit().pk)]

    @settings(
        max_examples=EXAMPLES_EACH, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        path = case.formatted_path
        if "case_id" in (case.path_parameters or {}):
            path = path.replace(str(case.path_parameters["case_id"]), cases[0], 1)
        query = urlencode({k: v for k, v in (case.query or {}).items() if v is not None}, doseq=True, errors="replace")
        body = case.body if isinstance(case.body, dict | list | str | int | float | bool | None) else None
        sent = case.media_type == "application/json" and body is not None
        raw = json.dumps(body, default=str).encode() if sent else b""
        for name, client in clients.items():
            answer = client.generic(
                case.method, f"{path}{'?' if query else ''}{query}", raw,
                content_type=case.media_type or "application/json", headers={"Idempotency-Key": str(uuid7())},
            )  # fmt: skip
            assert answer.status_code < 500, f"{name} {case.method} {path}?{query} {raw[:500]!r} {_said(answer)!r}"

    run()


def _said(answer: Any) -> bytes:
    return b"" if answer.streaming else answer.content[:300]


def test_the_description_is_whole() -> None:
    assert len(OPERATIONS) > 50
    assert all(one.path.startswith(API) for one in OPERATIONS)
