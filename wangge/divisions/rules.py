"""What a district decides about grids and their teams: the profile's divisions.yaml."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=1, le=100_000)]
Much = Annotated[float, Field(ge=1, le=100_000, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Band(_Part):
    low: Count
    high: Count

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.high < self.low:
            raise ValueError("上限不能小于下限 high is less than low")
        return self


class Bands(_Part):
    """Households in one grid or courtyard."""

    grid: Band = Band(low=300, high=500)
    courtyard: Band = Band(low=30, high=80)


class Team(_Part):
    """How many members a grid needs: the sum of the three quotients, rounded up beyond `slack`, at least one."""

    households_per_member: Much = 500
    priority_people_per_member: Much = 150
    matters_a_month_per_member: Much = 120
    slack: Annotated[float, Field(ge=0, lt=1)] = 0.2
    least: Count = 1

    def needed(self, households: int, priority_people: int, matters_a_month: float) -> int:
        load = (
            households / self.households_per_member
            + priority_people / self.priority_people_per_member
            + matters_a_month / self.matters_a_month_per_member
        )
        return max(self.least, math.ceil(load - self.slack))


class Rulebook(_Part):
    bands: Bands = Bands()
    team: Team = Team()
