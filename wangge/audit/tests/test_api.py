"""The audit administrator reads the log; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from wangge.audit import services
from wangge.audit.chain import ActorLike
from wangge.kit.ids import uuid7

pytestmark = pytest.mark.django_db
ClientFor = Callable[[ActorLike | None], Client]
AT = datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)


def write(actor: ActorLike, count: int) -> list[int]:
    thing = uuid7()
    return [
        services.record(
            subject_type="thing", subject_id=thing, action=f"test:thing:{n}", actor=actor, data={"n": n}, at=AT
        ).seq
        for n in range(count)
    ]


def test_entries_come_newest_first_filtered_and_paged(
    client_for: ClientFor, audit_admin: ActorLike, leader: ActorLike, dispatcher: ActorLike
) -> None:
    client = client_for(audit_admin)
    by_leader, by_dispatcher = write(leader, 3), write(dispatcher, 2)
    first = client.get("/api/v1/audit/entries", {"limit": 2}).json()
    assert [entry["seq"] for entry in first["items"]] == by_dispatcher[::-1]
    rest = client.get("/api/v1/audit/entries", {"limit": 10, "cursor": first["next"]}).json()
    assert ([entry["seq"] for entry in rest["items"]], rest["next"]) == (by_leader[::-1], None)

    def found(**wanted: str) -> int:
        return len(client.get("/api/v1/audit/entries", wanted).json()["items"])

    assert found(actor=str(leader.user_id)) == 3
    assert found(action="test:thing:2") == 1
    assert found(subject=rest["items"][0]["subject_id"]) == 3
    assert found(**{"from": "2026-11-20T03:04:05Z", "to": "2026-11-20T03:04:06Z"}) == 5
    assert found(**{"from": "2026-11-20T03:04:06Z"}) == 0


def test_verifying_says_that_the_log_is_whole(client_for: ClientFor, audit_admin: ActorLike, leader: ActorLike) -> None:
    write(leader, 3)
    services.anchor()
    write(leader, 1)
    report = client_for(audit_admin).get("/api/v1/audit/verify").json()
    assert report == {"whole": True, "entries": 4, "subjects": 2, "anchors": 1, "unanchored": 1, "breaks": []}


def test_looks_are_listed_newest_first(client_for: ClientFor, audit_admin: ActorLike, dispatcher: ActorLike) -> None:
    for purpose in ("回访核实", "联系处置"):
        services.look(actor=dispatcher, subject_type="case", subject_id=uuid7(), fields=["phone"], purpose=purpose)
    client = client_for(audit_admin)
    first = client.get("/api/v1/audit/looks", {"limit": 1}).json()
    assert [look["purpose"] for look in first["items"]] == ["联系处置"]
    rest = client.get("/api/v1/audit/looks", {"cursor": first["next"]}).json()
    assert [(look["purpose"], look["actor_name"]) for look in rest["items"]] == [("回访核实", "王调度")]


@pytest.mark.parametrize("persona", ["system_admin", "security_admin", "dispatcher", "leader"])
@pytest.mark.parametrize("route", ["entries", "verify", "looks"])
def test_nobody_else_reads_the_log(
    request: pytest.FixtureRequest, client_for: ClientFor, persona: str, route: str
) -> None:
    client = client_for(request.getfixturevalue(persona))
    assert client.get(f"/api/v1/audit/{route}").status_code == 403
