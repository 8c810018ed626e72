"""What a department owns is proposed to it, answered by it alone, and told to whom it concerns."""

from __future__ import annotations

from datetime import date

import pytest

from tests.registry_rows import id_number, make_home
from wangge.audit.models import Entry, Look
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import Correction, FieldRule, FurtherPhone, Person
from wangge.registry.services import corrections, people, retention
from wangge.registry.services.people import FieldOwned

pytestmark = pytest.mark.django_db
URL = "/api/v1/registry"


@pytest.fixture
def owned(district, system):
    """Grid 1's home; names and numbers are the department's."""
    with scope.acting(system):
        FieldRule.objects.bulk_create(
            [
                FieldRule(object="person", field=field, name=field, name_en=field, group=group, owner=owner)
                for field, group, owner in (
                    ("name", "identity", "370199-cgj"), ("id_number", "identity", "370199-cgj"),
                    ("phones", "contact", "grid"),
                )
            ]
        )  # fmt: skip
        return make_home(district, "grid1")


def propose(by, home, **given):
    with scope.acting(by):
        return people.change_person(
            person_id=home.head.pk, version=home.head.version, given=given, propose=True, source="上门核对户口本", by=by
        )


def test_what_is_not_ones_own_is_kept_for_its_owner_and_the_rest_is_changed(grid_member, owned):
    with scope.acting(grid_member), pytest.raises(FieldOwned):
        people.change_person(person_id=owned.head.pk, version=1, given={"name": "王更正"}, by=grid_member)
    person = propose(grid_member, owned, name="王更正", phones=["13911110000"])
    with scope.acting(grid_member):
        facts = sealing.open_(Person.objects.get(pk=person.pk))
        (row,) = Correction.objects.all()
    assert (facts.name, facts.phones) == ("王测试", ("13911110000",))
    assert (row.field, row.state, row.by_name, row.reason) == ("name", "proposed", grid_member.name, "上门核对户口本")
    assert "王更正".encode() not in bytes(row.sealed)
    told = Entry.objects.filter(subject_id=person.pk, action="registry:person:propose").get()
    assert "王更正" not in str(told.data)


def test_the_owner_answers_and_what_is_accepted_is_true_with_its_source(grid_member, department_clerk, owned):
    propose(grid_member, owned, name="王更正", id_number=id_number(90, born=date(1981, 1, 2)))
    with scope.acting(department_clerk):
        name, number = (Correction.objects.get(field=one) for one in ("name", "id_number"))
        corrections.decide(correction_id=name.pk, accepted=True, reason="与户籍一致", by=department_clerk)
        corrections.decide(correction_id=number.pk, accepted=False, reason="户籍无此号", by=department_clerk)
        with pytest.raises(corrections.CorrectionDecided):
            corrections.decide(correction_id=name.pk, accepted=False, reason="再想想", by=department_clerk)
    with scope.acting(grid_member):
        person = Person.objects.get(pk=owned.head.pk)
        assert sealing.open_(person).name == "王更正"
        assert sealing.open_(person).id_number == sealing.open_(owned.head).id_number
        assert person.confirmed["identity"]["unit"] == str(department_clerk.unit_id)
        states = dict(Correction.objects.values_list("field", "state"))
        assert not any(bytes(one.sealed) for one in Correction.objects.all())
    assert states == {"name": "accepted", "id_number": "refused"}
    actions = list(Entry.objects.filter(subject_id=person.pk).order_by("number").values_list("action", flat=True))
    assert actions[-3:] == ["registry:person:propose", "registry:person:correct", "registry:person:correction_refused"]


def test_nobody_else_answers_and_nobody_who_proposed(grid_member, community_cadre, owned):
    propose(grid_member, owned, name="王更正")
    with scope.acting(community_cadre):
        row = Correction.objects.get()
        with pytest.raises(corrections.NotTheOwner):
            corrections.decide(correction_id=row.pk, accepted=True, reason="我也觉得", by=community_cadre)


def test_a_later_proposal_takes_the_place_of_an_open_one(grid_member, owned):
    propose(grid_member, owned, name="王更正")
    propose(grid_member, owned, name="王再改")
    with scope.acting(grid_member):
        assert sorted(Correction.objects.values_list("state", flat=True)) == ["outdated", "proposed"]


def test_over_http_each_sees_its_part(client_for, people, owned, grid_member):
    member, clerk = client_for(people.grid_member), client_for(people.department_clerk)
    body = {"version": 1, "name": "王更正", "propose": True}
    page = member.patch(f"{URL}/persons/{owned.head.pk}", body, content_type="application/json").json()
    assert [(one["field"], one["by_name"]) for one in page["corrections"]] == [("name", grid_member.name)]
    (mine,) = member.get(f"{URL}/corrections?view=mine").json()["items"]
    (row,) = clerk.get(f"{URL}/corrections?state=proposed").json()["items"]
    assert (row["known"], row["given"], row["can_decide"], mine["can_decide"]) == ("王**", "王**", True, False)
    url = f"{URL}/corrections/{row['id']}"
    refused = member.post(f"{url}/look", {"purpose": "看看别人怎么说"}, content_type="application/json")
    assert refused.status_code == 403
    assert Entry.objects.filter(action="registry:look:refused").count() == 1
    seen = clerk.post(f"{url}/look", {"purpose": "核对户籍"}, content_type="application/json").json()
    assert (seen["known"], seen["given"]) == ("王测试", "王更正")
    assert Look.objects.filter(subject_id=owned.head.pk, purpose="核对户籍").exists()
    done = clerk.post(f"{url}/decision", {"accepted": True, "reason": "属实"}, content_type="application/json").json()
    assert (done["state"], done["known"], done["given"]) == ("accepted", "", "")
    assert client_for(people.other_grid_member).get(f"{URL}/corrections?view=all").json()["items"] == []


def test_erased_with_the_person(grid_member, owned, system):
    propose(grid_member, owned, name="王更正", phones=["13911110000", "13911110001"])
    with scope.acting(system):
        assert FurtherPhone.objects.count() == 1
        retention._erase_person(Person.objects.get(pk=owned.head.pk), date(2026, 1, 1))
        assert not Correction.objects.exists()
        assert not FurtherPhone.objects.exists()
