"""The indicators, schemes and steps that every district starts from, loaded as a profile loads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from wangge.appraisal.rules import IndicatorsFile, SchemesFile, StepsFile
from wangge.appraisal.selectors import indicators
from wangge.appraisal.services import schemes
from wangge.org import scope

BASE = Path(__file__).parents[3] / "profiles/base/appraisal"
SYSTEM = scope.system_actor("profile test")


def base(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((BASE / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def load(**changed: Any) -> None:
    files = {
        "indicators": IndicatorsFile.model_validate(base("indicators")),
        "steps": StepsFile.model_validate(base("five_steps")),
        "schemes": SchemesFile.model_validate(base("schemes")),
    } | changed
    with scope.acting(SYSTEM):
        schemes.load(**files, by=SYSTEM)


@pytest.fixture
def rulebook(db: None) -> Iterator[None]:
    load()
    yield
    indicators.forget()
