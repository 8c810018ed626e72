"""The rules of sameness and hot spots, and the weights in use."""

from __future__ import annotations

import time

from wangge.intake.clusters.pairs import FEATURES, Rarity
from wangge.intake.clusters.rules import Rules
from wangge.intake.clusters.weights import START
from wangge.intake.models.sameness import ClusterRules, SameWeights

_FRESH_SECONDS = 60.0


class Known:
    """A version of the weights as it is used."""

    __slots__ = ("rare", "version", "weights")

    def __init__(self, version: int, weights: tuple[float, ...], rare: Rarity) -> None:
        self.version, self.weights, self.rare = version, weights, rare


_known: tuple[float, Known] | None = None


def rules() -> Rules:
    row = ClusterRules.objects.filter(pk=1).first()
    return Rules.model_validate(row.data) if row is not None else Rules()


def known() -> Known:
    """The newest active version, looked for once a minute; before there is one, what was learned elsewhere."""
    global _known
    now = time.monotonic()
    if _known is not None and now - _known[0] < _FRESH_SECONDS:
        return _known[1]
    newest = SameWeights.objects.filter(active=True).order_by("-version").values_list("version", flat=True).first()
    if newest is None:
        found = Known(0, start(), Rarity())
    elif _known is not None and _known[1].version == newest:
        found = _known[1]
    else:
        row = SameWeights.objects.get(pk=newest)
        given = tuple(row.weights) if len(row.weights) == len(FEATURES) else start()
        found = Known(row.version, given, Rarity(row.total, row.counts))
    _known = (now, found)
    return found


def start() -> tuple[float, ...]:
    return tuple(START[name] for name in FEATURES)


def forget() -> None:
    global _known
    _known = None
