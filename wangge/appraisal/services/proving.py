"""The proof: everything counted again, and compared with what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from wangge.appraisal import facts
from wangge.appraisal.services.reckoning import following
from wangge.org import scope

_NAME = "核对计数"


@dataclass(frozen=True)
class Wrong:
    """`subject` is a case or the owner of a count; `detail` names the count."""

    subject: str
    detail: str


# Both in one statement, hence of one moment; cases that wait to be counted are left to the reckoner.
_CASES = f"""
select case_id::text, concat_ws(' ', day, unit_id, code, sum(amount)) from (
  select f.case_id, c.community_pos, c.subdistrict_pos, c.stratum, f.day, f.unit_id, f.code, f.amount
    from fact f join counted_case c on c.id = f.case_id
   union all
  select c.id, 0, 0, mark, null, null, 0, 1 from counted_case c cross join lateral unnest(c.standing) mark
   union all
  select b.case_id, b.community_pos, b.subdistrict_pos, b.stratum, u.day, u.unit_id, u.code, -u.amount
    from appraisal_counted b
   cross join lateral unnest(b.days, b.units, b.codes, b.amounts) u(day, unit_id, code, amount)
   where {{kept}}
   union all
  select b.case_id, 0, 0, mark, null, null, 0, -1 from appraisal_counted b cross join lateral unnest(b.standing) mark
   where {{kept}}) both_sides
 where case_id not in (select id from lot)
 group by case_id, community_pos, subdistrict_pos, stratum, day, unit_id, code having sum(amount) <> 0 limit %s
"""  # noqa: F541
_SUMS = f"""
with difference as (
  select b.community_pos, b.subdistrict_pos, b.stratum, u.day, u.unit_id, u.code, sum(u.amount)::int as amount
    from appraisal_counted b
   cross join lateral unnest(b.days, b.units, b.codes, b.amounts) u(day, unit_id, code, amount)
   group by 1, 2, 3, 4, 5, 6
), {facts.OWNED}
select owner, concat_ws(' ', kind, period, start, stratum, code, sum(amount)) from (
  select o.kind, p.period, p.start, o.owner, case when o.code < {facts.BINS_FROM} then o.stratum end as stratum, o.code,
         o.amount
    from owned o cross join lateral (values
     ('D', o.day), ('W', date_trunc('week', o.day)::date), ('M', date_trunc('month', o.day)::date)) p(period, start)
   union all
  select kind, period, start, owner, stratum, code, -v
    from appraisal_cell c cross join lateral unnest(c.n) with ordinality u(v, code)
   union all
  select kind, period, start, owner, null, spread * {facts.BINS_FROM} + bin, -v
    from appraisal_distribution c cross join lateral unnest(c.bins) with ordinality u(v, bin)) both_sides
 group by kind, period, start, owner, stratum, code having sum(amount) <> 0 limit %s
"""  # noqa: S608 - names of our own
_STANDING = """
select owner::text, aspect || ' ' || key || ' ' || sum(n) from (
  select owner, split_part(mark, ':', 1) as aspect, substr(mark, strpos(mark, ':') + 1) as key, 1 as n
    from appraisal_counted b cross join lateral unnest(b.standing) mark
   cross join lateral (select 0 union select b.community_pos union select b.subdistrict_pos) owners(owner)
   union all
  select owner, aspect, key, -n from appraisal_standing) both_sides
 group by owner, aspect, key having sum(n) <> 0 limit %s
"""


def check(*, limit: int = 100, say: Callable[[int], None] = lambda done: None) -> list[Wrong]:
    """What is kept of each case against its facts, then every sum against what is kept; empty: all is exact."""
    wrong: list[Wrong] = []
    done, after = 0, UUID(int=0)
    with scope.acting(scope.system_actor(_NAME)), connection.cursor() as cursor:
        while (lot := following(after)) is not None and len(wrong) < limit:
            last, count = lot
            within = f"{{id}} > '{after}' and {{id}} <= '{last}'"
            kept = _CASES.format(kept=within.format(id="b.case_id"))
            cursor.execute(f"with recursive {facts.WAITING}, {facts.ctes(within)} {kept}", [limit])
            wrong += [Wrong(*row) for row in cursor.fetchall()]
            after, done = last, done + count
            say(done)
        for sums in (_SUMS, _STANDING):
            cursor.execute(sums, [limit])
            wrong += [Wrong(*row) for row in cursor.fetchall()]
    return wrong[:limit]
