"""The life of a case from the first word to the last, and each way aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from wangge.areas.models import Level
from wangge.audit import selectors as audit
from wangge.casework import invariants, wording
from wangge.casework.models import Case, Clock, ClockState, Party, WorkOrder
from wangge.casework.selectors.finding import told_elsewhere
from wangge.casework.services import Blocked, StandsWrong, drafts
from wangge.casework.tests.conftest import Play, almighty
from wangge.casework.workflow import State, Step
from wangge.kit import crypto
from wangge.kit.errors import Forbidden, Invalid, NotFound
from wangge.kit.tree import AREAS
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry import services as registry
from wangge.registry.models import PlaceAlias


def log_actions(case: Case, system: Actor) -> list[str]:
    with scope.acting(system):
        return [one.action.rpartition(":")[2] for one in audit.log_of(subject_type="case", subject_id=case.pk)]


@pytest.fixture(autouse=True)
def sound(request: pytest.FixtureRequest):
    """After each of these tests nothing is left that must not be."""
    yield
    assert invariants.run() == []


def test_from_report_to_closed_case(act: Play, system: Actor) -> None:
    case = act.closed()

    assert case.state == State.CLOSED
    assert case.closed_in_time is True
    assert log_actions(case, system) == ["submit", "dispatch", "acknowledge", "handle", "verify", "close"]
    with scope.acting(system):
        assert audit.verify_chain("case", case.pk).whole
        states = dict(Clock.objects.filter(case=case).values_list("kind", "state"))
    assert states == {
        "whole": ClockState.MET, "acknowledge": ClockState.MET, "handle": ClockState.MET,
        "verify": ClockState.MET, "call_back": ClockState.MET,
    }  # fmt: skip


def test_a_known_matter_at_a_known_place_registers_itself(act: Play, people: SimpleNamespace) -> None:
    case = act.submit()

    assert case.state == State.REGISTERED
    assert case.lead_unit_id == act.district.units["urban"].pk
    assert case.clause == "1 条例第一条"
    assert case.area_pos == act.district.versions["grid1"].pos
    assert case.routing["steps"]
    assert case.due_at is not None
    with scope.acting(people.department_clerk):
        assert Case.objects.filter(pk=case.pk).exists()
        assert Party.objects.get(case=case).role == "lead"


def test_what_cannot_be_placed_waits_for_a_person_and_is_never_guessed(act: Play) -> None:
    case = act.submit(lon=None, lat=None, title="楼下有垃圾", address="某处")

    assert (case.state, case.needs_human, case.area_pos) == (State.SUBMITTED, "unplaced", 0)
    assert case.due_at is not None  # the hotline's promise runs all the same


def test_a_point_outside_the_district_is_not_pulled_inside(act: Play) -> None:
    assert act.submit(lon=120.0, lat=30.0).needs_human == "unplaced"


def test_a_named_community_places_the_case(act: Play) -> None:
    case = act.submit(lon=None, lat=None, address="大观园街道睦和苑社区")

    assert case.placed_by == "text"
    assert case.community_pos == act.district.versions["community1"].pos


@pytest.fixture
def road(act: Play) -> None:
    """经四路 with known numbers in two communities."""
    known = {190: "370199001001001", 200: "370199001001002", 230: "370199001001001", 236: "370199001002001"}
    registry.load_buildings(
        [
            {"code": f"R-{number}", "estate": "", "name": "楼", "address": f"大观园街道经四路{number}号", "kind": "",
             "grid_code": grid, "lon": 116.94, "lat": 36.61, "households": 1}
            for number, grid in known.items()
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("address", "community"),
    [
        ("经四路198号", "community1"),
        ("大观园街道经四路198号门口", "community1"),
        ("经四路233号", None),  # its neighbours lie in two communities
        ("经四路300号", None),
        ("北经四路198号", None),  # another road, for all we know
        ("纬二路社区经四路198号", "community2"),  # what is named outright is believed
    ],
)
def test_an_unknown_house_number_is_placed_by_its_neighbours_or_left_to_a_person(
    address: str, community: str | None, act: Play, road: None, system: Actor
) -> None:
    case = act.submit(lon=None, lat=None, address=address)
    if community is None:
        assert case.needs_human == "unplaced"
        return
    assert case.community_pos == act.district.versions[community].pos
    assert (case.building_id, case.lon) == (None, None)
    if community == "community1":
        assert case.placed_by == "neighbour"
        with scope.acting(system):
            (entry,) = audit.log_of(subject_type="case", subject_id=case.pk)
        assert "按同一条路的邻近门牌推定位置" in wording.sentence(entry.action, entry.actor_name, None, entry.data)


def test_two_communities_named_at_once_are_left_to_a_person(act: Play) -> None:
    assert act.submit(lon=None, lat=None, address="睦和苑社区和乐山社区之间").needs_human == "unplaced"


def test_what_is_not_understood_or_has_no_owner_waits_for_a_person(act: Play) -> None:
    assert act.submit(category_code=None, title="你好").needs_human == "not_understood"
    orphan = act.submit(category_code="M-09999")
    assert (orphan.needs_human, orphan.routing["problem"]) == ("no_owner", "hole")


def test_registering_asks_the_list_again(act: Play, people: SimpleNamespace) -> None:
    case = act.submit(lon=None, lat=None, category_code=None, title="你好")
    grid = act.district.areas["grid5"].pk

    case = act.step(case, Step.REGISTER, people.dispatcher, category="C-01001", area=str(grid), address="乐山路 1 号")

    assert case.state == State.REGISTERED
    assert case.needs_human == ""
    assert case.lead_unit_id == act.district.units["transport"].pk
    assert case.area_pos == act.district.versions["grid5"].pos


def test_registering_needs_place_and_matter(act: Play, people: SimpleNamespace) -> None:
    case = act.submit(lon=None, lat=None, address="某处")

    with pytest.raises(Invalid) as caught:
        act.step(case, Step.REGISTER, people.dispatcher)

    assert caught.value.errors[0]["at"] == "body.area"


def test_dispatch_names_the_units_of_the_list(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.step(act.submit(), Step.DISPATCH, people.dispatcher)

    with scope.acting(system):
        orders = {(one.unit.code, one.lead) for one in WorkOrder.objects.filter(case=case).select_related("unit")}
        roles = dict(Party.objects.filter(case=case).values_list("unit__code", "role"))
    assert orders == {("370199-cgj", True), ("370199001001-jw", False)}
    assert roles == {"370199-cgj": "lead", "370199001001-jw": "support"}


def test_the_case_is_handled_when_every_unit_is_done(act: Play, people: SimpleNamespace) -> None:
    case = act.step(act.submit(), Step.DISPATCH, people.dispatcher)
    clerk = people.department_clerk
    with scope.acting(clerk):
        evidence = act.picture(clerk)

    first = act.step(case, Step.HANDLE, clerk, result="已清运", attachments=[evidence])
    second = act.step(case, Step.HANDLE, people.community_cadre, result="已复查")

    assert (first.state, second.state) == (State.DISPATCHED, State.HANDLED)


def test_handling_needs_evidence_where_the_category_asks_for_it(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()

    with pytest.raises(Invalid) as caught:
        act.step(case, Step.HANDLE, people.department_clerk, result="已清运")

    assert caught.value.errors[0]["at"] == "body.attachments"


def test_another_unit_cannot_act_on_an_order(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()

    with pytest.raises(NotFound):  # housing has no part in it and does not see it
        act.step(case, Step.ACKNOWLEDGE, people.other_department_clerk)
    with pytest.raises(StandsWrong):  # the subdistrict sees it, but the order is not its own
        act.step(case, Step.ACKNOWLEDGE, people.subdistrict_dispatcher)


def test_whoever_handled_it_cannot_verify_it(act: Play, people: SimpleNamespace) -> None:
    case = act.handled()
    handler = almighty(people.department_clerk)

    with pytest.raises(StandsWrong):
        act.step(case, Step.VERIFY, handler)


def test_a_rejected_case_is_done_again_under_a_new_order(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.step(act.handled(), Step.REJECT, people.supervisor, reason="仍有残留")
    assert case.state == State.DISPATCHED

    case = act.step(case, Step.HANDLE, people.department_clerk, result="重新清运")

    assert case.state == State.HANDLED
    with scope.acting(system):
        assert WorkOrder.objects.filter(case=case, state="done").count() == 2


def test_a_stage_of_handling_ends_and_the_next_begins(act: Play, people: SimpleNamespace, system: Actor) -> None:
    clerk = replace(people.department_clerk, unit_pos=act.district.units["transport"].pos)
    clerk = replace(clerk, scope=replace(clerk.scope, units=((clerk.unit_pos, clerk.unit_pos + 1),)))
    case = act.dispatched(category_code="C-01001")

    halfway = act.step(case, Step.HANDLE, clerk, result="已围挡", stage_only=True)
    with scope.acting(system):
        running = list(Clock.objects.filter(case=case, kind="handle").order_by("started_at"))
    done = act.step(case, Step.HANDLE, clerk, result="已修复")

    assert halfway.state == State.DISPATCHED
    assert [(one.state, one.limit_unit) for one in running] == [("met", "working_hours"), ("running", "working_days")]
    assert done.state == State.HANDLED


def test_a_resident_who_left_a_number_is_called_before_closing(act: Play, people: SimpleNamespace) -> None:
    case = act.verified(reporter_phone="13800000000")

    with pytest.raises(Blocked):
        act.step(case, Step.CLOSE, people.supervisor)
    for _ in range(3):
        case = act.step(case, Step.CALL_BACK, people.supervisor, reason="无人接听", reached=False)

    assert case.calls == 3
    assert act.step(case, Step.CLOSE, people.supervisor).state == State.CLOSED


@pytest.mark.parametrize("step", [Step.CALL_BACK, Step.RATE])
def test_an_unhappy_answer_reopens_with_a_new_promise(
    step: Step, act: Play, people: SimpleNamespace, system: Actor
) -> None:
    case = act.verified(reporter_phone="13800000000")
    extra = {"reached": True, "resolved": True, "reason": "不满意"} if step is Step.CALL_BACK else {}

    case = act.step(case, step, people.supervisor, rating=2, **extra)

    assert (case.state, case.reopens, case.supervised) == (State.REOPENED, 1, True)
    with scope.acting(system):
        assert Clock.objects.filter(case=case, kind="whole").count() == 2


def test_a_second_unhappy_answer_is_for_a_person_to_judge(act: Play, people: SimpleNamespace) -> None:
    case = act.step(act.closed(), Step.REOPEN, people.supervisor, reason="未解决")
    case = act.step(case, Step.DISPATCH, people.dispatcher, support_units=[])
    case = act.step(case, Step.HANDLE, people.department_clerk, result="再次清运")
    case = act.step(case, Step.VERIFY, people.supervisor)

    case = act.step(case, Step.RATE, people.supervisor, rating=1)

    assert (case.state, case.supervised, case.rating) == (State.VERIFIED, True, 1)


def test_extension_once_before_due_at_most_ten_days(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()
    before = case.due_at
    with pytest.raises(Invalid):
        act.asked(case, extend_days=11)

    case = act.granted(case, extend_days=10)

    assert before is not None
    assert case.due_at is not None
    assert case.due_at > before + timedelta(days=9)
    with pytest.raises(Blocked):
        act.asked(case, extend_days=1)


@pytest.mark.parametrize("sampled", [True, False])
def test_on_the_spot_is_sampled_for_checking(
    sampled: bool, act: Play, people: SimpleNamespace, system: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "SAMPLE_ONE_IN", 1 if sampled else 1 << 62)
    member = people.grid_member
    with scope.acting(member):
        evidence = act.picture(member)

    case = act.submit(member, channel="patrol", on_the_spot=True, result="已清运", attachment_ids=(evidence,))

    assert case.sampled is sampled
    assert case.state == (State.HANDLED if sampled else State.CLOSED)
    verbs = log_actions(case, system)
    assert verbs == ["submit", "handle_on_the_spot"] + ([] if sampled else ["close"])
    if sampled:
        with pytest.raises(StandsWrong):
            act.step(case, Step.VERIFY, almighty(member))


def test_only_listed_categories_and_permitted_people_handle_on_the_spot(act: Play, people: SimpleNamespace) -> None:
    with pytest.raises(Invalid):
        act.submit(people.grid_member, category_code="C-01001", on_the_spot=True, result="已修")
    with pytest.raises(Forbidden):
        act.submit(people.dispatcher, on_the_spot=True, result="已清运")


def test_escalation_climbs_one_rung_and_keeps_the_helper(act: Play, people: SimpleNamespace, system: Actor) -> None:
    case = act.dispatched()
    assert case.level == 1

    case = act.step(case, Step.ESCALATE, people.dispatcher, reason="街道无力解决")

    assert case.level == 0
    assert case.lead_unit_id == act.district.units["command"].pk
    with scope.acting(system):
        leads = dict(WorkOrder.objects.filter(case=case).values_list("unit__code", "lead"))
    assert leads == {"370199-cgj": False, "370199-zhzx": True}
    with pytest.raises(Blocked):
        act.step(case, Step.ESCALATE, people.dispatcher, reason="再提级")


def test_an_assignee_must_be_a_member_of_the_unit(act: Play, people: SimpleNamespace) -> None:
    case = act.dispatched()

    with pytest.raises(Invalid):
        act.step(case, Step.ACKNOWLEDGE, people.department_clerk, assignee=str(people.other_department_clerk.user_id))


def test_a_child_holds_its_parent_open_and_lets_it_go(act: Play, people: SimpleNamespace) -> None:
    parent, child = act.dispatched(), act.submit(title="同一路段垃圾")
    act.step(child, Step.LINK, people.dispatcher, into=parent.pk)
    clerk = people.department_clerk
    with scope.acting(clerk):
        evidence = act.picture(clerk)
    parent = act.step(parent, Step.HANDLE, clerk, result="已清运", attachments=[evidence])
    assert parent.state == State.DISPATCHED

    act.step(child, Step.CANCEL, people.dispatcher, reason="并入处理")

    with scope.acting(people.dispatcher):
        assert Case.objects.get(pk=parent.pk).state == State.HANDLED


def test_uploads_of_others_cannot_be_claimed(act: Play, people: SimpleNamespace) -> None:
    with scope.acting(people.dispatcher):
        evidence = act.picture(people.dispatcher)

    with pytest.raises(Invalid):
        act.step(act.dispatched(), Step.HANDLE, people.department_clerk, result="好", attachments=[evidence])


def test_the_reporter_is_sealed_and_found_by_number(act: Play, system: Actor) -> None:
    case = act.submit(reporter_name="王小明", reporter_phone="13800000000")

    with scope.acting(system):
        kept = Case.objects.get(reporter_phone_index=crypto.blind_index("13800000000"))
    assert kept.pk == case.pk
    assert b"13800000000" not in bytes(kept.reporter_phone_encrypted)
    assert crypto.decrypt(kept.reporter_phone_encrypted, context=drafts.REPORTER_PHONE) == "13800000000"


def test_a_corrected_place_teaches_what_it_is_called(act: Play, people: SimpleNamespace) -> None:
    case = act.submit(lon=None, lat=None, title="有垃圾", address="老电影院3号楼")
    assert case.needs_human == "unplaced"
    grid = act.district.areas["grid5"].pk

    act.step(case, Step.REGISTER, people.dispatcher, area=str(grid), category="C-01001")

    alias = PlaceAlias.objects.get()
    assert (alias.phrase, alias.target_id, alias.state) == ("老电影院", grid, "proposed")
    assert [vote.case_id for vote in alias.votes.all()] == [case.pk]


def test_what_other_streets_say_too_is_no_name_until_a_person_says_so(act: Play, people: SimpleNamespace) -> None:
    case = act.submit(title="老电影院南侧路灯不亮", lon=116.92, lat=36.65)
    street = AREAS.ancestor(case.area_pos, Level.SUBDISTRICT)

    with scope.acting(people.other_subdistrict_dispatcher):
        assert told_elsewhere("老电影院", street + 1)
        assert not told_elsewhere("老电影院", street)
        assert not told_elsewhere("老机床厂", street + 1)
