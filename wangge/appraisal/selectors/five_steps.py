"""Score sheets of whistles that ended, made from what is kept of them and their log, and the means of units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from wangge.appraisal import fairness, five_steps
from wangge.appraisal.five_steps import Called, Matter, Mean, Order, Proof, Sheet
from wangge.appraisal.periods import Period
from wangge.appraisal.rules import StepsFile
from wangge.appraisal.selectors import indicators
from wangge.appraisal.selectors.league import period_document
from wangge.audit.models import Entry
from wangge.casework.models import (
    Case,
    Clock,
    ClockKind,
    ClockState,
    Notice,
    NoticeKind,
    Responder,
    Whistle,
    WorkOrder,
)
from wangge.casework.workflow import OrderState
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.org.scope import Actor

Document = dict[str, Any]
_SPOKEN = (
    "casework:case:whistle", "casework:case:acknowledge", "casework:case:handle", "casework:case:send_back",
    "casework:case:reopen", "casework:case:rate", "casework:whistle:report_in", "casework:whistle:contribute",
    "casework:whistle:grade", "casework:whistle:end", "casework:clock:missed", "casework:case:remind",
    "casework:case:supervise", "casework:clock:warned", "casework:clock:reminded", "casework:clock:supervised",
)  # fmt: skip


@dataclass(frozen=True)
class Scored:
    case_id: UUID
    number: str
    whistle_id: UUID
    ended_at: dt.datetime
    sheets: list[Sheet]


def period_document_of(*, period: Period, unit: UUID | None, actor: Actor) -> Document:
    """Means of all units of a period with the ranks they may hold; with `unit` its sheets too."""
    rules = indicators.steps(period.start)
    with scope.unrestricted():
        found = _scored(_ended(period), rules)
    mine = [one for one in found if unit is not None and any(sheet.unit_id == unit for sheet in one.sheets)]
    visible = _visible([one.case_id for one in mine], actor)
    return {
        "period": period_document(period),
        "rules": _rules_document(rules),
        "matters": len(found),
        "callers": _means(found, "caller", rules),
        "responders": _means(found, "responder", rules),
        "sheets": [
            {
                "case_id": one.case_id if one.case_id in visible else None,
                "number": one.number,
                "ended_at": one.ended_at,
                **_sheet_document(sheet),
            }
            for one in mine
            for sheet in one.sheets
            if sheet.unit_id == unit
        ],
    }


def case_document(*, case_id: UUID, actor: Actor) -> Document:
    """The sheets of every whistle of a case that has ended, each by the rules of the day it ended."""
    case = Case.objects.visible_to(actor).filter(pk=case_id).only("id", "number").first()
    if case is None:
        raise NotFound
    with scope.unrestricted():
        ended = Whistle.objects.filter(case_id=case_id, ended_at__isnull=False).order_by("ended_at")
        whistles = [
            (one, indicators.steps(timezone.localdate(one.ended_at)))
            for one in ended.select_related("case", "caller_unit")
        ]
        found = [(_scored([one], rules)[0], rules) for one, rules in whistles]
    return {
        "case_id": case.pk,
        "number": case.number,
        "whistles": [
            {
                "whistle_id": one.whistle_id,
                "ended_at": one.ended_at,
                "rules": _rules_document(rules),
                "sheets": [_sheet_document(sheet) for sheet in one.sheets],
            }
            for one, rules in found
        ],
    }


def _visible(case_ids: Iterable[UUID], actor: Actor) -> set[UUID]:
    return set(Case.objects.visible_to(actor).filter(pk__in=list(case_ids)).values_list("pk", flat=True))


# Facts


def _ended(period: Period) -> list[Whistle]:
    zone = timezone.get_default_timezone()
    start, end = (dt.datetime.combine(day, dt.time(), zone) for day in (period.start, period.end))
    ended = Whistle.objects.filter(ended_at__gte=start, ended_at__lt=end, case__history=False)
    return list(ended.order_by("ended_at", "id").select_related("case", "caller_unit"))


def _scored(whistles: Sequence[Whistle], rules: StepsFile) -> list[Scored]:
    """Six questions however many whistles there are."""
    facts = _Facts.of(whistles)
    return [
        Scored(one.case_id, one.case.number, one.pk, facts.ended_at(one), five_steps.sheets(facts.matter(one), rules))
        for one in whistles
    ]


@dataclass
class _Facts:
    responders: dict[UUID, list[Responder]]
    orders: dict[UUID, list[WorkOrder]]
    clocks: dict[UUID, list[Clock]]
    notices: dict[UUID, list[Notice]]
    log: dict[UUID, list[Entry]]

    @classmethod
    def of(cls, whistles: Sequence[Whistle]) -> _Facts:
        cases = {one.case_id for one in whistles}
        responders = Responder.objects.filter(whistle__in=[one.pk for one in whistles]).select_related("unit")
        orders = WorkOrder.objects.filter(case_id__in=cases).order_by("assigned_at", "id")
        broken = Clock.objects.filter(case_id__in=cases, kind__in=[ClockKind.ACKNOWLEDGE, ClockKind.HANDLE])
        entries = Entry.objects.filter(subject_type="case", subject_id__in=cases, action__in=_SPOKEN)
        urged = Notice.objects.filter(case_id__in=cases, kind__in=[NoticeKind.REMIND, NoticeKind.SUPERVISE])
        return cls(
            _by(responders, "whistle_id"),
            _by(orders, "case_id"),
            _by(broken, "work_order_id"),
            _by(urged.order_by("at", "id"), "case_id"),
            _by(entries.order_by("seq"), "subject_id"),
        )

    @staticmethod
    def ended_at(whistle: Whistle) -> dt.datetime:
        assert whistle.ended_at is not None
        return whistle.ended_at

    def matter(self, whistle: Whistle) -> Matter:
        log, ended = self.log.get(whistle.case_id, []), self.ended_at(whistle)
        end = _first(log, "casework:whistle:end", whistle=whistle.pk) or Proof(None, ended, "casework:whistle:end")
        called = _first(log, "casework:case:whistle", whistle=whistle.pk)
        return Matter(
            whistle_id=whistle.pk,
            caller_id=whistle.caller_unit_id,
            caller_name=whistle.caller_unit.short_name,
            message=whistle.message,
            place=whistle.place,
            outcome=whistle.outcome,
            called_at=whistle.called_at,
            ended_at=ended,
            call=called or Proof(None, whistle.called_at, "casework:case:whistle"),
            end=end,
            responders=tuple(self._called(whistle, one, log, end) for one in self.responders.get(whistle.pk, [])),
            reopened=_reopened(log, ended),
            dissatisfied=_dissatisfied(log, whistle.called_at),
        )

    def _called(self, whistle: Whistle, one: Responder, log: Sequence[Entry], end: Proof) -> Called:
        by_unit = [entry for entry in log if _unit_of(entry) == str(one.unit_id)]
        came = _first(by_unit, "casework:whistle:report_in", whistle=whistle.pk)
        came = came or (Proof(None, one.reported_in_at, "casework:whistle:report_in") if one.reported_in_at else None)
        never = one.reported_in_at is None and self.ended_at(whistle) > one.due_at
        return Called(
            unit_id=one.unit_id,
            unit_name=one.unit.short_name,
            reported_in=one.reported_in_at is not None,
            late=came if one.late else None,
            never=end if never else None,
            contribution=one.contribution,
            contributed=_first(by_unit, "casework:whistle:contribute", whistle=whistle.pk),
            grade=one.grade,
            graded=_first(by_unit, "casework:whistle:grade", whistle=whistle.pk) or (end if one.grade else None),
            reminded=self._reminded(whistle, one, log),
            orders=tuple(self._orders(whistle, one, log)),
        )

    def _reminded(self, whistle: Whistle, one: Responder, log: Sequence[Entry]) -> tuple[Proof, ...]:
        """Notices to the unit while it was wanted for this whistle; the keeper's friendly reminder costs nothing."""
        wanted = [
            notice
            for notice in self.notices.get(whistle.case_id, [])
            if notice.unit_id == one.unit_id
            and whistle.called_at <= notice.at <= self.ended_at(whistle)
            and not (notice.kind == NoticeKind.REMIND and notice.by_id in {None, scope.SYSTEM_ID})
        ]
        return tuple(
            _first(log, None, notice=notice.pk) or Proof(None, notice.at, f"casework:notice:{notice.kind}")
            for notice in wanted
        )

    def _orders(self, whistle: Whistle, one: Responder, log: Sequence[Entry]) -> Iterable[Order]:
        mine = [
            order
            for order in self.orders.get(whistle.case_id, [])
            if order.unit_id == one.unit_id and order.assigned_at <= self.ended_at(whistle)
        ]
        for position, order in enumerate(mine):
            own = self.clocks.get(order.pk, [])
            again = order.state == OrderState.SENT_BACK and position + 1 < len(mine)
            yield Order(
                acknowledged_late=_broken(own, ClockKind.ACKNOWLEDGE, log),
                handled_late=_broken(own, ClockKind.HANDLE, log),
                sent_on=_first(
                    [entry for entry in log if _unit_of(entry) == str(one.unit_id)], "casework:case:send_back"
                )
                if again
                else None,
            )


def _by(rows: Iterable[Any], key: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, key), []).append(row)
    return found


def _unit_of(entry: Entry) -> str:
    unit = entry.data.get("unit")
    return str(unit.get("id")) if isinstance(unit, dict) else ""


def _proof(entry: Entry) -> Proof:
    return Proof(entry.seq, entry.at, entry.action)


def _first(log: Sequence[Entry], action: str | None, **data: UUID) -> Proof | None:
    for entry in log:
        if action in {None, entry.action} and all(entry.data.get(key) == str(value) for key, value in data.items()):
            return _proof(entry)
    return None


def _broken(clocks: Sequence[Clock], kind: ClockKind, log: Sequence[Entry]) -> Proof | None:
    for one in clocks:
        if one.kind == kind and (one.state == ClockState.LATE or one.missed_at is not None):
            told = _first(log, "casework:clock:missed", clock=one.pk)
            return told or Proof(None, one.missed_at or one.due_at, "casework:clock:missed")
    return None


def _reopened(log: Sequence[Entry], after: dt.datetime) -> Proof | None:
    for entry in log:
        state = entry.data.get("state")
        if entry.at > after and isinstance(state, list) and state[-1] == "reopened":
            return _proof(entry)
    return None


def _dissatisfied(log: Sequence[Entry], after: dt.datetime) -> Proof | None:
    for entry in log:
        rating = entry.data.get("rating")
        if entry.at > after and isinstance(rating, int) and rating <= five_steps.DISSATISFIED:
            return _proof(entry)
    return None


# Documents


def _means(found: Sequence[Scored], side: str, rules: StepsFile) -> list[Document]:
    """Units by the ranks they may hold, and by name where these are the same."""
    scores: dict[UUID, list[float]] = {}
    names: dict[UUID, str] = {}
    for one in found:
        for sheet in one.sheets:
            if sheet.side == side:
                scores.setdefault(sheet.unit_id, []).append(sheet.score)
                names[sheet.unit_id] = sheet.unit_name
    units = list(scores)
    shown = five_steps.means(list(scores.values()), least=rules.least)
    ranked = [row for row, one in enumerate(shown) if one is not None and one.interval is not None]
    bands = dict(zip(ranked, _bands(list(scores.values()), ranked, rules), strict=True)) if len(ranked) > 1 else {}
    rows = [
        {"unit": {"id": unit, "name": names[unit]}, **_mean_document(shown[row], bands.get(row), rules)}
        for row, unit in enumerate(units)
    ]
    return sorted(
        rows, key=lambda one: (one["best"] or len(rows) + 1, one["worst"] or len(rows) + 1, one["unit"]["name"])
    )


def _bands(scores: Sequence[Sequence[float]], ranked: Sequence[int], rules: StepsFile) -> list[fairness.Band]:
    strict = five_steps.means(scores, least=rules.least, confidence=fairness.all_pairs_confidence(len(ranked)))
    known = [strict[row] for row in ranked]
    values = [one.mean for one in known if one is not None]
    intervals = [one.interval for one in known if one is not None and one.interval is not None]
    return fairness.bands(fairness.scores_above(values, intervals))


def _mean_document(mean: Mean | None, band: fairness.Band | None, rules: StepsFile) -> Document:
    assert mean is not None
    why = why_en = ""
    if mean.interval is None:
        why, why_en = f"不足 {rules.least} 件，不排名", f"fewer than {rules.least} matters: not ranked"
    elif band is None:
        why, why_en = "只有一个单位件数足够，无从比较", "only one unit has enough matters to compare"
    return {
        "count": mean.count,
        "mean": round(mean.mean, 2),
        "interval": [round(mean.interval.low, 2), round(mean.interval.high, 2)] if mean.interval else None,
        "best": band.best if band else None,
        "worst": band.worst if band else None,
        "why": why,
        "why_en": why_en,
    }


def _rules_document(rules: StepsFile) -> Document:
    return {
        "version": rules.version,
        "valid_from": rules.valid_from,
        "source": rules.source,
        "confirmed": rules.confirmed,
        "steps": [{"code": code, **one.model_dump(exclude={"deductions"})} for code, one in rules.steps.items()],
    }


def _sheet_document(sheet: Sheet) -> Document:
    return {
        "side": sheet.side,
        "unit": {"id": sheet.unit_id, "name": sheet.unit_name},
        "score": round(sheet.score, 2),
        "steps": [
            {
                "code": step.code,
                "name": step.name,
                "name_en": step.name_en,
                "full": step.full,
                "points": step.points,
                "taken": [
                    {
                        "code": one.code,
                        "name": one.name,
                        "name_en": one.name_en,
                        "points": one.points,
                        "proofs": [{"seq": p.seq, "at": p.at, "action": p.action} for p in one.proofs],
                    }
                    for one in step.taken
                ],
            }
            for step in sheet.steps
        ],
    }
