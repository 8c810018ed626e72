"""Honest months raise nothing; each way of making figures up raises its own alarm, and no other unit's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client

from tests.factories import District
from wangge.appraisal import periods
from wangge.appraisal.models import GamingAlarm
from wangge.appraisal.selectors import alarms as reading
from wangge.appraisal.selectors import remarks
from wangge.appraisal.selectors.judging import rules
from wangge.appraisal.services import alarms
from wangge.appraisal.services.deciding import Decided, NotYoursToDecide
from wangge.appraisal.tests import judging_rules
from wangge.appraisal.tests.gaming_world import DAY, HOUR, MINUTE, World
from wangge.audit import selectors as log
from wangge.audit import services as audit
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.scope import Actor, system_actor

pytestmark = pytest.mark.django_db
OCTOBER = periods.parse("2026-10")
AT = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
BAD = "team1"
Twist = Callable[[World], None]


@pytest.fixture
def world(district: District) -> World:
    with scope.acting(system_actor("test")):
        judging_rules.load()
        return World(district, seed=7)


def found(world: World) -> set[tuple[str, str]]:
    """(rule, unit) of all alarms after a look at October."""
    codes = {unit.pk: key for key, unit in world.district.units.items()}
    with scope.acting(system_actor("test")):
        world.keep()
        alarms.look(period=OCTOBER, at=AT)
        return {(one.rule, codes[one.unit_id]) for one in GamingAlarm.objects.all()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_honest_month_raises_nothing(district: District, seed: int) -> None:
    with scope.acting(system_actor("test")):
        judging_rules.load()
        world = World(district, seed)
        world.honest_month()
    assert found(world) == set()


def self_made(world: World) -> None:
    maker = world.people[BAD][0]
    for _ in range(250):
        at = world.moment()
        case = world.case(BAD, submitter_id=maker, submitted_at=at, handled_at=at + 3 * MINUTE)
        world.order(case, BAD, maker)


def reopened(world: World) -> None:
    for _ in range(60):
        world.reopened(world.case(BAD), DAY)


def same_again(world: World) -> None:
    for _ in range(250):
        case = world.case(BAD)
        assert case.closed_at is not None
        world.case(
            "team5", submitted_at=case.closed_at + DAY, lon=case.lon, lat=case.lat, state="dispatched",
            handled_at=None, closed_at=None,
        )  # fmt: skip


def called_the_happy(world: World) -> None:
    for _ in range(25):
        world.called(BAD, reached=False, troubled=True)
    for _ in range(150):
        world.called(BAD, reached=True)


def never_reached(world: World) -> None:
    for _ in range(250):
        world.called(BAD, reached=False)


def before_deadline(world: World) -> None:
    for _ in range(30):
        world.reassigned(BAD, "team2", 20 * MINUTE)


def last_hour(world: World) -> None:
    for _ in range(30):
        world.asked(BAD, world.moment(), 15 * MINUTE)


def asked_in_masses(world: World) -> None:
    at = world.moment()
    for number in range(25):
        world.asked(BAD, at + number * MINUTE / 2, 30 * HOUR)


def same_answers(world: World) -> None:
    for number in range(40):
        world.answered(BAD, "我单位高度重视，已立行立改！" if number % 2 else "我单位高度重视， 已立行立改")


def reused_photos(world: World) -> None:
    photo = b"p" * 32
    for number in range(12):
        world.on_the_spot(BAD, world.people[BAD][number % 3], photo=photo)


def bursts(world: World) -> None:
    at = world.moment()
    for number in range(80):
        world.on_the_spot(BAD, world.people[BAD][0], submitted_at=at + (number // 20) * DAY / 8 + number * MINUTE / 4)


TWISTS = (
    self_made, reopened, same_again, called_the_happy, never_reached, before_deadline, last_hour, asked_in_masses,
    same_answers, reused_photos, bursts,
)  # fmt: skip


@pytest.mark.parametrize("twist", TWISTS, ids=lambda twist: twist.__name__)
def test_a_dishonest_month_raises_the_right_alarm(world: World, twist: Twist) -> None:
    world.honest_month()
    twist(world)
    raised = found(world)
    assert (twist.__name__, BAD) in raised
    assert {unit for _, unit in raised} == {BAD}
    # Making cases up in a burst is both; nothing else comes along.
    assert {rule for rule, _ in raised} - {twist.__name__} <= {"self_made"}


def test_what_a_phone_without_signal_sends_in_one_go_is_no_burst(world: World) -> None:
    world.honest_month()
    sent = world.moment()
    for number in range(60):
        world.on_the_spot(
            BAD, world.people[BAD][number % 3], submitted_at=sent, claimed_at=sent - (number + 1) * HOUR
        )  # fmt: skip
    assert ("bursts", BAD) not in found(world)


@pytest.fixture
def raised(world: World) -> GamingAlarm:
    world.honest_month()
    reused_photos(world)
    found(world)
    with scope.acting(system_actor("test")):
        return GamingAlarm.objects.get()


def test_an_alarm_says_in_words_what_was_seen_and_what_was_expected(raised: GamingAlarm) -> None:
    assert raised.hits == 11
    assert "睦和苑第一网格2026年10月" in raised.text_zh
    assert "11" in raised.text_zh
    assert "2026-10: 11 of" in raised.text_en
    assert 0 <= raised.p_value < 0.01
    assert raised.observed > raised.expected
    assert len(raised.cases) == 11
    assert {case["n"] for case in raised.cases} == {12.0}


def test_looking_again_raises_nothing_twice_and_what_is_decided_stays(
    raised: GamingAlarm, world: World, supervisor: Actor
) -> None:
    with scope.acting(system_actor("test")):
        assert alarms.look(period=OCTOBER, at=AT + DAY) == []
        assert GamingAlarm.objects.get().seen_at == AT + DAY
        alarms.decide(alarm_id=raised.pk, outcome="explained", reason="照片为公用模板图", by=supervisor)
        assert alarms.look(period=OCTOBER, at=AT + 2 * DAY) == []
        assert GamingAlarm.objects.get().state == "explained"
        assert GamingAlarm.objects.get().seen_at == AT + DAY


def test_a_confirmed_alarm_is_told_beside_the_figures_and_nothing_else_happens(
    raised: GamingAlarm, supervisor: Actor, grid_member: Actor
) -> None:
    with scope.acting(supervisor):
        alarms.decide(alarm_id=raised.pk, outcome="confirmed", reason="现场核实为同一照片", by=supervisor)
        with pytest.raises(Decided):
            alarms.decide(alarm_id=raised.pk, outcome="explained", reason="改主意了没有理由", by=supervisor)
        kept = log.log_of(subject_type="alarm", subject_id=raised.pk)
        assert [entry.action for entry in kept] == [
            "appraisal:alarm:raise",
            "appraisal:alarm:decide",
        ]
        assert audit.verify_chain("alarm", raised.pk).whole
    with scope.acting(grid_member):
        notes = reading.under_review(start=OCTOBER.start, end=OCTOBER.end, rules=rules())
        assert [(note.unit_id, note.name) for note in notes] == [(raised.unit_id, "照片重复使用")]
        (told,) = remarks.of_units(start=OCTOBER.start, end=OCTOBER.end)[raised.unit_id]
        assert (told["kind"], told["text"]) == ("review", "数据核查中：照片重复使用")
        assert reading.under_review(start=OCTOBER.end, end=OCTOBER.end + DAY, rules=rules()) == []


def test_nobody_of_the_unit_decides_nor_who_had_a_hand_in_the_cases(
    raised: GamingAlarm, world: World, people: SimpleNamespace, supervisor: Actor
) -> None:
    own = replace(people.grid_member, permissions=supervisor.permissions)
    hand = replace(supervisor, user_id=world.people[BAD][0])
    for actor in (own, hand):
        with scope.acting(actor), pytest.raises(NotYoursToDecide):
            alarms.decide(alarm_id=raised.pk, outcome="confirmed", reason="自己看自己没问题", by=actor)


def test_another_unit_finds_no_such_alarm(
    raised: GamingAlarm, people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    near, far = people.subdistrict_dispatcher, people.other_subdistrict_dispatcher
    for actor, status in ((near, 200), (far, 404)):
        client = client_for(actor)
        assert client.get(f"/api/v1/appraisal/alarms/{raised.pk}").status_code == status
        listed = [row["id"] for row in client.get("/api/v1/appraisal/alarms?period=2026-10").json()["items"]]
        assert listed == ([str(raised.pk)] if status == 200 else [])
    with scope.acting(far), pytest.raises(NotFound):
        reading.alarm(raised.pk, far)
    with scope.acting(far):
        assert not GamingAlarm.objects.exists()  # the second lock


def test_the_page_of_an_alarm_shows_the_cases_the_reader_may_see_and_no_person(
    raised: GamingAlarm, world: World, people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    seen = client_for(people.supervisor).get(f"/api/v1/appraisal/alarms/{raised.pk}")
    assert len(seen.json()["cases"]) == 11
    assert seen.json()["cases"][0]["says"] == "同一照片用了 12 次"
    assert not [person for person in world.people[BAD] if str(person) in seen.content.decode()]
    hidden = client_for(people.subdistrict_dispatcher).get(f"/api/v1/appraisal/alarms/{raised.pk}").json()
    assert (hidden["cases"], hidden["hidden"]) == ([], 11)  # the cases of this world lie in nobody's area


def test_looking_on_demand_and_deciding_over_http(
    world: World, people: SimpleNamespace, client_for: Callable[[Actor | None], Client]
) -> None:
    with scope.acting(system_actor("test")):
        world.honest_month()
        reused_photos(world)
        world.keep()
    client = client_for(people.supervisor)
    looked = client.post("/api/v1/appraisal/alarms/look", {"period": "2026-10"}, content_type="application/json")
    assert looked.status_code == 200, looked.content
    (raised,) = looked.json()["raised"]
    assert client.get("/api/v1/appraisal/alarms").json()["to_decide"] == 1
    address = f"/api/v1/appraisal/alarms/{raised}/decision"
    short = client.post(address, {"outcome": "confirmed", "reason": "是"}, content_type="application/json")
    assert short.status_code == 422
    done = client.post(address, {"outcome": "confirmed", "reason": "照片确为重复"}, content_type="application/json")
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    nothing = client.post(
        f"/api/v1/appraisal/alarms/{uuid4()}/decision", {"outcome": "confirmed", "reason": "照片确为重复"},
        content_type="application/json",
    )  # fmt: skip
    assert nothing.status_code == 404
