"""Search over cases, and names of places while somebody types."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from wangge.casework import documents, schemas, selectors
from wangge.casework.policies import Perm
from wangge.casework.selectors import searching
from wangge.casework.selectors.naming import Named
from wangge.casework.workflow import State
from wangge.kit.errors import Invalid, field_error
from wangge.kit.policy import requires
from wangge.kit.schema import In, Out
from wangge.org import http
from wangge.org.http import Signed

router = Router(tags=["casework"])


class SearchQuery(In):
    """`q`: words that all must be there; "quoted" ones exactly so; -words must not. At most 200 characters are read."""

    q: Annotated[str, Field(max_length=10_000)]
    area: UUID | None = None
    category: Annotated[str, Field(max_length=24)] | None = None
    state: Annotated[str, Field(max_length=200)] | None = None
    channel: Annotated[str, Field(max_length=32)] | None = None
    from_: Annotated[schemas.Day | None, Field(alias="from")] = None
    to: schemas.Day | None = None
    sort: Literal["-submitted_at", "relevance"] = "-submitted_at"
    cursor: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class SnippetPart(Out):
    text: str
    hit: bool


class SearchSnippet(Out):
    field: str  # title, description, address, result, source_ref
    parts: list[SnippetPart]


class SearchRow(schemas.CaseRow):
    snippets: list[SearchSnippet]


class SearchPlace(Out):
    kind: str  # subdistrict, community, grid, estate, road
    id: UUID | None
    name: str
    path: str
    area_id: UUID | None
    lon: float | None
    lat: float | None
    reason: str
    reason_en: str


class SearchPage(Out):
    """A page may hold fewer than asked for and still have a `next`: common words with rare filters are sought on."""

    items: list[SearchRow]
    next: str | None
    total_estimate: int | None
    places: list[SearchPlace]
    words: list[str]


@router.get("/search", response=SearchPage, summary="全文检索")
@requires(Perm.READ)
def search_cases(request: Signed, query: Query[SearchQuery]) -> Any:
    """Cases of one's scope by words, newest first or by relevance; and places the words name."""
    http.pace_search(request, query.q)
    filters = selectors.Filters(
        states=_states(query.state),
        category=query.category or "",
        area=query.area,
        channel=query.channel or "",
        first_day=query.from_,
        last_day=query.to,
    )
    found = searching.search(
        actor=request.actor, text=query.q, filters=filters, sort=query.sort, cursor=query.cursor, limit=query.limit
    )
    return {
        "items": [
            documents.case_row(case, request.actor) | {"snippets": found.snippets[case.pk]} for case in found.items
        ],
        "next": found.next,
        "total_estimate": found.total,
        "places": [_place(one) for one in found.places],
        "words": found.words,
    }


def _states(raw: str | None) -> tuple[str, ...]:
    chosen = tuple(part for part in (raw or "").split(",") if part)
    wrong = [one for one in chosen if one not in State.values]
    if wrong:
        raise Invalid(errors=[field_error("query.state", f"没有“{wrong[0][:20]}”", f"there is no {wrong[0][:20]!r}")])
    return chosen


def _place(one: Named) -> dict[str, Any]:
    names = ("kind", "id", "name", "path", "area_id", "lon", "lat")
    return {name: getattr(one.place, name) for name in names} | {"reason": one.reason, "reason_en": one.reason_en}
