"""What a client wrote, as the services take it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import numpy as np
from ninja import Query
from pydantic import BaseModel, Field

from wangge.kit import geo
from wangge.kit.errors import Invalid, field_error

Words = Annotated[str, Field(max_length=80)]


class ListQuery(BaseModel):
    area: UUID | None = None
    q: Words = ""
    cursor: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    def values(self) -> dict[str, Any]:
        return {"area_id": self.area, "q": self.q, "cursor": self.cursor, "limit": self.limit}


Listed = Annotated[ListQuery, Query()]


def given(body: BaseModel) -> dict[str, Any]:
    """What the client wrote, points in WGS-84."""
    said = body.model_dump(exclude_unset=True, exclude={"version"})
    crs = said.pop("crs", "WGS84")
    if said.get("lon") is not None and said.get("lat") is not None and crs not in {"WGS84", "CGCS2000"}:
        lons, lats = geo.to_wgs84(np.array([said["lon"]]), np.array([said["lat"]]), crs)
        said |= {"lon": float(lons[0]), "lat": float(lats[0])}
    elif (said.get("lon") is None) != (said.get("lat") is None):
        raise Invalid(errors=[field_error("body.lon", "经纬度须成对填写", "longitude and latitude go together")])
    return {name: value for name, value in said.items() if value is not None or name not in {"lon", "lat", "area"}}
