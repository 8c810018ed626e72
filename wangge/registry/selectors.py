"""Reading places: the building near a point, the building a text names."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FloatField, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length

from wangge.kit.text import fold
from wangge.registry.models import Building, Estate

_METRES_PER_DEGREE = 111_320.0
_NUMBER = re.compile(r"([0-9]{1,3}|[a-z])(?:号|#|栋|幢)(?:楼|栋|幢)?")
MOST = 10


@dataclass(frozen=True)
class Candidate:
    """A building the text may mean, with how surely and why."""

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
    """Buildings named by whole address, by compound and number, or (0.4: a guess) by compound alone; best first."""
    folded = fold(text)[:400]
    if len(folded) < 2:
        return []
    numbers = {match.group(1) for match in _NUMBER.finditer(folded)}
    found: list[Candidate] = []
    for building in Building.objects.filter(estate__in=_named(folded)).select_related("estate"):
        candidate = _compare(building, folded, numbers)
        if candidate is not None:
            found.append(candidate)
    return sorted(found, key=lambda one: (-one.score, one.building.code))[:MOST]


def _compare(building: Building, folded: str, numbers: set[str]) -> Candidate | None:
    address = fold(building.address)
    number = _NUMBER.match(fold(building.name))
    if address and address in folded:
        return Candidate(building, 1.0, {"zh": "地址完全一致", "en": "its whole address"})
    if number is not None and number.group(1) in numbers:
        return Candidate(building, 0.9, {"zh": f"文中提到“{building.name}”", "en": f"the text names {building.name}"})
    if numbers:
        return None
    return Candidate(building, 0.4, {"zh": "同一小区", "en": "of the same compound"})


def _named(folded: str) -> QuerySet[Estate]:
    """Compounds whose name stands in the text, or, while somebody is typing, begins with it."""
    stands = RawSQL("position(lower(replace(name, ' ', '')) in %s)", [folded], output_field=FloatField())
    known = Estate.objects.annotate(long=Length("name"), stands=stands)
    typed = Q(name__startswith=folded) if len(folded) <= 20 else Q()
    return known.filter(Q(long__gte=2, stands__gt=0) | typed) if typed else known.filter(long__gte=2, stands__gt=0)
