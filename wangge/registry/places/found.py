"""What a text may mean: candidates with probabilities, whether one may act on the first, and what contradicts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

SURE = 0.9  # probability of the first candidate from which a machine may place by it


class PlaceKind(StrEnum):
    """From the most exact to the least."""

    ENTRANCE = "entrance"
    BUILDING = "building"
    ESTATE = "estate"
    ROAD = "road"
    GRID = "grid"
    COMMUNITY = "community"
    SUBDISTRICT = "subdistrict"
    DISTRICT = "district"


NAMES = {
    PlaceKind.ENTRANCE: ("单元", "entrance"),
    PlaceKind.BUILDING: ("楼栋", "building"),
    PlaceKind.ESTATE: ("小区", "estate"),
    PlaceKind.ROAD: ("道路", "road"),
    PlaceKind.GRID: ("网格", "grid"),
    PlaceKind.COMMUNITY: ("社区/村", "community"),
    PlaceKind.SUBDISTRICT: ("街道", "subdistrict"),
    PlaceKind.DISTRICT: ("区县", "district"),
}


@dataclass(frozen=True, slots=True)
class PlaceCandidate:
    """A place. `area_pos` is the smallest area that surely holds what the text tells of; `area_id` is that area's id.

    For "opposite building 3" that may be the community, though the building itself lies in one grid (`path`).
    `phrase` is the part of the text that named it; `probability` is how often a candidate like this is right.
    """

    kind: PlaceKind
    id: UUID | None  # None for a road, which is no row of its own
    code: str
    name: str
    path: tuple[str, ...]  # names of the areas around it, from the district down
    area_pos: int
    area_id: UUID | None
    lon: float | None
    lat: float | None
    probability: float
    reason: str
    reason_en: str
    phrase: str = ""
    entrance: str = ""  # said in the text: 2 for 2单元

    def document(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "kind_name": NAMES[self.kind][0],
            "id": self.id,
            "code": self.code,
            "name": self.name,
            "path": " / ".join(self.path),
            "area_id": self.area_id,
            "lon": self.lon,
            "lat": self.lat,
            "probability": self.probability,
            "reason": self.reason,
            "reason_en": self.reason_en,
        }


@dataclass(frozen=True, slots=True)
class Conflict:
    """Parts of the text that cannot all be true. A `grave` one is for a person to decide.

    A house number that lies elsewhere than the street named is told, and the street is believed.
    """

    zh: str
    en: str
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """Best first. `sure`: nothing contradicts the first and it is probable enough to act on; else a person is asked.

    `neighbour`: the first is only deduced from the house numbers around one that is not known.
    """

    candidates: tuple[PlaceCandidate, ...] = ()
    sure: bool = False
    conflicts: tuple[Conflict, ...] = ()
    neighbour: bool = False

    @property
    def best(self) -> PlaceCandidate | None:
        return self.candidates[0] if self.candidates else None

    def document(self) -> dict[str, Any]:
        """As the API shows it (`place` of /understand and of a reading)."""
        return {
            "candidates": [one.document() for one in self.candidates],
            "sure": self.sure,
            "conflicts": [{"zh": one.zh, "en": one.en} for one in self.conflicts],
        }


NOWHERE = Found()
