"""Named queries over the whole database: what they return must not be. Each app keeps its own in a file of SQL."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import connection

_BLOCK = re.compile(r"^-- name: (\w+)\n-- zh: ([^\n]+)\n-- en: ([^\n]+)\n(.+?);\n", re.MULTILINE | re.DOTALL)
MOST = 100  # of each kind


@dataclass(frozen=True)
class Invariant:
    name: str
    zh: str
    en: str
    sql: str


@dataclass(frozen=True)
class Violation:
    name: str
    zh: str
    en: str
    subject_id: UUID
    detail: str


@functools.cache
def read(file: Path) -> tuple[Invariant, ...]:
    return tuple(Invariant(*match.groups()) for match in _BLOCK.finditer(file.read_text(encoding="utf-8")))


def violations(file: Path) -> list[Violation]:
    """Everything that is wrong, at most MOST of each kind; in the caller's transaction, which sees everything."""
    found = []
    with connection.cursor() as cursor:
        for invariant in read(file):
            cursor.execute(f"select * from ({invariant.sql}) as found limit {MOST}")  # noqa: S608 - our own file
            found += [
                Violation(invariant.name, invariant.zh, invariant.en, subject, str(detail))
                for subject, detail in cursor.fetchall()
            ]
    return found
