"""The first page of a list over HTTP, filtered and in scope, at 1,000,000 cases against the same at 10,000.

Both sizes spread over the last year on the 市中 division; the newest fiftieth is still open, in every state. Each
list is asked for by a person of the role named, on one keep-alive connection; the claim is judged by the list whose
99th percentile grew most.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any
from urllib.parse import quote

from benchmarks import _visitors as visitors
from benchmarks._harness import Measured, percentile, progress
from benchmarks._scratch import Installation, installation, web

SMALL, LARGE = 10_000, 1_000_000
WARM_UP, REQUESTS, ROUNDS = 25, 100, 3
GOAL = 3.0
MOST_QUERIES = 6
BLOCK = 50_000

LISTS: tuple[tuple[str, str, str], ...] = (
    ("operator, all", "operator", ""),
    ("operator, one state", "operator", "?state=handled"),
    ("operator, a rare category, open", "operator", "?category={category}&state=dispatched,registered"),
    ("operator, words", "operator", f"?q={quote('井盖松动')}"),
    ("operator, overdue by due time", "operator", "?overdue=true&sort=due_at"),
    ("operator, one street", "operator", "?area={street}&state=registered"),
    ("operator, to do", "operator", "?view=todo"),
    ("street, all", "street", ""),
    ("street, one state", "street", "?state=verified"),
    ("community, one state", "community", "?state=dispatched"),
    ("grid member, all", "grid", ""),
    ("grid member, one state", "grid", "?state=closed"),
    ("department, all", "department", ""),
    ("department, one state", "department", "?state=dispatched"),
    ("department, to do", "department", "?view=todo"),
)

# One row per number: when (evenly over the year, oldest first), where, what, whose, and how far it has come.
_PREPARE = """
create table bench_grid as
  select row_number() over (order by g.code) - 1 as n, g.area_id, g.id as version_id, g.pos, g.lon, g.lat,
         c.pos as community_pos, s.pos as subdistrict_pos, office.id as office_id, office.pos as office_pos
    from areas_areaversion g
    join areas_areaversion c on c.level = 2 and c.superseded_at is null and g.pos >= c.pos and g.pos < c.pos_end
    join areas_areaversion s on s.level = 1 and s.superseded_at is null and g.pos >= s.pos and g.pos < s.pos_end
    join org_unit office on office.area_id = s.area_id and office.kind = 'subdistrict'
   where g.level = 3 and g.superseded_at is null;
create table bench_category as
  select row_number() over (order by code) - 1 as n, id from responsibility_category where leaf;
create table bench_unit as
  select row_number() over (order by pos) - 1 as n, id, pos from org_unit where kind = 'department';
create table bench_case (
  k bigint primary key, id uuid, at timestamptz, state text, grid bigint, category bigint, unit bigint, late boolean);
analyze;
"""
_PLAN = """
truncate bench_case;
insert into bench_case
select k, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(k::text), 1, 3) || '8'
           || substr(md5(k::text), 4, 15))::uuid, at,
       case when k <= {size} * 0.98 then 'closed'
            else (array['submitted','accepted','registered','dispatched','dispatched','handled','verified',
                        'reopened'])[1 + k % 8] end,
       (k * 7919) % (select count(*) from bench_grid), (k * 31) % (select count(*) from bench_category),
       (k * 131) % (select count(*) from bench_unit), k % 9 = 0
  from (select k, now() - interval '365 days' * (1 - k::float8 / {size}) as at
          from generate_series({first}::bigint, {last}::bigint) k) numbered;
"""
_CASES = """
insert into casework_case (
  id, number, version, state, title, description, category_id, urgency, channel, source_ref, address, lon, lat,
  placed_by, area_id, area_version_id, area_pos, subdistrict_pos, community_pos, level, lead_unit_id, clause, routing,
  submitter_id, on_the_spot, sampled, needs_human, submitted_at, closed_at, due_at, card, send_backs, reopens,
  reminders, supervised, calls, reached, extended, history)
select b.id, 'B' || {size} || '-' || b.k, 3, b.state, '路边井盖松动 ' || b.k, '行人经过有异响', c.id, 'normal',
       (array['hotline12345','patrol','public'])[1 + b.k % 3], '', '经三路', g.lon, g.lat, 'point', g.area_id,
       g.version_id, g.pos, g.subdistrict_pos, g.community_pos, 1, u.id, '第一条', '{{}}', null, false, false, '', b.at,
       case when b.state = 'closed' then b.at + interval '2 days' end,
       b.at + case when b.late then interval '1 hour' else interval '20 days' end,
       case when b.state <> 'closed' and b.late then 'red' else '' end, 0, 0, 0, false, 0, false, false, false
  from bench_case b join bench_grid g on g.n = b.grid join bench_category c on c.n = b.category
  join bench_unit u on u.n = b.unit
"""
_OTHERS = (
    """insert into casework_party (case_id, unit_id, unit_pos, role, submitted_at)
       select b.id, u.id, u.pos, 'lead', b.at from bench_case b join bench_unit u on u.n = b.unit
       union all
       select b.id, g.office_id, g.office_pos, 'support', b.at from bench_case b join bench_grid g on g.n = b.grid
        where b.k % 4 = 0""",
    """insert into casework_workorder (id, case_id, unit_id, unit_pos, lead, state, instruction, assigned_at, result,
              stage, send_back_code, send_back_reason, due_at)
       select gen_random_uuid(), b.id, u.id, u.pos, true,
              case when b.state = 'dispatched' then 'assigned' else 'done' end, '', b.at, '', 0, '', '', b.at
         from bench_case b join bench_unit u on u.n = b.unit
        where b.state in ('dispatched','handled','verified','closed')""",
    """insert into casework_search (case_id, tokens)
       select b.id, array_to_tsvector(array['路边', '边井', '井盖', '盖松', '松动', '行人', '异响', b.k::text])
         from bench_case b""",
)


def run() -> list[Measured]:
    with installation() as made:
        people: dict[str, Any] = visitors.people(made)
        with made.connect() as connection:
            connection.execute(_PREPARE)
            category = connection.execute(
                "select c.code from bench_category b join responsibility_category c on c.id = b.id where b.n = 7"
            ).fetchone()
            street = connection.execute(
                "select area_id from areas_areaversion where level = 1 and superseded_at is null order by code limit 1"
            ).fetchone()
        assert category is not None
        assert street is not None
        lists = [
            (label, people[who]["cookie"], "/api/v1/cases" + query.format(category=category[0], street=street[0]))
            for label, who, query in LISTS
        ]
        timings = {size: _at(made, size, lists) for size in (SMALL, LARGE)}
        queries = visitors.queries(made, [(cookie, path) for _, cookie, path in lists])
    return [_judged(timings, dict(zip((label for label, _, _ in lists), queries, strict=True)))]


def _judged(timings: dict[int, dict[str, float]], queries: dict[str, int]) -> Measured:
    ratios = {label: timings[LARGE][label] / timings[SMALL][label] for label in timings[SMALL]}
    worst = max(ratios, key=lambda label: ratios[label])
    over = [label for label, count in queries.items() if count > MOST_QUERIES]
    if over:
        raise RuntimeError(f"more than {MOST_QUERIES} queries: {over}")
    return Measured(
        claim="list_first_page",
        ours=timings[LARGE][worst],
        baseline=timings[SMALL][worst],
        goal=GOAL,
        unit="ms p99",
        sense="at_most",
        detail={
            "worst": worst,
            "cases": LARGE,
            "most_queries": max(queries.values()),
            "p99_ms": {
                label: [round(timings[SMALL][label], 1), round(timings[LARGE][label], 1)] for label in timings[SMALL]
            },
        },
    )


def _at(made: Installation, size: int, lists: list[tuple[str, str, str]]) -> dict[str, float]:
    """p99 in milliseconds of each list at so many cases: the median of the rounds, so that one pause of the machine
    does not speak for a list."""
    _fill(made, size)
    with web(made, workers=1) as port:
        rounds = [{label: _p99(port, cookie, path) for label, cookie, path in lists} for _ in range(ROUNDS)]
    return {label: statistics.median(one[label] for one in rounds) for label, _, _ in lists}


def _fill(made: Installation, size: int) -> None:
    started = time.perf_counter()
    with made.connect() as connection:
        connection.execute("set synchronous_commit = off")  # this is not what is measured
        connection.execute("truncate casework_case cascade")
        for first in range(1, size + 1, BLOCK):
            connection.execute(_PLAN.format(size=size, first=first, last=min(first + BLOCK - 1, size)))
            connection.execute("analyze bench_case")
            connection.execute(_CASES.format(size=size))
            for statement in _OTHERS:
                connection.execute(statement)
        connection.execute("vacuum analyze")
    progress(f"{size:,} cases in {time.perf_counter() - started:.0f} s")


def _p99(port: int, cookie: str, path: str) -> float:
    line = visitors.Line(port, cookie)
    taken = [line.timed("GET", path) for _ in range(WARM_UP + REQUESTS)][WARM_UP:]
    progress(
        f"{path[:60]}: p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms, "
        f"{len(json.loads(line.body)['items'])} rows"
    )
    return percentile(taken, 0.99)
