"""Schemes come with the profile, are drafted by one, published by another, and never change the past."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from wangge.appraisal.models import Book, BookKind, Scheme, SchemeVersion, VersionState
from wangge.appraisal.rules import IndicatorsFile, SchemesFile
from wangge.appraisal.selectors import indicators
from wangge.appraisal.services import schemes
from wangge.appraisal.tests.rulebook import base, load, rulebook
from wangge.audit import selectors as audit
from wangge.audit.models import Entry
from wangge.org import scope

__all__ = ["rulebook"]
pytestmark = pytest.mark.usefixtures("rulebook")
TODAY = dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)
CODE = "subdistrict_monthly"


def content(**weights):
    weights = weights or {
        "response_rate": {"weight": 50, "floor": 60, "target": 98},
        "closed_in_time": {"weight": 50, "floor": 60, "target": 98},
    }
    return {"weights": weights, "adjusted": True, "note": ""}


def drafted(people, **given):
    values = {"code": CODE, "content": content(), "reason": "突出时效", "by": people.supervisor, "at": TODAY} | given
    with scope.acting(values["by"]):
        return schemes.draft(**values)


def published(people, version, **given):
    values = {"valid_from": dt.date(2026, 12, 1), "reason": "常务会议定", "by": people.leader, "at": TODAY} | given
    with scope.acting(values["by"]):
        return schemes.publish(version_id=version.pk, **values)


def test_the_same_profile_again_changes_nothing():
    before = (Book.objects.count(), SchemeVersion.objects.count(), Entry.objects.count())

    load()

    assert (Book.objects.count(), SchemeVersion.objects.count(), Entry.objects.count()) == before


def test_changed_indicators_hold_from_the_day_they_came():
    changed = base("indicators")
    changed["indicators"]["closed_in_time"]["formula"] = "closed_in_time / closed"

    load(indicators=IndicatorsFile.model_validate(changed))

    today = Book.objects.get(kind=BookKind.INDICATORS, valid_from__gt=dt.date(2021, 1, 1)).valid_from
    assert indicators.indicator("closed_in_time", today).formula == "closed_in_time / closed"
    assert indicators.indicator("closed_in_time", today - dt.timedelta(days=1)).formula == "due_kept / due"


def test_a_changed_scheme_of_the_profile_is_a_further_version():
    changed = base("schemes")
    changed["schemes"][CODE]["weights"] = content()["weights"]

    load(schemes=SchemesFile.model_validate(changed))

    first, second = SchemeVersion.objects.filter(scheme__code=CODE).order_by("number")
    assert first.valid_from == dt.date(2020, 1, 1)
    assert second.valid_from > dt.date(2026, 1, 1)
    assert indicators.version_for(first.scheme, dt.date(2026, 1, 1)) == first


def test_one_drafts_another_publishes_and_the_past_keeps_its_version(people: SimpleNamespace):
    version = published(people, drafted(people))

    scheme = Scheme.objects.get(code=CODE)
    assert (version.state, version.number) == (VersionState.PUBLISHED, 2)
    assert indicators.version_for(scheme, dt.date(2026, 12, 1)) == version
    assert indicators.version_for(scheme, dt.date(2026, 11, 30)).number == 1
    assert indicators.version_for(scheme, dt.date(1999, 1, 1)).number == 1


def test_every_change_is_in_the_log_with_its_reason(people: SimpleNamespace):
    version = drafted(people)
    with scope.acting(people.supervisor):
        schemes.change(version_id=version.pk, content=content(), reason="改写说明", by=people.supervisor, at=TODAY)
    published(people, version)

    entries = Entry.objects.filter(subject_type="scheme", subject_id=version.scheme_id).order_by("number")
    assert [one.action.rpartition(":")[2] for one in entries] == ["loaded", "drafted", "changed", "published"]
    assert [one.data.get("reason") for one in entries][1:] == ["突出时效", "改写说明", "常务会议定"]
    assert audit.verify_chain("scheme", version.scheme_id).whole


def test_nobody_publishes_their_own_draft(people: SimpleNamespace):
    version = drafted(people, by=people.leader)

    with pytest.raises(schemes.OwnDraft):
        published(people, version)


def test_nobody_changes_anothers_draft(people: SimpleNamespace):
    version = drafted(people)

    with pytest.raises(schemes.AnothersDraft), scope.acting(people.leader):
        schemes.change(version_id=version.pk, content=content(), reason="改一下", by=people.leader)


def test_nothing_is_published_for_days_that_have_passed(people: SimpleNamespace):
    version = drafted(people)

    with pytest.raises(schemes.SchemeInvalid) as caught:
        published(people, version, valid_from=dt.date(2026, 11, 20))

    assert caught.value.errors[0]["at"] == "body.valid_from"


def test_what_was_published_is_no_draft_any_more(people: SimpleNamespace):
    version = published(people, drafted(people))

    for verb in (schemes.withdraw, schemes.publish):
        more = {"valid_from": dt.date(2027, 1, 1)} if verb is schemes.publish else {}
        with pytest.raises(schemes.NotADraft), scope.acting(people.leader):
            verb(version_id=version.pk, reason="再来一次", by=people.leader, **more)


def test_there_is_one_draft_at_a_time_and_it_can_be_withdrawn(people: SimpleNamespace):
    version = drafted(people)
    with pytest.raises(schemes.DraftExists):
        drafted(people)
    with scope.acting(people.supervisor):
        schemes.withdraw(version_id=version.pk, reason="另行起草", by=people.supervisor)

    assert drafted(people).number == 3


@pytest.mark.parametrize(
    ("weights", "at"),
    [
        ({"response_rate": {"weight": 99.5, "floor": 60, "target": 98}}, "weights"),
        ({"response_rate": {"weight": 100, "floor": 60, "target": 60}}, "weights.response_rate"),
        ({"response_rate": {"weight": 100.3, "floor": 60, "target": 98}}, "weights.response_rate.weight"),
        ({"response_rate": {"weight": -5, "floor": 60, "target": 98}}, "weights.response_rate.weight"),
        ({"response_rate": {"weight": 100, "floor": float("nan"), "target": 98}}, "weights.response_rate.floor"),
        ({"response_rate": {"weight": 100, "floor": 60, "target": 98, "bonus": 1}}, "weights.response_rate.bonus"),
        ({"no_such_rate": {"weight": 100, "floor": 60, "target": 98}}, "weights.no_such_rate"),
        ({"overdue_count": {"weight": 100, "floor": 60, "target": 9}}, "weights.overdue_count"),
        ({"overdue_rate": {"weight": 100, "floor": 5, "target": 50}}, "weights.overdue_rate"),
    ],
)
def test_weights_that_weigh_nothing_are_refused_with_the_place(people: SimpleNamespace, weights, at):
    with pytest.raises(schemes.SchemeInvalid) as caught:
        drafted(people, content=content(**weights))

    assert [one["at"] for one in caught.value.errors] == [f"body.content.{at}"]


def test_an_indicator_of_other_units_is_refused(people: SimpleNamespace):
    weights = {"settled_in_subdistrict": {"weight": 100, "floor": 0, "target": 90}}

    with pytest.raises(schemes.SchemeInvalid) as caught:
        drafted(people, code="department_monthly", content=content(**weights))

    assert caught.value.errors[0]["at"] == "body.content.weights.settled_in_subdistrict"


@pytest.mark.parametrize("reason", ["", " ", "好", "长" * 501])
def test_a_draft_needs_its_reason(people: SimpleNamespace, reason):
    with pytest.raises(schemes.SchemeInvalid):
        drafted(people, reason=reason)
