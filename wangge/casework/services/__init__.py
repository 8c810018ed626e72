"""The only writer of cases: every verb is one transaction with its log entry, clocks and outbox rows."""

from wangge.casework.services.bulk import Result, submit_many
from wangge.casework.services.drafts import IntakePolicy
from wangge.casework.services.firing import fire_due
from wangge.casework.services.grading import set_urgency
from wangge.casework.services.history import submit_history
from wangge.casework.services.keys import IdempotencyMismatch, forget_keys, hash_of
from wangge.casework.services.steps import take
from wangge.casework.services.submit import Submitted, submit
from wangge.casework.services.timerules import load_time_rules
from wangge.casework.services.turn import Blocked, RulingNeeded, StandsWrong, WrongState
from wangge.casework.services.views import delete_view, save_view
from wangge.casework.services.whistles import WhistleVerb, whistle_step

__all__ = [
    "Blocked",
    "IdempotencyMismatch",
    "IntakePolicy",
    "Result",
    "RulingNeeded",
    "StandsWrong",
    "Submitted",
    "WhistleVerb",
    "WrongState",
    "delete_view",
    "fire_due",
    "forget_keys",
    "hash_of",
    "load_time_rules",
    "save_view",
    "set_urgency",
    "submit",
    "submit_history",
    "submit_many",
    "take",
    "whistle_step",
]
