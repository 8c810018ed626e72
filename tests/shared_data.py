"""Data sets that are used from beside the repository and never copied into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("WANGGE_TEST_SHARED", Path(__file__).parents[2] / "shared" / "data"))


def shared(name: str) -> Path:
    """The file, or a skip that says what is missing."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not in {FOLDER}: set WANGGE_TEST_SHARED to the folder of the data sets")
    return path
