"""The script of the demonstration keeps to the rules the product enforces."""

import random

import pytest

from wangge.district import moves

CASE = {
    "state": "dispatched",
    "category": {"code": "M-06013"},
    "area": {"id": "a"},
    "lead_unit": {"id": "u"},
    "clause": "",
    "send_backs": 0,
    "rating": None,
    "due_at": "2026-11-30T09:00:00+08:00",
    "remaining_minutes": 600,
    "extended": False,
    "time_requests": [],
    "whistles": [],
    "work_orders": [{"state": "assigned", "lead": True, "unit": {"id": "u"}}],
    "log": [],
}


def _all(case):
    return [moves.choose(case, random.Random(seed)) for seed in range(400)]


def test_who_says_it_is_not_theirs_cites_a_clause():
    refused = [move.fields for move in _all(CASE) if move.step == "send_back"]
    assert {fields["send_back_code"] for fields in refused} >= {"not_ours"}
    assert all(fields["clause"] for fields in refused if fields["send_back_code"] == "not_ours")


@pytest.mark.parametrize("change", [{"extended": True}, {"remaining_minutes": -1}, {"remaining_minutes": None}])
def test_nothing_is_extended_twice_or_too_late(change):
    at_work = CASE | {"work_orders": [{"state": "acknowledged", "lead": True, "unit": {"id": "u"}}]}
    assert "ask_time" in {move.step for move in _all(at_work)}
    assert "ask_time" not in {move.step for move in _all(at_work | change)}


def test_what_was_asked_for_is_decided_before_anything_else():
    waiting = CASE | {"time_requests": [{"state": "asked"}]}

    assert {move.step for move in _all(waiting)} == {"grant_time", "refuse_time"}
    assert {move.role for move in _all(waiting)} == {"district_supervisor"}


@pytest.mark.parametrize(
    ("log", "rating", "expected"),
    [
        ([], None, "call_back"),
        (["call_back"], 5, "close"),
        (["call_back"], 1, "reopen"),
        (["call_back", "reopen", "verify"], 1, "call_back"),
    ],
)
def test_the_resident_is_asked_again_after_the_work_was_done_again(log, rating, expected):
    verified = CASE | {
        "state": "verified",
        "rating": rating,
        "log": [{"action": f"casework:case:{step}"} for step in log],
    }
    assert {move.step for move in _all(verified)} == {expected}
