"""People of each role, signed in, who ask over one keep-alive connection."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from typing import Any

from benchmarks._scratch import Installation

_TOKEN = "bench" * 12 + "mark"  # any 64 letters: cookie and header only have to agree

_PEOPLE = """
import datetime as dt, json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from wangge.org import scope
from wangge.org.models import Post, Role, Unit, User
where = {
    'operator': ('district_operator', Unit.objects.filter(kind='command')),
    'street': ('subdistrict_dispatcher', Unit.objects.filter(kind='subdistrict')),
    'community': ('community_cadre', Unit.objects.filter(kind='community')),
    'grid': ('grid_member', Unit.objects.filter(kind='grid_team')),
    'department': ('department_clerk', Unit.objects.filter(kind='department')),
}
found = {}
with scope.acting(scope.system_actor('benchmark')):
    for name, (role, units) in where.items():
        role, unit = Role.objects.get(code=role), units.order_by('pos').first()
        user = User.objects.create(username=f'bench-{name}', name=name, password='!')
        Post.objects.create(user=user, unit=unit, role=role, title=name, scope=role.scope,
                            area=unit.area if name == 'grid' else None, valid_from=dt.date(2020, 1, 1))
        session = SessionStore()
        session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        found[name] = {'cookie': session.session_key, 'user': str(user.pk), 'unit': str(unit.pk)}
print(json.dumps(found))
"""

_QUERIES = """
import json
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
counted = []
for cookie, path in json.loads({asked!r}):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200, path
    counted.append(len([one for one in queries if one['sql'] not in ('BEGIN', 'COMMIT')]))
print(json.dumps(counted))
"""


def people(made: Installation) -> dict[str, dict[str, str]]:
    """By name of the role: session cookie, user and unit; made now."""
    found: dict[str, dict[str, str]] = json.loads(made.python(_PEOPLE))
    return found


def queries(made: Installation, asked: Sequence[tuple[str, str]]) -> list[int]:
    """How many each (cookie, path) takes, when asked a second time."""
    counted: list[int] = json.loads(made.python(_QUERIES.format(asked=json.dumps(list(asked)))))
    return counted


class Line:
    """One browser's connection; `body` is the last answer's."""

    def __init__(self, port: int, cookie: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {
            "Cookie": f"sessionid={cookie}; wangge_csrf={_TOKEN}",
            "X-CSRFToken": _TOKEN,
            "Content-Type": "application/json",
        }
        self.body = b""

    def timed(self, method: str, path: str, body: Any = None) -> float:
        """Milliseconds until the whole answer is here; anything but 200 is an error."""
        data = None if body is None else json.dumps(body).encode()
        started = time.perf_counter()
        self._line.request(method, path, data, self._headers)
        answer = self._line.getresponse()
        self.body = answer.read()
        taken = (time.perf_counter() - started) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {self.body[:300]!r}")
        return taken
