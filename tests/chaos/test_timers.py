"""P5 and the watchdog: workers are killed, the database goes away, its clock leaps; each clock fires once in effect."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import small_site
from tests.chaos.test_kills import matter
from tests.small_site import SmallSite, Visitor
from wangge.kit import embedded_pg, proc
from wangge.kit.ids import uuid7

pytestmark = pytest.mark.slow
CASES = 60


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSite]:
    with small_site.running(tmp_path_factory.mktemp("timers"), worker=False) as made:
        yield made


@pytest.fixture
def cases(site: SmallSite) -> Iterator[list[str]]:
    """New cases whose one clock is not due; no worker is left behind."""
    dispatcher: Visitor = site.visitor("dispatcher")
    made = []
    for _ in range(CASES):
        status, _, body = dispatcher.send("POST", "/cases", matter(str(uuid7())), Idempotency_Key=str(uuid7()))
        assert status == 201, body
        made.append(json.loads(body)["id"])
    yield made
    for called in [name for name in site.children if name != "serve"]:
        site.kill(called)


def set_due(site: SmallSite, cases: list[str], *, within: float) -> None:
    """Their warnings fall due one after the other, from now on."""
    with site.admin() as admin:
        admin.execute(
            """
            update casework_clock k set warn_at = d.at, next_at = d.at, due_at = d.at + interval '30 days'
              from (select id, clock_timestamp() + %s * interval '1 second' * row_number() over () / %s as at
                      from unnest(%s::uuid[]) as c(id)) d
             where k.case_id = d.id and k.kind = 'whole'
            """,
            [within, len(cases), cases],
        )


def fired(site: SmallSite, cases: list[str]) -> list[tuple[int, int, int]]:
    """Rungs taken, notices given and entries written, for each case."""
    return [
        (int(rung), int(notices), int(entries))
        for rung, notices, entries in site.rows(
            """
            select k.rung, (select count(*) from casework_notice n where n.clock_id = k.id),
                   (select count(*) from audit_entry e where e.subject_id = k.case_id
                      and e.action = 'casework:clock:warned')
              from casework_clock k where k.case_id = any(%s::uuid[]) and k.kind = 'whole'
            """,
            cases,
        )
    ]


def all_once(site: SmallSite, cases: list[str]) -> Callable[[], bool]:
    return lambda: fired(site, cases) == [(1, 1, 1)] * len(cases)


def test_each_clock_fires_once_while_workers_are_killed(site: SmallSite, cases: list[str]) -> None:
    for called in ("worker", "other"):
        site.start("worker", called=called)
    set_due(site, cases, within=12.0)
    end = time.monotonic() + 14
    turn = 0
    while time.monotonic() < end:
        time.sleep(2)
        called = ("worker", "other")[turn % 2]
        site.kill(called)
        site.start("worker", called=called)
        turn += 1

    assert proc.wait_until(all_once(site, cases), seconds=30, every=0.5), (fired(site, cases), site.log("worker"))
    assert site.broken_invariants() == ""


@pytest.mark.parametrize("moment", ["before the mark", "at commit"])
def test_a_kill_between_effect_and_commit_is_no_effect_or_one(moment: str, site: SmallSite, cases: list[str]) -> None:
    """The worker dies while its round has written everything but is not committed, or while it commits."""
    with site.admin() as admin:
        admin.execute(
            "create or replace function linger() returns trigger language plpgsql as"
            " $$ begin perform pg_sleep(3); return null; end $$"
        )
        if moment == "at commit":
            admin.execute(
                "create constraint trigger linger after insert on casework_firing deferrable initially deferred"
                " for each row execute function linger()"
            )
        else:
            admin.execute(
                "create trigger linger after insert on casework_firing for each statement execute function linger()"
            )
    try:
        set_due(site, cases, within=0.0)
        site.start("worker")
        busy = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and usename = 'wangge_app'"
        assert proc.wait_until(lambda: site.rows(busy)[0][0] > 0, seconds=30, every=0.05)
        assert fired(site, cases) == [(0, 0, 0)] * len(cases)  # nobody else sees anything of it
        site.kill("worker")
    finally:
        with site.admin() as admin:
            admin.execute("drop trigger linger on casework_firing")  # waits until the round is over, either way
    assert set(fired(site, cases)) in ({(0, 0, 0)}, {(1, 1, 1)})

    site.start("worker")

    assert proc.wait_until(all_once(site, cases), seconds=30, every=0.5), (fired(site, cases), site.log("worker"))
    time.sleep(2.5)
    assert fired(site, cases) == [(1, 1, 1)] * len(cases)
    assert site.broken_invariants() == ""


SHIFTED = """
create schema if not exists shifted;
create or replace function shifted.clock_timestamp() returns timestamptz language sql volatile
    as $$ select pg_catalog.clock_timestamp() + interval '{ahead}' $$;
grant usage on schema shifted to public;
"""


def shift(site: SmallSite, ahead: str) -> None:
    with site.admin() as admin:
        admin.execute(SHIFTED.format(ahead=ahead))


def restart(site: SmallSite, called: str) -> None:
    if called in site.children:
        site.kill(called)
    site.start(called)


def test_after_a_leap_of_a_year_nothing_fires_until_somebody_says_so(site: SmallSite, cases: list[str]) -> None:
    """The database's clock as everything of ours reads it, put a year ahead while web and worker run."""
    stopped = (
        "select coalesce((select (detail ->> 'stopped')::bool from casework_heartbeat where name = 'clock'), false)"
    )
    living = "select count(*) from casework_heartbeat where name like 'worker:%%'"
    shift(site, "0 s")
    with site.admin() as admin:
        # Ours comes first wherever a name is looked up, so that the clock can be moved without moving the machine's.
        admin.execute("alter role wangge_app set search_path = shifted, pg_catalog, public")
    try:
        for called in ("serve", "worker"):
            restart(site, called)
        site.until_healthy()
        operator = site.visitor("dispatcher")
        assert proc.wait_until(lambda: site.rows(living)[0][0] > 0, seconds=30)
        time.sleep(6)

        shift(site, "365 days")
        assert proc.wait_until(lambda: site.rows(stopped) == [(True,)], seconds=10)
        restart(site, "worker")  # whoever starts now does not know better
        time.sleep(6)
        assert fired(site, cases) == [(0, 0, 0)] * len(cases)

        shift(site, "0 s")  # put right again: nobody need confirm
        assert proc.wait_until(lambda: site.rows(stopped) == [(False,)], seconds=10)
        time.sleep(3)
        assert fired(site, cases) == [(0, 0, 0)] * len(cases)

        shift(site, "365 days")
        assert proc.wait_until(lambda: site.rows(stopped) == [(True,)], seconds=10)
        assert operator.send("POST", "/monitoring/resume")[0] == 200
        assert proc.wait_until(lambda: all(rung > 1 for rung, _, _ in fired(site, cases)), seconds=30, every=0.5)
    finally:
        with site.admin() as admin:
            admin.execute("alter role wangge_app reset search_path")
            admin.execute("delete from casework_heartbeat")
        restart(site, "serve")
        with site.admin() as admin:
            admin.execute("drop schema shifted cascade")
        site.until_healthy()


def test_the_watchdog_says_what_is_wrong_also_without_a_database(site: SmallSite, tmp_path: Path) -> None:
    heard = tmp_path / "alarms"
    script = tmp_path / "alarm"
    script.write_text(f'#!/bin/sh\necho "$1 $2" >> {heard}\n', encoding="utf-8")
    script.chmod(0o700)
    site.start("watchdog", WANGGE_ALARM_COMMAND=str(script))
    beats = "select count(*) from casework_heartbeat where name like 'watchdog:%%'"
    assert proc.wait_until(lambda: site.rows(beats)[0][0] > 0, seconds=30)

    def said(line: str) -> Callable[[], bool]:
        return lambda: heard.exists() and line in heard.read_text(encoding="utf-8").splitlines()

    assert proc.wait_until(said("worker raised"), seconds=50, every=0.5), site.log("watchdog")
    site.start("worker")
    assert proc.wait_until(said("worker cleared"), seconds=30, every=0.5), site.log("watchdog")

    os.kill(site.postgres().pid, signal.SIGKILL)
    assert proc.wait_until(said("database raised"), seconds=20, every=0.2), site.log("watchdog")
    assert proc.wait_until(lambda: embedded_pg.running(site.data_dir / "postgres") is None, seconds=5)
    embedded_pg.start(site.data_dir / "postgres")
    assert proc.wait_until(said("database cleared"), seconds=30, every=0.2), site.log("watchdog")
    for called in ("watchdog", "worker"):
        site.kill(called)
    assert "CRITICAL" in site.log("watchdog")
