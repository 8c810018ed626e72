"""What a profile may decide about sameness and hot spots."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MergeRule(_Part):
    """Merging without a person: one reporter, one place, one category, within so many hours. Off unless switched on."""

    enabled: bool = False
    hours: Annotated[int, Field(ge=1, le=720)] = 24
    probability: Share = 0.97
    metres: Annotated[int, Field(ge=0, le=1000)] = 60


class SamenessRules(_Part):
    recent_days: Annotated[int, Field(ge=1, le=1000)] = 180  # ended matters are compared for so long
    shown: Share = 0.3  # what is less likely is not offered
    most: Annotated[int, Field(ge=1, le=50)] = 5
    merge: MergeRule = MergeRule()


class HeatWeights(_Part):
    """Of 100 points altogether once they are scaled to their sum."""

    count: Annotated[float, Field(ge=0)] = 30
    people: Annotated[float, Field(ge=0)] = 25
    growth: Annotated[float, Field(ge=0)] = 15
    likes: Annotated[float, Field(ge=0)] = 15
    dislikes: Annotated[float, Field(ge=0)] = 5
    severity: Annotated[float, Field(ge=0)] = 10


class HotSpotRules(_Part):
    days: Annotated[int, Field(ge=1, le=366)] = 30
    least: Annotated[int, Field(ge=2, le=1000)] = 3  # matters that make a hot spot
    people: Annotated[int, Field(ge=1, le=1000)] = 2  # different ones
    alert_matters: Annotated[int, Field(ge=1)] = 3  # so many more than at the last alert
    alert_growth: Share = 0.3
    returns: Annotated[float, Field(ge=1)] = 1.5  # a dismissed one comes back when it is so many times as large
    over_days: Annotated[int, Field(ge=1, le=366)] = 14  # without a new matter it is over
    heat: HeatWeights = HeatWeights()


class Rules(_Part):
    sameness: SamenessRules = SamenessRules()
    hotspots: HotSpotRules = HotSpotRules()
