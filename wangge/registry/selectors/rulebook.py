"""The rules in force for keeping the registry."""

from __future__ import annotations

from wangge.registry.models import Rulebook
from wangge.registry.rules import Rules


def rules() -> Rules:
    """Those of the profile; the defaults where none was loaded."""
    kept = Rulebook.objects.filter(id=1).values_list("data", flat=True).first()
    return Rules.model_validate(kept or {})
