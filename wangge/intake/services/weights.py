"""What people decided about pairs teaches the weights: fitted anew, tried, and used only where they are no worse."""

from __future__ import annotations

import math
from datetime import datetime

from wangge.intake.clusters import pairs
from wangge.intake.clusters.fitting import Examples, fit, loss
from wangge.intake.models.sameness import SameDecision, SameWeights, Trace
from wangge.intake.selectors.rules import forget, known
from wangge.intake.selectors.sameness import read_of
from wangge.kit import clock

LEAST, READ_DECISIONS, READ_TRACES = 30, 5_000, 20_000
COUNTED = 30_000  # words whose rarity is kept
KEPT_VERSIONS = 10
_WITHHELD = 5  # every fifth decision is kept from the fit, to try it on


def learn(*, at: datetime | None = None) -> SameWeights | None:
    """A new version: how rare words are now, with weights learned from decisions where there are enough of them."""
    now, used = at or clock.now(), known()
    newest = Trace.objects.order_by("-at")[:READ_TRACES]
    rare = pairs.rarity((read_of(trace) for trace in newest), least=3)
    if rare.total < 2:
        return None
    weights, figures = _taught(used.weights)
    common = sorted(rare.counts.items(), key=lambda item: (-item[1], item[0]))[:COUNTED]
    last = SameWeights.objects.order_by("-version").values_list("version", flat=True).first() or 0
    row = SameWeights.objects.create(
        version=last + 1, weights=list(weights), total=rare.total, counts=dict(common), figures=figures, made_at=now
    )
    SameWeights.objects.filter(version__lte=row.version - KEPT_VERSIONS).delete()
    forget()
    return row


def learn_first() -> SameWeights | None:
    """On the first day: until words are counted here, those of every second matter seem as telling as a name."""
    return learn() if not SameWeights.objects.exists() else None


def _taught(before: tuple[float, ...]) -> tuple[tuple[float, ...], dict[str, float | int | bool]]:
    """A rule that merged proves nothing about itself, so only people's words count; the last on each pair."""
    rows = SameDecision.objects.filter(by_rule=False).order_by("-at", "-id")[:READ_DECISIONS]
    last: dict[tuple[str, str], SameDecision] = {}
    for row in rows:
        if len(row.features) == len(pairs.FEATURES):
            last.setdefault((str(row.case_id), str(row.other_id)), row)
    held = list(last.values())
    alike = sum(row.same for row in held)
    figures: dict[str, float | int | bool] = {"decisions": len(held), "same": alike, "taught": False}
    if len(held) < LEAST or not 0 < alike < len(held):
        return before, figures
    apart = Examples([row.features for row in held[::_WITHHELD]], [row.same for row in held[::_WITHHELD]])
    rest = [row for at, row in enumerate(held) if at % _WITHHELD]
    after = fit(Examples([row.features for row in rest], [row.same for row in rest]), before)
    figures |= {"loss_before": round(loss(apart, before), 4), "loss_after": round(loss(apart, after), 4)}
    better = math.isfinite(loss(apart, after)) and loss(apart, after) <= loss(apart, before)
    return (after if better else before), figures | {"taught": better}
