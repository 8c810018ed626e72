"""The league shows units with exact counts, ranks only what is sure, and never a person."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import pytest

from tests.factories import District
from wangge.appraisal import periods
from wangge.appraisal.measures import CODE, MEASURES, Measure
from wangge.appraisal.models import Cell, Exclusion, ExclusionState, Kind
from wangge.appraisal.rules import SchemeContent
from wangge.appraisal.selectors import league
from wangge.appraisal.services import reckoning
from wangge.appraisal.tests.rulebook import rulebook
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture
from wangge.kit import clock
from wangge.org import scope
from wangge.org.models import User
from wangge.org.scope import system_actor

__all__ = ["act", "fresh_memory", "lists", "picture", "rulebook"]
pytestmark = pytest.mark.usefixtures("rulebook")
OCTOBER = periods.parse("2026-10")
LONG_AGO = periods.parse("2020-01-01..2029-12-31")
SYSTEM = system_actor("test")


def cell(kind, owner, stratum="M:normal", start=dt.date(2026, 10, 1), **counts):
    n = [0] * len(MEASURES)
    for name, count in counts.items():
        n[CODE[Measure(name)] - 1] = count
    Cell.objects.create(kind=kind, period="M", start=start, owner=str(owner), stratum=stratum, n=n)


@pytest.fixture
def october(district: District):
    """Two streets: the first keeps 980 of 1000, the second 700 of 1000; departments have too little."""
    with scope.acting(SYSTEM):
        for key, kept in (("office1", 980), ("office2", 700)):
            unit = district.units[key]
            cell(
                Kind.UNIT, unit.pk, due=1000, due_kept=kept, overdue=1000 - kept, closed=1000, ack_due=1000,
                ack_met=kept, rated=400, satisfied=380, resolved_asked=400, resolved=390, rework=3,
            )  # fmt: skip
            pos = district.versions["street1" if key == "office1" else "street2"].pos
            cell(Kind.SUBDISTRICT, pos, settled=1000, settled_grid=300, settled_community=300, settled_subdistrict=300)
        cell(Kind.UNIT, district.units["urban"].pk, due=3, due_kept=3)
    return district


def shown(**given):
    with scope.acting(SYSTEM):
        return league.league(**({"period": OCTOBER, "kind": "subdistrict"} | given))


def values(document, code):
    return {row["unit"]["name"]: row["values"][code] for row in document["rows"]}


def test_units_stand_with_their_counts_and_the_ranks_they_may_hold(october):
    document = shown()

    closed = values(document, "closed_in_time")
    assert (closed["大观园街道办事处"]["numerator"], closed["大观园街道办事处"]["denominator"]) == (980, 1000)
    assert (closed["大观园街道办事处"]["best"], closed["杆石桥街道办事处"]["best"]) == (1, 2)
    settled = values(document, "settled_in_community")["杆石桥街道办事处"]
    assert (settled["numerator"], settled["denominator"], settled["value"]) == (600, 1000, 60.0)
    assert (settled["best"], settled["worst"]) == (1, 2)


def test_a_league_with_a_scheme_says_what_each_indicator_brought(october):
    document = shown(scheme="subdistrict_monthly")

    first, second = document["rows"]
    assert (first["unit"]["name"], first["score"]["best"]) == ("大观园街道办事处", 1)
    assert (second["score"]["best"], second["score"]["worst"]) == (2, 2)
    assert first["score"]["missing"] == ["first_response_median"]
    assert sum(one["weight"] for one in first["score"]["parts"].values()) == pytest.approx(100, abs=0.05)
    assert document["scheme"]["version"] == 1


def test_too_few_cases_are_shown_and_not_ranked(october):
    urban = values(shown(kind="department"), "closed_in_time")["城市管理局"]

    assert (urban["value"], urban["best"]) == (100.0, None)
    assert urban["why"] == "不足 10 件，不排名"


def test_a_scheme_ranks_only_the_units_and_periods_it_is_for(october):
    for given in ({"kind": "department"}, {"by": "area"}, {"period": periods.parse("2026-Q4")}):
        with pytest.raises(league.NotOfThese):
            shown(scheme="subdistrict_monthly", **given)


def test_weights_are_tried_out_beside_those_in_force_without_saving(october):
    content = SchemeContent.model_validate({"weights": {"resolution_rate": {"weight": 100, "floor": 50, "target": 95}}})
    with scope.acting(SYSTEM):
        document = league.what_if(period=OCTOBER, scheme="subdistrict_monthly", content=content)

    rows = {row["unit"]["name"]: row for row in document["rows"]}
    assert rows["杆石桥街道办事处"]["before"]["best"] == 2
    assert rows["杆石桥街道办事处"]["after"]["best"] == 1
    assert rows["大观园街道办事处"]["after"]["worst"] == 2
    assert document["moved"] == 0
    assert rows["杆石桥街道办事处"]["noise"] is True


def test_a_movement_beyond_noise_is_counted(october):
    with scope.acting(SYSTEM):
        third = october.units["urban"]
        cell(Kind.UNIT, october.units["housing"].pk, due=2000, due_kept=1990, ack_due=2000, ack_met=1000)
        cell(Kind.UNIT, third.pk, stratum="C:normal", due=2000, due_kept=1000, ack_due=2000, ack_met=1990)
        content = SchemeContent.model_validate(
            {"weights": {"response_rate": {"weight": 100, "floor": 50, "target": 100}}, "adjusted": False}
        )
        published = {"weights": {"closed_in_time": {"weight": 100, "floor": 40, "target": 100}}, "adjusted": False}
        version = league.indicators.version_for(league.indicators.scheme("department_monthly"), OCTOBER.start)
        type(version).objects.filter(pk=version.pk).update(content=SchemeContent.model_validate(published).model_dump())
        document = league.what_if(period=OCTOBER, scheme="department_monthly", content=content)

    assert document["moved"] == 2


def test_areas_are_compared_under_the_division_of_their_day_and_under_todays(october):
    day = dt.date(2026, 11, 1)
    old, street2 = october.versions["community2"], october.versions["street2"]
    with scope.acting(SYSTEM):
        for key, settled in (("community1", 60), ("community2", 40), ("community3", 10)):
            cell(Kind.COMMUNITY, october.versions[key].pos, settled=settled, settled_grid=settled)
        Cell.objects.filter(kind=Kind.SUBDISTRICT).delete()
        cell(Kind.SUBDISTRICT, october.versions["street1"].pos, settled=100, settled_grid=100)
        cell(Kind.SUBDISTRICT, street2.pos, settled=10, settled_grid=10)
        move(old, street2, day)

    def settled(**given):
        found = values(shown(by="area", **given), "settled_in_community")
        return {name: value["denominator"] for name, value in found.items()}

    assert settled() == {"大观园街道": 100, "杆石桥街道": 10}
    assert settled(division="today") == {"大观园街道": 60, "杆石桥街道": 50}
    assert settled(kind="community", division="today") == {"睦和苑社区": 60, "纬二路社区": 40, "乐山社区": 10}


def move(version, street, day):
    """The community belongs to another street from `day` on."""
    from wangge.areas.models import AreaVersion
    from wangge.areas.services.versions import writing
    from wangge.kit.ids import uuid7
    from wangge.kit.tree import AREAS

    with writing():
        AreaVersion.objects.filter(pk=version.pk).update(valid_to=day)
        after = AreaVersion.objects.get(pk=version.pk)
        after.pk, after.valid_from, after.valid_to = uuid7(), day, None
        after.parent, after.pos = street.area, AREAS.child(street.pos, 2, 9)
        after.pos_end = AREAS.end(after.pos, 2)
        after.save(force_insert=True)


def test_excluded_cases_are_taken_out_exactly_and_said(act: Play):
    case = act.closed()
    act.closed()
    unit = act.district.units["urban"]

    def figures():
        with scope.acting(SYSTEM):
            return league.league(period=LONG_AGO, kind="department")

    before = values(figures(), "closed_count")["城市管理局"]
    with scope.acting(SYSTEM):
        reckoning.reckon()
        Exclusion.objects.create(
            case=case, number=case.number, unit=unit, unit_pos=unit.pos, start=LONG_AGO.start, end=LONG_AGO.end,
            indicators=["closed_count", "closing_median"], code="weather", reason="暴雨期间无法作业",
            state=ExclusionState.GRANTED, asked_at=clock.now(), asked_by=act.people.department_clerk.user_id,
            asked_name="褚城管",
        )  # fmt: skip
    after = figures()

    assert (before["numerator"], before["excluded"]) == (2, 0)
    closed = values(after, "closed_count")["城市管理局"]
    assert (closed["numerator"], closed["excluded"]) == (1, 1)
    assert values(after, "closing_median")["城市管理局"]["denominator"] == 1
    assert values(after, "closed_in_time")["城市管理局"]["denominator"] == 2
    assert after["excluded"]["cases"] == 1
    assert after["excluded"]["items"][0]["number"] == case.number


def test_the_series_goes_back_period_by_period(october):
    with scope.acting(SYSTEM):
        cell(Kind.UNIT, october.units["office1"].pk, start=dt.date(2026, 9, 1), due=50, due_kept=40)
        question = league.Question(OCTOBER, "subdistrict")
        document = league.series(
            question=question, subject_id=october.units["office1"].pk, code="closed_in_time", periods=3
        )

    assert [(one["period"]["text"], one["value"]) for one in document["items"]] == [
        ("2026-08", None), ("2026-09", 80.0), ("2026-10", 98.0),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["subdistrict", "community", "department", "grid_team"])
def test_no_person_stands_in_a_league(act: Play, people: SimpleNamespace, kind):
    act.closed()
    document = json.dumps(shown(period=LONG_AGO, kind=kind), ensure_ascii=False, default=str)

    with scope.acting(SYSTEM):
        persons = list(User.objects.values_list("id", "name", "username"))
    assert len(persons) > 10
    for person, name, username in persons:
        assert str(person) not in document
        assert name not in document
        assert f'"{username}"' not in document


def test_a_league_costs_as_many_queries_for_many_units_as_for_few(october, django_assert_max_num_queries):
    with scope.acting(SYSTEM), django_assert_max_num_queries(30):
        league.league(period=OCTOBER, kind="subdistrict", scheme="subdistrict_monthly")
