"""Keeping how cases read, and what people and rules decide about pairs of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from wangge.audit import services as audit
from wangge.casework import services as casework
from wangge.casework.models import Case
from wangge.casework.services import steps
from wangge.casework.workflow import ENDED, State, Step
from wangge.intake.clusters import keys, reading
from wangge.intake.clusters.rules import Rules
from wangge.intake.models.sameness import ClusterRules, SameDecision, Trace
from wangge.intake.selectors import sameness
from wangge.intake.selectors.rules import known, rules
from wangge.intake.selectors.sameness import Same
from wangge.kit import clock
from wangge.kit.errors import Conflict, Invalid, NotFound, field_error
from wangge.org import scope
from wangge.org.scope import Actor

LONGEST_REASON = 500
_PRUNED_AT_ONCE = 2_000


class NotTheSame(Conflict):
    code = "not_the_same"
    title_zh = "两件已由人认定不是同一件事"
    title_en = "Somebody has said that these two are not one matter"


def note(case: Case) -> Trace:
    """Index the case, so that later ones find it. Called once for each new case, in the keeper's transaction."""
    read = reading.read(case.title, case.description, case.address)
    who = keys.person(case.reporter_phone_index)
    found = keys.kept(read, known().rare, who, case.lon, case.lat)
    places = [*read.named, *(place for place in read.places if place not in read.named)]
    with transaction.atomic():
        _forget([case.pk])
        trace = Trace.objects.create(
            case=case, at=case.submitted_at, places=places, named=len(read.named), title=sorted(read.title),
            terms=sorted(read.terms), text=read.text[:1200], person=who, keys=found,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into intake_tracekey (key, at, case_id) select unnest(%s::bigint[]), %s, %s",
                [found, case.submitted_at, case.pk],
            )
    return trace


def _forget(cases: Sequence[UUID]) -> None:
    """The keys are read off the trace: no index by case is needed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from intake_tracekey k using intake_trace t, unnest(t.keys) as held(key)"
            " where t.case_id = any(%s) and k.key = held.key and k.at = t.at and k.case_id = t.case_id",
            [list(cases)],
        )
    Trace.objects.filter(pk__in=cases).delete()


def prune(*, at: datetime | None = None) -> int:
    """Take out what ended and is no longer recent; how many. For the worker, under an unrestricted scope."""
    before = (at or clock.now()) - timedelta(days=rules().sameness.recent_days)
    old = list(
        Trace.objects.filter(at__lt=before, case__state__in=ENDED)
        .order_by("at")
        .values_list("pk", flat=True)[:_PRUNED_AT_ONCE]
    )
    if old:
        with transaction.atomic():
            _forget(old)
    return len(old)


def decide(*, case_id: UUID, other_id: UUID, same: bool, reason: str, by: Actor, at: datetime | None = None) -> Case:
    """One matter: the case is merged into the other. Not one: that is remembered, and a merge is taken apart again."""
    said = reason.strip()
    if not 2 <= len(said) <= LONGEST_REASON:
        zh, en = f"请填写 2 到 {LONGEST_REASON} 字的理由", f"A reason of 2 to {LONGEST_REASON} characters"
        raise Invalid(errors=[field_error("body.reason", zh, en)])
    if case_id == other_id:
        raise Invalid(errors=[field_error("path.other", "不能与自身比较", "A case cannot be compared with itself")])
    seen = Case.objects.visible_to(by).select_related("category").in_bulk([case_id, other_id])
    if len(seen) < 2:
        raise NotFound
    case, other = seen[case_id], seen[other_id]
    moment = at or clock.now()
    with transaction.atomic():
        if same:
            case = casework.take(
                case_id=case_id, step=Step.MERGE, version=None, by=by, at=moment, reason=said, into=str(other_id)
            )
        elif case.merged_into_id == other_id and case.state == State.MERGED:
            case = casework.take(case_id=case_id, step=Step.UNMERGE, version=None, by=by, at=moment, reason=said)
        elif other.merged_into_id == case_id and other.state == State.MERGED:
            other = casework.take(case_id=other_id, step=Step.UNMERGE, version=None, by=by, at=moment, reason=said)
            case.refresh_from_db()
        _remember(case, other, same=same, reason=said, by=by, at=moment)
    return case


def _remember(
    case: Case, other: Case, *, same: bool, reason: str, by: Actor, at: datetime, by_rule: bool = False
) -> SameDecision:
    compared, chance, version = sameness.compared_with(case, other)
    first, second = sorted((case, other), key=lambda one: one.pk)
    row = SameDecision.objects.create(
        case=first, other=second, same=same, reason=reason, probability=chance, features=list(compared.features),
        weights=version, by_id=by.user_id, by_name=by.name, by_rule=by_rule, at=at,
    )  # fmt: skip
    Case.objects.select_for_update(of=("self",), no_key=True).get(pk=case.pk)
    audit.record(
        subject_type="case", subject_id=case.pk, action=f"intake:same:{'yes' if same else 'no'}", actor=by,
        area_pos=case.area_pos, at=at,
        data={"other": {"id": str(other.pk), "number": other.number}, "reason": reason, "by_rule": by_rule},
    )  # fmt: skip
    return row


def merge_by_rule(case: Case, found: Sequence[Same], *, at: datetime | None = None) -> Case | None:
    """What the profile allows without a person: the newcomer into the earlier one. Off unless switched on."""
    rule = rules().sameness.merge
    if not rule.enabled:
        return None
    for one in found:
        compared, other = one.compared, one.case
        here = compared.metres is not None and compared.metres <= rule.metres
        kind = case.category_id is not None and case.category_id == other.category_id
        soon = compared.days is not None and compared.days * 24 <= rule.hours
        sure = one.probability >= rule.probability
        if compared.person and here and kind and soon and sure and other.state not in ENDED:
            return _merge(case, other, one.probability, at or clock.now())
    return None


def _merge(case: Case, other: Case, chance: float, at: datetime) -> Case | None:
    by = scope.system_actor("重复诉求自动合并")
    reason = f"同一反映人、同一地点、同一事项，相同概率 {chance:.0%}，按规则合并"
    with transaction.atomic():
        locked = {
            one.pk: one
            for one in Case.objects.select_for_update(of=("self",))
            .select_related("category", "lead_unit")
            .filter(pk__in=(case.pk, other.pk))
            .order_by("pk")
        }
        mine, theirs = locked[case.pk], locked[other.pk]
        if mine.state in ENDED or theirs.state in ENDED:
            return None
        steps.take_by_system(mine, Step.MERGE, by=by, at=at, reason=reason, into=str(theirs.pk))
        _remember(mine, theirs, same=True, reason=reason, by=by, at=at, by_rule=True)
    return theirs


def load_rules(given: Rules) -> None:
    row = ClusterRules(id=1, data=given.model_dump(mode="json"))
    ClusterRules.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=["data"])
