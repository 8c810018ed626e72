"""What is kept of requests that were refused: the request itself leaves nothing behind."""

from __future__ import annotations

import logging
from collections.abc import Mapping

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
    audit.record(
        subject_type="refusal",
        subject_id=uuid7(),
        action="org:access:not_found",
        actor=by,
        data=data,
        at=clock.now(),
        after=chain.Tip(),
    )
