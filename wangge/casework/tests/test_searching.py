"""Search over cases: words, scope, filters, order, pages, what is shown, and how many queries it costs."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import District
from wangge.areas.models import AreaVersion
from wangge.casework import selectors
from wangge.casework.models import Case, Search
from wangge.casework.selectors import Filters, searching
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import Step
from wangge.kit.errors import Invalid
from wangge.org import scope
from wangge.org.scope import Actor

ClientFor = Callable[[Actor | None], Client]
PHONE = "13812345678"


def found(actor: Actor, text: str, **given: Any) -> searching.Found:
    filters = {name: given.pop(name) for name in list(given) if name not in {"sort", "cursor", "limit"}}
    with scope.acting(actor):
        return searching.search(actor=actor, text=text, filters=Filters(**filters), **given)


def numbers(actor: Actor, text: str, **given: Any) -> list[str]:
    return [case.number for case in found(actor, text, **given).items]


@pytest.fixture
def some(act: Play) -> dict[str, Case]:
    made = {}
    for key, title, description in (
        ("grid1", "井盖松动", "纬一路与经三路路口，行人经过有异响"),
        ("grid2", "路燈不亮", f"濟南市緯一路３号，我是张三，电话{PHONE}"),
        ("grid3", "楼下有垃圾", "井边的盖板下有垃圾，松手就动"),
        ("grid5", "小区停水", "井盖也松动了"),
    ):
        lon, lat = act.district.point(key)
        made[key] = act.submit(title=title, description=description, lon=lon, lat=lat, category_code=None)
    return made


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("井盖", ["grid5", "grid1"]),
        ("井盖 异响", ["grid1"]),
        ("井蓋", ["grid5", "grid1"]),
        ("路灯", ["grid2"]),
        ("纬一路", ["grid2", "grid1"]),
        ("垃圾 -井边", []),
        ("井盖 -停水", ["grid1"]),
        ("-停水", []),
        ("没有这样的字", []),
        ("%_'\" | & ! :* \\", []),
        ("张三", []),
        (PHONE, []),
        ("号码", []),
    ],
)
def test_words_find_cases(text: str, wanted: list[str], some: dict[str, Case], people: SimpleNamespace) -> None:
    assert numbers(people.dispatcher, text) == [some[key].number for key in wanted]


def test_a_quoted_phrase_must_stand_as_it_was_typed(act: Play, people: SimpleNamespace) -> None:
    apart = act.submit(title="路灯不好", description="灯不亮了；看不亮光")
    whole = act.submit(title="路灯不亮了", description="")

    assert set(numbers(people.dispatcher, "路灯不亮")) == {apart.number, whole.number}
    assert numbers(people.dispatcher, "“路灯不亮”") == [whole.number]


def test_nobody_finds_what_lies_outside_their_scope(some: dict[str, Case], people: SimpleNamespace) -> None:
    for actor in vars(people).values():
        with scope.acting(actor):
            visible = set(Case.objects.visible_to(actor).values_list("number", flat=True))
        shown = found(actor, "井盖")
        assert {case.number for case in shown.items} == visible & {some["grid1"].number, some["grid5"].number}
        assert shown.total == len(shown.items)


@pytest.mark.parametrize("way", ["walk", "index"])
def test_both_ways_find_the_same(
    way: str, some: dict[str, Case], people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "index":
        monkeypatch.setattr(searching, "SHORT_WALK", 1)
    for actor in (people.dispatcher, people.subdistrict_dispatcher, people.grid_member, people.department_clerk):
        with scope.acting(actor):
            visible = set(Case.objects.visible_to(actor).values_list("number", flat=True))
        assert set(numbers(actor, "井盖")) == visible & {some["grid1"].number, some["grid5"].number}
        assert set(numbers(actor, "井盖", states=("closed",))) == set()


def test_common_words_with_rare_filters_are_sought_on_page_by_page(
    some: dict[str, Case], people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SHORT_WALK", 1)
    monkeypatch.setattr(searching, "LONG_WALK", 2)
    monkeypatch.setattr(searching, "MOST_CANDIDATES", 1)
    seen, cursor, pages = [], None, 0
    while pages < 9:
        page = found(people.dispatcher, "垃圾", cursor=cursor)
        seen += [case.number for case in page.items]
        cursor, pages = page.next, pages + 1
        if cursor is None:
            break

    assert seen == [some["grid3"].number]
    assert 1 < pages < 9


def test_pages_follow_each_other_in_both_orders(act: Play, people: SimpleNamespace) -> None:
    made = [act.submit(title=f"井盖松动{n}" if n % 2 else f"井边{n}", description="井盖坏了") for n in range(7)]
    newest = [case.number for case in reversed(made)]
    best = [case.number for case in reversed(made) if "井盖" in case.title]
    best += [case.number for case in reversed(made) if "井盖" not in case.title]
    for sort, wanted in (("-submitted_at", newest), ("relevance", best)):
        seen: list[str] = []
        cursor = None
        for _ in range(4):
            page = found(people.dispatcher, "井盖", sort=sort, cursor=cursor, limit=2)
            seen += [case.number for case in page.items]
            cursor = page.next
        assert seen == wanted
        assert cursor is None


def test_a_cursor_of_another_order_is_refused(some: dict[str, Case], people: SimpleNamespace) -> None:
    cursor = found(people.dispatcher, "井盖", limit=1).next
    for wrong in (cursor, "x", "e30"):
        with pytest.raises(Invalid):
            found(people.dispatcher, "井盖", sort="relevance", cursor=wrong)


def test_filters_narrow_the_hits(some: dict[str, Case], act: Play, people: SimpleNamespace) -> None:
    street = act.district.areas["street1"].id
    day = some["grid1"].submitted_at.astimezone().date()

    assert numbers(people.dispatcher, "井盖", area=street) == [some["grid1"].number]
    assert numbers(people.dispatcher, "井盖", channel="letter") == []
    assert len(numbers(people.dispatcher, "井盖", first_day=day)) == 2


def test_a_case_is_found_by_its_number(some: dict[str, Case], people: SimpleNamespace) -> None:
    assert numbers(people.dispatcher, some["grid1"].number) == [some["grid1"].number]


def test_what_the_handlers_wrote_is_found_without_numbers_that_identify(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    clerk = people.department_clerk
    act.step(case, Step.ACKNOWLEDGE, clerk)
    with scope.acting(clerk):
        evidence = [act.picture(clerk)]
    act.step(case, Step.HANDLE, clerk, result=f"已更换电缆，联系人李四 {PHONE}", attachments=evidence)
    page = found(clerk, "更换电缆")

    assert [one.number for one in page.items] == [case.number]
    (result,) = [one for one in page.snippets[case.pk] if one.field == "result"]
    assert [part.text for part in result.parts if part.hit] == ["更换电缆"]
    assert numbers(clerk, PHONE) == numbers(clerk, "李四") == []


def test_no_number_that_identifies_is_in_the_index_or_in_a_snippet(
    some: dict[str, Case], people: SimpleNamespace
) -> None:
    with scope.acting(people.dispatcher):
        tokens = str(Search.objects.get(case=some["grid2"]).tokens)
    page = found(people.dispatcher, "纬一路")

    assert PHONE not in tokens
    assert "张三" not in tokens
    assert PHONE not in str(page.snippets)


def test_the_initials_of_a_place_find_it_and_the_cases_that_name_it(
    some: dict[str, Case], act: Play, people: SimpleNamespace
) -> None:
    named = act.submit(title="纬二路路灯坏了", description="")
    page = found(people.dispatcher, "wel 路灯")

    assert [one.place.name for one in page.places][:1] == ["纬二路社区"]
    assert [case.number for case in page.items] == [named.number]
    assert found(people.dispatcher, "weierlu").places[0].place.kind == "community"
    assert found(people.dispatcher, "乐山").places[0].reason == "名称"


def test_over_http(some: dict[str, Case], people: SimpleNamespace, client_for: ClientFor) -> None:
    client = client_for(people.dispatcher)
    body = client.get("/api/v1/search", {"q": "井盖", "limit": 1}).json()

    (row,) = body["items"]
    assert row["number"] == some["grid5"].number
    assert row["snippets"][0]["field"] == "title"
    assert {"text": "井盖", "hit": True} in row["snippets"][1]["parts"]
    assert body["next"]
    assert client.get("/api/v1/search", {"q": "井盖", "cursor": body["next"]}).json()["items"][0]["number"]


@pytest.mark.parametrize(
    "odd", ["？！", "x" * 10_000, "井" * 10_000, "\x00井盖", "' | '", "<->", "井:*", "\\", "\u202e盖"]
)
def test_odd_input_gets_a_sane_answer(odd: str, people: SimpleNamespace, client_for: ClientFor) -> None:
    answer = client_for(people.dispatcher).get("/api/v1/search", {"q": odd})

    assert answer.status_code in {200, 400, 422}, answer.content
    assert "items" in answer.json() or "code" in answer.json()


def test_it_costs_few_queries(some: dict[str, Case], people: SimpleNamespace) -> None:
    found(people.dispatcher, "井盖")  # remembers the names of places
    with (
        scope.acting(people.dispatcher) as actor,
        CaptureQueriesContext(
            connection,
        ) as seen,
    ):
        searching.search(actor=actor, text="井盖", filters=Filters())
    assert len([one for one in seen if "SAVEPOINT" not in one["sql"]]) <= 5


def test_lists_read_words_as_the_search_does(some: dict[str, Case], people: SimpleNamespace) -> None:
    with scope.acting(people.dispatcher) as actor:
        page = selectors.page(actor=actor, filters=Filters(q="井蓋 -停水"))
    assert [case.number for case in page.items] == [some["grid1"].number]


def test_names_of_places_follow_the_areas(district: District, people: SimpleNamespace) -> None:
    assert {one.place.kind for one in found(people.dispatcher, "睦和苑").places} == {"community", "grid"}
    assert AreaVersion.objects.count() > 5
