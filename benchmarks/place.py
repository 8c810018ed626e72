"""Where a text is: a real list of addresses, made texts over the demo registries, and the parts of addresses.

* `place_streets`: addresses of two districts (no licence: read where they lie, left out where they are absent). The
  street named by its official name must come first; where an old name or a slip is written, nothing may be sure and
  wrong. Baseline: jieba with the names in its dictionary, the longest name of a street found.
* `place_buildings`, `place_grids`, `place_wrong`, `place_speed`: texts of `_places.Writer`, whose truth is known.
  Baselines on the same texts: longest match of names of estates and the first number after it; and, on a sample,
  the address that rapidfuzz finds most alike. Time is processor time of one core, reading the text included.
* `place_parts`: parts of addresses, learned from 34,125 tagged ones and asked of 7,313 others; strict, micro. No model
  made of that list is shipped. Baseline: longest match of the parts seen in training, each by its commonest kind.
"""

from __future__ import annotations

import csv
import re
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from benchmarks._harness import SHARED, Measured, progress
from benchmarks._places import Text, Writer
from wangge.kit.written import plain
from wangge.registry.places import files, parts, weighing
from wangge.registry.places.found import Found
from wangge.registry.places.gazetteer import Gazetteer

DATA = SHARED / "addresses"
DISTRICTS = ("shizhong", "lixia")
TEXTS, SAMPLE, SEED = 20_000, 300, 20261121


def run() -> list[Measured]:
    book = files.load(DISTRICTS)
    found = made_texts(book)
    if (DATA / "jinan_a.csv").is_file():
        found.append(streets(book))
        found.append(address_parts())
    else:
        progress(f"no data in {DATA}: real addresses and the parts of addresses are left out")
    return found


# --- made texts ---


def made_texts(book: Gazetteer) -> list[Measured]:
    writer = Writer(DISTRICTS, SEED)
    texts = [writer.text() for _ in range(TEXTS)]
    for one in texts[:200]:  # what is made at first use is no part of the speed
        weighing.resolve(plain(one.text), book)
    began = time.process_time()
    answers = [weighing.resolve(plain(one.text), book) for one in texts]
    speed = TEXTS / (time.process_time() - began)
    code = {area.pos: area.code for area in book.areas}
    grid = {row.code: code[row.area_pos] for row in book.buildings}
    street = {area.code: area.name for area in book.areas if area.level == 1}
    told = [(one, answer) for one, answer in zip(texts, answers, strict=True) if one.building]
    right = sum(_code(answer) == one.building for one, answer in told) / len(told)
    in_grid = sum(grid.get(_code(answer), _code(answer)) == one.grid for one, answer in told) / len(told)
    wrong = [(one, answer) for one, answer in zip(texts, answers, strict=True) if _wrong(one, answer, street)]
    for one, answer in wrong[:5]:
        progress(f"wrong and sure: {one.text} → {answer.best.name if answer.best else ''}")
    simple, seconds = longest_match(writer, texts)
    simple_right = sum(said[0] == one.building for one, said in zip(texts, simple, strict=True) if one.building)
    simple_grid = sum(said[0][:15] == one.grid for one, said in zip(texts, simple, strict=True) if one.building)
    simple_wrong = sum(_simply_wrong(one, said[1]) for one, said in zip(texts, simple, strict=True))
    detail = {
        "texts": TEXTS, "telling one building": len(told), "error of calibration": calibration(told),
        "sure": round(sum(a.sure for _, a in told) / len(told), 4),
        "sure and right": round(sum(a.sure and _code(a) == t.building for t, a in told) / max(1, sum(
            a.sure for _, a in told)), 5), "rapidfuzz on a sample": rapidfuzz(writer, told[:SAMPLE]),
        "by trait": by_trait(told),
    }  # fmt: skip
    return [
        Measured("place_buildings", right, simple_right / len(told), 0.95, "share", judged="ours", detail=detail),
        Measured("place_grids", in_grid, simple_grid / len(told), 0.98, "share", judged="ours"),
        Measured(
            "place_wrong", len(wrong) / TEXTS, simple_wrong / TEXTS, 0.001, "share", judged="ours", sense="at_most"
        ),
        Measured("place_speed", speed, TEXTS / seconds, 2000, "texts/s", judged="ours"),
    ]


def _code(answer: Found) -> str:
    return answer.best.code if answer.best is not None else ""


def _wrong(one: Text, answer: Found, street: dict[str, str]) -> bool:
    """Sure of a street that is not the true one, or of anything where nobody can know."""
    if not answer.sure or answer.best is None:
        return False
    return one.asked or (bool(one.street) and street[one.street] not in answer.best.path)


def _simply_wrong(one: Text, street: str) -> bool:
    return bool(street) and (one.asked or (bool(one.street) and street != one.street))


def calibration(told: Sequence[tuple[Text, Found]]) -> float:
    """Expected calibration error over ten bins, of the first candidate being the building."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for one, answer in told:
        if answer.best is not None and answer.best.kind.value == "building":
            bins[min(9, int(answer.best.probability * 10))].append(
                (answer.best.probability, answer.best.code == one.building)
            )
    total = sum(map(len, bins.values()))
    error = sum(abs(sum(p for p, _ in rows) - sum(ok for _, ok in rows)) for rows in bins.values())
    return round(error / max(total, 1), 4)


def by_trait(told: Sequence[tuple[Text, Found]]) -> dict[str, float]:
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for one, answer in told:
        for trait in one.traits or ("plain",):
            count[trait] += 1
            right[trait] += _code(answer) == one.building
    return {trait: round(right[trait] / count[trait], 3) for trait in sorted(count)}


def longest_match(writer: Writer, texts: Sequence[Text]) -> tuple[list[tuple[str, str]], float]:
    """(building, street) by the longest name of an estate cut by jieba's dictionary and the first number after it."""
    import rjieba

    homes: dict[tuple[str, str], str] = {}
    street: dict[str, str] = {}
    for row in writer.homes:
        homes.setdefault((row.estate, row.number), row.code)
        street.setdefault(row.estate, row.street)
    named = {area["name"]: code for code, area in writer.areas.items() if area["level"] == "1"}
    names = sorted([*street, *named], key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, names)))
    number = re.compile(r"(\d+)(?:号楼|号院|#|栋|幢|号|-)")
    answers = []
    began = time.process_time()
    for one in texts:
        text = plain(one.text)
        rjieba.cut(text)
        found = pattern.findall(text)
        estate = max((name for name in found if name in street), key=len, default="")
        told = next((name for name in found if name in named), "")
        after = number.search(text, text.find(estate) + len(estate)) if estate else None
        building = homes.get((estate, after.group(1)), "") if after else ""
        answers.append((building, named.get(told) or street.get(estate, "")))
    return answers, time.process_time() - began


def rapidfuzz(writer: Writer, told: Sequence[tuple[Text, Found]]) -> dict[str, float]:
    from rapidfuzz import fuzz, process

    addresses = {row.code: row.address for row in writer.homes}
    began = time.process_time()
    right = sum(
        process.extractOne(plain(one.text), addresses, scorer=fuzz.partial_ratio)[2] == one.building for one, _ in told
    )
    seconds = time.process_time() - began
    return {"right": round(right / len(told), 3), "texts/s": round(len(told) / seconds, 1)}


# --- real addresses ---


def streets(book: Gazetteer) -> Measured:
    official = {area.name for area in book.areas if area.level == 1}
    with (DATA / "jinan_a.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    counts: Counter[str] = Counter()
    simple = 0
    for row in rows:
        answer = weighing.resolve(plain(row["address"]), book)
        street = answer.best.path[1] if answer.best is not None and len(answer.best.path) > 1 else ""
        if row["town"] in official:
            counts["official"] += 1
            counts["official first"] += street == row["town"]
            counts["official asked"] += not answer.sure
            named = [name for name in official if name in row["address"]]
            simple += max(named, key=len, default="") == row["town"]
        elif row["town"]:
            counts["old or slip"] += 1
            counts["old or slip asked"] += not answer.sure
            if answer.sure:
                progress(f"not by its official name: {row['town']} → {street}")
        else:
            counts["no street named"] += 1
            counts["no street named, asked"] += not answer.sure
    share = counts["official first"] / max(1, counts["official"])
    baseline = simple / max(1, counts["official"])
    return Measured("place_streets", share, baseline, 1.0, "share", judged="ours", detail=dict(counts))


# --- parts ---


def address_parts() -> Measured:
    train = parts.read_examples(DATA / "train.txt.gz")
    dev = parts.read_examples(DATA / "dev.txt.gz")
    began = time.process_time()
    model = parts.learn(train, lambda done, of: progress(f"pass {done} of {of}"))
    seconds = time.process_time() - began
    began = time.process_time()
    said = model.tag([one.tokens for one in dev])
    speed = len(dev) / (time.process_time() - began)
    score = parts.f1([one.tags for one in dev], said)
    detail: dict[str, Any] = {name: round(value, 4) for name, value in score.items()}
    detail |= {"learned in s": round(seconds), "addresses/s": round(speed)}
    baseline = parts.f1([one.tags for one in dev], by_dictionary(train, dev))["f1"]
    return Measured("place_parts", score["f1"], baseline, 0.93, "F1", judged="ours", detail=detail)


def by_dictionary(train: Sequence[parts.Example], dev: Sequence[parts.Example]) -> list[list[str]]:
    """Longest match from the left of parts seen in training, each with its commonest kind."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for one in train:
        for part in parts.spans(one.tags):
            kinds["".join(one.tokens[part.start : part.end])][part.kind] += 1
    known = {text: counts.most_common(1)[0][0] for text, counts in kinds.items()}
    answers = []
    for one in dev:
        tags, i = ["O"] * len(one.tokens), 0
        while i < len(one.tokens):
            ends = range(min(len(one.tokens), i + 12), i, -1)
            end = next((e for e in ends if "".join(one.tokens[i:e]) in known), i)
            if end > i:
                kind = known["".join(one.tokens[i:end])]
                tags[i:end] = [f"B-{kind}", *[f"M-{kind}"] * (end - i - 2), f"E-{kind}"][: end - i]
                if end - i == 1:
                    tags[i] = f"S-{kind}"
            i = max(end, i + 1)
        answers.append(tags)
    return answers
