"""What is known is not asked for again; what is asked stands in a ledger, with what it costs and whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from tests.factories import District
from tests.registry_rows import make_home
from wangge.kit import clock
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry.forbidden import refusal
from wangge.registry.models import DataRequest, FieldRule, Person, RequestState
from wangge.registry.selectors import requests as asked
from wangge.registry.services import requests as services
from wangge.registry.services.requests import OwnRequest, RequestDecided

SYSTEM = scope.system_actor("test")


@pytest.fixture
def home(district: District) -> Iterator[Any]:
    """Two people in grid 1 whose identity is known and fresh; their work nobody has asked for a year."""
    with scope.acting(SYSTEM):
        for field, group, days in (("name", "identity", 365), ("id_number", "identity", 365), ("work", "work", 180)):
            FieldRule.objects.create(
                object="person", field=field, name=f"字段{field}", name_en=field, group=group, owner="grid",
                fresh_days=days,
            )  # fmt: skip
        made = make_home(district, "grid1")
        today = clock.now()
        old = today - dt.timedelta(days=200)
        Person.objects.update(confirmed={"identity": {"at": today.isoformat()}, "work": {"at": old.isoformat()}})
        yield made


def _ask(district: District, by: Actor, **more: Any) -> DataRequest:
    today = timezone.localdate()
    wanted: dict[str, Any] = {
        "title": "就业情况摸底", "subject": "person", "fields": ["work"], "purpose": "稳就业帮扶台账",
        "area_id": district.areas["district"].pk, "begins_on": today, "ends_on": today + dt.timedelta(days=90),
        "times_per_year": 12,
    } | more  # fmt: skip
    with scope.acting(by):
        return services.ask_for_data(by=by, **wanted)


def _decide(request: DataRequest, by: Actor, state: str = "allowed") -> DataRequest:
    with scope.acting(by):
        return services.decide_request(request_id=request.pk, state=state, reason="同意开展一次", by=by)


def test_what_is_known_and_fresh_is_refused_at_once_and_says_where_to_get_it(
    home: Any, district: District, people: SimpleNamespace
) -> None:
    request = _ask(district, people.department_clerk, fields=["name", "id_number"])
    assert request.state == RequestState.REFUSED
    assert request.known == {"name": 1.0, "id_number": 1.0}
    for word in ("字段name（100%）", "预填", "导出"):
        assert word in request.decision


def test_what_is_stale_waits_for_the_checker(home: Any, district: District, people: SimpleNamespace) -> None:
    request = _ask(district, people.department_clerk)
    assert (request.state, request.known) == (RequestState.ASKED, {"work": 0.0})
    assert _decide(request, people.supervisor).state == RequestState.ALLOWED
    with pytest.raises(RequestDecided):
        _decide(request, people.supervisor)


def test_a_field_nobody_keeps_is_unknown(home: Any, district: District, people: SimpleNamespace) -> None:
    request = _ask(district, people.department_clerk, fields=["name", "养犬数量"])
    assert request.known == {"name": 1.0, "养犬数量": 0.0}
    assert request.state == RequestState.ASKED


def test_known_and_yet_wanted_is_counted_against_who_asks(
    home: Any, district: District, people: SimpleNamespace
) -> None:
    insisted = _ask(district, people.department_clerk, fields=["name"], insist=True, legal_basis="统计法第七条")
    assert insisted.state == RequestState.ASKED
    assert _decide(insisted, people.supervisor).state == RequestState.COUNTED
    with_old = _ask(district, people.department_clerk, fields=["name", "work"])
    assert _decide(with_old, people.supervisor).state == RequestState.COUNTED
    with scope.acting(people.supervisor):
        (row,) = asked.ledger(actor=people.supervisor)["units"]
    assert (row["name"], row["asked"], row["known_wanted"]) == ("区城市管理局", 2, 2)


def test_insisting_without_a_legal_basis_does_not_help(home: Any, district: District, people: SimpleNamespace) -> None:
    assert _ask(district, people.department_clerk, fields=["name"], insist=True).state == RequestState.REFUSED


@pytest.mark.parametrize(
    "text",
    [
        "每日打卡情况", "网格员积分排名", "在线时长统计表", "登录次数排名通报", "APP活跃度", "巡查轨迹上传",
        "必须下载安装某APP",        "每日入户必须拍照", "Punch card report", "online hours", "login ranking",
    ],
)  # fmt: skip
def test_forbidden_kinds_are_refused_with_the_clause(
    text: str, home: Any, district: District, people: SimpleNamespace
) -> None:
    request = _ask(district, people.department_clerk, title=text)
    assert request.state == RequestState.REFUSED
    assert "国办函〔2026〕12号" in request.decision


@pytest.mark.parametrize("text", ["积分落户人员", "独居老人走访", "Living alone", "企业用工情况", "照明设施照片编号"])
def test_what_only_sounds_alike_is_not(text: str) -> None:
    assert refusal([text]) is None


def test_the_ledger_says_what_it_costs_a_grid_member_a_month(
    home: Any, district: District, people: SimpleNamespace
) -> None:
    request = _ask(district, people.department_clerk)
    # Two people among two grid members, 75 seconds each, twelve times a year.
    assert (request.people, request.minutes) == (2, 15)
    _decide(request, people.supervisor)
    with scope.acting(people.grid_member):
        mine = asked.ledger(actor=people.grid_member)
        all_over = asked.ledger(actor=people.grid_member, area_id=district.areas["district"].pk)
    assert (mine["area"]["name"], mine["members"], mine["minutes"]) == ("睦和苑一网格", 1, 1.2)
    assert [(row["name"], row["asked"], row["people"]) for row in all_over["grids"]] == [
        ("大观园街道", 1, 1),
        ("杆石桥街道", 1, 1),
    ]


def test_what_is_over_costs_nothing_more(home: Any, district: District, people: SimpleNamespace) -> None:
    request = _decide(_ask(district, people.department_clerk), people.supervisor)
    with scope.acting(people.supervisor):
        later = timezone.localdate() + dt.timedelta(days=91)
        assert asked.ledger(actor=people.supervisor, today=later)["requests"] == []
    _decide(request, people.supervisor, "ended")
    with scope.acting(people.supervisor):
        assert asked.ledger(actor=people.supervisor)["minutes"] == 0


def test_nobody_decides_on_their_own_and_only_the_checker_decides(
    home: Any, district: District, people: SimpleNamespace
) -> None:
    request = _ask(district, people.supervisor)
    with pytest.raises(OwnRequest):
        _decide(request, people.supervisor)
    with pytest.raises(NotFound):
        _decide(request, people.department_clerk)


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"subject": "pet"}, "body.object"),
        ({"fields": []}, "body.fields"),
        ({"ends_on": dt.date(2020, 1, 1)}, "body.ends_on"),
        ({"times_per_year": 0}, "body.times_per_year"),
        ({"purpose": "要"}, "body.purpose"),
    ],
)
def test_what_is_wrong_is_named(
    wrong: dict[str, Any], at: str, home: Any, district: District, people: SimpleNamespace
) -> None:
    with pytest.raises(Invalid) as refused:
        _ask(district, people.department_clerk, **wrong)
    assert refused.value.errors[0]["at"] == at
