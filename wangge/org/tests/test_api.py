"""The routes of org, as people use them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from django.conf import settings as django_settings
from django.test import Client

from tests import factories
from tests.factories import PASSWORD, District
from wangge.audit.models import Entry
from wangge.kit import clock
from wangge.org import selectors, services
from wangge.org.models import Post, SignInAttempt, User
from wangge.org.scope import Actor

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Actor | None], Client]
API = "/api/v1"


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    return client.generic(method, f"{API}{path}", _json(body), content_type="application/json")


def _json(body: Any) -> bytes:
    return b"" if body is None else orjson.dumps(body)


# --- the session


def test_a_stranger_learns_the_district_and_gets_the_token_to_sign_in_with(
    district: District, stranger: Client
) -> None:
    answer = stranger.get(f"{API}/session")
    body = answer.json()
    assert (answer.status_code, body["user"], body["permissions"]) == (200, None, [])
    assert body["district"] == {
        "code": "370199", "name": "试点区", "center": [117.0, 36.6], "bbox": [116.9, 36.5, 117.1, 36.7]
    }  # fmt: skip
    assert "wangge_csrf" in stranger.cookies


def test_signing_in_and_out(district: District, stranger: Client) -> None:
    body = send(stranger, "POST", "/session", {"username": "grid_member", "password": PASSWORD}).json()
    assert (body["user"]["name"], body["post"]["unit"]["name"]) == ("周网格", "睦和苑第一网格")
    assert body["post"]["area"]["name"] == "睦和苑一网格"
    assert "casework:case:submit" in body["permissions"]
    assert stranger.get(f"{API}/session").json()["user"]["username"] == "grid_member"
    assert send(stranger, "DELETE", "/session").status_code == 204
    assert stranger.get(f"{API}/session").json()["user"] is None
    assert send(stranger, "DELETE", "/session").status_code == 401


def test_a_refused_sign_in_is_remembered_and_slowed(district: District, stranger: Client) -> None:
    answers = [send(stranger, "POST", "/session", {"username": "leader", "password": "wrong"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[0].json()["code"] == "sign_in_failed"
    assert int(answers[5]["Retry-After"]) in {1, 2}
    assert SignInAttempt.objects.filter(account="leader", ok=False).count() == 5


def test_signing_in_needs_the_pages_token(district: District) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get(f"{API}/session")
    payload = {"username": "leader", "password": PASSWORD}
    refused = send(client, "POST", "/session", payload)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    token = client.cookies["wangge_csrf"].value
    accepted = client.post(f"{API}/session", payload, content_type="application/json", headers={"X-CSRFToken": token})
    assert accepted.status_code == 200


def test_choosing_another_post_changes_what_one_may_do(
    district: District, client_for: ClientFor, grid_member: Actor
) -> None:
    second = Post.objects.create(
        user_id=grid_member.user_id,
        unit=district.units["office1"],
        role=district.roles["subdistrict_dispatcher"],
        title="街道调度员（兼）",
        scope="unit_tree",
        valid_from="2021-01-01",
    )
    client = client_for(grid_member)
    assert [post["title"] for post in client.get(f"{API}/session").json()["posts"]] == ["网格员", "街道调度员（兼）"]
    body = send(client, "POST", "/session/post", {"post_id": str(second.id)}).json()
    assert (body["post"]["id"], "casework:case:dispatch" in body["permissions"]) == (str(second.id), True)
    assert client.get(f"{API}/session").json()["post"]["id"] == str(second.id)
    others = district.posts["leader"].id
    assert send(client, "POST", "/session/post", {"post_id": str(others)}).status_code == 404
    assert send(client, "POST", "/session/post", {}).status_code == 404
    Post.objects.filter(id=second.id).update(valid_to="2026-01-01")
    assert client.get(f"{API}/session").json()["post"]["title"] == "网格员"


def test_standing_in_gives_the_absent_ones_post_and_keeps_both_names(
    district: District, client_for: ClientFor, people: SimpleNamespace
) -> None:
    now = clock.now()
    stand_in = services.create_stand_in(
        post_id=district.posts["subdistrict_dispatcher"].id,
        user_id=people.community_cadre.user_id,
        starts=now - timedelta(hours=1),
        ends=now + timedelta(hours=1),
        reason="年休假",
        by=people.security_admin,
    )
    client = client_for(people.community_cadre)
    offered = client.get(f"{API}/session").json()["acting_for"]
    assert [(offer["stand_in_id"], offer["name"]) for offer in offered] == [(str(stand_in.id), "冯街道")]
    body = send(client, "POST", "/session/post", {"stand_in_id": str(stand_in.id)}).json()
    assert (body["stand_in_id"], body["post"]["role"]) == (str(stand_in.id), "subdistrict_dispatcher")
    actor = selectors.actor_for(district.users["community_cadre"], stand_in)
    assert (actor.name, actor.on_behalf_of) == ("郑社区", people.subdistrict_dispatcher.user_id)
    assert actor.scope == replace(people.subdistrict_dispatcher.scope)
    services.cancel_stand_in(stand_in_id=stand_in.id, by=people.security_admin)
    assert client.get(f"{API}/session").json()["acting_for"] == []


def test_display_settings_are_ones_own(client_for: ClientFor, grid_member: Actor) -> None:
    client = client_for(grid_member)
    assert send(client, "PATCH", "/session", {"big_text": True}).json()["user"]["big_text"] is True
    body = send(client, "PATCH", "/session", {"language": "en"}).json()["user"]
    assert (body["big_text"], body["language"]) == (True, "en")
    assert send(client, "PATCH", "/session", {"language": "xx"}).status_code == 422


def test_demo_accounts_exist_only_in_a_demonstration(district: District, stranger: Client, settings: Any) -> None:
    services.show_demo_accounts([("leader", "看全局", "looks on", "/wall")])
    assert stranger.get(f"{API}/demo-accounts").status_code == 404
    settings.WANGGE = replace(django_settings.WANGGE, mode="demo")
    assert stranger.get(f"{API}/demo-accounts").json() == [
        {
            "username": "leader", "name": "韩区长", "role": "district_leader", "role_name": "区领导",
            "role_name_en": "District leader", "unit": "试点区人民政府", "does_zh": "看全局",
            "does_en": "looks on", "page": "/wall",
        }
    ]  # fmt: skip


# --- the directory


def test_units_are_found_by_kind_name_and_area_and_paged(
    district: District, client_for: ClientFor, leader: Actor
) -> None:
    client = client_for(leader)

    def names(**wanted: Any) -> list[str]:
        return [unit["name"] for unit in client.get(f"{API}/units", wanted).json()["items"]]

    assert names(kind="department") == ["区城市管理局", "区住房和城乡建设局", "区交通运输局"]
    assert names(q="大观园") == ["大观园街道办事处"]
    assert names(area=str(district.areas["community1"].id)) == ["睦和苑社区居委会", "睦和苑第一网格", "睦和苑第二网格"]
    first = client.get(f"{API}/units", {"limit": 10}).json()
    rest = client.get(f"{API}/units", {"limit": 10, "cursor": first["next"]}).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"], first["total"]) == (10, 5, None, 15)
    assert client.get(f"{API}/units", {"area": str(district.units["urban"].id)}).status_code == 404


def new_user(district: District, **more: Any) -> dict[str, Any]:
    return {
        "username": "new.person",
        "name": "新同志",
        "phone": "13812345678",
        "posts": [
            {
                "unit_id": str(district.units["team2"].id),
                "role": "grid_member",
                "area_id": str(district.areas["grid2"].id),
            }
        ],
    } | more


def test_the_security_administrator_makes_a_user_who_can_sign_in_and_work(
    district: District, client_for: ClientFor, security_admin: Actor, stranger: Client
) -> None:
    made = send(client_for(security_admin), "POST", "/users", new_user(district))
    body = made.json()
    assert (made.status_code, body["phone"], body["posts"][0]["title"]) == (201, "138****5678", "网格员")
    signed_in = send(stranger, "POST", "/session", {"username": "new.person", "password": body["first_password"]})
    assert signed_in.json()["post"]["area"]["name"] == "睦和苑二网格"
    entry = Entry.objects.get(subject_type="user")
    assert (entry.action, entry.actor_name) == ("org:user:create", "朱安全")
    assert "13812345678" not in str(entry.data)
    again = send(client_for(security_admin), "POST", "/users", new_user(district))
    assert (again.status_code, again.json()["code"]) == (409, "username_taken")


def test_wrong_posts_are_named_one_by_one(district: District, client_for: ClientFor, security_admin: Actor) -> None:
    nowhere = str(district.areas["grid1"].id)
    posts = [
        {"unit_id": nowhere, "role": "nobody", "scope": "moon"},
        {"unit_id": str(district.units["command"].id), "role": "system_admin"},
        {"unit_id": str(district.units["command"].id), "role": "audit_admin"},
    ]
    answer = send(client_for(security_admin), "POST", "/users", new_user(district, posts=posts))
    assert answer.status_code == 422
    assert [error["at"] for error in answer.json()["errors"]] == [
        "body.posts.0.unit_id", "body.posts.0.role", "body.posts.0.scope", "body.posts"
    ]  # fmt: skip
    weak = send(client_for(security_admin), "POST", "/users", new_user(district, password="123"))
    assert weak.json()["errors"][0]["at"] == "body.password"
    assert not User.objects.filter(username="new.person").exists()


def test_changing_a_user_ends_posts_and_stops_accounts(
    district: District, client_for: ClientFor, security_admin: Actor, grid_member: Actor
) -> None:
    admin, member = client_for(security_admin), client_for(grid_member)
    posts = [{"unit_id": str(district.units["team2"].id), "role": "grid_member"}]
    changed = send(admin, "PATCH", f"/users/{grid_member.user_id}", {"name": "周二网格", "posts": posts}).json()
    assert (changed["name"], [post["unit_name"] for post in changed["posts"]]) == ("周二网格", ["睦和苑第二网格"])
    assert member.get(f"{API}/session").json()["post"]["unit"]["name"] == "睦和苑第二网格"
    send(admin, "PATCH", f"/users/{grid_member.user_id}", {"active": False})
    assert member.get(f"{API}/session").json()["user"] is None
    oneself = send(admin, "PATCH", f"/users/{security_admin.user_id}", {"name": "x"})
    assert (oneself.status_code, oneself.json()["code"]) == (403, "not_on_oneself")
    assert send(admin, "PATCH", f"/users/{district.units['urban'].id}", {"name": "x"}).status_code == 404


def test_listing_people(district: District, client_for: ClientFor, security_admin: Actor) -> None:
    client = client_for(security_admin)
    found = client.get(f"{API}/users", {"unit": str(district.units["urban"].id)}).json()["items"]
    assert [(user["name"], user["posts"][0]["role"]) for user in found] == [("褚城管", "department_clerk")]
    first = client.get(f"{API}/users", {"limit": 10}).json()
    rest = client.get(f"{API}/users", {"limit": 10, "cursor": first["next"]}).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (10, 4, None)
    assert [user["name"] for user in client.get(f"{API}/users", {"q": "网格"}).json()["items"]] == ["周网格", "吴网格"]


# --- stand-ins and credentials


def test_stand_ins_are_made_listed_and_cancelled(
    district: District, client_for: ClientFor, people: SimpleNamespace
) -> None:
    client = client_for(people.security_admin)
    now = clock.now()
    wanted = {
        "post_id": district.posts["department_clerk"].id,
        "user_id": people.other_department_clerk.user_id,
        "starts": now,
        "ends": now + timedelta(days=3),
        "reason": "出差",
    }
    made = send(client, "POST", "/stand-ins", wanted)
    assert (made.status_code, made.json()["away_name"], made.json()["user_name"]) == (201, "褚城管", "卫住建")
    assert [row["id"] for row in client.get(f"{API}/stand-ins").json()] == [made.json()["id"]]
    assert send(client, "DELETE", f"/stand-ins/{made.json()['id']}").status_code == 204
    assert send(client, "DELETE", f"/stand-ins/{people.leader.user_id}").status_code == 404
    actions = Entry.objects.filter(subject_type="stand_in").order_by("number").values_list("action", flat=True)
    assert list(actions) == ["org:stand_in:create", "org:stand_in:cancel"]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"ends": "2020-01-01T00:00:00Z"}, "body.ends"),
        ({"ends": "2999-01-01T00:00:00"}, "body.ends"),  # without an offset
        ({"ends": "9999-12-31T23:59:59Z"}, "body.ends"),
        ({"user_id": "department_clerk"}, "body.user_id"),
        ({"post_id": "00000000-0000-7000-8000-000000000001"}, "body.post_id"),
        ({"reason": " "}, "body.reason"),
        ({"post_id": "audit_admin", "user_id": "system_admin"}, "body.posts"),
    ],
)
def test_a_stand_in_that_makes_no_sense_is_refused(
    district: District, client_for: ClientFor, people: SimpleNamespace, change: dict[str, str], at: str
) -> None:
    now = clock.now()
    wanted: dict[str, Any] = {
        "post_id": district.posts["department_clerk"].id,
        "user_id": people.other_department_clerk.user_id,
        "starts": now,
        "ends": now + timedelta(days=3),
        "reason": "出差",
    }
    for name, value in change.items():
        if name == "user_id":
            wanted[name] = district.users[value].id
        elif value in district.posts:
            wanted[name] = district.posts[value].id
        else:
            wanted[name] = value
    answer = send(client_for(people.security_admin), "POST", "/stand-ins", wanted)
    assert answer.status_code == 422
    assert at in {error["at"] for error in answer.json()["errors"]}


def test_nobody_stands_in_for_two_administrators(
    district: District, client_for: ClientFor, people: SimpleNamespace
) -> None:
    client = client_for(people.security_admin)
    now = clock.now()
    member = people.grid_member.user_id
    wanted = {"user_id": member, "starts": now, "ends": now + timedelta(days=3), "reason": "出差"}

    def stand_in(role: str) -> int:
        return send(client, "POST", "/stand-ins", wanted | {"post_id": district.posts[role].id}).status_code

    assert [stand_in("system_admin"), stand_in("audit_admin")] == [201, 422]
    posts = [{"unit_id": district.units["urban"].id, "role": "audit_admin"}]
    assert send(client, "PATCH", f"/users/{member}", {"posts": posts}).status_code == 422


def test_a_leader_arranges_stand_ins_for_their_own_people_only(
    district: District, client_for: ClientFor, people: SimpleNamespace
) -> None:
    leader = people.leader
    post = factories.make_post(district, district.users["leader"], role="department_leader", unit="urban")
    post.save()
    Post.objects.filter(user_id=leader.user_id).exclude(id=post.id).delete()
    client = client_for(selectors.actor_for(district.users["leader"]))
    now = clock.now()

    def arrange(post_of: str, person: str) -> int:
        wanted = {
            "post_id": district.posts[post_of].id,
            "user_id": district.users[person].id,
            "starts": now,
            "ends": now + timedelta(days=1),
            "reason": "出差",
        }
        status: int = send(client, "POST", "/stand-ins", wanted).status_code
        return status

    assert arrange("department_clerk", "arbiter") == 201
    assert arrange("other_department_clerk", "arbiter") == 422  # another department's
    assert arrange("security_admin", "arbiter") == 422
    assert arrange("department_clerk", "leader") == 403  # nobody raises themselves
    elsewhere = services.create_stand_in(
        post_id=district.posts["other_department_clerk"].id,
        user_id=people.arbiter.user_id,
        starts=now,
        ends=now + timedelta(days=1),
        reason="病假",
        by=people.security_admin,
    )
    assert [row["away_name"] for row in client.get(f"{API}/stand-ins").json()] == ["褚城管"]
    assert send(client, "DELETE", f"/stand-ins/{elsewhere.id}").status_code == 404


def test_a_leader_lists_the_people_of_their_own_units(
    district: District, client_for: ClientFor, subdistrict_dispatcher: Actor
) -> None:
    names = {user["name"] for user in client_for(subdistrict_dispatcher).get(f"{API}/users").json()["items"]}
    assert names == {"周网格", "郑社区", "冯街道"}


def test_a_credential_works_until_it_is_revoked_and_its_secret_is_shown_once(
    district: District, client_for: ClientFor, system_admin: Actor
) -> None:
    client = client_for(system_admin)
    wanted = {"name": "12345 平台", "channel": "hotline12345", "unit_id": str(district.units["command"].id)}
    made = send(client, "POST", "/channel-credentials", wanted)
    secret = made.json()["secret"]
    assert made.status_code == 201
    assert secret not in client.get(f"{API}/channel-credentials").content.decode()
    neighbour = Client(headers={"Authorization": f"Bearer {secret}"})
    assert neighbour.get(f"{API}/units").status_code == 403  # known, but not entitled
    assert send(client, "POST", "/channel-credentials", wanted).status_code == 409
    greedy = send(client, "POST", "/channel-credentials", wanted | {"name": "x", "permissions": ["org:user:create"]})
    assert greedy.json()["errors"][0]["at"] == "body.permissions"
    nowhere = send(client, "POST", "/channel-credentials", wanted | {"name": "y", "channel": "no_such_channel"})
    assert (nowhere.status_code, nowhere.json()["errors"][0]["at"]) == (422, "body.channel")
    assert send(client, "DELETE", f"/channel-credentials/{made.json()['id']}").status_code == 204
    assert neighbour.get(f"{API}/units").status_code == 401
