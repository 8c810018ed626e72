"""Bringing the rules of time of a profile into force."""

from __future__ import annotations

import hashlib
import json

from wangge.audit import services as audit
from wangge.audit.chain import ActorLike
from wangge.casework import timing
from wangge.casework.models import Reckoned, TimeRules
from wangge.casework.timing_file import ClocksFile
from wangge.kit import clock
from wangge.kit.ids import uuid7

RULES = "rules"


def load_time_rules(held: ClocksFile, *, source: str, actor: ActorLike | None) -> TimeRules:
    """The newest version from now on; the same content as the newest changes nothing."""
    content = held.model_dump(mode="json", exclude_none=True)
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    newest = TimeRules.objects.order_by("-loaded_at").first()
    if newest is not None and newest.digest == digest:
        return newest
    now = clock.now()
    row, made = TimeRules.objects.get_or_create(
        digest=digest, defaults={"id": uuid7(), "content": content, "source": source[:200], "loaded_at": now}
    )
    if not made:  # an earlier version comes back
        row.loaded_at, row.source = now, source[:200]
        row.save(update_fields=["loaded_at", "source"])
    # The first rules find no clock of other rules, except those of the base profile: the keeper compares with it.
    Reckoned.objects.get_or_create(name=RULES, defaults={"version": row.pk, "at": now})
    audit.record(
        subject_type="time_rules",
        subject_id=row.pk,
        action="casework:rules:loaded",
        actor=actor,
        data={"digest": digest, "source": source[:200], "before": newest.digest if newest else None},
        at=now,
    )
    timing.announce_write()
    return row
