"""Which line of the rules gives a limit, and how long promises are shown yellow."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from wangge.casework import timing
from wangge.casework.timing import Rules
from wangge.casework.timing_file import ClocksFile, parse_limit

BASE = timing.base().file.model_dump(exclude_none=True)


def with_lines(**lines: dict[str, Any]) -> Rules:
    content = copy.deepcopy(BASE)
    content["limits"] |= lines
    return Rules(content)


# What was hard-coded before is the base profile now.
@pytest.mark.parametrize(
    ("kind", "urgency", "expected"),
    [
        ("accept", "normal", "4 working_hours"), ("accept", "urgent", "1 urgent_hours"),
        ("accept", "danger", "0.25 urgent_hours"), ("acknowledge", "normal", "4 working_hours"),
        ("acknowledge", "urgent", "1 urgent_hours"), ("acknowledge", "danger", "0.25 urgent_hours"),
        ("handle", "normal", "4 working_days"), ("handle", "urgent", "24 urgent_hours"),
        ("handle", "danger", "2 urgent_hours"), ("verify", "normal", "1 working_days"),
        ("verify", "urgent", "4 working_hours"), ("verify", "danger", "4 working_hours"),
        ("call_back", "normal", "2 working_days"), ("call_back", "urgent", "1 working_days"),
        ("call_back", "danger", "1 working_days"), ("whole", "normal", "5 working_days"),
        ("whole", "urgent", "2 working_days"), ("whole", "danger", "1 working_days"),
    ],
)  # fmt: skip
def test_the_limits_of_the_base(kind: str, urgency: str, expected: str) -> None:
    for channel in ("patrol", "hotline12345"):
        ruled = timing.base().limit(kind=kind, urgency=urgency, channel=channel)
        assert ruled.limit == parse_limit(expected)
        assert ruled.fixed is (channel == "hotline12345" and kind == "whole")


def test_an_emergency_never_waits_longer_than_the_rules_whatever_the_list_allows() -> None:
    emergency = timing.base().limit(kind="report_in", urgency="normal", whistle_kind="emergency")
    assert (emergency.limit, emergency.over_list) == (parse_limit("0.5 urgent_hours"), True)
    assert not timing.base().limit(kind="report_in", urgency="normal", whistle_kind="joint").over_list


PARTICULAR = [
    ("category", {"category": "M"}, {"category_codes": ("M-01001", "M-01", "M")}),
    ("nearer category", {"category": "M-01"}, {"category_codes": ("M-01001", "M-01", "M")}),
    ("unit", {"unit": "cgj"}, {"unit_code": "cgj"}),
    ("area", {"area": "370103"}, {"area_codes": ("370103001", "370103")}),
    ("smaller area", {"area": "370103001"}, {"area_codes": ("370103001", "370103")}),
    ("unit kind", {"unit_kind": "department"}, {"unit_kind": "department"}),
    ("channel", {"channel": "letter"}, {"channel": "letter"}),
    ("level", {"level": 2}, {"level": 2}),
]


@pytest.mark.parametrize(("name", "condition", "facts"), PARTICULAR, ids=[one[0] for one in PARTICULAR])
def test_a_line_speaks_of_what_it_names_only(name: str, condition: dict[str, Any], facts: dict[str, Any]) -> None:
    rules = with_lines(mine={"kind": "handle", "limit": ("9 working_days",), **condition})

    assert rules.limit(kind="handle", urgency="normal", **facts).limit == parse_limit("9 working_days")
    assert rules.limit(kind="handle", urgency="normal").limit == parse_limit("4 working_days")
    assert rules.limit(kind="verify", urgency="normal", **facts).limit == parse_limit("1 working_days")
    # What is about everything of a matter makes no danger wait: urgency is the more particular.
    assert rules.limit(kind="handle", urgency="danger", **facts).limit == parse_limit("2 urgent_hours")


def test_of_two_lines_the_more_particular_wins_and_of_equals_the_later() -> None:
    order = [
        {"urgency": "normal"}, {"category": "M-01"}, {"category": "M"}, {"unit": "cgj"}, {"area": "370103001"},
        {"area": "370103"}, {"unit_kind": "department"}, {"channel": "letter"}, {"level": 2},
    ]  # fmt: skip
    facts: dict[str, Any] = {
        "category_codes": ("M-01001", "M-01", "M"), "unit_code": "cgj", "area_codes": ("370103001", "370103"),
        "unit_kind": "department", "channel": "letter", "level": 2,
    }  # fmt: skip
    for place, stronger in enumerate(order[:-1]):
        for weaker in order[place + 1 :]:
            rules = with_lines(
                one={"kind": "handle", "limit": ("7 working_days",), **stronger},
                two={"kind": "handle", "limit": ("8 working_days",), **weaker},
            )
            found = rules.limit(kind="handle", urgency="normal", **facts)
            assert found.limit == parse_limit("7 working_days"), (stronger, weaker)
    twice = with_lines(
        one={"kind": "handle", "category": "M", "limit": ("7 working_days",)},
        two={"kind": "handle", "category": "M", "limit": ("8 working_days",)},
    )
    assert twice.limit(kind="handle", urgency="normal", **facts).limit == parse_limit("8 working_days")


def test_handling_may_have_stages_and_a_calendar_of_its_own() -> None:
    rules = with_lines(
        road={"kind": "handle", "category": "C", "limit": ("4 working_hours", "7 working_days"), "calendar": "night"}
    )
    first, second = rules.stages(kind="handle", urgency="normal", category_codes=("C-01", "C"))
    assert (first.limit.zh, second.limit.zh, first.calendar) == ("4个工作时", "7个工作日", "night")


def test_ladders_are_chosen_by_kind_then_urgency() -> None:
    content = copy.deepcopy(BASE)
    rung = {"step": "supervise", "when": "due", "text_zh": "甲", "text_en": "a"}
    content["ladders"] |= {"danger": {"kinds": ("handle",), "urgency": "danger", "rungs": (rung,)}}
    rules = Rules(content)

    assert [one.step for one in rules.ladder("handle", "danger")] == ["supervise"]
    assert [one.step for one in rules.ladder("handle", "normal")] == ["remind", "supervise", "escalate", "account"]
    assert [one.step for one in rules.ladder("verify", "danger")] == ["remind", "supervise", "account"]


def test_a_card_that_turns_red_the_day_after_has_a_rung_for_it() -> None:
    content = copy.deepcopy(BASE)
    content["cards"] |= {"red": "next_day"}
    steps = [(one.step, one.when) for one in Rules(content).ladder("handle", "normal")]

    assert steps[1:3] == [("supervise", "due"), ("card", "next_day")]


@pytest.mark.parametrize("missing", ["accept", "report_in", "whole"])
def test_every_kind_of_promise_needs_a_general_line(missing: str) -> None:
    content = copy.deepcopy(BASE)
    del content["limits"][missing]
    with pytest.raises(ValueError, match=missing):
        ClocksFile.model_validate(content)
