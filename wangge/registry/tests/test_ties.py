"""Who owns, rents, works or is responsible where: registered, seen in both places, ended, in the history."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.registry_rows import make_tie
from wangge.audit.models import Entry
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope
from wangge.registry.models import Person, Tie
from wangge.registry.services import ties

pytestmark = pytest.mark.django_db
URL = "/api/v1/registry/persons"


def test_a_tie_is_registered_shown_and_ended_over_http(client_for, people, near):
    client, page = client_for(people.grid_member), f"{URL}/{near.head.pk}"
    body = {"kind": "works", "premises": str(near.premises.pk), "role": "店长", "since": "2026-01-02", "source": "走访"}
    made = client.post(f"{page}/ties", json.dumps(body), content_type="application/json")
    assert made.status_code == 201, made.content
    (tie,) = [one for one in made.json()["ties"] if one["kind"] == "works"]
    assert (tie["place"]["name"], tie["role"], tie["valid_from"], tie["valid_to"]) == (
        "测试商店", "店长", "2026-01-02", None,
    )  # fmt: skip
    again = client.post(f"{page}/ties", json.dumps(body), content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "tied_already")
    ended = client.delete(f"{page}/ties/{tie['id']}", json.dumps({"on": "2026-03-04"}), content_type="application/json")
    assert ended.status_code == 200, ended.content
    (tie,) = [one for one in ended.json()["ties"] if one["kind"] == "works"]
    assert tie["valid_to"] == "2026-03-04"
    told = [one["text"] for one in client.get(f"{page}/timeline").json()]
    assert any(one.startswith("从业：测试商店") for one in told)
    assert any(one.startswith("从业结束：测试商店") for one in told)


def test_its_log_tells_kinds_and_places_and_no_words(grid_member, near):
    with scope.acting(grid_member):
        ties.tie(person_id=near.head.pk, kind="owns", dwelling=near.dwelling.pk, role="与其兄共有", by=grid_member)
        entry = Entry.objects.filter(subject_id=near.head.pk).latest("number")
    assert entry.action == "registry:person:tie"
    assert "与其兄共有" not in str(entry.data)


@pytest.mark.parametrize("there", ["dwelling", "building", "premises"])
def test_no_place_of_another_grid_and_nobody_out_of_sight(grid_member, near, far, there):
    with scope.acting(grid_member):
        with pytest.raises(NotFound):
            ties.tie(person_id=near.head.pk, kind="owns", by=grid_member, **{there: getattr(far, there).pk})
        with pytest.raises(NotFound):
            ties.tie(person_id=far.head.pk, kind="owns", by=grid_member, **{there: getattr(near, there).pk})
        assert not Person.objects.filter(pk=far.head.pk).exists()


def test_who_keeps_the_place_ends_it_and_then_sees_the_person_no_more(client_for, people, near, far, system):
    with scope.acting(system):
        tie = make_tie(far.head, near.dwelling, "owns")
    client, page = client_for(people.grid_member), f"{URL}/{far.head.pk}"
    stay = far.tie
    kept = client.delete(f"{page}/ties/{stay.pk}", json.dumps({}), content_type="application/json")
    assert kept.status_code == 404  # where somebody lives ends by moving
    done = client.delete(f"{page}/ties/{tie.pk}", json.dumps({}), content_type="application/json")
    assert done.status_code == 200, done.content
    assert client.get(page).status_code == 404
    with scope.acting(system):
        assert Tie.objects.get(pk=tie.pk).valid_to == timezone.localdate()


def test_dates_and_places_that_cannot_be_are_refused(grid_member, near):
    tomorrow = timezone.localdate() + timedelta(days=1)
    with scope.acting(grid_member):
        for wrong in (
            {"kind": "lives", "dwelling": near.dwelling.pk},
            {"kind": "owns"},
            {"kind": "owns", "dwelling": near.dwelling.pk, "building": near.building.pk},
            {"kind": "owns", "dwelling": near.dwelling.pk, "since": tomorrow},
            {"kind": "owns", "dwelling": near.dwelling.pk, "role": "电话13912345678"},
        ):
            with pytest.raises(Invalid):
                ties.tie(person_id=near.head.pk, by=grid_member, **wrong)
        made = ties.tie(
            person_id=near.head.pk, kind="owns", dwelling=near.dwelling.pk, since=date(2026, 1, 2), by=grid_member
        )
        for on in (date(2026, 1, 1), tomorrow):
            with pytest.raises(Invalid):
                ties.untie(person_id=near.head.pk, tie_id=made.pk, on=on, by=grid_member)
