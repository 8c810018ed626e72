"""Who asks, and one transaction under their scope for each request."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from wangge.kit.errors import NotFound, NotSignedIn
from wangge.kit.pace import Pace, too_many
from wangge.org import scope, selectors, services
from wangge.org.models import User
from wangge.org.scope import Actor
from wangge.org.selectors import Person, Position

POST_KEY, STAND_IN_KEY, SEEN_KEY = "post_id", "stand_in_id", "seen"

# Routes that commit on their own: a refused sign-in must be remembered, a live stream must not hold a transaction.
SELF_MANAGED = frozenset({("POST", "/api/v1/session"), ("GET", "/api/v1/live")})


class Request(HttpRequest):
    """What routes see: set by the middleware for every request."""

    session: SessionBase
    actor: Actor | None
    person: Person | None
    position: Position | None
    if_refused: list[Callable[[], object]]  # done after the request was undone


class Signed(Request):
    """Below `kit.policy.requires` somebody has signed in."""

    actor: Actor


class BadCredential(NotSignedIn):
    code = "bad_credential"
    title_zh = "接入凭证无效或已停用"
    title_en = "The channel credential is unknown or no longer valid"


def scoped_transaction(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[Request], HttpResponseBase]:
    """Below `/api/`: one transaction, bound to the caller's scope, rolled back when the answer is an error."""

    def middleware(request: Request) -> HttpResponseBase:
        request.actor = request.person = request.position = None
        request.if_refused = []
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        if (request.method, request.path_info) in SELF_MANAGED:
            with transaction.atomic():
                identify(request)
            return get_response(request)
        before = scope.kept()
        with transaction.atomic():
            try:
                actor = identify(request)
            except BadCredential as refused:
                return _refusal(refused)
            if before is not None or actor is not None:
                scope.apply(actor.scope if actor else scope.NOTHING)
            response = get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                scope.restore(before)
        if response.status_code >= 400:
            _remember(request, response.status_code)
        return response

    return middleware


def _remember(request: Request, status: int) -> None:
    """What must outlive a request that was undone: uses that are counted, and what somebody looked for in vain."""
    matched = request.resolver_match
    if status == NotFound.status and request.actor is not None and matched is not None:
        ids = {name: value for name, value in matched.kwargs.items() if name.endswith("_id")}
        if ids:
            note = functools.partial(services.note_not_found, by=request.actor, method=request.method or "")
            address = client_address(request)
            request.if_refused.append(functools.partial(note, route=matched.route, ids=ids, address=address))
    if request.if_refused:
        with transaction.atomic():
            for act in request.if_refused:
                act()


def _refusal(problem: NotSignedIn) -> HttpResponse:
    body = json.dumps(problem.body(), ensure_ascii=False)
    return HttpResponse(body, status=problem.status, content_type="application/problem+json")


def identify(request: Request) -> Actor | None:
    """Set `request.actor` (and `person`, `position` for people) in two queries; None for the public."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        request.actor = selectors.channel_actor(secret.strip())
        if request.actor is None:
            raise BadCredential
        return request.actor
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
        return None
    who = selectors.person(UUID(request.session[SESSION_KEY]))
    if who is None or not who.active or not _same_password(request.session, who):
        return None
    _keep_awake(request.session)
    return adopt(request, who)


def adopt(request: Request, who: Person) -> Actor:
    """Take the person in the position their session has chosen."""
    request.person = who
    request.position = who.position(
        post_id=_uuid(request.session.get(POST_KEY)), stand_in_id=_uuid(request.session.get(STAND_IN_KEY))
    )
    request.actor = selectors.actor_in(who, request.position)
    return request.actor


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _same_password(session: SessionBase, who: Person) -> bool:
    """A changed password ends the sessions opened with the old one."""
    expected = User(id=who.id, password=who.password).get_session_auth_hash()
    return constant_time_compare(session.get(HASH_SESSION_KEY, ""), expected)


def _keep_awake(session: SessionBase) -> None:
    """Sessions end when idle: the time of the last request is renewed, but not at every one."""
    now = timezone.now()
    seen = session.get(SEEN_KEY)
    if seen is None or (now - datetime.fromisoformat(seen)).total_seconds() > settings.SESSION_COOKIE_AGE / 16:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('transaction_read_only')::bool")
            if cursor.fetchone() == (False,):  # else it goes on without, and is not refused for it
                session[SEEN_KEY] = now.isoformat()


_searches = Pace(60)
_latest: dict[UUID, str] = {}


def pace_search(request: Signed, words: str = "") -> None:
    """One more search of this person's; TooMany beyond what somebody at work needs, so that nobody lists everything.

    Counted in memory: a search that is granted writes nothing and waits for no other. The same words again are no
    further search: a list that follows what happens asks for them at every event.
    """
    who = request.actor.user_id
    if words and _latest.get(who) == words:
        return
    limit = settings.WANGGE.searches_per_minute
    refused = _searches.use(who, limit) if limit else None
    if refused is None:
        _latest[who] = words
        return
    if refused.news:
        address = client_address(request)
        request.if_refused.append(
            functools.partial(services.note_search_limit, by=request.actor, limit=limit, address=address)
        )
    raise too_many(
        refused,
        f"一分钟内查询超过 {limit} 次，请 {{wait}}后再试",
        f"More than {limit} searches in a minute; try again in {{wait}}",
    )


def client_address(request: HttpRequest) -> str:
    """Where the request comes from. Behind HTTPS a proxy of ours stands in front, and names the client last."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.WANGGE.https else ""
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR") or "127.0.0.1"
