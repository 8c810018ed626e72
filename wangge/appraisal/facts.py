"""The facts of cases in SQL: the one place where what the log and the rows say becomes something countable.

The same text counts a lot of cases for the reckoner, those it has not reached yet for a reader, and everything for
the proof. What each line means stands in measures.DEFINITIONS. Row-level security is not asked: run it under an
unrestricted scope.
"""

from __future__ import annotations

import re

from wangge.appraisal.measures import CODE, Measure, Spread

SPREAD_CODES = {Spread.FIRST_RESPONSE: 1, Spread.HANDLING: 2, Spread.CLOSING: 3}
ARRIVAL = 4  # not a time but the hour of the day, from one
BINS_FROM = 1000  # a count in bin 7 of spread 2 has the code 2007

_DAY = "({0} at time zone 'Asia/Shanghai')::date"
# As measures.bin_of; from 1 minute on.
_BIN = "1 + ceil(ln(greatest(1, ceil(extract(epoch from {1} - {0}) / 60))::float8) / ln(1.05::float8))"


def _day(column: str) -> str:
    return _DAY.format(column)


def _bin(spread: Spread, since: str, until: str) -> str:
    return f"{SPREAD_CODES[spread] * BINS_FROM} + {_BIN.format(since, until)}"


def _rows(*rows: tuple[str, str, Measure | str, str, str]) -> str:
    """Day, unit, what is counted, how much, and when it counts."""
    lines = (
        f"({day}, {unit}, ({CODE[what] if isinstance(what, Measure) else what})::int, {amount}, {when})"
        for day, unit, what, amount, when in rows
    )
    return "cross join lateral (values\n  " + ",\n  ".join(lines) + ") v(day, unit_id, code, amount, counts)"


_SUBMITTED = _day("c.submitted_at")
_CLOSED = _day("c.closed_at")
_LEAD = "c.lead_unit_id"
_IS_CLOSED = "c.state = 'closed'"
_SETTLED = {
    Measure.SETTLED_GRID: "u.kind = 'grid_team'",
    Measure.SETTLED_COMMUNITY: "u.kind = 'community'",
    Measure.SETTLED_SUBDISTRICT: "u.kind = 'subdistrict'",
    Measure.SETTLED_DISTRICT: "u.kind in ('district', 'command', 'department', 'company')",
}
# What was looked after so that nobody need complain is no complaint.
_BROUGHT = "c.state <> 'merged' and c.channel <> 'prevention'"
_OF_CASES = _rows(
    (_SUBMITTED, _LEAD, Measure.SUBMITTED, "1", _BROUGHT),
    (_SUBMITTED, _LEAD, Measure.ON_THE_SPOT, "1", f"{_BROUGHT} and c.on_the_spot"),
    (_CLOSED, _LEAD, Measure.CLOSED, "1", _IS_CLOSED),
    (_CLOSED, _LEAD, Measure.CLOSED_IN_TIME, "1", f"{_IS_CLOSED} and c.closed_in_time"),
    (_CLOSED, _LEAD, Measure.SETTLED, "1", f"{_IS_CLOSED} and u.id is not null"),
    *((_CLOSED, _LEAD, measure, "1", f"{_IS_CLOSED} and {kinds}") for measure, kinds in _SETTLED.items()),
    (_CLOSED, _LEAD, _bin(Spread.CLOSING, "c.submitted_at", "c.closed_at"), "1", _IS_CLOSED),
    (
        _SUBMITTED, "null::uuid",
        f"{ARRIVAL * BINS_FROM} + 1 + extract(hour from c.submitted_at at time zone 'Asia/Shanghai')",
        "1", "c.state <> 'merged'",
    ),
)  # fmt: skip
_WHEN = _day("case when k.state = 'met' then k.stopped_at else k.due_at end")
_JUDGED = "(k.state in ('met', 'late') or k.missed_at is not null)"
_PROMISES = {
    "whole": (_LEAD, Measure.DUE, Measure.DUE_KEPT),
    "acknowledge": ("o.unit_id", Measure.ACK_DUE, Measure.ACK_MET),
    "report_in": ("r.unit_id", Measure.REPORT_DUE, Measure.REPORT_MET),
    "handle": ("o.unit_id", Measure.HANDLE_DUE, Measure.HANDLE_MET),
}
_OF_CLOCKS = _rows(
    *((_WHEN, unit, due, "1", f"k.kind = '{kind}'") for kind, (unit, due, _) in _PROMISES.items()),
    *(
        (_WHEN, unit, kept, "1", f"k.kind = '{kind}' and k.state = 'met'")
        for kind, (unit, _, kept) in _PROMISES.items()
    ),
    (_WHEN, _LEAD, Measure.OVERDUE, "1", "k.kind = 'whole' and k.state <> 'met'"),
)


def _named(key: str) -> str:
    return f"(e.data -> '{key}' ->> 'id')::uuid"


def _is(*verbs: str) -> str:
    return "e.action in (" + ", ".join(f"'casework:{verb}'" for verb in verbs) + ")"


_AT = _day("e.at")
_DID = "coalesce(did.unit_id, c.lead_unit_id)"
_ASKS = _is("case:rate", "case:call_back")
_OF_LOG = _rows(
    (_AT, _DID, Measure.RATED, "1", f"{_ASKS} and e.data ->> 'rating' is not null"),
    (_AT, _DID, Measure.SATISFIED, "1", f"{_ASKS} and (e.data ->> 'rating')::int >= 4"),
    (_AT, _DID, Measure.RATED_PROCESS, "1", f"{_ASKS} and e.data ->> 'rating_process' is not null"),
    (_AT, _DID, Measure.SATISFIED_PROCESS, "1", f"{_ASKS} and (e.data ->> 'rating_process')::int >= 4"),
    (_AT, _DID, Measure.RESOLVED_ASKED, "1", f"{_ASKS} and e.data ->> 'resolved' is not null"),
    (_AT, _DID, Measure.RESOLVED, "1", f"{_ASKS} and e.data -> 'resolved' = 'true'"),
    (_AT, _named("unit"), Measure.REWORK, "1", _is("case:reject")),
    (_AT, _DID, Measure.REOPENED, "1", "e.data -> 'state' ->> 1 = 'reopened'"),
    (_AT, _named("unit"), Measure.SENT_BACK, "1", _is("case:send_back")),
    (
        _AT, _named("lead_unit"), Measure.REDISPATCHED, "1",
        f"({_is('case:dispatch')} and e.dispatches > 1 and e.data -> 'state' ->> 0 = 'registered')"
        f" or ({_is('case:reassign')} and {_named('from_unit')} <> {_named('lead_unit')})",
    ),
    (_AT, _named("from_unit"), Measure.ESCALATED, "1", _is("case:escalate")),
    (_AT, _named("unit"), Measure.GRADED, "1", _is("whistle:grade")),
    (_AT, _named("unit"), Measure.GRADE_SUM, "(e.data ->> 'grade')::int", _is("whistle:grade")),
    (_AT, _LEAD, Measure.CANCELLED, "1", _is("case:cancel")),
)  # fmt: skip
_SPOKEN = _is(
    *(
        f"case:{verb}"
        for verb in (
            "call_back", "cancel", "dispatch", "escalate", "rate", "reassign", "reject", "reopen", "send_back",
        )
    ),
    "whistle:grade",
)  # fmt: skip
# Who last finished the work before the moment: whom a caller's answer is about.
_DID_BEFORE = """
left join lateral (
  select o.unit_id from casework_workorder o
   where o.case_id = {id} and o.done_at <= {at} order by o.lead desc, o.done_at desc limit 1) did on true"""


# The kind of matter just below a root of the tree, of which there are four levels at most.
_MATTER = """coalesce(case when higher.id is null then category.code when highest.id is null then above.code
                       else higher.code end, '')"""
# Names and numbers of our own. <<column>> becomes the condition that the case is one of the lot.
_TEXT = f"""
counted_case as materialized (
  select c.id, c.community_pos, c.subdistrict_pos, c.lead_unit_id, c.state, c.submitted_at, c.closed_at,
         c.closed_in_time, c.on_the_spot, c.channel,
         {_MATTER} || ':' || c.urgency as stratum,
         case when c.state in ('closed', 'cancelled', 'merged') then '{{}}' else array_remove(array[
           'open:', 'state:' || c.state, 'channel:' || c.channel, 'category:' || coalesce(category.code, ''),
           'card:' || nullif(c.card, ''), 'day:' || to_char(c.due_at at time zone 'Asia/Shanghai', 'YYYYMMDD'),
           'moment:' || to_char(date_bin('10 minutes', c.due_at, '2000-01-01 00:00Z') at time zone 'Asia/Shanghai',
                             'YYYYMMDDHH24MI')
         ], null) end as standing
    from casework_case c left join responsibility_category category on category.id = c.category_id
    left join responsibility_category above on above.id = category.parent_id
    left join responsibility_category higher on higher.id = above.parent_id
    left join responsibility_category highest on highest.id = higher.parent_id
   where not c.history and <<c.id>>
),
logged as materialized (
  select e.subject_id, e.at, e.action, e.data,
         count(*) filter (where {_is("case:dispatch")}) over told as dispatches,
         count(*) filter (where {_is("case:call_back")} and e.data ->> 'attempt' = '1') over told as round
    from audit_entry e where e.subject_type = 'case' and <<e.subject_id>> and {_SPOKEN}
  window told as (partition by e.subject_id order by e.number)
),
round as (
  select e.subject_id, min(e.at) as at, bool_or(e.data -> 'reached' = 'true') as reached
    from logged e where {_is("case:call_back")} group by e.subject_id, e.round
),
said (case_id, day, unit_id, code, amount) as (
  select c.id, v.day, v.unit_id, v.code, v.amount
    from counted_case c left join org_unit u on u.id = c.lead_unit_id {_OF_CASES} where v.counts
  union all
  select c.id, v.day, v.unit_id, v.code, v.amount
    from casework_clock k join counted_case c on c.id = k.case_id
    left join casework_workorder o on o.id = k.work_order_id left join casework_responder r on r.id = k.responder_id
    {_OF_CLOCKS} where <<k.case_id>> and {_JUDGED} and v.counts
  union all
  select c.id, {_day("o.done_at")}, o.unit_id, ({_bin(Spread.HANDLING, "o.assigned_at", "o.done_at")})::int, 1
    from casework_workorder o join counted_case c on c.id = o.case_id
   where <<o.case_id>> and o.state = 'done' and o.done_at is not null
  union all
  select c.id, {_day("o.acknowledged_at")}, o.unit_id,
         ({_bin(Spread.FIRST_RESPONSE, "c.submitted_at", "o.acknowledged_at")})::int, 1
    from (select distinct on (case_id) case_id, unit_id, acknowledged_at from casework_workorder
           where <<case_id>> and acknowledged_at is not null order by case_id, acknowledged_at, id) o
    join counted_case c on c.id = o.case_id
  union all
  select c.id, v.day, v.unit_id, v.code, v.amount
    from logged e join counted_case c on c.id = e.subject_id
    {_DID_BEFORE.format(id="c.id", at="e.at")} {_OF_LOG} where v.counts
  union all
  select c.id, {_day("e.at")}, {_DID}, v.code, 1
    from round e join counted_case c on c.id = e.subject_id {_DID_BEFORE.format(id="c.id", at="e.at")}
   cross join lateral (values ({CODE[Measure.ASKED]}, true), ({CODE[Measure.REACHED]}, e.reached)) v(code, counts)
   where v.counts
  union all
  select c.id, {_day("w.called_at")}, r.unit_id, {CODE[Measure.WHISTLES]}, 1
    from casework_whistle w join counted_case c on c.id = w.case_id join casework_responder r on r.whistle_id = w.id
   where <<w.case_id>>
  union all
  select c.id, {_day("t.decided_at")}, t.unit_id,
         case t.kind when 'extend' then {CODE[Measure.EXTENDED]} else {CODE[Measure.CARRIED_OVER]} end, 1
    from casework_timerequest t join counted_case c on c.id = t.case_id
   where <<t.case_id>> and t.state = 'granted'
  union all
  select c.id, {_day("t.at")}, t.unit_id,
         case t.kind when 'supervise' then {CODE[Measure.SUPERVISED]} else {CODE[Measure.ACCOUNTED]} end, 1
    from casework_notice t join counted_case c on c.id = t.case_id
   where <<t.case_id>> and t.kind in ('supervise', 'account')
),
fact as (
  select case_id, day, unit_id, code, sum(amount)::int as amount from said group by case_id, day, unit_id, code
)"""  # noqa: S608


def ctes(lot: str) -> str:
    """`counted_case` and `fact` as common table expressions. `lot` is a condition on a case's id, called `{id}`."""
    return re.sub("<<(.+?)>>", lambda found: lot.format(id=found[1]), _TEXT)


THESE = "{id} = any(array(select id from lot))"
"""The cases of a table expression `lot`."""

WAITING = """
lot as (
  select case_id as id from appraisal_changed
   union
  select m.id from casework_case m join lot on m.merged_into_id = lot.id
)"""
"""Needs `with recursive`: closing a case also decides what was promised to those merged into it."""
DIFFERENCES = """
difference as (
  select community_pos, subdistrict_pos, stratum, day, unit_id, code, sum(amount)::int as amount
    from (select c.community_pos, c.subdistrict_pos, c.stratum, f.day, f.unit_id, f.code, f.amount
            from fact f join counted_case c on c.id = f.case_id
           union all
          select b.community_pos, b.subdistrict_pos, b.stratum, u.day, u.unit_id, u.code, -u.amount
            from appraisal_counted b
           cross join lateral unnest(b.days, b.units, b.codes, b.amounts) u(day, unit_id, code, amount)
           where b.case_id = any(array(select id from lot))) both_sides
   group by community_pos, subdistrict_pos, stratum, day, unit_id, code
  having sum(amount) <> 0
),
moved as (
  select owner, split_part(mark, ':', 1) as aspect, substr(mark, strpos(mark, ':') + 1) as key, sum(step)::int as n
    from (select c.community_pos, c.subdistrict_pos, mark, 1 as step
            from counted_case c cross join lateral unnest(c.standing) mark
           union all
          select b.community_pos, b.subdistrict_pos, mark, -1
            from appraisal_counted b cross join lateral unnest(b.standing) mark
           where b.case_id = any(array(select id from lot))) both_sides
   cross join lateral (select 0 union select community_pos union select subdistrict_pos) owners(owner)
   group by owner, mark having sum(step) <> 0
)"""
"""What the cases of `lot` count now and have not counted yet: needs `counted_case` and `fact`."""


CLASS = "split_part(split_part({0}, ':', 1), '-', 1) || ':' || split_part({0}, ':', 2)"
"""Of what is kept of a case, root and urgency: what counts are told apart by (docs/adr/0013 says why no finer)."""
_OF_MATTERS = (Measure.SUBMITTED, Measure.CLOSED, Measure.OVERDUE)


def _owned(kind: str, owner: str, stratum: str = CLASS.format("stratum"), measures: tuple[Measure, ...] = ()) -> str:
    only = f" and code in ({', '.join(str(CODE[one]) for one in measures)})" if measures else ""
    return f"""
  select '{kind}' as kind, {owner}::text as owner, {stratum} as stratum, day, code, sum(amount)::int as amount
    from difference where {owner} is not null{only} group by 2, 3, day, code having sum(amount) <> 0"""  # noqa: S608


OWNED = (
    "owned as ("
    + "\n   union all".join(
        (
            _owned("unit", "unit_id"),
            _owned("community", "nullif(community_pos, 0)"),
            _owned("subdistrict", "nullif(subdistrict_pos, 0)"),
            _owned("district", "0"),
            *(_owned("matter", owner, "split_part(stratum, ':', 1)", _OF_MATTERS) for owner in ("unit_id", "0")),
        )
    )
    + "\n)"
)
"""The differences by whose they are."""
