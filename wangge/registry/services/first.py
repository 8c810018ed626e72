"""Who was faster: what a writer is told whose version is not the one kept any more."""

from __future__ import annotations

from django.db.models import Model

from wangge.audit import selectors as audit
from wangge.kit.errors import Conflict
from wangge.registry import place_wording, wording


def stale(row: Model) -> Conflict:
    """Who changed it first, what they did, and when."""
    log = audit.log_of(subject_type=row._meta.model_name or "", subject_id=row.pk)
    version = row.version  # type: ignore[attr-defined]  # each that is locked has it
    if not log:
        return Conflict(current_version=version)
    latest = log[-1]
    zh, en = _words(latest.action)
    return Conflict(
        f"{latest.actor_name}已先进行了“{zh}”，请刷新后再操作",
        f"{latest.actor_name} was first ({en.lower()}): reload and look again",
        by=latest.actor_name,
        at=latest.at.isoformat(),
        action=latest.action,
        current_version=version,
    )


def _words(action: str) -> tuple[str, str]:
    told = wording.ACTIONS.get(action.removeprefix("registry:"))
    return told or place_wording.ACTIONS.get(action.rpartition(":")[2], ("更改", "changed"))
