"""Full-text search over the cases of a scope, with work that is bounded whatever the words are.

Two ways lead to the newest hits. Words that few cases have are looked up in the index of words, and what it gives is
put to the scope, the filters and row-level security. Words that many cases have are met within the newest cases of
the scope, so those are walked and each asked for its words. Which words are which is not known beforehand: so a
short walk comes first; then the index, unless the walk has met the words often; where it gives too many, a long
walk. When that is used up too, the page ends early and `next` goes on where the walk stopped.

The table of words has no policy of its own (a full-text match is not leakproof): it is only ever joined to cases.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from wangge.casework.models import Case, CaseQuerySet, WorkOrder
from wangge.casework.selectors import finding, listing, naming
from wangge.casework.selectors.finding import Filters
from wangge.kit import queries
from wangge.kit.nameless import without_names
from wangge.kit.queries import Part, Query, Word
from wangge.kit.written import redacted

if TYPE_CHECKING:
    from wangge.org.scope import Actor

SHORT_WALK, LONG_WALK = 120, 6_000
COMMON = 0.1  # of the cases walked: words that so many have are not looked up
RARE_LETTERS = 5  # of several words
MOST_CANDIDATES = 4_000  # that the index of words may give
RANKED = 200  # newest hits that are put in order of relevance
_ROUNDS = 4  # of a quoted phrase whose pairs stand apart
Sort = Literal["-submitted_at", "relevance"]
Mark = tuple[dt.datetime, UUID]
"""A place in the list: newest first, then by id."""


@dataclass(frozen=True)
class Snippet:
    field: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Found:
    """`items` as `listing.rows` makes them; `total` only where every hit has been counted."""

    items: list[Case]
    snippets: dict[UUID, list[Snippet]]
    next: str | None
    total: int | None
    places: list[naming.Named]
    words: list[str]


@dataclass(frozen=True)
class _Hits:
    """Newest first. `edge`: where to go on when this was not all; `total` of all hits if known."""

    marks: list[Mark]
    edge: Mark | None = None
    total: int | None = None


def search(
    *,
    actor: Actor,
    text: str,
    filters: Filters,
    sort: Sort = "-submitted_at",
    cursor: str | None = None,
    limit: int = 20,
) -> Found:
    """Cases with all the words, newest first or the most relevant of the newest first."""
    query = queries.parse(text)
    named = {word: naming.named(word) for word in query.wanted}
    names = {word: naming.cores(found) if word.spelt else [] for word, found in named.items()}
    most = max(1, min(limit, 100))
    words = [word.text for word in query.wanted]
    after = _after(cursor, sort) if cursor else None
    number = finding.number_of(text)
    if number is None and query.empty:
        return Found([], {}, None, 0, [], [])
    condition = queries.condition(query, names.__getitem__)
    base = finding.filtered(replace(filters, q=text.strip() if number else ""))
    hunt = _Hunt(actor, base, condition if number is None else "", query)
    if sort == "relevance":
        chosen, following, total = _ranked(hunt, after, most)
    else:
        chosen, following, total = _newest(hunt, after, most)
    items = _rows(chosen, actor)
    texts = _texts(items)
    lit = [*query.wanted, *(Word(name, exact=True) for known in names.values() for name in known)]
    shown = {case.pk: _snippets(texts[case.pk], lit) for case in items}
    places = [one for found in named.values() for one in found][: naming.MOST]
    return Found(items, shown, following, total if cursor is None else None, places, words)


def _newest(hunt: _Hunt, after: _After | None, most: int) -> tuple[list[UUID], str | None, int | None]:
    marks: list[Mark] = []
    total: int | None = None
    edge: Mark | None = (after.at, after.id) if after else None
    for _ in range(_ROUNDS if hunt.query.phrases else 1):
        found = hunt.newest(edge, most + 1 - len(marks))
        marks += hunt.verified(found.marks)
        total, edge = found.total, found.edge
        if len(marks) > most or edge is None:
            break
    if hunt.query.phrases:
        total = len(marks) if edge is None and len(marks) <= most else None
    if len(marks) > most:
        return [one for _, one in marks[:most]], _cursor("-submitted_at", *marks[most - 1]), total
    return [one for _, one in marks], _cursor("-submitted_at", *edge) if edge else None, total


def _ranked(hunt: _Hunt, after: _After | None, most: int) -> tuple[list[UUID], str | None, int | None]:
    """The newest hits by how well they fit: `_relevance` first, then the newest."""
    found = hunt.newest(None, RANKED)
    marks = hunt.verified(found.marks)
    cases = Case.objects.filter(pk__in=[one for _, one in marks]).only("title", "description", "address")
    rank = {case.pk: _relevance(case, hunt.query) for case in cases}
    order = sorted(
        ((-rank.get(pk, 0), -at.timestamp(), at, pk) for at, pk in marks), key=lambda one: (one[:2], -one[3].int)
    )
    if after is not None:
        at_after = (-after.rank, -after.at.timestamp(), -after.id.int)
        order = [one for one in order if (one[0], one[1], -one[3].int) > at_after]
    chosen = order[:most]
    following = None
    if len(order) > most:
        last = chosen[-1]
        following = _cursor("relevance", last[2], last[3], -last[0])
    return [one[3] for one in chosen], following, None if hunt.query.phrases else found.total


def _relevance(case: Case, query: Query) -> int:
    """For each word: eight where it stands whole in the title, four for its parts there; two whole in the text; one in
    the address."""
    title, body, address = (queries.letters_of(one) for one in (case.title, case.description, case.address))
    score = 0
    for word in query.wanted:
        letters = word.letters
        score += 8 if letters in title else 4 if queries.hits(case.title, [word]) else 0
        score += (2 if letters in body else 0) + (1 if letters in address else 0)
    return score


# --- the hunt ----------------------------------------------------------------------------------------------------


@dataclass
class _Hunt:
    actor: Actor
    base: CaseQuerySet  # filtered
    condition: str  # of words; empty where a number is looked for
    query: Query

    @property
    def _seems_rare(self) -> bool:
        """Several words of some length seldom meet: they are looked up at once."""
        return len(self.query.wanted) > 1 and sum(len(word.letters) for word in self.query.wanted) >= RARE_LETTERS

    def newest(self, after: Mark | None, most: int) -> _Hits:
        if not self.condition:
            return self._walked(after, most, LONG_WALK, self.base)
        if self._seems_rare:
            found = self._looked_up(after, most)
            if found is not None:
                return found
        short = self._walked(after, most, SHORT_WALK, Case.objects.all())
        if len(short.marks) >= most or short.edge is None:
            return short
        if not self._seems_rare and len(short.marks) < SHORT_WALK * COMMON:
            found = self._looked_up(after, most)
            if found is not None:
                return found
        return self._walked(after, most, LONG_WALK, self.base)

    def _walked(self, after: Mark | None, most: int, steps: int, base: CaseQuerySet) -> _Hits:
        """Up to `steps` of the newest cases of the scope, each asked for the words. `base`: what is walked."""
        ways = finding.scoped(self.actor)
        parts = [listing.ordered(way(base), "-submitted_at", after)[:steps] for way in ways]
        if not parts:
            return _Hits([], total=0)
        union = finding.union_of(parts, timed=True)
        inner = self.base.filter(pk__in=RawSQL("select walked.id from walked", []))
        if self.condition:
            inner = inner.filter(RawSQL(_HAS_THEM, [self.condition], output_field=BooleanField()))  # noqa: S611
        hits, values = (
            inner.order_by("-submitted_at", "-id").values("submitted_at", "id")[:most].query.sql_with_params()
        )
        with connection.cursor() as cursor:
            cursor.execute(_WALK.format(union=union.sql, hits=hits), [*union.params, steps, *values])
            rows = cursor.fetchall()
        marks = [(at, pk) for kind, at, pk, _ in rows if kind == "hit"]
        walked, edge = next(((count, (at, pk)) for kind, at, pk, count in rows if kind == "edge"), (0, None))
        if len(marks) >= most:
            return _Hits(marks, marks[-1])
        return _Hits(marks, edge) if walked >= steps else _Hits(marks, None, len(marks))

    def _looked_up(self, after: Mark | None, most: int) -> _Hits | None:
        """By the index of words; None when it gives too many to look at each."""
        seen = self.base.visible_to(self.actor).filter(pk__in=RawSQL("select words.case_id from words", []))
        if after is not None:
            seen = seen.filter(Q(submitted_at__lt=after[0]) | Q(submitted_at=after[0], id__lt=after[1]))
        sql, values = seen.values("submitted_at", "id").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(_LOOK_UP.format(seen=sql), [self.condition, MOST_CANDIDATES, *values, most])
            rows = cursor.fetchall()
        candidates = rows[0][0] if rows else 0
        if candidates >= MOST_CANDIDATES:
            return None
        marks = [(at, pk) for _, _, at, pk in rows if pk is not None]
        return _Hits(marks, marks[-1] if len(marks) >= most else None, rows[0][1] if rows else 0)

    def verified(self, marks: list[Mark]) -> list[Mark]:
        """Those in which each quoted phrase stands as it was typed: the index only knows its pairs of characters."""
        phrases = self.query.phrases
        if not phrases or not marks:
            return marks
        cases = Case.objects.filter(pk__in=[pk for _, pk in marks])
        texts = _texts(list(cases.only("title", "description", "address", "source_ref")))
        kept = set()
        for pk, fields in texts.items():
            letters = [queries.letters_of(text) for _, text in fields]
            if all(any(phrase in one for one in letters) for phrase in phrases):
                kept.add(pk)
        return [one for one in marks if one[1] in kept]


_HAS_THEM = "(select found.tokens @@ %s::tsquery from casework_search found where found.case_id = casework_case.id)"
_WALK = """
with walked as materialized (
  select id, submitted_at from ({union}) ways order by submitted_at desc, id desc limit %s)
select 'hit', hits.submitted_at, hits.id, 0 from ({hits}) hits
union all
(select 'edge', submitted_at, id, (select count(*) from walked) from walked order by submitted_at, id limit 1)
order by 2 desc, 3 desc
"""
_LOOK_UP = """
with words as materialized (select case_id from casework_with_words(%s::tsquery, %s) case_id),
     seen as materialized ({seen})
select (select count(*) from words), (select count(*) from seen), chosen.submitted_at, chosen.id
  from (select) nothing left join
       (select * from seen order by submitted_at desc, id desc limit %s) chosen on true
 order by 3 desc, 4 desc
"""


# --- what is shown -----------------------------------------------------------------------------------------------


def _rows(ids: Sequence[UUID], actor: Actor) -> list[Case]:
    found = {case.pk: case for case in listing.rows(Case.objects.filter(pk__in=ids), actor).defer(None).defer(*_SEALED)}
    return [found[pk] for pk in ids if pk in found]


_SEALED = tuple(one for one in listing.HEAVY if one != "description")


def _texts(cases: Sequence[Case]) -> dict[UUID, list[tuple[str, str]]]:
    """What is searched of each case, without what tells who somebody is."""
    results: dict[UUID, list[str]] = {}
    orders = WorkOrder.objects.filter(case__in=[case.pk for case in cases]).exclude(result="")
    for case_id, result in orders.order_by("assigned_at", "id").values_list("case_id", "result"):
        results.setdefault(case_id, []).append(result)
    return {
        case.pk: [
            ("title", case.title),
            ("description", without_names(redacted(case.description))),
            ("address", case.address),
            *(("result", without_names(redacted(one))) for one in results.get(case.pk, [])),
            ("source_ref", case.source_ref),
        ]
        for case in cases
    }


def _snippets(fields: list[tuple[str, str]], words: list[Word]) -> list[Snippet]:
    """The title always; of the others those with a hit."""
    shown = []
    for name, text in fields:
        spans = queries.hits(text, words)
        if spans or name == "title":
            shown.append(Snippet(name, tuple(queries.snippet(text, spans))))
    return shown


# --- cursors -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _After:
    at: dt.datetime
    id: UUID
    rank: int


def _cursor(sort: Sort, at: dt.datetime, pk: UUID, rank: int = 0) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([sort, at.isoformat(), str(pk), rank])).decode().rstrip("=")


def _after(cursor: str, sort: Sort) -> _After:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        made_for, moment, pk, rank = cast("list[Any]", orjson.loads(text))
        place = _After(dt.datetime.fromisoformat(moment), UUID(pk), int(rank))
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise listing.no_cursor() from error
    if made_for != sort or place.at.tzinfo is None:
        raise listing.no_cursor()
    return place
