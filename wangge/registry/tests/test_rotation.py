"""Keys change while everything runs: nothing is lost, nobody is lost sight of, and a kill costs one batch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from tests.factories import District, make_district
from tests.registry_rows import id_number, make_home, make_person, make_tag
from wangge.areas.models import Level
from wangge.kit import crypto, keyring, sealed
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import Maintenance, Person, Tag
from wangge.registry.services import rotation
from wangge.registry.services.rotation import LostKey

NOT_SEALED = {
    ("registry_publication", "data"),
    ("areas_areaversion", "boundary"),
    ("divisions_barrier", "line"),
    ("divisions_plancommunity", "drawn"),
    ("divisions_site", "packed"),
}
SYSTEM = scope.system_actor("test")


@pytest.fixture
def old_key(settings: Any) -> str:
    """In use before the rotation."""
    settings.FIELD_KEY, settings.FIELD_KEYS_OLD = keyring.fresh(), ()
    settings.INDEX_KEY, settings.INDEX_KEYS_OLD = "", ()
    return str(settings.FIELD_KEY)


@pytest.fixture
def crowd(district: District, old_key: str) -> Iterator[list[Person]]:
    """Twelve people and a tag, sealed under the old key."""
    with scope.acting(SYSTEM):
        home = make_home(district, "grid1")
        people = [
            make_person(
                home.household,
                sealing.PersonFacts(name="李甲", id_kind="resident_id", id_number=id_number(n), phones=(f"138{n:08}",)),
                role="other",
            )
            for n in range(100, 110)
        ]
        tag = make_tag(home.head)
        Tag.objects.filter(pk=tag.pk).update(detail=crypto.encrypt("独居", context=f"tag:{tag.pk}"))
        yield people


def _rotate(settings: Any, old_key: str) -> None:
    settings.FIELD_KEYS_OLD = (old_key,)
    settings.FIELD_KEY = keyring.fresh(keyring.ring(old_key, (), "", ()))


def _keys_in_use() -> set[bytes]:
    return {crypto.sealed_under(person.sealed) for person in Person.objects.all()}


def test_everything_is_sealed_anew_and_says_the_same(crowd: list[Person], settings: Any, old_key: str) -> None:
    _rotate(settings, old_key)
    job = rotation.reseal(batch=5)
    assert job.done == 13  # twelve people, one tag
    assert job.detail["total"] == 13
    assert job.finished_at
    assert _keys_in_use() == {crypto.key_ids()[0]}
    assert sealing.open_(Person.objects.get(pk=crowd[0].pk)).id_number == id_number(100)
    tag = Tag.objects.get()
    assert tag.detail is not None
    assert crypto.decrypt(tag.detail, context=f"tag:{tag.pk}") == "独居"


def test_people_are_found_before_during_and_after(crowd: list[Person], settings: Any, old_key: str) -> None:
    def found() -> bool:
        return all(Person.objects.filter(id_key__in=sealing.id_keys(id_number(n))).exists() for n in range(100, 110))

    _rotate(settings, old_key)
    assert found()
    rotation.reseal(batch=5)
    seen: list[bool] = []
    rotation.reindex(batch=5, say=lambda _done, _total: seen.append(found()))
    assert seen
    assert all(seen)
    settings.FIELD_KEYS_OLD = ()  # the old key can go
    assert found()
    assert not rotation.key_uses()[1:]


def test_a_run_that_was_killed_goes_on_where_it_stood(crowd: list[Person], settings: Any, old_key: str) -> None:
    _rotate(settings, old_key)

    def killed(done: int, _total: int) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.reseal(batch=5, say=killed)
    assert len(_keys_in_use()) == 2
    job = rotation.reseal(batch=5)
    assert job.done == 13
    assert Maintenance.objects.count() == 1
    assert _keys_in_use() == {crypto.key_ids()[0]}


def test_again_with_nothing_to_do_writes_nothing(crowd: list[Person], settings: Any, old_key: str) -> None:
    _rotate(settings, old_key)
    rotation.reseal()
    before = {p.pk: bytes(p.sealed) for p in Person.objects.all()}
    assert rotation.reseal().done == 0
    rotation.reindex()
    assert rotation.reindexed()
    assert rotation.reindex().done == 0
    assert {p.pk for p in Person.objects.all()} == set(before)


def test_a_row_changed_meanwhile_keeps_the_change(
    crowd: list[Person], settings: Any, old_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read, then changed by somebody else, then written: the comparison lets the other's value stand."""
    _rotate(settings, old_key)
    victim = crowd[3]
    real, done = rotation._write, []

    def slow(column: Any, made: Any, **more: Any) -> Any:
        if column.table == "registry_person" and not done:
            done.append(1)
            facts = sealing.PersonFacts(name="改名", id_kind="resident_id", id_number=id_number(103))
            sealed = sealing.seal(victim.pk, facts, AREAS.ancestor(victim.area_pos, Level.COMMUNITY))
            Person.objects.filter(pk=victim.pk).update(sealed=sealed.sealed)
        return real(column, made, **more)

    monkeypatch.setattr(rotation, "_write", slow)
    rotation.reseal()
    assert sealing.open_(Person.objects.get(pk=victim.pk)).name == "改名"
    assert _keys_in_use() == {crypto.key_ids()[0]}


def test_a_lost_key_is_named_with_what_needs_it_and_the_rest_goes_on(
    crowd: list[Person], settings: Any, old_key: str
) -> None:
    lost_id = crypto.key_ids()[0].hex()
    settings.FIELD_KEY = keyring.fresh(keyring.ring(old_key, (), "", ()))  # and the old one is gone
    with pytest.raises(crypto.CannotDecrypt, match=lost_id):
        sealing.open_(crowd[0])
    assert rotation.reseal().done == 0
    with pytest.raises(LostKey) as lost:
        rotation.refuse_lost_keys()
    assert lost.value.extra["keys"] == {lost_id: 13}
    assert lost_id in lost.value.detail_zh
    assert "registry_person.sealed 12" in lost.value.detail_en


def test_a_value_no_key_opens_is_counted_and_holds_nothing_up(crowd: list[Person], settings: Any, old_key: str) -> None:
    broken = bytes(crowd[0].sealed)[:-1] + bytes([bytes(crowd[0].sealed)[-1] ^ 1])
    Person.objects.filter(pk=crowd[0].pk).update(sealed=broken)
    _rotate(settings, old_key)
    job = rotation.reseal()
    assert job.done == 12
    assert job.detail["failed_ids"] == [str(crowd[0].pk)]


@pytest.mark.django_db(transaction=True)
def test_readers_and_writers_work_while_the_key_changes(settings: Any, old_key: str) -> None:
    """One thread keeps changing people and holding them, one keeps looking them up; nobody waits in vain."""
    district = make_district()
    with scope.acting(SYSTEM):
        home = make_home(district, "grid1")
        facts = [
            sealing.PersonFacts(name="赵甲", id_kind="resident_id", id_number=id_number(n), phones=(f"137{n:08}",))
            for n in range(200, 240)
        ]
        people = [make_person(home.household, one, role="other") for one in facts]
    _rotate(settings, old_key)
    stop, missed, failures = threading.Event(), [], []

    def read() -> None:
        try:
            while not stop.is_set():
                with scope.acting(SYSTEM):
                    for one in facts[::7]:
                        if not Person.objects.filter(id_key__in=sealing.id_keys(one.id_number)).exists():
                            missed.append(one)
        finally:
            connection.close()

    def write() -> None:
        try:
            while not stop.is_set():
                with transaction.atomic(), scope.acting(SYSTEM):
                    for person in reversed(people[::5]):
                        held = Person.objects.select_for_update().get(pk=person.pk)
                        sealed = sealing.seal(
                            held.pk, sealing.open_(held), AREAS.ancestor(held.area_pos, Level.COMMUNITY)
                        )
                        Person.objects.filter(pk=held.pk).update(sealed=sealed.sealed, version=held.version + 1)
        except Exception as error:  # noqa: BLE001 - handed to the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for run in (read, write)]
    for thread in threads:
        thread.start()
    try:
        rotation.reseal(batch=3)
        rotation.reindex(batch=3)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert not missed
    with scope.acting(SYSTEM):
        assert _keys_in_use() == {crypto.key_ids()[0]}
        settings.FIELD_KEYS_OLD = ()
        assert all(Person.objects.filter(id_key__in=sealing.id_keys(one.id_number)).exists() for one in facts)


def test_every_sealed_column_of_every_app_is_declared() -> None:
    """A column that nobody declares would be lost with the old key."""
    declared = {(one.table, one.column) for one in sealed.declared()}
    held = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField) and field.max_length is None
    }
    assert held - declared == NOT_SEALED
