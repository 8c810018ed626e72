"""Knowing cheaply whether what a process keeps in memory is still what the database holds.

A table keeps one token that changes with every write; what is kept in memory is kept under the token it was made
from. Asking for the token at every request would cost a round trip, so an answer is trusted for two seconds. A
transaction that has written sees its own token, and nobody else sees it before the commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

TRUSTED_SECONDS = 2.0


class Revision:
    """The remembered token of one table."""

    def __init__(self, read: Callable[[], UUID | None]) -> None:
        self._read = read
        self._seen: tuple[float, UUID | None] | None = None

    def current(self) -> UUID | None:
        written = self._written_here()
        if written is not None:
            return written
        seen, now = self._seen, time.monotonic()
        if seen is not None and now - seen[0] < TRUSTED_SECONDS:
            return seen[1]
        token = self._read()
        self._seen = (now, token)
        return token

    def announce(self, token: UUID) -> None:
        """The open transaction has written `token`."""
        transaction.on_commit(_Forget(self, token))

    def forget(self) -> None:
        """Ask the database next time."""
        self._seen = None

    def _written_here(self) -> UUID | None:
        # Our hook waits in the transaction exactly as long as the write is open; a rollback takes it away.
        if not connection.in_atomic_block:
            return None
        hooks = (hook[1] for hook in reversed(connection.run_on_commit))
        return next((h.token for h in hooks if isinstance(h, _Forget) and h.revision is self), None)


@dataclass(frozen=True)
class _Forget:
    revision: Revision
    token: UUID

    def __call__(self) -> None:
        self.revision.forget()
