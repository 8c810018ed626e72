"""What a text says of places, before it is weighed: areas, estates with their numbers, roads with theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import rjieba

from wangge.registry.places import details, words
from wangge.registry.places.details import Detail, HouseNumber
from wangge.registry.places.gazetteer import DISTRICT, Gazetteer
from wangge.registry.places.kinds import Entry, Form, Mention, What

LONGEST = 2000
# Words after which the name of a place begins, or which end a name before it.
_OPENS = frozenset(
    "住在于位到从往至是的和与及跟同离向去由给对把被让我你他她它您俺咱这那个有了着过说问请就也都还又再等为叫找来将经用省市区县镇乡道路街巷号院里楼栋幢"
    "、座室层户段口侧边旁处间附近"
)
_TO_ROAD = re.compile(r"[东西南北中新老]?(?:[路街巷道弄]|大街|大道|胡同)|[一二三四五六七八九十]{1,3}[路街巷]")
_NOT_STEM = "路街巷道桥站里号楼区村"
_OF_ANOTHER = re.compile(r"(?:社区|居委会|村委会|街道|派出所)")
_CODE = re.compile(r"(?<![0-9a-z])[0-9]{6,18}(?![0-9a-z])")
_FOREIGN = re.compile(
    r"(?:[市省]|^)([\u4e00-\u9fff]{2,3}?(?<![小社新园片校景城地街])[区县])(?=[\u4e00-\u9fff]{2,6}[道镇乡路街村区])"
)
_FOREIGN_STREET = re.compile(r"[区县市]([\u4e00-\u9fff]{2,5}?(?:街道|镇|乡))(?![上边的里])")
_UNSEEN_STREET = re.compile(r"街道|街办|办事处|[\u4e00-\u9fff]{2}[镇乡]")
_UNSEEN_COMMUNITY = re.compile(r"社区|居委|村委|[\u4e00-\u9fff]{2}村")

_WORTH = {Form.FULL: 0.985, Form.ALIAS: 0.965, Form.SHORT: 0.9, Form.STEM: 0.45}


@dataclass(slots=True)
class AreaHit:
    index: int
    pos: int
    end: int
    level: int
    worth: float
    form: Form
    mention: Mention


@dataclass(slots=True)
class EstateHit:
    index: int
    worth: float
    mention: Mention
    details: list[Detail]
    direct: bool = False  # the first detail stands right after the name
    sub: str = ""
    beside: str = ""


@dataclass(slots=True)
class RoadHit:
    index: int
    worth: float
    left: float
    mention: Mention
    number: HouseNumber | None


@dataclass(slots=True)
class BuildingHit:
    index: int
    worth: float
    mention: Mention
    beside: str = ""


@dataclass(slots=True)
class Read:
    text: str
    areas: list[AreaHit] = field(default_factory=list)
    estates: list[EstateHit] = field(default_factory=list)
    roads: list[RoadHit] = field(default_factory=list)
    buildings: list[BuildingHit] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  # districts and streets named that are not on record

    def words_of(self, mention: Mention) -> str:
        return self.text[mention.start : mention.end]


def read(text: str, book: Gazetteer) -> Read:
    """`text` canonical."""
    told = Read(text[:LONGEST])
    mentions = book.phrases.exact(told.text)
    _take(told, mentions, mentions, book)
    if _wants_guessing(told):
        taken = [m for m in mentions if m.entry.form <= Form.ALIAS]
        guessed = [m for m in book.phrases.like(told.text) if all(_beyond(m, one) for one in taken)]
        guessed = _best_only(guessed)
        _take(told, guessed, [*mentions, *guessed], book)
        _outdone(told)
    _led(told)
    _codes(told, book)
    _strangers(told)
    return told


def _wants_guessing(told: Read) -> bool:
    worths = [*(one.worth for one in told.estates if one.direct), *(one.worth for one in told.buildings)]
    if max(worths, default=0) < 0.8:
        return True
    levels = {hit.level for hit in told.areas if hit.form <= Form.ALIAS}
    return (1 not in levels and _UNSEEN_STREET.search(told.text) is not None) or (
        2 not in levels and _UNSEEN_COMMUNITY.search(told.text) is not None
    )


def _overlaps(one: Mention, others: Sequence[Mention]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in others)


def _beyond(guess: Mention, exact: Mention) -> bool:
    """Apart from what is certain, or so much longer that it explains more of the text."""
    apart = guess.end <= exact.start or exact.end <= guess.start
    return apart or (guess.start <= exact.start and exact.end <= guess.end - 2)


def _outdone(told: Read) -> None:
    """The name of an estate within a longer one that is only a slip away is hardly meant by itself."""
    slips = [hit for hit in told.estates if hit.mention.likeness < 1]
    for hit in told.estates:
        if hit.mention.likeness == 1 and not hit.direct and any(_overlaps(hit.mention, [s.mention]) for s in slips):
            hit.worth *= 0.2


def _led(told: Read) -> None:
    """马家庄村 马家庄村新居1区 3号: the first only says around what the second lies."""
    starts = {hit.mention.start for hit in told.estates}
    for hit in told.estates:
        if hit.mention.end in starts and not hit.direct:
            hit.worth *= 0.05


def _best_only(guessed: Sequence[Mention]) -> list[Mention]:
    """Where several names are like one stretch, those that are most like it."""
    kept: list[Mention] = []
    for one in sorted(guessed, key=lambda m: (-m.likeness, m.start - m.end, m.start)):
        rivals = [k for k in kept if _overlaps(one, [k])]
        if all(k.likeness == one.likeness and k.end - k.start == one.end - one.start for k in rivals):
            kept.append(one)
    return kept


def _take(told: Read, mentions: Sequence[Mention], around: Sequence[Mention], book: Gazetteer) -> None:
    ends = {m.end for m in around}
    starts = {m.start for m in around}
    whole = {(m.start, m.end) for m in mentions if m.entry.what is not What.AREA and m.entry.form is Form.FULL}
    for mention in mentions:
        left = _left(told.text, mention.start, ends)
        what, index, form = mention.entry
        road_follows = what is not What.ROAD and _TO_ROAD.match(told.text, mention.end) and mention.end not in starts
        if road_follows and not (what is What.AREA and form is Form.FULL):
            continue
        worth = _WORTH[form] * mention.likeness * left
        if what is What.AREA:
            if form is Form.FULL or (mention.start, mention.end) not in whole:
                _take_area(told, mention, worth, book)
        elif what is What.ESTATE:
            _take_estate(told, mention, worth, starts, book)
        elif what is What.ROAD:
            number = details.on_road(told.text, mention.end)
            told.roads.append(RoadHit(index, worth, left, mention, number))
        else:
            told.buildings.append(BuildingHit(index, worth, mention, details.beside(told.text, mention.end)))


def _take_area(told: Read, mention: Mention, worth: float, book: Gazetteer) -> None:
    area = book.areas[mention.entry.row]
    form = mention.entry.form
    following = told.text[mention.end : mention.end + 1]
    if form is Form.STEM and (told.text[mention.end - 1] in _NOT_STEM or following in tuple(_NOT_STEM)):
        return
    if form is Form.STEM and words.HAN.match(following) and following not in _OPENS:
        worth *= 0.4  # the name may go on: 小岭 is not 小岭雅苑
    told.areas.append(AreaHit(mention.entry.row, area.pos, area.end, area.level, worth, form, mention))


def _take_estate(told: Read, mention: Mention, worth: float, starts: set[int], book: Gazetteer) -> None:
    text, end = told.text, mention.end
    form = mention.entry.form
    direct = details.after(text, end)
    if form is Form.STEM:
        # 山师东路12号 is a house on the road; only 山师东路12号楼 may be a building of 山师东路小区.
        if direct is None or direct.worth < (1.0 if text[end - 1] in "路街巷道" else 0.95):
            return
        worth *= 0.93 / _WORTH[Form.STEM]
    elif form is Form.SHORT and _left(text, mention.start, set()) < 1:
        worth *= 0.5
    if _OF_ANOTHER.match(text, end):
        worth *= 0.5
    until = min((start for start in starts if start >= end + 2), default=len(text))
    found = details.buildings_in(text, end, until) or details.buildings_in(text)
    if direct is not None:
        together = [direct, *details.joined(text, direct.end)]
        found = together if direct.worth >= 0.9 else together + [d for d in found if d.building != direct.building]
    last = found[-1].end if direct is not None and direct.worth >= 0.9 else direct.end if direct is not None else end
    hit = EstateHit(mention.entry.row, worth, mention, found, direct is not None and direct.worth >= 0.9)
    hit.sub = direct.sub if direct is not None else details.sub_part(text, end)
    hit.beside = details.beside(text, last)
    told.estates.append(hit)


def _left(text: str, start: int, ends: set[int]) -> float:
    """How surely a name begins where it seems to: 睦和苑 is not 和苑, but after 反映 a name begins."""
    if start == 0 or start in ends:
        return 1.0
    before = text[start - 1]
    if before in _OPENS or not words.HAN.match(before):
        return 1.0
    begin = start - 1
    while begin > 0 and start - begin < 8 and words.HAN.match(text[begin - 1]) and begin not in ends:
        begin -= 1
    last = rjieba.cut(text[begin:start], False)[-1]
    if len(last) == 1:
        return 0.4
    return 0.97 if last[-1] not in words.TELLING else 0.6


def _codes(told: Read, book: Gazetteer) -> None:
    for found in _CODE.finditer(told.text):
        index = book.by_code.get(found.group())
        if index is not None:
            area = book.areas[index]
            mention = Mention(found.start(), found.end(), _entry(index))
            told.areas.append(AreaHit(index, area.pos, area.end, area.level, 0.99, Form.FULL, mention))


def _entry(index: int) -> Entry:
    return Entry(What.AREA, index, Form.FULL)


def _strangers(told: Read) -> None:
    """Districts and streets named in the way of an address that nothing on record is called."""
    spans = [hit.mention for hit in told.areas if hit.form <= Form.ALIAS and hit.mention.likeness == 1]
    own = any(hit.level == DISTRICT and hit.mention.likeness == 1 for hit in told.areas)
    for pattern in (_FOREIGN, _FOREIGN_STREET):
        for found in pattern.finditer(told.text):
            if pattern is _FOREIGN and own:
                continue
            start, end = found.span(1)
            known = any(start < m.end and m.start < end for m in [*spans, *(r.mention for r in told.roads)])
            if not known and not any(start < e.mention.end and e.mention.start < end for e in told.estates):
                told.foreign.append(found.group(1))
