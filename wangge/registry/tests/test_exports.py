"""A list of people leaves only for a purpose, above a number only when two others agree, marked and for a week."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings

from tests.factories import District
from tests.registry_rows import id_number, make_home, make_person, make_tag
from wangge.audit.models import Entry, Look
from wangge.kit import clock, tables
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope
from wangge.org.models import User
from wangge.org.scope import Actor
from wangge.registry import sealing
from wangge.registry.models import DataClass, Export, ExportState, Person, Rulebook, TagKind
from wangge.registry.selectors.exporting import Filters
from wangge.registry.services import exports
from wangge.registry.services.exports import AlreadyDecided, NotForYou, NotReady

SYSTEM = scope.system_actor("test")
FIELDS = ["name", "id_number", "phones", "birth", "tags"]


@pytest.fixture
def home(district: District) -> Iterator[Any]:
    """One home with two people in grid 1, one in grid 5; lists of more than two need agreement."""
    with scope.acting(SYSTEM):
        Rulebook.objects.create(data={"exports": {"free_up_to": 2}})
        made = make_home(district, "grid1")
        make_home(district, "grid5", serial=2)
    return made


def _ask(by: Actor, **more: Any) -> Export:
    wanted = {"filters": Filters(), "fields": FIELDS, "purpose": "独居老人走访安排"} | more
    with scope.acting(by):
        return exports.ask_export(by=by, **wanted)


def _decide(export: Export, by: Actor, *, agreed: bool = True) -> Export:
    with scope.acting(by):
        return exports.decide_export(export_id=export.pk, agreed=agreed, reason="符合走访需要", by=by)


def _fetch(export: Export, by: Actor, **more: Any) -> bytes:
    with scope.acting(by):
        return exports.fetch_export(export_id=export.pk, by=by, **more)[0]


def _third(home: Any) -> Person:
    with scope.acting(SYSTEM):
        facts = sealing.PersonFacts(name="钱三", id_kind="resident_id", id_number=id_number(77))
        return make_person(home.household, facts, role="other")


def _sheet(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return book.read(name).decode()


def test_a_short_list_is_made_at_once_from_what_the_asker_sees(home: Any, people: SimpleNamespace) -> None:
    export = _ask(people.community_cadre)
    assert (export.count, export.state) == (2, ExportState.APPROVED)
    exports.make_export(export_id=export.pk)
    data = _fetch(export, people.community_cadre)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        everything = "".join(book.read(name).decode() for name in book.namelist())
    assert id_number(11) in everything
    assert "13900000001" in everything
    assert id_number(21) not in everything  # in grid 5


def test_every_sheet_says_who_when_for_what_and_how_many(home: Any, people: SimpleNamespace) -> None:
    export = _ask(people.community_cadre)
    exports.make_export(export_id=export.pk)
    data = _fetch(export, people.community_cadre)
    for name in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
        marks = re.findall(r"<odd(?:Header|Footer)>(.*?)</odd", _sheet(data, name))
        said = " ".join(marks)
        assert "郑社区 睦和苑社区居委会" in said
        assert "独居老人走访安排 · 2 行" in said
        assert str(export.pk) in said
    first = tables.read_table(data, "x.xlsx")
    assert first.sheet == "说明"
    assert ["用途 Purpose", "独居老人走访安排"] in first.rows
    assert "<f>" not in _sheet(data, "xl/worksheets/sheet2.xml")  # no formulas, whatever a cell says


def test_a_long_list_waits_for_two_others(home: Any, people: SimpleNamespace) -> None:
    _third(home)
    export = _ask(people.community_cadre)
    assert (export.count, export.state) == (3, ExportState.PENDING)
    assert exports.make_export(export_id=export.pk) is None
    assert _decide(export, people.leader).state == ExportState.PENDING
    with pytest.raises(AlreadyDecided):
        _decide(export, people.leader)
    assert _decide(export, people.supervisor).state == ExportState.APPROVED
    made = exports.make_export(export_id=export.pk)
    assert made is not None
    assert made.state == ExportState.READY
    assert [one["reason"] for one in made.approvals] == ["符合走访需要"] * 2


def test_one_who_refuses_ends_it(home: Any, people: SimpleNamespace) -> None:
    _third(home)
    export = _ask(people.community_cadre)
    assert _decide(export, people.leader, agreed=False).state == ExportState.REFUSED
    with pytest.raises(AlreadyDecided):
        _decide(export, people.supervisor)


def test_nobody_decides_on_their_own_nor_twice_through_a_stand_in(home: Any, people: SimpleNamespace) -> None:
    _third(home)
    asker = replace(people.leader, permissions=people.leader.permissions | {"registry:export:request"})
    export = _ask(asker)
    with pytest.raises(NotForYou):
        _decide(export, asker)
    with pytest.raises(NotForYou):
        _decide(export, replace(people.supervisor, on_behalf_of=asker.user_id))
    export = _ask(people.community_cadre)
    _decide(export, people.leader)
    with pytest.raises(AlreadyDecided):
        _decide(export, replace(people.supervisor, on_behalf_of=people.leader.user_id))


def test_who_may_not_approve_finds_no_such_export(home: Any, people: SimpleNamespace) -> None:
    _third(home)
    export = _ask(people.community_cadre)
    for nobody in (people.grid_member, people.department_clerk, people.community_cadre):
        with pytest.raises(NotFound):
            _decide(export, nobody)


def test_many_short_lists_in_a_day_are_a_long_one(home: Any, people: SimpleNamespace) -> None:
    assert _ask(people.community_cadre).state == ExportState.APPROVED
    assert _ask(people.community_cadre).state == ExportState.PENDING


def test_the_count_of_the_moment_of_asking_is_never_widened(home: Any, people: SimpleNamespace) -> None:
    export = _ask(people.community_cadre)
    _third(home)
    made = exports.make_export(export_id=export.pk)
    assert made is not None
    assert made.state == ExportState.REFUSED
    with scope.acting(SYSTEM):
        stop = Entry.objects.get(subject_id=export.pk, action="registry:export:stop")
    assert "请重新申请" in stop.data["reason"]


def test_who_may_no_longer_export_gets_no_file(home: Any, people: SimpleNamespace) -> None:
    export = _ask(people.community_cadre)
    User.objects.filter(pk=people.community_cadre.user_id).update(is_active=False)
    made = exports.make_export(export_id=export.pk)
    assert made is not None
    assert made.state == ExportState.REFUSED


def test_who_may_not_look_gets_masks_and_no_sensitive_tags(home: Any, people: SimpleNamespace) -> None:
    with scope.acting(SYSTEM):
        make_tag(home.head, "living_alone")
        make_tag(home.head, "mental")
        TagKind.objects.filter(code="mental").update(data_class=DataClass.SENSITIVE)
    export = _ask(people.subdistrict_dispatcher)
    exports.make_export(export_id=export.pk)
    text = _sheet(_fetch(export, people.subdistrict_dispatcher), "xl/sharedStrings.xml")
    assert "王**" in text
    assert "living_alone" in text
    for hidden in ("王测试", id_number(11), "13900000001", "mental", "1980-05-17"):
        assert hidden not in text
    with pytest.raises(Invalid) as nobody:
        _ask(people.subdistrict_dispatcher, filters=Filters(tags=("mental",)))
    assert nobody.value.errors[0]["zh"] == "没有符合条件的人"


def test_each_person_on_the_list_can_see_that_they_were(home: Any, people: SimpleNamespace) -> None:
    export = _ask(people.community_cadre)
    exports.make_export(export_id=export.pk)
    look = Look.objects.get(subject_id=home.head.pk)
    assert look.purpose == "导出：独居老人走访安排"
    assert look.actor_name == "郑社区"
    assert set(look.fields) == {"name", "id_number", "phones", "birth"}


def test_the_file_is_sealed_under_a_name_nobody_guesses_and_only_the_asker_gets_it(
    home: Any, people: SimpleNamespace
) -> None:
    export = _ask(people.community_cadre)
    made = exports.make_export(export_id=export.pk)
    assert made is not None
    stored = Path(django_settings.WANGGE.data_dir) / made.path
    assert len(stored.stem) >= 32
    assert str(export.pk) not in made.path
    assert not stored.read_bytes().startswith(b"PK")
    assert stored.stat().st_mode & 0o077 == 0
    for other in (people.leader, people.supervisor, people.grid_member):
        with pytest.raises(NotFound):
            _fetch(export, other)
    _fetch(export, people.community_cadre)
    _fetch(export, people.community_cadre)
    with scope.acting(SYSTEM):
        assert Export.objects.get(pk=export.pk).downloads == 2
        assert Entry.objects.filter(subject_id=export.pk, action="registry:export:fetch").count() == 2
        assert Look.objects.filter(subject_id=export.pk).count() == 2


def test_after_a_week_the_file_is_gone(home: Any, people: SimpleNamespace) -> None:
    export = _ask(people.community_cadre)
    made = exports.make_export(export_id=export.pk)
    assert made is not None
    stored = Path(django_settings.WANGGE.data_dir) / made.path
    later = clock.now() + dt.timedelta(days=7, minutes=1)
    with pytest.raises(NotReady):
        _fetch(export, people.community_cadre, at=later)
    assert exports.expire_exports(at=later) == 1
    assert not stored.exists()
    with pytest.raises(NotReady):
        _fetch(export, people.community_cadre)


@pytest.mark.parametrize(
    ("wrong", "at"),
    [({"purpose": "看看"}, "body.purpose"), ({"fields": []}, "body.fields"), ({"fields": ["sealed"]}, "body.fields")],
)
def test_what_is_wrong_is_named(home: Any, people: SimpleNamespace, wrong: dict[str, Any], at: str) -> None:
    with pytest.raises(Invalid) as refused:
        _ask(people.community_cadre, **wrong)
    assert refused.value.errors[0]["at"] == at


def test_an_area_out_of_sight_is_not_found(home: Any, people: SimpleNamespace, district: District) -> None:
    with pytest.raises(NotFound):
        _ask(people.community_cadre, filters=Filters(area=str(district.areas["grid5"].pk)))
