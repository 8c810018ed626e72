"""Events as they happen, to whom they concern and to nobody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from tests import factories
from tests.factories import District
from wangge.casework.models import Case
from wangge.casework.tests.conftest import Play, fresh_memory, make_lists
from wangge.casework.workflow import Step
from wangge.command import live
from wangge.org import selectors
from wangge.org.scope import Actor

__all__ = ["fresh_memory"]  # a fixture for every test here
ClientFor = Callable[[Actor | None], Client]
pytestmark = pytest.mark.django_db(transaction=True)


class Stream:
    """One open stream, read by a task of its own as the web server reads it."""

    def __init__(self, client: Client, last: int | None = None) -> None:
        self.client, self.last = client, last
        self.parts: asyncio.Queue[str] = asyncio.Queue()
        self.wanted = asyncio.Event()
        self.wanted.set()

    async def __aenter__(self) -> Stream:
        headers = {} if self.last is None else {"Last-Event-ID": str(self.last)}
        response = await sync_to_async(self.client.get)("/api/v1/live", headers=headers)
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/event-stream")
        self.reading = asyncio.create_task(self._read(aiter(response.streaming_content)))
        assert (await self.part()).startswith("retry:")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reading.cancel()
        await asyncio.gather(self.reading, return_exceptions=True)
        await asyncio.sleep(0.05)

    async def _read(self, parts: AsyncIterator[bytes]) -> None:
        async for part in parts:
            self.parts.put_nowait(part.decode())
            await self.wanted.wait()

    async def part(self, seconds: float = 5) -> str:
        return await asyncio.wait_for(self.parts.get(), seconds)

    async def next(self, seconds: float = 5) -> dict[str, Any]:
        lines = dict(line.split(": ", 1) for line in (await self.part(seconds)).strip().split("\n"))
        return {"id": int(lines["id"]), "event": lines["event"], **json.loads(lines["data"])}

    async def quiet(self, seconds: float = 0.6) -> bool:
        await asyncio.sleep(seconds)
        return self.parts.empty()

    async def ends_within(self, seconds: float) -> bool:
        await asyncio.wait({self.reading}, timeout=seconds)
        return self.reading.done()


@pytest.fixture
def district(transactional_db: None) -> District:
    return factories.make_district()


@pytest.fixture
def play(district: District) -> Play:
    make_lists(district)
    people = SimpleNamespace(**{key: selectors.actor_for(user) for key, user in district.users.items()})
    return Play(district, people, lambda _by: "")


@pytest.fixture
def clients(play: Play, client_for: ClientFor) -> SimpleNamespace:
    names = ("dispatcher", "subdistrict_dispatcher", "other_subdistrict_dispatcher", "department_clerk", "system_admin")
    return SimpleNamespace(**{name: client_for(getattr(play.people, name)) for name in names})


def run(body: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(body(), 60))


async def submit(play: Play, **given: Any) -> Case:
    return await sync_to_async(play.submit)(**given)


def test_an_event_tells_what_happened_to_which_case(play: Play, clients: SimpleNamespace) -> None:
    async def body() -> None:
        async with Stream(clients.dispatcher) as stream:
            case = await submit(play)
            event = await stream.next()
            assert event["event"] == "case"
            assert (event["action"], event["number"]) == ("casework:case:submit", case.number)
            assert (event["case_id"], event["state"], event["title"]) == (str(case.pk), "registered", case.title)
            assert event["id"] == event["seq"]
            await sync_to_async(play.step)(case, Step.DISPATCH, play.people.dispatcher, support_units=[])
            assert (await stream.next())["state"] == "dispatched"

    run(body)


def test_only_those_in_scope_are_told(play: Play, clients: SimpleNamespace) -> None:
    async def body() -> None:
        async with (
            Stream(clients.subdistrict_dispatcher) as west,
            Stream(clients.other_subdistrict_dispatcher) as east,
            Stream(clients.department_clerk) as department,
        ):
            lon, lat = play.district.point("grid1")
            case = await submit(play, lon=lon, lat=lat, category_code="C-01001", title="路面塌陷")
            assert (await west.next())["number"] == case.number
            assert await east.quiet()
            assert await department.quiet()  # transport leads, not the clerk's department
            litter = await submit(play, lon=lon, lat=lat)
            assert (await department.next())["number"] == litter.number
            assert await east.quiet()

    run(body)


def test_a_lost_connection_brings_what_was_missed_and_only_in_scope(play: Play, clients: SimpleNamespace) -> None:
    async def body() -> None:
        async with Stream(clients.dispatcher) as stream:
            await submit(play)
            last = (await stream.next())["id"]
        lon, lat = play.district.point("grid5")
        west = await submit(play)
        east = await submit(play, lon=lon, lat=lat)
        async with Stream(clients.dispatcher, last) as stream:
            assert [(await stream.next())["number"] for _ in range(2)] == [west.number, east.number]
            assert await stream.quiet()
        async with Stream(clients.other_subdistrict_dispatcher, last) as stream:
            assert (await stream.next())["number"] == east.number
            assert await stream.quiet()

    run(body)


@pytest.mark.slow
@pytest.mark.parametrize(
    "ending",
    [
        "delete from django_session",
        "update org_user set is_active = false",
        "update org_post set valid_to = current_date",
        "update org_role set permissions = '[]'",
        "update org_user set password = 'changed'",
    ],
)
def test_a_stream_ends_within_five_seconds_of_the_right_to_it(
    ending: str, play: Play, clients: SimpleNamespace, superuser: psycopg.Connection[Any]
) -> None:
    async def body() -> None:
        async with Stream(clients.subdistrict_dispatcher) as stream:
            await sync_to_async(superuser.execute)(ending)
            assert await stream.ends_within(5)

    run(body)


def test_an_event_after_a_move_to_another_post_is_judged_by_the_new_one(
    play: Play, clients: SimpleNamespace, superuser: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECKED_FOR", 0.0)

    async def body() -> None:
        async with Stream(clients.subdistrict_dispatcher) as stream:
            move = "update org_post set unit_id = %s where user_id = %s"
            office2 = play.district.units["office2"].pk
            await sync_to_async(superuser.execute)(move, [office2, play.people.subdistrict_dispatcher.user_id])
            await submit(play)
            assert await stream.quiet()
            lon, lat = play.district.point("grid5")
            east = await submit(play, lon=lon, lat=lat)
            assert (await stream.next())["number"] == east.number

    run(body)


def test_what_commits_late_is_told_all_the_same(
    play: Play, clients: SimpleNamespace, superuser: psycopg.Connection[Any]
) -> None:
    """Numbers are given out before commits: a lower one may become visible after a higher one was told."""

    async def body() -> None:
        async with Stream(clients.dispatcher) as stream:
            first = await submit(play)
            await stream.next()
            hub = live._hub()
            hub._told = [*hub._told, hub._told[-1] + 400]  # as if a later number had been told before
            second = await submit(play)
            assert (await stream.next())["number"] == second.number != first.number

    run(body)


def test_a_dropped_listening_connection_is_made_anew_and_nothing_is_lost(
    play: Play, clients: SimpleNamespace, superuser: psycopg.Connection[Any]
) -> None:
    async def body() -> None:
        async with Stream(clients.dispatcher) as stream:
            await sync_to_async(superuser.execute)(
                "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen wangge'"
                " and datname = current_database()"
            )
            case = await submit(play)
            assert (await stream.next(8))["number"] == case.number

    run(body)


def test_a_reader_too_slow_is_sent_away_to_come_again(
    play: Play, clients: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_WAITING", 2)

    async def body() -> None:
        async with Stream(clients.dispatcher) as stream:
            stream.wanted.clear()
            for _ in range(5):
                await submit(play)
                await asyncio.sleep(0.15)
            stream.wanted.set()
            assert await stream.ends_within(2)

    run(body)


def test_a_person_may_open_a_few_streams_but_not_hundreds(
    play: Play, clients: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS_EACH", 1)

    async def body() -> None:
        async with Stream(clients.dispatcher):
            refused = await sync_to_async(clients.dispatcher.get)("/api/v1/live")
            assert refused.status_code == 429
            assert refused["Retry-After"]
        async with Stream(clients.dispatcher):
            pass

    run(body)


def test_it_is_not_for_the_stranger_nor_for_who_may_not_read_cases(clients: SimpleNamespace, stranger: Client) -> None:
    assert stranger.get("/api/v1/live").status_code == 401
    assert clients.system_admin.get("/api/v1/live").status_code == 403


def test_a_heartbeat_keeps_the_line_open(play: Play, clients: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.1)

    async def body() -> None:
        async with Stream(clients.dispatcher) as stream:
            assert (await stream.part(2)).startswith(":")

    run(body)
