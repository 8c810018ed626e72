"""A single figure opened to the cases it is made of."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from wangge.appraisal.measures import Measure, Spread
from wangge.appraisal.rules import IndicatorPart
from wangge.appraisal.selectors import behind, exclusions, indicators, league
from wangge.appraisal.selectors.counted import Subject
from wangge.appraisal.selectors.league import Document, Question
from wangge.areas.models import AreaVersion, Level
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.scope import Actor


def kind_of(subject_id: UUID, by: str) -> str:
    if by == "unit":
        kind = Unit.objects.filter(pk=subject_id).values_list("kind", flat=True).first()
    else:
        level = AreaVersion.objects.current().filter(area_id=subject_id).values_list("level", flat=True).first()
        kind = {Level.SUBDISTRICT: "subdistrict", Level.COMMUNITY: "community"}.get(Level(level)) if level else None
    if kind is None:
        raise NotFound
    return kind


def figure(
    *,
    question: Question,
    subject_id: UUID,
    code: str,
    side: Literal["numerator", "denominator"],
    actor: Actor,
    cursor: str = "",
    limit: int = 50,
) -> Document:
    subject, part, value, excluded = league.point(question=question, subject_id=subject_id, code=code)
    return {
        "unit": league.subject_document(subject),
        "indicator": indicators.indicator_document(code, part),
        "period": league.period_document(question.period),
        "value": league.value_document(value, excluded),
        "side": side,
        "cases": _cases(question, subject, part, code, measures_of(part, side), actor, cursor, limit),
    }


def measures_of(part: IndicatorPart, side: str) -> list[Measure | Spread]:
    parsed = part.parsed
    if parsed.spread:
        return [Spread(parsed.spread)]
    chosen = parsed.denominator if side == "denominator" and parsed.denominator else parsed.numerator
    assert chosen is not None
    return [Measure(name) for name in chosen.names()]


def _cases(
    question: Question,
    subject: Subject,
    part: IndicatorPart,
    code: str,
    measures: list[Measure | Spread],
    actor: Actor,
    cursor: str,
    limit: int,
) -> dict[str, Any]:
    """One place of the subject after the other: a unit has one, an area that was moved in the period has more."""
    sources = [one for one in subject.sources(part.basis) if one[2] > 0]
    place, _, inner = cursor.partition("|")
    index = int(place) if place.isascii() and place.isdecimal() and len(place) < 4 else 0
    if index >= len(sources):
        return {"items": [], "next": None}
    by, owner, _ = sources[index]
    period = question.period
    found = behind.cases_of(
        owner=owner,
        by=by,
        start=period.start,
        end=period.end,
        measures=measures,
        actor=actor,
        cursor=inner or None,
        limit=limit,
    )
    with scope.unrestricted():
        out = exclusions.excluded(start=period.start, end=period.end)
    # Of an area all that was left out there is, whichever unit it was left out for.
    of_unit = [one for one in out if by != "unit" or one.unit_id == owner]
    left_out = {one.number for one in of_unit if part.exclusions and one.covers(code)}
    items = [
        {
            "id": one.case_id,
            "number": one.number,
            "submitted_at": one.submitted_at,
            "closed_at": one.closed_at,
            "days": list(one.days),
            "counts": {measure.value: count for measure, count in one.counts.items()},
            "excluded": one.number in left_out,
        }
        for one in found.items
    ]
    following = f"{index}|{found.next}" if found.next else f"{index + 1}|" if index + 1 < len(sources) else None
    return {"items": items, "next": following}
