"""Run the named queries of `invariants.sql`: what they return must not be."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import connection

from wangge.org import scope

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
def invariants() -> tuple[Invariant, ...]:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    return tuple(Invariant(*match.groups()) for match in _BLOCK.finditer(text))


def run() -> list[Violation]:
    """Everything that is wrong, at most MOST of each kind, as of one moment."""
    found = []
    with scope.acting(scope.system_actor("invariants")), connection.cursor() as cursor:
        for invariant in invariants():
            cursor.execute(f"select * from ({invariant.sql}) as found limit {MOST}")  # noqa: S608 - our own file
            found += [
                Violation(invariant.name, invariant.zh, invariant.en, subject, str(detail))
                for subject, detail in cursor.fetchall()
            ]
    return found
