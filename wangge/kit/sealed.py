"""Which columns hold sealed values, and how a row's are made anew: for the rotation of keys.

Each app declares its own when it is ready; who rotates walks over all of them and knows none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wangge.kit import crypto

Row = Mapping[str, Any]
"""The id, the sealed column, those in `needs` and those in `indexes`."""


@dataclass(frozen=True)
class SealedColumn:
    """`context` may name {id}. `needs` and `indexes` give further columns with their SQL types.

    What is in `needs` is read with the value and must not have changed when the row is written; what is in `indexes`
    is made from the opened value by `make_indexes` (blind indexes under the key of today).
    """

    table: str
    column: str
    context: str
    needs: Mapping[str, str] = field(default_factory=dict)
    indexes: Mapping[str, str] = field(default_factory=dict)
    make_indexes: Callable[[Row], Mapping[str, Any]] | None = None

    def reseal(self, row: Row) -> bytes:
        """The same value under the key that seals now."""
        context = self.context.format(id=row["id"])
        return crypto.encrypt(crypto.decrypt(row[self.column], context=context), context=context)


_declared: dict[tuple[str, str], SealedColumn] = {}


def declare(*columns: SealedColumn) -> None:
    """Again without doubling."""
    for column in columns:
        _declared[column.table, column.column] = column


def declared() -> list[SealedColumn]:
    """In the order of their tables, so that a run that was cut short goes on where it stood."""
    return [_declared[key] for key in sorted(_declared)]
