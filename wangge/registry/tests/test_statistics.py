"""Numbers for an area and those below it: nobody can be made out, whichever pages are laid side by side."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.factories import District
from wangge.areas.models import Level
from wangge.kit.errors import Invalid, NotFound
from wangge.kit.ids import uuid7
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import Person
from wangge.registry.selectors import statistics

SYSTEM = scope.system_actor("test")


def _people(district: District, grid: str, count: int, *, sex: str = "female", year: int = 1980) -> None:
    pos = district.versions[grid].pos
    made = []
    for _ in range(count):
        pk = uuid7()
        facts = sealing.PersonFacts(name="甲", id_kind="none")
        sealed = sealing.seal(pk, facts, AREAS.ancestor(pos, Level.COMMUNITY))
        made.append(
            Person(
                id=pk, registration="registered", sex=sex, birth_year=year, id_kind="none", area_pos=pos, source="t",
                **{name: getattr(sealed, name) for name in sealed.__slots__},
            )
        )  # fmt: skip
    Person.objects.bulk_create(made)


@pytest.fixture
def crowd(district: District) -> Iterator[None]:
    """Three women in grid 1 among many men; enough of everybody elsewhere."""
    statistics.forget()
    with scope.acting(SYSTEM):
        for grid, women, men in (
            ("grid1", 3, 30),
            ("grid2", 20, 25),
            ("grid3", 30, 35),
            ("grid4", 40, 45),
            ("grid5", 50, 9),
        ):
            _people(district, grid, women)
            _people(district, grid, men, sex="male")
        yield
    statistics.forget()


def _table(people: SimpleNamespace, who: str, area: object = None, by: str = "sex") -> dict:
    actor = getattr(people, who)
    with scope.acting(actor):
        return statistics.table(actor=actor, by=by, area_id=area)


def test_a_small_count_is_left_out_with_one_that_would_tell_it(
    crowd: None, district: District, people: SimpleNamespace
) -> None:
    found = _table(people, "community_cadre")
    rows = {row["area"]["name"]: row["counts"] for row in found["rows"]}
    assert [column["code"] for column in found["columns"]] == ["female", "male", "unknown"]
    assert rows["睦和苑一网格"] == [None, None, 0]
    assert rows["睦和苑二网格"][:2].count(None) >= 1
    assert found["suppressed"] >= 3
    assert "1 至 7" in found["note"]["zh"]


def test_no_other_page_tells_it(crowd: None, district: District, people: SimpleNamespace) -> None:
    """The leader looks at the district, each street and each community, and adds and subtracts."""
    cells: dict[str, list[int | None]] = {}
    for key in ("district", "street1", "community1"):
        found = _table(people, "leader", district.areas[key].pk)
        for row in [*found["rows"], {"area": found["area"], "counts": found["totals"]}]:
            known = cells.setdefault(row["area"]["name"], row["counts"])
            assert known == row["counts"], "an area says the same on every page"
    street, one, two = (cells[name][0] for name in ("大观园街道", "睦和苑社区", "纬二路社区"))
    grids = [cells["睦和苑一网格"][0], cells["睦和苑二网格"][0]]
    assert grids.count(None) == 2
    assert None in {one, two} or (street, one, two) == (93, 23, 70)


def test_age_and_registration_have_the_same_totals(crowd: None, district: District, people: SimpleNamespace) -> None:
    totals = {
        by: [row["total"] for row in _table(people, "leader", by=by)["rows"]] for by in ("age", "sex", "registration")
    }
    assert totals["age"] == totals["sex"] == totals["registration"] == [228, 59]


def test_it_is_of_one_moment_for_an_hour(crowd: None, district: District, people: SimpleNamespace) -> None:
    before = _table(people, "leader")
    with scope.acting(SYSTEM):
        _people(district, "grid1", 1)
    assert _table(people, "leader") == before


def test_tags_are_counted_each_by_itself(crowd: None, district: District, people: SimpleNamespace) -> None:
    from tests.registry_rows import make_tag

    with scope.acting(SYSTEM):
        for number, person in enumerate(Person.objects.filter(area_pos=district.versions["grid3"].pos)):
            make_tag(person, "living_alone" if number < 20 else "disabled" if number < 24 else "veteran")
    found = _table(people, "leader", by="tag")
    assert [column["code"] for column in found["columns"]] == ["disabled", "living_alone", "veteran"]
    assert found["totals"] == [None, 20, 41]


def test_an_area_out_of_sight_and_a_division_there_is_not_are_refused(
    crowd: None, district: District, people: SimpleNamespace
) -> None:
    with pytest.raises(NotFound):
        _table(people, "community_cadre", district.areas["street1"].pk)
    with pytest.raises(Invalid):
        _table(people, "leader", by="name")
