"""Who acts, and how far they see (数据范围), as intervals on the area tree and the unit tree."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

Interval = tuple[int, int]
"""Half-open: from, to (exclusive)."""


@dataclass(frozen=True)
class Scope:
    all: bool = False
    areas: tuple[Interval, ...] = ()
    units: tuple[Interval, ...] = ()
    own: UUID | None = None

    def covers_area(self, pos: int) -> bool:
        return self.all or any(start <= pos < end for start, end in self.areas)

    def covers_unit(self, pos: int) -> bool:
        return self.all or any(start <= pos < end for start, end in self.units)


NOTHING = Scope()
EVERYTHING = Scope(all=True)


@dataclass(frozen=True)
class Actor:
    """A person in one of their posts, a neighbouring system, or the system itself."""

    user_id: UUID
    name: str
    unit_id: UUID | None
    unit_pos: int
    unit_kind: str
    post_id: UUID | None
    roles: frozenset[str]
    permissions: frozenset[str]
    scope: Scope
    on_behalf_of: UUID | None = None
    channel: str | None = None

    def may(self, permission: str) -> bool:
        return permission in self.permissions


SYSTEM_ID = UUID("00000000-0000-7000-8000-000000000001")


def system_actor(name: str = "system") -> Actor:
    """For the worker and the command line: sees everything, holds no permission of a person."""
    return Actor(
        user_id=SYSTEM_ID,
        name=name,
        unit_id=None,
        unit_pos=0,
        unit_kind="",
        post_id=None,
        roles=frozenset({"system"}),
        permissions=frozenset(),
        scope=EVERYTHING,
    )


def _multirange(intervals: tuple[Interval, ...]) -> str:
    return "{" + ",".join(f"[{start},{end})" for start, end in intervals) + "}"


_NAMES = ("wangge.all", "wangge.areas", "wangge.units", "wangge.own")
_SET = "select " + ", ".join(f"set_config('{name}', %s, true)" for name in _NAMES)
_READ = "select " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in _NAMES)


def _settings(scope: Scope) -> tuple[str, str, str, str]:
    return (
        "on" if scope.all else "",
        _multirange(scope.areas),
        _multirange(scope.units),
        str(scope.own) if scope.own else "",
    )


def apply(scope: Scope) -> None:
    """Bind row-level security to `scope` until the current transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_SET, _settings(scope))


Kept = tuple[str, str, str, str]
"""The transaction's settings, to be brought back."""


def kept() -> Kept | None:
    """What is applied now; None outside a transaction, where nothing is."""
    if not connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        row: Kept = cursor.fetchone()
    return row


def restore(before: Kept | None) -> None:
    if before is not None:
        with connection.cursor() as cursor:
            cursor.execute(_SET, before)


@contextmanager
def applied(scope: Scope) -> Iterator[None]:
    """One transaction (or savepoint) in which row-level security is bound to `scope`; then the scope before it."""
    before = kept()
    with transaction.atomic():
        apply(scope)
        yield
        restore(before)  # after an error the rollback has done so


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """`with acting(actor):` one transaction under the actor's scope; for the worker, the command line and tests."""
    with applied(actor.scope):
        yield actor


def unrestricted() -> AbstractContextManager[None]:
    """A stretch in which everything is visible: for a verb that hands a row over to where its actor cannot see.

    The caller has checked the actor's right to the row before.
    """
    return applied(EVERYTHING)


_SWAP = f"{_READ}, {_SET.removeprefix('select ')}"


@contextmanager
def lifted() -> Iterator[None]:
    """As `unrestricted`, in two round trips fewer: without a savepoint, so an error must end the transaction."""
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute(_SWAP, _settings(EVERYTHING))
            before: Kept = cursor.fetchone()[: len(_NAMES)]
        yield
        restore(before)


def within(field: str, intervals: tuple[Interval, ...]) -> Q:
    """The intervals as conditions a B-tree on `field` serves; no interval: nothing."""
    ranges = [Q(**{f"{field}__gte": start, f"{field}__lt": end}) for start, end in intervals]
    return functools.reduce(operator.or_, ranges) if ranges else Q(pk__in=[])
