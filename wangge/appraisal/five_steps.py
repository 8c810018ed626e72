"""One matter, one appraisal (一事一考): what a whistle's caller and those it called lose points for, and by which fact.

Pure: facts in, score sheets out. The steps and what each fact costs are profile data (rules.StepsFile).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from wangge.appraisal import fairness
from wangge.appraisal.fairness import Interval
from wangge.appraisal.rules import DeductionPart, StepPart, StepsFile

BEST_GRADE = 5
DISSATISFIED = 2  # and below


@dataclass(frozen=True)
class Proof:
    """The entry of the case's log that shows a fact; `seq` None where the fact is that nothing was logged."""

    seq: int | None
    at: dt.datetime | None
    action: str


@dataclass(frozen=True)
class Found:
    """A fact: `times` when one proof stands for several (each grade below the best)."""

    proof: Proof
    times: int = 1


@dataclass(frozen=True)
class Order:
    acknowledged_late: Proof | None = None
    handled_late: Proof | None = None
    sent_on: Proof | None = None


@dataclass(frozen=True)
class Called:
    """A unit that was called, with what it did for this whistle."""

    unit_id: UUID
    unit_name: str
    reported_in: bool
    late: Proof | None
    never: Proof | None
    contribution: str
    contributed: Proof | None
    grade: int | None
    graded: Proof | None
    reminded: tuple[Proof, ...] = ()
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True)
class Matter:
    """A whistle that has ended."""

    whistle_id: UUID
    caller_id: UUID
    caller_name: str
    message: str
    place: str
    outcome: str
    called_at: dt.datetime
    ended_at: dt.datetime
    call: Proof
    end: Proof
    responders: tuple[Called, ...]
    reopened: Proof | None = None
    dissatisfied: Proof | None = None


@dataclass(frozen=True)
class Taken:
    code: str
    name: str
    name_en: str
    points: float
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class StepScore:
    code: str
    name: str
    name_en: str
    full: float
    points: float
    taken: tuple[Taken, ...]


@dataclass(frozen=True)
class Sheet:
    side: str
    unit_id: UUID
    unit_name: str
    score: float
    steps: tuple[StepScore, ...] = field(default=())


def sheets(matter: Matter, rules: StepsFile) -> list[Sheet]:
    """One for the caller, one for each unit that was called."""
    caller = _sheet("caller", matter.caller_id, matter.caller_name, _caller_tests(matter, rules), rules)
    return [
        caller,
        *(
            _sheet("responder", one.unit_id, one.unit_name, _responder_tests(matter, one, rules), rules)
            for one in matter.responders
        ),
    ]


Tests = Mapping[str, Callable[[], Sequence[Found]]]


def _sheet(side: str, unit_id: UUID, name: str, tests: Tests, rules: StepsFile) -> Sheet:
    steps = tuple(_step(code, one, tests) for code, one in rules.steps.items() if one.of == side)
    return Sheet(side, unit_id, name, sum(one.points for one in steps), steps)


def _step(code: str, part: StepPart, tests: Tests) -> StepScore:
    left = part.full
    taken = []
    for key, deduction in part.deductions.items():
        found = tests[deduction.test]() if deduction.test in tests else ()
        if found:
            points = min(left, _cost(deduction, found))
            left -= points
            proofs = tuple(one.proof for one in found)
            taken.append(Taken(key, deduction.name, deduction.name_en, points, proofs))
    return StepScore(code, part.name, part.name_en, part.full, left, tuple(taken))


def _cost(deduction: DeductionPart, found: Sequence[Found]) -> float:
    return deduction.take * (sum(one.times for one in found) if deduction.each else 1)


def _caller_tests(matter: Matter, rules: StepsFile) -> Tests:
    came = [one for one in matter.responders if one.reported_in]
    latest = matter.ended_at + dt.timedelta(days=rules.grade_within_days)
    return {
        "called_without_place": lambda: _if(not matter.place.strip(), matter.call),
        "called_without_words": lambda: _if(len(matter.message.strip()) < rules.words, matter.call),
        "ended_without_outcome": lambda: _if(not matter.outcome.strip(), matter.end),
        "graded_not": lambda: [Found(matter.end) for one in came if one.grade is None],
        "graded_late": lambda: [
            Found(one.graded) for one in came if one.graded is not None and one.graded.at and one.graded.at > latest
        ],
    }


def _responder_tests(matter: Matter, one: Called, rules: StepsFile) -> Tests:
    said = one.contribution.strip()
    return {
        "order_acknowledged_late": lambda: _each(order.acknowledged_late for order in one.orders),
        "order_sent_on": lambda: _each(order.sent_on for order in one.orders),
        "reported_in_late": lambda: _each([one.late]) if one.reported_in else [],
        "reported_in_never": lambda: _each([one.never]),
        "reminded": lambda: _each(one.reminded),
        # Who never came has lost the whole response for it; the silence after is the same fact.
        "contributed_not": lambda: _if(one.reported_in and not said, matter.end),
        "contributed_without_words": lambda: _if(0 < len(said) < rules.words, one.contributed or matter.end),
        "handled_late": lambda: _each(order.handled_late for order in one.orders),
        "reopened_after": lambda: _each([matter.reopened]) if one.reported_in else [],
        "dissatisfied": lambda: _each([matter.dissatisfied]) if one.reported_in else [],
        "graded_low": lambda: _low(one),
    }


def _low(one: Called) -> list[Found]:
    if one.grade is None or one.graded is None or one.grade >= BEST_GRADE:
        return []
    return [Found(one.graded, BEST_GRADE - one.grade)]


def _if(true: bool, proof: Proof) -> list[Found]:
    return [Found(proof)] if true else []


def _each(proofs: Iterable[Proof | None]) -> list[Found]:
    return [Found(one) for one in proofs if one is not None]


# Means


@dataclass(frozen=True)
class Mean:
    count: int
    mean: float
    interval: Interval | None


def means(
    scores: Sequence[Sequence[float]], *, least: int, confidence: float = fairness.CONFIDENCE
) -> list[Mean | None]:
    """Of each unit's sheets, with Student's interval where there are enough.

    A unit's own spread is taken no smaller than that of all sheets about their units' means, so that three perfect
    sheets in a row are not certainty.
    """
    within = _within(scores)
    found: list[Mean | None] = []
    for own in scores:
        if not own:
            found.append(None)
            continue
        count, mean = len(own), math.fsum(own) / len(own)
        interval = None
        if count >= least:
            variance = max(within, math.fsum((one - mean) ** 2 for one in own) / (count - 1))
            reach = t_of(confidence, count - 1) * math.sqrt(variance / count)
            interval = Interval(max(0.0, mean - reach), min(100.0, mean + reach))
        found.append(Mean(count, mean, interval))
    return found


def _within(scores: Sequence[Sequence[float]]) -> float:
    """The pooled variance; a scale's hundredth squared where there is nothing to pool."""
    squares = freedom = 0.0
    for own in scores:
        if len(own) > 1:
            mean = math.fsum(own) / len(own)
            squares += math.fsum((one - mean) ** 2 for one in own)
            freedom += len(own) - 1
    return max(1.0, squares / freedom if freedom else 1.0)


def t_of(confidence: float, freedom: int) -> float:
    """Student's two-sided quantile by expansion about the normal one (Abramowitz & Stegun 26.7.5)."""
    if freedom == 1:
        return math.tan(math.pi * confidence / 2)
    if freedom == 2:
        return confidence * math.sqrt(2 / (1 - confidence**2))
    z = fairness.z_of(confidence)
    n = float(freedom)
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / n + g2 / n**2 + g3 / n**3 + g4 / n**4
