"""Messages taken in at once, placed, understood and routed, against COPY of the very same rows into the same tables.

Ours runs as the application's role under row-level security; the baseline copies what ours wrote (read back from
all tables) as the owner of the tables, with the same indexes, keys and triggers, in transactions of the same size.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg

from benchmarks._harness import Measured, progress
from benchmarks._scratch import Installation, installation

ROWS, CHUNK, ROUNDS = 2000, 1000, 3
GOAL = 0.3
TABLES = (
    "casework_idempotencykey", "casework_case", "casework_party", "casework_clock", "casework_search", "audit_entry",
    "audit_outbox",
)  # fmt: skip
_OURS = """
import json, random, sys, time
from wangge.casework import services
from wangge.org import scope
chance = random.Random({seed})
from wangge.areas import selectors as areas
points = [(v.lon, v.lat) for v in areas.current().filter(level=3) if v.lon is not None]
matters = [
    "小区楼道堆放杂物无人清理", "路边井盖松动有异响", "垃圾桶满溢气味大", "路灯不亮夜间出行不便", "违规停车占用消防通道"
]
def item(n):
    lon, lat = chance.choice(points)
    return dict(key=f"{seed}-{{n}}", title=chance.choice(matters), lon=lon, lat=lat, source_ref=f"{seed}-{{n}}",
                description="居民反映该处问题存在较长时间，影响正常生活，请尽快安排人员到现场查看处理并回复。" * 2,
                address=f"经{{n % 12}}路{{n}}号", reporter_name="张先生", reporter_phone=f"139{{n:08d}}")
items = [item(n) for n in range({rows} + 50)]
system = scope.system_actor("benchmark")
def run(some):
    with scope.acting(system):
        found = services.submit_many(some, channel="hotline12345", by=system)
    assert all(one.status == 201 for one in found), [one.errors for one in found if one.errors][:3]
run(items[:50])
started = time.perf_counter()
for first in range(50, {rows} + 50, {chunk}):
    run(items[first:first + {chunk}])
print(time.perf_counter() - started)
"""


def run() -> list[Measured]:
    with installation() as made:
        ours = baseline = 0.0
        for seed in range(1, ROUNDS + 1):
            ours += float(made.python(_OURS.format(seed=seed, rows=ROWS, chunk=CHUNK)))
            baseline += copy_again(made, seed)
            progress(f"round {seed}: {ours / seed:.2f} s and {baseline / seed:.2f} s for {ROWS} rows")
        with made.connect() as connection:
            counts = {table: _count(connection, table) for table in TABLES}
    rows = ROWS * ROUNDS
    return [
        Measured(
            claim="bulk_intake", ours=rows / ours, baseline=rows / baseline, goal=GOAL, unit="cases/s",
            detail={"chunk": CHUNK, "tables": counts},
        )
    ]  # fmt: skip


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])


def copy_again(made: Installation, seed: int) -> float:
    """Seconds to COPY the rows of this round into the tables again, under other keys."""
    with made.connect() as connection:
        chunks = [_read(connection, seed, first) for first in range(50, ROWS + 50, CHUNK)]
    with made.connect() as connection:
        started = time.perf_counter()
        for chunk in chunks:
            with connection.transaction():
                for table, (columns, data) in chunk.items():
                    with connection.cursor().copy(f"copy {table} ({columns}) from stdin") as copy:
                        copy.write(data)
        return time.perf_counter() - started


# A copy of a row must differ where the table says once only: ids are turned, numbers and keys are marked.
_TURN = "translate({0}::text, '0123456789abcdef', '1032547698badcfe')"
_TURNED = {"id", "case_id", "subject_id"}
_SPECIAL = {
    ("casework_case", "number"): "'c' || number",
    ("casework_case", "token_hash"): "sha256(token_hash)",
    ("casework_idempotencykey", "key"): "'c' || key",
}


def _read(connection: psycopg.Connection[Any], seed: int, first: int) -> dict[str, tuple[str, bytes]]:
    """COPY text of one chunk's rows for each table, changed so that it can go in beside the first."""
    of = (
        "select case_id from casework_idempotencykey where key = any(array(select "
        f"'{seed}-' || n from generate_series({first}, {first + CHUNK - 1}) n))"
    )
    found: dict[str, tuple[str, bytes]] = {}
    for table in TABLES:
        columns = [
            row[0]
            for row in connection.execute(
                "select column_name from information_schema.columns where table_name = %s"
                " and is_identity = 'NO' and is_generated = 'NEVER'"
                " and table_schema = current_schema() order by ordinal_position",
                [table],
            )
        ]
        picks = ", ".join(_pick(table, column) for column in columns)
        key = {"casework_case": "id", "audit_entry": "subject_id", "audit_outbox": "subject_id"}.get(table, "case_id")
        with connection.cursor().copy(f"copy (select {picks} from {table} where {key} in ({of})) to stdout") as copy:
            found[table] = (", ".join(f'"{column}"' for column in columns), b"".join(bytes(part) for part in copy))
    return found


def _pick(table: str, column: str) -> str:
    if (table, column) in _SPECIAL:
        return _SPECIAL[table, column]
    return _TURN.format(column) if column in _TURNED else f'"{column}"'
