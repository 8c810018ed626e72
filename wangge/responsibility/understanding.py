"""What a text is about: categories by the words they are known for.

A category is known by its name, its keywords and the names above it. A word that few categories share says more, a
longer word says more, and what stands in the first line says more than what follows. Nothing is learnt: it works on
the first day, and says which words it heard.
"""

from __future__ import annotations

import math
import operator
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import rjieba

from wangge.kit.text import fold
from wangge.responsibility.models import Category, CategoryKind

SURE = 0.5
"""Below this score the matter is unknown and a person decides."""

MOST = 5
_READ = 2000  # characters; what comes later rarely names the matter
_SUBJECT = 2.0  # how much more the subject line says
_LOUDEST = 4  # words that count for a category: long texts would otherwise speak for everything
_KEYWORD, _NAME, _PART, _PARENT = 1.0, 1.0, 0.35, 0.15
_COMPONENT = 0.8
_FULL = 6.0  # evidence at which a text is taken as plain
# Words of asking rather than of a matter: they decide only where nothing else is said.
_ASKING = frozenset(
    {"希望", "请求", "建议", "咨询", "请问", "如何", "什么", "需要", "怎么", "条件", "政策", "严重", "没有", "处理"}
    | {"办理", "回复", "举报", "投诉", "呼吁", "标准", "使用", "领导", "政府", "解决"}
)
_ASKING_SAYS = 0.15
_EMPTY = frozenset(
    {"问题", "情况", "其他", "相关", "管理", "事项", "行为", "设施", "服务", "工作", "要求", "反映", "投诉", "建议"}
    | {"咨询", "城市", "公共", "小区", "社区", "街道", "有关"}
)


@dataclass(frozen=True)
class Understood:
    """A category, how surely (0 to 1), and the words that spoke for it, the weightiest first."""

    category: Category
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """`terms[first two characters]` → (term, ((category's code, weight), …)), longest first.

    By code, not by id: a UUID is slow to hash, and a text asks hundreds of times.
    """

    terms: dict[str, tuple[tuple[str, tuple[tuple[str, float], ...]], ...]]
    categories: dict[str, Category]


def vocabulary(categories: dict[UUID, Category]) -> Vocabulary:
    leaves = {c.code: c for c in categories.values() if c.leaf and c.active}
    spoken: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for code, category in leaves.items():
        # A report says what is the matter with a thing: where both are known, the matter is meant, not the component.
        stress = _COMPONENT if category.kind == CategoryKind.COMPONENT else 1.0
        for term, share in _terms(category, categories):
            spoken[term][code] = max(share * stress, spoken[term].get(code, 0.0))
    buckets: defaultdict[str, list[tuple[str, tuple[tuple[str, float], ...]]]] = defaultdict(list)
    for term, owners in spoken.items():
        rarity = math.log(1 + len(leaves) / len(owners)) / math.log(1 + max(len(leaves), 2))
        length = min(len(term), 6) ** 0.5
        says = 4.0 * rarity * length / 2**0.5 * (_ASKING_SAYS if term in _ASKING else 1.0)
        weights = tuple((code, says * share) for code, share in owners.items())
        buckets[term[:2]].append((term, weights))
    for bucket in buckets.values():
        bucket.sort(key=lambda item: -len(item[0]))
    return Vocabulary({start: tuple(bucket) for start, bucket in buckets.items()}, leaves)


def _terms(category: Category, categories: dict[UUID, Category]) -> Iterable[tuple[str, float]]:
    name = fold(category.name)
    if len(name) > 1:
        yield name, _NAME
    for keyword in category.keywords:
        folded = fold(keyword)
        if len(folded) > 1:
            yield folded, _KEYWORD
            yield from _parts(folded)
    yield from _parts(name)
    parent = categories.get(category.parent_id) if category.parent_id else None
    if parent is not None:
        for part, _ in _parts(fold(parent.name)):
            yield part, _PARENT


def _parts(term: str) -> Iterable[tuple[str, float]]:
    for word in rjieba.cut(term):
        if 1 < len(word) < len(term) and word not in _EMPTY:
            yield word, _PART


def understand(known: Vocabulary, subject: str, rest: str = "") -> list[Understood]:
    """Categories the text may be about, best first."""
    head = fold(subject[:_READ])
    text = head + "\n" + fold(rest[:_READ])
    said: dict[str, float] = {}  # each term once, as loudly as it is said anywhere
    owners_of: dict[str, tuple[tuple[str, float], ...]] = {}
    covered = 0  # a term within a longer one already heard adds nothing
    terms = known.terms
    pairs = map(operator.add, text, text[1:])
    for position in [position for position, pair in enumerate(pairs) if pair in terms]:
        for term, owners in terms[text[position : position + 2]]:
            if text.startswith(term, position):
                if position + len(term) > covered:
                    stress = _SUBJECT if position < len(head) else 1.0
                    said[term] = max(said.get(term, 0.0), stress)
                    owners_of[term] = owners
                    covered = position + len(term)
                break
    heard: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for term, stress in said.items():
        for code, weight in owners_of[term]:
            heard[code].append((weight * stress, term))
    return _ranked(known, heard)


def _loudness(words: list[tuple[float, str]]) -> float:
    """Of most categories a text holds one word."""
    if len(words) == 1:
        return words[0][0]
    loudest = words if len(words) <= _LOUDEST else sorted(words)[-_LOUDEST:]
    return sum(says for says, _ in loudest)


def _ranked(known: Vocabulary, heard: dict[str, list[tuple[float, str]]]) -> list[Understood]:
    totals = sorted([(-_loudness(words), code) for code, words in heard.items()])
    if not totals:
        return []
    best, first = -totals[0][0], totals[0][1]
    # Categories that heard the very same words are the same matter under two headings, not a doubt.
    same = {term for _, term in heard[first]}
    second = next((-total for total, code in totals[1:] if {term for _, term in heard[code]} != same), 0.0)
    clear = 0.4 + 0.6 * (best - second) / best
    found = []
    for negative, code in totals[:MOST]:
        total = -negative
        score = min(1.0, total / _FULL) * clear * (total / best)
        words = [term for _, term in sorted(heard[code], key=lambda word: -word[0])]
        found.append(Understood(known.categories[code], round(score, 3), tuple(words)))
    return found
