"""Sessions, tokens, cookies and whose things are whose; promise 22 over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests.architecture.routes import all_routes
from tests.factories import PASSWORD, District
from tests.security.conftest import API, Send
from wangge.casework.tests.conftest import Play
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org import services
from wangge.org.models import Post, SignInAttempt, StandIn, User
from wangge.org.scope import Actor

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor | None], Client]
SESSION = "sessionid"


def sign_in(client: Client, username: str = "dispatcher", password: str = PASSWORD, **headers: str) -> Any:
    body = {"username": username, "password": password}
    return client.post(f"{API}/session", body, content_type="application/json", **headers)


# --- sessions -------------------------------------------------------------------------------------------------------


def test_a_session_brought_along_is_not_the_one_signed_in(district: District) -> None:
    """Fixation: whoever planted a session id before does not share the session after."""
    victim, attacker = Client(), Client()
    assert sign_in(attacker, "grid_member").status_code == 200
    planted = attacker.cookies[SESSION].value
    victim.cookies[SESSION] = planted
    assert sign_in(victim, "dispatcher").status_code == 200
    assert victim.cookies[SESSION].value != planted
    assert attacker.get(f"{API}/session").json()["user"] is None or (
        attacker.get(f"{API}/session").json()["user"]["username"] == "grid_member"
    )


def test_an_invented_session_id_is_not_adopted(district: District) -> None:
    client = Client()
    client.cookies[SESSION] = "a" * 32
    assert sign_in(client).status_code == 200
    assert client.cookies[SESSION].value != "a" * 32


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(district: District) -> None:
    client, copy = Client(), Client()
    sign_in(client)
    copy.cookies[SESSION] = client.cookies[SESSION].value
    assert copy.get(f"{API}/cases/counts").status_code == 200
    assert client.delete(f"{API}/session").status_code == 204
    assert copy.get(f"{API}/cases/counts").status_code == 401


def test_cookies_are_kept_from_scripts_and_other_sites(district: District, settings: Any) -> None:
    client = Client()
    sign_in(client)
    cookie = client.cookies[SESSION]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == django_settings.WANGGE.session_hours * 3600
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True  # as WANGGE_HTTPS sets them
    again = Client()
    again.get(f"{API}/session", secure=True)
    sign_in(again)
    assert again.cookies[SESSION]["secure"] is True
    assert again.cookies["wangge_csrf"]["secure"] is True


def test_a_stopped_account_is_out_at_its_next_request(
    district: District, people: SimpleNamespace, client_for: ClientFor, send: Send
) -> None:
    client = client_for(people.dispatcher)
    assert client.get(f"{API}/cases/counts").status_code == 200
    stop = send(people.security_admin, "PATCH", f"/users/{people.dispatcher.user_id}", {"active": False})
    assert stop.status_code == 200
    assert client.get(f"{API}/cases/counts").status_code == 401
    assert sign_in(Client()).status_code == 401


def test_standing_in_ends_on_time_in_the_middle_of_a_session(
    act: Play, people: SimpleNamespace, client_for: ClientFor, send: Send, district: District
) -> None:
    now = clock.now()
    stand_in = services.create_stand_in(
        post_id=district.posts["subdistrict_dispatcher"].id, user_id=people.community_cadre.user_id,
        starts=now - timedelta(hours=2), ends=now + timedelta(hours=1), reason="年休假", by=people.security_admin,
    )  # fmt: skip
    client = client_for(people.community_cadre)
    assert send(client, "POST", "/session/post", {"stand_in_id": str(stand_in.id)}).status_code == 200
    lon, lat = district.point("grid3")  # the street's, not the cadre's community
    case = act.submit(lon=lon, lat=lat)
    assert send(client, "GET", f"/cases/{case.pk}").status_code == 200

    StandIn.objects.filter(pk=stand_in.pk).update(ends=now - timedelta(seconds=1))

    assert send(client, "GET", f"/cases/{case.pk}").status_code == 404
    assert send(client, "POST", "/session/post", {"stand_in_id": str(stand_in.id)}).status_code == 404


def test_a_right_taken_away_is_gone_at_the_next_request(
    act: Play, people: SimpleNamespace, client_for: ClientFor, district: District
) -> None:
    client = client_for(people.dispatcher)
    assert client.get(f"{API}/cases/export.xlsx").status_code == 200
    Post.objects.filter(pk=people.dispatcher.post_id).update(role=district.roles["security_admin"])
    assert client.get(f"{API}/cases/export.xlsx").status_code == 403


# --- forged requests ------------------------------------------------------------------------------------------------


def unsafe() -> list[Any]:
    routes = [route for route in all_routes() if route.method not in {"GET", "HEAD"}]
    return [pytest.param(route, id=str(route).replace("/", "·")) for route in routes]


@pytest.mark.parametrize("route", unsafe())
def test_no_change_is_made_for_another_page(route: Any, people: SimpleNamespace, client_for: ClientFor) -> None:
    """With the person's cookie: without the token, with another's token, and sent by another site."""
    signed_in = client_for(people.dispatcher)
    client = Client(enforce_csrf_checks=True)
    client.cookies.update(signed_in.cookies)
    client.get(f"{API}/session")
    url = route.url({name: {"step": "comment"}.get(name, uuid7()) for name in route.params})
    for headers in ({}, {"X-CSRFToken": "b" * 64}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        answer = client.generic(route.method, url, b"{}", content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed"), headers
    form = client.generic(route.method, url, b"a=1", content_type="application/x-www-form-urlencoded")
    assert form.status_code == 403


def test_nobody_is_told_that_another_site_may_read(district: District, stranger: Client) -> None:
    for method in ("get", "options"):
        answer = getattr(stranger, method)(
            f"{API}/session",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
        )
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_host_that_is_not_ours_is_refused(district: District, stranger: Client) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1:80@evil.example", "a b", "[::1]:x"):
        answer = stranger.get(f"{API}/session", headers={"Host": host})
        assert answer.status_code == 400, host
        assert "evil" not in answer.content.decode()


def test_no_answer_of_the_api_leads_elsewhere(people: SimpleNamespace, client_for: ClientFor) -> None:
    client = client_for(people.dispatcher)
    for query in ("?next=https://evil.example", "?redirect=//evil.example", "?url=http://169.254.169.254/"):
        for path in ("/session", "/cases", "/areas", "/public/categories"):
            answer = client.get(f"{API}{path}{query}")
            assert answer.status_code < 300
            assert "Location" not in answer


# --- whose is it ----------------------------------------------------------------------------------------------------


def test_views_and_uploads_are_ones_own(act: Play, people: SimpleNamespace, send: Send, client_for: ClientFor) -> None:
    made = send(people.dispatcher, "POST", "/views", {"name": "我的", "filters": {"q": "秘密"}}).json()
    assert send(people.supervisor, "GET", "/views").json()["items"] == []
    assert send(people.supervisor, "DELETE", f"/views/{made['id']}").status_code == 404
    upload = act.picture(people.dispatcher)
    assert send(people.supervisor, "GET", f"/attachments/{upload}/picture").status_code == 404
    assert len(send(people.dispatcher, "GET", "/views").json()["items"]) == 1


# --- 22: guessing ---------------------------------------------------------------------------------------------------


def test_guessing_over_http_waits_and_says_how_long(district: District) -> None:
    answers = [sign_in(Client(), "leader", f"guess{n}") for n in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert int(answers[-1]["Retry-After"]) >= 1
    assert answers[-1].json()["retry_after"] >= 1
    assert sign_in(Client(), "leader").status_code == 429  # the right password waits as well
    assert SignInAttempt.objects.filter(account="leader").count() == 5


def test_stuffing_one_password_into_many_accounts_waits_by_address(district: District) -> None:
    codes = [sign_in(Client(), f"someone{n}", "Password123").status_code for n in range(33)]
    assert codes[:31] == [401] * 31
    assert set(codes[31:]) == {429}


def test_a_strangers_failures_do_not_keep_the_duty_desk_out(district: District) -> None:
    User.objects.filter(username="dispatcher").update(lockout_exempt=True)
    codes = [sign_in(Client(REMOTE_ADDR=f"198.51.100.{n % 5}"), "dispatcher", "guess").status_code for n in range(40)]
    assert 429 in codes
    assert sign_in(Client(REMOTE_ADDR="10.0.0.5")).status_code == 200


def test_a_made_up_forwarding_header_does_not_give_a_new_address(district: District) -> None:
    codes = [
        sign_in(Client(), f"someone{n}", "guess", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(33)
    ]
    assert codes[-1] == 429


def test_known_and_unknown_accounts_get_the_same_words(district: District) -> None:
    known, unknown = sign_in(Client(), "dispatcher", "x"), sign_in(Client(), "no-such-person", "x")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_a_flood_of_public_reports_is_slowed_by_address_and_nobody_elses(act: Play, send: Send) -> None:
    here, there = Client(REMOTE_ADDR="198.51.100.1"), Client(REMOTE_ADDR="198.51.100.2")
    codes = [send(here, "POST", "/public/reports", {"title": f"第 {n} 件"}).status_code for n in range(22)]
    assert codes == [201] * 20 + [429] * 2
    assert send(there, "POST", "/public/reports", {"title": "别人的一件"}).status_code == 201


def test_refused_public_reports_count_too(act: Play, send: Send) -> None:
    codes = [send(None, "POST", "/public/reports", {"title": "件", "lon": 999}).status_code for _ in range(3)]
    assert codes == [422] * 3
    codes = [
        send(None, "POST", "/public/reports", {"title": "一件事", "category": "none"}).status_code for _ in range(22)
    ]
    assert codes[-2:] == [429, 429]
