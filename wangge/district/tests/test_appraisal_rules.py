"""Indicators, schemes and steps of a profile: what cannot be counted, weighed or charged is refused at its line."""

from __future__ import annotations

import pytest

from wangge.appraisal.measures import DEFINITIONS, Measure
from wangge.district import check, read
from wangge.district.read_faults import ProfileInvalid
from wangge.district.tests.test_broken_profiles import folder  # noqa: F401 - a fixture

HEAD = "version: t-1\nvalid_from: 2026-01-01\nsource: 测试\nconfirmed: false\n"
INDICATOR = """indicators:
  kept:
    name: 兑现率
    name_en: Kept
    says: 兑现的比例
    says_en: Those kept
    formula: {formula}
    kind: {kind}
    unit: percent
    better: higher
    unit_kinds: [{units}]
    least: {least}
    periods: [month]
    source: 测试
"""
SCHEME = """schemes:
  tried:
    name: 试行评分
    name_en: Tried
    unit_kind: department
    period: month
    weights:
      closed_in_time: {{weight: {weight}, floor: {floor}, target: 95}}
      {other}: {{weight: 40, floor: 50, target: 95}}
"""
STEPS = """words: 8
grade_within_days: 5
least: 5
steps:
  call:
    name: 呼叫
    name_en: Call
    full: 100
    of: caller
    deductions:
      no_place: {{name: 没有地点, name_en: No place, test: {test}, take: {take}}}
  response:
    name: 响应
    name_en: Response
    full: {full}
    of: responder
    deductions:
      never: {{name: 没有报到, name_en: Never came, test: reported_in_never, take: 40}}
"""


def write(folder, name, text):  # noqa: F811
    (folder / "appraisal").mkdir(exist_ok=True)
    (folder / "appraisal" / name).write_text(HEAD + text, encoding="utf-8")


def faults(folder):  # noqa: F811
    with pytest.raises(ProfileInvalid) as caught:
        check.check(folder)
    return [(one.file.rpartition("/")[2], one.line, one.field, one.en) for one in caught.value.faults]


def indicator(**given):
    return INDICATOR.format(
        **({"formula": "due_kept / due", "kind": "share", "units": "department", "least": 5} | given)
    )


def scheme(**given):
    return SCHEME.format(**({"weight": 60, "floor": 50, "other": "response_rate"} | given))


def steps(**given):
    return STEPS.format(**({"test": "called_without_place", "take": 20, "full": 100} | given))


@pytest.mark.parametrize("name", ["shizhong", "lixia"])
def test_a_shipped_profile_brings_what_the_districts_speak_of(name):
    part = read.read(name).appraisal

    names = {one.name for one in part.indicators.indicators.values()}
    for wanted in (
        "响应率 解决率 满意率（结果） 满意率（过程） 按期签收率 按期报到率 按期结案率 超期率 返工率 退单率 二次派遣率",
        "小事不出村居率 大事不出辖区率 首次响应时间（中位） 首次响应时间（九成） 办理时长（中位） 办理时长（九成）",
        "结案时长（中位） 结案时长（九成）",
    ):
        assert names >= set(wanted.split())
    assert not any(one.confirmed for one in part.indicators.indicators.values())
    assert {one.unit_kind for one in part.schemes.schemes.values()} == {"subdistrict", "community", "department"}
    assert [one.name for one in part.steps.steps.values()][:5] == [
        "街道呼叫", "工单流转", "部门响应", "办结反馈", "考核评价",
    ]  # fmt: skip


def test_every_fact_of_a_shipped_formula_has_its_definition():
    part = read.read("lixia").appraisal

    for one in part.indicators.indicators.values():
        assert all(Measure(name) in DEFINITIONS for name in one.parsed.facts())


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("due_kept / people", "there is no fact 'people' (character 12)"),
        ("due_kept / 0", "division by zero (character 12)"),
        ("due_kept / (due - due)", "the divisor cancels out to zero (character 12)"),
        ("(due_kept / due", "the bracket is not closed (character 1)"),
        ("due_kept * due", "may not stand here (character 10)"),
        ("quantile(sleeping, 0.5)", "there is no spread 'sleeping' (character 10)"),
    ],
)
def test_a_formula_that_cannot_be_counted_is_refused_at_its_line_and_character(folder, formula, said):  # noqa: F811
    write(folder, "indicators.yaml", indicator(formula=formula))

    ((file, line, field, words),) = faults(folder)
    assert (file, line, field) == ("indicators.yaml", 11, "indicators.kept.formula")
    assert said in words


@pytest.mark.parametrize(
    ("given", "line", "field"),
    [
        ({"kind": "count"}, 6, "indicators.kept"),
        ({"kind": "mean"}, 6, "indicators.kept"),
        ({"kind": "guess"}, 12, "indicators.kept.kind"),
        ({"least": 0}, 16, "indicators.kept.least"),
        ({"units": "people"}, 15, "indicators.kept.unit_kinds.0"),
        ({"units": "grid_member"}, 15, "indicators.kept.unit_kinds.0"),
    ],
)
def test_an_indicator_that_does_not_fit_itself_is_refused(folder, given, line, field):  # noqa: F811
    write(folder, "indicators.yaml", indicator(**given))

    assert faults(folder)[0][1:3] == (line, field)


@pytest.mark.parametrize(
    ("given", "line", "field"),
    [
        ({"weight": 50}, 11, "schemes.tried.weights"),
        ({"weight": 60.5}, 11, "schemes.tried.weights"),
        ({"weight": 0}, 12, "schemes.tried.weights.closed_in_time.weight"),
        ({"floor": 95}, 12, "schemes.tried.weights.closed_in_time"),
        ({"floor": 100}, 12, "schemes.tried.weights.closed_in_time"),
        ({"other": "no_such_rate"}, 13, "schemes.tried.weights.no_such_rate"),
        ({"other": "overdue_count"}, 13, "schemes.tried.weights.overdue_count"),
        ({"other": "settled_in_community"}, 13, "schemes.tried.weights.settled_in_community"),
    ],
)
def test_weights_that_do_not_add_up_or_weigh_nothing_are_refused(folder, given, line, field):  # noqa: F811
    write(folder, "schemes.yaml", scheme(**given))

    assert [found[1:3] for found in faults(folder)] == [(line, field)]


@pytest.mark.parametrize(
    ("given", "line", "field"),
    [
        ({"full": 90}, 8, "steps"),
        ({"test": "smiled_too_little"}, 15, "steps.call.deductions.no_place.test"),
        ({"take": 0}, 15, "steps.call.deductions.no_place.take"),
    ],
)
def test_steps_that_charge_what_cannot_be_seen_are_refused(folder, given, line, field):  # noqa: F811
    write(folder, "five_steps.yaml", steps(**given))

    assert [found[1:3] for found in faults(folder)] == [(line, field)]


def test_points_leagues_of_people_cannot_be_brought_in(folder):  # noqa: F811
    write(folder, "schemes.yaml", scheme() + "  member_ranking:\n    points: 5\n")

    assert any("cannot be brought in" in words for *_, words in faults(folder))
