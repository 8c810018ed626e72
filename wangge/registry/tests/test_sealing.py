from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.kit.crypto import CannotDecrypt
from wangge.kit.ids import uuid7
from wangge.registry import sealing
from wangge.registry.sealing import PersonFacts

COMMUNITY = 1 << 40
FACTS = PersonFacts(
    name="尉迟明",
    id_kind="resident_id",
    id_number="990101194507121237",
    birth=date(1945, 7, 12),
    phones=("13800005678", "053188880000"),
    registered_address="试点区大观园街道经四路198号",
    ethnicity="回",
    workplace="退休",
    note="耳背",
)


def row(facts, **given):
    person_id = uuid7()
    sealed = sealing.seal(person_id, facts, COMMUNITY)
    values = {"id": person_id, "sealed": sealed.sealed, "id_kind": facts.id_kind, "no_id_reason": facts.no_id_reason}
    return SimpleNamespace(**values | given), sealed


def test_what_was_sealed_opens_to_the_same():
    person, _ = row(FACTS)
    assert sealing.open_(person) == FACTS


@given(
    st.builds(
        PersonFacts,
        name=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1),
        id_kind=st.just("none"),
        birth=st.none() | st.dates(),
        phones=st.lists(st.text("0123456789+", min_size=1), max_size=3).map(tuple),
        note=st.text(st.characters(codec="utf-8")),
        no_id_reason=st.just("新生儿"),
    )
)
def test_any_name_opens_to_itself(facts):
    person, _ = row(facts)
    assert sealing.open_(person) == facts


def test_nothing_readable_is_left_outside():
    _, sealed = row(FACTS)
    for value in (FACTS.name, FACTS.id_number, *FACTS.phones, FACTS.workplace):
        assert value.encode() not in sealed.sealed
    assert FACTS.name not in repr(sealed)


def test_an_envelope_copied_to_another_person_does_not_open():
    person, _ = row(FACTS, id=uuid7())
    with pytest.raises(CannotDecrypt):
        sealing.open_(person)


def test_a_person_is_found_by_each_key():
    _, sealed = row(FACTS)
    assert sealed.id_key in sealing.id_keys("990101194507121237")
    assert sealed.phone_key in sealing.phone_keys("13800005678")
    assert sealed.tail_key in sealing.tail_keys("5678")
    assert sealed.name_key in sealing.name_keys([7, COMMUNITY], "尉迟明")
    assert sealed.initials_key in sealing.initials_keys([COMMUNITY], "YCM")
    assert sealed.birth_key in sealing.birth_keys("尉迟明", date(1945, 7, 12))


def test_a_name_is_found_in_its_community_only():
    _, sealed = row(FACTS)
    assert sealed.name_key not in sealing.name_keys([COMMUNITY + 1], "尉迟明")


@pytest.mark.parametrize("written", ["阿卜杜拉·买买提", "阿卜杜拉•买买提", "阿卜杜拉买买提", "阿卜杜拉\u200b·买买提"])
def test_ways_to_write_a_name_find_the_same(written):
    _, sealed = row(replace(FACTS, name="阿卜杜拉·买买提"))
    assert sealed.name_key in sealing.name_keys([COMMUNITY], written)


def test_what_is_not_known_has_no_key():
    _, sealed = row(PersonFacts(name="王", id_kind="none", no_id_reason="流浪人员"))
    assert (sealed.id_key, sealed.phone_key, sealed.tail_key, sealed.birth_key) == (None, None, None, None)


def test_older_keys_still_open_and_find(settings):
    person, sealed = row(FACTS)
    settings.FIELD_KEYS_OLD, settings.FIELD_KEY = (settings.FIELD_KEY,), "ab" * 32
    assert sealing.open_(person) == FACTS
    assert sealed.id_key == sealing.id_keys(FACTS.id_number)[1]
    renewed = sealing.reseal(person.id, person.sealed)
    settings.FIELD_KEYS_OLD = ()
    person.sealed = renewed
    assert sealing.open_(person) == FACTS
