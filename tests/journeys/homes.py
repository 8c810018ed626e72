"""Where the grid member of the demonstration goes visiting: a building with people, a room of it, somebody in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.journeys.site import Person, Site
from wangge.kit.identity import check_character

MEMBER = "wangge1"
NOWHERE = "999999"  # no area has this code, so nobody has such a number


@dataclass(frozen=True)
class Home:
    building: dict[str, Any]
    entrance: str
    room: dict[str, Any]
    resident: dict[str, Any]


def find(site: Site) -> Home:
    """The fullest building of the grid, and a room in it where a grown-up lives."""
    member = site.person(MEMBER)
    building = max(member.get("/registry/grid")["buildings"], key=lambda one: one["persons"])
    board = member.get(f"/registry/buildings/{building['id']}/board")
    for entrance in board["entrances"]:
        for floor in entrance["floors"]:
            for room in floor["dwellings"]:
                resident = _grown_up(member, room) if room["persons"] else None
                if resident:
                    return Home(building, entrance["name"], room, resident)
    raise AssertionError("nobody lives in the demonstration's grid")


def _grown_up(member: Person, room: dict[str, Any]) -> dict[str, Any] | None:
    inside = member.get(f"/registry/dwellings/{room['id']}")
    return next((one for one in inside["residents"] if one["birth_year"] and one["birth_year"] < 1990), None)


def number(birth: str, serial: int) -> str:
    """A number with a right check character that nobody can have."""
    body = f"{NOWHERE}{birth}{serial:03d}"
    return body + check_character(body)


def whole(site: Site, person_id: str) -> dict[str, Any]:
    """What is sealed of a person, looked at for a stated purpose."""
    fields = ["name", "id_number", "phones"]
    answer: dict[str, Any] = site.person(MEMBER).post(
        f"/registry/persons/{person_id}/look", {"purpose": "核对演示资料", "fields": fields}
    )
    return answer
