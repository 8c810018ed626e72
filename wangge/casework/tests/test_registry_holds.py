"""Whose data a matter keeps: who told of it, and who lived where it began."""

from __future__ import annotations

from tests.factories import District
from tests.registry_rows import make_home
from wangge.casework import registry_holds
from wangge.casework.models import Case
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import State
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.models import Person
from wangge.registry.services import retention


def test_an_open_matter_holds_who_told_of_it_and_who_lives_where_it_began(
    act: Play, district: District, system: Actor
) -> None:
    with scope.acting(system):
        home, elsewhere = make_home(district, "grid1", serial=1), make_home(district, "grid5", serial=2)
        everybody = {home.head.pk, elsewhere.head.pk}
    case = act.submit(reporter_name="王测试", reporter_phone="13900000002")  # the head elsewhere
    with scope.acting(system):
        assert registry_holds.people_with_open_matters in retention.HOLDS
        assert registry_holds.people_with_open_matters(everybody) == {elsewhere.head.pk}
        Case.objects.filter(pk=case.pk).update(building=home.building)
        assert registry_holds.people_with_open_matters(everybody) == everybody
        Case.objects.filter(pk=case.pk).update(state=State.CLOSED)
        assert registry_holds.people_with_open_matters(everybody) == set()
        assert Person.objects.filter(pk__in=everybody).count() == 2
