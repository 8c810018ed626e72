"""What a profile says of exclusions, appeals, alarms and records: over the base, or refused with its place."""

from __future__ import annotations

import pytest

from wangge.appraisal.selectors.judging import rules
from wangge.district import check, load, read
from wangge.district.read_faults import ProfileInvalid
from wangge.district.tests.test_broken_profiles import folder  # noqa: F401 - a fixture


def write(folder, name, text):  # noqa: F811
    (folder / "appraisal").mkdir(exist_ok=True)
    (folder / "appraisal" / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["shizhong", "lixia"])
def test_a_shipped_profile_brings_the_rules_of_judging(name):
    book = read.read(name).judgement

    assert book is not None
    assert book.judgement.appeals.working_days == 5
    assert book.alarms.reused_photos.active


@pytest.mark.django_db
def test_a_district_changes_a_threshold_and_the_rest_stays(folder):  # noqa: F811
    write(folder, "alarms.yaml", "bursts:\n  mass: 30\nreopened:\n  active: false\n")
    load.load(folder)

    assert (rules().alarms.bursts.mass, rules().alarms.bursts.within_minutes) == (30, 10)
    assert (rules().alarms.reopened.active, rules().alarms.self_made.active) == (False, True)


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("alarms.yaml", "bursts:\n  mass: 1\n", "bursts.mass"),
        ("alarms.yaml", "bursts:\n  says: '{nobody} 有问题'\n", "bursts"),
        ("alarms.yaml", "no_such_rule:\n  active: true\n", "no_such_rule"),
        ("alarms.yaml", "self_made:\n  p_at_most: 1\n", "self_made.p_at_most"),
        ("judgement.yaml", "appeals:\n  working_days: 0\n", "appeals.working_days"),
        ("judgement.yaml", "duties:\n  mayor: []\n", "duties.mayor.[key]"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_place(folder, name, text, where):  # noqa: F811
    write(folder, name, text)

    with pytest.raises(ProfileInvalid) as caught:
        check.check(folder)
    found = [(one.file.rpartition("/")[2], one.field) for one in caught.value.faults]
    assert found == [(name, where)]
