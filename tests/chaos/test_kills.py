"""P1 and P2: what was acknowledged is there, once and whole; what was not is absent or comes back with its key."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import small_site
from tests.small_site import Away, SmallSite, Visitor
from wangge.kit import embedded_pg, proc
from wangge.kit.ids import uuid7

pytestmark = pytest.mark.slow
SENDERS = 6


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallSite]:
    with small_site.running(tmp_path_factory.mktemp("chaos")) as made:
        yield made


@pytest.fixture
def dispatcher(site: SmallSite) -> Visitor:
    return site.visitor("dispatcher")


def matter(key: str) -> dict[str, Any]:
    return {"title": f"楼下有垃圾 {key}", "category": "M-01001", "source_ref": key, "address": "睦和苑社区"}


@dataclass
class Ledger:
    """Every key sent, and the first answer that acknowledged it."""

    acknowledged: dict[str, bytes] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    answers: Counter[int] = field(default_factory=Counter)

    def send(self, who: Visitor, key: str) -> bool:
        self.open.add(key)
        try:
            status, _, body = who.send("POST", "/cases", matter(key), Idempotency_Key=key)
        except Away:
            self.answers[0] += 1
            return False
        self.answers[status] += 1
        if status != 201:
            assert status in {500, 503}, body  # never a refusal of what was right
            return False
        assert self.acknowledged.setdefault(key, body) == body
        self.open.discard(key)
        return True


def send_until(stop: threading.Event, ledger: Ledger, site: SmallSite, cookies: dict[str, str]) -> None:
    who = Visitor(site.port, dict(cookies))
    while not stop.is_set():
        if not ledger.send(who, str(uuid7())):
            time.sleep(0.05)


def kill_web(site: SmallSite) -> None:
    site.kill("serve")
    site.start("serve")


def kill_worker(site: SmallSite) -> None:
    site.kill("worker")
    site.start("worker")


def kill_backends(site: SmallSite) -> None:
    """One backend killed makes the postmaster end all the others and recover."""
    with site.admin() as admin:
        pids = [
            pid
            for (pid,) in admin.execute(
                "select pid from pg_stat_activity where usename = 'wangge_app' limit 2"
            ).fetchall()
        ]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def kill_postmaster(site: SmallSite) -> None:
    os.kill(site.postgres().pid, signal.SIGKILL)
    assert proc.wait_until(lambda: embedded_pg.running(site.data_dir / "postgres") is None, seconds=5)
    embedded_pg.start(site.data_dir / "postgres")  # our share ends with the test's own process


def assert_whole(site: SmallSite, ledger: Ledger) -> None:
    """Each acknowledged case once, with its clock, log, outbox row and key, and saying what the answer said."""
    found = site.rows(
        """
        select c.source_ref, c.id::text, c.number,
               (select count(*) from casework_clock k where k.case_id = c.id),
               (select count(*) from audit_entry e where e.subject_type = 'case' and e.subject_id = c.id),
               (select count(*) from audit_outbox o where o.subject_id = c.id),
               (select count(*) from casework_idempotencykey i where i.case_id = c.id)
          from casework_case c where c.source_ref = any(%s)
        """,
        [*ledger.acknowledged, *ledger.open],
    )
    times = Counter(row[0] for row in found)
    assert {key for key, count in times.items() if count > 1} == set()
    rows = {row[0]: row for row in found}
    lost = set(ledger.acknowledged) - set(rows)
    assert lost == set(), f"{len(lost)} of {len(ledger.acknowledged)} acknowledged cases are gone"
    for key, (_, case_id, number, clocks, entries, messages, keys) in rows.items():
        assert clocks >= 1, key
        assert (entries >= 1, messages >= 1, keys) == (True, True, 1), key
        if key in ledger.acknowledged:
            said = json.loads(ledger.acknowledged[key])
            assert (said["id"], said["number"]) == (case_id, number)
    assert len({row[2] for row in found}) == len(found)


@pytest.mark.parametrize("kill", [kill_web, kill_worker, kill_backends, kill_postmaster])
def test_what_was_acknowledged_survives_a_kill_and_the_rest_comes_back_with_its_key(
    kill: Callable[[SmallSite], None], site: SmallSite, dispatcher: Visitor
) -> None:
    ledger, stop = Ledger(), threading.Event()
    senders = [
        threading.Thread(target=send_until, args=(stop, ledger, site, dispatcher.cookies)) for _ in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    assert proc.wait_until(lambda: len(ledger.acknowledged) >= 30, seconds=20)
    before = len(ledger.acknowledged)
    kill(site)
    assert proc.wait_until(lambda: len(ledger.acknowledged) >= before + 30, seconds=30), (ledger.answers, site.log())
    stop.set()
    for sender in senders:
        sender.join()

    site.until_healthy()
    assert_whole(site, ledger)
    # Those that got no answer: sent again under their keys, each is one case, whether the first sending arrived or not.
    for key in sorted(ledger.open):
        assert proc.wait_until(lambda key=key: ledger.send(dispatcher, key), seconds=10)
    assert ledger.open == set()
    assert_whole(site, ledger)
    assert site.broken_invariants() == ""


# --- P2 ---


def send_and_leave(site: SmallSite, cookies: dict[str, str], key: str) -> None:
    """A client that goes away before it hears the answer."""
    who = Visitor(site.port, cookies)
    body = json.dumps(matter(key)).encode()
    head = [f"{name}: {value}" for name, value in who.headers().items()]
    lines = ["POST /api/v1/cases HTTP/1.1", f"Host: 127.0.0.1:{site.port}", f"Idempotency-Key: {key}", *head]
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as line:
        line.sendall("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body)


def test_a_hundred_keys_sent_ten_times_each_at_once_are_a_hundred_cases(site: SmallSite, dispatcher: Visitor) -> None:
    keys = [str(uuid7()) for _ in range(100)]
    heard: dict[str, set[bytes]] = {key: set() for key in keys}

    def sending(n: int) -> None:
        key = keys[n // 10]
        if n % 10 == 3:
            send_and_leave(site, dispatcher.cookies, key)
            return
        who = Visitor(site.port, dict(dispatcher.cookies))
        status, _, body = who.send("POST", "/cases", matter(key), Idempotency_Key=key)
        assert status == 201, body
        heard[key].add(body)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(sending, range(1000)))

    assert {len(answers) for answers in heard.values()} == {1}
    found = site.rows("select source_ref, count(*) from casework_case where source_ref = any(%s) group by 1", keys)
    assert sorted(found) == sorted((key, 1) for key in keys)
    status, _, body = dispatcher.send("POST", "/cases", matter("other"), Idempotency_Key=keys[0])
    assert (status, json.loads(body)["code"]) == (409, "idempotency_mismatch")


# --- full and read-only ---


def refusal(answer: tuple[int, dict[str, str], bytes]) -> str:
    status, headers, body = answer
    assert status == 503, body
    assert headers["content-type"] == "application/problem+json"
    assert int(headers["retry-after"]) > 0
    problem = json.loads(body)
    assert problem["detail"]
    assert problem["detail_en"]
    return str(problem["code"])


@pytest.mark.parametrize(
    "table", ["casework_case", "casework_clock", "audit_entry", "audit_outbox", "casework_idempotencykey", "at commit"]
)
def test_a_full_disk_is_never_an_acknowledgement(table: str, site: SmallSite, dispatcher: Visitor) -> None:
    """PostgreSQL says 53100 wherever it runs out: while writing any table, or not before the commit."""
    late = table == "at commit"
    on = "audit_entry" if late else table
    key = str(uuid7())
    with site.admin() as admin:
        admin.execute(
            "create or replace function no_room() returns trigger language plpgsql as"
            " $$ begin raise exception 'no room' using errcode = '53100'; end $$"
        )
        kind = "create constraint trigger" if late else "create trigger"
        when = "after insert" if late else "before insert"
        how = "deferrable initially deferred for each row" if late else "for each statement"
        admin.execute(f"{kind} no_room {when} on {on} {how} execute function no_room()")
        try:
            answer = dispatcher.send("POST", "/cases", matter(key), Idempotency_Key=key)
        finally:
            admin.execute(f"drop trigger no_room on {on}")
    assert refusal(answer) == "unavailable"
    assert site.rows("select count(*) from casework_case where source_ref = %s", key) == [(0,)]
    assert dispatcher.send("POST", "/cases", matter(key), Idempotency_Key=key)[0] == 201
    assert site.rows("select count(*) from casework_case where source_ref = %s", key) == [(1,)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that a file can fill."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400m", "none", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root may mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(b"x" * (1 << 20))
    with filler.open("ab", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(b"x" * 512)
    return filler


def test_a_disk_that_is_really_full_loses_nothing_acknowledged(small_disk: Path) -> None:
    with small_site.running(small_disk, worker=False) as site:
        who, ledger = site.visitor("dispatcher"), Ledger()
        for _ in range(20):
            assert ledger.send(who, str(uuid7()))
        filler = fill(small_disk)
        # What still fits into pages and WAL that were there before may be taken; the rest is refused, and says so.
        for _ in range(60):
            ledger.send(who, str(uuid7()))
        assert ledger.open, "the disk was never full"
        assert set(ledger.answers) <= {0, 201, 503}

        filler.unlink()
        if embedded_pg.running(site.data_dir / "postgres") is None:
            embedded_pg.start(site.data_dir / "postgres")
        site.until_healthy()
        assert_whole(site, ledger)
        for key in sorted(ledger.open):
            assert proc.wait_until(lambda key=key: ledger.send(who, key), seconds=20, every=0.2)
        assert_whole(site, ledger)


def test_a_read_only_database_takes_nothing_and_says_so(site: SmallSite, dispatcher: Visitor) -> None:
    """As after a failover to a standby: new sessions are read-only."""
    key = str(uuid7())
    with site.admin() as admin:
        admin.execute("alter system set default_transaction_read_only = on")
        admin.execute("select pg_reload_conf()")
        try:
            assert proc.wait_until(lambda: not site.healthy(), seconds=10)
            assert refusal(dispatcher.send("POST", "/cases", matter(key), Idempotency_Key=key)) == "unavailable"
            assert dispatcher.send("GET", "/cases?limit=1")[0] == 200  # what can be read is
        finally:
            admin.execute("set default_transaction_read_only = off")
            admin.execute("alter system reset default_transaction_read_only")
            admin.execute("select pg_reload_conf()")
    site.until_healthy()
    assert proc.wait_until(
        lambda: dispatcher.send("POST", "/cases", matter(key), Idempotency_Key=key)[0] == 201, seconds=10, every=0.2
    )
