"""What administrators order from their pages, and who stands in the register twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.factories import District
from tests.registry_rows import id_number, make_home, make_person
from wangge.audit.models import Entry
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry import tasks
from wangge.registry.models import Person
from wangge.registry.rules import Rules
from wangge.registry.sealing import PersonFacts
from wangge.registry.services import rulebook, upkeep

API = "/api/v1/registry"
SYSTEM = scope.system_actor("test")
MOVED_OUT = {"name": "已迁出", "name_en": "Moved out", "subject": "person", "status": "moved_out", "days": 30}
ClientFor = Callable[[Actor | None], Client]


def _post(client: Client, path: str) -> Any:
    return client.post(API + path, b"", content_type="application/json")


def test_what_is_due_is_erased_when_the_system_administrator_says_so(
    district: District, people: SimpleNamespace, client_for: ClientFor
) -> None:
    with scope.acting(SYSTEM):
        rulebook.load_rules(Rules.model_validate({"retention": {"moved_out": MOVED_OUT}}))
        home = make_home(district, "grid1")
        long_gone = timezone.localdate() - dt.timedelta(days=1)
        Person.objects.filter(pk=home.head.pk).update(status="moved_out", retention="moved_out", delete_after=long_gone)
    client = client_for(people.system_admin)
    report = client.get(f"{API}/retention").json()
    assert (sum(one["due"] for one in report["classes"]), report["running"]) == (1, False)
    assert _post(client, "/retention/run").json()["running"] is True
    again = _post(client, "/retention/run")
    assert (again.status_code, again.json()["code"]) == (409, "under_way")
    assert Entry.objects.get(action=f"{upkeep.RETENTION}:order").actor_id == people.system_admin.user_id
    tasks.erase_what_is_due()
    after = client.get(f"{API}/retention").json()
    assert sum(one["due"] for one in after["classes"]) == 0
    (done,) = after["runs"]
    assert (done["done"], len(done["digest"])) == (1, 64)
    assert client.get(f"{API}/retention/verify?run={done['id']}").json() == {"verified": True}
    assert client.get(f"{API}/retention/verify?run={home.head.pk}").status_code == 404
    room = client_for(people.grid_member).get(f"{API}/dwellings/{home.dwelling.pk}").json()
    assert {tie["who"]["type"] for tie in room["ties"]} == {"erased"}


def test_resealing_is_the_security_administrators_order_alone(people: SimpleNamespace, client_for: ClientFor) -> None:
    assert _post(client_for(people.system_admin), "/keys/reseal").status_code == 403
    assert _post(client_for(people.security_admin), "/keys/reseal").json()["running"] is True
    assert ProcrastinateJob.objects.filter(task_name=upkeep.RESEAL, status="todo").count() == 1
    tasks.reseal()


@pytest.fixture
def twins(district: District) -> list[Person]:
    """Wang twice by birth, Li twice by phone, and two Zhaos whom their numbers tell apart."""
    born, phone = dt.date(1980, 5, 6), ("13900000001",)
    facts = [
        PersonFacts(name="王重", id_kind="none", no_id_reason="遗失", birth=born),
        PersonFacts(name="王重", id_kind="resident_id", id_number=id_number(201), birth=born),
        PersonFacts(name="李重", id_kind="none", no_id_reason="遗失", phones=phone),
        PersonFacts(name="李重", id_kind="none", no_id_reason="遗失", phones=phone),
        PersonFacts(name="赵两", id_kind="resident_id", id_number=id_number(202), birth=born),
        PersonFacts(name="赵两", id_kind="resident_id", id_number=id_number(203), birth=born),
    ]
    with scope.acting(SYSTEM):
        home = make_home(district, "grid1")
        return [make_person(home.household, one, role="other") for one in facts]


def test_who_stands_twice_is_listed_for_who_keeps_the_record(
    twins: list[Person], people: SimpleNamespace, client_for: ClientFor
) -> None:
    found = client_for(people.grid_member).get(f"{API}/doubles").json()
    listed = [(one["why"], {person["id"] for person in one["people"]}) for one in found]
    ids = [str(one.pk) for one in twins]
    assert listed == [("birth", set(ids[:2])), ("phone", set(ids[2:4]))]
    assert all("重" not in person["name"] for one in found for person in one["people"])
    assert client_for(people.other_grid_member).get(f"{API}/doubles").json() == []
    assert client_for(people.department_clerk).get(f"{API}/doubles").status_code == 403
