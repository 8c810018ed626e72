"""Every route × every role × inside and outside the scope. Routes that appear later are driven as well.

A route with a path parameter that is not in OBJECTS or FIXED fails here until it is told what inside and outside mean.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.test import Client
from PIL import Image

from tests import factories, plan_rows, registry_rows
from tests.architecture.bodies import BODIES
from tests.architecture.routes import Route, all_routes
from tests.factories import District
from wangge.calendars import services as calendars
from wangge.casework import attachments
from wangge.casework.models import Attachment, Case, Clock, Notice, Party, Responder, SavedView, Whistle
from wangge.intake.clusters.rules import HeatWeights
from wangge.intake.models import HotSpot, Import, PreventiveTask
from wangge.kit import clock, files
from wangge.kit.ids import uuid7
from wangge.org import scope, selectors, services
from wangge.org.models import Post, User
from wangge.org.policies import separation_faults
from wangge.org.scope import Actor, system_actor
from wangge.registry.models import (
    Dwelling,
    Export,
    Household,
    ImportRow,
    Person,
    Photo,
    Relation,
    Tag,
    Tie,
)
from wangge.registry.models import Import as Sheet
from wangge.responsibility.models import Category

ROUTES = all_routes()
ROLES = sorted(factories.role_specs())
UNIT_OF_ROLE = {
    "grid_member": ("team1", "grid1"), "grid_lead": ("team1", "grid1"), "community_cadre": ("committee1", None),
    "subdistrict_dispatcher": ("office1", None), "subdistrict_leader": ("office1", None),
    "department_clerk": ("urban", None), "department_leader": ("urban", None),
}  # fmt: skip
ClientFor = Callable[[Actor | None], Client]

# Path parameters that are not objects.
FIXED: dict[str, object] = {"step": "comment", "variant": "picture", "code": "office", "year": 2027, "token": "x" * 24}
FIXED |= {"kind": "residents", "indicator": "closed_in_time"}
FIXED_FOR = {
    "POST /whistles/{whistle_id}/steps/{step}": {"step": "report_in"},
    "POST /divisions/plans/{plan_id}/steps/{step}": {"step": "propose"},
    "POST /forecast/tasks/{task_id}/steps/{step}": {"step": "dismiss"},
    "POST /hotspots/{spot_id}/steps/{step}": {"step": "agenda"},
    "POST /intake/aliases/{alias_id}/steps/{step}": {"step": "accept"},
    "POST /divisions/plans/{plan_id}/communities/{community_id}/steps/{step}": {"step": "lock"},
}
PERSONAL = {"view_id", "import_id", "export_id"}
# Whom a department sees are the people in its care, and places as a directory; not homes.
HOMES, DIRECTORY = {"dwelling_id", "household_id", "photo_id"}, {
    "building_id", "premises_id", "component_id", "device_id",
}  # fmt: skip


def names(routes: list[Route]) -> list[Any]:
    return [pytest.param(route, id=str(route).replace("/", "·")) for route in routes]


def test_every_route_has_a_policy() -> None:
    assert [str(route) for route in ROUTES if not route.policy] == []


def test_every_route_that_is_not_public_is_guarded() -> None:
    assert [str(route) for route in ROUTES if route.guarded == route.public] == []


def test_no_two_routes_answer_the_same_call() -> None:
    assert len({str(route) for route in ROUTES}) == len(ROUTES)


def test_every_permission_a_route_asks_for_is_held_by_some_role() -> None:
    held = {permission for spec in factories.role_specs().values() for permission in spec["permissions"]}
    asked = {permission for route in ROUTES for permission in route.permissions}
    assert asked - held == set()


def test_no_administrator_takes_part_in_business_and_none_holds_anothers_rights() -> None:
    for code, spec in factories.role_specs().items():
        separation, permissions = spec.get("separation", ""), spec["permissions"]
        assert separation_faults(separation=separation, permissions=permissions) == [], code


# --- roles -------------------------------------------------------------------------------------------------------


@pytest.fixture
def actors(district: District) -> dict[str, Actor]:
    """One person for each role of the base profile, in a unit where the role belongs."""
    users, posts = {}, []
    for role in ROLES:
        unit, area = UNIT_OF_ROLE.get(role, ("command", None))
        users[role] = User(username=f"as_{role}", name=role, password=factories.password_hash())
        posts.append(factories.make_post(district, users[role], role=role, unit=unit, area=area))
    User.objects.bulk_create(users.values())
    Post.objects.bulk_create(posts)
    return {role: selectors.actor_for(user) for role, user in users.items()}


def call(client: Client, route: Route, url: str, body: bytes | None = None) -> Any:
    return client.generic(
        route.method, url, body or b"", content_type="application/json", headers={"Idempotency-Key": str(uuid7())}
    )


def anywhere(route: Route) -> str:
    """The route's address with ids of nothing."""
    return route.url({name: FIXED.get(name, uuid7()) for name in route.params} | FIXED_FOR.get(str(route), {}))


@pytest.mark.django_db
def test_a_stranger_gets_401_everywhere_but_in_public(stranger: Client) -> None:
    wrong = {}
    for route in ROUTES:
        answer = call(stranger, route, anywhere(route), b"{")  # not even parsed
        if (answer.status_code == 401) is route.public:
            wrong[str(route)] = answer.status_code
    assert wrong == {}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_the_permission_gets_403(role: str, actors: dict[str, Actor], client_for: ClientFor) -> None:
    actor, client = actors[role], client_for(actors[role])
    wrong = {}
    for route in ROUTES:
        if route.public or not route.permissions or route.permissions & actor.permissions:
            continue
        answer = call(client, route, anywhere(route), b"{")
        if answer.status_code != 403 or answer.json()["code"] != "forbidden":
            wrong[str(route)] = answer.status_code
    assert wrong == {}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_role_with_the_permission_is_let_in(role: str, actors: dict[str, Actor], client_for: ClientFor) -> None:
    actor = actors[role]
    wrong = {}
    for route in ROUTES:
        if route.public or not (route.permissions & actor.permissions or not route.permissions):
            continue
        if route.path == "/session" and route.method == "DELETE":
            continue
        answer = call(client_for(actor), route, anywhere(route), b"{")
        if answer.status_code in {401, 403, 500}:
            wrong[str(route)] = answer.status_code
    assert wrong == {}


@pytest.mark.django_db
def test_a_neighbouring_system_may_do_what_its_credential_says_and_no_more(district: District, people: Any) -> None:
    _, secret = services.issue_credential(
        name="12345", channel="hotline12345", unit_id=district.units["command"].id,
        permissions=["casework:case:submit"], by=people.system_admin,
    )  # fmt: skip
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    for route in ROUTES:
        if route.permissions:
            status = call(client, route, anywhere(route), b"{").status_code
            assert (status == 403) is ("casework:case:submit" not in route.permissions), str(route)


# --- scope -------------------------------------------------------------------------------------------------------


@dataclass
class World:
    """Two of everything: one near (grid 1, the urban department), one far (grid 5, the housing department)."""

    district: District
    near: dict[str, UUID]
    far: dict[str, UUID]
    child: UUID

    def body(self, route: Route) -> bytes | None:
        """What the route needs; a name of an id in it stands for the one near."""
        if str(route) not in BODIES:
            return None
        ids: dict[str, Any] = {**self.near, "child_id": self.child}
        given = BODIES[str(route)]
        return orjson.dumps({key: _filled(value, ids) for key, value in given.items()})


def _filled(value: Any, ids: dict[str, Any]) -> Any:
    return [ids.get(one, one) for one in value] if isinstance(value, list) else ids.get(str(value), value)


def _case(district: District, grid: str, unit: str, by: str) -> Case:
    version, now = district.versions[grid], clock.now()
    street = next(
        v for key, v in district.versions.items() if key.startswith("street") and v.pos < version.pos < v.pos_end
    )
    community = next(
        v for key, v in district.versions.items() if key.startswith("community") and v.pos < version.pos < v.pos_end
    )
    case = Case.objects.create(
        number=f"T{uuid7().hex[-12:]}", state="dispatched", title="井盖松动", channel="patrol", area=version.area,
        area_version=version, area_pos=version.pos, subdistrict_pos=street.pos, community_pos=community.pos,
        lead_unit=district.units[unit], submitter_id=district.users[by].id, submitted_at=now, registered_at=now,
    )  # fmt: skip
    Party.objects.create(
        case=case, unit=district.units[unit], unit_pos=district.units[unit].pos, role="lead", submitted_at=now
    )
    return case


def _belongings(district: District, case: Case, unit: str, caller: str, by: str) -> dict[str, UUID]:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    uploader = district.users[by].id
    kept = attachments.store(data=picture.getvalue(), filename="1.png", phase="report", uploader_id=uploader)
    Attachment.objects.filter(pk=kept.pk).update(case=case)
    whistle = Whistle.objects.create(
        case=case, kind="joint", caller_unit=district.units[caller], caller_pos=district.units[caller].pos,
        called_by=uploader, message="请到场", called_at=clock.now(), area_pos=case.area_pos,
    )  # fmt: skip
    Responder.objects.create(
        whistle=whistle, unit=district.units[unit], unit_pos=district.units[unit].pos, due_at=clock.now()
    )
    notice = Notice.objects.create(
        case=case, kind="supervise", unit=district.units[unit], unit_pos=district.units[unit].pos, at=clock.now(),
        by_name="时限值守", text="请说明",
    )  # fmt: skip
    promised = Clock.objects.create(
        case=case, kind="whole", limit_value=5, limit_unit="working_days", calendar="office", started_at=clock.now(),
        due_at=clock.now(),
    )  # fmt: skip
    task = PreventiveTask.objects.create(
        week=date(2026, 1, 5), area=case.area, area_pos=case.area_pos, expected=3, low=1, high=5, usual=1,
        category=Category.objects.get_or_create(code="M-77", name="市容", kind="matter", leaf=True)[0],
    )  # fmt: skip
    spot = HotSpot.objects.create(
        title="井盖松动", area_pos=case.area_pos, heat=50, parts=dict.fromkeys(HeatWeights.model_fields, 0.5),
        matters=3, people=3, first_at=clock.now(), last_at=clock.now(), found_at=clock.now(), renewed_at=clock.now(),
    )  # fmt: skip
    other = Case.objects.get(pk=case.pk)
    other.pk, other.number, other._state.adding = uuid7(), f"T{uuid7().hex[-12:]}", True
    other.save(force_insert=True)
    Party.objects.create(
        case=other, unit=district.units[unit], unit_pos=district.units[unit].pos, role="lead",
        submitted_at=case.submitted_at,
    )  # fmt: skip
    return {
        "case_id": case.id, "attachment_id": kept.id, "whistle_id": whistle.id, "notice_id": notice.id,
        "spot_id": spot.id, "other_id": other.id,
        "task_id": task.id, "clock_id": promised.id,
    }  # fmt: skip


def _home(district: District, home: registry_rows.Home, unit: str) -> dict[str, UUID]:
    """What of a home lies inside a scope; estates and organisations are a directory for all."""
    for path in (home.photo.path, home.photo.thumbnail):
        files.keep(path, b"\xff\xd8")
    in_charge = district.units[unit]
    tag = registry_rows.make_tag(home.head, "disabled", unit=in_charge, unit_pos=in_charge.pos)
    ids = {**home.ids, "tag_id": tag.id, "entrance_id": home.entrance.id}
    ids["correction_id"] = registry_rows.make_correction(home.head, unit=in_charge).id
    ids["relation_id"] = Relation.objects.create(person=home.head, other=home.child, kind="contact").id
    # At the building: ties to a dwelling end when its route, driven before, replaces that.
    ids["tie_id"] = Tie.objects.create(
        kind="responsible",
        person=home.head,
        building=home.building,
        area_pos=home.building.area_pos,
        source="test",
        recorded_at=clock.now(),
    ).id
    return {name: pk for name, pk in ids.items() if name not in {"estate_id", "organisation_id"}}


def seen_by(actor: Actor, names: set[str]) -> str:
    """`scoped` as everybody with an area; for a department, places are `open` and homes `closed`."""
    if not names or actor.scope.areas or actor.scope.all:
        return "scoped"
    return "closed" if names & HOMES else "open" if names & DIRECTORY else "scoped"


@pytest.fixture
def world(district: District) -> World:
    with scope.acting(system_actor("test")):
        calendars.load_calendar(
            code="office", name="机关", timezone="Asia/Shanghai", duty=[["09:00", "17:00"]], years={}, source="test"
        )
        near = _belongings(
            district, _case(district, "grid1", "urban", "grid_member"), "urban", "office1", "grid_member"
        )
        far_case = _case(district, "grid5", "housing", "other_grid_member")
        far = _belongings(district, far_case, "housing", "office2", "other_grid_member")
        home, other = (
            registry_rows.make_home(district, grid, serial=n) for n, grid in enumerate(("grid1", "grid5"), 1)
        )
        near |= _home(district, home, "urban")
        far |= _home(district, other, "housing")
        near |= plan_rows.make_plan(district, "community1", home.building)
        far |= plan_rows.make_plan(district, "community3", other.building)
    return World(district, near, far, home.child.id)


PLACED = [
    role for role in ROLES if factories.role_specs()[role]["scope"] in {"unit", "unit_tree"}
]  # fmt: skip


def ids_of(route: Route, side: dict[str, UUID]) -> dict[str, object]:
    unknown = [name for name in route.params if name not in side and name not in FIXED]
    assert unknown == [], f"{route}: say in this test what is inside and outside for {unknown}"
    return {name: side.get(name, FIXED.get(name)) for name in route.params} | FIXED_FOR.get(str(route), {})


@pytest.mark.django_db
@pytest.mark.parametrize("role", PLACED)
def test_what_lies_outside_the_scope_looks_as_if_it_did_not_exist(
    role: str, world: World, actors: dict[str, Actor], client_for: ClientFor
) -> None:
    actor = actors[role]
    client, driven = client_for(actor), 0
    for route in ROUTES:
        if not set(route.params) & set(world.near) or not route.permissions & actor.permissions:
            continue
        body, rule = world.body(route), seen_by(actor, set(route.params))
        nothing = {name: uuid7() for name in world.near}
        far, missing, near = (
            call(client, route, route.url(ids_of(route, side)), body) for side in (world.far, nothing, world.near)
        )
        if rule == "open":
            assert (far.status_code, missing.status_code, near.status_code) == (200, 404, 200), str(route)
            continue
        if rule == "closed":
            assert (far.status_code, missing.status_code, near.status_code) == (404, 404, 404), str(route)
            continue
        assert (far.status_code, missing.status_code) == (404, 404), str(route)
        assert far.content == missing.content, str(route)
        assert near.status_code not in {401, 404, 500}, f"{route}: {near.status_code} {near.content[:300]!r}"
        driven += 1
    assert driven or not actor.permissions & {"casework:case:read"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in ROLES if role not in PLACED])
def test_who_sees_everything_is_told_that_nothing_is_there(
    role: str, world: World, actors: dict[str, Actor], client_for: ClientFor
) -> None:
    actor = actors[role]
    for route in ROUTES:
        if not set(route.params) & set(world.near) or not route.permissions & actor.permissions:
            continue
        body = world.body(route)
        nothing = {name: uuid7() for name in world.near}
        assert call(client_for(actor), route, route.url(ids_of(route, nothing)), body).status_code == 404, str(route)
        inside = call(client_for(actor), route, route.url(ids_of(route, world.far)), body).status_code
        assert inside not in {401, 404, 500}, str(route)


@pytest.mark.django_db
@pytest.mark.parametrize("route", names([route for route in ROUTES if set(route.params) & PERSONAL]))
def test_what_belongs_to_somebody_else_looks_as_if_it_did_not_exist(
    route: Route, actors: dict[str, Actor], client_for: ClientFor
) -> None:
    holders = [actor for actor in actors.values() if route.permissions & actor.permissions]
    me = holders[0]
    Post.objects.filter(pk=me.post_id).update(scope="unit")  # who sees the whole district sees everybody's
    someone = uuid7()
    with scope.acting(system_actor("test")):
        theirs = {
            "view_id": SavedView.objects.create(user_id=someone, name="他人").id,
            "import_id": Import.objects.create(
                channel="hotline12345", filename="a.csv", path="a", sha256="0" * 64, state="done",
                by_id=someone, at=clock.now(),
            ).id,
            "export_id": Export.objects.create(
                purpose="试验", by_id=someone, by_name="他人", created_at=clock.now()
            ).id,
        }  # fmt: skip
        if route.path.startswith("/registry/imports"):
            theirs["import_id"] = Sheet.objects.create(
                kind="residents", filename="a.csv", file_hash=uuid7().bytes, file_path="a", source="test",
                by_id=someone, by_name="他人", created_at=clock.now(),
            ).id  # fmt: skip
            theirs["row_id"] = ImportRow.objects.create(run_id=theirs["import_id"], row=2, outcome="failed").id
    client = client_for(me)
    nothing: dict[str, Any] = {name: uuid7() for name in theirs}
    body = orjson.dumps(BODIES[str(route)]) if str(route) in BODIES else None
    far, missing = (call(client, route, route.url(ids_of(route, side)), body) for side in (theirs, nothing))
    assert (far.status_code, missing.status_code) == (404, 404)
    assert far.content == missing.content


@pytest.mark.django_db
def test_every_other_id_that_names_nothing_is_404(actors: dict[str, Actor], client_for: ClientFor) -> None:
    """Directories are not scoped, and still answer 404 instead of failing."""
    wrong = {}
    for route in ROUTES:
        if route.public or not [name for name in route.params if name.endswith("_id")]:
            continue
        holder = next(a for a in actors.values() if not route.permissions or route.permissions & a.permissions)
        given: dict[str, Any] = BODIES.get(str(route), {})
        none = {"dwelling_id": uuid7(), "child_id": uuid7()}
        body = orjson.dumps({key: _filled(value, none) for key, value in given.items()})
        status = call(client_for(holder), route, anywhere(route), body).status_code
        if status != 404:
            wrong[str(route)] = status
    assert wrong == {}


@pytest.mark.django_db
def test_the_lists_show_only_the_scope(world: World, actors: dict[str, Actor], client_for: ClientFor) -> None:
    near, far = ([str(one["other_id"]), str(one["case_id"])] for one in (world.near, world.far))
    for role in PLACED:
        if "casework:case:read" in actors[role].permissions:
            shown = [row["id"] for row in client_for(actors[role]).get("/api/v1/cases").json()["items"]]
            assert shown == near, role
    for role in ("district_operator", "district_leader"):
        shown = [row["id"] for row in client_for(actors[role]).get("/api/v1/cases").json()["items"]]
        assert sorted(shown) == sorted([*near, *far])


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_row_level_security_and_visible_to_agree(role: str, world: World, actors: dict[str, Actor]) -> None:
    """The second lock lets through exactly what the first does, even for a query that forgot to ask."""
    with scope.acting(actors[role]) as actor:
        for model in (Case, Whistle, Attachment, Person, Tie, Tag, Relation, Dwelling, Household, Photo):
            forgot = set(model.objects.values_list("id", flat=True))
            asked = set(model.objects.visible_to(actor).values_list("id", flat=True))
            assert forgot == asked, model
