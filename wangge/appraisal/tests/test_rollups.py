"""Counts are exact at every moment: before the reckoner came, after it, and when all is counted again."""

from __future__ import annotations

import datetime as dt

from wangge.appraisal.measures import Measure, Vector
from wangge.appraisal.selectors import cells
from wangge.appraisal.services import reckoning
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture

__all__ = ["act", "fresh_memory", "lists", "picture"]
FROM, UNTIL = dt.date(2020, 1, 1), dt.date(2100, 1, 1)


def district_total() -> Vector:
    return cells.totals(start=FROM, end=UNTIL, by="district").get(0, Vector())


def test_a_closed_case_is_counted_before_and_after_the_reckoner(act: Play) -> None:
    act.closed()
    before = district_total()
    assert reckoning.reckon() > 0
    assert reckoning.reckon() == 0
    assert district_total().counts == before.counts
    assert before[Measure.CLOSED] == before[Measure.SUBMITTED] == 1
