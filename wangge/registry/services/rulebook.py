"""Bringing the rules of the profile into force."""

from __future__ import annotations

from wangge.registry.models import Rulebook
from wangge.registry.rules import Rules


def load_rules(rules: Rules) -> None:
    row = Rulebook(id=1, data=rules.model_dump(mode="json"))
    Rulebook.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["data"])
