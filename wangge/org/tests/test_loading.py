"""Loading a profile's organisation: repeatable, quick, and refused as a whole when something is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.contrib.auth.hashers import check_password
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import District
from wangge.kit.errors import Invalid
from wangge.org import selectors, services
from wangge.org.models import DemoAccount, Post, Role, Unit, UnitKind, User
from wangge.org.services import PersonRow, RoleRow, UnitRow

pytestmark = pytest.mark.django_db
SINCE = date(2026, 1, 1)

UNITS = (
    UnitRow("a-team", "一队", "一队", UnitKind.GRID_TEAM, "a-office", "370199001001001"),
    UnitRow("a", "某区人民政府", "区政府", UnitKind.DISTRICT, "", "370199"),
    UnitRow("a-office", "某街道办事处", "某街道", UnitKind.SUBDISTRICT, "a", "370199001", "0531-1"),
    UnitRow("a-dept", "某局", "", UnitKind.DEPARTMENT, "a"),
)
ROLES = (
    RoleRow("member", "网格员", "Member", "unit", ("casework:case:read", "casework:case:submit")),
    RoleRow("security", "安全管理员", "Security", "own", ("org:user:create", "org:user:read"), "security"),
    RoleRow("audit", "审计管理员", "Audit", "own", ("audit:log:read",), "audit"),
)


def test_units_come_in_any_order_and_again_without_change(district: District) -> None:
    first = services.load_units(UNITS)
    assert first["a-team"].parent_id == first["a-office"].id
    assert first["a"].pos < first["a-office"].pos < first["a-team"].pos < first["a-office"].pos_end
    assert not first["a-office"].pos <= first["a-dept"].pos < first["a-office"].pos_end
    assert first["a-dept"].short_name == "某局"
    again = services.load_units([*UNITS, UnitRow("a-new", "新局", "新局", UnitKind.DEPARTMENT, "a")])
    assert {code: (unit.id, unit.pos) for code, unit in first.items()}.items() <= {
        code: (unit.id, unit.pos) for code, unit in again.items()
    }.items()
    assert len(set(Unit.objects.values_list("pos", flat=True))) == Unit.objects.count()


def test_a_unit_no_longer_named_retires_and_a_named_one_is_renamed(district: District) -> None:
    services.load_units(UNITS)
    services.load_units([UNITS[1], replace(UNITS[3], name="新某局")])
    assert set(Unit.objects.filter(active=True).values_list("code", flat=True)) == {"a", "a-dept"}
    assert selectors.unit_by_code("a-dept").name == "新某局"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (UnitRow("x", "x", "x", "circus", "a"), "circus"),
        (UnitRow("x", "x", "x", UnitKind.COMPANY, "nowhere"), "nowhere"),
        (UnitRow("x", "x", "x", UnitKind.COMPANY, "a", "999"), "999"),
        (UnitRow("a-dept", "某局", "", UnitKind.DEPARTMENT, "a"), "2 次"),
        (UnitRow("x", "x", "x", UnitKind.COMPANY, "x"), "环"),
    ],
)
def test_a_wrong_unit_refuses_all(district: District, row: UnitRow, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.load_units([*UNITS, row])
    assert any(said in error["zh"] for error in refused.value.errors)
    assert not Unit.objects.filter(code="a").exists()


def test_a_unit_cannot_move(district: District) -> None:
    services.load_units(UNITS)
    moved = [replace(row, parent_code="a-dept") if row.code == "a-team" else row for row in UNITS]
    with pytest.raises(Invalid, match="有误") as refused:
        services.load_units(moved)
    assert refused.value.errors[0]["at"] == "a-team"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (RoleRow("x", "x", "x", "own", ("casework:case:read",), "security"), "不得办理业务"),
        (RoleRow("x", "x", "x", "own", ("audit:log:read",), "system"), "审计管理员"),
        (RoleRow("x", "x", "x", "own", ("org:user:create",)), "安全管理员"),
        (RoleRow("x", "x", "x", "own", ("org:channel:manage",), "audit"), "系统管理员"),
        (RoleRow("x", "x", "x", "everywhere", ()), "everywhere"),
        (RoleRow("x", "x", "x", "own", (), "fourth"), "fourth"),
    ],
)
def test_a_role_that_mixes_what_is_separated_is_refused(row: RoleRow, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.load_roles([*ROLES, row])
    assert any(said in error["zh"] for error in refused.value.errors)
    assert not Role.objects.exists()


def test_roles_are_updated_by_code() -> None:
    first = services.load_roles(ROLES)
    again = services.load_roles([replace(ROLES[0], permissions=("casework:case:read",))])
    assert again["member"].id == first["member"].id
    assert again["member"].permissions == ["casework:case:read"]


def test_four_thousand_people_load_in_few_statements_with_one_password_hash(district: District) -> None:
    services.load_units(UNITS)
    services.load_roles(ROLES)
    rows = [PersonRow(f"member{n}", f"网格员{n}", "a-team", "member", area_code="370199001001001") for n in range(4000)]
    with CaptureQueriesContext(connection) as asked:
        users = services.load_people(rows, password="wangge-demo", since=SINCE)
    assert len(asked) < 60
    assert len({user.password for user in users.values()}) == 1
    assert check_password("wangge-demo", users["member7"].password)
    User.objects.filter(username="member7").update(password="their own")
    services.load_people(rows[:10], password="wangge-demo", since=SINCE)
    assert User.objects.get(username="member7").password == "their own"
    assert Post.objects.filter(user=users["member7"]).count() == 1
    actor = selectors.actor_for(users["member7"])
    grid = district.versions["grid1"]
    assert actor.scope.areas == ((grid.pos, grid.pos_end),)


def test_people_with_unknown_units_roles_or_areas_are_named(district: District) -> None:
    with pytest.raises(Invalid) as refused:
        services.load_people([PersonRow("x", "x", "no-unit", "no-role", area_code="9")], password="p", since=SINCE)
    assert len(refused.value.errors) == 3


def test_demo_accounts_are_replaced_as_a_list(district: District) -> None:
    services.show_demo_accounts([("dispatcher", "派单", "dispatches", "/"), ("leader", "看全局", "looks on", "/wall")])
    services.show_demo_accounts([("leader", "看全局", "looks on", "/wall")])
    assert [account.user.name for account in selectors.demo_accounts()] == ["韩区长"]
    with pytest.raises(Invalid):
        services.show_demo_accounts([("ghost", "", "", "/")])
    assert DemoAccount.objects.count() == 1


def test_the_database_itself_keeps_the_administrators_apart(district: District) -> None:
    user = district.users["security_admin"]
    with pytest.raises(DatabaseError, match="separated"), transaction.atomic():
        factories.make_post(district, user, role="audit_admin", unit="command").save()
    factories.make_post(district, user, role="grid_member", unit="team1").save()
