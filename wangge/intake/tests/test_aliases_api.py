"""Aliases over HTTP: for those who keep the areas, with a reason, and logged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client

from wangge.org.scope import Actor
from wangge.registry.models import PlaceAlias

API = "/api/v1/intake/aliases"


@pytest.fixture
def alias(db: None) -> PlaceAlias:
    return PlaceAlias.objects.create(
        phrase="老电影院", target_id=uuid4(), target_name="甲社区", area_pos=1,
        made_at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC),
    )  # fmt: skip


def test_keepers_of_areas_list_and_decide(
    alias: PlaceAlias, client_for: Callable[[Actor | None], Client], people: SimpleNamespace
) -> None:
    client = client_for(people.system_admin)
    (row,) = client.get(API, {"state": "proposed"}).json()["items"]
    assert (row["phrase"], row["state"], row["actions"]) == ("老电影院", "proposed", ["accept", "reject"])
    step = f"{API}/{alias.pk}/steps/reject"
    assert client.post(step, {"reason": ""}, content_type="application/json").status_code == 422
    answer = client.post(step, {"reason": "另有其处"}, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    assert client.post(step, {"reason": "另有其处"}, content_type="application/json").status_code == 409
    assert client_for(people.grid_member).get(API).status_code == 403
