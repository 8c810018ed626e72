"""Bringing the rules of the profile into force."""

from __future__ import annotations

from wangge.divisions.models import DivisionRules
from wangge.divisions.rules import Rulebook


def load_rules(rules: Rulebook) -> None:
    row = DivisionRules(id=1, data=rules.model_dump(mode="json"))
    DivisionRules.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["data"])
