"""Ways around masks, owners and numbers that somebody in a hurry, or with an ordinary account, would find."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date

import pytest
from django.db import connection

from tests.registry_rows import id_number, make_correction, make_home, make_person, make_tag, make_tie
from wangge.audit.models import Look
from wangge.kit.errors import Invalid
from wangge.kit.pace import Pace
from wangge.org import http, scope
from wangge.registry import sealing
from wangge.registry.models import Correction, FieldRule, ImportRow, Person, PersonStatus, TagKind, Tie
from wangge.registry.selectors.exporting import Filters
from wangge.registry.services import corrections, exports, merging, people, residence
from wangge.registry.services.doubles import AlreadyRegistered
from wangge.registry.services.imports import deciding as imports_deciding
from wangge.registry.services.people import FieldOwned
from wangge.registry.tests import test_imports as sheets

pytestmark = pytest.mark.django_db
URL = "/api/v1/registry"


@pytest.fixture(autouse=True)
def fresh_pace(monkeypatch):
    monkeypatch.setattr(http, "_searches", Pace(60))


def rule(field, group, owner, partners=()):
    return FieldRule(
        object="person", field=field, name=field, name_en=field, group=group, owner=owner, partners=list(partners)
    )


@pytest.fixture
def owned(district, system):
    """Names, numbers and registered addresses are the department's."""
    with scope.acting(system):
        FieldRule.objects.bulk_create(
            [
                *(rule(one, "identity", "370199-cgj") for one in ("name", "id_number", "registered_address")),
                rule("phones", "contact", "grid"),
            ]
        )
        return make_home(district, "grid1")


def leave(by, person, status):
    with scope.acting(by):
        return residence.leave_person(person_id=person.pk, version=person.version, status=status, by=by)


# --- masks --------------------------------------------------------------------------------------------------------


def test_an_export_shows_nobody_whole_who_lives_elsewhere(community_cadre, near, far, system):
    """The page refuses the owner of a flat who lives in another street: so does the list."""
    with scope.acting(system):
        make_tie(far.head, near.dwelling, "owns")
    with scope.acting(community_cadre):
        asked = exports.ask_export(
            filters=Filters(), fields=["name", "id_number", "phones", "birth", "dwelling"], purpose="出租房屋核查",
            by=community_cadre,
        )  # fmt: skip
    exports.make_export(export_id=asked.pk)
    with scope.acting(community_cadre):
        data, _ = exports.fetch_export(export_id=asked.pk, by=community_cadre)
        looked = set(Look.objects.filter(subject_type="person").values_list("subject_id", flat=True))
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        said = "".join(book.read(name).decode() for name in book.namelist())
    assert id_number(11) in said
    assert "139****0002" in said
    assert id_number(21) not in said
    assert "13900000002" not in said
    assert near.head.pk in looked
    assert far.head.pk not in looked


def test_a_child_has_no_name_in_lists_of_those_who_are_not_near(client_for, people, near, system, district):
    """Prefilled forms and exports mask as the pages do."""
    body = json.dumps({"object": "person", "id": str(near.child.pk), "fields": ["name"]})
    said = client_for(people.subdistrict_dispatcher).post(f"{URL}/prefill", body, content_type="application/json")
    assert said.status_code == 200, said.content
    assert "王" not in said.content.decode()


def test_a_partner_is_not_shown_by_a_correction_what_is_not_shared_with_it(client_for, people, near, district, system):
    urban, housing = district.units["urban"], district.units["housing"]
    with scope.acting(system):
        FieldRule.objects.bulk_create([rule("id_number", "identity", urban.code), rule("phones", "contact", "grid")])
        make_tag(near.head, "in_need", unit=housing, unit_pos=housing.pos)
        made = make_correction(near.head, unit=urban)
    theirs = client_for(people.other_department_clerk).get(f"{URL}/corrections?view=all").json()["items"]
    assert [one["id"] for one in theirs] == [str(made.pk)]
    assert (theirs[0]["known"], theirs[0]["given"], theirs[0]["person"]["name"]) == ("**", "**", "**")
    ours = client_for(people.department_clerk).get(f"{URL}/corrections").json()["items"]
    assert (ours[0]["known"], ours[0]["person"]["name"]) == ("王**", "王**")


def test_how_many_are_in_a_sensitive_group_is_told_to_the_near_and_to_who_cares(client_for, people, near, system):
    with scope.acting(system):
        make_tag(near.head, "illness")
        make_tag(near.head, "living_alone")
        TagKind.objects.filter(code="illness").update(data_class="sensitive")

    def told(who):
        page = client_for(who).get(f"{URL}/grid?area={near.building.area_id}")
        assert page.status_code == 200, page.content
        return {one["kind"] for one in page.json()["tags"]}

    assert told(people.grid_member) == {"illness", "living_alone"}
    assert told(people.community_cadre) == {"illness", "living_alone"}
    assert told(people.subdistrict_dispatcher) == {"living_alone"}
    assert told(people.dispatcher) == {"living_alone"}


# --- numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [id_number(11), "13900000001"])
def test_a_number_in_full_width_is_a_number(client_for, people, near, system, written):
    wide = "".join(chr(ord(one) + 0xFEE0) for one in written)
    client = client_for(people.grid_member)
    assert client.get(f"{URL}/search", {"q": wide}).status_code == 422  # no number in an address
    found = client.post(f"{URL}/search", json.dumps({"q": wide, "kind": "person"}), content_type="application/json")
    assert [one["id"] for one in found.json()] == [str(near.head.pk)]
    with scope.acting(system):
        assert Look.objects.filter(subject_id=near.head.pk).exists()


def test_a_decision_gives_nobody_a_number_that_somebody_has_by_now(community_cadre, near, system):
    """A row waits; meanwhile the number is registered by hand; filling the gap would put one number on two names."""
    born, number = date(1950, 2, 3), id_number(555, born=date(1950, 2, 3))
    with scope.acting(system):
        known = make_person(
            near.household, sealing.PersonFacts(name="赵甲", id_kind="none", birth=born, no_id_reason="遗失",
                                                phones=("13900007777",)), role="parent",
        )  # fmt: skip
    run = sheets.bring(
        community_cadre, sheets.sheet(sheets.person("赵甲", 555, born=born, 手机号="13900008888", 性别="男"))
    )
    (row,) = sheets.rows_of(run, community_cadre)
    assert (row.outcome, row.subject_id) == ("conflict", known.pk)
    with scope.acting(community_cadre):
        people.add_person(
            given={"name": "钱乙", "id_kind": "resident_id", "id_number": number}, registration="registered",
            dwelling_id=near.dwelling.pk, by=community_cadre,
        )  # fmt: skip
    with scope.acting(community_cadre), pytest.raises(AlreadyRegistered):
        imports_deciding.decide(import_id=run.id, row_id=row.id, decision="merge", by=community_cadre)
    with scope.acting(system):
        assert Person.objects.filter(id_key__in=sealing.id_keys(number)).count() == 1


def test_a_column_mapped_wrongly_leaves_no_number_in_the_clear(community_cadre, near):
    head = [*sheets.HEAD, "备注列"]
    number = id_number(777)
    run = sheets.bring(
        community_cadre, sheets.sheet([*sheets.person("孙丙", 778), number], head=head), mapping={"tags": "备注列"}
    )
    assert run.failed == 1
    with scope.acting(community_cadre):
        (row,) = ImportRow.objects.filter(run=run)
    assert number not in json.dumps(row.errors, ensure_ascii=False)


@pytest.mark.parametrize(
    "text", [f"重复登记，证号{id_number(12)}", "电话 13912345678 打不通", "证１３９１２３４５６７８"]
)
def test_a_reason_holds_no_number(grid_member, near, text):
    """It stands in a log that nobody can mend."""
    with scope.acting(grid_member), pytest.raises(Invalid):
        residence.leave_person(
            person_id=near.head.pk, version=1, status=PersonStatus.ABSENT, reason=text, by=grid_member
        )


# --- owners ------------------------------------------------------------------------------------------------------


def test_who_leaves_and_comes_back_keeps_what_its_owner_says(grid_member, owned):
    """Else a field that only a department changes would be changed by a departure and a return."""
    with scope.acting(grid_member):
        people.change_person(
            person_id=owned.head.pk, version=1, given={"registered_address": "旧址1号"}, by=grid_member
        )
    gone = leave(grid_member, Person(pk=owned.head.pk, version=2), PersonStatus.MOVED_OUT)
    given = {"name": "王测试", "id_kind": "resident_id", "id_number": id_number(11), "phones": ["13911110000"]}
    with scope.acting(grid_member), pytest.raises(FieldOwned):
        people.add_person(
            given=given | {"registered_address": "新址2号"}, registration="registered",
            dwelling_id=owned.dwelling.pk, by=grid_member,
        )  # fmt: skip
    with scope.acting(grid_member):
        back = people.add_person(given=given, registration="registered", dwelling_id=owned.dwelling.pk, by=grid_member)
        facts = sealing.open_(Person.objects.get(pk=back.pk))
    assert (back.pk, facts.registered_address, facts.phones) == (gone.pk, "旧址1号", ("13911110000",))


def test_somebody_taken_for_dead_by_mistake_is_alive_again_for_a_reason(grid_member, near):
    dead = leave(grid_member, near.head, PersonStatus.DECEASED)
    with scope.acting(grid_member), pytest.raises(Invalid):
        residence.leave_person(person_id=dead.pk, version=dead.version, status=PersonStatus.MOVED_OUT, by=grid_member)
    with scope.acting(grid_member):
        alive = residence.leave_person(
            person_id=dead.pk,
            version=dead.version,
            status=PersonStatus.MOVED_OUT,
            reason="误登，已上门核实",
            by=grid_member,
        )
        home = residence.move_person(
            person_id=dead.pk, version=alive.version, dwelling_id=near.dwelling.pk, by=grid_member
        )
    assert (home.status, home.delete_after) == (PersonStatus.LIVING_HERE, None)


def test_who_had_no_document_gets_one_and_an_unknown_sex_is_filled_in(grid_member, owned, system):
    """Nothing was known: there is no owner to ask."""
    with scope.acting(system):
        FieldRule.objects.bulk_create([rule(one, "identity", "370199-cgj") for one in ("id_kind", "sex", "birth")])
        baby = make_person(
            owned.household, sealing.PersonFacts(name="王新生", id_kind="none", no_id_reason="新生儿",
                                                 birth=date(2026, 5, 6)), role="child",
        )  # fmt: skip
        Person.objects.filter(pk=baby.pk).update(sex="unknown")
    number = id_number(31, born=date(2026, 5, 6))
    with scope.acting(grid_member):
        held = people.change_person(
            person_id=baby.pk, version=1, given={"id_kind": "resident_id", "id_number": number}, by=grid_member
        )
        facts = sealing.open_(held)
    assert (facts.id_kind, facts.id_number, facts.no_id_reason, held.sex) == ("resident_id", number, "", "male")


def test_another_kind_of_document_is_proposed_and_accepted_with_its_number(
    grid_member, department_clerk, owned, system
):
    with scope.acting(system):
        FieldRule.objects.bulk_create([rule("id_kind", "identity", "370199-cgj")])
    given = {"id_kind": "passport", "id_number": "E12345678"}
    with scope.acting(grid_member):
        people.change_person(
            person_id=owned.head.pk, version=1, given=given, propose=True, source="查看护照", by=grid_member
        )
    with scope.acting(department_clerk):
        (asked,) = Correction.objects.filter(unit_id=department_clerk.unit_id)
        corrections.decide(correction_id=asked.pk, accepted=True, reason="已核对原件", by=department_clerk)
    with scope.acting(grid_member):
        facts = sealing.open_(Person.objects.get(pk=owned.head.pk))
    assert (facts.id_kind, facts.id_number) == ("passport", "E12345678")


# --- who left ----------------------------------------------------------------------------------------------------


def test_gaps_filled_of_who_moved_out_move_nobody_in(community_cadre, near, system):
    """Else somebody would live here who is deleted when their time is over."""
    leave(community_cadre, near.head, PersonStatus.MOVED_OUT)
    run = sheets.bring(community_cadre, sheets.sheet(sheets.person("王测试", 11, born=date(1980, 5, 17), 户号="H77")))
    (row,) = sheets.rows_of(run, community_cadre)
    with scope.acting(community_cadre):
        imports_deciding.decide(import_id=run.id, row_id=row.id, decision="merge", by=community_cadre)
    with scope.acting(system):
        held = Person.objects.get(pk=near.head.pk)
        assert not Tie.objects.filter(person=held, kind="lives", valid_to__isnull=True).exists()
    assert (held.status, held.dwelling_id, held.household_id) == (PersonStatus.MOVED_OUT, None, None)


def test_merging_keeps_who_lives_here(grid_member, near, system):
    leave(grid_member, near.head, PersonStatus.MOVED_OUT)
    with scope.acting(system):
        facts = sealing.PersonFacts(name="王测试", id_kind="none", birth=date(1980, 5, 17), no_id_reason="遗失")
        again = make_person(near.household, facts, role="other")
    with scope.acting(grid_member), pytest.raises(merging.KeepTheLiving):
        merging.merge_persons(
            keep_id=near.head.pk, version=2, other_id=again.pk, reason="同一人两次登记", by=grid_member
        )
    with scope.acting(grid_member):
        kept = merging.merge_persons(
            keep_id=again.pk, version=1, other_id=near.head.pk, reason="同一人两次登记", by=grid_member
        )
    assert (kept.status, sealing.open_(kept).id_number) == (PersonStatus.LIVING_HERE, id_number(11))


def test_a_form_sent_twice_at_once_makes_one_person_without_a_number(grid_member, near):
    """The second waits for the first to end: the name and day are held until then."""
    given = {"name": "王新生", "id_kind": "none", "no_id_reason": "新生儿", "birth": date(2026, 5, 6)}
    with scope.acting(grid_member):
        people.add_person(given=given, registration="registered", dwelling_id=near.dwelling.pk, by=grid_member)
        with connection.cursor() as cursor:
            (key,) = sealing.birth_keys("王新生", date(2026, 5, 6))
            cursor.execute(
                "select count(*) from pg_locks where locktype = 'advisory' and granted and pid = pg_backend_pid()"
                " and ((classid::bigint << 32) | objid::bigint) = %s",
                [key],
            )
            assert cursor.fetchone() == (1,)
