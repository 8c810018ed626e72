"""Registering people, changing what is known, moving, leaving, coming back, merging."""

from __future__ import annotations

from datetime import date
from itertools import count, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.registry_rows import DAY, Home, id_number, make_home, make_tag
from wangge.areas.models import Level
from wangge.audit import services as audit
from wangge.audit.models import Entry
from wangge.kit.errors import Conflict, Invalid, NotFound
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import FieldRule, Household, Person, PersonStatus, Tag, Tie, TieKind
from wangge.registry.rules import RetentionClass, Rules
from wangge.registry.services import merging, people, residence
from wangge.registry.services.doubles import AlreadyRegistered, PossibleDouble
from wangge.registry.services.keeping import NotYours
from wangge.registry.services.merging import TwoPeople
from wangge.registry.services.people import FieldOwned
from wangge.registry.services.rulebook import load_rules

pytestmark = pytest.mark.django_db

LI = {"name": "李四", "id_kind": "resident_id", "id_number": id_number(77), "phones": ["13911112222"]}
NO_ID = {"name": "李五", "id_kind": "none", "no_id_reason": "新生儿", "birth": date(2024, 1, 2)}


@pytest.fixture
def homes(district, system):
    with scope.acting(system):
        FieldRule.objects.bulk_create(
            [
                FieldRule(object="person", field=field, name=field, name_en=field, group=group, owner=owner)
                for field, group, owner in (
                    ("name", "identity", "370199-cgj"), ("id_number", "identity", "370199-cgj"),
                    ("ethnicity", "identity", "370199-cgj"), ("phones", "contact", "grid"),
                    ("dwelling", "living", "grid"), ("workplace", "work", "grid"),
                )
            ]
        )  # fmt: skip
        return {grid: make_home(district, grid, serial=n) for n, grid in enumerate(("grid1", "grid2", "grid5"), 1)}


def add(by, home: Home | None = None, **changed):
    given = LI | changed.pop("given", {})
    values = {"given": given, "registration": "registered"} | changed
    if home is not None:
        values["dwelling_id"] = home.dwelling.pk
    with scope.acting(by):
        return people.add_person(by=by, **values)


def entries(person):
    return list(Entry.objects.filter(subject_type="person", subject_id=person.pk).order_by("number"))


def test_a_new_person_is_sealed_tied_and_logged_without_values(grid_member, homes):
    person = add(grid_member, homes["grid1"], since=date(2026, 1, 2), role="承租人")
    with scope.acting(grid_member):
        held = Person.objects.get(pk=person.pk)
        facts = sealing.open_(held)
        (tie,) = Tie.objects.filter(person=held)
    assert (facts.name, facts.id_number, facts.birth) == ("李四", LI["id_number"], date(1980, 5, 17))
    assert (held.sex, held.birth_year, held.version) == ("male", 1980, 1)
    assert (tie.kind, tie.dwelling_id, tie.valid_from, tie.role) == (
        TieKind.LIVES, homes["grid1"].dwelling.pk, date(2026, 1, 2), "承租人",
    )  # fmt: skip
    assert set(held.confirmed) == {"identity", "contact", "living"}
    (entry,) = entries(person)
    assert entry.action == "registry:person:add"
    assert LI["name"] not in str(entry.data)
    assert LI["id_number"] not in str(entry.data)


def test_without_a_dwelling_a_person_belongs_to_a_grid_or_community_of_the_actor(community_cadre, homes, district):
    community = district.areas["community1"].pk
    person = add(community_cadre, area_id=community)
    assert person.area_pos == district.versions["community1"].pos
    newborn = NO_ID | {"id_number": ""}
    with pytest.raises(Invalid):
        add(community_cadre, given=newborn)
    with pytest.raises(NotFound):
        add(community_cadre, given=newborn, area_id=district.areas["grid5"].pk)
    with pytest.raises(NotFound):
        add(community_cadre, homes["grid5"], given=newborn)


@pytest.mark.parametrize(
    ("changed", "at", "words"),
    [
        ({"id_number": id_number(77)[:16] + "１" + id_number(77)[17:]}, "id_number", "第 17 位"),
        ({"id_number": "１１０１０１"}, "id_number", "第 1 位"),
        ({"id_number": id_number(77)[:-1]}, "id_number", "17 位"),
        ({"id_number": "37999919800230001X"}, "id_number", "校验码"),
        ({"id_number": "379999198002300011"}, "id_number", ""),
        ({"birth": date(1981, 1, 1)}, "birth", "不一致"),
        ({"sex": "female"}, "sex", "不一致"),
        ({"id_kind": "driving"}, "id_kind", "没有这种证件"),
        ({"id_kind": "none"}, "id_number", "不填号码"),
        ({"id_kind": "none", "id_number": ""}, "no_id_reason", "原因"),
        ({"id_kind": "none", "id_number": "", "no_id_reason": "新生儿", "birth": date(2999, 1, 1)}, "birth", "将来"),
        ({"id_kind": "none", "id_number": "", "no_id_reason": "查", "birth": date(1850, 1, 1)}, "birth", "130"),
        ({"phones": ["1391111222"]}, "phones.0", "11 位"),
        ({"phones": ["１３９１１１１２２２２"]}, "phones.0", "全角"),
        ({"name": " \u200b "}, "name", "姓名"),
        ({"name": "李\x07四"}, "name", "控制"),
        ({"name": "李" * 61}, "name", "60"),
    ],
)  # fmt: skip
def test_wrong_fields_are_named(grid_member, homes, changed, at, words):
    with pytest.raises(Invalid) as refused:
        add(grid_member, homes["grid1"], given=changed)
    found = {one["at"]: one["zh"] for one in refused.value.errors}
    assert words in found[f"body.{at}"]
    assert LI["id_number"] not in str(refused.value.body())


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("passport", "E12345678"), ("foreign_passport", "XK998877"), ("hk_macao_permit", "H12345678"),
        ("taiwan_permit", "12345678"), ("military", "军字第1234567号"), ("birth_certificate", "A123456789"),
    ],
)  # fmt: skip
def test_other_documents_are_taken(grid_member, homes, kind, number):
    person = add(grid_member, homes["grid1"], given={"id_kind": kind, "id_number": number, "birth": date(1990, 2, 3)})
    assert person.id_key in sealing.id_keys(number)


def test_an_old_number_of_15_digits_is_the_same_person(grid_member, homes):
    add(grid_member, homes["grid1"])
    number = LI["id_number"]
    with pytest.raises(AlreadyRegistered):
        add(grid_member, homes["grid1"], given={"id_number": number[:6] + number[8:17]})


def test_names_are_kept_whole(grid_member, homes):
    name = "𠮷野·\u202e阿依古丽"
    person = add(grid_member, homes["grid1"], given={"name": name})
    with scope.acting(grid_member):
        assert sealing.open_(Person.objects.get(pk=person.pk)).name == name


def test_one_number_on_two_names_names_the_other_masked_where_visible(grid_member, homes):
    known = add(grid_member, homes["grid1"])
    with pytest.raises(AlreadyRegistered) as refused:
        add(grid_member, homes["grid1"], given={"name": "赵六"})
    assert refused.value.extra["other"]["id"] == str(known.pk)
    assert "李*" in refused.value.detail_zh
    assert "睦和苑一网格" in refused.value.detail_zh
    assert "李四" not in str(refused.value.body())


def test_one_number_elsewhere_says_no_more_than_whom_to_ask(grid_member, other_grid_member, community_cadre, homes):
    add(other_grid_member, homes["grid5"])
    with pytest.raises(AlreadyRegistered) as refused:
        add(grid_member, homes["grid1"], given={"name": "赵六"})
    body = str(refused.value.body())
    assert "区网格化指挥中心" in refused.value.detail_zh
    assert all(word not in body for word in ("李", "乐山", "杆石桥"))

    add(community_cadre, homes["grid2"], given={"id_number": id_number(79), "name": "孙七"})
    with pytest.raises(AlreadyRegistered) as refused:
        add(grid_member, homes["grid1"], given={"id_number": id_number(79)})
    assert refused.value.extra["ask"] == "睦和苑社区居委会"


def test_twins_are_two_and_a_double_is_asked_about(grid_member, homes):
    add(grid_member, homes["grid1"], given=NO_ID | {"id_number": "", "phones": []})
    twin = NO_ID | {"name": "李六", "id_number": "", "phones": []}
    add(grid_member, homes["grid1"], given=twin)
    with pytest.raises(PossibleDouble) as asked:
        add(grid_member, homes["grid1"], given=twin)
    assert [one["name"] for one in asked.value.extra["candidates"]] == ["李*"]
    add(grid_member, homes["grid1"], given=twin, two_people=True)


def test_namesakes_of_one_day_with_two_numbers_are_two(grid_member, homes):
    add(grid_member, homes["grid1"])
    add(grid_member, homes["grid1"], given={"id_number": id_number(78)})


def test_a_change_is_versioned_and_says_who_was_first(grid_member, community_cadre, homes):
    person = add(grid_member, homes["grid1"])
    with scope.acting(community_cadre):
        people.change_person(person_id=person.pk, version=1, given={"phones": ["13900000000"]}, by=community_cadre)
    with scope.acting(grid_member), pytest.raises(Conflict) as late:
        people.change_person(person_id=person.pk, version=1, given={"workplace": "菜场"}, by=grid_member)
    assert late.value.extra["by"] == "郑社区"
    assert late.value.extra["current_version"] == 2
    assert late.value.extra["at"]
    assert entries(person)[-1].data == {"fields": ["phones"]}


def test_what_does_not_change_makes_no_version(grid_member, homes):
    person = add(grid_member, homes["grid1"])
    with scope.acting(grid_member):
        same = people.change_person(person_id=person.pk, version=1, given={"name": "李四"}, by=grid_member)
    assert same.version == 1
    assert len(entries(person)) == 1


def test_what_a_department_owns_is_filled_once_and_then_refused_by_name(grid_member, homes):
    person = add(grid_member, homes["grid1"])
    with scope.acting(grid_member):
        person = people.change_person(person_id=person.pk, version=1, given={"ethnicity": "汉族"}, by=grid_member)
        with pytest.raises(FieldOwned) as refused:
            people.change_person(
                person_id=person.pk, version=2, given={"ethnicity": "回族", "name": "李思"}, by=grid_member
            )
    assert "区城市管理局" in refused.value.detail_zh
    assert [one["at"] for one in refused.value.errors] == ["body.ethnicity", "body.name"]


def test_changing_to_anothers_number_is_refused(grid_member, homes, system):
    person = add(grid_member, homes["grid1"], given={"id_kind": "none", "id_number": "", "no_id_reason": "遗失"})
    theirs = sealing.open_(homes["grid1"].head).id_number
    with scope.acting(grid_member), pytest.raises(AlreadyRegistered):
        people.change_person(
            person_id=person.pk, version=1, given={"id_kind": "resident_id", "id_number": theirs}, by=grid_member
        )


def test_a_move_ends_one_stay_and_begins_the_next(community_cadre, homes):
    person = add(community_cadre, homes["grid1"], since=date(2026, 1, 1))
    target = homes["grid2"].dwelling
    with scope.acting(community_cadre):
        tag = make_tag(person)
        moved = residence.move_person(
            person_id=person.pk, version=1, dwelling_id=target.pk, on=date(2026, 3, 1), by=community_cadre
        )
        stays = list(Tie.objects.filter(person=person).order_by("valid_from").values_list("valid_from", "valid_to"))
        tag.refresh_from_db()
        held = Person.objects.get(pk=person.pk)
    assert stays == [(date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 3, 1), None)]
    assert (held.dwelling_id, held.area_pos, held.version) == (target.pk, target.area_pos, 2)
    assert (tag.area_pos, moved.since) == (target.area_pos, date(2026, 3, 1))


@pytest.mark.parametrize("on", [date(2025, 12, 31), date(2999, 1, 1)])
def test_a_move_before_the_stay_began_or_in_the_future_is_refused(community_cadre, homes, on):
    person = add(community_cadre, homes["grid1"], since=date(2026, 1, 1))
    with scope.acting(community_cadre), pytest.raises(Invalid):
        residence.move_person(
            person_id=person.pk, version=1, dwelling_id=homes["grid2"].dwelling.pk, on=on, by=community_cadre
        )


def test_a_member_of_a_grid_moves_nobody_into_anothers(grid_member, homes):
    person = add(grid_member, homes["grid1"])
    with scope.acting(grid_member), pytest.raises(NotFound):
        residence.move_person(person_id=person.pk, version=1, dwelling_id=homes["grid5"].dwelling.pk, by=grid_member)


def test_who_moved_out_comes_back_as_the_same_person_with_both_stays(grid_member, other_grid_member, homes, system):
    person = add(other_grid_member, homes["grid5"], since=date(2025, 1, 1))
    with scope.acting(other_grid_member):
        residence.leave_person(
            person_id=person.pk, version=1, status="moved_out", on=date(2026, 2, 1), by=other_grid_member
        )
    back = add(grid_member, homes["grid1"], since=date(2026, 5, 1), given={"phones": ["13700000000"]})
    assert back.pk == person.pk
    with scope.acting(grid_member):
        held = Person.objects.get(pk=person.pk)
        stays = list(Tie.objects.filter(person=held).order_by("valid_from").values_list("valid_from", "valid_to"))
        found = Person.objects.get(name_key__in=sealing.name_keys([homes_community(homes, "grid1")], "李四"))
    assert stays == [(date(2025, 1, 1), date(2026, 2, 1)), (date(2026, 5, 1), None)]
    assert (held.status, held.retention, held.delete_after) == (PersonStatus.LIVING_HERE, "resident", None)
    assert sealing.open_(held).phones == ("13700000000",)
    assert found.pk == person.pk
    with scope.acting(other_grid_member):
        assert not Person.objects.filter(pk=person.pk).exists()


def homes_community(homes, grid):
    return AREAS.ancestor(homes[grid].dwelling.area_pos, Level.COMMUNITY)


def test_leaving_ends_stay_tags_and_membership_and_starts_retention(grid_member, homes, system):
    kept = RetentionClass(name="迁出", name_en="moved out", subject="person", status="moved_out", days=100)
    with scope.acting(system):
        load_rules(Rules(retention={"moved_out": kept}))
        make_tag(homes["grid1"].head)
    head = homes["grid1"].head
    with scope.acting(grid_member):
        gone = residence.leave_person(
            person_id=head.pk, version=1, status="moved_out", on=date(2026, 2, 1), by=grid_member
        )
        tag = Tag.objects.get(person=head)
        household = Household.objects.get(pk=homes["grid1"].household.pk)
        tie = Tie.objects.get(person=head)
    assert (gone.dwelling_id, gone.household_id, gone.retention) == (None, None, "moved_out")
    assert gone.delete_after == date(2026, 5, 12)
    assert (tag.ended_on, tag.ended_reason) == (date(2026, 2, 1), "moved_out")
    assert (household.members, household.ended_on) == (1, None)
    assert tie.valid_to == date(2026, 2, 1)


def test_the_dead_do_not_move(grid_member, homes):
    head = homes["grid1"].head
    with scope.acting(grid_member):
        residence.leave_person(person_id=head.pk, version=1, status="deceased", by=grid_member)
        with pytest.raises(Conflict):
            residence.move_person(person_id=head.pk, version=2, dwelling_id=homes["grid1"].dwelling.pk, by=grid_member)


def test_away_and_home_again_is_one_stay(grid_member, homes):
    person = add(grid_member, homes["grid1"], since=date(2026, 1, 1))
    with scope.acting(grid_member):
        residence.leave_person(person_id=person.pk, version=1, status="absent", by=grid_member)
        home = residence.move_person(
            person_id=person.pk, version=2, dwelling_id=homes["grid1"].dwelling.pk, by=grid_member
        )
        assert Tie.objects.filter(person=person).count() == 1
    assert (home.status, home.since) == (PersonStatus.LIVING_HERE, date(2026, 1, 1))


def test_whoever_is_only_tied_here_is_seen_but_not_changed(grid_member, homes, system):
    head = homes["grid5"].head
    with scope.acting(system):
        Tie.objects.create(
            kind="owns", person=head, dwelling=homes["grid1"].dwelling, area_pos=homes["grid1"].dwelling.area_pos,
            valid_from=DAY, source="test", recorded_at="2026-01-01T00:00Z",
        )  # fmt: skip
    with scope.acting(grid_member):
        assert Person.objects.filter(pk=head.pk).exists()
        with pytest.raises(NotYours):
            people.change_person(person_id=head.pk, version=1, given={"note": "有出租"}, by=grid_member)


def test_two_records_become_one(community_cadre, homes):
    first = add(community_cadre, homes["grid1"], since=date(2026, 1, 1), given={"phones": []})
    second = add(
        community_cadre, homes["grid2"], since=date(2025, 1, 1),
        given={"id_kind": "none", "id_number": "", "no_id_reason": "未带", "birth": date(1980, 5, 17)}, two_people=True,
    )  # fmt: skip
    with scope.acting(community_cadre):
        make_tag(second)
        residence.leave_person(person_id=second.pk, version=1, status="absent", by=community_cadre)
        kept = merging.merge_persons(
            keep_id=first.pk, version=1, other_id=second.pk, by=community_cadre, reason="同一人"
        )
        assert not Person.objects.filter(pk=second.pk).exists()
        assert Tag.objects.get(kind_id="living_alone").person_id == first.pk
        assert Tie.objects.filter(person=kept, kind=TieKind.LIVES, valid_to=None).count() == 1
        assert sealing.open_(kept).phones == ("13911112222",)
    assert entries(second)[-1].action == "registry:person:merged"
    assert audit.verify_chain("person", first.pk).whole


def test_people_with_two_numbers_are_not_merged(community_cadre, homes):
    with scope.acting(community_cadre), pytest.raises(TwoPeople):
        merging.merge_persons(
            keep_id=homes["grid1"].head.pk, version=1, other_id=homes["grid1"].child.pk, by=community_cadre,
            reason="同一人",
        )  # fmt: skip


def test_confirming_makes_fresh_without_a_new_version(grid_member, homes):
    head = homes["grid1"].head
    with scope.acting(grid_member):
        held = people.confirm_person(person_id=head.pk, groups=["contact"], by=grid_member)
        with pytest.raises(Invalid):
            people.confirm_person(person_id=head.pk, groups=["horoscope"], by=grid_member)
    assert (set(held.confirmed), held.version) == ({"contact"}, 1)
    assert held.confirmed["contact"]["unit"] == str(grid_member.unit_id)


SERIALS = count(100_000)
DATES = st.dates(date(2025, 1, 1), date(2026, 6, 1))
STEPS = st.lists(st.tuples(st.sampled_from(["move", "leave"]), st.sampled_from(["grid1", "grid2"]), DATES), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_stays_never_overlap_whatever_is_done(community_cadre, homes, steps):
    facts = {"id_kind": "foreign_passport", "id_number": f"XK{next(SERIALS)}"}
    person = add(community_cadre, homes["grid1"], since=date(2025, 6, 1), given=facts)
    for verb, grid, on in steps:
        with scope.acting(community_cadre):
            version = Person.objects.get(pk=person.pk).version
            values = {"person_id": person.pk, "version": version, "on": on, "by": community_cadre}
            try:
                if verb == "leave":
                    residence.leave_person(status="moved_out", **values)
                else:
                    residence.move_person(dwelling_id=homes[grid].dwelling.pk, **values)
            except (Conflict, Invalid):
                continue
    with scope.acting(community_cadre):
        lived = Tie.objects.filter(person=person, kind=TieKind.LIVES)
        stays = sorted((tie.valid_from or date.min, tie.valid_to or date.max) for tie in lived)
        current = lived.filter(valid_to=None).first()
        held = Person.objects.get(pk=person.pk)
    assert all(before[1] <= after[0] for before, after in pairwise(stays))
    assert all(start < end for start, end in stays)
    assert held.dwelling_id == (current.dwelling_id if current else None)
