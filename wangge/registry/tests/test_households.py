"""Households and relations: one head, one household, no loops."""

from __future__ import annotations

from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.registry_rows import make_person
from wangge.kit.errors import Conflict, Invalid, NotFound
from wangge.org import scope
from wangge.registry.models import Household, Person, Relation
from wangge.registry.sealing import PersonFacts
from wangge.registry.services import households, relations
from wangge.registry.services.households import HasHead, HouseholdEnded
from wangge.registry.services.relations import Loop, RelatedAlready

pytestmark = pytest.mark.django_db
NAMES = count(1)


def somebody(home, name="赵甲", born=None):
    """In the household of the home, with no role that matters."""
    facts = PersonFacts(name=f"{name}{next(NAMES)}", id_kind="none", no_id_reason="测试", birth=born)
    return make_person(home.household, facts, role="other")


@pytest.fixture
def family(near, system):
    """Five people of one home, of unknown age."""
    with scope.acting(system):
        return [somebody(near, name) for name in ("赵", "钱", "孙", "李", "周")]


def relate(by, one, other, kind="parent"):
    with scope.acting(by):
        return relations.relate(person_id=one.pk, other_id=other.pk, kind=kind, by=by)


def test_a_household_is_made_with_head_and_members(grid_member, near, family):
    members = [(family[0].pk, "head"), (family[1].pk, "spouse")]
    with scope.acting(grid_member):
        made = households.add_household(dwelling_id=near.dwelling.pk, members=members, by=grid_member)
        held = Household.objects.get(pk=made.pk)
        roles = dict(held.people.values_list("pk", "household_role"))
    assert held.members == 2
    assert roles == dict(members)
    assert held.number.startswith("370199001001001-")


def test_a_household_has_one_head(grid_member, near, family):
    with scope.acting(grid_member), pytest.raises(HasHead):
        households.add_household(
            dwelling_id=near.dwelling.pk, by=grid_member, members=[(one.pk, "head") for one in family[:2]]
        )


def test_another_head_leaves_the_former_a_role(grid_member, near):
    with scope.acting(grid_member):
        households.set_head(
            household_id=near.household.pk, version=1, person_id=near.child.pk, former_role="parent", by=grid_member
        )
        roles = dict(near.household.people.values_list("pk", "household_role"))
    assert roles == {near.head.pk: "parent", near.child.pk: "head"}


def test_two_at_once_change_it_once(grid_member, near):
    with scope.acting(grid_member):
        households.set_head(household_id=near.household.pk, version=1, person_id=near.child.pk, by=grid_member)
        with pytest.raises(Conflict) as late:
            households.set_head(household_id=near.household.pk, version=1, person_id=near.head.pk, by=grid_member)
    assert late.value.extra["by"] == grid_member.name


def test_who_joins_another_leaves_the_first_and_the_last_ends_it(grid_member, near):
    with scope.acting(grid_member):
        made = households.add_household(
            dwelling_id=near.dwelling.pk, by=grid_member, members=[(near.head.pk, "head"), (near.child.pk, "child")]
        )
        left = Household.objects.get(pk=near.household.pk)
        assert Household.objects.get(pk=made.pk).members == 2
        assert (left.members, left.ended_on is not None) == (0, True)
        with pytest.raises(HouseholdEnded):
            households.end_household(household_id=left.pk, version=left.version, reason="重复", by=grid_member)


def test_an_ended_household_leaves_its_people_where_they_live(grid_member, near):
    with scope.acting(grid_member):
        households.end_household(household_id=near.household.pk, version=1, reason="拆迁", by=grid_member)
        head = Person.objects.get(pk=near.head.pk)
    assert (head.household_id, head.dwelling_id) == (None, near.dwelling.pk)


@pytest.mark.parametrize("role", ["", "king", "户主"])
def test_roles_are_known_ones(grid_member, near, family, role):
    with scope.acting(grid_member), pytest.raises(Invalid):
        households.change_household(
            household_id=near.household.pk, version=1, add=[(family[0].pk, role)], by=grid_member
        )


def test_strangers_are_not_members(grid_member, near, far):
    with scope.acting(grid_member), pytest.raises(NotFound):
        households.change_household(
            household_id=near.household.pk, version=1, add=[(far.head.pk, "other")], by=grid_member
        )
    with scope.acting(grid_member), pytest.raises(NotFound):
        households.set_head(household_id=far.household.pk, version=1, person_id=far.head.pk, by=grid_member)


def test_a_loop_is_refused_with_its_chain(grid_member, family):
    zhao, qian, sun = family[:3]
    relate(grid_member, zhao, qian)
    relate(grid_member, qian, sun)
    with pytest.raises(Loop) as refused:
        relate(grid_member, sun, zhao)
    assert refused.value.detail_zh.startswith("关系成环：赵**的父母是钱**，钱**的父母是孙**；孙**的父母不能再是赵**")
    assert refused.value.extra["chain"] == [str(one.pk) for one in (zhao, qian, sun)]


def test_carers_may_care_for_each_other_but_guardians_may_not(grid_member, family):
    zhao, qian = family[:2]
    relate(grid_member, zhao, qian, "carer")
    relate(grid_member, qian, zhao, "carer")
    relate(grid_member, zhao, qian, "guardian")
    with pytest.raises(Loop):
        relate(grid_member, qian, zhao, "guardian")


def test_a_couple_is_registered_once(grid_member, family):
    relate(grid_member, family[0], family[1], "spouse")
    with pytest.raises(RelatedAlready):
        relate(grid_member, family[1], family[0], "spouse")


def test_a_parent_is_older_and_somebody_else(grid_member, near, system):
    with scope.acting(system):
        old, young = somebody(near, born=date(1950, 1, 1)), somebody(near, born=date(1980, 1, 1))
    with pytest.raises(Invalid):
        relate(grid_member, old, young)
    with pytest.raises(Invalid):
        relate(grid_member, old, old)
    with pytest.raises(Invalid):
        relate(grid_member, young, old, "aunt")


def test_a_stranger_is_related_to_nobody_here(grid_member, near, far):
    with pytest.raises(NotFound):
        relate(grid_member, near.head, far.head)


def test_a_relation_is_removed(grid_member, near):
    with scope.acting(grid_member):
        relations.unrelate(person_id=near.child.pk, relation_id=near.relation.pk, by=grid_member)
        assert not Relation.objects.exists()


PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=14)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=PAIRS)
def test_whatever_is_registered_nobody_is_their_own_ancestor(grid_member, near, system, pairs):
    with scope.acting(system):
        people = [somebody(near) for _ in range(5)]
    for one, other in pairs:
        try:
            relate(grid_member, people[one], people[other])
        except (Loop, RelatedAlready, Invalid):
            continue
    with scope.acting(grid_member):
        above = {}
        for pair in Relation.objects.filter(person__in=people).values_list("person_id", "other_id"):
            above.setdefault(pair[0], set()).add(pair[1])
    for person in people:
        seen, ahead = set(), set(above.get(person.pk, ()))
        while ahead:
            seen |= ahead
            ahead = {up for one in ahead for up in above.get(one, ())} - seen
        assert person.pk not in seen
