"""Each rule of invariants.sql finds what breaks it, and nothing in a registry that is in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from tests.factories import District
from tests.registry_rows import Home, make_home, make_tag, make_tie
from wangge.org import scope
from wangge.registry import invariants
from wangge.registry.models import Dwelling, Household, Person, Relation, Tag, Tie


@pytest.fixture
def home(district: District) -> Iterator[Home]:
    with scope.acting(scope.system_actor("test")):
        yield make_home(district, "grid1")


def _broken() -> set[str]:
    return {one.name for one in invariants.run()}


def test_a_registry_in_order_breaks_nothing(home: Home) -> None:
    make_tag(home.head)
    assert _broken() == set()
    assert len(invariants.invariants()) >= 12


def test_two_homes_at_once_are_found(home: Home) -> None:
    make_tie(home.head, home.dwelling)
    assert _broken() == {"two_homes_at_once"}


def test_stays_that_follow_each_other_are_none(home: Home) -> None:
    before = make_tie(home.head, home.dwelling)
    Tie.objects.filter(pk=before.pk).update(valid_from=dt.date(2020, 1, 1), valid_to=home.tie.valid_from)
    assert _broken() == set()


def test_a_head_without_a_household_and_a_household_with_a_wrong_number_are_found(home: Home) -> None:
    Person.objects.filter(pk=home.head.pk).update(household=None)
    assert _broken() == {"head_without_household", "wrong_number_of_members"}


def test_an_erased_person_with_a_key_is_found(home: Home) -> None:
    Person.objects.filter(pk=home.child.pk).update(status="erased", sealed=b"", dwelling=None)
    assert "unsealed_person" in _broken()


def test_a_phone_without_its_tail_is_found(home: Home) -> None:
    Person.objects.filter(pk=home.head.pk).update(tail_key=None)
    assert _broken() == {"phone_keys_apart"}


def test_one_number_on_two_people_is_found(home: Home) -> None:
    Person.objects.filter(pk=home.child.pk).update(id_key=home.head.id_key)
    assert _broken() == {"number_twice"}


def test_an_expired_tag_is_found(home: Home) -> None:
    tag = make_tag(home.head)
    Tag.objects.filter(pk=tag.pk).update(expires_on=dt.date(2026, 1, 1))
    assert _broken() == {"expired_tag_in_force"}


def test_a_place_outside_the_tree_and_a_dwelling_elsewhere_are_found(home: Home) -> None:
    Person.objects.filter(pk=home.head.pk).update(area_pos=12345)
    Dwelling.objects.filter(pk=home.dwelling.pk).update(area_pos=12345)
    assert _broken() == {"person_outside_tree", "dwelling_apart_from_its_building"}


def test_a_loop_of_parents_is_found(home: Home) -> None:
    Relation.objects.create(person=home.head, other=home.child, kind="parent")
    assert _broken() == {"loop_of_relations"}


def test_somebody_kept_too_long_is_found(home: Home) -> None:
    Person.objects.filter(pk=home.child.pk).update(
        status="moved_out", delete_after=dt.date(2026, 1, 1), dwelling=None, household=None
    )
    Household.objects.update(members=1)
    assert _broken() == {"kept_too_long"}
