"""Keeps the counts: what the log spoke of since, as differences to what was counted before, in one commit.

One reckoner works at a time. A case is counted from one snapshot, and what was counted is kept with it, so the cells
are always the sum of what is kept, and a case is right as soon as nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import connection

from wangge.appraisal import facts
from wangge.kit import prepared
from wangge.org import scope

LOT = 2000  # changed entries taken at once
RANGE = 20_000  # cases counted at once when everything is counted again
_LOCK = "select pg_advisory_xact_lock(hashtext('wangge appraisal reckoner'))"
_NAME = "核算"

_TAKE = """
delete from appraisal_changed where id in (select id from appraisal_changed order by id limit %s) returning case_id
"""
_AND_MERGED = """
with recursive lot as (
  select distinct id from unnest(%s::uuid[]) given(id)
   union
  select m.id from casework_case m join lot on m.merged_into_id = lot.id
)
select array_agg(id) from lot
"""
_GIVEN = "lot as materialized (select id from unnest(%s::uuid[]) given(id))"
# Every name is ours. Rows to be changed are named in one order, and nobody else changes them.
_APPLY = f"""
{facts.DIFFERENCES}, {facts.OWNED},
amount as (
  select o.kind, p.period, p.start, o.owner, o.stratum, o.code, sum(o.amount)::int as amount
    from owned o
   cross join lateral (values
     ('D', o.day), ('W', date_trunc('week', o.day)::date), ('M', date_trunc('month', o.day)::date)) p(period, start)
   group by o.kind, p.period, p.start, o.owner, o.stratum, o.code
),
cells as (
  insert into appraisal_cell as kept (kind, period, start, owner, stratum, n)
  select kind, period, start, owner, stratum, appraisal_dense(array_agg(code), array_agg(amount))
    from amount where code < {facts.BINS_FROM} group by kind, period, start, owner, stratum
      on conflict (kind, period, start, owner, stratum) do update set n = appraisal_add(kept.n, excluded.n)
),
bins as (
  insert into appraisal_distribution as kept (kind, period, start, owner, spread, bins)
  select kind, period, start, owner, code / {facts.BINS_FROM},
         appraisal_dense(array_agg(mod(code, {facts.BINS_FROM})), array_agg(amount))
    from (select kind, period, start, owner, code, sum(amount)::int as amount from amount
           where code >= {facts.BINS_FROM} group by kind, period, start, owner, code) every_stratum
   group by kind, period, start, owner, code / {facts.BINS_FROM}
      on conflict (kind, period, start, owner, spread) do update set bins = appraisal_add(kept.bins, excluded.bins)
),
now_standing as (
  insert into appraisal_standing as kept (owner, aspect, key, n) select owner, aspect, key, n from moved
      on conflict (owner, aspect, key) do update set n = kept.n + excluded.n
),
counted as (
  insert into appraisal_counted (case_id, community_pos, subdistrict_pos, stratum, days, units, codes, amounts,
                                 standing, at)
  select c.id, c.community_pos, c.subdistrict_pos, c.stratum, coalesce(f.days, '{{}}'), coalesce(f.units, '{{}}'),
         coalesce(f.codes, '{{}}'), coalesce(f.amounts, '{{}}'), c.standing, statement_timestamp()
    from counted_case c
    left join (select case_id, array_agg(day) as days, array_agg(unit_id) as units, array_agg(code) as codes,
                      array_agg(amount) as amounts from fact group by case_id) f on f.case_id = c.id
      on conflict (case_id) do update set
         community_pos = excluded.community_pos, subdistrict_pos = excluded.subdistrict_pos,
         stratum = excluded.stratum, days = excluded.days, units = excluded.units, codes = excluded.codes,
         amounts = excluded.amounts, standing = excluded.standing, at = excluded.at
),
gone as (
  delete from appraisal_counted
   where case_id = any(array(select id from lot)) and case_id not in (select id from counted_case)
)
select
"""  # noqa: S608


_GIVEN_LOT = f"with {_GIVEN}, {facts.ctes(facts.THESE)}, {_APPLY}"


def reckon(lot: int = LOT) -> int:
    """Count what changed, at most `lot` entries of it. How many entries were taken; 0: nothing waits."""
    with scope.acting(scope.system_actor(_NAME)), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_TAKE, [lot])
        taken = [case_id for (case_id,) in cursor.fetchall()]
        if taken:
            cursor.execute(_AND_MERGED, [taken])
            prepared.execute(_GIVEN_LOT, [cursor.fetchone()[0]])
    return len(taken)


_TABLES = ("appraisal_cell", "appraisal_distribution", "appraisal_standing", "appraisal_counted", "appraisal_changed")
_NEXT = """
select max(id::text)::uuid, count(*) from (select id from casework_case where id > %s order by id limit %s) following
"""


def following(after: UUID) -> tuple[UUID, int] | None:
    """The last of the next RANGE cases after this one, and how many they are."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [after, RANGE])
        last, count = cursor.fetchone()
    return (last, count) if count else None


def rebuild(*, say: Callable[[int], None] = lambda done: None) -> int:
    """Forget all counts and count every case anew, in one commit: readers see the old ones until then."""
    done, after = 0, UUID(int=0)
    with scope.acting(scope.system_actor(_NAME)), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute("set local work_mem = '128MB'")
        for table in _TABLES:
            cursor.execute(f"delete from {table}")  # noqa: S608 - our own names
        while (lot := following(after)) is not None:
            last, count = lot
            within = f"{{id}} > '{after}' and {{id}} <= '{last}'"
            these = f"lot as materialized (select id from casework_case where {within.format(id='id')})"  # noqa: S608
            cursor.execute(f"with {these}, {facts.ctes(within)}, {_APPLY}")
            after, done = last, done + count
            say(done)
    return done
