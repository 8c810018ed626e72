"""Organisations kept twice, further phones, searches that are kept, one number at one moment, what holds a deletion."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import connections

from tests.registry_rows import id_number, make_person
from wangge.audit.models import Entry, Look
from wangge.kit import clock, crypto
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import (
    FurtherPhone,
    Organisation,
    Person,
    Premises,
    Publication,
    Tally,
    Tie,
)
from wangge.registry.sealing import PersonFacts
from wangge.registry.selectors import overview, statistics
from wangge.registry.services import counting, keeping, merging_bodies, retention, rotation
from wangge.registry.services import people as registering

URL = "/api/v1/registry"


@pytest.mark.django_db
def test_an_organisation_kept_twice_becomes_one_with_all_that_hung_on_it(community_cadre, near, as_everybody):
    twin = Organisation.objects.create(
        kind="enterprise", name="测试商店（重复）", uscc="91370100MA3C0000X1", industry="F5211",
        area_id=near.premises.area_id, area_pos=near.premises.area_pos,
    )  # fmt: skip
    shop = Premises.objects.create(
        name="分店", kind="shop", organisation=twin, area_id=near.premises.area_id, area_pos=near.premises.area_pos,
        lon=117.0, lat=36.6,
    )  # fmt: skip
    for body in (near.organisation, twin):
        Tie.objects.create(
            kind="responsible", organisation=body, building=near.building, area_pos=near.building.area_pos,
            source="t", recorded_at=clock.now(),
        )  # fmt: skip
    kept = merging_bodies.merge_organisations(
        keep_id=near.organisation.pk, version=1, other_id=twin.pk, by=community_cadre, reason="同一家店登记两次"
    )
    assert (kept.uscc, kept.industry, kept.version) == ("91370100MA3C0000X1", "F5211", 2)
    assert not Organisation.objects.filter(pk=twin.pk).exists()
    assert Premises.objects.get(pk=shop.pk).organisation_id == kept.pk
    assert Tie.objects.filter(organisation=kept).count() == 1
    told = Entry.objects.filter(action__startswith="registry:organisation:merge").values_list("action", flat=True)
    assert set(told) == {"registry:organisation:merge", "registry:organisation:merged"}


@pytest.mark.django_db
def test_two_codes_are_two_organisations(community_cadre, near, as_everybody):
    Organisation.objects.filter(pk=near.organisation.pk).update(uscc="91370100MA3C0000X1")
    twin = Organisation.objects.create(
        kind="enterprise", name="另一家", uscc="91370100MA3C0000X2", area_id=near.premises.area_id,
        area_pos=near.premises.area_pos,
    )  # fmt: skip
    with pytest.raises(merging_bodies.TwoOrganisations):
        merging_bodies.merge_organisations(
            keep_id=near.organisation.pk, version=1, other_id=twin.pk, by=community_cadre, reason="看着像"
        )


@pytest.mark.django_db
def test_further_phones_are_found_whole_and_by_their_tail_and_follow_a_new_key(client_for, people, near, settings):
    member = people.grid_member
    client = client_for(member)
    with scope.acting(member):
        _change(near.head, member, phones=["13911110001", "13911110002", "053188880003"])
        assert FurtherPhone.objects.count() == 2
    for q in ("13911110002", "0531-88880003"):
        found = client.post(f"{URL}/search", {"q": q}, content_type="application/json").json()
        assert [one["id"] for one in found] == [str(near.head.pk)]
    assert [one["id"] for one in client.get(f"{URL}/search", {"q": "0002"}).json()] == [str(near.head.pk)]
    old = settings.FIELD_KEY
    settings.FIELD_KEY, settings.FIELD_KEYS_OLD = "ab" * 32, (old,)
    rotation.reseal()
    rotation.reindex()
    settings.FIELD_KEYS_OLD = ()
    found = client.post(f"{URL}/search", {"q": "13911110002"}, content_type="application/json").json()
    assert [one["id"] for one in found] == [str(near.head.pk)]


def _change(person, by, **given):
    return registering.change_person(person_id=person.pk, version=1, given=given, by=by)


@pytest.mark.django_db
def test_each_search_by_a_whole_number_is_kept_with_its_purpose(client_for, people, near):
    client = client_for(people.grid_member)

    def ask(**body):
        return client.post(f"{URL}/search", body, content_type="application/json")

    ask(q="13900000001")
    ask(q="13900000001", purpose="居民来电核实住址")
    ask(q=id_number(11))
    ask(q="13999999999")
    looks = list(Look.objects.order_by("at").values_list("subject_type", "fields", "purpose"))
    assert looks == [
        ("person", ["phones"], "精确查找：未写明事由"),
        ("person", ["phones"], "精确查找：居民来电核实住址"),
        ("person", ["id_number"], "精确查找：居民来电核实住址"),
        ("search", ["in_vain"], "精确查找：居民来电核实住址"),
    ]
    assert "139999" not in str(list(Look.objects.values()))
    ask(q="王测试")
    assert Look.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_by_hand_and_by_sheet_nobody_registers_while_the_other_does(system, superuser):
    """A lot of an import holds all numbers; somebody by hand waits for its end, and the other way round."""
    holding, release, went_on = threading.Event(), threading.Event(), threading.Event()

    def sheet():
        with scope.acting(system):
            keeping.hold_numbers(all_of_them=True)
            holding.set()
            release.wait(20)
        connections.close_all()

    def hand():
        with scope.acting(system):
            keeping.hold_number(12345)
            went_on.set()
        connections.close_all()

    threads = [threading.Thread(target=sheet), threading.Thread(target=hand)]
    threads[0].start()
    assert holding.wait(10)
    threads[1].start()
    assert not went_on.wait(0.5)
    release.set()
    assert went_on.wait(10)
    for one in threads:
        one.join()


@pytest.mark.django_db
def test_an_open_case_delays_deletion_and_the_proof_says_so(district, near, as_everybody):
    from wangge.registry.rules import Rules
    from wangge.registry.services import rulebook

    kept = {"name": "已迁出", "name_en": "Moved out", "subject": "person", "status": "moved_out", "days": 30}
    rulebook.load_rules(Rules.model_validate({"retention": {"moved_out": kept}}))
    other = make_person(
        near.household, PersonFacts(name="赵乙", id_kind="resident_id", id_number=id_number(55)), role="other"
    )
    for person in (near.head, other):
        Person.objects.filter(pk=person.pk).update(
            status="moved_out", retention="moved_out", delete_after=date(2020, 1, 1)
        )
    held = {near.head.pk}
    retention.HOLDS.append(lambda ids: held & set(ids))
    try:
        (job,) = retention.run()
    finally:
        retention.HOLDS.pop()
    assert (job.done, job.detail["held"]) == (1, 1)
    assert Person.objects.get(pk=near.head.pk).status == "moved_out"
    told = Entry.objects.get(action="registry:retention:run")
    assert (told.data["done"], told.data["held"]) == (1, 1)


@pytest.mark.django_db
def test_the_map_of_a_district_is_of_the_last_tally_and_statistics_of_the_last_publication(near, system, as_everybody):
    assert overview.map_of_buildings(actor=as_everybody)["counted_at"] is None
    counting.tally()
    found = overview.map_of_buildings(actor=as_everybody)
    assert found["counted_at"]
    assert [one["properties"]["persons"] for one in found["features"]] == [2]
    assert Tally.objects.count() == 1
    statistics.forget()
    assert counting.publish()
    assert not counting.publish()
    stored = statistics.publication()
    assert stored.at == Publication.objects.get().at
    assert statistics.packed(stored) == statistics.packed(statistics.unpacked(Publication.objects.get()))
    statistics.forget()


@pytest.mark.django_db
def test_relations_of_the_made_up_people_are_the_same_each_time_and_close_no_loop(district, as_everybody):
    from tests.registry import settle
    from wangge.registry.models import Relation

    settle(district, "grid1", households=40)
    edges = {(one.person_id, one.other_id, one.kind) for one in Relation.objects.all()}
    assert {kind for *_, kind in edges} == {"spouse", "parent", "guardian"}
    years = dict(Person.objects.values_list("pk", "birth_year"))
    assert all(years[one] > years[above] for one, above, kind in edges if kind != "spouse")


def test_further_phones_are_sealed_each_for_itself():
    made = list(sealing.further_phones(("13900000001", "13900000002"), uuid7))
    assert [crypto.decrypt(one.sealed, context=f"phone:{one.id}") for one in made] == ["13900000002"]
    assert made[0].phone_key in sealing.phone_keys("13900000002")
    assert made[0].tail_key in sealing.tail_keys("0002")
