"""Lists a page at a time, and periods as they stand in addresses."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from wangge.appraisal import periods


class PageQuery(BaseModel):
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class OfPeriod(PageQuery):
    period: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = ""
    unit: UUID | None = None

    def days(self) -> dict[str, dt.date]:
        """`start` and `end`, or nothing when no period was asked for."""
        if not self.period:
            return {}
        chosen = periods.parse(self.period)
        return {"start": chosen.start, "end": chosen.end}


def page(rows: Any, query: PageQuery) -> tuple[list[Any], dict[str, Any]]:
    """The items, and what the answer says of the rest."""
    total = rows.count()
    items = list(rows[query.cursor : query.cursor + query.limit])
    end = query.cursor + len(items)
    return items, {"next": str(end) if end < total else None, "total": total}
