"""What is kept of looking people up: each search by a whole number, and each look that was refused."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from wangge.audit import chain
from wangge.audit import services as audit
from wangge.kit import clock
from wangge.kit.ids import uuid7
from wangge.org.scope import Actor

log = logging.getLogger("wangge.registry")
UNSAID = "未写明事由"


def note_exact_search(found: Sequence[Mapping[str, Any]], *, by: Actor, purpose: str, address: str) -> None:
    """One look at everybody whom a whole number found; one in vain is kept too, under whoever searched. The number
    itself is kept nowhere.
    """
    said = f"精确查找：{purpose or UNSAID}"
    people = [(hit["id"], hit["field"]) for hit in found if hit["type"] == "person"]
    for person, field in people:
        audit.look(actor=by, subject_type="person", subject_id=person, fields=[field], purpose=said, address=address)
    if not people:
        audit.look(
            actor=by, subject_type="search", subject_id=by.user_id, fields=["in_vain"], purpose=said, address=address
        )


def note_refused_look(
    *, by: Actor, subject: str, subject_id: UUID, fields: Sequence[str], code: str, address: str
) -> None:
    """Somebody asked for values that they are not shown, or faster than anybody works."""
    log.warning("look at %s %s refused (%s): %s from %s", subject, subject_id, code, by.user_id, address)
    audit.record(
        subject_type="refusal",
        subject_id=uuid7(),
        action="registry:look:refused",
        actor=by,
        data={subject: str(subject_id), "fields": [one[:40] for one in fields], "why": code, "address": address},
        at=clock.now(),
        after=chain.Tip(),
    )
