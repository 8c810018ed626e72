"""All advice on one reply: four scores, and what could be better with the sentence concerned. It never blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from wangge.intake.answering import clarity, completeness, relevance, stock
from wangge.intake.answering.sentences import Background
from wangge.intake.answering.stock import Earlier

MOST = 12


@dataclass(frozen=True)
class Finding:
    """`start`, `end`: the characters of the reply it speaks of; None where something is lacking."""

    aspect: str  # relevance, completeness, clarity, originality
    severity: str  # high, low
    zh: str
    en: str
    sentence: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Advice:
    relevance: float
    completeness: float
    clarity: float
    originality: float
    stock: bool
    findings: list[Finding] = field(default_factory=list)
    kept: Earlier = field(default_factory=lambda: Earlier((), ()))


def advise(
    *,
    title: str,
    description: str,
    reply: str,
    known: Background,
    earlier: Iterable[Earlier] = (),
    clause: str = "",
) -> Advice:
    """`earlier`: replies of the unit, to other matters and perhaps to the same."""
    like = relevance.likeness(title, description, reply, known)
    lacking = completeness.missing(reply, clause)
    murky = clarity.unclear(reply)
    made = stock.sketch(reply)
    matter = stock.matter_sketch(title)
    again = stock.copied(made, matter, earlier)
    hollow = stock.hollow(reply)
    findings = [
        *_of_stock(reply, again, hollow=hollow),
        *_of_relevance(title, description, reply, known, like),
        *(Finding("completeness", "high" if one.weight >= 0.3 else "low", one.zh, one.en) for one in lacking),
        *(Finding("clarity", "low", one.zh, one.en, reply[one.start : one.end], one.start, one.end) for one in murky),
    ]
    return Advice(
        relevance=round(relevance.score(like), 3),
        completeness=round(completeness.score(lacking), 3),
        clarity=round(clarity.score(murky), 3),
        originality=0.0 if hollow else round(1.0 - again.likeness, 3),
        stock=hollow or again.likeness >= stock.SAME,
        findings=findings[:MOST],
        kept=Earlier(made, matter),
    )


def _of_stock(reply: str, again: stock.Copied, *, hollow: bool) -> list[Finding]:
    if hollow:
        zh = "只有套话，没有说明查明了什么、做了什么"
        en = "Nothing but set phrases: it does not say what was found or done"
        return [Finding("originality", "high", zh, en, reply[:80], 0, min(len(reply), 80))]
    if again.likeness >= stock.SAME:
        zh = f"与本单位以前对其他事项的 {again.times} 份答复几乎相同（{again.likeness:.0%}），请按本事项的实际情况写"
        en = f"Nearly the same ({again.likeness:.0%}) as {again.times} earlier replies of the unit to other matters"
        return [Finding("originality", "high", zh, en)]
    return []


def _of_relevance(title: str, description: str, reply: str, known: Background, like: float) -> list[Finding]:
    if like < relevance.ENOUGH:
        zh, en = "看不出答复的是所反映的事项", "It does not seem to answer this matter"
        return [Finding("relevance", "high", zh, en)]
    open_points = [one for one in relevance.points(title, description, reply, known) if not one.answered]
    return [
        Finding("relevance", "low", f"似乎没有回应：“{one.text[:60]}”", f"Seems not to answer: “{one.text[:60]}”")
        for one in open_points
    ]
