"""The counts of a period as tables of units by classes by measures, with what was excluded taken out exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt
from django.db import connection
from django.db.models import Q

from wangge.appraisal import facts
from wangge.appraisal.formula import Sum
from wangge.appraisal.measures import CODE, MEASURES, Histogram, Measure, Spread
from wangge.appraisal.periods import Period
from wangge.appraisal.rules import IndicatorPart
from wangge.appraisal.selectors import cells, exclusions
from wangge.appraisal.selectors.cells import By, Owner
from wangge.appraisal.selectors.exclusions import Excluded
from wangge.areas.models import AreaVersion, Level
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.models import Unit

Division = Literal["then", "today"]
Source = tuple[By, Owner, int]
"""Cells that belong to a subject; -1 takes them away."""
Counts = npt.NDArray[np.int64]
LEVELS: Mapping[str, tuple[Level, By]] = {
    "subdistrict": (Level.SUBDISTRICT, "subdistrict"),
    "community": (Level.COMMUNITY, "community"),
}


@dataclass(frozen=True)
class Subject:
    """A unit, or an area: what it did itself, and what happened in its area whoever did it."""

    id: UUID
    name: str
    code: str
    kind: str
    own: tuple[Source, ...]
    area: tuple[Source, ...]
    former: bool = False

    def sources(self, basis: str) -> tuple[Source, ...]:
        return self.own if basis == "own" else self.area


# Whose


def units(kind: str, period: Period) -> list[Subject]:
    """The units of a kind in the order of the tree, with the areas they serve as these were in the period."""
    found = list(Unit.objects.filter(kind=kind).order_by("pos"))
    places = _positions([one.area_id for one in found if one.area_id], period) if kind in LEVELS else {}
    level_by: By = LEVELS[kind][1] if kind in LEVELS else "subdistrict"
    return [
        Subject(
            id=one.pk,
            name=one.short_name,
            code=one.code,
            kind=kind,
            own=(("unit", one.pk, 1),),
            area=tuple((level_by, pos, 1) for pos in places.get(one.area_id, ())) if one.area_id else (),
            former=not one.active,
        )
        for one in found
    ]


def _positions(area_ids: Iterable[UUID | None], period: Period) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = {}
    for version in _versions(period).filter(area_id__in=[one for one in area_ids if one]):
        held = found.setdefault(version.area_id, [])
        if version.pos not in held:
            held.append(version.pos)
    return found


def _versions(period: Period) -> Any:
    """What any area was on any day of the period, as held true now."""
    overlapping = Q(valid_to__isnull=True) | Q(valid_to__gt=period.start)
    return AreaVersion.objects.current().filter(overlapping, valid_from__lt=period.end).order_by("pos", "valid_from")


def areas(kind: str, period: Period, division: Division) -> list[Subject]:
    """The areas of a level: under the division of the period, or what happened then drawn on today's."""
    level, by = LEVELS[kind]
    versions = list(_versions(period).filter(level=level))
    sources: dict[UUID, list[Source]] = {}
    newest: dict[UUID, AreaVersion] = {}
    for version in versions:
        held = sources.setdefault(version.area_id, [])
        if (by, version.pos, 1) not in held:
            held.append((by, version.pos, 1))
        newest[version.area_id] = version
    former: set[UUID] = set()
    if division == "today":
        today = {one.area_id: one for one in AreaVersion.objects.at().filter(level=level)}
        former = newest.keys() - today.keys()
        newest |= today
        if level == Level.SUBDISTRICT:
            _move_communities(sources, {one.pos: one.area_id for one in today.values()}, period)
    subjects = []
    for area_id, version in sorted(newest.items(), key=lambda one: one[1].pos):
        held_sources = tuple(sources.get(area_id, ()))
        subjects.append(
            Subject(area_id, version.name, version.code, kind, held_sources, held_sources, former=area_id in former)
        )
    return subjects


def _move_communities(sources: dict[UUID, list[Source]], today: dict[int, UUID], period: Period) -> None:
    """Take each community that belongs elsewhere today out of the subdistrict of its day and into today's."""
    now = {one.area_id: one.pos for one in AreaVersion.objects.at().filter(level=Level.COMMUNITY)}
    then = {pos: area_id for area_id, held in sources.items() for _, pos, _ in held if isinstance(pos, int)}
    for version in {one.pos: one for one in _versions(period).filter(level=Level.COMMUNITY)}.values():
        pos_now = now.get(version.area_id)
        if pos_now is None:
            continue
        left = then.get(AREAS.ancestor(version.pos, Level.SUBDISTRICT))
        joined = today.get(AREAS.ancestor(pos_now, Level.SUBDISTRICT))
        if left is not None and joined is not None and left != joined:
            sources[left].append(("community", version.pos, -1))
            sources.setdefault(joined, []).append(("community", version.pos, 1))


# How much


@dataclass
class Table:
    """Counts of subjects by class and measure for each basis, and for each indicator without its excluded cases."""

    subjects: list[Subject]
    classes: list[str]
    counts: dict[str, Counts]
    spreads: dict[str, list[dict[Spread, Counts]]]
    removed: list[_Removed] = field(default_factory=list)

    def divided(self, code: str, part: IndicatorPart) -> tuple[Counts, Counts]:
        """Numerators and denominators of subjects by class."""
        counts = self.counts[part.basis]
        for one in self.removed:
            if part.exclusions and one.excluded.covers(code):
                counts = counts - one.counts[part.basis]
        parsed = part.parsed
        assert parsed.numerator is not None
        numerators = _summed(counts, parsed.numerator)
        return numerators, _summed(counts, parsed.denominator) if parsed.denominator else np.ones_like(numerators)

    def histograms(self, code: str, part: IndicatorPart) -> list[Histogram]:
        spread = Spread(part.parsed.spread)
        found = []
        for row, one in enumerate(self.spreads[part.basis]):
            bins = one[spread]
            for out in self.removed:
                if part.exclusions and out.excluded.covers(code):
                    bins = _plus(bins, out.bins[part.basis].get((row, spread), _NO_BINS), -1)
            found.append(Histogram(tuple(int(n) for n in bins)))
        return found

    def keep(self, rows: Sequence[int]) -> None:
        """Leave out all other subjects."""
        place = {row: position for position, row in enumerate(rows)}
        self.subjects = [self.subjects[row] for row in rows]
        self.counts = {basis: counts[rows] for basis, counts in self.counts.items()}
        self.spreads = {basis: [found[row] for row in rows] for basis, found in self.spreads.items()}
        for one in self.removed:
            one.counts = {basis: counts[rows] for basis, counts in one.counts.items()}
            one.bins = {
                basis: {(place[row], spread): n for (row, spread), n in bins.items() if row in place}
                for basis, bins in one.bins.items()
            }
            one.rows = {basis: {place[row] for row in held if row in place} for basis, held in one.rows.items()}

    def excluded(self, code: str, part: IndicatorPart) -> list[int]:
        """How many excluded cases each subject's value is shown without."""
        cases = [
            {one.excluded.case_id for one in self.removed if one.excluded.covers(code) and row in one.rows[part.basis]}
            for row in range(len(self.subjects))
        ]
        return [len(one) if part.exclusions else 0 for one in cases]


@dataclass
class _Removed:
    excluded: Excluded
    counts: dict[str, Counts]
    bins: dict[str, dict[tuple[int, Spread], Counts]]
    rows: dict[str, set[int]]


_NO_BINS: Counts = np.zeros(0, dtype=np.int64)


def _plus(one: Counts, other: Counts, sign: int = 1) -> Counts:
    size = max(len(one), len(other))
    total = np.zeros(size, dtype=np.int64)
    total[: len(one)] += one
    total[: len(other)] += sign * other
    return total


def _summed(counts: Counts, what: Sum) -> Counts:
    total = np.zeros(counts.shape[:2], dtype=np.int64)
    for name, times in what.terms:
        total += times * counts[:, :, CODE[Measure(name)] - 1]
    return total


def table(subjects: Sequence[Subject], period: Period, parts: Mapping[str, IndicatorPart]) -> Table:
    """All that the indicators of `parts` need, in two questions for each kind of cells and one for the excluded."""
    with scope.unrestricted():
        return _table(list(subjects), period, parts)


def _table(subjects: list[Subject], period: Period, parts: Mapping[str, IndicatorPart]) -> Table:
    bases = sorted({part.basis for part in parts.values()})
    kinds = sorted({by for basis in bases for one in subjects for by, _, _ in one.sources(basis)})
    totals = {by: cells.totals(start=period.start, end=period.end, by=by, classes=True) for by in kinds}
    out = exclusions.excluded(start=period.start, end=period.end)
    lost = _facts(out) if out else []
    classes = sorted({name for found in totals.values() for _, name in found} | {one.stratum for one in lost})
    place = {name: position for position, name in enumerate(classes)}
    counts: dict[str, Counts] = {}
    for basis in bases:
        filled = np.zeros((len(subjects), len(classes), len(MEASURES)), dtype=np.int64)
        rows = _rows_of(subjects, basis)
        for by in kinds:
            for (owner, name), vector in totals[by].items():
                for row, sign in rows.get((by, owner), ()):
                    filled[row, place[name]] += sign * np.array(vector.counts, dtype=np.int64)
        counts[basis] = filled
    made = Table(subjects, classes, counts, _spreads(subjects, period, parts, bases, kinds))
    made.removed = [_removed(one, lost, made, place, period) for one in out]
    return made


def _rows_of(subjects: Sequence[Subject], basis: str) -> dict[tuple[By, Owner], list[tuple[int, int]]]:
    rows: dict[tuple[By, Owner], list[tuple[int, int]]] = {}
    for row, one in enumerate(subjects):
        for by, owner, sign in one.sources(basis):
            rows.setdefault((by, owner), []).append((row, sign))
    return rows


def _spreads(
    subjects: Sequence[Subject],
    period: Period,
    parts: Mapping[str, IndicatorPart],
    bases: Sequence[str],
    kinds: Sequence[By],
) -> dict[str, list[dict[Spread, Counts]]]:
    if not any(part.kind == "quantile" for part in parts.values()):
        return {}
    found = {by: cells.spreads(start=period.start, end=period.end, by=by) for by in kinds}
    made: dict[str, list[dict[Spread, Counts]]] = {}
    for basis in bases:
        rows: list[dict[Spread, Counts]] = [dict.fromkeys(Spread, _NO_BINS) for _ in subjects]
        for (by, owner), places in _rows_of(subjects, basis).items():
            for spread, histogram in found[by].get(owner, {}).items():
                for row, sign in places:
                    bins = np.array(histogram.bins, dtype=np.int64)
                    rows[row][spread] = _plus(rows[row][spread], bins, sign)
        made[basis] = rows
    return made


# What is left out


@dataclass(frozen=True)
class _Fact:
    case_id: UUID
    unit_id: UUID | None
    community: int
    subdistrict: int
    stratum: str
    day: dt.date
    code: int
    amount: int


_OF_CASES = f"""
with lot as (select unnest(%s::uuid[]) as id), {facts.ctes(facts.THESE)}
select f.case_id, f.unit_id, c.community_pos, c.subdistrict_pos, {facts.CLASS.format("c.stratum")}, f.day, f.code,
       f.amount
  from fact f join counted_case c on c.id = f.case_id
"""  # noqa: S608 - the facts' own text
_AS_COUNTED = f"""
select b.case_id, u.unit_id, b.community_pos, b.subdistrict_pos, {facts.CLASS.format("b.stratum")}, u.day, u.code,
       u.amount
  from appraisal_counted b cross join lateral unnest(b.days, b.units, b.codes, b.amounts) u(day, unit_id, code, amount)
 where b.case_id = any(%s::uuid[])
"""  # noqa: S608


def _facts(out: Sequence[Excluded]) -> list[_Fact]:
    """The facts of the excluded cases as the counts hold them: of now, or of when the counts are of."""
    statement = _OF_CASES if cells.currency().exact else _AS_COUNTED
    with connection.cursor() as cursor:
        cursor.execute(statement, [list({one.case_id for one in out})])
        return [_Fact(*row) for row in cursor.fetchall()]


def _removed(one: Excluded, lost: Sequence[_Fact], made: Table, place: Mapping[str, int], period: Period) -> _Removed:
    start, end = max(one.start, period.start), min(one.end, period.end)
    mine = [
        fact for fact in lost if fact.case_id == one.case_id and fact.unit_id == one.unit_id and start <= fact.day < end
    ]
    found = _Removed(one, {}, {}, {})
    for basis, counts in made.counts.items():
        rows = _rows_of(made.subjects, basis)
        less, bins, touched = np.zeros_like(counts), dict[tuple[int, Spread], Counts](), set[int]()
        for fact in mine:
            for key in _owners(fact):
                for row, sign in rows.get(key, ()):
                    touched.add(row)
                    _take(fact, sign, row, less, place, bins)
        found.counts[basis], found.bins[basis], found.rows[basis] = less, bins, touched
    return found


def _owners(fact: _Fact) -> list[tuple[By, Owner]]:
    places: list[tuple[By, Owner]] = [("community", fact.community), ("subdistrict", fact.subdistrict)]
    return places if fact.unit_id is None else [("unit", fact.unit_id), *places]


_SPREAD_OF = {code: spread for spread, code in facts.SPREAD_CODES.items()}


def _take(
    fact: _Fact,
    sign: int,
    row: int,
    less: Counts,
    place: Mapping[str, int],
    bins: dict[tuple[int, Spread], Counts],
) -> None:
    if fact.code < facts.BINS_FROM:
        less[row, place[fact.stratum], fact.code - 1] += sign * fact.amount
        return
    spread = _SPREAD_OF.get(fact.code // facts.BINS_FROM)
    if spread is not None:
        one = np.zeros(fact.code % facts.BINS_FROM, dtype=np.int64)
        one[-1] = sign * fact.amount
        bins[row, spread] = _plus(bins.get((row, spread), _NO_BINS), one)
