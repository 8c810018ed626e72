"""What a district decides about exclusions, appeals, alarms and members' records. Profile data."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Line = Annotated[str, Field(min_length=2, max_length=120)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=24)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Minutes = Annotated[int, Field(ge=1, le=1440)]
Days = Annotated[int, Field(ge=1, le=90)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(_Part):
    name: Line
    name_en: Line


class ExclusionReason(Named):
    needs_evidence: bool = False


class AppealTerms(_Part):
    working_days: Annotated[int, Field(ge=1, le=60)] = 5  # after the bulletin of the period was issued
    calendar: str = "office"


class Duty(_Part):
    text: Annotated[str, Field(min_length=4, max_length=200)]
    text_en: Annotated[str, Field(min_length=4, max_length=300)]
    basis: Annotated[str, Field(max_length=200)] = ""


class Judgement(_Part):
    """judgement.yaml"""

    exclusion_reasons: Annotated[dict[Code, ExclusionReason], Field(min_length=1)]
    appeals: AppealTerms = AppealTerms()
    commendations: Annotated[dict[Code, Named], Field(min_length=1)]
    duties: dict[Literal["grid_member", "grid_lead"], list[Duty]] = {}


class Threshold(Named):
    """When a unit's share is an alarm: enough of them, clearly more than the peers', and not by chance.

    `floor` is the share no unit is suspected for, whatever its peers do. `odds` compares odds, so that it means the
    same for rare and for common things. `p_at_most` is compared after it was multiplied by the units looked at.
    `says` is filled with {unit} {period} {hits} {trials} {observed} {expected}; `case_says` with {n}.
    """

    active: bool = True
    says: Annotated[str, Field(min_length=4, max_length=200)]
    says_en: Annotated[str, Field(min_length=4, max_length=300)]
    case_says: Annotated[str, Field(max_length=100)]
    case_says_en: Annotated[str, Field(max_length=120)]
    at_least: Count = 5
    floor: Annotated[float, Field(gt=0, lt=1)] = 0.05
    odds: Annotated[float, Field(gt=1, le=100)] = 4.0
    p_at_most: Annotated[float, Field(gt=0, le=0.05)] = 0.01

    @model_validator(mode="after")
    def _words_can_be_filled(self) -> Self:
        names = dict.fromkeys(("unit", "period", "hits", "trials", "observed", "expected"), "1")
        for text, known in ((self.says, names), (self.says_en, names), (self.case_says, {"n": 1}),
                            (self.case_says_en, {"n": 1})):  # fmt: skip
            try:
                text.format(**known)
            except (KeyError, IndexError, ValueError) as error:
                raise ValueError(f"不认识的占位符：{text} · a placeholder that is not known") from error
        return self


class SelfMade(Threshold):
    within_minutes: Minutes = 10


class Again(Threshold):
    within_days: Days = 7


class SameAgain(Again):
    metres: Annotated[int, Field(ge=5, le=200)] = 30


class Late(Threshold):
    within_minutes: Minutes = 60


class InMasses(Threshold):
    within_minutes: Minutes = 30
    mass: Annotated[int, Field(ge=3, le=1000)] = 8


class ReusedPhotos(Threshold):
    look_back_days: Days = 60


class Alarms(_Part):
    """alarms.yaml; the names are those of gaming.Rule."""

    self_made: SelfMade
    reopened: Again
    same_again: SameAgain
    called_the_happy: Threshold
    never_reached: Threshold
    before_deadline: Late
    last_hour: Late
    asked_in_masses: InMasses
    same_answers: Threshold
    reused_photos: ReusedPhotos
    bursts: InMasses


class Rulebook(_Part):
    judgement: Judgement
    alarms: Alarms
