"""Nobody of the made-up population is real, everybody of it could be."""

import dataclasses
import datetime as dt
import uuid
from collections import Counter, defaultdict

import pytest
import shapely

from tests import registry
from wangge.district import population, population_source
from wangge.district.population import Task
from wangge.district.population_people import TagTerms
from wangge.district.population_places import GridSpec, KnownBuilding
from wangge.district.population_source import Terms
from wangge.district.population_things import ComponentTerms
from wangge.kit import identity, labels, organisations, phones
from wangge.org import scope
from wangge.registry import place_wording, sealing
from wangge.registry.models import (
    Building,
    Component,
    Device,
    Dwelling,
    Household,
    Organisation,
    Person,
    Premises,
    Registration,
    Tie,
)

AS_OF = dt.date(2026, 11, 1)
CODES = (
    "living_alone", "aged", "disabled", "veteran", "in_need", "zero_employment", "disabled_elder", "left_behind_child",
    "severe_mental", "community_correction", "chronic_disease", "pregnant", "orphan", "released", "drug_rehabilitation",
)  # fmt: skip
TERMS = Terms(
    seed=7,
    as_of=AS_OF,
    tags={code: TagTerms(code, "走访", "《测试法》", 12, 24) for code in CODES},
    components=tuple(ComponentTerms(f"C-{n:05}", name) for n, name in enumerate(("污水井盖", "路灯", "行道树", "亭"))),
)


def grid(index, *, households=120, village=False):
    west, south = 117.0 + (index % 50) / 100, 36.6 + (index // 50) / 100
    known = [
        KnownBuilding(
            uuid.UUID(int=index * 10 + number), f"市中区大观园街道经二路{number + 1}号甲小区{number + 1}号楼",
            "residential", west + 0.005, south + 0.005,
        )
        for number in range(2)
    ]  # fmt: skip
    return GridSpec(
        index=index, code=f"370103002001{index + 1:03}", name=f"第{index + 1}网格", pos=1 << 40 | index << 10,
        area_id=uuid.UUID(int=1 << 100 | index), community_id=uuid.UUID(int=1 << 101), community_pos=1 << 40,
        community_name="甲社区", prefix="市中区大观园街道", village=village, households=households,
        boundary=shapely.box(west, south, west + 0.009, south + 0.009).wkb, team_id=uuid.UUID(int=5),
        buildings=tuple(known),
    )  # fmt: skip


@pytest.fixture(scope="module")
def many():
    """(grid, places, residents, things) of sixty grids, some of them in villages."""
    specs = [grid(index, village=index % 5 == 4) for index in range(60)]
    return [(spec, *population.rows(Task(spec), TERMS)) for spec in specs]


@pytest.fixture(scope="module")
def people(many):
    return [person for _, _, residents, _ in many for person in residents.people]


def test_the_same_seed_makes_the_same_rows(many):
    spec = many[3][0]
    assert population.rows(Task(spec), TERMS) == many[3][1:]
    assert population.rows(Task(spec), dataclasses.replace(TERMS, seed=8)) != many[3][1:]


def test_less_is_the_beginning_of_more(many):
    spec, places, residents, things = many[0]
    begun, first, around = population.rows(Task(spec, 5), TERMS)
    assert first.households == residents.households[:5]
    assert first.people == residents.people[: len(first.people)]
    assert first.ties == residents.ties[: len(first.ties)]
    assert first.tags == residents.tags[: len(first.tags)]
    assert around.components == things.components[: len(around.components)] != []
    assert {row.id for row in around.devices} <= {row.id for row in things.devices}
    for part in ("buildings", "entrances", "dwellings", "facts"):
        assert set(getattr(begun, part)) <= set(getattr(places, part))
    assert {tie.dwelling_id for tie in first.ties} <= {dwelling.id for dwelling in begun.dwellings}


def test_counts_are_what_the_grids_declare(many, people):
    declared = sum(spec.households for spec, *_ in many)
    households = sum(len(residents.households) for _, _, residents, _ in many)
    assert households == declared
    assert len(people) == pytest.approx(declared * 900 / 355, rel=0.02)
    assert sum(len(places.buildings) for _, places, _, _ in many) == int(60 * 7.9)


def test_ids_are_given_once(many):
    found = Counter()
    for _, places, residents, things in many:
        found.update(row.id for part in vars(places).values() for row in part if not hasattr(row, "use"))
        found.update(row.id for row in places.dwellings)
        found.update(row.id for rows in (residents.households, residents.people, residents.ties) for row in rows)
        shared = {row.id for row in things.organisations if row.kind == "property_company"}
        found.update(row.id for part in vars(things).values() for row in part if row.id not in shared)
    known = {building.id for spec, *_ in many for building in spec.buildings}
    assert {pk for pk, times in found.items() if times > 1} <= known


def test_numbers_are_well_formed_belong_to_nobody_and_differ(people):
    numbers = Counter(person.facts.id_number for person in people if person.facts.id_number)
    assert max(numbers.values()) == 1
    for person in people:
        facts = person.facts
        kind = identity.DocumentKind(facts.id_kind)
        found = identity.parse(kind=kind, number=facts.id_number, today=AS_OF, reason=facts.no_id_reason)
        assert found.number == facts.id_number
        if kind is identity.DocumentKind.RESIDENT_ID:
            assert found.area_code[:2] in {"78", "79"}
            assert (found.birth, found.sex == "male") == (facts.birth, person.male)
        for phone in facts.phones:
            assert phones.parse(phone).number == phone
            assert phone.startswith("154")


def test_credit_codes_are_well_formed_and_of_no_area(many):
    rows = [row for _, _, _, things in many for row in things.organisations]
    for row in rows:
        if row.uscc:
            code = organisations.credit_code(row.uscc)
            assert code.organisation_fits
            assert code.area_code[:2] in {"78", "79"}
        else:
            assert row.no_uscc_reason
    by_code = defaultdict(set)
    for row in rows:
        by_code[row.uscc].add(row.id)
    assert all(len(ids) == 1 for code, ids in by_code.items() if code)


def test_ages_go_with_the_roles(many):
    for _, _, residents, _ in many:
        members = defaultdict(list)
        for person in residents.people:
            members[person.household].append(person)
        for row in residents.households:
            home = members[row.id]
            assert row.members == len(home)
            assert Counter(p.role for p in home)["head"] == 1
            adults = [p for p in home if p.role in {"head", "spouse"}]
            assert all(p.age >= 19 for p in adults)
            for person in home:
                older = person.role == "parent"
                for adult in adults if person.role in {"parent", "child"} else ():
                    if older and adult.role == "spouse":
                        continue
                    gap = (adult.facts.birth - person.facts.birth).days
                    assert (gap if older else -gap) > 19.5 * 365, (person, adult)
            if row.kind == "family" and len(adults) == 2:
                assert adults[0].male != adults[1].male


def test_children_bear_the_fathers_name_and_twins_share_a_day(many):
    for _, _, residents, _ in many:
        members = defaultdict(list)
        for person in residents.people:
            members[person.household].append(person)
        for home in members.values():
            father = next((p for p in home if p.role in {"head", "spouse"} and p.male), None)
            for child in (p for p in home if p.role == "child"):
                if father and " " not in father.facts.name + child.facts.name:
                    assert child.facts.name[0] == father.facts.name[0]


def test_shares_are_those_of_a_district(many, people):
    alone = sum(len(residents.alone) for _, _, residents, _ in many)
    assert 0.03 < alone / sum(len(residents.households) for _, _, residents, _ in many) < 0.05
    registration = Counter(person.registration for person in people)
    assert set(registration) == set(Registration.values)
    assert 0.5 < registration["registered"] / len(people) < 0.75
    assert 0.1 < registration["floating"] / len(people) < 0.25
    sizes = Counter(row.members for _, _, residents, _ in many for row in residents.households if row.kind == "family")
    assert set(sizes) == {1, 2, 3, 4, 5, 6}


def test_who_lives_alone_in_old_age_or_is_eighty_is_known_for_it(many):
    for _, _, residents, _ in many:
        tagged = defaultdict(set)
        for tag in residents.tags:
            tagged[tag.kind_id].add(tag.person_id)
            assert tag.since < tag.review_on <= tag.expires_on
            assert tag.expires_on > AS_OF
        assert tagged["aged"] == {person.id for person in residents.people if person.age >= 80}
        assert len(tagged["living_alone"]) == len(residents.alone)


def test_every_building_lies_in_its_grid_and_every_home_in_its_building(many):
    for spec, places, residents, things in many:
        shape = shapely.from_wkb(spec.boundary)
        points = [(row.lon, row.lat) for row in (*places.buildings, *things.components)]
        assert all(shapely.contains_xy(shape, lon, lat) for lon, lat in points)
        buildings = {row.id for row in places.buildings} | {known.id for known in spec.buildings}
        of = {row.id: row.building_id for row in places.dwellings}
        assert set(of.values()) <= buildings
        entrances = {row.id: row.building_id for row in places.entrances}
        assert all(entrances[d.entrance_id] == d.building_id for d in places.dwellings if d.entrance_id)
        assert all(of[person.dwelling] for person in residents.people)
        assert all(of[row.dwelling_id] == row.building_id for row in things.premises)


def test_labels_are_of_many_kinds_and_parse(many):
    seen = set()
    for _, places, _, _ in many:
        once = Counter((d.building_id, d.entrance_id, d.label) for d in places.dwellings)
        assert max(once.values()) == 1
        for dwelling in places.dwellings:
            parsed = labels.parse(dwelling.label)
            assert (parsed.floor, parsed.key) == (dwelling.floor, dwelling.sort_key)
            seen.add(dwelling.label)
    assert {"101", "地下-1", "一层门头", "正房"} <= seen


def test_kinds_are_those_of_the_registry(many):
    for _, _, _, things in many:
        assert {row.kind for row in things.premises} <= set(place_wording.PREMISES_KINDS)
        assert {row.kind for row in things.devices} <= set(place_wording.DEVICE_KINDS)
        assert {row.state for row in things.components} <= set(place_wording.COMPONENT_STATES)


def counts():
    models = (Building, Dwelling, Household, Person, Tie, Organisation, Premises, Component, Device)
    return [model.objects.count() for model in models]


@pytest.fixture
def seen_all(district):
    with scope.acting(scope.system_actor("test")):
        yield district


def test_loading_again_doubles_nothing(seen_all):
    first = population.populate(size="small")
    assert first.changed
    assert 1 < first.counts["persons"] <= 2000
    before = counts()
    assert not population.populate(size="small").changed
    population.load(
        [Task(spec) for spec in population_source.specs()][:1], population_source.terms_now(population.SEED)
    )
    assert counts() == before


def test_more_after_less_is_the_same_as_at_once(seen_all):
    Building.objects.create(
        code="370199001001001-01", name="1号楼", address="试点区大观园街道经二路1号1号楼", kind="residential",
        area=seen_all.areas["grid1"], area_pos=seen_all.versions["grid1"].pos, lon=116.92, lat=36.65, households=90,
    )  # fmt: skip
    specs, terms = population_source.specs(), population_source.terms_now(7)
    population.load([Task(spec, 3) for spec in specs], terms)
    assert population_source.specs() == specs
    population.load([Task(spec) for spec in specs], terms)
    whole = population.lot_of([Task(spec) for spec in specs], terms)
    assert set(Dwelling.objects.values_list("pk", flat=True)) == {row.id for row in whole.dwellings}
    assert set(Person.objects.values_list("pk", flat=True)) == {row.id for row in whole.persons}
    assert Building.objects.get(code="370199001001001-01").households != 90


def test_who_was_loaded_is_sealed_and_found(seen_all):
    population.populate(size="small")
    person = Person.objects.exclude(id_key=None).exclude(phone_key=None).first()
    facts = sealing.open_(person)
    assert person.id_key in sealing.id_keys(facts.id_number)
    assert person.phone_key in sealing.phone_keys(facts.phones[0])
    assert facts.name not in bytes(person.sealed).decode(errors="ignore")
    assert Household.objects.get(pk=person.household_id).dwelling_id == person.dwelling_id


def test_made_up_people_are_not_mixed_with_others(seen_all):
    population.populate(size="small")
    Person.objects.filter(pk=Person.objects.first().pk).update(source="grid")
    with pytest.raises(population.AlreadyPeopled):
        population.populate(size="full")


def test_tests_get_a_grid_with_people(seen_all):
    made = registry.settle(seen_all, "grid2")
    pos = seen_all.versions["grid2"].pos
    assert Household.objects.filter(area_pos=pos).count() == 12
    assert {p.pk for p in Person.objects.filter(area_pos=pos)} == {one.id for one in made.residents.people}
    assert Building.objects.filter(area_pos=pos).count() >= 2
    assert Component.objects.filter(area_pos=pos).exists()
    one = made.residents.people[0]
    assert sealing.open_(Person.objects.get(pk=one.id)) == one.facts
