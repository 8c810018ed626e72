# ruff: noqa: E501 - one broken file a line: the table is read across
"""The rules of time in a profile: what is wrong is refused with its place, what is right is in force at once."""

import pytest

from wangge.casework import timing
from wangge.casework.models import TimeRules
from wangge.district import check, load
from wangge.district.read_faults import ProfileInvalid
from wangge.district.tests.test_broken_profiles import AREAS, HEAD
from wangge.org import scope


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "tiny"
    path.mkdir()
    (path / "profile.yaml").write_text(HEAD, encoding="utf-8")
    (path / "areas.csv").write_text(AREAS, encoding="utf-8")
    return path


BROKEN = [
    ("limits:\n  mine: {kind: handle, limit: 0 working_days}\n", "tiny/clocks.yaml:2 limits.mine.limit"),
    ("limits:\n  mine: {kind: handle, limit: 4000 natural_days}\n", "tiny/clocks.yaml:2 limits.mine.limit"),
    ("limits:\n  mine: {kind: handle, limit: 1.5 working_days}\n", "tiny/clocks.yaml:2 limits.mine.limit"),
    ("limits:\n  mine: {kind: handle, limit: 4 lunar_days}\n", "tiny/clocks.yaml:2 limits.mine.limit"),
    ("limits:\n  mine: {kind: nap, limit: 4 working_days}\n", "tiny/clocks.yaml:2 limits.mine.kind"),
    ("limits:\n  mine:\n    kind: verify\n    limit: [1 working_days, 2 working_days]\n", "tiny/clocks.yaml:2 limits.mine"),
    ("limits:\n  mine:\n    kind: handle\n    category: X-99\n    limit: 4 working_days\n", "tiny/clocks.yaml:4 limits.mine.category"),
    ("limits:\n  mine: {kind: handle, area: '999', limit: 4 working_days}\n", "tiny/clocks.yaml:2 limits.mine.area"),
    ("limits:\n  mine: {kind: handle, unit: nobody, limit: 4 working_days}\n", "tiny/clocks.yaml:2 limits.mine.unit"),
    ("limits:\n  mine: {kind: whole, channel: pigeon, limit: 4 working_days}\n", "tiny/clocks.yaml:2 limits.mine.channel"),
    ("limits:\n  mine: {kind: handle, calendar: lunar, limit: 4 working_days}\n", "tiny/clocks.yaml:2 limits.mine.calendar"),
    ("calendar: lunar\n", "tiny/clocks.yaml:1 calendar"),
    ("cards: {red: blue}\n", "tiny/clocks.yaml:1 cards.red"),
    ("extend: {most_days: 0}\n", "tiny/clocks.yaml:1 extend.most_days"),
    ("speed: 3\n", "tiny/clocks.yaml:1 speed"),
    ("limits:\n  verify: {kind: verify, urgency: danger, limit: 1 working_hours}\n", "tiny/clocks.yaml:1"),
    (
        "ladders:\n  odd:\n    rungs:\n      - {step: remind, when: due, text_zh: 甲, text_en: a}\n"
        "      - {step: remind, when: warn, text_zh: 甲, text_en: a}\n",
        "tiny/clocks.yaml:2 ladders.odd",
    ),
    (
        "ladders:\n  odd:\n    rungs:\n      - {step: account, when: after, after: 3 working_days, text_zh: 甲, text_en: a}\n"
        "      - {step: escalate, when: after, after: 1 working_days, text_zh: 甲, text_en: a}\n",
        "tiny/clocks.yaml:5 ladders.odd.rungs.1.after",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place"), BROKEN)
def test_what_is_wrong_is_refused_with_its_place(folder, text, place):
    (folder / "clocks.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ProfileInvalid) as refused:
        check.check(folder)

    assert any(error["at"].startswith(place) for error in refused.value.errors), refused.value.errors


def test_a_fault_of_the_base_is_told_of_the_base(folder, tmp_path):
    """A child that adds a line of its own is not blamed for its parent's."""
    base = tmp_path / "parent"
    base.mkdir()
    (base / "profile.yaml").write_text(HEAD.replace("tiny", "parent"), encoding="utf-8")
    (base / "clocks.yaml").write_text("limits:\n  theirs: {kind: handle, limit: 0 working_days}\n", encoding="utf-8")
    (folder / "profile.yaml").write_text(HEAD.replace("extends: base", "extends: parent"), encoding="utf-8")
    (folder / "clocks.yaml").write_text("limits:\n  ours: {kind: handle, limit: 3 working_days}\n", encoding="utf-8")

    with pytest.raises(ProfileInvalid) as refused:
        check.check(folder)

    assert any(error["at"].startswith("parent/clocks.yaml:2 limits.theirs") for error in refused.value.errors)


def test_the_rules_of_a_profile_are_in_force_and_kept_once(db, folder):
    line = "limits:\n  litter: {kind: handle, category: M-06, limit: 6 working_hours, note: 市容}\n"
    (folder / "clocks.yaml").write_text(line, encoding="utf-8")

    with scope.acting(scope.system_actor("test")):
        load.load(folder)
        load.load(folder)

        (row,) = TimeRules.objects.all()
        assert (row.source, len(row.digest)) == ("profile tiny", 64)
        found = timing.rules().limit(kind="handle", urgency="normal", category_codes=("M-06010", "M-06", "M"))
        other = timing.rules().limit(kind="handle", urgency="normal", category_codes=("M-01010", "M-01", "M"))
    assert (found.limit.zh, found.text) == ("6个工作时", "时限规则：事项 M-06，市容")
    assert other.limit.zh == "4个工作日"


def test_an_earlier_version_that_comes_back_is_the_newest(db, folder):
    with scope.acting(scope.system_actor("test")):
        for days in (6, 7, 6):
            text = f"limits:\n  handle: {{kind: handle, limit: {days} working_days}}\n"
            (folder / "clocks.yaml").write_text(text, encoding="utf-8")
            load.load(folder)

        assert TimeRules.objects.count() == 2
        assert timing.rules().limit(kind="handle", urgency="normal").limit.zh == "6个工作日"
