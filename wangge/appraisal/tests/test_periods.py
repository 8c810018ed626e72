"""What counts as which month, week or quarter, and what is no period."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.appraisal import periods
from wangge.appraisal.periods import BadPeriod, PeriodKind


@pytest.mark.parametrize(
    ("text", "start", "end", "before"),
    [
        ("2026-10-05", "2026-10-05", "2026-10-06", "2026-10-04"),
        ("2026-W01", "2025-12-29", "2026-01-05", "2025-W52"),
        ("2026-10", "2026-10-01", "2026-11-01", "2026-09"),
        ("2026-01", "2026-01-01", "2026-02-01", "2025-12"),
        ("2026-Q4", "2026-10-01", "2027-01-01", "2026-Q3"),
        ("2026", "2026-01-01", "2027-01-01", "2025"),
        ("2026-10-01..2026-10-15", "2026-10-01", "2026-10-16", "2026-09-16..2026-09-30"),
    ],
)
def test_a_period_starts_and_ends(text, start, end, before):
    period = periods.parse(text)

    assert (str(period.start), str(period.end)) == (start, end)
    assert period.text == text
    assert period.before().text == before
    assert period.label


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2026-W54", "2026-Q5", "2026-02-30", "26-10", "２０２６-10", "2026-10-05..2026-10-01", "0000",
     "2026-10..2026-11", "1900-01-01..2999-01-01", "now", "..", "9999-W53"],
)  # fmt: skip
def test_what_is_no_period_is_refused(text):
    with pytest.raises(BadPeriod):
        periods.parse(text)


@given(
    st.sampled_from([k for k in PeriodKind if k is not PeriodKind.SPAN]),
    st.dates(min_value=periods.dt.date(1992, 1, 1), max_value=periods.dt.date(2900, 1, 1)),
)
def test_a_day_lies_in_its_period_and_periods_leave_no_gap(kind, day):
    period = periods.containing(kind, day)

    assert period.start <= day < period.end
    assert period.before().end == period.start
    assert periods.parse(period.text) == period
