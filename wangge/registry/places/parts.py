"""Taking addresses apart by a tagger learned from examples: 山东省 prov, 经十路 road, 8号楼 houseno.

A first-order averaged perceptron with a margin over characters; it needs no library beyond numpy and numba, learns
tens of thousands of addresses in a minute or two, and its model is one file of numbers. The finder does not need it:
see docs/adr/0019.
"""

from __future__ import annotations

import gzip
import itertools
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wangge.kit.errors import Problem

PASSES, MARGIN, SEED = 12, 1.0, 20261121
FEATURES = 29
_SEEN = 2  # a feature met less often is not learned
_KEYS = "省市区县镇乡道办路街巷村庄社号楼栋幢座单元室层户门口院苑园城里弄组队期厦场店站校旁边侧东西南北米"
_NUMERALS = "零一二三四五六七八九十百甲乙丙丁"


class ModelUnreadable(Problem):
    code = "address_model_unreadable"
    status = 422
    title_zh = "地址分析模型无法读取"
    title_en = "The model of address parts cannot be read"


class ExamplesUnreadable(Problem):
    code = "address_examples_unreadable"
    status = 422
    title_zh = "标注文件无法读取"
    title_en = "The tagged examples cannot be read"


class Example(NamedTuple):
    """Characters (or word pieces) of one address and their tags: B-road, M-road, E-road, S-roomno, O."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]


class Part(NamedTuple):
    start: int
    end: int
    kind: str


def read_examples(path: Path, *, tagged: bool = True) -> list[Example]:
    """A token and its tag a line, a blank line between addresses; .gz too. Without tags only the first column."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ExamplesUnreadable(f"{path}：{error}", f"{path}: {error}") from error
    found: list[Example] = []
    tokens: list[str] = []
    tags: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        cells = line.split()
        if not cells:
            if tokens:
                found.append(Example(tuple(tokens), tuple(tags)))
                tokens, tags = [], []
            continue
        if tagged and len(cells) != 2:
            raise ExamplesUnreadable(
                f"{path} 第 {number} 行应为“字 标签”", f"{path} line {number} must be a character and a tag"
            )
        tokens.append(cells[0])
        tags.append(cells[1] if len(cells) > 1 else "O")
    return found


def spans(tags: Sequence[str]) -> list[Part]:
    """Parts that are whole: begun, gone on and ended under one name."""
    found: list[Part] = []
    start, kind = -1, ""
    for i, tag in enumerate(tags):
        mark, _, name = tag.partition("-")
        if mark == "S":
            found.append(Part(i, i + 1, name))
            start = -1
        elif mark == "B":
            start, kind = i, name
        elif mark == "E" and start >= 0 and name == kind:
            found.append(Part(start, i + 1, name))
            start = -1
        elif mark != "M" or name != kind:
            start = -1
    return found


def f1(gold: Iterable[Sequence[str]], said: Iterable[Sequence[str]]) -> dict[str, float]:
    """Strict micro-averages over parts: right only where both ends and the kind are right."""
    right = told = true = 0
    for one, other in zip(gold, said, strict=True):
        a, b = set(spans(one)), set(spans(other))
        right, told, true = right + len(a & b), told + len(b), true + len(a)
    precision, recall = right / max(told, 1), right / max(true, 1)
    return {"precision": precision, "recall": recall, "f1": 2 * right / max(told + true, 1)}


# --- features ---


def _shape(token: str) -> str:
    bare = token.removeprefix("##")
    if bare.isdigit():
        return f"d{min(len(bare), 4)}"
    if bare.isascii():
        return "a" if bare.isalpha() else "x" if bare.isalnum() else "p"
    return "n" if bare in _NUMERALS else "k" if bare in _KEYS else "c" if bare.isalpha() else "p"


Lexicon = dict[str, str]
"""Parts seen more than once, and the kind they mostly were."""
_LONGEST_PART = 12


def _lexicon(examples: Sequence[Example]) -> Lexicon:
    counts: dict[str, Counter[str]] = {}
    for one in examples:
        for part in spans(one.tags):
            if part.end - part.start > 1:
                counts.setdefault("".join(one.tokens[part.start : part.end]), Counter())[part.kind] += 1
    return {text: kinds.most_common(1)[0][0] for text, kinds in counts.items() if sum(kinds.values()) > 2}


def _known(tokens: Sequence[str], lexicon: Lexicon) -> list[str]:
    """For each token the longest known part that covers it: its kind and the token's place in it."""
    found = ["-"] * len(tokens)
    reach = [0] * len(tokens)
    for start in range(len(tokens)):
        for end in range(min(len(tokens), start + _LONGEST_PART), start + 1, -1):
            kind = lexicon.get("".join(tokens[start:end]))
            if kind is not None:
                for i in range(start, end):
                    if end - start > reach[i]:
                        reach[i] = end - start
                        mark = "B" if i == start else "E" if i == end - 1 else "M"
                        found[i] = f"{mark}{kind}"
                break
    return found


def _features(tokens: Sequence[str], lexicon: Lexicon) -> list[list[str]]:
    length = len(tokens)
    low = ["<", "<", "<", *(t.lower() for t in tokens), ">", ">", ">"]
    shape = ["<", "<", "<", *(_shape(t) for t in low[3:-3]), ">", ">", ">"]
    known = ["<", *_known(tokens, lexicon), ">"]
    ahead = _ahead(low[3:-3])
    found = []
    for i in range(length):
        a3, a2, a1, c, b1, b2, b3 = low[i : i + 7]
        s3, s2, s1, s, t1, t2, t3 = shape[i : i + 7]
        k1, k, l1 = known[i : i + 3]
        found.append(
            [
                f"0{c}", f"1{a1}", f"2{b1}", f"3{a2}", f"4{b2}", f"5{a1}{c}", f"6{c}{b1}", f"7{a2}{a1}", f"8{b1}{b2}",
                f"9{a1}{c}{b1}", f"A{a2}{a1}{c}", f"B{c}{b1}{b2}", f"C{s1}{s}{t1}", f"D{s2}{s1}{s}{t1}{t2}",
                f"E{s3}{s2}{s1}{s}", f"F{s}{t1}{t2}{t3}", f"G{a3}{a2}{a1}{c}", f"H{c}{b1}{b2}{b3}", f"I{ahead[i]}",
                f"J{c}{ahead[i]}", f"K{k}", f"L{k1}{k}", f"M{k}{l1}", f"N{c}{k}", f"O{min(i, 12)}", f"P{s}{ahead[i]}",
                f"Q{a1}{b1}", f"R{a2}{a1}{c}{b1}{b2}", f"S{k1}{k}{l1}{s}",
            ]
        )  # fmt: skip
    return found


def _ahead(tokens: Sequence[str]) -> list[str]:
    """The next two signs that end parts, and how far the first is."""
    found = [""] * len(tokens)
    first, second, where = "$", "$", len(tokens)
    for i in range(len(tokens) - 1, -1, -1):
        if tokens[i] in _KEYS:
            if where != i + 1:
                second = first
            first, where = tokens[i], i
        found[i] = f"{first}{min(where - i, 6)}{second}"
    return found


# --- the model ---


@dataclass(frozen=True)
class PartModel:
    labels: tuple[str, ...]
    features: dict[str, int]
    lexicon: Lexicon
    weights: npt.NDArray[np.float32]
    joins: npt.NDArray[np.float32]

    def tag(self, texts: Sequence[Sequence[str]]) -> list[list[str]]:
        """The tags of each text given as characters."""
        from wangge.registry.places import tagging

        starts, rows = _rows([tuple(one) for one in texts], self.features, self.lexicon)
        out = np.zeros(len(rows), np.int32)
        may, first = _allowed(self.labels)
        if len(rows):
            tagging.decode_all(starts, rows, self.weights, self.joins, may, first, out)
        return [[self.labels[label] for label in out[a:b]] for a, b in itertools.pairwise(starts)]

    def parts(self, address: str) -> list[Part]:
        return spans(self.tag([list(address)])[0]) if address else []

    def save(self, path: Path) -> None:
        keep = np.flatnonzero(self.weights.any(axis=1))
        names = sorted(self.features, key=self.features.__getitem__)
        described = {"labels": self.labels, "features": [names[row] for row in keep], "lexicon": self.lexicon}
        with path.open("wb") as stream:
            np.savez_compressed(
                stream, weights=self.weights[keep].astype(np.float16), joins=self.joins,
                about=np.frombuffer(json.dumps(described, ensure_ascii=False).encode(), np.uint8),
            )  # fmt: skip


def load(path: Path) -> PartModel:
    try:
        with np.load(path, allow_pickle=False) as kept:
            about = json.loads(kept["about"].tobytes())
            weights, joins = kept["weights"].astype(np.float32), kept["joins"].astype(np.float32)
        features = {name: row for row, name in enumerate(about["features"])}
        model = PartModel(tuple(about["labels"]), features, about["lexicon"], weights, joins)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ModelUnreadable(f"{path} 不是地址切分模型，或已损坏", f"{path} is no model of address parts") from error
    if weights.shape != (len(features), len(model.labels)) or joins.shape != (len(model.labels),) * 2:
        raise ModelUnreadable
    return model


def learn(examples: Sequence[Example], tell: Callable[[int, int], None] = lambda done, of: None) -> PartModel:
    """A model of these examples; the same examples make the same model."""
    from wangge.registry.places import tagging

    if not examples:
        raise ExamplesUnreadable("标注文件是空的", "there are no tagged examples")
    labels = tuple(sorted({tag for one in examples for tag in one.tags}))
    number = {label: i for i, label in enumerate(labels)}
    lexicon = _lexicon(examples)
    counts: Counter[str] = Counter()
    for one in examples:
        for features in _features(one.tokens, lexicon):
            counts.update(features)
    kept = {name: row for row, name in enumerate(n for n, count in counts.items() if count >= _SEEN)}
    starts, rows = _rows([one.tokens for one in examples], kept, lexicon)
    gold = np.array([number[tag] for one in examples for tag in one.tags], np.int32)
    weights = np.zeros((len(kept), len(labels)), np.float32)
    sums = np.zeros_like(weights)
    joins = np.zeros((len(labels), len(labels)), np.float32)
    join_sums = np.zeros_like(joins)
    may, first = _allowed(labels)
    chance, step = np.random.default_rng(SEED), 1.0
    for turn in range(PASSES):
        order = chance.permutation(len(examples)).astype(np.int32)
        step, _ = tagging.learn_once(
            order, starts, rows, gold, weights, sums, joins, join_sums, may, first, MARGIN, step
        )  # fmt: skip
        tell(turn + 1, PASSES)
    weights -= sums / np.float32(step)
    joins -= join_sums / np.float32(step)
    return PartModel(labels, kept, lexicon, weights, joins)


def _rows(
    texts: Sequence[tuple[str, ...]], known: dict[str, int], lexicon: Lexicon
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    starts = np.cumsum([0, *(len(one) for one in texts)]).astype(np.int32)
    rows = np.full((int(starts[-1]), FEATURES), -1, np.int32)
    at = 0
    for one in texts:
        for features in _features(one, lexicon):
            rows[at] = [known.get(name, -1) for name in features]
            at += 1
    return starts, rows


def _allowed(labels: Sequence[str]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which label may follow which, and which may come first: a part goes on under its own name until it ends."""
    may = np.zeros((len(labels), len(labels)), np.bool_)
    for i, one in enumerate(labels):
        mark, _, kind = one.partition("-")
        for j, other in enumerate(labels):
            next_mark, _, next_kind = other.partition("-")
            inside = next_mark in "ME" and next_mark != ""
            may[i, j] = (mark in "BM" and inside and kind == next_kind) or (mark not in "BM" and not inside)
    first = np.array([label.partition("-")[0] not in ("M", "E") for label in labels], np.bool_)
    return may, first
