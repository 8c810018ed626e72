"""What was read from a case, as a document for those who see the case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from wangge.audit import selectors as audit
from wangge.casework.models import Case
from wangge.intake.models import Reading
from wangge.intake.selectors import sameness
from wangge.kit.errors import NotFound
from wangge.org.scope import Actor
from wangge.responsibility import selectors as responsibility
from wangge.responsibility.models import Category
from wangge.responsibility.selectors import Danger, Matter


def plain_json(document: Any) -> Any:
    """As it will be when it comes back from the database."""
    return orjson.loads(orjson.dumps(document, default=str))


def category_document(category: Category) -> dict[str, Any]:
    return {
        "code": category.code,
        "name": category.name,
        "name_en": category.name_en,
        "path": responsibility.path_of(category),
        "level": responsibility.level_of(category),
    }


def matter_document(matter: Matter) -> dict[str, Any]:
    above = matter.above
    return {
        "candidates": [
            {"category": category_document(one.category), "probability": one.score, "words": list(one.words)}
            for one in matter.candidates
        ],
        "sure": matter.sure is not None,
        "above": {"category": category_document(above.category), "probability": above.probability} if above else None,
        "threshold": matter.threshold,
        "model": {"id": str(matter.model[0]), "version": matter.model[1]} if matter.model else None,
    }


def urgency_document(danger: Danger | None) -> dict[str, Any] | None:
    if danger is None:
        return None
    return {
        "level": "danger",
        "sign": danger.sign,
        "words": list(danger.words),
        "reason": danger.reason,
        "reason_en": danger.reason_en,
    }


def document(*, case_id: UUID, actor: Actor) -> dict[str, Any]:
    """NotFound for a case out of sight. One that has not been read (history, or in a moment) has no `read_at`."""
    case = Case.objects.visible_to(actor).filter(pk=case_id).first()
    row = Reading.objects.filter(pk=case_id).first() if case is not None else None
    if case is None:
        raise NotFound
    if row is None:
        row = Reading(case=case)
    return {
        "matter": row.matter or None,
        "place": row.place or None,
        "same": sameness.still_shown(row.same, actor=actor),
        "urgency": row.urgency,
        "errors": sorted(row.errors),
        "read_at": row.read_at,
        "decisions": decisions(case, row),
    }


def decisions(case: Case, row: Reading) -> dict[str, Any]:
    """What people made of it: the category that stands, who put it right, whether it was merged."""
    matter: dict[str, Any] | None = None
    place: dict[str, Any] | None = None
    same: dict[str, Any] | None = None
    for entry in audit.log_of(subject_type="case", subject_id=case.pk):
        verb = entry.action.rpartition(":")[2]
        who = {"by": entry.actor_name, "at": entry.at.isoformat()}
        if verb == "register":
            matter = {**who, "from": entry.data.get("from_category") or row.guess, "to": entry.data.get("category")}
            if "from_area" in entry.data:
                place = {**who, "from": entry.data["from_area"], "to": str(case.area_id) if case.area_id else None}
        elif verb == "merge":
            same = {**who, "merged": True}
    if matter is not None:
        matter["corrected"] = matter["from"] not in {"", None, matter["to"]}
    return {"matter": matter, "place": place, "same": same}
