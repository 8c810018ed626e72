"""The page of promises names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/ops/promises.md").read_text(encoding="utf-8")))
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("wangge/*/tests/test_*.py")]
    there = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)}
    assert len(named) > 60
    assert named - there == set()
