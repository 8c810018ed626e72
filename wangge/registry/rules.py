"""What a district decides about keeping its registry: exports, requests for data, retention. Profile data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExportRules(_Part):
    """Up to `free_up_to` rows at once; above only when two others agree; never more than `most`."""

    free_up_to: Annotated[int, Field(ge=0, le=1000)] = 50
    most: Annotated[int, Field(ge=1, le=200_000)] = 50_000
    keep_days: Annotated[int, Field(ge=1, le=30)] = 7


class RequestRules(_Part):
    """A field counts as known when for this share of the subjects it is known and fresh; what asking costs."""

    known_share: Annotated[float, Field(gt=0, le=1)] = 0.95
    seconds_per_subject: Annotated[int, Field(ge=0, le=3600)] = 60
    seconds_per_field: Annotated[int, Field(ge=0, le=600)] = 15


class RetentionClass(_Part):
    """How long after its end something is kept; `status` names the people it is about."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    name_en: Annotated[str, Field(min_length=1, max_length=60)]
    subject: Literal["person", "tag", "import_row"]
    status: Literal["", "moved_out", "deceased"] = ""
    days: Annotated[int, Field(ge=1, le=36_500)]
    basis: Annotated[str, Field(max_length=200)] = ""


class AliasRules(_Part):
    """What so many matters of so many people called one place becomes its alias; before that a person may say so."""

    matters: Annotated[int, Field(ge=1, le=100)] = 3
    people: Annotated[int, Field(ge=1, le=100)] = 2


class Rules(_Part):
    aliases: AliasRules = AliasRules()
    exports: ExportRules = ExportRules()
    requests: RequestRules = RequestRules()
    retention: dict[Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,15}$")], RetentionClass] = {}
