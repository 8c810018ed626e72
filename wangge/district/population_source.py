"""What the population is made from: grids, buildings, groups and kinds of components as the database has them."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from wangge.areas import selectors as areas
from wangge.areas.models import AreaVersion, Level
from wangge.district.population_people import TagTerms
from wangge.district.population_places import GridSpec, KnownBuilding
from wangge.district.population_things import ComponentTerms
from wangge.kit import clock
from wangge.kit.tree import AREAS
from wangge.org.models import Unit, UnitKind
from wangge.registry.models import Building, ComponentKind, TagKind
from wangge.responsibility.models import Entry

_MORE = 355_000 / 343_532  # households there are for each that the profile counts: flats let, dormitories
_USUAL = 100  # households of a grid that does not say
_PROFILE_CODE = re.compile(r"[0-9]+-[0-9]+")  # our own have a letter


@dataclass(frozen=True)
class Terms:
    """What all grids have in common."""

    seed: int
    as_of: dt.date
    tags: Mapping[str, TagTerms] = field(default_factory=dict)
    components: tuple[ComponentTerms, ...] = ()


def specs() -> list[GridSpec]:
    """Every grid that has a boundary, by code, with its households and what the profile built there."""
    division = areas.atlas()
    grids = [version for version in division.versions if version.level == Level.GRID]
    bounded = AreaVersion.objects.filter(pk__in=[v.pk for v in grids], boundary__isnull=False)
    stored = dict(bounded.values_list("pk", "boundary"))
    teams: dict[UUID | None, UUID] = dict(
        Unit.objects.filter(kind=UnitKind.GRID_TEAM, area__isnull=False).values_list("area_id", "pk")
    )
    known = _known_buildings()
    found: list[GridSpec] = []
    households = 0.0
    for version in grids:
        boundary = stored.get(version.pk)
        if boundary is None or not version.code[-3:].isdigit():
            continue
        district, street, community, *_ = division.path(version.pos)
        before, households = households, households + (version.households or _USUAL) * _MORE
        found.append(
            GridSpec(
                index=len(found), code=version.code, name=version.name, pos=version.pos, area_id=version.area_id,
                community_id=community.area_id, community_pos=AREAS.ancestor(version.pos, Level.COMMUNITY),
                community_name=community.name, prefix=f"{district.name}{street.name}",
                village=community.kind == "village", households=round(households) - round(before),
                boundary=bytes(boundary), team_id=teams.get(version.area_id), buildings=tuple(known[version.pos]),
            )
        )  # fmt: skip
    return found


def _known_buildings() -> dict[int, list[KnownBuilding]]:
    """Of the profile, by grid; what a population brought is not among them."""
    known: dict[int, list[KnownBuilding]] = defaultdict(list)
    for building in Building.objects.filter(pulled_down_on__isnull=True).order_by("code"):
        if _PROFILE_CODE.fullmatch(building.code):
            known[building.area_pos].append(
                KnownBuilding(building.pk, building.address, building.kind, building.lon, building.lat)
            )
    return known


def terms_now(seed: int) -> Terms:
    """Groups and kinds of components as the profile has them; made as of the beginning of this month."""
    units = {unit.code: unit for unit in Unit.objects.filter(active=True)}
    tags = {}
    for kind in TagKind.objects.filter(active=True):
        unit = next((units[code] for code in kind.partners if code in units), None)
        tags[kind.code] = TagTerms(
            kind.code, kind.purpose, kind.legal_basis, kind.review_months, kind.expires_months,
            unit.pk if unit else None, unit.pos if unit else -1,
        )  # fmt: skip
    owners = dict(
        Entry.objects.filter(area__isnull=True, lead_unit__isnull=False).values_list("category__code", "lead_unit_id")
    )
    kinds = ComponentKind.objects.filter(active=True).order_by("code").values_list("code", "name")
    components = tuple(ComponentTerms(code, name, owners.get(code)) for code, name in kinds)
    return Terms(seed, clock.now().date().replace(day=1), tags, components)
