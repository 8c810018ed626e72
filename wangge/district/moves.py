"""What would happen next to a case: the script shared by the live simulation and the scripted day.

`choose` looks at a case as the API shows it and answers who does what. It knows nothing about how the move is made.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from wangge.district import stories

# How often the less happy turns are taken.
SEND_BACK, WHISTLE, ASK_TIME, REFUSE, REJECT, UNHAPPY = 0.06, 0.10, 0.03, 0.25, 0.06, 0.05


@dataclass(frozen=True)
class Move:
    """`step` by somebody of `unit_id` (None: anybody with `role`); `on` is the whistle when it is a whistle's step."""

    step: str
    role: str
    unit_id: str | None = None
    on: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def choose(case: dict[str, Any], rng: random.Random) -> Move | None:
    """The next move for `case` (a CaseOut as plain data), or None when nobody has anything to do."""
    state = case["state"]
    if state == "submitted":
        return Move("accept", "district_operator")
    if state == "accepted":
        return Move("register", "district_operator", fields=_registration(case, rng))
    if state in {"registered", "reopened"}:
        if case["send_backs"] >= 2 and case.get("needs_ruling"):
            return Move(
                "rule",
                "arbiter",
                fields={
                    "lead_unit": case["lead_unit"]["id"],
                    "precedent": False,
                    "reason": "经核对清单和现场情况，裁定由该单位主办。",
                },
            )
        return Move("dispatch", "district_operator", fields=_dispatch(case))
    if state == "dispatched":
        return _decision(case, rng) or _whistle_move(case, rng) or _order_move(case, rng)
    if state == "handled":
        if rng.random() < REJECT:
            return Move("reject", "district_supervisor", fields={"reason": "现场复查仍有残留，请继续处置。"})
        return Move("verify", "district_supervisor", fields={"result": "现场核查，问题已解决。"})
    if state == "verified":
        return _after_verification(case, rng)
    return None


def _registration(case: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if case["category"] is None:
        fields["category"] = rng.choice(case["_leaf_codes"])
    if case["area"] is None:
        fields["area"] = rng.choice(case["_grid_ids"])
    return fields


def _dispatch(case: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {"instruction": "请按清单职责和时限办理。"}
    if case["lead_unit"]:
        fields["lead_unit"] = case["lead_unit"]["id"]
    return fields


def _whistle_move(case: dict[str, Any], rng: random.Random) -> Move | None:
    for whistle in case["whistles"]:
        if whistle["ended_at"]:
            continue
        caller = whistle["caller_unit"]["id"]
        for responder in whistle["responders"]:
            unit = responder["unit"]["id"]
            if responder["state"] == "called":
                return Move("report_in", "department_clerk", unit, whistle["id"], {"responder_id": responder["id"]})
            if responder["state"] == "reported_in":
                return Move(
                    "contribute",
                    "department_clerk",
                    unit,
                    whistle["id"],
                    {"responder_id": responder["id"], "contribution": rng.choice(stories.CONTRIBUTIONS)},
                )
            if responder["grade"] is None:
                return Move(
                    "grade",
                    "caller",
                    caller,
                    whistle["id"],
                    {
                        "responder_id": responder["id"],
                        "grade": rng.choice((5, 5, 5, 4, 4, 3)),
                        "grade_comment": "到场及时，配合到位。",
                    },
                )
        return Move("end", "caller", caller, whistle["id"], {"outcome": "各部门到场处置完毕，吹哨结束。"})
    return None


def _decision(case: dict[str, Any], rng: random.Random) -> Move | None:
    """Somebody of the command centre decides what a handler has asked for."""
    if not any(request["state"] == "asked" for request in case.get("time_requests", ())):
        return None
    if rng.random() < REFUSE:
        return Move("refuse_time", "district_supervisor", fields={"reason": "现有力量可以按期完成，请抓紧办理。"})
    return Move("grant_time", "district_supervisor", fields={"reason": "情况属实，同意延期。"})


def _order_move(case: dict[str, Any], rng: random.Random) -> Move | None:
    for order in case["work_orders"]:
        unit = order["unit"]["id"]
        if order["state"] == "assigned":
            if rng.random() < SEND_BACK and case["send_backs"] < 2 and order["lead"]:
                code, reason = rng.choice(stories.SEND_BACKS)
                fields = {"send_back_code": code, "reason": reason}
                if code == "not_ours":  # who says so must cite
                    fields["clause"] = case["clause"] or stories.CLAUSE
                return Move("send_back", "unit", unit, fields=fields)
            return Move("acknowledge", "unit", unit)
    for order in case["work_orders"]:
        if order["state"] != "acknowledged":
            continue
        if not case["whistles"] and rng.random() < WHISTLE and case.get("_whistle_units"):
            kind, message = rng.choice(stories.WHISTLES)
            units = rng.sample(case["_whistle_units"], k=rng.choice((1, 2, 2, 3)))
            return Move(
                "whistle",
                "subdistrict_dispatcher",
                case["_street_unit"],
                fields={"kind": kind, "unit_ids": units, "message": message},
            )
        asked = case["extended"] or case.get("time_requests")
        if rng.random() < ASK_TIME and not asked and (case["remaining_minutes"] or 0) > 0:
            wish = {"kind": "extend", "extend_days": 3, "reason": "需要协调施工队伍进场。"}
            return Move("ask_time", "unit", order["unit"]["id"], fields=wish)
        return Move("handle", "unit", order["unit"]["id"], fields={"result": rng.choice(stories.RESULTS)})
    return None


def _after_verification(case: dict[str, Any], rng: random.Random) -> Move:
    if not _called(case):
        happy = rng.random() >= UNHAPPY
        rating = rng.choice((5, 5, 5, 4, 4)) if happy else rng.choice((1, 2))
        return Move(
            "call_back",
            "district_supervisor",
            fields={
                "reached": True,
                "resolved": happy,
                "rating": rating,
                "rating_process": rating,
                "reason": "反映人表示满意。" if happy else "反映人表示问题仍未解决。",
            },
        )
    if case["rating"] is not None and case["rating"] <= 2:
        return Move("reopen", "district_supervisor", fields={"reason": "回访不满意，重新办理并督办。"})
    return Move("close", "district_supervisor")


def _called(case: dict[str, Any]) -> bool:
    """Since it was last reopened: what the resident said before that is answered by the work done again."""
    for entry in reversed(case["log"]):
        if entry["action"].endswith((":call_back", ":reopen")):
            return bool(entry["action"].endswith(":call_back"))
    return False
