"""The district's rules about grids and teams; a district without any has the national ones."""

from __future__ import annotations

from wangge.divisions.models import DivisionRules
from wangge.divisions.rules import Rulebook


def rules() -> Rulebook:
    kept = DivisionRules.objects.filter(id=1).values_list("data", flat=True).first()
    return Rulebook() if kept is None else Rulebook.model_validate(kept)
