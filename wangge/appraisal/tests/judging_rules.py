"""The base profile's own rules of judging, in force."""

from __future__ import annotations

import yaml

from tests.factories import ROOT
from wangge.appraisal.judging import Alarms, Judgement, Rulebook
from wangge.appraisal.services import judging

FOLDER = ROOT / "profiles/base/appraisal"


def load() -> Rulebook:
    data = {name: yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) for name in
            ("judgement", "alarms")}  # fmt: skip
    book = Rulebook(judgement=Judgement(**data["judgement"]), alarms=Alarms(**data["alarms"]))
    judging.load_rules(book)
    return book
