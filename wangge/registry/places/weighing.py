"""From guesses to an answer: what is named together supports or contradicts; what is left shares the probability."""

from __future__ import annotations

from collections.abc import Sequence

from wangge.registry.places import words
from wangge.registry.places.found import NOWHERE, SURE, Conflict, Found, PlaceCandidate, PlaceKind
from wangge.registry.places.gazetteer import DISTRICT, SUBDISTRICT, Gazetteer, common, level_of
from wangge.registry.places.guesses import Guess, distance, guesses
from wangge.registry.places.kinds import Form
from wangge.registry.places.reading import AreaHit, Read, read

MOST = 10
_LIKELY = 0.5  # from here the most exact candidate comes first, below it the most probable
_DEPTH = {kind: i for i, kind in enumerate(PlaceKind)}
# By level of an area named outright: how much likelier what lies in it is, and how much less what does not.
_INSIDE = (3.0, 12.0, 25.0, 50.0, 50.0)
_OUTSIDE = (0.01, 1 / 60, 1 / 40, 1 / 40, 1 / 40)
_ALIAS_INSIDE, _ALIAS_OUTSIDE, _STEM_INSIDE = 5.0, 1 / 15, 2.0
_SLIP_INSIDE, _BARE_INSIDE = 3.0, 1.5
_SAME_NUMBER, _SAME_ROAD, _FOREIGN = 10.0, 2.0, 0.2
_CLOSE, _FAR = (500.0, 6.0), (4000.0, 0.3)
_CONTRADICTED = 0.3  # what stays of an area when something else named outright lies elsewhere


def resolve(text: str, book: Gazetteer, near: tuple[float, float] | None = None) -> Found:
    """`text` is written.plain."""
    told = read(words.canonical(text), book)
    found = guesses(told, book)
    if not found:
        return Found((), False, _strange(told)) if told.foreign else NOWHERE
    conflicts = _weigh(found, told, book)
    if near is not None:
        _by_distance(found, near)
    found = _distinct(found)
    ranked = _ranked(found, book)
    conflicts = (*conflicts, *_strange(told))
    candidates = tuple(_candidate(one, probability, book) for one, probability in ranked[:MOST])
    best, probability = ranked[0]
    grave = any(one.grave for one in conflicts)
    sure = probability >= SURE and not grave and level_of(best.sure_pos) >= SUBDISTRICT
    return Found(candidates, sure, conflicts, best.neighbour)


def _strange(told: Read) -> tuple[Conflict, ...]:
    return tuple(
        Conflict(f"文中的“{name}”不在册", f"{name} in the text is not on record")
        for name in dict.fromkeys(told.foreign)
    )


# --- support and contradiction ---


def _weigh(found: list[Guess], told: Read, book: Gazetteer) -> tuple[Conflict, ...]:
    named = [hit for hit in told.areas if hit.form <= Form.ALIAS and hit.mention.likeness == 1]
    conflicts: dict[tuple[str, str], Conflict] = {}
    _prefer_names(found, book)
    for guess in found:
        if guess.kind is PlaceKind.ROAD and not guess.neighbour:
            _narrow(guess, named, book)
        for level in range(DISTRICT, 5):
            of_level = [hit for hit in told.areas if hit.level == level]
            against = _by_areas(guess, level, of_level)
            if against is not None and _stands(guess):
                key = (guess.name, book.areas[against.index].name)
                if key[::-1] not in conflicts:
                    conflicts.setdefault(key, _contradiction(guess, against, told, book))
        _by_roads(guess, told, book)
        if told.foreign:
            guess.odds *= _FOREIGN
    _drop_foreign_slips(found, named)
    return tuple(_settled(conflicts, found, named))


def _prefer_names(found: list[Guess], book: Gazetteer) -> None:
    """Of what shares a house number only the estate that is named is meant."""
    named = {one.estate for one in found if one.estate >= 0 and one.by_number is None}
    for one in found:
        if one.by_number is None or one.estate in named:
            continue
        road, number = one.by_number
        there = {book.estate_at.get(i, -1) for i in book.roads[road].by_number[number]}
        if there & named:
            one.odds = 0.0
    found[:] = [one for one in found if one.odds]


def _stands(guess: Guess) -> bool:
    """Named as it is, so that its lying elsewhere is a contradiction and not a wrong guess of ours."""
    exact = guess.likeness == 1 and guess.form <= Form.ALIAS and guess.odds > 0.05
    return exact and guess.kind is not PlaceKind.ROAD


def _narrow(guess: Guess, named: Sequence[AreaHit], book: Gazetteer) -> None:
    """A road that passes through the street named beside it is meant there."""
    for hit in named:
        if hit.level == SUBDISTRICT and not guess.roads:
            houses = book.roads[guess.index].houses
            if any(hit.pos <= house.area_pos < hit.end for house in houses):
                guess.area_pos = hit.pos


def _by_areas(guess: Guess, level: int, hits: Sequence[AreaHit]) -> AreaHit | None:
    """Change the odds by the areas of one level; the area that the guess contradicts."""
    around = [hit for hit in hits if hit.pos <= guess.area_pos < hit.end and not _itself(guess, hit)]
    if around:
        strongest = min(hit.form for hit in around)
        support = _INSIDE[level] if strongest is Form.FULL else _ALIAS_INSIDE
        if strongest >= Form.SHORT:
            support = _STEM_INSIDE
        if guess.form is Form.STEM and guess.estate < 0:
            support = _BARE_INSIDE
        guess.odds *= support if guess.likeness == 1 and guess.form <= Form.ALIAS else min(support, _SLIP_INSIDE)
        return None
    against = [
        hit
        for hit in hits
        if hit.form <= Form.ALIAS and hit.mention.likeness == 1 and not _holds(guess, hit) and not _itself(guess, hit)
    ]
    if not against or any(_itself(guess, hit) for hit in hits):
        return None
    if guess.kind in (PlaceKind.DISTRICT, PlaceKind.SUBDISTRICT, PlaceKind.COMMUNITY, PlaceKind.GRID):
        guess.odds *= _CONTRADICTED
    else:
        guess.odds *= _OUTSIDE[level] if against[0].form is Form.FULL else _ALIAS_OUTSIDE
    return against[0]


def _itself(guess: Guess, hit: AreaHit) -> bool:
    return guess.area_pos == hit.pos and guess.kind not in (PlaceKind.BUILDING, PlaceKind.ESTATE, PlaceKind.ROAD)


def _holds(guess: Guess, hit: AreaHit) -> bool:
    """The area lies in what is guessed: a street and its community do not contradict."""
    level = level_of(guess.area_pos)
    return level < hit.level and common((guess.area_pos, hit.pos)) == guess.area_pos


def _by_roads(guess: Guess, told: Read, book: Gazetteer) -> None:
    if guess.kind not in (PlaceKind.BUILDING, PlaceKind.ESTATE):
        return
    buildings = [guess.index] if guess.kind is PlaceKind.BUILDING else book.estates[guess.index].buildings
    for hit in told.roads:
        road = book.roads[hit.index]
        if hit.number is not None and any(i in buildings for i in road.by_number.get(hit.number.number, ())):
            guess.odds *= _SAME_NUMBER
        elif any(book.road_at.get(i) == hit.index for i in buildings):
            guess.odds *= _SAME_ROAD


def _contradiction(guess: Guess, hit: AreaHit, told: Read, book: Gazetteer) -> Conflict:
    said, where = told.words_of(hit.mention), book.path(guess.area_pos)
    place = where[-1] if guess.kind in (PlaceKind.BUILDING, PlaceKind.ESTATE) else guess.name
    inside = "".join(where[1:3]) or place
    return Conflict(
        f"文中写“{said}”，但“{guess.phrase}”在{inside}",
        f"the text names {said}, but {guess.phrase} lies in {inside}",
        grave=guess.by_number is None,
    )


def _drop_foreign_slips(found: list[Guess], named: Sequence[AreaHit]) -> None:
    """What is only like a name and lies outside of a street named outright was a wrong guess."""
    streets = [hit for hit in named if hit.level >= SUBDISTRICT and hit.mention.likeness == 1]
    if streets:
        found[:] = [
            one
            for one in found
            if _exactly(one) or any(hit.pos <= one.area_pos < hit.end or _holds(one, hit) for hit in streets)
        ] or found  # fmt: skip


def _exactly(one: Guess) -> bool:
    return one.likeness == 1 and not one.neighbour


def _settled(
    conflicts: dict[tuple[str, str], Conflict], found: Sequence[Guess], named: Sequence[AreaHit]
) -> list[Conflict]:
    """One of several places of a name that lies where the text says takes the contradiction of the others away."""
    kept: list[Conflict] = []
    for (name, _), conflict in conflicts.items():
        namesakes = [one for one in found if one.name == name]
        agreeing = [one for one in namesakes if all(_agrees(one, hit) for hit in named)]
        if not agreeing:
            kept.append(conflict)
    return kept


def _agrees(one: Guess, hit: AreaHit) -> bool:
    return hit.pos <= one.area_pos < hit.end or _holds(one, hit)


def _by_distance(found: Sequence[Guess], near: tuple[float, float]) -> None:
    for one in found:
        away = distance(one, *near)
        if away is not None:
            one.odds *= _CLOSE[1] if away <= _CLOSE[0] else _FAR[1] if away >= _FAR[0] else 1.0


# --- sharing the probability ---


def _distinct(found: Sequence[Guess]) -> list[Guess]:
    """Each place once, by its best reason."""
    best: dict[tuple[PlaceKind, int, str], Guess] = {}
    for one in found:
        key = (one.kind, one.index, one.name)
        if key not in best or best[key].odds < one.odds:
            best[key] = one
    return list(best.values())


def _within(inner: Guess, outer: Guess, book: Gazetteer) -> bool:
    """`inner` is a more exact answer than `outer` and agrees with it."""
    if inner is outer or _DEPTH[inner.kind] >= _DEPTH[outer.kind]:
        return False
    if outer.kind is PlaceKind.ESTATE:
        return inner.estate == outer.index
    if outer.kind is PlaceKind.ROAD:
        return inner.kind is not PlaceKind.ROAD and common((inner.area_pos, outer.area_pos)) == outer.area_pos
    area = book.by_pos.get(outer.area_pos)
    return area is not None and area.pos <= inner.area_pos < area.end


def _ranked(found: list[Guess], book: Gazetteer) -> list[tuple[Guess, float]]:
    exact = [one for one in found if not any(_within(other, one, book) for other in found)]
    shared = _shared_place(exact, found, book)
    everything = found + ([shared] if shared is not None else [])
    rated = []
    for one in everything:
        inside = sum(g.odds for g in found if g is not one and _inside(g, one, shared, book))
        mine = inside if one is shared else one.odds + inside
        others = sum(
            g.odds
            for g in found
            if g is not one and not _inside(g, one, shared, book) and not _within(one, g, book)
        )  # fmt: skip
        rated.append((one, mine / (mine + others + 1)))
    # A district alone says hardly anything: it comes last.
    rated.sort(
        key=lambda pair: (
            pair[0].kind is PlaceKind.DISTRICT,
            pair[1] < _LIKELY,
            _DEPTH[pair[0].kind] if pair[1] >= _LIKELY else 0,
            -pair[1],
        )
    )
    return rated


def _inside(inner: Guess, outer: Guess, shared: Guess | None, book: Gazetteer) -> bool:
    if outer is shared:
        area = book.by_pos.get(outer.area_pos)
        if outer.kind is PlaceKind.ESTATE:
            return inner.estate == outer.index
        return area is not None and area.pos <= inner.area_pos < area.end
    return _within(inner, outer, book)


def _shared_place(exact: Sequence[Guess], found: Sequence[Guess], book: Gazetteer) -> Guess | None:
    """What holds all the equally good answers: the estate of two buildings, the community of two estates."""
    top = max((one.odds for one in exact), default=0)
    rivals = [one for one in exact if one.odds >= top / 8]
    if len(rivals) < 2:
        return None
    zh, en = "文中可指的几处都在这里", "all that the text may mean lies here"
    estates = {one.estate for one in rivals}
    if len(estates) == 1 and -1 not in estates:
        index = estates.pop()
        of = book.estates[index]
        return Guess(PlaceKind.ESTATE, index, of.name, of.area_pos, 0, of.name, zh, en, of.lon, of.lat, estate=index)
    area = book.known_above(common(one.sure_pos for one in rivals))
    if area is None or area.level < SUBDISTRICT or any(one.area_pos == area.pos for one in found):
        return None
    kind = (PlaceKind.SUBDISTRICT, PlaceKind.COMMUNITY, PlaceKind.GRID, PlaceKind.GRID)[area.level - 1]
    return Guess(kind, -1, area.name, area.pos, 0, "", zh, en, area.lon, area.lat)


def _candidate(one: Guess, probability: float, book: Gazetteer) -> PlaceCandidate:
    area = book.known_above(one.sure_pos)
    identity, code = None, ""
    if one.kind is PlaceKind.BUILDING:
        row = book.buildings[one.index]
        identity, code = row.id, row.code
    elif one.kind is PlaceKind.ESTATE:
        identity = book.estates[one.index].id
    elif one.kind is not PlaceKind.ROAD:
        found = book.by_pos.get(one.area_pos)
        identity, code = (found.id, found.code) if found is not None else (None, "")
    return PlaceCandidate(
        one.kind, identity, code, one.name, book.path(one.area_pos), one.sure_pos,
        area.id if area is not None else None, one.lon, one.lat, round(min(probability, 0.999), 3),
        one.zh, one.en, one.phrase, one.entrance,
    )  # fmt: skip
