"""Whether a score tells a reply to its own matter from replies to others: the area under the curve, against cosine.

Messages and their real replies of the shared data set (read where it lies); each message beside its own reply, and
beside five replies to others drawn with a fixed seed. Baseline in the same run: TF-IDF of jieba words, cosine.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import statistics
import time

from benchmarks._harness import SHARED, Measured, progress
from wangge.intake.answering import advice, relevance, stock
from wangge.intake.answering.sentences import Background, background

FILE = SHARED / "messages" / "replies_a.csv.gz"
FOREIGN = 5
GOAL = 0.95
Row = tuple[str, str, str]


def rows() -> list[Row]:
    with io.TextIOWrapper(gzip.open(FILE), encoding="utf-8-sig") as file:
        return [(row["留言主题"], row["留言详情"], row["答复意见"]) for row in csv.DictReader(file)]


def run() -> list[Measured]:
    found = rows()
    chance = random.Random(6)
    pairs = [(n, n) for n in range(len(found))]
    for _ in range(FOREIGN):
        order = list(range(len(found)))
        chance.shuffle(order)
        pairs += [(n, other) for n, other in enumerate(order) if n != other]
    own = [n == other for n, other in pairs]
    known = _known(found)
    started = time.perf_counter()
    ours = [relevance.likeness(found[n][0], found[n][1], found[other][2], known) for n, other in pairs]
    taken = time.perf_counter() - started
    reached, theirs = _auc(ours, own), _auc(_cosine(found, pairs), own)
    detail = {"pairs": len(found), "foreign": len(pairs) - len(found), "pairs_per_s": round(len(pairs) / taken)}
    return [Measured("replies", reached, theirs, GOAL, "AUC", "ours", "at_least", detail | _told(found, ours, own))]


def _known(found: list[Row]) -> Background:
    return background([f"{title}\n{text}" for title, text, _ in found], [reply for _, _, reply in found])


def _told(found: list[Row], ours: list[float], own: list[bool]) -> dict[str, object]:
    true = [value for value, mine in zip(ours, own, strict=True) if mine]
    false = [value for value, mine in zip(ours, own, strict=True) if not mine]
    hollow = [reply for _, _, reply in found if stock.hollow(reply)]
    earlier: list[stock.Earlier] = []
    copies = 0
    for title, _, reply in found:
        made = stock.Earlier(stock.sketch(reply), stock.matter_sketch(title))
        copies += stock.copied(made.sketch, made.matter, earlier).likeness >= stock.SAME
        earlier.append(made)
    known = _known(found)
    started = time.perf_counter()
    for title, text, reply in found[:100]:
        advice.advise(title=title, description=text, reply=reply, known=known, earlier=earlier[:300])
    progress(f"advice: {(time.perf_counter() - started) * 10:.1f} ms each")
    return {
        "median_true": round(statistics.median(true), 3),
        "median_foreign": round(statistics.median(false), 3),
        "true_below_threshold": round(sum(value < relevance.ENOUGH for value in true) / len(true), 3),
        "foreign_above_threshold": round(sum(value >= relevance.ENOUGH for value in false) / len(false), 3),
        "quantiles_true": [round(one, 3) for one in statistics.quantiles(true, n=20)[:6]],
        "quantiles_foreign": [round(one, 3) for one in statistics.quantiles(false, n=20)[-6:]],
        "hollow": len(hollow),
        "copied": copies,
    }


def _cosine(found: list[Row], pairs: list[tuple[int, int]]) -> list[float]:
    import rjieba
    from sklearn.feature_extraction.text import TfidfVectorizer

    maker = TfidfVectorizer(analyzer=lambda text: [one for one in rjieba.cut(text) if len(one) > 1])
    made = maker.fit_transform([f"{t}。{d}" for t, d, _ in found] + [reply for _, _, reply in found])
    left, right = made[[n for n, _ in pairs]], made[[len(found) + other for _, other in pairs]]
    return [float(value) for value in left.multiply(right).sum(axis=1).A1]


def _auc(scores: list[float], own: list[bool]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(own, scores))
