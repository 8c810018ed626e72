"""What was told stays as it was told: versions, two people, and counting again."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pypdf
import pytest
import yaml

from tests.factories import ROOT, District
from wangge.appraisal import periods
from wangge.appraisal.models import Bulletin, BulletinState
from wangge.appraisal.rules import IndicatorsFile, SchemesFile, StepsFile
from wangge.appraisal.selectors import bulletins as reading
from wangge.appraisal.services import bulletins, schemes
from wangge.appraisal.tests import judging_rules
from wangge.appraisal.tests.test_league import move, october
from wangge.audit import selectors as log
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture
from wangge.casework.workflow import Step
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope
from wangge.org.scope import system_actor

__all__ = ["act", "fresh_memory", "lists", "october", "picture"]
pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
LOCAL = ZoneInfo("Asia/Shanghai")
TODAY = periods.parse(dt.datetime.now(LOCAL).date().isoformat())
SPAN = periods.parse(f"{TODAY.start}..{TODAY.start}")


@pytest.fixture
def rules(act: Play) -> None:
    folder = ROOT / "profiles/base/appraisal"
    read = {name: yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8")) for name in
            ("indicators", "schemes", "five_steps")}  # fmt: skip
    with scope.acting(SYSTEM):
        judging_rules.load()
        schemes.load(
            indicators=IndicatorsFile(**read["indicators"]),
            steps=StepsFile(**read["five_steps"]),
            schemes=SchemesFile(**read["schemes"]),
            by=SYSTEM,
        )


def made(people: SimpleNamespace, **given: object) -> Bulletin:
    with scope.acting(people.supervisor) as by:
        return bulletins.make(**{"kind": "special", "period": SPAN, "reason": "创城迎检", "by": by} | given)


def test_a_bulletin_counts_the_period_and_prints(act: Play, rules: None, people: SimpleNamespace) -> None:
    act.closed()
    act.submit()

    one = made(people)

    with scope.acting(people.supervisor):
        assert one.content["facts"]["totals"]["submitted"] == 2
        assert one.content["facts"]["totals"]["closed"] == 1
        for language in ("zh", "en"):
            pages = pypdf.PdfReader(io.BytesIO(reading.pdf(one, language))).pages
            assert one.digest[:8] in "".join(page.extract_text() for page in pages)
            assert reading.workbook(one, language) == reading.workbook(one, language)
        assert log.log_of(subject_type="bulletin", subject_id=one.pk)[0].action == "appraisal:bulletin:made"


def test_counted_again_it_is_the_same_until_something_happens(act: Play, rules: None, people: SimpleNamespace) -> None:
    case = act.closed()
    one = made(people)

    with scope.acting(SYSTEM):
        assert bulletins.recount(one) == []
    act.step(case, Step.REOPEN, people.supervisor, reason="诉求人来电称又坏了")
    with scope.acting(SYSTEM):
        differences = {each["at"]: (each["was"], each["now"]) for each in bulletins.recount(one)}

    assert differences["totals.closed"] == (1, 0)
    assert Bulletin.objects.get().content["facts"]["totals"]["closed"] == 1


def test_a_past_month_is_told_under_the_division_of_its_days(
    act: Play, rules: None, people: SimpleNamespace, october: District
) -> None:
    one = made(people, kind="monthly", period=periods.parse("2026-10"), reason="")
    with scope.acting(SYSTEM):
        move(october.versions["community2"], october.versions["street2"], dt.date(2026, 11, 1))

        assert bulletins.recount(one) == []
    (streets,) = (of for of in one.content["facts"]["leagues"] if of["kind"] == "subdistrict")
    settled = {row["name"]: row["cells"]["settled_in_subdistrict"]["value"] for row in streets["rows"]}
    assert set(settled.values()) == {90.0}


def test_made_again_without_news_is_refused_and_with_news_is_another_version(
    act: Play, rules: None, people: SimpleNamespace
) -> None:
    made(people)
    with pytest.raises(bulletins.SameAsBefore):
        made(people)
    act.submit()

    assert made(people, reason="补录一件").version == 2
    with pytest.raises(Invalid):
        made(people, reason=" ")


def test_it_is_issued_by_somebody_else_and_only_then_seen_by_all(rules: None, people: SimpleNamespace) -> None:
    one = made(people)

    with scope.acting(people.department_clerk) as reader, pytest.raises(NotFound):
        reading.one(bulletin_id=one.pk, actor=reader)
    with scope.acting(people.supervisor) as maker, pytest.raises(bulletins.OwnBulletin):
        bulletins.issue(bulletin_id=one.pk, by=maker)
    with scope.acting(people.leader) as leader:
        bulletins.issue(bulletin_id=one.pk, by=leader)
    with scope.acting(people.department_clerk) as reader:
        assert reading.one(bulletin_id=one.pk, actor=reader).state == BulletinState.ISSUED
    with scope.acting(people.leader) as leader, pytest.raises(bulletins.NotThisState):
        bulletins.issue(bulletin_id=one.pk, by=leader)


def test_withdrawn_it_is_no_longer_shown_but_kept(rules: None, people: SimpleNamespace) -> None:
    one = made(people)
    with scope.acting(people.leader) as leader:
        bulletins.issue(bulletin_id=one.pk, by=leader)
    with scope.acting(people.supervisor) as by:
        with pytest.raises(Invalid):
            bulletins.withdraw(bulletin_id=one.pk, reason="", by=by)
        bulletins.withdraw(bulletin_id=one.pk, reason="街道口径有误", by=by)

    with scope.acting(people.department_clerk) as reader:
        assert not reading.listing(actor=reader).exists()
    assert Bulletin.objects.get().content == one.content


@pytest.mark.parametrize(
    ("kind", "period"), [("weekly", "2026-10"), ("monthly", "2026-W41"), ("monthly", "2999-01"), ("yearly", "2026-10")]
)
def test_a_kind_and_a_period_that_do_not_fit_are_refused(
    rules: None, people: SimpleNamespace, kind: str, period: str
) -> None:
    with pytest.raises(Invalid):
        made(people, kind=kind, period=periods.parse(period))


def test_the_week_and_month_that_ended_are_made_once_each(act: Play, rules: None) -> None:
    monday = dt.datetime(2026, 11, 2, 6, 20, tzinfo=LOCAL)

    with scope.acting(SYSTEM):
        first = bulletins.make_due(at=monday)
        again = bulletins.make_due(at=monday + dt.timedelta(hours=1))

    whole = {(one.kind, one.start, one.end) for one in Bulletin.objects.filter(unit=None)}
    assert whole == {
        ("weekly", dt.date(2026, 10, 26), dt.date(2026, 11, 2)),
        ("monthly", dt.date(2026, 10, 1), dt.date(2026, 11, 1)),
    }
    assert first == Bulletin.objects.count() > 2
    assert again == 0


def test_no_person_is_named_in_what_is_told(act: Play, rules: None, people: SimpleNamespace) -> None:
    act.closed()
    one = made(people)

    told = str(one.content)
    for person in vars(people).values():
        assert str(person.user_id) not in told
        assert person.name not in told
