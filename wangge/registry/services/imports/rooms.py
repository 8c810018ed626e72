"""Dwellings and households that rows name: found, or planned where nobody has registered them yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from wangge.kit import labels
from wangge.kit.ids import uuid7
from wangge.registry.models import Dwelling, DwellingUse, Entrance, Household, HouseholdKind, Person
from wangge.registry.services.bulk_rows import DwellingRow, EntranceRow, HouseholdRow
from wangge.registry.services.imports.places import Where, entrance_key, entrance_name, room_key

_MOST = 20_000  # buildings remembered between lots; the registry of a district has about 30,000


@dataclass
class _Building:
    """Its entrances (key → id) and dwellings (entrance and label → id)."""

    entrances: dict[str, UUID] = field(default_factory=dict)
    dwellings: dict[tuple[str, str], UUID] = field(default_factory=dict)


class Rooms:
    """Of one import. What is planned and then rolled back must be forgotten: see `forget`."""

    def __init__(self) -> None:
        self._known: dict[UUID, _Building] = {}
        self.entrances: list[EntranceRow] = []
        self.dwellings: list[DwellingRow] = []

    def forget(self) -> None:
        self._known.clear()

    def load(self, places: Iterable[Where]) -> None:
        """Read what these buildings hold, in two queries at most."""
        if len(self._known) > _MOST:
            self._known.clear()
        missing = {one.building for one in places if one.building is not None and one.room} - self._known.keys()
        if not missing:
            return
        self._known |= {pk: _Building() for pk in missing}
        names: dict[UUID, str] = {}
        for pk, building, name in Entrance.objects.filter(building__in=missing).values_list("id", "building", "name"):
            names[pk] = entrance_key(name)
            self._known[building].entrances[names[pk]] = pk
        standing = Dwelling.objects.filter(building__in=missing, ended_on__isnull=True)
        for pk, building, entrance, label in standing.values_list("id", "building", "entrance", "label"):
            key = names[entrance] if entrance else "", room_key(label)
            self._known[building].dwellings.setdefault(key, pk)

    def known(self, where: Where) -> UUID | None:
        if where.building is None:
            return None
        return self._known[where.building].dwellings.get((entrance_key(where.entrance), room_key(where.room)))

    def find(
        self, where: Where, *, confirmed: str, use: str = DwellingUse.UNKNOWN, area_m2: Decimal | None = None
    ) -> UUID | None:
        """The dwelling's id, planned if it is new; None where the place is no more than a building or area."""
        if where.building is None or not where.room:
            return None
        building = self._known[where.building]
        key = entrance_key(where.entrance), room_key(where.room)
        if key not in building.dwellings:
            entrance = self._entrance(building, where) if where.entrance else None
            label = labels.parse(where.room)
            building.dwellings[key] = pk = uuid7()
            self.dwellings.append(
                DwellingRow(
                    pk, where.building, entrance, label.text[:40], label.floor, label.key[:40], use, area_m2, where.pos,
                    confirmed,
                )
            )  # fmt: skip
        return building.dwellings[key]

    def _entrance(self, building: _Building, where: Where) -> UUID:
        assert where.building is not None
        key = entrance_key(where.entrance)
        if key not in building.entrances:
            building.entrances[key] = pk = uuid7()
            ordinal = int(key) if key.isdigit() and int(key) < 1000 else len(building.entrances)
            self.entrances.append(EntranceRow(pk, where.building, entrance_name(where.entrance), ordinal))
        return building.entrances[key]

    def taken(self) -> tuple[list[EntranceRow], list[DwellingRow]]:
        """What was planned since the last call."""
        planned = self.entrances, self.dwellings
        self.entrances, self.dwellings = [], []
        return planned


@dataclass(frozen=True)
class Home:
    """A household as it stands when rows of a wave join it."""

    id: UUID
    dwelling_id: UUID | None
    area_pos: int
    headed: bool
    ended: bool = False


class Homes:
    """Households by number: those known, and those this wave adds."""

    def __init__(self, numbers: Sequence[str]) -> None:
        known = Household.objects.filter(number__in=numbers).values_list(
            "number", "id", "dwelling_id", "area_pos", "ended_on"
        )
        rows = list(known) if numbers else []
        headed = set(
            Person.objects.filter(household__in=[row[1] for row in rows], household_role="head").values_list(
                "household_id", flat=True
            )
            if rows
            else ()
        )
        self._known = {row[0]: Home(row[1], row[2], row[3], row[1] in headed, row[4] is not None) for row in rows}
        self._new: dict[UUID, HouseholdRow] = {}
        self.joined: dict[UUID, int] = {}

    def join(
        self, number: str, where: Where, dwelling: UUID | None, role: str, confirmed: str
    ) -> UUID | tuple[str, str]:
        """The household's id, or in both languages why nobody can join it like this."""
        home = self._known.get(number)
        if home is None:
            home = Home(uuid7(), dwelling, where.pos, headed=False)
            self._new[home.id] = HouseholdRow(
                home.id, number, HouseholdKind.FAMILY, dwelling, where.pos, 0, None, confirmed
            )
        refusal = _refusal(home, where, dwelling, role)
        if refusal:
            return refusal
        self._known[number] = replace(home, headed=home.headed or role == "head")
        self.joined[home.id] = self.joined.get(home.id, 0) + 1
        return home.id

    def added(self) -> list[HouseholdRow]:
        return [row._replace(members=self.joined[pk]) for pk, row in self._new.items() if pk in self.joined]

    def grown(self) -> dict[UUID, int]:
        """How many joined the households that were there before."""
        return {pk: count for pk, count in self.joined.items() if pk not in self._new}


def _refusal(home: Home, where: Where, dwelling: UUID | None, role: str) -> tuple[str, str] | None:
    if home.ended:
        return "这一户已注销", "this household has ended"
    elsewhere = home.dwelling_id and dwelling and home.dwelling_id != dwelling
    if elsewhere or (not (home.dwelling_id and dwelling) and home.area_pos != where.pos):
        return "户号已登记在另一处房屋", "the household's number is registered at another dwelling"
    if role == "head" and home.headed:
        return "这一户已有户主", "this household has a head already"
    return None
