"""A demonstration shows one plan of division, as a draft that the worker designs."""

from __future__ import annotations

from wangge.district import divided
from wangge.divisions.models import Plan
from wangge.org import scope
from wangge.org import services as org
from wangge.org.scope import system_actor


def test_the_street_that_can_be_signed_in_as_reviews_its_grids_once(district):
    org.show_demo_accounts([("subdistrict_dispatcher", "派单", "dispatches", "/")])
    divided.review()
    divided.review()
    with scope.acting(system_actor("test")):
        (plan,) = Plan.objects.all()
    assert plan.state == "designing"
    assert plan.area_id == district.areas["street1"].id
    assert plan.made_name == "冯街道"


def test_without_such_an_account_there_is_none(district):
    divided.review()
    with scope.acting(system_actor("test")):
        assert not Plan.objects.exists()
