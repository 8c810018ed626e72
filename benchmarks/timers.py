"""Clocks that fall due while workers are killed, at 1,000,000 open clocks: each fires once, and soon.

333,334 cases under way with their three clocks (acknowledge, handle, whole), orders and chained log. First a backlog is
worked off. Then 50,000 clocks fall due within one minute: warnings, broken promises, some to be held to account, some
to be taken up the ladder; two real `wangge worker` processes run, and one of them in turn is killed with -9 every two
seconds and started again at once. Then clocks fall due while no worker lives, and both are started again. Each clock
must have moved on by exactly one rung, with one log entry and one notice, in chains that are whole. Late is counted
to the commit: the moment at which its notification reaches a listener.

The baseline moves rows of the same kind on by a plain `update … where next_at <= now()` over and over on one
connection: without log, notices, cards, claims and kills.
"""

from __future__ import annotations

import bisect
import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import psycopg

from benchmarks._harness import Measured, percentile, progress
from benchmarks._scratch import COMMAND, Installation, installation
from benchmarks.list_first_page import _PREPARE as _DIVISION

CASES = int(os.environ.get("TIMERS_CASES", "333334"))
DUE = int(os.environ.get("TIMERS_DUE", "50000"))
SECONDS = int(os.environ.get("TIMERS_SECONDS", "60"))
PLAIN = BACKLOG = DUE // 5
DOWN_SECONDS = 10  # nobody lives while these fall due
DOWN_DUE = DUE * DOWN_SECONDS // SECONDS
KILL_EVERY = 2.0
LATE_GOAL, RESTART_GOAL, RATE_GOAL = 5.0, 30.0, 0.01
BLOCK = 50_000
SETTLED_SECONDS = 60.0
OVERLAP_SECONDS = 1.0

_ID = """
create function bench_id(text) returns uuid immutable language sql as
  $$ select overlay(overlay(md5($1) placing '4' from 13) placing 'a' from 17)::uuid $$
"""
_CASES = """
insert into casework_case (
  id, number, version, state, title, description, category_id, urgency, channel, source_ref, address, lon, lat,
  placed_by, area_id, area_version_id, area_pos, subdistrict_pos, community_pos, level, lead_unit_id, clause, routing,
  submitter_id, on_the_spot, sampled, needs_human, submitted_at, due_at, card, send_backs, reopens, reminders,
  supervised, calls, reached, extended, history)
select bench_id('case' || k), 'T' || k, 2, 'dispatched', '路边井盖松动 ' || k, '行人经过有异响', c.id, 'normal',
       'hotline12345', '', '经三路', g.lon, g.lat, 'point', g.area_id, g.version_id, g.pos, g.subdistrict_pos,
       g.community_pos, 1, g.office_id, '第一条', '{}', null, false, false, '', now() - interval '5 days',
       now() + interval '30 days', '', 0, 0, 0, false, 0, false, false, false
  from generate_series(%(first)s::bigint, %(last)s::bigint) k
  join bench_grid g on g.n = k %% (select count(*) from bench_grid)
  join bench_category c on c.n = k %% (select count(*) from bench_category)
"""
_OTHERS = (
    """insert into casework_party (case_id, unit_id, unit_pos, role, submitted_at)
       select c.id, u.id, u.pos, 'lead', c.submitted_at
         from casework_case c join org_unit u on u.id = c.lead_unit_id""",
    """insert into casework_workorder (id, case_id, unit_id, unit_pos, lead, state, instruction, assigned_at, worked_by,
              result, stage, send_back_code, send_back_reason, due_at)
       select bench_id('order' || c.id), c.id, u.id, u.pos, true, 'assigned', '', c.submitted_at, '{}', '', 0, '', '',
              c.due_at
         from casework_case c join org_unit u on u.id = c.lead_unit_id""",
    """insert into casework_search (case_id, tokens)
       select id, array_to_tsvector(array['路边', '边井', '井盖', number]) from casework_case""",
    """insert into casework_clock (id, case_id, kind, label, work_order_id, limit_value, limit_unit, extra_days,
              calendar, rule, state, started_at, due_at, warn_at, rung, next_at, pauses, caution)
       select bench_id(kind || c.id), c.id, kind, '', case when kind <> 'whole' then bench_id('order' || c.id) end,
              30, 'working_days', 0, 'office', '', 'running', c.submitted_at, now() + interval '30 days',
              now() + interval '29 days', 0, now() + interval '29 days', '[]', ''
         from casework_case c cross join unnest(array['acknowledge', 'handle', 'whole']) kind""",
    # Nothing has changed since these promises were worked out.
    """insert into casework_reckoned (name, version, at) select 'calendar:' || code, version, now()
         from calendars_calendar on conflict (name) do update set version = excluded.version""",
    "create table bench_order as select row_number() over (order by md5(id::text)) - 1 as n, id from casework_case",
    "create index on bench_order (n)",
    "create table bench_due (id uuid primary key, case_id uuid, due timestamptz, verb text, rung int, lot int)",
)
_CHAINS = """
import os, psycopg
from wangge.audit import chain, services
from wangge.kit import clock
from wangge.org.scope import system_actor
with psycopg.connect(os.environ['WANGGE_DATABASE_OWNER_URL']) as owner:
    ids = [row[0] for row in owner.execute('select id from casework_case')]
    at, by = clock.now(), system_actor('benchmark')
    names = ', '.join(services.COLUMNS)
    with owner.cursor().copy(f'copy audit_entry ({names}) from stdin') as out:
        for one in ids:
            entry = chain.next_entry(
                tip=chain.Tip(), subject_type='case', subject_id=one, action='casework:case:submit', actor=by,
                data={'state': [None, 'dispatched']}, at=at)
            out.write_row(services.values(entry))
    owner.execute('truncate appraisal_changed')
"""
# Due so long ago that the rung to be taken is the next one and the one after it is still to come.
_PAST = """
from decimal import Decimal
from wangge.calendars import arithmetic, selectors
from wangge.kit import clock
for days in (5, 2):
    limit = arithmetic.Limit(Decimal(days), 'working_days')
    print(arithmetic.moment_before(clock.now(), limit, selectors.load('office')).isoformat())
"""
_VERIFY = "from wangge.audit import services; print(services.verify_all().breaks[:3])"
# Cases in no order, evenly over the window; where the ladder stands decides what must happen.
_LOT = """
insert into bench_due
select bench_id(t.kind || o.id), o.id,
       clock_timestamp() + %(after)s * interval '1 second'
         + %(seconds)s * interval '1 second' * (o.n - %(first)s) / %(count)s, t.verb, t.rung, %(lot)s
  from bench_order o
  join (values ('warned', 'whole', 0, 0, 60), ('missed', 'whole', 1, 60, 95), ('accounted', 'acknowledge', 2, 95, 99),
               ('escalate', 'handle', 2, 99, 100)) as t(verb, kind, rung, low, high)
    on o.n %% 100 >= t.low and o.n %% 100 < t.high
 where o.n >= %(first)s and o.n < %(first)s + %(count)s
"""
_SET = """
update casework_clock k set next_at = d.due, rung = d.rung,
   warned_at = case when d.rung > 0 then %(account)s::timestamptz end,
   missed_at = case when d.rung > 1 then %(account)s::timestamptz end,
   warn_at = case d.verb when 'warned' then d.due else %(account)s::timestamptz end,
   due_at = case d.verb when 'warned' then d.due + interval '30 days' when 'missed' then d.due
                        when 'accounted' then %(account)s::timestamptz else %(escalate)s::timestamptz end
  from bench_due d where d.id = k.id and d.lot = %(lot)s
"""
_FIRED = """
select d.lot, d.verb, extract(epoch from d.due)::float8, k.rung - d.rung,
       (select count(*) from casework_notice n where n.case_id = d.case_id and n.clock_id = d.id), e.entries, e.seq
  from bench_due d join casework_clock k on k.id = d.id
 cross join lateral (
   select count(*) as entries, max(seq) as seq from audit_entry
    where subject_type = 'case' and subject_id = d.case_id
      and (data ->> 'clock' = d.id::text and action = 'casework:clock:' || d.verb
           or d.verb = 'escalate' and action = 'casework:case:escalate')) e
"""
_LEFT = "select count(*) from casework_clock where next_at <= clock_timestamp()"
_MOVE = "update casework_clock set next_at = null, rung = rung + 1 where next_at <= now()"


_AGED = """
with due as (select id, next_at from casework_clock where next_at <= clock_timestamp())
update casework_clock k set next_at = null, rung = rung + 1 from due where k.id = due.id
returning extract(epoch from clock_timestamp() - due.next_at)
"""


@dataclass
class Workers:
    """Two `wangge worker` processes."""

    made: Installation
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0

    def start(self) -> None:
        while len(self.running) < 2:
            log = (self.made.data_dir / "worker.log").open("ab")
            self.running.append(
                subprocess.Popen(
                    [*COMMAND, "worker"], env=self.made.environment, stdout=log, stderr=log, start_new_session=True
                )
            )

    def kill_one(self) -> None:
        victim = self.running.pop(0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()

    def stop(self) -> None:
        while self.running:
            self.kill_one()


class Commits:
    """When each round was committed: the log tells the live pages in that commit."""

    def __init__(self, address: str) -> None:
        self._line = psycopg.connect(address, autocommit=True)
        self._line.execute("listen wangge")
        self._heard: list[tuple[int, float]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stop.is_set():
            for told in self._line.notifies(timeout=0.5):
                self._heard.append((int(told.payload), time.time()))

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._heard.sort()

    def of(self, seq: int) -> float:
        """A round is told by its last number; of two that overlapped, the later is taken."""
        place = bisect.bisect_left(self._heard, (seq, 0.0))
        first = self._heard[place][1]
        return max(at for _, at in self._heard[place : place + 2] if at - first < OVERLAP_SECONDS)


@dataclass
class Bench:
    made: Installation
    connection: psycopg.Connection[Any]
    past: dict[str, str]
    taken: int = 0  # cases of the order used so far

    def lot(self, number: int, count: int, *, seconds: float, after: float) -> None:
        asked = {"lot": number, "count": count, "first": self.taken, "seconds": seconds, "after": after}
        self.taken += count
        with self.connection.transaction():
            self.connection.execute(_LOT, asked)
            self.connection.execute(_SET, {"lot": number, **self.past})

    def left(self) -> int:
        row = self.connection.execute(_LEFT).fetchone()
        assert row is not None
        return int(row[0])

    def plain(self) -> tuple[float, float]:
        """How late (p99.9, in seconds) at the same pace, and how many a second."""
        self.lot(9, PLAIN, seconds=SECONDS * PLAIN / DUE, after=8.0)
        late: list[float] = []
        while len(late) < PLAIN:
            late += [float(row[0]) for row in self.connection.execute(_AGED).fetchall()]
            time.sleep(0.1)
        self.lot(8, PLAIN, seconds=0.0, after=-1.0)
        started = time.perf_counter()
        self.connection.execute(_MOVE)
        rate = PLAIN / (time.perf_counter() - started)
        self.connection.execute("delete from bench_due")
        self.connection.execute("vacuum casework_clock")
        return percentile(late, 0.999), rate

    def backlog(self, workers: Workers) -> None:
        """All due already, and only then somebody comes: how fast they are worked off."""
        self.lot(0, BACKLOG, seconds=0.0, after=-1.0)
        workers.start()
        self._settle()

    def under_kills(self, workers: Workers) -> None:
        self.lot(1, DUE, seconds=SECONDS, after=15.0)  # while the plan is written and the page cache settles
        time.sleep(10)
        end = time.monotonic() + SECONDS + 5
        while time.monotonic() < end:
            time.sleep(KILL_EVERY)
            workers.kill_one()
            workers.kills += 1
            workers.start()
        self._settle()

    def after_none(self, workers: Workers) -> float:
        """When both were started again."""
        workers.stop()
        self.lot(2, DOWN_DUE, seconds=DOWN_SECONDS, after=1.0)
        time.sleep(DOWN_SECONDS)
        workers.start()
        begun = time.time()
        self._settle()
        return begun

    def _settle(self) -> None:
        end = time.monotonic() + SETTLED_SECONDS
        time.sleep(1.0)
        while self.left():
            if time.monotonic() > end:
                raise RuntimeError(f"{self.left()} clocks are due and do not fire")
            time.sleep(0.5)

    def fired(self, commits: Commits) -> dict[int, list[tuple[float, float]]]:
        """Due and committed for each clock, by lot; every one of them fired once or this raises."""
        commits.stop()
        found: dict[int, list[tuple[float, float]]] = {}
        wrong = []
        for lot, verb, due, rungs, notices, entries, seq in self.connection.execute(_FIRED).fetchall():
            if (rungs, notices, entries) != (1, 1, 1):
                wrong.append((lot, verb, rungs, notices, entries))
            else:
                found.setdefault(lot, []).append((due, commits.of(seq)))
        if wrong:
            raise RuntimeError(f"{len(wrong)} clocks did not fire once: {wrong[:5]}")
        return found


def run() -> list[Measured]:
    with installation() as made, contextlib.ExitStack() as stack:
        _fill(made)
        account, escalate = made.python(_PAST).split()
        connection = stack.enter_context(made.connect())
        bench = Bench(made, connection, {"account": account, "escalate": escalate})
        plain_late, plain_rate = bench.plain()
        progress(f"plain update: {plain_rate:.0f} a second, p99.9 {plain_late:.2f} s")
        workers, commits = Workers(made), Commits(made.server.owner_url)
        stack.callback(workers.stop)
        for part in (bench.backlog, bench.under_kills):
            part(workers)
            progress(f"{part.__name__} done")
        restarted = bench.after_none(workers)
        workers.stop()
        fired = bench.fired(commits)
        if (breaks := made.python(_VERIFY)) != "[]":
            raise RuntimeError(f"chains are broken: {breaks}")
    return _judged(fired, plain_late, plain_rate, restarted, workers.kills)


def _judged(
    fired: dict[int, list[tuple[float, float]]], plain_late: float, plain_rate: float, restarted: float, kills: int
) -> list[Measured]:
    late = [committed - due for due, committed in fired[1]]
    moments = sorted(committed for _, committed in fired[0])
    rate = 0.98 * len(moments) / (moments[len(moments) * 99 // 100] - moments[len(moments) // 100])
    again = max(committed for _, committed in fired[2]) - restarted
    detail = {
        "clocks": 3 * CASES,
        "fired": len(late),
        "seconds": SECONDS,
        "kills": kills,
        "late_s": {str(share): round(percentile(late, share), 3) for share in (0.5, 0.99, 0.999, 1.0)},
    }
    return [
        Measured("timers", percentile(late, 0.999), plain_late, LATE_GOAL, "s p99.9", "ours", "at_most", detail),
        Measured("timers_restart", again, plain_late, RESTART_GOAL, "s", "ours", "at_most", {"fired": len(fired[2])}),
        Measured("timers_rate", rate, plain_rate, RATE_GOAL, "clocks/s", detail={"workers": 2, "fired": len(moments)}),
    ]


def _fill(made: Installation) -> None:
    started = time.perf_counter()
    with made.connect() as connection:
        connection.execute("set synchronous_commit = off")  # building is not what is measured
        connection.execute(_DIVISION)
        connection.execute(_ID)
        for first in range(1, CASES + 1, BLOCK):
            connection.execute(_CASES, {"first": first, "last": min(first + BLOCK - 1, CASES)})
        for statement in _OTHERS:
            connection.execute(statement)
        progress(f"{3 * CASES:,} clocks in {time.perf_counter() - started:.0f} s")
        made.python(_CHAINS)
        connection.execute("vacuum analyze")
    progress(f"with their chains in {time.perf_counter() - started:.0f} s")
