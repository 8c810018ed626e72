"""The live stream through the real web server: what leaves on the wire, and when the line is cut."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from tests import factories
from tests.factories import District
from wangge.casework.models import Case
from wangge.casework.tests.conftest import Play, fresh_memory, make_lists
from wangge.kit import proc
from wangge.org import selectors
from wangge.org.scope import Actor

__all__ = ["fresh_memory"]  # a fixture for every test here
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]


@dataclass
class Served:
    port: int
    process: subprocess.Popen[bytes]


@pytest.fixture
def served(transactional_db: None, tmp_path: Path) -> Iterator[Served]:
    """The web server on the test's database."""
    port, held = proc.reserve_port("127.0.0.1", first=18200)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_TEST_")}
    environment |= {
        "WANGGE_PORT": str(port),
        "WANGGE_WEB_WORKERS": "1",
        "WANGGE_POOL_SIZE": "4",
        "WANGGE_SECRET_KEY": settings.SECRET_KEY,
        "WANGGE_FIELD_KEY": settings.FIELD_KEY,
        "WANGGE_DATA_DIR": str(tmp_path),
    }
    process = subprocess.Popen([sys.executable, "-m", "wangge.config.cli", "serve"], env=environment, cwd=ROOT)
    try:
        assert proc.wait_until(lambda: _answers(port), seconds=60, every=0.2)
        yield Served(port, process)
    finally:
        process.terminate()
        process.wait(30)
        held.close()


def _answers(port: int) -> bool:
    try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except OSError:
        return False


@pytest.fixture
def play(transactional_db: None) -> Play:
    district: District = factories.make_district()
    make_lists(district)
    people = SimpleNamespace(**{key: selectors.actor_for(user) for key, user in district.users.items()})
    return Play(district, people, lambda _by: "")


class Wire:
    """One GET of the stream, read line by line off the socket."""

    def __init__(self, served: Served, client: Client, last: int | None = None) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        again = {} if last is None else {"Last-Event-ID": str(last)}
        self.line.request("GET", "/api/v1/live", headers={"Cookie": cookie, "Accept": "text/event-stream", **again})
        self.answer = self.line.getresponse()
        assert self.answer.status == 200
        assert self.answer.getheader("Content-Type", "").startswith("text/event-stream")
        assert self.answer.readline().startswith(b"retry:")

    def next(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for raw in iter(self.answer.readline, b""):
            text = raw.decode().strip()
            if not text and found:
                return found
            if text.startswith("id: "):
                found["id"] = int(text[4:])
            elif text.startswith("data: "):
                found |= json.loads(text[6:])
        raise AssertionError("the stream ended")

    def ends_within(self, seconds: float) -> bool:
        assert self.line.sock is not None
        self.line.sock.settimeout(seconds)
        try:
            while self.answer.readline():
                pass
        except TimeoutError:
            return False
        return True

    def quiet(self, seconds: float) -> bool:
        return not self.ends_within(seconds)

    def close(self) -> None:
        self.line.close()


def test_events_reach_those_in_scope_over_the_wire_and_again_after_a_break(
    served: Served, play: Play, client_for: Callable[[Actor | None], Client]
) -> None:
    west = Wire(served, client_for(play.people.subdistrict_dispatcher))
    east = Wire(served, client_for(play.people.other_subdistrict_dispatcher))
    first: Case = play.submit()
    event = west.next()
    assert event["number"] == first.number
    west.close()

    second = play.submit()
    again = Wire(served, client_for(play.people.subdistrict_dispatcher), last=event["id"])
    assert again.next()["number"] == second.number
    assert east.quiet(1)


@pytest.mark.parametrize(
    "ending",
    ["delete from django_session", "update org_role set permissions = '[]'", "update org_user set is_active = false"],
)
def test_the_line_is_cut_within_five_seconds_of_the_right_to_it(
    ending: str,
    served: Served,
    play: Play,
    client_for: Callable[[Actor | None], Client],
    superuser: psycopg.Connection[Any],
) -> None:
    wire = Wire(served, client_for(play.people.subdistrict_dispatcher))
    superuser.execute(ending)
    started = time.monotonic()

    assert wire.ends_within(8)
    assert time.monotonic() - started < 5


def test_the_server_stops_although_streams_are_open(
    served: Served, play: Play, client_for: Callable[[Actor | None], Client]
) -> None:
    wire = Wire(served, client_for(play.people.dispatcher))
    served.process.terminate()

    assert wire.ends_within(10)
    assert served.process.wait(15) is not None
