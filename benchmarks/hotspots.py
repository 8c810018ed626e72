"""Hot spots of a year's stream of messages: how long it takes, and whether they stay when a fifth is taken away.

Each of the hottest ten is looked for among the hot spots of five samples of 80 %: the Jaccard index of its members in
the sample and of the group most like it. Beside it the same for groups by k-means over TF-IDF, with as many groups.
The stream is read where it lies (WANGGE_TEST_SHARED); nothing of its text is kept.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from benchmarks._harness import SHARED, Measured, progress
from wangge.intake.clusters import sheets, spots
from wangge.intake.clusters.pairs import FEATURES
from wangge.intake.clusters.rules import HotSpotRules
from wangge.intake.clusters.sheets import Sheet
from wangge.intake.clusters.spots import Item
from wangge.intake.clusters.weights import START
from wangge.kit import tables

STREAM = SHARED / "messages" / "stream_4326.csv.gz"
TOP, SAMPLES, SHARE = 10, 5, 0.8
SECONDS, JACCARD = 30.0, 0.8
WEIGHTS = [START[name] for name in FEATURES]
Groups = list[set[int]]


def read() -> Sheet:
    table = tables.read_table(STREAM, STREAM.name)
    return sheets.sheet(table.columns, table.rows, sheets.columns(table.columns))


def run() -> list[Measured]:
    began = time.perf_counter()
    sheet = read()
    found = spots.find(sheet.items, HotSpotRules(), WEIGHTS)
    seconds = time.perf_counter() - began
    for rank, spot in enumerate(found[:TOP], 1):
        progress(f"{rank:2} {spot.heat:5.1f} {len(spot.members):3} matters {spot.people:3} people  {spot.title}")
    ours = _stable(sheet.items, _ours)
    theirs = _stable(sheet.items, _kmeans)
    return [
        Measured(
            claim="hotspots_seconds", ours=seconds, baseline=SECONDS, goal=SECONDS, unit="s", judged="ours",
            sense="at_most", detail={"messages": len(sheet.items), "hot_spots": len(found)},
        ),
        Measured(
            claim="hotspots_stable", ours=sum(ours) / len(ours), baseline=sum(theirs) / len(theirs), goal=JACCARD,
            unit="mean Jaccard of the top ten", judged="ours",
            detail={"samples": SAMPLES, "share": SHARE, "least_of_a_spot": round(min(ours), 3), "baseline": "k-means"},
        ),
    ]  # fmt: skip


def _ours(items: Sequence[Item]) -> Groups:
    return [set(spot.members) for spot in spots.find(items, HotSpotRules(), WEIGHTS)]


def _kmeans(items: Sequence[Item]) -> Groups:
    """The largest first; as many groups as there are fives of messages a group has on average ten."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), min_df=2, sublinear_tf=True)
    matrix = texts.fit_transform(item.matter.read.text for item in items)
    labels = MiniBatchKMeans(n_clusters=len(items) // 10, random_state=0, n_init=1).fit_predict(matrix)
    groups: dict[int, set[int]] = {}
    for at, label in enumerate(labels.tolist()):
        groups.setdefault(label, set()).add(at)
    return sorted(groups.values(), key=lambda group: -len(group))


def _stable(items: Sequence[Item], grouped: Callable[[Sequence[Item]], Groups]) -> list[float]:
    """One figure for each of the top ten: its mean over the samples."""
    top = grouped(items)[:TOP]
    found = [[0.0] * SAMPLES for _ in top]
    for sample in range(SAMPLES):
        kept = sorted(random.Random(sample).sample(range(len(items)), int(SHARE * len(items))))
        there = set(kept)
        again = [{kept[member] for member in group} for group in grouped([items[at] for at in kept])]
        for at, group in enumerate(top):
            left = group & there
            found[at][sample] = max((len(left & one) / len(left | one) for one in again), default=0.0)
    return [sum(values) / SAMPLES for values in found]
