"""The only writers of the responsibility lists and of the versions of what was learned."""

from __future__ import annotations

from wangge.responsibility.services.lists import (
    ListInForce,
    add_precedent,
    follow_division,
    load_categories,
    load_list,
)
from wangge.responsibility.services.versions import (
    ModelBusy,
    NoStepBack,
    Outcome,
    WorseModel,
    activate,
    alive,
    beat,
    begin,
    fail,
    finish,
    load_reading,
    lost,
    prune,
    retire,
    rollback,
    take_up,
)

__all__ = [
    "ListInForce",
    "ModelBusy",
    "NoStepBack",
    "Outcome",
    "WorseModel",
    "activate",
    "add_precedent",
    "alive",
    "beat",
    "begin",
    "fail",
    "finish",
    "follow_division",
    "load_categories",
    "load_list",
    "load_reading",
    "lost",
    "prune",
    "retire",
    "rollback",
    "take_up",
]
