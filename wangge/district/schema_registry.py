"""What a profile may say about the data of people and places: nothing is collected without a purpose and a basis."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, model_validator

from wangge.district.schema import Code, Needed, Text

DataClassName = Literal["open", "personal", "sensitive", "minor"]
ObjectName = Literal[
    "person", "household", "dwelling", "building", "estate", "premises", "organisation", "component", "device",
]  # fmt: skip
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=24)]
# What could be said of any data at all says nothing: 国办函〔2026〕12号 asks what a field is needed for.
_VAGUE = re.compile(
    r"(?:因?(?:日常|基层|社会)?(?:工作|管理|业务|统计|治理)的?(?:需要|需求|要求|使用)"
    r"|(?:留存|存档)?备查|存档|其他|(?:按照?|根据)?上级要求|(?:了解|掌握)(?:基本)?情况)[。.]?"
)
_SHORTEST = 6


def _says_why(text: str) -> str:
    if len(text) < _SHORTEST or _VAGUE.fullmatch(text):
        raise ValueError("须写明具体用途，不能只写“工作需要” · say what exactly it is needed for")
    return text


def _names_a_law(text: str) -> str:
    if "《" not in text or "》" not in text:
        raise ValueError("须写明依据的法律、法规或文件名称《…》 · name the law, regulation or document in 《…》")
    return text


Purpose = Annotated[Needed, Field(max_length=160), AfterValidator(_says_why)]
Basis = Annotated[Needed, Field(max_length=160), AfterValidator(_names_a_law)]
Codes = Annotated[list[Code], Field(max_length=40, default_factory=list)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldPart(_Part):
    name: Annotated[Needed, Field(max_length=40)]
    name_en: Annotated[Needed, Field(max_length=60)]
    data_class: DataClassName = "open"
    owner: Code | None = None
    fresh_days: Annotated[int, Field(ge=1, le=7300)] | None = None
    partners: Codes


class GroupPart(_Part):
    """Fields found true together: one purpose, one basis, one owner, one freshness unless a field has its own."""

    purpose: Purpose
    legal_basis: Basis
    owner: Code
    fresh_days: Annotated[int, Field(ge=1, le=7300)]
    confirmed: bool = False
    fields: Annotated[dict[Word, FieldPart], Field(min_length=1)]


class FieldsFile(RootModel[dict[ObjectName, dict[Annotated[Word, Field(max_length=16)], GroupPart]]]):
    pass


class TagPart(_Part):
    """A priority group: `active: false` keeps it out of use until the district has confirmed its basis."""

    name: Annotated[Needed, Field(max_length=40)]
    name_en: Annotated[Needed, Field(max_length=60)]
    data_class: DataClassName
    purpose: Purpose
    legal_basis: Basis
    review_months: Annotated[int, Field(ge=1, le=24)]
    expires_months: Annotated[int, Field(ge=1, le=120)]
    partners: Codes
    visits_per_month: Annotated[int, Field(ge=0, le=31)] = 0
    confirmed: bool = False
    active: bool = True
    note: Text = ""

    @model_validator(mode="after")
    def _review_before_end(self) -> TagPart:
        if self.review_months > self.expires_months:
            raise ValueError("复核期不能长于有效期 · it must be reviewed before it expires")
        return self


class TagsFile(RootModel[dict[Word, TagPart]]):
    pass
