"""Scope: from posts to intervals, to the transaction's settings, and back."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.factories import District
from wangge.org import scope, selectors
from wangge.org.scope import Actor, Scope

pytestmark = pytest.mark.django_db


def settings_now() -> tuple[bool, str, str, str | None]:
    with connection.cursor() as cursor:
        cursor.execute("select wangge_sees_all(), wangge_areas()::text, wangge_units()::text, wangge_own()::text")
        row: tuple[bool, str, str, str | None] = cursor.fetchone()
    return row


def interval(district: District, key: str) -> tuple[int, int]:
    version = district.versions[key]
    return version.pos, version.pos_end


def test_nothing_is_seen_before_a_scope_is_applied() -> None:
    assert settings_now() == (False, "{}", "{}", None)


def test_a_grid_member_sees_their_grid_their_unit_and_their_own(district: District, grid_member: Actor) -> None:
    unit = district.units["team1"]
    assert grid_member.scope == Scope(
        areas=(interval(district, "grid1"),), units=((unit.pos, unit.pos + 1),), own=grid_member.user_id
    )


def test_a_street_sees_everything_inside_its_area(district: District, subdistrict_dispatcher: Actor) -> None:
    office = district.units["office1"]
    assert subdistrict_dispatcher.scope.areas == (interval(district, "street1"),)
    assert subdistrict_dispatcher.scope.units == ((office.pos, office.pos_end),)
    assert subdistrict_dispatcher.scope.covers_area(district.versions["grid4"].pos)
    assert not subdistrict_dispatcher.scope.covers_area(district.versions["grid5"].pos)
    assert subdistrict_dispatcher.scope.covers_unit(district.units["team3"].pos)
    assert not subdistrict_dispatcher.scope.covers_unit(district.units["team5"].pos)


def test_a_department_sees_what_it_takes_part_in_and_no_area(department_clerk: Actor) -> None:
    assert department_clerk.scope.areas == ()
    assert len(department_clerk.scope.units) == 1


def test_the_command_centre_sees_everything(dispatcher: Actor) -> None:
    assert dispatcher.scope.all


def test_the_scope_before_comes_back(grid_member: Actor, system: Actor) -> None:
    with scope.acting(grid_member):
        inner = settings_now()
        with scope.acting(system):
            assert settings_now()[0] is True
        assert settings_now() == inner
        with pytest.raises(ZeroDivisionError), scope.unrestricted():
            raise ZeroDivisionError
        assert settings_now() == inner
    assert settings_now() == (False, "{}", "{}", None)


def test_tests_run_under_the_role_that_row_level_security_binds() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select current_user, rolbypassrls, rolsuper from pg_roles where rolname = current_user")
        assert cursor.fetchone() == ("wangge_app", False, False)
        cursor.execute("select count(*) from pg_tables where tableowner = current_user")
        assert cursor.fetchone() == (0,)


def test_an_actor_takes_one_query(district: District, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        selectors.actor_for(district.users["grid_member"])
