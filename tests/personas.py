"""Standing personas: the same people in every test, as actors and as signed-in clients."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from tests import factories
from tests.factories import District
from wangge.org import selectors
from wangge.org.models import User
from wangge.org.scope import Actor, system_actor
from wangge.responsibility import book


@pytest.fixture
def district(db: None) -> District:
    """Areas, units, roles and people of tests.factories, in the test's own transaction."""
    book.forget()  # what the process remembers of the test before is not this district's
    return factories.make_district()


@pytest.fixture
def people(district: District) -> SimpleNamespace:
    """`people.dispatcher` and so on: every persona as an Actor."""
    return SimpleNamespace(**{key: selectors.actor_for(user) for key, user in district.users.items()})


@pytest.fixture
def client_for(db: None) -> Callable[[Actor | None], Client]:
    """A test client with the actor signed in; None: the stranger, nobody signed in."""

    def make(actor: Actor | None) -> Client:
        client = Client()
        if actor is not None:
            user = User.objects.get(id=actor.user_id)
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session["post_id"] = str(actor.post_id) if actor.post_id else None
            session.save()
            assert session.session_key is not None
            client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return client

    return make


@pytest.fixture
def stranger(client_for: Callable[[Actor | None], Client]) -> Client:
    """A resident or anybody else without an account."""
    return client_for(None)


@pytest.fixture
def system() -> Actor:
    return system_actor("test")


def _persona(key: str) -> Callable[..., Actor]:
    @pytest.fixture(name=key)
    def persona(people: SimpleNamespace) -> Actor:
        actor: Actor = getattr(people, key)
        return actor

    return persona


for _key in factories.PERSONA_SPECS:
    globals()[f"_{_key}"] = _persona(_key)
