"""The coming week's requests for each precinct and kind, foretold from the weeks before, against two simple guesses.

Boston's requests of the summer of 2011 (shared data set, read where it lies): 12 whole weeks, about 250 precincts in
wards, the 12 commonest kinds; each of the last six weeks is foretold from those before it. Baselines in the same run:
the same as last week; the mean of the last four weeks. Judged by the mean squared error against the better of the
two, since an expected number is what is asked for (the mean absolute error of counts that are mostly zero is least
when zero is always said).
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import time
from collections import Counter

import numpy as np

from benchmarks._harness import SHARED, Measured
from wangge.intake.forecasting import model

FILE = SHARED / "requests311" / "boston_2011_first30k.csv.gz"
KINDS, WEEKS = 12, 6
FIRST = dt.date(2011, 7, 4)  # a Monday
GOAL = 0.97


def panel() -> tuple[model.Counts, model.Parents]:
    with io.TextIOWrapper(gzip.open(FILE), encoding="utf-8-sig") as file:
        rows = [
            (
                row["ward"].removeprefix("Ward ").lstrip("0"),
                row["precinct"],
                row["reason"],
                (_day(row) - FIRST).days // 7,
            )
            for row in csv.DictReader(file)
            if row["precinct"] and row["ward"]
        ]
    kinds = [kind for kind, _ in Counter(kind for _, _, kind, _ in rows).most_common(KINDS)]
    wards = Counter((precinct, ward) for ward, precinct, _, _ in rows)
    home = {precinct: ward for (precinct, ward), _ in sorted(wards.items(), key=lambda pair: pair[1])}
    places, names = sorted(home), sorted(set(home.values()))
    counts = np.zeros((12, len(places), KINDS))
    at = {name: n for n, name in enumerate(places)}
    for _, precinct, kind, week in rows:
        if 0 <= week < len(counts) and kind in kinds:
            counts[week, at[precinct], kinds.index(kind)] += 1
    return counts, np.array([names.index(home[place]) for place in places], dtype=np.int64)


def _day(row: dict[str, str]) -> dt.date:
    return dt.date.fromisoformat(row["open_dt"][:10])


def run() -> list[Measured]:
    counts, parents = panel()
    started = time.perf_counter()
    found = model.evaluate(counts, parents, WEEKS)
    assert found is not None
    detail = {
        "places": counts.shape[1],
        "kinds": KINDS,
        "weeks": found.weeks,
        "seconds": round(time.perf_counter() - started, 1),
        "coverage_of_80": round(found.coverage, 3),
        "wape": round(found.wape, 3),
        "mae": [round(one, 4) for one in (found.mae, found.last_week_mae, found.four_weeks_mae)],
        "rmse": [round(one, 4) for one in (found.rmse, found.last_week_rmse, found.four_weeks_rmse)],
        "settings": str(model.choose(counts, parents)),
    }
    best = min(found.last_week_rmse, found.four_weeks_rmse)
    return [Measured("forecast", found.rmse**2, best**2, GOAL, "squared error", "ratio", "at_most", detail)]
