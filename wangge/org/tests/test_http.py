"""One transaction per request, under the caller's scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tests.factories import District
from wangge.kit.crypto import sm3
from wangge.org import http, scope
from wangge.org.models import ChannelCredential, Role, User
from wangge.org.scope import Actor

pytestmark = pytest.mark.django_db
Handle = Callable[[http.Request], HttpResponse]


def sees() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select wangge_sees_all(), wangge_areas()::text, wangge_own()::text")
        return str(cursor.fetchone())


@pytest.fixture
def ask(client_for: Callable[[Actor | None], Client]) -> Callable[..., Any]:
    """Send a request by `actor` through the middleware to `handle`."""

    def run(actor: Actor | None, handle: Handle, path: str = "/api/v1/anything", **headers: str) -> HttpResponse:
        client = client_for(actor)
        request = RequestFactory().get(path, headers=headers)
        request.COOKIES.update({name: morsel.value for name, morsel in client.cookies.items()})
        request.session = client.session
        response = http.scoped_transaction(handle)(request)
        assert isinstance(response, HttpResponse)
        return response

    return run


def test_a_request_runs_under_its_callers_scope_and_leaves_nothing_behind(
    ask: Callable[..., HttpResponse], grid_member: Actor, dispatcher: Actor
) -> None:
    seen: list[tuple[Actor | None, str]] = []

    def handle(request: http.Request) -> HttpResponse:
        seen.append((request.actor, sees()))
        return HttpResponse()

    before = sees()
    for actor in (grid_member, dispatcher, None):
        ask(actor, handle)
    low, high = grid_member.scope.areas[0]
    assert seen[0] == (grid_member, str((False, f"{{[{low},{high})}}", str(grid_member.user_id))))
    assert seen[1] == (dispatcher, str((True, "{}", str(dispatcher.user_id))))
    assert seen[2] == (None, str((False, "{}", None)))
    assert sees() == before


def test_the_public_inherits_nothing_from_the_transaction_around(
    ask: Callable[..., HttpResponse], system: Actor
) -> None:
    seen = []
    with scope.acting(system):
        ask(None, lambda _request: HttpResponse(seen.append(sees())))
    assert seen == [str((False, "{}", None))]


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), (201, True), (302, True), (400, False), (409, False), (500, False)]
)
def test_an_error_undoes_everything(ask: Callable[..., HttpResponse], status: int, kept: bool) -> None:
    def handle(_request: HttpRequest) -> HttpResponse:
        Role.objects.create(code="made", name="", name_en="", scope="own")
        return HttpResponse(status=status)

    ask(None, handle)
    assert Role.objects.filter(code="made").exists() is kept


def test_a_request_costs_a_query_for_session_person_and_scope_each(
    grid_member: Actor, client_for: Callable[[Actor | None], Client], django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = client_for(grid_member)
    request = RequestFactory().get("/api/v1/anything")
    request.COOKIES.update({name: morsel.value for name, morsel in client.cookies.items()})
    session = client.session
    session[http.SEEN_KEY] = "2999-01-01T00:00:00+00:00"
    session.save()
    request.session = client.session
    # In a test's own transaction two more for the savepoint, and two to bring the scope back.
    with django_assert_num_queries(3 + 4):
        http.scoped_transaction(lambda _request: HttpResponse())(request)


def test_a_changed_password_and_a_stopped_account_end_the_session(
    ask: Callable[..., HttpResponse], grid_member: Actor
) -> None:
    def handle(request: http.Request) -> HttpResponse:
        return HttpResponse(status=200 if request.actor else 401)

    user = User.objects.get(id=grid_member.user_id)
    assert ask(grid_member, handle).status_code == 200
    client_headers = {}
    session_before = Session.objects.count()
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert ask(grid_member, handle, **client_headers).status_code == 401
    assert Session.objects.count() == session_before + 1


def test_a_session_opened_with_the_old_password_is_nobodys(
    client_for: Callable[[Actor | None], Client], grid_member: Actor
) -> None:
    client = client_for(grid_member)
    User.objects.filter(pk=grid_member.user_id).update(password="changed")
    request = RequestFactory().get("/api/v1/anything")
    request.COOKIES.update({name: morsel.value for name, morsel in client.cookies.items()})
    request.session = client.session
    seen = []
    http.scoped_transaction(lambda r: HttpResponse(seen.append(r.actor)))(request)
    assert seen == [None]


def test_a_neighbouring_system_signs_by_its_secret(ask: Callable[..., HttpResponse], district: District) -> None:
    credential = ChannelCredential.objects.create(
        name="12345 平台",
        channel="hotline12345",
        unit=district.units["command"],
        secret_hash=sm3(b"secret"),
        permissions=["casework:case:submit"],
    )
    seen: list[Actor | None] = []

    def handle(request: http.Request) -> HttpResponse:
        seen.append(request.actor)
        return HttpResponse()

    assert ask(None, handle, Authorization="Bearer secret").status_code == 200
    actor = seen[0]
    assert actor is not None
    assert (actor.channel, actor.scope.own, actor.scope.all) == ("hotline12345", credential.id, False)
    for wrong in ("Bearer wrong", "Bearer ", "bearer"):
        refused = ask(None, handle, Authorization=wrong)
        assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json")
        assert b"bad_credential" in refused.content
    ChannelCredential.objects.update(active=False)
    assert ask(None, handle, Authorization="Bearer secret").status_code == 401
    ChannelCredential.objects.update(active=True, expires_at="2020-01-01T00:00:00Z")
    assert ask(None, handle, Authorization="Bearer secret").status_code == 401
    assert len(seen) == 1


def test_the_address_is_the_proxys_word_only_behind_https(settings: Any) -> None:
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "6.6.6.6, 10.1.2.3"}, REMOTE_ADDR="192.0.2.1")
    assert http.client_address(request) == "192.0.2.1"
    settings.WANGGE = type("Env", (), {"https": True})()
    assert http.client_address(request) == "10.1.2.3"
