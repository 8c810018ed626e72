"""Bases of what the API takes in and gives out."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from wangge.kit.text import nfc, visible


class In(BaseModel):
    """What a client sends: unknown fields are refused, every text is stored in NFC."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    @field_validator("*", mode="before")
    @classmethod
    def _normalise(cls, value: Any) -> Any:
        return nfc_deep(value)


class Out(Schema):
    """What the API answers, from a dict or from an object with these attributes."""

    model_config = ConfigDict(from_attributes=True)


def nfc_deep(value: Any) -> Any:
    """NFC in every text of a parsed document."""
    if isinstance(value, str):
        return nfc(value)
    if isinstance(value, list):
        return [nfc_deep(item) for item in value]
    if isinstance(value, dict):
        return {nfc_deep(key): nfc_deep(item) for key, item in value.items()}
    return value


def _half_width(value: Any) -> Any:
    return unicodedata.normalize("NFKC", value) if isinstance(value, str) else value


Phone = Annotated[str, BeforeValidator(_half_width), Field(max_length=40, pattern=r"^[0-9 +()#*,;/、转-]*$")]
"""One or more numbers of whatever country, kept in half-width digits: １１０ is 110, ١١٠ is no number."""

Shown = Annotated[str, AfterValidator(visible)]
"""What people wrote, for people to read: kept as it is, but what would hide or turn it round is written out."""


class Named(Out):
    id: UUID
    name: str
