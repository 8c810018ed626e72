"""A matter that arrives finds those like it; people merge, take apart, say that two are not one, and that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wangge.casework import invariants
from wangge.casework.models import Case, Clock
from wangge.casework.services import Blocked
from wangge.casework.tests.conftest import Play, act, fresh_memory, lists, picture
from wangge.casework.workflow import State, Step
from wangge.intake.clusters.fitting import Examples, fit, loss
from wangge.intake.clusters.pairs import FEATURES
from wangge.intake.clusters.rules import MergeRule, Rules, SamenessRules
from wangge.intake.models import SameDecision, Trace, TraceKey
from wangge.intake.selectors import rules, sameness
from wangge.intake.services import sameness as services
from wangge.intake.services import understanding, weights
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope
from wangge.org.scope import Actor
from wangge.registry import services as registry

__all__ = ["act", "fresh_memory", "lists", "picture"]

BARBECUE = {
    "title": "睦和苑小区3号楼底商烧烤店油烟扰民",
    "description": "睦和苑小区3号楼楼下烧烤店没有烟道，每天晚上油烟直排，窗户都不敢开，希望尽快处理。",
}
AGAIN = {
    "title": "投诉睦和苑3号楼楼下烧烤油烟太大",
    "description": "楼下烧烤店油烟直排到凌晨，睦和苑小区业主晚上不敢开窗，请管一管。",
}
OTHER = {"title": "经七路路灯不亮", "description": "经七路东段路灯坏了三盏，晚上行人看不清路面。"}


@pytest.fixture(autouse=True)
def sound(db: None) -> Iterator[None]:
    rules.forget()
    yield
    assert invariants.run() == []
    rules.forget()


def told(act: Play, **given: Any) -> Case:
    """Submitted and read, as the worker does."""
    case = act.submit(**given)
    with scope.acting(scope.system_actor("test")):
        services.note(Case.objects.select_related("category").get(pk=case.pk))
    return case


def found(case: Case, by: Actor) -> list[sameness.Same]:
    with scope.acting(by):
        return sameness.candidates_of(Case.objects.select_related("category").get(pk=case.pk), actor=by)


def test_the_same_matter_told_in_other_words_is_found_with_reasons(act: Play, people: SimpleNamespace) -> None:
    first, _ = told(act, **BARBECUE, reporter_phone="13812345678"), told(act, **OTHER)
    second = told(act, **AGAIN, reporter_phone="13812345678")

    same = found(second, people.dispatcher)

    assert [one.case.pk for one in same][:1] == [first.pk]
    assert same[0].probability > 0.5
    said = [reason["zh"] for reason in same[0].reasons()]
    assert "同一反映人" in said
    assert any(reason.startswith("相距") for reason in said)
    assert all(reason["en"] for reason in same[0].reasons())
    document = same[0].document()
    assert document["case"]["number"] == first.number
    assert "13812345678" not in str(document)


def test_nothing_is_told_of_what_lies_outside_the_scope(act: Play, people: SimpleNamespace) -> None:
    lon, lat = act.district.point("grid5")
    told(act, **BARBECUE, lon=lon, lat=lat)
    second = told(act, **AGAIN)

    assert found(second, people.subdistrict_dispatcher) == []
    assert found(second, people.dispatcher) != []


def test_one_kind_of_matter_at_two_buildings_far_apart_is_two(act: Play, people: SimpleNamespace) -> None:
    registry.load_buildings([
        {"code": code, "estate": estate, "name": "1号楼", "address": f"{estate}1号楼", "kind": "residential",
         "grid_code": grid, "lon": lon, "lat": 36.65, "households": 10}
        for code, estate, grid, lon in (
            ("Z-1", "翠屏家园", "370199001001001", 116.92), ("Z-2", "舜岭家园", "370199001001002", 116.97),
        )
    ])  # fmt: skip
    here = told(act, title="翠屏家园1号楼楼道堆物", lon=116.92, lat=36.65)
    by = people.dispatcher

    def offered(title: str) -> list[str]:
        with scope.acting(by):
            read = understanding.understand(
                actor=by, title=title, description="", address="", lon=None, lat=None, crs="WGS84", reporter_phone=""
            )
        assert read["place"]["sure"]
        return [one["case"]["id"] for one in read["same"]]

    assert offered("翠屏家园1号楼楼道堆放杂物") == [str(here.pk)]
    assert offered("舜岭家园1号楼楼道堆物") == []


def test_numbers_that_identify_are_not_kept(act: Play) -> None:
    case = told(act, title="三号楼漏水，电话13812345678", description="身份证370102199001011234，请联系")

    with scope.acting(scope.system_actor("test")):
        kept = Trace.objects.get(pk=case.pk)
    assert "13812345678" not in kept.text + "".join(kept.terms)
    assert "370102199001011234" not in kept.text + "".join(kept.terms)


def test_reading_a_case_again_keeps_one_set_of_keys(act: Play) -> None:
    case = told(act, **BARBECUE)
    with scope.acting(scope.system_actor("test")):
        before = TraceKey.objects.filter(case_id=case.pk).count()
        services.note(Case.objects.get(pk=case.pk))

        assert TraceKey.objects.filter(case_id=case.pk).count() == before > 0


def test_not_the_same_is_remembered_and_not_offered_again(act: Play, people: SimpleNamespace) -> None:
    first, second = told(act, **BARBECUE), told(act, **AGAIN)
    assert found(second, people.dispatcher)

    with scope.acting(people.dispatcher):
        services.decide(case_id=second.pk, other_id=first.pk, same=False, reason="另一家店", by=people.dispatcher)

    assert found(second, people.dispatcher) == []
    assert found(first, people.dispatcher) == []
    with scope.acting(people.dispatcher):
        decision = SameDecision.objects.get()
    assert (decision.same, decision.reason, decision.by_name) == (False, "另一家店", people.dispatcher.name)


def test_merged_by_a_person_and_taken_apart_again(act: Play, people: SimpleNamespace, system: Actor) -> None:
    first, second = told(act, **BARBECUE), told(act, **AGAIN)
    by = people.dispatcher
    with scope.acting(by):
        merged = services.decide(case_id=second.pk, other_id=first.pk, same=True, reason="同一家店", by=by)
    assert merged.state == State.MERGED
    with scope.acting(system):
        promised = Clock.objects.get(case=second, kind="whole", state="running").due_at

    with scope.acting(by):
        apart = services.decide(case_id=second.pk, other_id=first.pk, same=False, reason="是两家店", by=by)

    assert (apart.state, apart.merged_into_id) == (State.REGISTERED, None)
    assert apart.due_at == promised
    assert found(second, by) == []


def test_taken_apart_from_the_side_of_the_one_it_went_into(act: Play, people: SimpleNamespace, system: Actor) -> None:
    first, second = told(act, **BARBECUE), told(act, **AGAIN)
    by = people.dispatcher
    with scope.acting(by):
        services.decide(case_id=second.pk, other_id=first.pk, same=True, reason="同一家店", by=by)

        services.decide(case_id=first.pk, other_id=second.pk, same=False, reason="是两家店", by=by)

    with scope.acting(system):
        apart = Case.objects.get(pk=second.pk)
    assert (apart.state, apart.merged_into_id) == (State.REGISTERED, None)


def test_a_patrol_finding_goes_on_under_its_first_promise(act: Play, people: SimpleNamespace, system: Actor) -> None:
    first, second = act.submit(channel="patrol"), act.submit(channel="patrol")
    with scope.acting(system):
        promised = Clock.objects.get(case=second, kind="whole").due_at
    act.step(second, Step.MERGE, people.dispatcher, into=str(first.pk), reason="同一处")

    apart = act.step(second, Step.UNMERGE, people.dispatcher, reason="是另一处")

    assert apart.due_at == promised
    with scope.acting(system):
        assert Clock.objects.filter(case=second, kind="whole", state="running").count() == 1


def test_each_caller_is_asked_before_the_common_answer_closes(act: Play, people: SimpleNamespace) -> None:
    main = act.verified()
    other = act.submit(reporter_name="李四", reporter_phone="13900001111")
    act.step(other, Step.MERGE, people.dispatcher, into=str(main.pk), reason="同一处")

    with pytest.raises(Blocked) as caught:
        act.step(main, Step.CLOSE, people.supervisor)
    assert caught.value.extra["waiting"] == [other.number]
    act.step(other, Step.CALL_BACK, people.supervisor, reason="已告知", reached=True, resolved=True)

    assert act.step(main, Step.CLOSE, people.supervisor).state == State.CLOSED


def test_a_caller_whose_matter_is_not_solved_goes_on_alone(act: Play, people: SimpleNamespace) -> None:
    main = act.verified()
    other = act.submit(reporter_phone="13900001111")
    act.step(other, Step.MERGE, people.dispatcher, into=str(main.pk), reason="同一处")

    after = act.step(other, Step.CALL_BACK, people.supervisor, reason="仍有油烟", reached=True, resolved=False)

    assert (after.state, after.merged_into_id) == (State.REOPENED, None)
    assert act.step(main, Step.CLOSE, people.supervisor).state == State.CLOSED


def allow(**rule: Any) -> None:
    merge = MergeRule(enabled=True, **({"probability": 0.5} | rule))
    services.load_rules(Rules(sameness=SamenessRules(merge=merge)))


def arrives(case: Case) -> Case | None:
    with scope.acting(scope.system_actor("test")):
        kept = Case.objects.select_related("category").get(pk=case.pk)
        return services.merge_by_rule(kept, sameness.candidates_of(kept, actor=scope.system_actor("test")))


def test_a_rule_merges_only_where_the_profile_says_so(act: Play, system: Actor) -> None:
    phone = "13812345678"
    first, second = told(act, **BARBECUE, reporter_phone=phone), told(act, **AGAIN, reporter_phone=phone)
    assert arrives(second) is None

    with scope.acting(system):
        allow()
    into = arrives(second)

    assert into is not None
    assert into.pk == first.pk
    with scope.acting(system):
        assert Case.objects.get(pk=second.pk).merged_into_id == first.pk
        assert SameDecision.objects.get().by_rule


def test_a_rule_merges_nothing_of_another_reporter(act: Play, system: Actor) -> None:
    told(act, **BARBECUE, reporter_phone="13812345678")
    second = told(act, **AGAIN, reporter_phone="13911112222")
    with scope.acting(system):
        allow()

    assert arrives(second) is None


def test_what_cannot_be_decided_is_refused(act: Play, people: SimpleNamespace) -> None:
    lon, lat = act.district.point("grid5")
    case, elsewhere = act.submit(), act.submit(lon=lon, lat=lat)
    by = people.subdistrict_dispatcher
    with scope.acting(by), pytest.raises(NotFound):
        services.decide(case_id=case.pk, other_id=elsewhere.pk, same=False, reason="不同", by=by)
    with scope.acting(by), pytest.raises(Invalid):
        services.decide(case_id=case.pk, other_id=case.pk, same=True, reason="同一件", by=by)
    with scope.acting(by), pytest.raises(Invalid):
        services.decide(case_id=case.pk, other_id=elsewhere.pk, same=True, reason=" ", by=by)


def test_decisions_teach_the_weights_and_versions_are_kept(act: Play, people: SimpleNamespace, system: Actor) -> None:
    first, second = told(act, **BARBECUE), told(act, **AGAIN)
    with scope.acting(people.dispatcher):
        services.decide(case_id=second.pk, other_id=first.pk, same=False, reason="另一家店", by=people.dispatcher)

    with scope.acting(system):
        few = weights.learn()

        assert few is not None
        assert (few.version, few.figures["decisions"], few.figures["taught"]) == (1, 1, False)
        assert tuple(few.weights) == rules.start()
        again = weights.learn()
        assert again is not None
        assert rules.known().version == again.version == 2


def test_words_are_counted_on_the_first_day_and_then_at_night(act: Play, system: Actor) -> None:
    for _ in range(4):
        told(act, **BARBECUE)
    with scope.acting(system):
        first = weights.learn_first()
        assert first is not None
        assert rules.known().rare.of("油烟") < 1
        assert weights.learn_first() is None


def test_learned_weights_go_where_the_decisions_point() -> None:
    before = rules.start()
    alike = [0.0] * len(before)
    alike[0] = 1.0
    apart = list(alike)
    apart[FEATURES.index("person")] = 1.0
    examples = Examples([alike, apart] * 50, [True, False] * 50)

    after = fit(examples, before)

    assert loss(examples, after) < loss(examples, before)
    assert after[FEATURES.index("person")] < before[FEATURES.index("person")]
    assert after[FEATURES.index("title")] == pytest.approx(before[FEATURES.index("title")])


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(["merge", "unmerge", "remind"]), max_size=6))
def test_merged_and_apart_in_any_order_every_promise_stands(
    acts: list[str], act: Play, people: SimpleNamespace, system: Actor
) -> None:
    main, other = act.submit(), act.submit(reporter_phone="13900001111")
    merged = False
    for one in acts:
        if one == "merge" and not merged:
            act.step(other, Step.MERGE, people.dispatcher, into=str(main.pk), reason="同一处")
            merged = True
        elif one == "unmerge" and merged:
            act.step(other, Step.UNMERGE, people.dispatcher, reason="是两处")
            merged = False
        elif one == "remind" and not merged:
            act.step(other, Step.REMIND, people.dispatcher, reason="请尽快")
        with scope.acting(system):
            running = Clock.objects.filter(case=other, kind="whole", state="running")
            assert running.count() == 1
            kept = Case.objects.get(pk=other.pk)
        assert (kept.state == State.MERGED) is merged
        assert (kept.merged_into_id == main.pk) is merged
        assert invariants.run() == []
