"""What is kept of requests that were refused: the request itself leaves nothing behind."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from wangge.audit import chain
from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor

log = logging.getLogger("wangge.security")


def note_not_found(*, by: Actor, method: str, route: str, ids: Mapping[str, str], address: str) -> None:
    """Somebody asked for what does not exist or lies outside their scope.

    Both are kept, by the same statements: telling them apart would take time that the answer must not show.
    """
    data = {"method": method, "route": route, "ids": dict(ids), "address": address}
    log.warning("not found or out of scope: %s %s %s by %s from %s", method, route, data["ids"], by.user_id, address)
    _record("org:access:not_found", by, data)


def note_search_limit(*, by: Actor, limit: int, address: str) -> None:
    """Somebody searches faster than a person works; kept once a minute while it lasts."""
    log.warning("more than %s searches in a minute by %s from %s", limit, by.user_id, address)
    _record("org:search:limited", by, {"limit": limit, "address": address})


def _record(action: str, by: Actor, data: Mapping[str, Any]) -> None:
    audit.record(
        subject_type="refusal",
        subject_id=uuid7(),
        action=action,
        actor=by,
        data=data,
        at=clock.now(),
        after=chain.Tip(),
    )
