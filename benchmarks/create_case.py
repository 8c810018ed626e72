"""One case over HTTP, with place, owner, clocks, log, outbox and key, against pgbench inserting the very same rows.

Eight keep-alive connections of a neighbouring system post distinct cases at random points of the district. The
baseline is one transaction of prepared inserts of the rows one such case made (copied from the run itself), at
eight connections, on the same server with fsync on, without row-level security and without HTTP.
"""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg

from benchmarks._harness import Measured, percentile, progress
from benchmarks._scratch import Installation, installation, web
from wangge.kit import embedded_pg

CONNECTIONS = 8
ROUNDS = 3  # ours and the baseline in turn, so that whatever else the machine does weighs on both
WARM_UP, SECONDS = 2.0, 5.0
GOAL = 0.12
_CREDENTIAL = """
from wangge.org import scope
from wangge.org.models import Unit
from wangge.org.services import issue_credential
with scope.acting(scope.system_actor('benchmark')) as by:
    unit = Unit.objects.filter(kind='command').first() or Unit.objects.first()
    print(issue_credential(name='benchmark', channel='hotline12345', unit_id=unit.pk,
                           permissions=['casework:case:submit'], by=by)[1])
"""
_POINTS = "select lon, lat from areas_areaversion where level = 3 and lon is not null order by code"
_CATEGORIES = """
select distinct c.code from responsibility_category c join responsibility_entry e on e.category_id = c.id
 where c.leaf and c.active and c.urgency = 'normal' order by 1
"""


def run() -> list[Measured]:
    with installation() as made:
        secret = made.python(_CREDENTIAL)
        with made.connect() as connection:
            points = connection.execute(_POINTS).fetchall()
            categories = [row[0] for row in connection.execute(_CATEGORIES)]
        ours, baseline, rows = 0.0, 0.0, 0
        latencies: list[float] = []
        with web(made) as port:
            for _ in range(ROUNDS):
                done = drive(port, secret, points, categories)
                latencies += done
                script, rows = prepare(made)
                baseline += pgbench(made, script) / ROUNDS
                ours += len(done) / SECONDS / ROUNDS
        with made.connect() as connection:
            states = dict(connection.execute("select state, count(*) from casework_case group by state").fetchall())
    detail = {
        "connections": CONNECTIONS,
        "rows_per_case": rows,
        "p50_ms": round(percentile(latencies, 0.5) * 1000, 1),
        "p99_ms": round(percentile(latencies, 0.99) * 1000, 1),
        "states": states,
    }
    return [Measured(claim="create_case", ours=ours, baseline=baseline, goal=GOAL, unit="cases/s", detail=detail)]


def drive(port: int, secret: str, points: list[Any], categories: list[str]) -> list[float]:
    """How long each case took that was begun after the warm-up; every answer must be 201."""
    latencies: list[float] = []
    begin = time.perf_counter() + WARM_UP
    end = begin + SECONDS
    failures: list[str] = []

    def client(number: int) -> None:
        chance = random.Random(number)
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = line.makefile("rb")
        while (started := time.perf_counter()) < end and not failures:
            line.sendall(_request(chance, secret, points, categories))
            status, body = _reply(reader)
            if status != 201:
                failures.append(f"{status} {body[:500]!r}")
            elif started >= begin:
                latencies.append(time.perf_counter() - started)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    progress(f"{len(latencies)} cases in {SECONDS:.0f} s")
    return latencies


def _request(chance: random.Random, secret: str, points: list[Any], categories: list[str]) -> bytes:
    lon, lat = chance.choice(points)
    number = chance.randrange(1 << 40)
    body = json.dumps(
        {
            "title": f"路边井盖松动 {number}",
            "description": f"行人经过有异响，存在安全隐患，请尽快派人查看处理。编号 {number}",
            "category": chance.choice(categories),
            "address": f"经{chance.randrange(1, 12)}路 {chance.randrange(1, 400)} 号附近",
            "lon": lon,
            "lat": lat,
            "reporter_name": "张先生",
            "reporter_phone": f"139{chance.randrange(10**8):08d}",
            "source_ref": f"SD{number}",
        },
        ensure_ascii=False,
    ).encode()
    head = (
        f"POST /api/v1/cases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {secret}\r\nIdempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _reply(reader: Any) -> tuple[int, bytes]:
    status = int(reader.readline().split()[1])
    length = 0
    while (line := reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, reader.read(length)


# Table, its column that names the case, and what must differ from row to row.
_OWN = {
    "casework_case": ("id", {"number": "'b' || :n", "token_hash": "decode(lpad(to_hex(:n::bigint), 64, '0'), 'hex')"}),
    "casework_party": ("case_id", {}),
    "casework_workorder": ("case_id", {"id": "gen_random_uuid()"}),
    "casework_clock": ("case_id", {"id": "gen_random_uuid()"}),
    "casework_search": ("case_id", {}),
    "audit_entry": ("subject_id", {}),
    "audit_outbox": ("subject_id", {}),
    "casework_idempotencykey": ("case_id", {"key": "'b' || :n"}),
}
_ID = "('00000000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid"


def prepare(made: Installation) -> tuple[Path, int]:
    """A script inserting the rows of the case made last, and how many rows that is."""
    with made.connect() as connection:
        case_id = connection.execute("select id from casework_case where number like '20%' order by id desc limit 1")
        found = case_id.fetchone()
        assert found is not None
        inserts = [one for table in _OWN for one in _inserts(connection, table, found[0])]
    script = made.data_dir / "case.sql"
    lines = ["\\set n random(1, 281474976710655)", "begin;", *inserts, "commit;"]
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return script, len(inserts)


def _inserts(connection: psycopg.Connection[Any], table: str, case_id: uuid.UUID) -> list[str]:
    key, own = _OWN[table]
    columns = [
        row[0]
        for row in connection.execute(
            "select column_name from information_schema.columns where table_name = %s"
            " and is_identity = 'NO' and is_generated = 'NEVER'"
            " and table_schema = current_schema() order by ordinal_position",
            [table],
        )
    ]
    texts = ", ".join(f'"{column}"::text' for column in columns)
    rows = connection.execute(f"select {texts} from {table} where {key} = %s", [case_id]).fetchall()
    names = ", ".join(f'"{column}"' for column in columns)
    return [
        f"insert into {table} ({names}) values ("
        + ", ".join(_ID if c == key else own.get(c) or _literal(v) for c, v in zip(columns, row, strict=True))
        + ");"
        for row in rows
    ]


def _literal(text: str | None) -> str:
    """A colon would be taken for one of pgbench's variables."""
    if text is None:
        return "null"
    escaped = text.replace("\\", "\\\\").replace("'", "''").replace(":", "\\003A").replace("\n", "\\000A")
    return f"U&'{escaped}'"


def pgbench(made: Installation, script: Path) -> float:
    """Transactions per second."""
    program = embedded_pg.binaries() / "pgbench"
    done = subprocess.run(
        [
            str(program), "--no-vacuum", "--protocol=prepared", f"--client={CONNECTIONS}", "--jobs=2",
            f"--time={SECONDS:.0f}", f"--file={script}", "--username=wangge_owner",
            f"--host={made.server.socket_dir}", "wangge",
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    return float(found.group(1))
