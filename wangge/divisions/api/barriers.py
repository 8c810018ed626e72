"""Roads, rivers and railways over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile
from pydantic import StringConstraints

from wangge.divisions import schemas
from wangge.divisions.policies import Perm
from wangge.divisions.selectors import barriers as reading
from wangge.divisions.services import barriers
from wangge.kit.errors import TooLarge
from wangge.kit.geo import Crs
from wangge.kit.policy import requires
from wangge.org.http import Signed

router = Router(tags=["divisions"])
Source = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120, pattern=r"^[^\x00-\x1f]*$")
]


@router.get("/barriers.geojson", summary="道路、河流、铁路")
@requires(Perm.READ_PLAN)
def draw_barriers(request: Signed, area: UUID) -> HttpResponse:
    return HttpResponse(reading.drawing(area), content_type="application/geo+json")


@router.post("/barriers", response=schemas.BarriersLoaded, summary="导入道路、河流、铁路")
@requires(Perm.CHANGE_BARRIER)
def load_barriers(request: Signed, file: File[UploadedFile], source: Form[Source], crs: Form[Crs] = Crs.WGS84) -> Any:
    """GeoJSON lines with `kind` (road, river, rail) and `name`; they replace what the source gave before."""
    if (file.size or 0) > barriers.MOST_BYTES:
        raise TooLarge
    added, removed = barriers.load(data=file.read(), source=source, crs=crs, by=request.actor)
    return {"added": added, "removed": removed}
