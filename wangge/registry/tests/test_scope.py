"""Who sees whose row: the first lock (`visible_to`) and the second (row-level security)."""

from __future__ import annotations

import pytest
from django.db import connection

from tests import registry_rows
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org import scope
from wangge.org.scope import system_actor
from wangge.registry import sealing
from wangge.registry.models import (
    Correction,
    Dwelling,
    Export,
    FurtherPhone,
    Household,
    Import,
    ImportRow,
    Person,
    Photo,
    Relation,
    Tag,
    Tie,
)

SCOPED = (Person, Tie, Tag, Relation, Dwelling, Household, Photo, Import, ImportRow, Export, Correction, FurtherPhone)
PERSONAS = (
    "grid_member", "other_grid_member", "community_cadre", "dispatcher", "subdistrict_dispatcher",
    "department_clerk", "other_department_clerk", "leader", "system_admin",
)  # fmt: skip


@pytest.fixture
def homes(district):
    with scope.acting(system_actor("test")):
        made = {
            grid: registry_rows.make_home(district, grid, serial=n)
            for n, grid in enumerate(("grid1", "grid2", "grid5"), 1)
        }
        urban = district.units["urban"]
        made["tag"] = registry_rows.make_tag(made["grid5"].head, unit=urban, unit_pos=urban.pos)
        for grid in ("grid1", "grid2", "grid5"):
            registry_rows.make_correction(made[grid].child, unit=urban)
            (phone,) = sealing.further_phones(("13900000000", "13911110000"))
            FurtherPhone.objects.create(person=made[grid].head, **phone._asdict())
        for key in ("grid_member", "dispatcher"):
            run = Import.objects.create(
                kind="residents", filename="a.xlsx", file_hash=uuid7().bytes, file_path="a", source="test",
                by_id=district.users[key].id, by_name=key, created_at=clock.now(),
            )  # fmt: skip
            ImportRow.objects.create(run=run, row=2, outcome="failed")
            Export.objects.create(
                purpose="试验", by_id=district.users[key].id, by_name=key, created_at=clock.now(),
                area_pos=district.versions["grid5"].pos,
            )  # fmt: skip
    return made


@pytest.mark.parametrize("key", PERSONAS)
def test_both_locks_let_the_same_rows_through(homes, people, key):
    with scope.acting(getattr(people, key)) as actor:
        for model in SCOPED:
            forgot = set(model.objects.values_list("id", flat=True))
            asked = set(model.objects.visible_to(actor).values_list("id", flat=True))
            assert forgot == asked, model


def test_without_a_scope_nobody_is_there(homes):
    for model in SCOPED:
        assert model.objects.count() == 0, model


def test_a_grid_member_sees_the_people_of_the_grid(homes, people):
    with scope.acting(people.grid_member):
        assert set(Person.objects.values_list("id", flat=True)) == {homes["grid1"].head.id, homes["grid1"].child.id}
        assert Relation.objects.get().id == homes["grid1"].relation.id


def test_who_rents_in_the_grid_is_seen_there_too_while_it_lasts(homes, people):
    with scope.acting(system_actor("test")):
        tie = registry_rows.make_tie(homes["grid5"].head, homes["grid1"].dwelling, "owns")
    with scope.acting(people.grid_member):
        assert Person.objects.filter(pk=homes["grid5"].head.pk).exists()
        assert Tie.objects.filter(person=homes["grid5"].head).count() == 2
        assert not Household.objects.filter(pk=homes["grid5"].household.pk).exists()
    with scope.acting(system_actor("test")):
        Tie.objects.filter(pk=tie.pk).update(valid_to=registry_rows.DAY)
    with scope.acting(people.grid_member):
        assert not Person.objects.filter(pk=homes["grid5"].head.pk).exists()


def test_a_department_sees_only_those_in_its_care(homes, people):
    with scope.acting(people.department_clerk):
        assert Person.objects.get().id == homes["grid5"].head.id
        assert Tag.objects.get().id == homes["tag"].id
        assert Dwelling.objects.count() == 0
    with scope.acting(people.other_department_clerk):
        assert Person.objects.count() == 0


def test_a_row_of_another_grid_can_neither_be_changed_nor_deleted(homes, people):
    far = homes["grid5"].head.pk
    with scope.acting(people.grid_member), connection.cursor() as cursor:
        cursor.execute("update registry_person set version = 9 where id = %s", [far])
        assert cursor.rowcount == 0
        cursor.execute("delete from registry_dwelling where id = %s", [homes["grid5"].dwelling.pk])
        assert cursor.rowcount == 0
