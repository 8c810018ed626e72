"""What tells made-up figures from honest ones: how unlikely a unit's share is beside that of its peers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from wangge.appraisal.judging import Threshold

# A share of peers is never taken to be surer than it would be after so many more cases at the floor.
_DOUBT = 20


class Rule(StrEnum):
    SELF_MADE = "self_made"
    REOPENED = "reopened"
    SAME_AGAIN = "same_again"
    CALLED_THE_HAPPY = "called_the_happy"
    NEVER_REACHED = "never_reached"
    BEFORE_DEADLINE = "before_deadline"
    LAST_HOUR = "last_hour"
    ASKED_IN_MASSES = "asked_in_masses"
    SAME_ANSWERS = "same_answers"
    REUSED_PHOTOS = "reused_photos"
    BURSTS = "bursts"


@dataclass(frozen=True)
class Tally:
    """Of one unit: how many could have been, how many were, and the cases of these, the strongest first.

    `others` is the comparison within the unit, where a rule makes one: (hits, trials) of the rest of its cases.
    """

    unit: Any
    kind: str
    trials: int
    hits: int
    cases: Sequence[tuple[Any, float | None]] = ()
    others: tuple[int, int] | None = None


@dataclass(frozen=True)
class Finding:
    tally: Tally
    observed: float
    expected: float
    p_value: float


def binomial_tail(hits: int, trials: int, share: float) -> float:
    """The chance of `hits` or more among `trials`, each with the chance `share`."""
    if hits <= 0:
        return 1.0
    if hits > trials:
        return 0.0
    whole = math.lgamma(trials + 1)
    total = 0.0
    for k in range(hits, trials + 1):
        log = whole - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        term = math.exp(log + k * math.log(share) + (trials - k) * math.log1p(-share))
        total += term
        if k > trials * share and term < total * 1e-12:
            break
    return min(total, 1.0)


def exact_tail(hits: int, trials: int, other_hits: int, other_trials: int) -> float:
    """Fisher's exact test: the chance of `hits` or more here if both groups were of one urn."""
    urn, marked = trials + other_trials, hits + other_hits
    whole = _log_choose(urn, trials)
    terms = (
        math.exp(_log_choose(marked, k) + _log_choose(urn - marked, trials - k) - whole)
        for k in range(hits, min(trials, marked) + 1)
        if trials - k <= urn - marked
    )
    return min(math.fsum(terms), 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def odds_ratio(hits: int, trials: int, share: float) -> float:
    """How many times the odds are those of `share`; half a case is added on both sides, so that none is infinite."""
    return ((hits + 0.5) / (trials - hits + 0.5)) / (share / (1 - share))


def judge(tallies: Iterable[Tally], threshold: Threshold) -> list[Finding]:
    """Units whose share is clearly above what their peers (units of the same kind) make one expect."""
    by_kind: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        by_kind[tally.kind].append(tally)
    found = []
    for peers in by_kind.values():
        looked_at = sum(one.hits >= threshold.at_least for one in peers)
        for one in peers:
            if one.hits >= threshold.at_least:
                verdict = _verdict(one, expected_of(one, peers, threshold.floor), threshold, looked_at)
                if verdict is not None:
                    found.append(verdict)
    return found


def _verdict(one: Tally, expected: float, threshold: Threshold, looked_at: int) -> Finding | None:
    if one.others is None:
        p, odds = binomial_tail(one.hits, one.trials, expected), odds_ratio(one.hits, one.trials, expected)
    else:
        # Within the unit: those one would want to hide against the rest.
        other_hits, other_trials = one.others
        expected = max((other_hits + 0.5) / (other_trials + 1), threshold.floor)
        p = exact_tail(one.hits, one.trials, other_hits, other_trials)
        odds = odds_ratio(one.hits, one.trials, expected)
    corrected = min(p * max(looked_at, 1), 1.0)
    if odds < threshold.odds or corrected > threshold.p_at_most:
        return None
    return Finding(one, one.hits / one.trials, expected, corrected)


def expected_of(one: Tally, peers: Sequence[Tally], floor: float) -> float:
    """The share of the other units of the kind; of five and more the middle one, which a few bad ones cannot move."""
    others = [peer for peer in peers if peer is not one and peer.trials]
    trials, hits = sum(peer.trials for peer in others), sum(peer.hits for peer in others)
    pooled = (hits + floor * _DOUBT) / (trials + _DOUBT)
    if len(others) >= 5:
        pooled = min(pooled, _middle(others))
    return min(max(pooled, floor), 0.99)


def _middle(peers: Sequence[Tally]) -> float:
    """The median share, each unit weighing as much as its cases."""
    ordered = sorted((peer.hits / peer.trials, peer.trials) for peer in peers)
    half, seen = sum(weight for _, weight in ordered) / 2, 0
    for share, weight in ordered:
        seen += weight
        if seen >= half:
            return share
    return ordered[-1][0]
