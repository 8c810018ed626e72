"""Each rule as one statement over a period: of every unit the trials, the hits, and the cases behind the hits.

Every body ends in `trial(unit_id, case_id, hit, n)`; `n` is what the rule measured of a hit. Sets only: a million
cases are read once, by the index on when they were closed, were asked for, or were written in the log.
"""

from __future__ import annotations

from wangge.appraisal.gaming import Rule

MOST_CASES = 200

COUNT = """
{body}
select t.unit_id, u.kind, count(*), count(*) filter (where t.hit),
       (array_agg(t.case_id order by t.n desc nulls last, t.case_id) filter (where t.hit))[1:{most}],
       (array_agg(t.n order by t.n desc nulls last, t.case_id) filter (where t.hit))[1:{most}]
  from trial t join org_unit u on u.id = t.unit_id
 group by t.unit_id, u.kind
"""

# Those a unit would rather not have asked (late, sent back, done again) against the rest, by who was not reached.
COUNT_WITHIN = """
{body}
select t.unit_id, u.kind, count(*) filter (where t.troubled), count(*) filter (where t.troubled and t.hit),
       (array_agg(t.case_id order by t.case_id) filter (where t.troubled and t.hit))[1:{most}],
       (array_agg(t.n order by t.case_id) filter (where t.troubled and t.hit))[1:{most}],
       count(*) filter (where t.hit and not t.troubled), count(*) filter (where not t.troubled)
  from trial t join org_unit u on u.id = t.unit_id
 group by t.unit_id, u.kind
"""

_CLOSED = """c.closed_at >= %(start)s and c.closed_at < %(end)s and c.state = 'closed' and not c.history
   and c.lead_unit_id is not null"""

_SELF_MADE = """
with trial as (
  select c.lead_unit_id as unit_id, c.id as case_id,
         coalesce(c.submitter_id is not null
           and coalesce(c.handled_at, c.closed_at) - c.submitted_at <= make_interval(mins => %(minutes)s)
           and exists (select from casework_workorder w where w.case_id = c.id and c.submitter_id = any(w.worked_by)),
           false) as hit,
         round(extract(epoch from coalesce(c.handled_at, c.closed_at) - c.submitted_at) / 60)::float as n
    from casework_case c where {closed})
"""

# The log says when a closed case was opened again, and when it had been closed.
_REOPENED = """
with again as (
  select e.subject_id as case_id, min(extract(epoch from e.at - p.at) / 86400)::float as days
    from audit_entry e
    join lateral (
      select q.at from audit_entry q
       where q.subject_type = 'case' and q.subject_id = e.subject_id and q.number < e.number
         and q.data -> 'state' ->> 1 = 'closed'
       order by q.number desc limit 1) p on true
   where e.at >= %(start)s and e.at < %(end)s and e.subject_type = 'case'
     and e.action in ('casework:case:reopen', 'casework:case:rate')
     and e.data -> 'state' ->> 0 = 'closed' and e.data -> 'state' ->> 1 = 'reopened'
     and e.at - p.at <= make_interval(days => %(days)s)
   group by 1),
trial as (
  select c.lead_unit_id as unit_id, c.id as case_id, a.case_id is not null as hit, round(a.days::numeric, 1)::float as n
    from casework_case c left join again a on a.case_id = c.id where {closed}
  union all
  select c.lead_unit_id, c.id, true, round(a.days::numeric, 1)::float
    from again a join casework_case c on c.id = a.case_id
   where c.lead_unit_id is not null and not (c.closed_at is not null and {closed}))
"""

# Places are compared by cells as wide as the distance, each closed case with the nine cells around it.
_SAME_AGAIN = """
with closed as (
  select c.id, c.lead_unit_id, c.category_id, c.lon, c.lat, c.closed_at,
         floor(c.lon / %(cell_x)s)::int as x, floor(c.lat / %(cell_y)s)::int as y
    from casework_case c
   where {closed} and c.lon is not null and c.lat is not null and c.category_id is not null),
around as (
  select c.*, c.x + a.d as nx, c.y + b.d as ny
    from closed c cross join (values (-1), (0), (1)) a(d) cross join (values (-1), (0), (1)) b(d)),
later as (
  select l.id, l.category_id, l.lon, l.lat, l.submitted_at,
         floor(l.lon / %(cell_x)s)::int as x, floor(l.lat / %(cell_y)s)::int as y
    from casework_case l
   where l.submitted_at >= %(start)s and l.submitted_at < %(end)s + make_interval(days => %(days)s)
     and l.state not in ('cancelled', 'merged') and not l.history and l.lon is not null and l.category_id is not null),
again as (
  select a.id, min(extract(epoch from l.submitted_at - a.closed_at) / 86400)::numeric as days
    from around a
    join later l on l.category_id = a.category_id and l.x = a.nx and l.y = a.ny
   where l.id <> a.id and l.submitted_at > a.closed_at
     and l.submitted_at <= a.closed_at + make_interval(days => %(days)s)
     and power((l.lon - a.lon) / %(cell_x)s, 2) + power((l.lat - a.lat) / %(cell_y)s, 2) <= 1
   group by a.id),
trial as (
  select c.lead_unit_id as unit_id, c.id as case_id, a.id is not null as hit, round(a.days, 1)::float as n
    from closed c left join again a on a.id = c.id)
"""

# Who answered on their own was chosen by nobody and is left out.
_ASKED = """
with trial as (
  select c.lead_unit_id as unit_id, c.id as case_id, not c.reached as hit, c.calls::float as n,
         coalesce(not c.closed_in_time, false) or c.reopens > 0 or c.send_backs > 0 as troubled
    from casework_case c
   where {closed} and c.reporter_phone_encrypted is not null and (c.reached or c.rating is null))
"""

# A deadline counts when its clock ran at the moment of the change; whoever had it before is whose figures gained.
_BEFORE_DEADLINE = """
with changed as (
  select e.subject_id as case_id, e.at,
         coalesce((e.data -> 'from_unit' ->> 'id')::uuid, e.unit_id, c.lead_unit_id) as unit_id
    from audit_entry e join casework_case c on c.id = e.subject_id
   where e.at >= %(start)s and e.at < %(end)s and e.subject_type = 'case' and e.actor_id <> %(system)s
     and ((e.action in ('casework:case:reassign', 'casework:case:escalate')
             and e.data -> 'from_unit' ->> 'id' <> e.data -> 'lead_unit' ->> 'id')
       or (e.action = 'casework:case:register'
             and (e.data ? 'from_category' or e.data ? 'from_urgency' or e.data ? 'from_unit')))),
trial as (
  select h.unit_id, h.case_id, d.due_at - h.at <= make_interval(mins => %(minutes)s) as hit,
         round(extract(epoch from d.due_at - h.at) / 60)::float as n
    from changed h
    join lateral (
      select min(k.due_at) as due_at from casework_clock k
       where k.case_id = h.case_id and k.started_at < h.at and k.due_at >= h.at
         and (k.stopped_at is null or k.stopped_at >= h.at)) d on d.due_at is not null
   where h.unit_id is not null)
"""

_LAST_HOUR = """
with trial as (
  select t.unit_id, t.case_id, d.due_at - t.asked_at <= make_interval(mins => %(minutes)s) as hit,
         round(extract(epoch from d.due_at - t.asked_at) / 60)::float as n
    from casework_timerequest t
    join lateral (
      select coalesce(t.due_before, min(k.due_at)) as due_at from casework_clock k
       where k.case_id = t.case_id and k.kind in ('whole', 'handle') and k.started_at < t.asked_at
         and k.due_at >= t.asked_at) d on d.due_at >= t.asked_at
   where t.asked_at >= %(start)s and t.asked_at < %(end)s)
"""

_ASKED_IN_MASSES = """
with trial as (
  select q.unit_id, q.case_id, q.n >= %(mass)s as hit, q.n::float as n
    from (select t.unit_id, t.case_id, count(*) over (
                   partition by t.unit_id order by t.asked_at
                   range between make_interval(mins => %(minutes)s) preceding
                             and make_interval(mins => %(minutes)s) following) as n
            from casework_timerequest t where t.asked_at >= %(start)s and t.asked_at < %(end)s) q)
"""

_SAME_ANSWERS = """
with answers as (
  select n.unit_id, n.case_id, n.answered_at, n.id,
         regexp_replace(lower(n.answer), '[[:space:][:punct:]，。、；：！？（）“”]', '', 'g') as words
    from casework_notice n
   where n.answered_at >= %(start)s and n.answered_at < %(end)s and n.unit_id is not null and n.answer <> ''),
trial as (
  select a.unit_id, a.case_id,
         row_number() over (partition by a.unit_id, a.words order by a.answered_at, a.id) > 1 as hit,
         count(*) over (partition by a.unit_id, a.words)::float as n
    from answers a)
"""

_REUSED_PHOTOS = """
with used as (
  select a.case_id, c.lead_unit_id as unit_id, c.submitted_at,
         first_value(a.case_id) over (partition by a.sealed_sm3 order by c.submitted_at, a.case_id) as first_case,
         count(*) over (partition by a.sealed_sm3) as uses
    from casework_case c join casework_attachment a on a.case_id = c.id
   where c.submitted_at >= %(start)s - make_interval(days => %(days)s) and c.submitted_at < %(end)s
     and c.on_the_spot and not c.history and c.lead_unit_id is not null
     and a.phase = 'handle' and a.sealed_sm3 is not null),
trial as (
  select unit_id, case_id, bool_or(first_case <> case_id) as hit, max(uses)::float as n
    from used where submitted_at >= %(start)s group by unit_id, case_id)
"""

# What a phone without signal sent in one go carries the times at which it was seen.
_BURSTS = """
with spot as (
  select c.id, c.lead_unit_id, c.submitter_id, coalesce(c.claimed_at, c.submitted_at) as at
    from casework_case c
   where c.submitted_at >= %(start)s and c.submitted_at < %(end)s and c.on_the_spot and not c.history
     and c.lead_unit_id is not null and c.submitter_id is not null),
trial as (
  select q.lead_unit_id as unit_id, q.id as case_id, q.n >= %(mass)s as hit, q.n::float as n
    from (select s.*, count(*) over (
                   partition by s.submitter_id order by s.at
                   range between make_interval(mins => %(minutes)s) preceding
                             and make_interval(mins => %(minutes)s) following) as n
            from spot s) q)
"""

BODIES: dict[Rule, tuple[str, str]] = {
    Rule.SELF_MADE: (COUNT, _SELF_MADE),
    Rule.REOPENED: (COUNT, _REOPENED),
    Rule.SAME_AGAIN: (COUNT, _SAME_AGAIN),
    Rule.CALLED_THE_HAPPY: (COUNT_WITHIN, _ASKED),
    Rule.NEVER_REACHED: (COUNT, _ASKED),
    Rule.BEFORE_DEADLINE: (COUNT, _BEFORE_DEADLINE),
    Rule.LAST_HOUR: (COUNT, _LAST_HOUR),
    Rule.ASKED_IN_MASSES: (COUNT, _ASKED_IN_MASSES),
    Rule.SAME_ANSWERS: (COUNT, _SAME_ANSWERS),
    Rule.REUSED_PHOTOS: (COUNT, _REUSED_PHOTOS),
    Rule.BURSTS: (COUNT, _BURSTS),
}


def statement(rule: Rule) -> str:
    frame, body = BODIES[rule]
    return frame.replace("{most}", str(MOST_CASES)).replace("{body}", body).replace("{closed}", _CLOSED)
