"""What the wall and bulletins ask, at 10,000,000 cases against 10,000 over one year; what keeping counts costs.

`rollup`: the numbers of the wall for the district and a street, and a month's counts of units, streets and communities
with classes and times, as a bulletin, a league and a score tried out read them. Each is timed many times in turn; the
claim is judged by the one whose median grew most. The cases spread over the last year on the 市中 division, each with
its order, promises and log, and are counted by the reckoner's own rebuild.

`rollup_cost`: seconds of the reckoner for an event of a case against seconds to take a case in, through the services
and one at a time: the reckoner's at the larger size, the quicker of both sizes for taking in.

WANGGE_BENCH_CASES sets another larger size.
"""

from __future__ import annotations

import json
import os
import time
from typing import Any

import psycopg

from benchmarks._harness import Measured, progress
from benchmarks._scratch import Installation, installation

SMALL = 10_000
LARGE = int(os.environ.get("WANGGE_BENCH_CASES", "10_000_000"))
BLOCK = 200_000
GOAL, GOAL_COST = 2.0, 0.10
EVENTS = 4000

# As the tables' owner would in a restore: without what no query here reads, and put back for nobody.
_BARE = """
do $$ declare one record; begin
  for one in select conrelid::regclass as t, conname from pg_constraint
              where contype = 'f' and conrelid::regclass::text ~ '^(casework|audit)_' loop
    execute format('alter table %s drop constraint %I', one.t, one.conname);
  end loop;
  for one in select indexrelid::regclass::text as name from pg_index join pg_class on pg_class.oid = indexrelid
              where relname ~ ('^(case_state|case_subdistrict|case_area|case_category|case_source_ref|case_submitter|'
                 || 'case_human_queue|case_community|order_unit_open|clock_next|audit_entry_at|audit_entry_actor|'
                 || 'case_party_tree|case_search_tokens|casework_case_parent.*)$') loop
    execute 'drop index ' || one.name;
  end loop;
end $$;
"""
_PREPARE = """
create unlogged table bench_grid as
  select row_number() over (order by g.code) - 1 as n, g.area_id, g.id as version_id, g.pos, g.lon, g.lat,
         c.pos as community_pos, s.pos as subdistrict_pos
    from areas_areaversion g
    join areas_areaversion c on c.level = 2 and c.superseded_at is null and g.pos >= c.pos and g.pos < c.pos_end
    join areas_areaversion s on s.level = 1 and s.superseded_at is null and g.pos >= s.pos and g.pos < s.pos_end
   where g.level = 3 and g.superseded_at is null;
create unlogged table bench_category as
  select row_number() over (order by code) - 1 as n, id from responsibility_category where leaf;
create unlogged table bench_unit as
  select row_number() over (order by pos) - 1 as n, id, pos from org_unit where kind in ('department', 'subdistrict');
create unlogged table bench_case (k bigint, id uuid, order_id uuid, at timestamptz, ended timestamptz, due timestamptz,
  state text, grid bigint, category bigint, unit bigint, lead_id uuid, lead_pos bigint);
analyze;
"""
# One row per number: when (evenly over the year, oldest first), where, what, whose, how long it took.
_PLAN = """
truncate bench_case;
insert into bench_case
select k, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(k::text), 1, 3) || '8'
           || substr(md5(k::text), 4, 15))::uuid, md5('o' || k)::uuid, at,
       at + interval '1 hour' * (2 + (k * 37) % 160), at + interval '120 hours',
       state, grid, category, unit, u.id, u.pos
  from (select k, at, case when k <= {size} * 0.98 then 'closed' else
                      (array['submitted','registered','registered','registered'])[1 + k % 4] end as state,
               (k * 7919) % (select count(*) from bench_grid) as grid,
               (k * 31) % (select count(*) from bench_category) as category,
               (k * 131) % (select count(*) from bench_unit) as unit
          from (select k, now() - interval '365 days' * (1 - k::float8 / {size}) as at
                  from generate_series({first}::bigint, {last}::bigint) k) numbered) placed
  join bench_unit u on u.n = placed.unit;
"""
_ROWS = (
    """insert into casework_case (
         id, number, version, state, title, description, category_id, urgency, channel, source_ref, address, lon, lat,
         placed_by, area_id, area_version_id, area_pos, subdistrict_pos, community_pos, level, lead_unit_id, clause,
         routing, on_the_spot, sampled, needs_human, submitted_at, registered_at, handled_at, closed_at, due_at, card,
         send_backs, reopens, reminders, supervised, calls, reached, extended, closed_in_time, rating, history)
       select b.id, 'B' || {size} || '-' || b.k, 3, b.state, '路边井盖松动', '', c.id,
              (array['normal','normal','normal','normal','urgent'])[1 + b.k % 5],
              (array['hotline12345','patrol','public'])[1 + b.k % 3], '', '', g.lon, g.lat, 'point', g.area_id,
              g.version_id, g.pos, g.subdistrict_pos, g.community_pos, 1, b.lead_id, '', '{{}}', b.k % 23 = 0, false,
              '', b.at, b.at, case when b.state = 'closed' then b.ended end,
              case when b.state = 'closed' then b.ended end, b.due,
              case when b.state <> 'closed' and b.k % 9 = 0 then 'red' else '' end, 0, 0, 0, false, 0, false,
              false, case when b.state = 'closed' then b.ended <= b.due end, null, false
         from bench_case b join bench_grid g on g.n = b.grid join bench_category c on c.n = b.category""",
    """insert into casework_party (case_id, unit_id, unit_pos, role, submitted_at)
       select id, lead_id, lead_pos, 'lead', at from bench_case""",
    """insert into casework_workorder (id, case_id, unit_id, unit_pos, lead, state, instruction, assigned_at,
              acknowledged_at, done_at, worked_by, result, stage, send_back_code, send_back_reason, due_at)
       select order_id, id, lead_id, lead_pos, true, 'done', '', at, at + (ended - at) / 9, ended, '{{}}', '',
              0, '', '', due from bench_case where state = 'closed'""",
    """insert into casework_clock (id, case_id, kind, label, work_order_id, limit_value, limit_unit, extra_days,
              calendar, rule, state, started_at, due_at, rung, pauses, stopped_at, caution)
       select md5(k || kind)::uuid, id, kind, '', case when kind <> 'whole' then order_id end, 5, 'working_days', 0,
              'office', '', case when state <> 'closed' then 'running' when ended <= due then 'met' else 'late' end,
              at, due, 0, '[]', case when state = 'closed' then ended end, ''
         from bench_case cross join (values ('whole'), ('handle')) kinds(kind)
        where state = 'closed' or kind = 'whole'""",
    """insert into audit_entry (subject_type, subject_id, number, at, action, actor_name, data, previous, hash)
       select 'case', id, 2, ended, 'casework:case:rate', '', jsonb_build_object('rating', 1 + k % 5), '', ''
         from bench_case where state = 'closed' and k % 4 = 0""",
)

_REBUILD = """
import sys
from wangge.appraisal.services import reckoning
reckoning.rebuild(say=lambda done: print(done, file=sys.stderr) if done % 500000 == 0 else None)
"""
_ASK = """
import datetime as dt, json, statistics, time
from dataclasses import replace
from django.db import connection
from wangge.appraisal.selectors import cells
from wangge.command import selectors as wall
from wangge.areas.models import AreaVersion
from wangge.kit import clock
from wangge.org import scope
from wangge.org.models import Unit
system = scope.system_actor('benchmark')
street = AreaVersion.objects.at().filter(level=1).order_by('code').first()
local = replace(system, scope=scope.Scope(areas=((street.pos, street.pos_end),)))
departments = list(Unit.objects.filter(kind='department').values_list('pk', flat=True))
communities = list(AreaVersion.objects.at().filter(level=2, pos__gt=street.pos, pos__lt=street.pos_end)
                   .values_list('pos', flat=True))
streets = list(AreaVersion.objects.at().filter(level=1).only('area_id', 'name', 'pos', 'pos_end'))
end = clock.now().date().replace(day=1)
start = (end - dt.timedelta(days=1)).replace(day=1)
monday = start + dt.timedelta(days=7 - start.weekday())
week = dict(start=monday, end=monday + dt.timedelta(days=7))
month = dict(start=start, end=end)
def ready(kind, pos):
    return wall._document(wall._ready(kind, pos, streets, clock.now()), system.scope, streets)
asked = {
    'wall, district': lambda: ready(wall.Kind.DISTRICT, 0),
    'wall, a street': lambda: ready(wall.Kind.SUBDISTRICT, street.pos),
    'month, departments, classes': lambda: cells.totals(by='unit', owners=departments, classes=True, **month),
    'month, all units': lambda: cells.totals(by='unit', **month),
    'month, streets, classes': lambda: cells.totals(by='subdistrict', classes=True, **month),
    'month, communities of a street': lambda: cells.totals(by='community', owners=communities, **month),
    'month, the district': lambda: cells.totals(by='district', **month),
    'month, times of departments': lambda: cells.spreads(by='unit', owners=departments, **month),
    'month, times of streets': lambda: cells.spreads(by='subdistrict', **month),
    'week, streets, classes': lambda: cells.totals(by='subdistrict', classes=True, **week),
}
beside = {'whole page of the wall': lambda: wall.count(actor=system, now=clock.now())}
def timed(run):
    with scope.acting(system):
        begun = time.perf_counter()
        run()
        return (time.perf_counter() - begun) * 1000
taken = {name: [] for name in asked | beside}
for _ in range(%(times)d):
    for name, run in (asked | beside).items():
        taken[name].append(timed(run))
with scope.acting(system):
    rows = {name: len(run()) for name, run in asked.items()}
print(json.dumps({'ms': {name: statistics.median(all[3:]) for name, all in taken.items()}, 'rows': rows}))
"""
_COST = """
import json, random, time
from wangge.appraisal.models import Changed
from wangge.appraisal.services import reckoning
from wangge.areas import selectors as areas
from wangge.casework import services
from wangge.org import scope
system, chance = scope.system_actor('benchmark'), random.Random(1)
points = [(v.lon, v.lat) for v in areas.current().filter(level=3) if v.lon is not None]
while reckoning.reckon():
    pass
def create(n):
    lon, lat = chance.choice(points)
    with scope.acting(system):
        services.submit(title='路边井盖松动有异响', channel='hotline12345', by=system, lon=lon, lat=lat,
                        description='居民反映该处问题存在较长时间。' * 4, reporter_phone=f'139{n:08d}')
for n in range(100):
    create(n)
while reckoning.reckon():
    pass
creating = counting = events = 0
for round in range(2):
    begun = time.perf_counter()
    for n in range(%(events)d // 2):
        create(n)
    creating += time.perf_counter() - begun
    begun = time.perf_counter()
    while taken := reckoning.reckon():
        events += taken
    counting += time.perf_counter() - begun
print(json.dumps({'create_ms': creating / %(events)d * 1000, 'event_ms': counting / events * 1000, 'events': events}))
"""


def run() -> list[Measured]:
    with installation() as made:
        with _superuser(made) as connection:
            connection.execute(_BARE)
            connection.execute(_PREPARE)
        small = _at(made, SMALL)
        cost_of_small = _cost(made, EVENTS // 4)
        large = _at(made, LARGE)
        cost = _cost(made, EVENTS)
    ratios = {name: large["ms"][name] / small["ms"][name] for name in small["rows"]}
    worst = max(ratios, key=lambda name: ratios[name])
    progress(json.dumps([small, large, cost], ensure_ascii=False))
    return [
        Measured(
            claim="rollup", ours=large["ms"][worst], baseline=small["ms"][worst], goal=GOAL, unit="ms", sense="at_most",
            detail={
                "worst": worst, "cases": LARGE,
                "median_ms": {
                    name: [round(small["ms"][name], 2), round(large["ms"][name], 2)] for name in small["ms"]
                },
                "rows": {name: [small["rows"][name], large["rows"][name]] for name in small["rows"]},
            },
        ),
        Measured(
            claim="rollup_cost", ours=cost["event_ms"], baseline=min(cost["create_ms"], cost_of_small["create_ms"]),
            goal=GOAL_COST, unit="ms", sense="at_most", detail={
                "cases": LARGE, "events": cost["events"], f"ms at {SMALL}": cost_of_small,
            },
        ),
    ]  # fmt: skip


def _cost(made: Installation, events: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.python(_COST % {"events": events}))
    progress(json.dumps(found))
    return found


def _superuser(made: Installation) -> psycopg.Connection[Any]:
    return psycopg.connect(made.server.url("postgres"), autocommit=True)


def _at(made: Installation, size: int) -> dict[str, Any]:
    started = time.perf_counter()
    with _superuser(made) as connection:
        connection.execute("set session_replication_role = replica")  # as a restore: what comes in is whole
        connection.execute("set synchronous_commit = off")
        connection.execute(
            "truncate casework_case, casework_party, casework_workorder, casework_clock, casework_search, audit_entry,"
            " appraisal_changed, appraisal_counted, appraisal_cell, appraisal_distribution, appraisal_standing cascade"
        )
        for first in range(1, size + 1, BLOCK):
            connection.execute(_PLAN.format(size=size, first=first, last=min(first + BLOCK - 1, size)))
            connection.execute("analyze bench_case")
            for statement in _ROWS:
                connection.execute(statement.format(size=size))
            if first % (BLOCK * 5) == 1:
                progress(f"  {first:,} after {time.perf_counter() - started:.0f} s")
        connection.execute("vacuum analyze")
    progress(f"{size:,} cases in {time.perf_counter() - started:.0f} s")
    made.python(_REBUILD)
    progress(f"counted after {time.perf_counter() - started:.0f} s")
    with _superuser(made) as connection:
        connection.execute("vacuum analyze")
    found: dict[str, Any] = json.loads(made.python(_ASK % {"times": 40}))
    progress(json.dumps(found, ensure_ascii=False))
    return found
