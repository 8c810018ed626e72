"""Open promises are worked out again when a calendar or the rules have changed, in lots, and the log says why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from wangge.audit import chain
from wangge.audit import services as audit
from wangge.audit.chain import Tip
from wangge.audit.models import Entry
from wangge.calendars import arithmetic
from wangge.calendars import selectors as calendars
from wangge.calendars.models import Calendar
from wangge.casework import timing
from wangge.casework.models import Case, Clock, ClockKind, ClockState, Reckoned, TimeRules
from wangge.casework.promises import reckon
from wangge.casework.services import clocks, ladder, limits
from wangge.casework.services.lot import tips_of
from wangge.casework.services.timerules import RULES
from wangge.casework.timing import Rules
from wangge.kit import clock as database
from wangge.org import scope
from wangge.org.models import Unit

KEEPER = "时限重算"
CALENDAR = "calendar:"
UNITS = "units"
LOT = 200  # cases in one transaction, which nobody can work on meanwhile: a quarter of a second
# A process may still reckon by what it read a moment ago, and a case it is writing must be found.
SETTLED_AFTER = 2 * timing.STALE_AFTER

_LOCK = "select id from casework_case where id = any(%s) order by id for no key update"
_SET_CLOCKS = """
update casework_clock k
   set limit_value = n.limit_value, limit_unit = n.limit_unit, calendar = n.calendar, rule = n.rule, due_at = n.due_at,
       warn_at = n.warn_at, next_at = n.next_at, caution = n.caution, warned_at = n.warned_at, rung = n.rung
  from unnest(%s::uuid[], %s::numeric[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[],
              %s::timestamptz[], %s::text[], %s::timestamptz[], %s::int[])
       as n(id, limit_value, limit_unit, calendar, rule, due_at, warn_at, next_at, caution, warned_at, rung)
 where k.id = n.id
"""
_SET_CASES = """
update casework_case c set due_at = n.due_at, card = n.card
  from unnest(%s::uuid[], %s::timestamptz[], %s::text[]) as n(id, due_at, card) where c.id = n.id
"""
_SET_ORDERS = """
update casework_workorder o set due_at = k.due_at
  from casework_clock k where k.id = any(%s) and k.work_order_id = o.id and k.kind = 'handle'
"""
_SET_RESPONDERS = """
update casework_responder r set due_at = k.due_at
  from casework_clock k where k.id = any(%s) and k.responder_id = r.id
"""
# A clock that is looked at again, or stands still with its case: the two indexes that know what is open.
_OPEN = """
select k.case_id from casework_clock k where k.next_at is not null and {which}
 union
select k.case_id from casework_case c join casework_clock k on k.case_id = c.id
 where c.state = 'carried_over' and k.state = 'paused' and {which}
 order by 1
"""
# What a unit itself must do, counted by another calendar than the one it keeps.
_OF_A_UNIT = """(
  exists (select from casework_workorder o join org_unit u on u.id = o.unit_id
           where o.id = k.work_order_id and u.calendar <> k.calendar)
  or exists (select from casework_responder r join org_unit u on u.id = r.unit_id
              where r.id = k.responder_id and u.calendar <> k.calendar))
"""
_UNITS_KEEP = """
select md5(coalesce(string_agg(id::text || calendar, ',' order by id), '')) from org_unit where calendar <> %s
"""


@dataclass(frozen=True)
class Change:
    """What changed: `calendar` is its code, empty for the rules; `before` are the rules until now.

    `units`: which calendar some units keep, and with it what they themselves must do in time.
    """

    name: str
    version: UUID
    calendar: str
    zh: str
    en: str
    before: UUID | None = None
    units: bool = False


def pending() -> list[Change]:
    """Calendars and rules whose newest version the open promises have not followed yet."""
    with scope.acting(scope.system_actor(KEEPER)):
        known = dict(Reckoned.objects.values_list("name", "version"))
        found = [
            Change(
                f"{CALENDAR}{one.code}",
                one.version,
                one.code,
                f"工作日历“{one.name}”有变更",
                f"the calendar “{one.name_en or one.name}” was changed",
            )
            for one in Calendar.objects.order_by("code")
            if known.get(f"{CALENDAR}{one.code}") != one.version
        ]
        newest = TimeRules.objects.order_by("-loaded_at").values_list("id", flat=True).first()
        if newest is not None and known.get(RULES) != newest:
            zh, en = "时限规则有变更", "the rules of time were changed"
            found.append(Change(RULES, newest, "", zh, en, known.get(RULES)))
        kept = _calendars_of_units()
        if known.get(UNITS) != kept:
            zh, en = "改用工作日历", "follows the calendar"
            found.append(Change(UNITS, kept, "", zh, en, units=True))
    return found


def _calendars_of_units() -> UUID:
    """Another one as soon as any unit keeps another calendar."""
    with connection.cursor() as cursor:
        cursor.execute(_UNITS_KEEP, [Unit._meta.get_field("calendar").get_default()])
        return UUID(cursor.fetchone()[0])


def follow(change: Change) -> Iterator[int]:
    """Work the open promises out again, a lot at a time: how many were changed in each. The end is noted."""
    cases = _open_cases(change)
    for start in range(0, len(cases), LOT):
        yield _lot(change, cases[start : start + LOT])
    with scope.acting(scope.system_actor(KEEPER)):
        done = {"version": change.version, "at": database.now()}
        Reckoned.objects.update_or_create(name=change.name, defaults=done)


def _open_cases(change: Change) -> list[UUID]:
    which = "k.calendar = %s" if change.calendar else _OF_A_UNIT if change.units else "true"
    with scope.acting(scope.system_actor(KEEPER)), connection.cursor() as cursor:
        cursor.execute(_OPEN.format(which=which), [change.calendar] * 2 if change.calendar else [])
        return [row[0] for row in cursor.fetchall()]


@dataclass
class _Lot:
    change: Change
    now: datetime
    tips: dict[UUID, Tip]
    by: scope.Actor
    clocks: list[Clock] = field(default_factory=list)
    cases: dict[UUID, Case] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    messages: list[tuple[Entry, tuple[str, dict[str, Any]]]] = field(default_factory=list)
    _names: dict[str, tuple[str, str]] = field(default_factory=dict)

    def named(self, calendar: str) -> tuple[str, str]:
        """In Chinese and English."""
        if calendar not in self._names:
            found = calendars.get(calendar)
            self._names[calendar] = found.name, found.name_en or found.name
        return self._names[calendar]

    def write(self) -> None:
        if self.clocks:
            ids = [one.pk for one in self.clocks]
            with connection.cursor() as cursor:
                cursor.execute(_SET_CLOCKS, _columns([_row(one) for one in self.clocks]))
                cursor.execute(_SET_ORDERS, [ids])
                cursor.execute(_SET_RESPONDERS, [ids])
                cursor.execute(_SET_CASES, _columns([(c.pk, c.due_at, c.card) for c in self.cases.values()]))
        audit.record_many(self.entries, outbox=self.messages)


def _lot(change: Change, case_ids: Collection[UUID]) -> int:
    by = scope.system_actor(KEEPER)
    with scope.acting(by), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [list(case_ids)])
        held = Case.objects.select_related("category", "lead_unit").in_bulk(list(case_ids))
        open_clocks: dict[UUID, list[Clock]] = {}
        for one in _live(case_ids):
            open_clocks.setdefault(one.case_id, []).append(one)
        lot = _Lot(change, database.now(), tips_of(case_ids), by)
        for case_id, promises in open_clocks.items():
            _of_case(lot, held[case_id], promises)
        lot.write()
    return len(lot.clocks)


def _live(case_ids: Collection[UUID]) -> Iterable[Clock]:
    related = ("work_order__unit", "responder__unit", "responder__whistle")
    return Clock.objects.filter(case__in=list(case_ids), state__in=clocks.LIVE).select_related(*related).order_by("id")


def _of_case(lot: _Lot, case: Case, promises: Sequence[Clock]) -> None:
    changed = [one for one in promises if _again(lot, case, one)]
    if changed:
        case.card = ladder.card(promises, case.urgency)
        lot.clocks += changed
        lot.cases[case.pk] = case


def _again(lot: _Lot, case: Case, clock: Clock) -> bool:
    """Whether anything of it is different now. What was missed stays as it was."""
    change = lot.change
    if clock.missed_at is not None or (change.calendar and clock.calendar != change.calendar):
        return False
    before = _row(clock)
    due_was = clock.due_at
    why_zh, why_en = change.zh, change.en
    if change.units:
        why_zh, why_en = _calendar_of_now(lot, case, clock) or (why_zh, why_en)
    elif not change.calendar:
        said = _limit_of_now(change, case, clock)
        if said is not None:
            why_zh, why_en = f"{change.zh}，时限由{said[0]}改为{said[1]}", f"{change.en}: from {said[2]} to {said[3]}"
    fresh = reckon(clock)
    clock.due_at, clock.warn_at, clock.caution = fresh.due_at, fresh.warn_at, fresh.caution[:120]
    if clock.due_at != due_was and fresh.warn_at > lot.now:
        clock.warned_at, clock.rung = None, 0
    if clock.state == ClockState.RUNNING:
        clock.next_at = ladder.next_at(clock, case.urgency)
    if clock.kind == ClockKind.WHOLE:
        case.due_at = clock.due_at
    if clock.due_at != due_was:
        _say(lot, case, clock, due_was, why_zh, why_en)
    return _row(clock) != before


def _calendar_of_now(lot: _Lot, case: Case, clock: Clock) -> tuple[str, str] | None:
    """Take over the calendar of its unit, unless the rules name one for such promises; in words, None where not."""
    work = clock.work_order or clock.responder
    if work is None or work.unit.calendar == clock.calendar:
        return None
    if _ruled(case, clock, timing.rules()).calendar != work.unit.calendar:
        return None
    clock.calendar = work.unit.calendar
    (name, name_en), unit = lot.named(clock.calendar), work.unit.short_name
    return f"{unit}{lot.change.zh}“{name}”", f"{unit} {lot.change.en} “{name_en}”"


def _limit_of_now(change: Change, case: Case, clock: Clock) -> tuple[str, str, str, str] | None:
    """Take over the limit where the rules changed it: before and after in words, None where they did not.

    Compared are the old rules' answer and the new one's for the case as it is; a promise that rests on something
    else by now (an urgency or an owner that changed meanwhile) keeps what it was given.
    """
    old = _ruled(case, clock, timing.of_version(change.before) if change.before else timing.base())
    new = _ruled(case, clock, timing.of_version(change.version))
    held = arithmetic.Limit(clock.limit_value, clock.limit_unit)
    if (old.limit, old.calendar) == (new.limit, new.calendar) or (held, clock.calendar) != (old.limit, old.calendar):
        return None
    clock.limit_value, clock.limit_unit = new.limit.value, new.limit.unit
    clock.calendar, clock.rule = new.calendar, new.rule[:120]
    return old.limit.zh, new.limit.zh, old.limit.en, new.limit.en


def _ruled(case: Case, clock: Clock, rules: Rules) -> clocks.Plan:
    """What these rules promise, had the clock been started under them."""
    if clock.kind == ClockKind.WHOLE:
        return clocks.whole(case, clock.started_at, rules=rules)
    unit, stage, whistle_kind = None, 0, ""
    if clock.work_order is not None:
        unit, stage = clock.work_order.unit, clock.work_order.stage
    elif clock.responder is not None:
        unit, whistle_kind = clock.responder.unit, clock.responder.whistle.kind
    stages = limits.stages(case, clock.kind, unit=unit, whistle_kind=whistle_kind, rules=rules)
    return clocks.plan(clock.kind, stages[min(stage, len(stages) - 1)], clock.started_at, unit=unit, rules=rules)


def _say(lot: _Lot, case: Case, clock: Clock, due_was: datetime, zh: str, en: str) -> None:
    unit = clock.work_order.unit if clock.work_order else clock.responder.unit if clock.responder else None
    data = {
        "clock": str(clock.pk),
        "kind": clock.kind,
        "label": clock.label,
        "unit": {"id": str(unit.pk), "name": unit.short_name} if unit else None,
        "due_was": due_was.isoformat(),
        "due_at": clock.due_at.isoformat(),
        "why": zh,
        "why_en": en,
    }
    entry = chain.next_entry(
        tip=lot.tips.get(case.pk, Tip()),
        subject_type="case",
        subject_id=case.pk,
        action="casework:clock:recomputed",
        actor=lot.by,
        data=data,
        at=lot.now,
        area_pos=case.area_pos,
    )
    lot.tips[case.pk] = chain.tip_of(entry)
    lot.entries.append(entry)
    message = {"case_id": str(case.pk), "clock_id": str(clock.pk), "verb": "recomputed", "hint": ""}
    lot.messages.append((entry, ("clock", message)))


def _row(clock: Clock) -> tuple[Any, ...]:
    return (
        clock.pk,
        clock.limit_value,
        clock.limit_unit,
        clock.calendar,
        clock.rule,
        clock.due_at,
        clock.warn_at,
        clock.next_at,
        clock.caution,
        clock.warned_at,
        clock.rung,
    )


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
