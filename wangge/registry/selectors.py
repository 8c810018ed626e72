"""Reading places: the building near a point, the building a text names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length

from wangge.kit.text import fold
from wangge.registry.models import Building, Estate

_METRES_PER_DEGREE = 111_320.0
_NUMBER = re.compile(r"([0-9]{1,3}|[a-z])(?:号|#|栋|幢)(?:楼|栋|幢)?")
MOST = 10


@dataclass(frozen=True)
class Candidate:
    """A building the text may mean; `score` 1 is its whole address, 0.9 its compound and its number."""

    building: Building
    score: float
    reason: dict[str, str]


def building_near(lon: float, lat: float, metres: float) -> Building | None:
    """The nearest building within `metres` of a WGS-84 point."""
    high = metres / _METRES_PER_DEGREE
    narrow = math.cos(math.radians(lat))
    wide = high / max(narrow, 0.01)
    inside = Building.objects.filter(lon__range=(lon - wide, lon + wide), lat__range=(lat - high, lat + high)).annotate(
        apart=_square((F("lon") - Value(lon)) * Value(narrow)) + _square(F("lat") - Value(lat))
    )
    return inside.filter(apart__lte=high * high).order_by("apart", "code").first()


def _square(expression: Any) -> Any:
    return expression * expression


def find_address(text: str) -> list[Candidate]:
    """Buildings named by compound and number, or by whole address; best first. A compound alone is no building."""
    folded = fold(text)[:400]
    if len(folded) < 3:
        return []
    numbers = {match.group(1) for match in _NUMBER.finditer(folded)}
    if not numbers:
        return []
    found: dict[Any, Candidate] = {}
    for building in Building.objects.filter(estate__in=_named(folded)).select_related("estate"):
        address = fold(building.address)
        number = _NUMBER.match(fold(building.name))
        if address and address in folded:
            found[building.pk] = Candidate(building, 1.0, {"zh": "地址完全一致", "en": "its whole address"})
        elif number is not None and number.group(1) in numbers:
            said = {"zh": f"文中提到“{building.name}”", "en": f"the text names {building.name}"}
            found[building.pk] = Candidate(building, 0.9, said)
    return sorted(found.values(), key=lambda one: (-one.score, one.building.code))[:MOST]


def _named(folded: str) -> QuerySet[Estate]:
    """Compounds whose name stands in the text."""
    stands = RawSQL("position(lower(replace(name, ' ', '')) in %s)", [folded], output_field=FloatField())
    return Estate.objects.annotate(long=Length("name"), stands=stands).filter(long__gte=2, stands__gt=0)
