"""Bringing the rules of judging into force."""

from __future__ import annotations

from wangge.appraisal.judging import Rulebook
from wangge.appraisal.models import JudgementRules


def load_rules(rules: Rulebook) -> None:
    row = JudgementRules(id=1, data=rules.model_dump(mode="json"))
    JudgementRules.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["data"])
