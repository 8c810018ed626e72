"""What is recorded of grid members: by those who answer for them, for them to see, and nobody is put in order."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.factories import District
from wangge.appraisal.models import Commendation, Trainee, Training
from wangge.appraisal.selectors import records as reading
from wangge.appraisal.services import records
from wangge.appraisal.tests import judging_rules
from wangge.kit.errors import Forbidden, Invalid, NotFound
from wangge.kit.tables import read_table
from wangge.org import scope
from wangge.org import selectors as org
from wangge.org.models import User
from wangge.org.scope import Actor, system_actor

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 3)
JSON = "application/json"
API = "/api/v1/appraisal/records"


@pytest.fixture(autouse=True)
def rules(district: District) -> None:
    with scope.acting(system_actor("test")):
        judging_rules.load()


def trained(by: Actor, *members: Actor, **given: Any) -> Training:
    values = {"title": "消防安全培训", "day": DAY, "hours": Decimal("2.5"), "held_by": "街道应急办"} | given
    with scope.acting(by):
        return records.add_training(trainees=dict.fromkeys((one.user_id for one in members), True), by=by, **values)  # type: ignore[arg-type]


def commended(by: Actor, member: Actor, **given: Any) -> Commendation:
    values = {"kind": "thanks", "day": DAY, "reason": "雨夜转移独居老人", "given_by": "睦和苑社区居委会"} | given
    with scope.acting(by):
        return records.commend(user_id=member.user_id, by=by, **values)  # type: ignore[arg-type]


def a_member(district: District, team: str, grid: str, role: str = "grid_member") -> Actor:
    with scope.acting(system_actor("test")):
        user = User.objects.create(username=f"{role}_of_{team}", name="郑网格")
        factories.make_post(district, user, role=role, unit=team, area=grid).save()
    return org.actor_for(user)


def seen(actor: Actor) -> tuple[int, int, int]:
    """What the actor reads, and that a query that forgot to ask reads the same."""
    with scope.acting(actor):
        models = (Training, Trainee, Commendation)
        counts = tuple(model.objects.visible_to(actor).count() for model in models)  # type: ignore[attr-defined]
        assert counts == tuple(model.objects.count() for model in models)  # type: ignore[attr-defined]
        return counts  # type: ignore[return-value]


def test_a_record_is_seen_by_the_member_and_by_those_who_answer_for_them(people: SimpleNamespace) -> None:
    trained(people.community_cadre, people.grid_member)
    commended(people.community_cadre, people.grid_member)
    for actor in (people.grid_member, people.community_cadre, people.subdistrict_dispatcher, people.supervisor):
        assert seen(actor) == (1, 1, 1), actor.name
    for actor in (people.other_grid_member, people.other_subdistrict_dispatcher, people.department_clerk):
        assert seen(actor) == (0, 0, 0), actor.name


def test_a_colleague_of_the_same_team_does_not_see_it(district: District, people: SimpleNamespace) -> None:
    colleague, lead = a_member(district, "team1", "grid1"), a_member(district, "team1", "grid1", role="grid_lead")
    trained(people.community_cadre, people.grid_member)
    for actor in (colleague, lead):
        assert seen(actor) == (0, 0, 0)
        with scope.acting(actor):
            assert [one.user_id for one in reading.members(actor)] == [actor.user_id]


def test_of_a_training_a_community_sees_its_own_people(district: District, people: SimpleNamespace) -> None:
    neighbour = a_member(district, "team3", "grid3")
    made = trained(people.subdistrict_dispatcher, people.grid_member, neighbour)
    for actor, names in (
        (people.subdistrict_dispatcher, ["周网格", "郑网格"]),
        (people.community_cadre, ["周网格"]),
        (neighbour, ["郑网格"]),
    ):  # fmt: skip
        with scope.acting(actor):
            (document,) = reading.training_documents([made], actor)
            assert [one["name"] for one in document["trainees"]] == names


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": "x"}, "body.title"),
        ({"title": "网格员积分排名大会"}, "body"),
        ({"remark": "在线时长统计结果"}, "body"),
        ({"day": dt.date(2999, 1, 1)}, "body.day"),
        ({"hours": Decimal(0)}, "body.hours"),
        ({"held_by": ""}, "body.held_by"),
    ],
)
def test_a_training_that_makes_no_sense_or_is_forbidden_is_refused(
    people: SimpleNamespace, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        trained(people.community_cadre, people.grid_member, **given)
    assert [one["at"] for one in refused.value.errors] == [field]


def test_only_members_of_ones_own_area_and_never_oneself(people: SimpleNamespace) -> None:
    for member in (people.other_grid_member, people.community_cadre, people.department_clerk):
        with pytest.raises(Invalid):
            trained(people.community_cadre, member)
        with pytest.raises(Invalid):
            commended(people.community_cadre, member)
    with pytest.raises(Forbidden):
        trained(people.grid_member, people.grid_member)
    with pytest.raises(Invalid):
        commended(people.community_cadre, people.grid_member, kind="medal")


def test_what_was_written_down_wrongly_is_removed_with_a_reason_by_whoever_answers_for_it(
    people: SimpleNamespace,
) -> None:
    made, praise = (
        trained(people.subdistrict_dispatcher, people.grid_member),
        commended(people.community_cadre, people.grid_member),
    )
    with scope.acting(people.community_cadre) as cadre:
        with pytest.raises(Forbidden):  # seen, because a member of theirs took part; written by the street
            records.remove_training(training_id=made.pk, reason="日期登记错误", by=cadre)
        with pytest.raises(Invalid):
            records.remove_commendation(commendation_id=praise.pk, reason="", by=cadre)
        records.remove_commendation(commendation_id=praise.pk, reason="人员登记错误", by=cadre)
    with scope.acting(people.other_subdistrict_dispatcher) as stranger, pytest.raises(NotFound):
        records.remove_training(training_id=made.pk, reason="日期登记错误", by=stranger)
    with scope.acting(people.subdistrict_dispatcher) as street:
        records.remove_training(training_id=made.pk, reason="日期登记错误", by=street)
    assert seen(people.supervisor) == (0, 0, 0)


def test_a_member_finds_their_own_page_with_duties_and_nobody_elses(
    people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    trained(people.community_cadre, people.grid_member)
    client = client_for(people.grid_member)
    page = client.get(f"{API}/members/{people.grid_member.user_id}").json()
    assert [one["title"] for one in page["trainings"]] == ["消防安全培训"]
    assert page["duties"][0]["text"].startswith("巡查网格")
    assert client.get(f"{API}/members/{people.other_grid_member.user_id}").status_code == 404
    assert [row["name"] for row in client.get(f"{API}/members").json()["items"]] == ["周网格"]
    assert client_for(people.community_cadre).get(f"{API}/members/{people.grid_member.user_id}").status_code == 200
    far = client_for(people.other_subdistrict_dispatcher)
    assert far.get(f"{API}/members/{people.grid_member.user_id}").status_code == 404


def test_records_over_http_from_writing_to_the_workbook(
    district: District, people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    client, member = client_for(people.community_cadre), str(people.grid_member.user_id)
    training = {
        "title": "消防安全培训", "day": "2026-11-03", "hours": 2.5, "held_by": "街道应急办",
        "trainees": [{"user_id": member, "passed": True}],
    }  # fmt: skip
    made = client.post(f"{API}/trainings", training, content_type=JSON)
    assert made.status_code == 201, made.content
    praise = {"user_id": member, "kind": "thanks", "day": "2026-11-04", "reason": "=雨夜转移老人", "given_by": "居委会"}
    assert client.post(f"{API}/commendations", praise, content_type=JSON).status_code == 201
    book = client.get(f"{API}/export.xlsx?unit={district.units['committee1'].pk}")
    table = read_table(io.BytesIO(book.content).getvalue(), "a.xlsx")
    assert [row[2:4] for row in table.rows] == [["培训", "消防安全培训"], ["群众感谢", "=雨夜转移老人"]]
    other = client_for(people.other_subdistrict_dispatcher)
    assert read_table(other.get(f"{API}/export.xlsx").content, "a.xlsx").rows == []
    address = f"{API}/trainings/{made.json()['id']}"
    assert other.delete(address, {"reason": "日期登记错误"}, content_type=JSON).status_code == 404
    assert client.delete(address, {"reason": "日期登记错误"}, content_type=JSON).status_code == 204
    assert client.get(f"{API}/trainings").json()["items"] == []


def test_nothing_that_is_answered_counts_or_orders_people(
    people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    row = client_for(people.subdistrict_dispatcher).get(f"{API}/members").json()["items"][0]
    assert set(row) == {"user_id", "name", "role", "unit"}
    refused = client_for(people.subdistrict_dispatcher).get(f"{API}/members?sort=-trainings").json()["items"]
    assert [one["name"] for one in refused] == [row["name"]]
