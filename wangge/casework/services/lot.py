"""A lot of cases whose clocks are acted on together: read in three statements, written in a handful."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from wangge.audit import chain
from wangge.audit import services as audit
from wangge.audit.chain import Tip
from wangge.audit.models import Entry
from wangge.org.scope import Actor


@dataclass(frozen=True, slots=True)
class Who:
    """A unit, as far as a notice and the log name it."""

    id: UUID
    name: str
    pos: int

    @property
    def document(self) -> dict[str, str]:
        return {"id": str(self.id), "name": self.name}


@dataclass(slots=True)
class Running:
    """A clock as the firing needs it."""

    id: UUID
    case_id: UUID
    kind: str
    label: str
    state: str
    rung: int
    calendar: str
    warn_at: datetime | None
    due_at: datetime
    next_at: datetime | None
    warned_at: datetime | None
    missed_at: datetime | None
    awaited: UUID | None  # the responder, while they have not come
    unit_id: UUID | None
    unit_name: str
    unit_pos: int
    pauses: list[list[str]]

    @property
    def unit(self) -> Who | None:
        """Whose order or answer to a whistle it is about."""
        return Who(self.unit_id, self.unit_name, self.unit_pos) if self.unit_id else None


@dataclass(slots=True)
class Matter:
    """A case with its live clocks."""

    id: UUID
    state: str
    urgency: str
    area_pos: int
    level: int
    card: str
    reminders: int
    supervised: bool
    risen_at: datetime | None  # when it was last taken up the ladder, or its centre told that it could not be
    lead_id: UUID | None
    lead_name: str
    lead_pos: int
    clocks: list[Running] = field(default_factory=list)

    @property
    def lead(self) -> Who | None:
        return Who(self.lead_id, self.lead_name, self.lead_pos) if self.lead_id else None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice to be written."""

    id: UUID
    case_id: UUID
    clock_id: UUID
    kind: str
    unit: Who | None
    text: str
    text_en: str
    answer_due_at: datetime | None


_MATTERS = """
select c.id, c.state, c.urgency, c.area_pos, c.level, c.card, c.reminders, c.supervised,
       (select max(n.at) from casework_notice n where n.case_id = c.id and n.kind = 'escalate'),
       u.id, u.short_name, u.pos
  from casework_case c left join org_unit u on u.id = c.lead_unit_id
 where c.id = any(%s)
"""
_CLOCKS = """
select k.id, k.case_id, k.kind, k.label, k.state, k.rung, k.calendar, k.warn_at, k.due_at, k.next_at, k.warned_at,
       k.missed_at, case when r.reported_in_at is null then r.id end, u.id, u.short_name, u.pos, k.pauses::text
  from casework_clock k
  left join casework_workorder o on o.id = k.work_order_id
  left join casework_responder r on r.id = k.responder_id
  left join org_unit u on u.id = coalesce(o.unit_id, r.unit_id)
 where k.case_id = any(%s) and (k.state in ('running', 'paused') or k.next_at is not null)
 order by k.next_at nulls last, k.id
"""
_TIPS = """
select s.id, e.number, e.hash
  from unnest(%s::uuid[]) as s(id)
 cross join lateral (select number, hash from audit_entry
                      where subject_type = 'case' and subject_id = s.id order by number desc limit 1) e
"""
_SET_CLOCKS = """
update casework_clock k set rung = n.rung, next_at = n.next_at, warned_at = n.warned_at, missed_at = n.missed_at
  from unnest(%s::uuid[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
       as n(id, rung, next_at, warned_at, missed_at)
 where k.id = n.id
"""
_SET_CASES = """
update casework_case c set card = n.card, reminders = n.reminders, supervised = n.supervised
  from unnest(%s::uuid[], %s::text[], %s::int[], %s::bool[]) as n(id, card, reminders, supervised)
 where c.id = n.id
"""
_SET_LATE = "update casework_responder set late = true where id = any(%s)"
_TELL = """
insert into casework_notice (id, case_id, clock_id, kind, unit_id, unit_pos, at, by_name, text, text_en,
                             answer_due_at, answered_name, answer)
select id, case_id, clock_id, kind, unit_id, unit_pos, %s, %s, text, text_en, answer_due_at, '', ''
  from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::bigint[], %s::text[], %s::text[],
              %s::timestamptz[])
       as n(id, case_id, clock_id, kind, unit_id, unit_pos, text, text_en, answer_due_at)
"""


@dataclass
class Lot:
    """What was read, and what is to be written. The caller holds the row locks of the cases."""

    matters: dict[UUID, Matter]
    by: Actor
    now: datetime
    tips: dict[UUID, Tip]
    changed: list[Running] = field(default_factory=list)
    touched: dict[UUID, Matter] = field(default_factory=dict)
    late: list[UUID] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    messages: list[tuple[Entry, tuple[str, Mapping[str, Any]]]] = field(default_factory=list)

    def record(self, matter: Matter, action: str, data: Mapping[str, Any], message: Mapping[str, Any]) -> None:
        """The next entry of the case's chain, with the message that leaves because of it."""
        entry = chain.next_entry(
            tip=self.tips.get(matter.id, Tip()),
            subject_type="case",
            subject_id=matter.id,
            action=action,
            actor=self.by,
            data=data,
            at=self.now,
            area_pos=matter.area_pos,
        )
        self.tips[matter.id] = chain.tip_of(entry)
        self.entries.append(entry)
        self.messages.append((entry, ("clock", message)))

    def write(self) -> None:
        """Everything in one statement for each table; the transaction is the caller's."""
        with connection.cursor() as cursor:
            if self.changed:
                clocks = [(c.id, c.rung, c.next_at, c.warned_at, c.missed_at) for c in self.changed]
                cursor.execute(_SET_CLOCKS, _columns(clocks))
            if self.touched:
                cases = [(m.id, m.card, m.reminders, m.supervised) for m in self.touched.values()]
                cursor.execute(_SET_CASES, _columns(cases))
            if self.late:
                cursor.execute(_SET_LATE, [self.late])
            if self.told:
                cursor.execute(_TELL, [self.now, self.by.name, *_columns([_row(one) for one in self.told])])
        audit.record_many(self.entries, outbox=self.messages)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _row(told: Told) -> tuple[Any, ...]:
    unit = told.unit
    named = (unit.id, unit.pos) if unit else (None, 0)
    return (told.id, told.case_id, told.clock_id, told.kind, *named, told.text, told.text_en, told.answer_due_at)


def read(case_ids: Collection[UUID], *, by: Actor, now: datetime) -> Lot:
    """The cases with their clocks and the ends of their chains."""
    wanted = list(case_ids)
    with connection.cursor() as cursor:
        cursor.execute(_MATTERS, [wanted])
        matters = {row[0]: Matter(*row) for row in cursor.fetchall()}
        cursor.execute(_CLOCKS, [wanted])
        for row in cursor.fetchall():
            clock = Running(*row)
            clock.pauses = json.loads(row[-1])
            matters[row[1]].clocks.append(clock)
    return Lot(matters, by, now, tips_of(wanted))


def tips_of(case_ids: Collection[UUID]) -> dict[UUID, Tip]:
    """The ends of their chains, for entries that are appended together."""
    with connection.cursor() as cursor:
        cursor.execute(_TIPS, [list(case_ids)])
        return {row[0]: Tip(row[1], bytes(row[2])) for row in cursor.fetchall()}
