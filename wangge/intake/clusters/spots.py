"""Many matters about one thing at one place: neighbours, links that hold, groups that do not chain."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from wangge.intake.clusters import heat, pairs, reading, titles
from wangge.intake.clusters.pairs import FEATURES, Matter, Rarity
from wangge.intake.clusters.rules import HotSpotRules

NEIGHBOURS = 30
_ALIKE = 0.12  # cosine below which two texts are not looked at together
LINK = 0.65  # how likely two are one matter, time and reporter left aside
MOST_OF_ONE = 3  # matters of one reporter that make a spot hotter
_LINKS = 3  # that two groups must have to become one
_BLOCK = 1_000
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Item:
    matter: Matter
    title: str
    likes: int = 0
    dislikes: int = 0
    severity: float = 0.0
    shown: bool = True  # whoever sees the spot may read its title


@dataclass(frozen=True, slots=True)
class Spot:
    """`members` are positions in what was given, in order of time."""

    members: tuple[int, ...]
    title: str
    place: str
    heat: float
    parts: dict[str, float]
    people: int
    likes: int
    dislikes: int
    first_at: datetime | None
    last_at: datetime | None


def find(
    items: Sequence[Item], rules: HotSpotRules, weights: Sequence[float], *, tell: Progress | None = None
) -> list[Spot]:
    """The hottest first. Fewer matters or people than the rules ask for are no hot spot."""
    if len(items) < rules.least:
        return []
    rare = pairs.rarity([one.matter.read for one in items])
    edges = _edges(items, rare, _timeless(weights), tell)
    groups = _merged(_grouped(len(items), edges), items, rare)
    found = [_spot(group, items, rare, rules) for group in groups if len(group) >= rules.least]
    found = [one for one in found if one.people >= min(rules.people, len(one.members))]
    return sorted(found, key=lambda one: (-one.heat, -len(one.members), one.members))


def _timeless(weights: Sequence[float]) -> tuple[float, ...]:
    """A hot spot goes on for months and has many voices: neither time nor reporter makes or breaks it."""
    return tuple(0.0 if name in ("gap", "person") else weight for name, weight in zip(FEATURES, weights, strict=True))


def _edges(
    items: Sequence[Item], rare: Rarity, weights: Sequence[float], tell: Progress | None
) -> list[tuple[float, int, int]]:
    alike = neighbours([one.matter.read for one in items], rare)
    found = []
    for done, (one, other) in enumerate(alike):
        chance = pairs.probability(pairs.compare(items[one].matter, items[other].matter, rare).features, weights)
        if chance >= LINK:
            found.append((chance, one, other))
        if tell is not None and done % 2_000 == 0:
            tell(done / len(alike))
    return sorted(found, key=lambda edge: (-edge[0], edge[1], edge[2]))


def neighbours(reads: Sequence[reading.Reading], rare: Rarity) -> list[tuple[int, int]]:
    """Each with those most like it, by the words and names they share."""
    import numpy as np
    from scipy import sparse

    columns: dict[str, int] = {}
    data, at, ends = [], [], [0]
    for read in reads:
        row: dict[int, float] = {}
        for word in sorted(read.terms):
            row[columns.setdefault(word, len(columns))] = rare.of(word) ** 2 * (2.0 if word in read.title else 1.0)
        for place in read.places:
            core = "@" + reading.core(place)
            row[columns.setdefault(core, len(columns))] = 2.0 * rare.of(core)
        norm = math.sqrt(sum(value * value for value in row.values())) or 1.0
        at += list(row)
        data += [value / norm for value in row.values()]
        ends.append(len(at))
    matrix = sparse.csr_matrix((data, at, ends), shape=(len(reads), max(1, len(columns))))
    other = matrix.T.tocsc()
    found: set[tuple[int, int]] = set()
    for start in range(0, len(reads), _BLOCK):
        block = (matrix[start : start + _BLOCK] @ other).tocsr()
        for line in range(block.shape[0]):
            span = slice(block.indptr[line], block.indptr[line + 1])
            near, value = block.indices[span], block.data[span]
            order = np.lexsort((near, -value))[: NEIGHBOURS + 1]
            mine = start + line
            found.update(
                (min(mine, int(near[n])), max(mine, int(near[n])))
                for n in order
                if value[n] >= _ALIKE and near[n] != mine
            )
    return sorted(found)


def _grouped(count: int, edges: Iterable[tuple[float, int, int]]) -> list[list[int]]:
    """The likeliest links first; groups join only by several links, so that one odd pair does not chain two matters."""
    group = list(range(count))
    members: dict[int, list[int]] = {one: [one] for one in range(count)}
    links: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for _, one, other in edges:
        a, b = group[one], group[other]
        if a == b:
            continue
        links[a][b] += 1
        links[b][a] += 1
        if links[a][b] >= min(_LINKS, len(members[a]), len(members[b])):
            _join(a, b, group, members, links)
    return list(members.values())


def _join(
    a: int, b: int, group: list[int], members: dict[int, list[int]], links: defaultdict[int, Counter[int]]
) -> None:
    if len(members[a]) < len(members[b]):
        a, b = b, a
    for one in members[b]:
        group[one] = a
    members[a] += members.pop(b)
    for other, count in links.pop(b, Counter[int]()).items():
        if other != a:
            links[a][other] += count
            links[other][a] += count
            del links[other][b]
    links[a].pop(b, None)


_HELD_BY = 0.3  # of the members: what a group speaks of
_SAME_GROUP = 0.5


def _merged(groups: list[list[int]], items: Sequence[Item], rare: Rarity) -> list[list[int]]:
    """Groups of one place that speak of one thing are one."""
    found: list[list[int]] = []
    of_place: defaultdict[str, list[tuple[int, dict[str, float]]]] = defaultdict(list)
    for group in sorted(groups, key=lambda one: (-len(one), min(one))):
        if len(group) < 2:
            continue
        core = reading.core(place_of(group, items, rare))
        spoken = _spoken(group, items, rare, core)
        into = next((at for at, theirs in of_place[core] if core and _overlap(spoken, theirs) >= _SAME_GROUP), None)
        if into is None:
            of_place[core].append((len(found), spoken))
            found.append(sorted(group))
        else:
            found[into] = sorted(found[into] + group)
    return found


def _spoken(group: Sequence[int], items: Sequence[Item], rare: Rarity, core: str) -> dict[str, float]:
    """Of the matter, so without the words of the place."""
    counts = Counter(word for one in group for word in items[one].matter.read.terms if word not in core)
    return {
        word: rare.of(word) ** 2 * count / len(group)
        for word, count in counts.items()
        if count >= max(2, _HELD_BY * len(group))
    }


def _overlap(ours: dict[str, float], theirs: dict[str, float]) -> float:
    shared = sum(min(ours[word], theirs[word]) for word in ours.keys() & theirs.keys())
    return shared / max(1e-9, min(sum(ours.values()), sum(theirs.values())))


def place_of(group: Sequence[int], items: Sequence[Item], rare: Rarity) -> str:
    """The name that most members say, the more telling of two; empty where less than a third agree.

    One that stands in hardly any title was carried along in a text that was copied.
    """
    cores: Counter[str] = Counter()
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in group:
        read = items[one].matter.read
        cores.update({reading.core(place) for place in read.places})
        for place in read.places:
            names[reading.core(place)][place] += 1
    heads = [items[one].matter.read.text.partition("|")[0] for one in group]
    titled = {core: sum(core in head for head in heads) for core, count in cores.items() if count >= len(group) / 3}
    fit = [core for core, count in titled.items() if count >= max(1, len(group) / 5) and cores[core] >= 2]
    if not fit:
        return ""
    best = max(fit, key=lambda core: (cores[core] * rare.of("@" + core), len(core), core))
    return max(names[best], key=lambda name: (names[best][name], name))


def _spot(group: Sequence[int], items: Sequence[Item], rare: Rarity, rules: HotSpotRules) -> Spot:
    ordered = sorted(group, key=lambda one: (_stamp(items[one].matter.at), one))
    place = place_of(group, items, rare)
    held = [items[one] for one in ordered]
    voices = Counter(one.matter.person or f"#{at}" for at, one in zip(ordered, held, strict=True))
    times = [one.matter.at for one in held if one.matter.at is not None]
    likes, dislikes = sum(one.likes for one in held), sum(one.dislikes for one in held)
    parts = heat.parts(
        count=sum(min(count, MOST_OF_ONE) for count in voices.values()), people=len(voices), times=times,
        likes=likes, dislikes=dislikes,
        severity=[one.severity for one in held],
    )  # fmt: skip
    told = [one for one in held if one.shown] or held
    return Spot(
        members=tuple(ordered), place=place, heat=heat.total(parts, rules.heat), parts=parts, people=len(voices),
        likes=likes, dislikes=dislikes, first_at=min(times, default=None), last_at=max(times, default=None),
        title=titles.title([one.title for one in told], [one.matter.read for one in told], place, rare),
    )  # fmt: skip


def _stamp(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0
