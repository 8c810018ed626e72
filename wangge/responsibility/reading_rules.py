"""How texts are read in this district: what danger.yaml and matter.yaml of the profile say."""

from __future__ import annotations

import functools
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from wangge.responsibility import danger
from wangge.responsibility.danger import DangerFile

_BASE = Path(__file__).resolve().parents[2] / "profiles" / "base"


class MatterFile(BaseModel):
    """When the model learns and is used, and how sure is sure enough; see matter.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    right_share: float = Field(default=0.9, gt=0, lt=1)
    least_sure: float = Field(default=0.5, gt=0, lt=1)
    learns_after: int = Field(default=200, ge=1)
    least_examples: int = Field(default=200, ge=4)
    least_of_one: int = Field(default=5, ge=2)
    correction_weight: float = Field(default=3, ge=1, le=20)
    window_days: int = Field(default=730, ge=1)
    most_examples: int = Field(default=100_000, ge=100, le=1_000_000)
    held_out: float = Field(default=0.15, gt=0.01, lt=0.6)
    worse_by: float = Field(default=0.01, ge=0, lt=0.5)
    by_itself: bool = True
    kept: int = Field(default=6, ge=1, le=100)


class ReadingFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    danger: DangerFile
    matter: MatterFile


class Rules:
    """The files, ready to be used."""

    def __init__(self, file: ReadingFile) -> None:
        self.matter = file.matter
        self.danger = danger.Rules(file.danger)


@functools.cache
def base() -> Rules:
    """Of the base profile, where none was loaded."""
    parts = {
        name: yaml.safe_load((_BASE / f"{name}.yaml").read_text(encoding="utf-8")) for name in ("danger", "matter")
    }
    return Rules(ReadingFile.model_validate(parts))


@functools.lru_cache(maxsize=4)
def of(content: str) -> Rules:
    """From what was loaded, as JSON; kept, since putting the words together takes milliseconds."""
    return Rules(ReadingFile.model_validate_json(content))
