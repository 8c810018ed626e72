"""Uses within a window are granted up to the limit, each key for itself."""

from __future__ import annotations

from itertools import count

from wangge.kit import pace
from wangge.kit.pace import Pace, Refused


def test_the_window_slides_and_a_refusal_does_not_lengthen_it() -> None:
    now = [0.0]
    uses = Pace(60, now=lambda: now[0])
    assert uses.use("a", 2) is None
    now[0] = 10
    assert uses.use("a", 2) is None
    assert uses.use("a", 2) == Refused(wait=50, news=True)
    now[0] = 59
    assert uses.use("a", 2) == Refused(wait=1, news=False)
    assert uses.use("b", 2) is None
    now[0] = 60
    assert uses.use("a", 2) is None
    assert uses.use("a", 2) == Refused(wait=10, news=False)
    now[0] = 75
    assert uses.use("a", 2) is None
    assert uses.use("a", 2) == Refused(wait=45, news=True)


def test_what_is_remembered_does_not_grow_without_end() -> None:
    ticks = count()
    uses = Pace(10, now=lambda: next(ticks))
    for key in range(3 * pace._MOST_KEPT):
        uses.use(key, 1)
    assert len(uses._uses) <= pace._MOST_KEPT
