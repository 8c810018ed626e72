"""What a stretch of text may name, and how it is written."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class What(IntEnum):
    AREA = 0
    ESTATE = 1
    BUILDING = 2
    ROAD = 3


class Form(IntEnum):
    """How a name is written, from the surest."""

    FULL = 0
    ALIAS = 1
    SHORT = 2  # without a word at its beginning
    STEM = 3  # without its ending


class Entry(NamedTuple):
    what: What
    row: int
    form: Form


class Mention(NamedTuple):
    """`likeness` is 1 where the name stands in the text as it is."""

    start: int
    end: int
    entry: Entry
    likeness: float = 1.0
    meant: str = ""
