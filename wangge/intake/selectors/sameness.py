"""Matters that a new one may be the same as, the likeliest first, with why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from wangge.casework.models import Case
from wangge.casework.services import merge
from wangge.casework.workflow import ENDED
from wangge.intake.clusters import keys, pairs, reading
from wangge.intake.clusters.pairs import Compared, Matter
from wangge.intake.clusters.reading import Reading
from wangge.intake.clusters.weights import VOUCHED
from wangge.intake.models.sameness import SameDecision, Trace
from wangge.intake.selectors.rules import known, rules
from wangge.kit import clock
from wangge.org.scope import Actor

PER_KEY = 24  # the newest under each key: however many there are, so many are read
COMPARED = 40
_METRES_SAID = 300


@dataclass(frozen=True, slots=True)
class Same:
    """`case` with its area version; `compared` says what spoke for it."""

    case: Case
    probability: float
    compared: Compared

    def reasons(self) -> list[dict[str, str]]:
        return reasons(self.compared)

    def document(self) -> dict[str, Any]:
        case = self.case
        return {
            "case": case_document(case),
            "probability": round(self.probability, 3),
            "reasons": self.reasons(),
        }


def case_document(case: Case) -> dict[str, Any]:
    area = case.area_version
    return {
        "id": str(case.pk),
        "number": case.number,
        "title": case.title,
        "state": case.state,
        "state_name": case.get_state_display(),
        "submitted_at": case.submitted_at.isoformat(),
        "area": {"id": str(case.area_id), "name": area.name} if area is not None else None,
    }


def reasons(compared: Compared) -> list[dict[str, str]]:
    found: list[tuple[str, str]] = []
    if compared.person:
        found.append(("同一反映人", "the same reporter"))
    if compared.metres is not None and compared.metres <= _METRES_SAID:
        metres = max(5, round(compared.metres / 5) * 5)
        found.append((f"相距 {metres} 米", f"{metres} metres apart"))
    if compared.place:
        found.append((f"同一地点：{compared.place}", f"the same place: {compared.place}"))
    if compared.copied >= 0.8:
        found.append(("文字几乎相同", "almost the same text"))
    elif compared.words:
        words = "、".join(compared.words)
        found.append((f"描述相近：{words}", f"told alike: {words}"))
    if compared.days is not None and compared.days < 30:
        days = int(compared.days)
        found.append(("同一天反映", "told on one day") if days == 0 else (f"相隔 {days} 天", f"{days} days apart"))
    return [{"zh": zh, "en": en} for zh, en in found]


def candidates(
    *,
    actor: Actor,
    title: str,
    description: str = "",
    address: str = "",
    lon: float | None = None,
    lat: float | None = None,
    category: str = "",
    phone_index: bytes | memoryview | None = None,
    at: datetime | None = None,
    but: UUID | None = None,
    most: int | None = None,
    least: float | None = None,
) -> list[Same]:
    """Of the open and recent cases that the actor sees. `but` is the case itself, where there is one already.

    What lies outside the actor's scope is neither named nor counted: a count would tell that somebody complained.
    """
    who = keys.person(phone_index)
    mine = Matter(
        read=reading.read(title, description, address), at=at or clock.now(), person=str(who) if who else "",
        lon=lon, lat=lat, category=category,
    )  # fmt: skip
    return _likeliest(mine, who, actor=actor, but=but, most=most, least=least)


def candidates_of(case: Case, *, actor: Actor, most: int | None = None, least: float | None = None) -> list[Same]:
    """The same for a case that is kept; its category and building speak too."""
    category = case.category.code if case.category is not None else ""
    return candidates(
        actor=actor, title=case.title, description=case.description, address=case.address, lon=case.lon, lat=case.lat,
        category=category, phone_index=case.reporter_phone_index, at=case.submitted_at, but=case.pk, most=most,
        least=least,
    )  # fmt: skip


def _likeliest(
    mine: Matter, who: int | None, *, actor: Actor, but: UUID | None, most: int | None, least: float | None
) -> list[Same]:
    part, used = rules().sameness, known()
    assert mine.at is not None
    since = mine.at - timedelta(days=part.recent_days)
    asked = keys.asked(mine.read, used.rare, who, mine.lon, mine.lat)
    near = [one for one in _under(asked, since) if one != but]
    parted = apart(but) if but is not None else set()
    traces = _traces([one for one in near if one not in parted], actor, since)
    others = [matter_of(trace) for trace in traces]
    compared = [pairs.compare(mine, other, used.rare) for other in others]
    chances = [0.0 if _apart(one) else pairs.probability(one.features, used.weights) for one in compared]
    again = pairs.together(chances, others, used.rare, used.weights, VOUCHED)
    shown = part.shown if least is None else least
    found = [
        Same(trace.case, chance, one)
        for trace, chance, one in zip(traces, again, compared, strict=True)
        if chance >= shown
    ]
    found.sort(key=lambda one: (-one.probability, -one.case.submitted_at.timestamp(), str(one.case.pk)))
    return found[: most or part.most]


def _apart(compared: Compared) -> bool:
    """Told alike, far from each other, and no name that both say: the same kind of matter, twice."""
    return compared.metres is not None and compared.metres >= pairs.FAR_M and not compared.place


_UNDER = """
select found.case_id
  from unnest(%s::bigint[], %s::float8[]) as asked(key, weight)
 cross join lateral (
    select t.case_id from intake_tracekey t
     where t.key = asked.key and t.at >= %s order by t.at desc limit %s) found
 group by found.case_id order by sum(asked.weight) desc, found.case_id desc limit %s
"""


def _under(asked: Mapping[int, float], since: datetime) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_UNDER, [list(asked), list(asked.values()), since, PER_KEY, COMPARED])
        return [row[0] for row in cursor.fetchall()]


def _traces(wanted: Sequence[UUID], actor: Actor, since: datetime) -> list[Trace]:
    """Those the actor sees; a case merged away stands for the one it went into, so it is not named itself."""
    if not wanted:
        return []
    seen = Case.objects.visible_to(actor).filter(pk__in=wanted)
    open_or_recent = ~Q(state__in=ENDED) | (Q(submitted_at__gte=since) & ~Q(state__in=("merged", "cancelled")))
    cases = {case.pk: case for case in seen.filter(open_or_recent).select_related("category", "area_version")}
    traces = list(Trace.objects.filter(pk__in=list(cases)))
    for trace in traces:
        trace.case = cases[trace.pk]
    return traces


def read_of(trace: Trace) -> Reading:
    head = trace.text.partition("|")[0]
    return Reading(
        places=tuple(trace.places), named=frozenset(trace.places[: trace.named]), title=frozenset(trace.title),
        pairs=reading.pairs_of(head), terms=frozenset(trace.terms), text=trace.text,
    )  # fmt: skip


def matter_of(trace: Trace) -> Matter:
    case = trace.case
    return Matter(
        read=read_of(trace), at=case.submitted_at, person=str(trace.person) if trace.person is not None else "",
        lon=case.lon, lat=case.lat, category=case.category.code if case.category is not None else "",
    )  # fmt: skip


def compared_with(case: Case, other: Case) -> tuple[Compared, float, int]:
    """Two cases, with how likely they are one, and by which weights."""
    used = known()
    compared = pairs.compare(_matter(case), _matter(other), used.rare)
    return compared, pairs.probability(compared.features, used.weights), used.version


def _matter(case: Case) -> Matter:
    who = keys.person(case.reporter_phone_index)
    read = reading.read(case.title, case.description, case.address)
    category = case.category.code if case.category is not None else ""
    return Matter(read, case.submitted_at, str(who) if who else "", case.lon, case.lat, category)


def apart(case_id: UUID) -> set[UUID]:
    """Cases of which somebody said last that they are not this one."""
    rows = SameDecision.objects.filter(Q(case_id=case_id) | Q(other_id=case_id)).order_by("at", "id")
    last = {row.other_id if row.case_id == case_id else row.case_id: row.same for row in rows}
    return {other for other, same in last.items() if not same}


def still_shown(document: Sequence[Mapping[str, Any]], *, actor: Actor) -> list[dict[str, Any]]:
    """Of what was kept when a case arrived, that which this actor sees, as the cases stand now."""
    wanted = [UUID(str(one["case"]["id"])) for one in document]
    cases = Case.objects.visible_to(actor).select_related("area_version").in_bulk(wanted)
    return [{**one, "case": case_document(cases[pk])} for one, pk in zip(document, wanted, strict=True) if pk in cases]


def merged_into(case: Case, *, actor: Actor) -> list[Case]:
    """Cases merged into this one, and those merged into them before, that the actor sees."""
    found = merge.all_merged(case)
    seen = Case.objects.visible_to(actor).select_related("area_version").in_bulk([one.pk for one in found])
    return [seen[one.pk] for one in found if one.pk in seen]
